#include <stdio.h>
#include <string.h>

#include "json.h"
#include "timeutil.h"
#include "utf8.h"

static void put_escape(struct strbuf *b, unsigned char c) {
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: character, its letter */
    for (size_t i = 0; i + 1 < sizeof shorts; i += 2)
        if ((unsigned char)shorts[i] == c) {
            strbuf_putc(b, '\\');
            strbuf_putc(b, shorts[i + 1]);
            return;
        }
    strbuf_printf(b, "\\u%04x", (unsigned)c);
}

/* Runs of plain characters are copied at once. A byte that is no UTF-8 becomes U+FFFD: an answer is always valid. */
static void put_string(struct strbuf *b, const char *s) {
    const char *run = s, *end = s + strlen(s);
    strbuf_putc(b, '"');
    while (s < end) {
        unsigned char c = (unsigned char)*s;
        size_t n = c < 0x80 ? 1 : utf8_char(s, (size_t)(end - s));
        if (n > 0 && c >= 0x20 && c != '"' && c != '\\') {
            s += n;
            continue;
        }
        strbuf_put(b, run, (size_t)(s - run));
        if (n == 0)
            strbuf_puts(b, "\xEF\xBF\xBD");
        else
            put_escape(b, c);
        run = ++s;
    }
    strbuf_put(b, run, (size_t)(s - run));
    strbuf_putc(b, '"');
}

/* The comma before a value and its key. */
static void start(struct json_out *o, const char *key) {
    if (o->comma) strbuf_putc(o->b, ',');
    o->comma = true;
    if (key == NULL) return;
    strbuf_putc(o->b, '"');
    strbuf_puts(o->b, key);
    strbuf_put(o->b, "\":", 2);
}

static void open_level(struct json_out *o, const char *key, char c) {
    start(o, key);
    strbuf_putc(o->b, c);
    o->comma = false;
}

static void close_level(struct json_out *o, char c) {
    strbuf_putc(o->b, c);
    o->comma = true;
}

void json_obj(struct json_out *o, const char *key) { open_level(o, key, '{'); }
void json_obj_end(struct json_out *o) { close_level(o, '}'); }
void json_arr(struct json_out *o, const char *key) { open_level(o, key, '['); }
void json_arr_end(struct json_out *o) { close_level(o, ']'); }

void json_put_raw(struct json_out *o, const char *key, const char *json) {
    start(o, key);
    strbuf_puts(o->b, json);
}

void json_put_text(struct json_out *o, const char *key, const char *v) {
    if (v == NULL) {
        json_put_null(o, key);
        return;
    }
    start(o, key);
    put_string(o->b, v);
}

void json_put_int(struct json_out *o, const char *key, int64_t v) {
    start(o, key);
    strbuf_int(o->b, v);
}

void json_put_ints(struct json_out *o, const char *key, const int64_t *v, size_t n) {
    json_arr(o, key);
    for (size_t i = 0; i < n; i++) json_put_int(o, NULL, v[i]);
    json_arr_end(o);
}

void json_put_bool(struct json_out *o, const char *key, bool v) { json_put_raw(o, key, v ? "true" : "false"); }
void json_put_null(struct json_out *o, const char *key) { json_put_raw(o, key, "null"); }

void json_put_id(struct json_out *o, const char *key, int64_t id) {
    id != 0 ? json_put_int(o, key, id) : json_put_null(o, key);
}

void json_put_cursor(struct json_out *o, int64_t id) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)id);
    json_put_text(o, "next_cursor", id != 0 ? text : NULL);
}

void json_put_time(struct json_out *o, const char *key, int64_t ms) {
    char text[RFC3339_LEN + 1];
    if (ms == 0) {
        json_put_null(o, key);
        return;
    }
    time_rfc3339(ms, text);
    json_put_text(o, key, text);
}
