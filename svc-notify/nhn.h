/* nhn - NHN Cloud KakaoTalk Bizmessage (Alimtalk API v2.3) as a struct provider. */
#pragma once
#include <stdbool.h>
#include "provider.h"

/* See provider_row. */
bool nhn_open(const struct provider_conf *conf, struct provider *p);
