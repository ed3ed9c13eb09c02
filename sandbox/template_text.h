/* template_text - approved texts with variables, #{이름}. Pure. */
#pragma once
#include <stdbool.h>
#include "common/strbuf.h"

#define VARIABLE_BYTES 128

/* The pattern with every variable replaced by value(arg, name), which is asked for all of them; false when one has none
 * (NULL). */
bool pattern_fill(struct strbuf *out, const char *pattern, const char *(*value)(void *arg, const char *name),
                  void *arg);
/* Whether a text is the pattern but for its variables, blank by blank; a variable may stand for anything, nothing too. */
bool pattern_match(const char *pattern, const char *text);
