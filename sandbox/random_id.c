/* random_id - see random_id.h. */
#include "random_id.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/crypto.h"

void random_id(char *out, const char *prefix, const char *alphabet, size_t n) {
    uint8_t bytes[ID_RANDOM_MAX];
    size_t letters = strlen(alphabet), at = strlen(prefix);
    if (n > sizeof bytes) abort();
    random_bytes(bytes, n);
    memcpy(out, prefix, at);
    for (size_t i = 0; i < n; i++) out[at++] = alphabet[bytes[i] % letters];
    out[at] = '\0';
}
