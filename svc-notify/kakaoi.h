/* kakaoi - Kakao i Connect Message (biz message API v2) as a struct provider. A contract may name other hosts; the paths are those
 * of the public pages. Templates cannot be read over this API. */
#pragma once
#include <stdbool.h>
#include "provider.h"

/* See provider_row. */
bool kakaoi_open(const struct provider_conf *conf, struct provider *p);
