#include "mask.h"

#include <ctype.h>
#include <stdbool.h>
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

enum { NUMBER_DIGITS = 9, HEAD_DIGITS = 3, TAIL_DIGITS = 2 }; /* the shortest phone: 02-123-4567; a day has 8 */

static bool is_word(char c) { return isalnum((unsigned char)c) || strchr("._%+-", c) != NULL; }

/* Bytes of the digits at `s`, with single separators between them; *digits of them. A space parts a day from its hour, but not
 * the groups of a phone, which begins with 0. */
static size_t number_len(const char *s, size_t *digits) {
    const char *between = *s == '0' ? "-. " : "-.";
    size_t n = 0;
    *digits = 0;
    for (size_t i = 0; s[i] != '\0'; i++) {
        if (isdigit((unsigned char)s[i])) {
            ++*digits;
            n = i + 1;
        } else if (strchr(between, s[i]) == NULL || i > n) {
            break;
        }
    }
    return n;
}

static void hide_number(char *s, size_t len, size_t digits) {
    for (size_t i = 0, k = 0; i < len; i++)
        if (isdigit((unsigned char)s[i]) && k++ >= HEAD_DIGITS && k <= digits - TAIL_DIGITS) s[i] = '*';
}

/* The characters before '@' that belong to its address, but the first. */
static void hide_local_part(const char *begin, char *at) {
    char *first = at;
    while (first > begin && is_word(first[-1])) first--;
    for (char *c = first + 1; c < at; c++) *c = '*';
}

const char *mask_text(struct arena *a, const char *text) {
    char *out = arena_strdup(a, text);
    if (!out) return NULL;
    for (char *c = out; *c != '\0';) {
        size_t digits = 0, len = isdigit((unsigned char)*c) ? number_len(c, &digits) : 1;
        bool own = c == out || !isalnum((unsigned char)c[-1]); /* an order number is none */
        if (digits >= NUMBER_DIGITS && own) hide_number(c, len, digits);
        c += len;
    }
    for (char *at = strchr(out, '@'); at != NULL; at = strchr(at + 1, '@')) hide_local_part(out, at);
    return out;
}
