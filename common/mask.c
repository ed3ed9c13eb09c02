#include "mask.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "arena.h"
#include "strbuf.h"

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

/* ---- what somebody typed ---- */

enum {
    NUMBER_DIGITS = 9, /* the shortest phone: 02-123-4567; a day has 8 */
    HEAD_DIGITS = 3,
    TAIL_DIGITS = 2,
    GAP_MAX = 3,       /* characters between two groups: 02 - 123 - 4567 */
    ORDER_LETTERS = 18 /* behind ORD */
};

static const char digits_of_all[] = "0123456789０１２３４５６７８９";
static const char gaps[] = " \t\r\n-./()+_·～－（）．／＋\u00A0\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u3000";

/* Is the character at `s` one of these? UTF-8 finds no character across two others. */
static bool is_one_of(const char *s, const char *characters) {
    char c[5] = "";
    size_t n = char_len(s);
    if (n >= sizeof c) return false;
    memcpy(c, s, n);
    return strstr(characters, c) != NULL;
}

/* Bytes of the day at `s`, as in 2026-11-22 or 2026. 11. 22; 0: there is none, or more groups follow, as in an account. */
static size_t day_len(const char *s) {
    size_t n = strspn(s, "0123456789");
    if (n != 4 || strncmp(s, "20", 2) != 0) return 0;
    for (int part = 0; part < 2; part++) {
        if (strspn(s + n, "-./") != 1) return 0;
        n += s[n + 1] == ' ' ? 2 : 1;
        size_t digits = strspn(s + n, "0123456789");
        if (digits != 1 && digits != 2) return 0;
        n += digits;
    }
    return (s[n] == '-' || s[n] == '.') && isdigit((unsigned char)s[n + 1]) ? 0 : n;
}

/* Bytes of the order's number at `s`, which names nobody and holds a day; 0: there is none. */
static size_t order_number_len(const char *s) {
    if (strncmp(s, "ORD", 3) != 0) return 0;
    size_t n = strspn(s + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return n == ORDER_LETTERS ? 3 + n : 0;
}

/* Bytes of the digits at `s` with the gaps between their groups, as far as the next day; *digits of them. */
static size_t number_len(const char *s, size_t *digits) {
    size_t len = 0, gap = 0;
    *digits = 0;
    for (size_t i = 0, n; s[i] != '\0'; i += n) {
        n = char_len(s + i);
        if (is_one_of(s + i, digits_of_all)) {
            if (gap > 0 && day_len(s + i) > 0) break;
            ++*digits;
            len = i + n;
            gap = 0;
        } else if (!is_one_of(s + i, gaps) || ++gap > GAP_MAX) {
            break;
        }
    }
    return len;
}

static void put_hidden(struct strbuf *b, const char *s, size_t len, size_t digits) {
    for (size_t i = 0, k = 0, n; i < len; i += n) {
        n = char_len(s + i);
        if (is_one_of(s + i, digits_of_all) && k++ >= HEAD_DIGITS && k <= digits - TAIL_DIGITS)
            strbuf_putc(b, '*');
        else
            strbuf_put(b, s + i, n);
    }
}

static void hide_numbers(struct strbuf *b, const char *s) {
    for (size_t len; *s != '\0'; s += len) {
        size_t digits = 0;
        len = order_number_len(s);
        if (len == 0) len = day_len(s);
        if (len == 0) len = number_len(s, &digits);
        if (len == 0) len = char_len(s);
        if (digits >= NUMBER_DIGITS)
            put_hidden(b, s, len, digits);
        else
            strbuf_put(b, s, len);
    }
}

/* Of each word that ends with '@' the first character stays. */
static void hide_local_parts(struct strbuf *b, const char *s) {
    while (*s != '\0') {
        size_t word = strcspn(s, " \t\r\n<>,;:@"), shown = s[word] == '@' && word > 0 ? char_len(s) : word;
        strbuf_put(b, s, shown);
        for (size_t i = shown; i < word; i += char_len(s + i)) strbuf_putc(b, '*');
        s += word;
        if (*s != '\0') strbuf_putc(b, *s++);
    }
}

const char *mask_text(struct arena *a, const char *text) {
    struct strbuf numbers, all;
    size_t max = strlen(text) + 1; /* a star is never longer than what it hides */
    strbuf_init(&numbers, a, max);
    strbuf_init(&all, a, max);
    hide_numbers(&numbers, text);
    hide_local_parts(&all, numbers.data);
    return strbuf_ok(&numbers) && strbuf_ok(&all) ? all.data : NULL;
}
