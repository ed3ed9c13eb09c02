#include "strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"

enum { FIRST_CAP = 256 };

/* What a buffer points to when not even its first bytes could be had. Never written: such a buffer has failed. */
static char nothing[1];

void strbuf_init(struct strbuf *b, struct arena *a, size_t max) {
    size_t cap = max < FIRST_CAP ? max + 1 : FIRST_CAP;
    *b = (struct strbuf){.data = arena_alloc(a, cap), .cap = cap, .max = max, .arena = a};
    if (b->data == NULL) {
        b->data = nothing;
        b->failed = true;
    }
}

/* Makes room for n more characters and the NUL. */
static bool reserve(struct strbuf *b, size_t n) {
    if (b->failed) return false;
    if (n < b->cap - b->len) return true;
    b->failed = true;
    if (n > b->max - b->len) return false;
    size_t need = b->len + n + 1;
    size_t cap = b->cap * 2 > need ? b->cap * 2 : need;
    if (cap > b->max + 1) cap = b->max + 1;
    char *data = arena_alloc(b->arena, cap);
    if (data == NULL) return false;
    memcpy(data, b->data, b->len);
    b->data = data;
    b->cap = cap;
    b->failed = false;
    return true;
}

void strbuf_putc(struct strbuf *b, char c) {
    if (!reserve(b, 1)) return;
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

void strbuf_put(struct strbuf *b, const void *data, size_t n) {
    if (n == 0 || !reserve(b, n)) return;
    memcpy(b->data + b->len, data, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void strbuf_puts(struct strbuf *b, const char *s) { strbuf_put(b, s, strlen(s)); }

void strbuf_int(struct strbuf *b, int64_t v) {
    char digits[20];
    size_t at = sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        digits[--at] = (char)('0' + u % 10);
        u /= 10;
    } while (u != 0);
    if (v < 0) digits[--at] = '-';
    strbuf_put(b, digits + at, sizeof digits - at);
}

void strbuf_segment(struct strbuf *b, const char *s) {
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-_.~", c) != NULL)
            strbuf_putc(b, *s);
        else
            strbuf_printf(b, "%%%02X", c);
    }
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = b->failed ? -1 : vsnprintf(b->data + b->len, b->cap - b->len, fmt, ap);
    if (len < 0) {
        b->failed = true;
    } else if ((size_t)len < b->cap - b->len) {
        b->len += (size_t)len;
    } else {
        b->data[b->len] = '\0'; /* undo the part that fitted */
        if (reserve(b, (size_t)len)) {
            vsnprintf(b->data + b->len, b->cap - b->len, fmt, again);
            b->len += (size_t)len;
        }
    }
    va_end(again);
    va_end(ap);
}
