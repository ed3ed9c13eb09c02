/* escape - percent-decoding that refuses what is ambiguous. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Decodes n bytes of `raw` into `out` (room for n + 1), NUL-terminated; '+' becomes a space when `form`. Length, or -1 for a
 * broken escape, a NUL or control byte (raw or escaped), or text that is not UTF-8. */
long unescape(const char *raw, size_t n, char *out, bool form);
