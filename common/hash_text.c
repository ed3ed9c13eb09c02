#include "hash_text.h"
#include <stdint.h>

/* FNV-1a. Its low bits depend on the low bits of the text only: the high half is folded in. */
size_t hash_text(const char *text) {
    uint64_t h = 14695981039346656037U;
    for (; *text != '\0'; text++) h = (h ^ (unsigned char)*text) * 1099511628211U;
    return (size_t)(h ^ h >> 32);
}
