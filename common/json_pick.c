#include "json_pick.h"

#include <stdbool.h>
#include <string.h>

/* Behind the string that begins at `at`. */
static const char *string_end(const char *at) {
    for (at++; *at != '"' && *at != '\0'; at++)
        if (*at == '\\' && at[1] != '\0') at++;
    return *at == '"' ? at + 1 : at;
}

/* At the comma or bracket behind the value that begins at `at`. */
static const char *value_end(const char *at) {
    for (int depth = 0; *at != '\0';) {
        if (depth == 0 && (*at == ',' || *at == '}')) break;
        if (*at == '"') {
            at = string_end(at);
            continue;
        }
        if (*at == '{' || *at == '[') depth++;
        if (*at == '}' || *at == ']') depth--;
        at++;
    }
    return at;
}

static bool wanted(const char *name, size_t len, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) return true;
    return false;
}

void json_pick(const char *object, const char *const *names, size_t n, struct strbuf *out) {
    bool first = true;
    if (*object != '{') {
        strbuf_puts(out, object);
        return;
    }
    strbuf_put(out, "{", 1);
    for (const char *at = strchr(object, '"'); at != NULL && *at == '"';) {
        const char *name_end = string_end(at), *end = value_end(name_end);
        if (wanted(at + 1, (size_t)(name_end - at) - 2, names, n)) {
            if (!first) strbuf_put(out, ",", 1);
            strbuf_put(out, at, (size_t)(end - at));
            first = false;
        }
        at = *end == ',' ? end + 1 + strspn(end + 1, " \n\t\r") : NULL;
    }
    strbuf_put(out, "}", 1);
}
