/* sms - see sms.h. */
#include "sms.h"
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include "common/arena.h"
#include "common/utf8.h"

/* Of one character; 0: EUC-KR has none. */
static size_t bytes_of(iconv_t cd, const char *c, size_t n) {
    char out[4], *in = (char *)(uintptr_t)c, *to = out;
    size_t left = sizeof out;
    return iconv(cd, &in, &n, &to, &left) == 0 ? sizeof out - left : 0;
}

/* How much of the text goes into `max` bytes, in *fits; all its bytes, or -1. */
static long measure(const char *text, size_t max, size_t *fits) {
    iconv_t cd = iconv_open("EUC-KR", "UTF-8");
    size_t total = 0;
    bool ok = cd != (iconv_t)-1;
    *fits = 0;
    for (size_t at = 0, left = strlen(text), n; ok && left > 0; at += n, left -= n) {
        n = utf8_char(text + at, left);
        size_t bytes = n > 0 ? bytes_of(cd, text + at, n) : 0;
        ok = bytes > 0;
        total += bytes;
        if (ok && total <= max) *fits = at + n;
    }
    if (cd != (iconv_t)-1) iconv_close(cd);
    return ok ? (long)total : -1;
}

long sms_bytes(const char *text) {
    size_t fits;
    return measure(text, 0, &fits);
}

const char *sms_cut(struct arena *a, const char *text, size_t max_bytes) {
    size_t fits;
    return measure(text, max_bytes, &fits) >= 0 ? arena_strndup(a, text, fits) : NULL;
}
