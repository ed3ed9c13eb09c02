#include "json_scan.h"

#include <string.h>

#include "utf8.h"

enum { NUMBER_MAX = 40 /* digits and signs; the parser reads 63 */ };

struct scan {
    const char *at, *end;
    struct json_flaw *flaw;
    bool flawed; /* JSON so far, but not to be accepted */
    size_t values, max_values, depth;
    char open[JSON_MAX_DEPTH]; /* '{' or '[' per level */
    const char *key;           /* last key of the top object, within its quotes */
    size_t key_len;
};

static char peek(const struct scan *s) { return s->at < s->end ? *s->at : '\0'; }

static bool take(struct scan *s, char c) { return s->at < s->end && *s->at == c ? (s->at++, true) : false; }

static void flaw(struct scan *s, enum json_fault fault) {
    if (s->flawed) return;
    s->flawed = true;
    *s->flaw = (struct json_flaw){.fault = fault, .field = s->key, .field_len = s->key_len};
}

static void skip_space(struct scan *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r')) s->at++;
}

/* ---- strings ---- */
static bool take_hex4(struct scan *s, unsigned *v) {
    *v = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        char c = peek(s);
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 16;
        if (digit == 16) return false;
        *v = *v * 16 + digit;
    }
    return true;
}

/* Behind the backslash. Two \u escapes make one character outside of the basic plane; half of a pair is none. */
static bool take_escape(struct scan *s) {
    char c = peek(s);
    if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL) return false;
    s->at++;
    if (c != 'u') return true;
    unsigned high, low;
    if (!take_hex4(s, &high)) return false;
    if (high == 0 || (high >= 0xDC00 && high <= 0xDFFF)) flaw(s, BAD_UTF8);
    if (high < 0xD800 || high > 0xDBFF) return true;
    const char *second = s->at;
    if (take(s, '\\') && take(s, 'u')) {
        if (!take_hex4(s, &low)) return false;
        if (low >= 0xDC00 && low <= 0xDFFF) return true;
    }
    s->at = second; /* some other escape, or none: to be read for itself */
    flaw(s, BAD_UTF8);
    return true;
}

static bool take_string(struct scan *s) {
    if (!take(s, '"')) return false;
    while (s->at < s->end) {
        if (*s->at == '"') return s->at++, true;
        if (*s->at == '\\') {
            s->at++;
            if (!take_escape(s)) return false;
        } else if (*s->at == '\0') {
            flaw(s, BAD_UTF8);
            s->at++;
        } else if ((unsigned char)*s->at < 0x20) {
            return false;
        } else {
            size_t n = utf8_char(s->at, (size_t)(s->end - s->at));
            if (n == 0) flaw(s, BAD_UTF8);
            s->at += n == 0 ? 1 : n;
        }
    }
    return false;
}

/* ---- numbers and words ---- */
static bool take_digits(struct scan *s) {
    const char *start = s->at;
    while (peek(s) >= '0' && peek(s) <= '9') s->at++;
    return s->at > start;
}

static bool take_number(struct scan *s) {
    const char *start = s->at;
    take(s, '-');
    if (!take(s, '0') && !take_digits(s)) return false;
    if (take(s, '.') && !take_digits(s)) return false;
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '+')) take(s, '-');
        if (!take_digits(s)) return false;
    }
    if (s->at - start > NUMBER_MAX) flaw(s, BAD_RANGE);
    return true; /* in 01 the 1 is left over and refused by what must follow a value */
}

static bool take_word(struct scan *s, const char *word) {
    size_t n = strlen(word);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0) return false;
    s->at += n;
    return true;
}

static bool take_scalar(struct scan *s) {
    char c = peek(s);
    if (c == '"') return take_string(s);
    if (c == 't') return take_word(s, "true");
    if (c == 'f') return take_word(s, "false");
    if (c == 'n') return take_word(s, "null");
    return take_number(s);
}

/* ---- structure ---- */
static bool take_key(struct scan *s) {
    skip_space(s);
    const char *start = s->at + 1;
    if (s->depth == 1) s->key = NULL, s->key_len = 0;
    if (!take_string(s)) return false;
    if (s->depth == 1) s->key = start, s->key_len = (size_t)(s->at - 1 - start);
    skip_space(s);
    return take(s, ':');
}

enum step { STEP_VALUE /* a value must follow */, STEP_AFTER /* a value has ended */, STEP_BAD, STEP_STOP };

static enum step take_value(struct scan *s) {
    skip_space(s);
    if (++s->values > s->max_values) return flaw(s, BAD_LENGTH), STEP_STOP;
    char c = peek(s);
    if (c != '{' && c != '[') return take_scalar(s) ? STEP_AFTER : STEP_BAD;
    if (s->depth == JSON_MAX_DEPTH) return flaw(s, BAD_DEPTH), STEP_STOP;
    s->at++;
    s->open[s->depth++] = c;
    skip_space(s);
    if (take(s, c == '{' ? '}' : ']')) return s->depth--, STEP_AFTER;
    return c == '[' || take_key(s) ? STEP_VALUE : STEP_BAD;
}

static enum step take_after(struct scan *s) {
    bool object = s->open[s->depth - 1] == '{';
    skip_space(s);
    if (take(s, object ? '}' : ']')) return s->depth--, STEP_AFTER;
    if (!take(s, ',')) return STEP_BAD;
    return !object || take_key(s) ? STEP_VALUE : STEP_BAD;
}

enum status json_scan(const char *text, size_t len, size_t max_values, struct json_flaw *found) {
    struct scan s = {.at = text, .end = text + len, .flaw = found, .max_values = max_values};
    skip_space(&s);
    bool object = peek(&s) == '{';
    enum step step = STEP_VALUE;
    while (step == STEP_VALUE || (step == STEP_AFTER && s.depth > 0))
        step = step == STEP_VALUE ? take_value(&s) : take_after(&s);
    if (step == STEP_STOP) return ST_VALIDATION_FAILED;
    skip_space(&s);
    if (step == STEP_BAD || s.at != s.end) return ST_MALFORMED_JSON;
    if (!object) flaw(&s, BAD_TYPE);
    return s.flawed ? ST_VALIDATION_FAILED : ST_OK;
}
