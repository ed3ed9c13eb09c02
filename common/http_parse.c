#include "http_parse.h"

#include <string.h>
#include <strings.h>

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The character at *s, unescaped, and moves on. -1: not a character a target may have. */
static int next_char(const char **s) {
    char c = *(*s)++;
    if (c <= ' ' || c > '~' || c == '#' || c == '\\') return -1;
    if (c != '%') return c;
    int high = hex_digit((*s)[0]);
    int low = high < 0 ? -1 : hex_digit((*s)[1]);
    if (low < 0) return -1;
    *s += 2;
    int decoded = high * 16 + low;
    return decoded < ' ' || decoded == 0x7f ? -1 : decoded;
}

static bool query_ok(const char *query) {
    while (*query)
        if (next_char(&query) < 0) return false;
    return true;
}

bool http_target_ok(const char *path, const char *query) {
    if (*path != '/' || !query_ok(query)) return false;
    size_t length = 0; /* of the segment being read, and how many dots it begins with if it is nothing else */
    size_t dots = 0;
    for (const char *s = path + 1;;) {
        if (*s == '/' || *s == '\0') {
            if (length > 0 && length == dots && dots <= 2) return false;
            if (*s == '\0') return true;
            if (length == 0) return false;
            length = dots = 0;
            s++;
            continue;
        }
        int c = next_char(&s);
        if (c < 0 || c == '/' || c == '\\') return false;
        length++;
        if (c == '.') dots++;
    }
}

/* Digits only: strtoll() would take signs, blanks and trailing text. */
static bool parse_length(const char *s, int64_t *out) {
    int64_t v = 0;
    size_t n = strlen(s);
    if (n == 0 || n > 18) return false;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9') return false;
        v = v * 10 + (s[i] - '0');
    }
    *out = v;
    return true;
}

bool http_framing_read(const struct http_field *fields, size_t n, bool http11, struct http_framing *out) {
    *out = (struct http_framing){.content_length = -1};
    size_t hosts = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = fields[i].name, *value = fields[i].value;
        if (strcasecmp(name, "Host") == 0) {
            hosts++;
        } else if (strcasecmp(name, "Content-Length") == 0) {
            if (out->content_length >= 0 || !parse_length(value, &out->content_length)) return false;
        } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
            if (out->chunked || strcasecmp(value, "chunked") != 0) return false;
            out->chunked = true;
        } else if (strcasecmp(name, "Expect") == 0) {
            out->expect_continue = strcasecmp(value, "100-continue") == 0;
        }
    }
    if (out->chunked && (out->content_length >= 0 || !http11)) return false;
    return http11 ? hosts == 1 : hosts <= 1;
}
