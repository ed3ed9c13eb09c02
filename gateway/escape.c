/* escape - see escape.h. */
#include "escape.h"
#include "common/json.h"

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

long unescape(const char *raw, size_t n, char *out, bool form) {
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)raw[i];
        if (c == '%') {
            int high = n - i > 2 ? hex_value(raw[i + 1]) : -1;
            int low = n - i > 2 ? hex_value(raw[i + 2]) : -1;
            if (high < 0 || low < 0) return -1;
            c = (unsigned char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && form) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f) return -1;
        out[len++] = (char)c;
    }
    out[len] = '\0';
    return utf8_valid(out, len) ? (long)len : -1;
}
