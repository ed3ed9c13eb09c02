/* utf8 - one character of UTF-8 at a time, as strict as PostgreSQL: no overlong forms, no surrogates, at most U+10FFFF. */
#pragma once
#include <stddef.h>

/* Length in bytes of the character at `s`, of which n bytes may be read. 0: none, or broken. NUL is a character here. */
size_t utf8_char(const char *s, size_t n);
/* Characters in a valid text. */
size_t utf8_count(const char *s);
/* Length in bytes, at most `max`, of the longest part of a text that ends between two characters. */
size_t utf8_cut(const char *s, size_t n, size_t max);
