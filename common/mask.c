#include "mask.h"

#include <string.h>

#include "arena.h"

/* Bytes of the UTF-8 character at `s`. */
static size_t char_len(const char *s) {
    size_t n = 1;
    while (((unsigned char)s[n] & 0xC0) == 0x80) n++;
    return n;
}

const char *mask_name(struct arena *a, const char *name) {
    size_t len = strlen(name);
    if (len == 0) return "";
    char *out = arena_alloc(a, len + 2); /* a star is never longer than what it hides; one more for a single letter */
    if (!out) return NULL;
    size_t first = char_len(name), o = first;
    memcpy(out, name, first);
    if (first == len) { /* one letter alone would be the whole name */
        out[0] = '*';
        out[1] = '\0';
        return out;
    }
    for (size_t i = first, n; i < len; i += n) {
        n = char_len(name + i);
        if (i + n == len && o > first) {
            memcpy(out + o, name + i, n);
            o += n;
        } else {
            out[o++] = '*';
        }
    }
    out[o] = '\0';
    return out;
}

const char *mask_phone(struct arena *a, const char *phone) {
    size_t len = strlen(phone);
    if (len < 8 || strspn(phone, "0123456789") != len) return "****";
    size_t head = phone[1] == '2' ? 2 : 3; /* 02 is the only area code of two digits */
    return arena_printf(a, "%.*s-%.*s-**%s", (int)head, phone, (int)(len - head - 4), "****", phone + len - 2);
}
