/* json_pick - some members of an object, copied as they stand: no parsing, no memory. */
#pragma once
#include <stddef.h>
#include "strbuf.h"

/* `object` is valid JSON that our own database wrote; names are plain words. Other members are left out; what is no object is
 * copied whole. */
void json_pick(const char *object, const char *const *names, size_t n, struct strbuf *out);
