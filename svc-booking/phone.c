#include "phone.h"

#include <stddef.h>
#include <string.h>

/* Number ranges by prefix: how many digits the whole number may have. The first row that fits decides. */
static const struct range {
    const char *prefix;
    size_t min, max;
} ranges[] = {
    {"010", 11, 11}, {"011", 10, 11}, {"016", 10, 11}, {"017", 10, 11}, {"018", 10, 11}, {"019", 10, 11}, {"02", 9, 10},
    {"03", 10, 11},  {"04", 10, 11},  {"050", 11, 12}, {"05", 10, 11},  {"06", 10, 11},  {"070", 11, 11},
};

/* Copies the digits; false when something stands between them that does not belong there, or they are too many. */
static bool digits_only(const char *s, char *out, size_t *n) {
    for (size_t i = 0; s[i]; i++) {
        if (s[i] >= '0' && s[i] <= '9') {
            if (*n == PHONE_MAX) return false;
            out[(*n)++] = s[i];
        } else if (s[i] != '-' || i == 0 || s[i - 1] == '-' || s[i + 1] == '\0') {
            return false;
        }
    }
    return true;
}

bool phone_normalise(const char *text, char out[PHONE_MAX + 1]) {
    char digits[PHONE_MAX + 1];
    size_t n = 0;
    out[0] = '\0';
    if (strncmp(text, "+82", 3) == 0) {
        text += text[3] == '-' ? 4 : 3;
        if (*text == '0') return false;
        digits[n++] = '0';
    }
    if (!digits_only(text, digits, &n)) return false;
    digits[n] = '\0';
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const struct range *r = &ranges[i];
        if (strncmp(digits, r->prefix, strlen(r->prefix)) != 0) continue;
        if (n < r->min || n > r->max) return false;
        memcpy(out, digits, n + 1);
        return true;
    }
    return false;
}
