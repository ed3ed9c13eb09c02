/* random_id - identifiers that nobody can guess. */
#pragma once
#include <stddef.h>

#define ID_ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define ID_BASE32 "0123456789abcdefghjkmnpqrstvwxyz"
#define ID_DIGITS "0123456789"
#define ID_RANDOM_MAX 64

/* `prefix` and `n` (up to ID_RANDOM_MAX) random characters of `alphabet`; `out` holds them and the NUL. */
void random_id(char *out, const char *prefix, const char *alphabet, size_t n);
