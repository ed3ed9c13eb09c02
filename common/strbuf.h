/* strbuf - bounded text in an arena. Overflow is remembered, never written: check strbuf_ok() once at the end. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct strbuf {
    char *data; /* always NUL-terminated, never NULL after strbuf_init */
    size_t len, cap, max;
    bool failed;
    struct arena *arena;
};

void strbuf_init(struct strbuf *b, struct arena *a, size_t max);
void strbuf_putc(struct strbuf *b, char c);
void strbuf_put(struct strbuf *b, const void *data, size_t n);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_int(struct strbuf *b, int64_t v);
/* One segment of a path or one value of a query: what is no plain character is percent-encoded. */
void strbuf_segment(struct strbuf *b, const char *s);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline bool strbuf_ok(const struct strbuf *b) { return !b->failed; }
