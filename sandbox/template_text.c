/* template_text - see template_text.h. */
#include "template_text.h"
#include <string.h>

/* Where the variable that begins here ends; NULL: none begins here. */
static const char *variable_end(const char *at) {
    const char *close = strncmp(at, "#{", 2) == 0 ? strchr(at, '}') : NULL;
    return close != NULL && close - at - 2 <= VARIABLE_BYTES ? close + 1 : NULL;
}

static void name_of(const char *at, const char *end, char name[VARIABLE_BYTES + 1]) {
    size_t n = (size_t)(end - at) - strlen("#{}");
    memcpy(name, at + 2, n);
    name[n] = '\0';
}

bool pattern_fill(struct strbuf *out, const char *pattern, const char *(*value)(void *arg, const char *name),
                  void *arg) {
    bool all = true;
    while (*pattern != '\0') {
        const char *end = variable_end(pattern);
        if (end == NULL) {
            strbuf_putc(out, *pattern++);
            continue;
        }
        char name[VARIABLE_BYTES + 1];
        name_of(pattern, end, name);
        const char *filled = value(arg, name);
        if (filled != NULL) strbuf_puts(out, filled);
        all = all && filled != NULL;
        pattern = end;
    }
    return all;
}

/* The usual walk for wildcards: after a mismatch the last variable takes one byte more. */
bool pattern_match(const char *pattern, const char *text) {
    const char *after_variable = NULL, *taken = NULL;
    while (*text != '\0') {
        const char *end = variable_end(pattern);
        if (end != NULL) {
            after_variable = pattern = end;
            taken = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (after_variable != NULL) {
            pattern = after_variable;
            text = ++taken;
        } else {
            return false;
        }
    }
    for (const char *end; (end = variable_end(pattern)) != NULL;) pattern = end;
    return *pattern == '\0';
}
