#include "utf8.h"

#include <stdint.h>

#include "json.h"

static unsigned byte_at(const char *s, size_t i) { return (unsigned char)s[i]; }

size_t utf8_char(const char *s, size_t n) {
    if (n == 0) return 0;
    unsigned first = byte_at(s, 0);
    if (first < 0x80) return 1;
    size_t len = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || n < len) return 0;
    for (size_t i = 1; i < len; i++)
        if ((byte_at(s, i) & 0xC0) != 0x80) return 0;
    unsigned second = byte_at(s, 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0; /* overlong, surrogate */
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0; /* overlong, too large */
    return len;
}

bool utf8_valid(const char *s, size_t n) {
    for (size_t i = 0, len; i < n; i += len) {
        len = utf8_char(s + i, n - i);
        if (len == 0 || s[i] == '\0') return false;
    }
    return true;
}

size_t utf8_count(const char *s) {
    size_t count = 0;
    for (; *s != '\0'; s++) count += (*s & 0xC0) != 0x80;
    return count;
}

size_t utf8_cut(const char *s, size_t n, size_t max) {
    if (n <= max) return n;
    size_t end = max;
    while (end > 0 && (s[end] & 0xC0) == 0x80) end--;
    return end;
}
