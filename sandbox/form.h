/* form - names and values in addresses: reading queries and forms, building redirects. Pure. */
#pragma once
#include <stddef.h>
#include "common/strbuf.h"

struct arena;
/* Decoded value of `name` in "a=1&b=2", in the arena; NULL: absent or not decodable. */
const char *form_value(struct arena *a, const char *text, const char *name);
/* `url` with the pairs (names and values, NULL-terminated) added to its query, before its fragment. NULL: out of memory. */
const char *form_add(struct arena *a, const char *url, const char *const *pairs);
