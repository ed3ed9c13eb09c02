/* form - see form.h. */
#include "form.h"
#include <stdbool.h>
#include <string.h>
#include "common/arena.h"
#include "common/json.h"

#define URL_MAX 16384

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static const char *decode(struct arena *a, const char *raw, size_t n) {
    char *out = arena_alloc(a, n + 1);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < n; i++) {
        char c = raw[i] == '+' ? ' ' : raw[i];
        if (c == '%') {
            int high = n - i > 2 ? hex_value(raw[i + 1]) : -1, low = n - i > 2 ? hex_value(raw[i + 2]) : -1;
            if (high < 0 || low < 0) return NULL;
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[len++] = c;
    }
    return out != NULL && utf8_valid(out, len) ? out : NULL;
}

const char *form_value(struct arena *a, const char *text, const char *name) {
    size_t name_len = strlen(name);
    while (*text != '\0') {
        size_t len = strcspn(text, "&");
        if (len > name_len && text[name_len] == '=' && strncmp(text, name, name_len) == 0)
            return decode(a, text + name_len + 1, len - name_len - 1);
        text += len + (text[len] == '&');
    }
    return NULL;
}

static void put_encoded(struct strbuf *b, const char *text) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL)
            strbuf_putc(b, *text);
        else
            strbuf_printf(b, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

const char *form_add(struct arena *a, const char *url, const char *const *pairs) {
    struct strbuf b;
    strbuf_init(&b, a, URL_MAX);
    size_t stem = strcspn(url, "#"), query = strcspn(url, "?#");
    strbuf_put(&b, url, stem);
    bool first = url[query] != '?', fresh = query < stem && url[stem - 1] == '?'; /* "…?" needs neither ? nor & */
    for (size_t i = 0; pairs[i] != NULL; i += 2) {
        if (!fresh) strbuf_putc(&b, first ? '?' : '&');
        first = fresh = false;
        put_encoded(&b, pairs[i]);
        strbuf_putc(&b, '=');
        put_encoded(&b, pairs[i + 1]);
    }
    strbuf_puts(&b, url + stem);
    return strbuf_ok(&b) ? b.data : NULL;
}
