/* hash_text - spreads texts over the slots of a table, the lanes of a process.
 *
 * Not keyed: whoever may choose the texts can make them meet, so not where a stranger's texts fill a table (gateway/limits.c
 * keys its own). Nothing that is stored or sent may depend on the value. */
#pragma once
#include <stddef.h>

/* All bits are good: take as many of the low ones as there are slots. */
size_t hash_text(const char *text);
