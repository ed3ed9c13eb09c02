/* answer - reading what providers send. Their JSON gains fields without notice, and the documents are not exact about types:
 * whatever is missing, or is not what it should be, counts as absent, and the readers decide what they can do without. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "common/json.h"

struct arena;

/* False: no JSON object, or one beyond all measure. */
bool answer_open(struct json_in *in, struct arena *a, const char *text, size_t len);
/* NULL: absent, empty, or no text. */
const char *answer_text(struct json_in *in, const char *field);
/* The same of a short text; a whole number counts as its digits. */
const char *answer_word(struct json_in *in, const char *field);
/* False: absent or no whole number of 32 bits; digits in a text count. */
bool answer_int(struct json_in *in, const char *field, int *value);
/* 0: absent or no array. */
size_t answer_rows(struct json_in *in, const char *field);
