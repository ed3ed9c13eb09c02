#include "http_parse.h"

#include <string.h>
#include <strings.h>

static const char *end_of(const char *s) { return s + strlen(s); }

static bool is_token(const char *s) {
    static const bool separator[128] = {
        ['"'] = 1, ['('] = 1, [')'] = 1, [','] = 1, ['/'] = 1,  [':'] = 1, [';'] = 1, ['<'] = 1, ['='] = 1,
        ['>'] = 1, ['?'] = 1, ['@'] = 1, ['['] = 1, ['\\'] = 1, [']'] = 1, ['{'] = 1, ['}'] = 1};
    if (*s == '\0') return false;
    for (; *s; s++)
        if (*s <= ' ' || *s > '~' || separator[(unsigned char)*s]) return false;
    return true;
}

/* One NUL where the colon was, then blanks, still there, up to the value. */
static bool colon_ok(const struct http_field *f) {
    const char *s = end_of(f->name) + 1;
    return s + strspn(s, " \t") == f->value;
}

static const char *end_of_head(const struct http_head *h) {
    return end_of(h->n_fields > 0 ? h->fields[h->n_fields - 1].value : h->version);
}

size_t http_head_length(const struct http_head *h) { return (size_t)(end_of_head(h) - h->method); }

bool http_head_ok(const struct http_head *h) {
    const char *version = h->version - (sizeof "HTTP/" - 1), *target = h->query ? h->query : h->path;
    if (end_of(h->method) + 1 != h->path || end_of(target) + 1 != version) return false;
    if (h->query && end_of(h->path) + 1 != h->query) return false;
    const char *end = end_of(h->version);
    for (size_t i = 0; i < h->n_fields; i++) {
        const struct http_field *f = &h->fields[i];
        if (end[1] != '\0' || end + 2 != f->name || !is_token(f->name) || !colon_ok(f)) return false;
        end = end_of(f->value);
    }
    /* The library stops at the empty line and leaves its CR, the LF became NUL. Or it stopped at a line it did not understand. */
    return h->n_fields == 0 || (end[1] == '\0' && end[2] == '\r' && end[3] == '\0');
}

bool http_method_known(const char *method) {
    size_t n = strlen(method);
    for (const char *at = HTTP_METHODS; *at; at += strspn(at, ", ")) {
        size_t len = strcspn(at, ",");
        if (len == n && memcmp(at, method, n) == 0) return true;
        at += len;
    }
    return false;
}

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
