#include "device.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/jwt.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char hash_label[] = "device-enroll";

void device_enroll_code(const char *key, int64_t id, int64_t until_ms, char out[ENROLL_CODE_LEN + 1]) {
    uint8_t bytes[SHA256_LEN];
    char row[64];
    snprintf(row, sizeof row, "device-enroll/%" PRId64 "/%" PRId64, id, until_ms);
    hkdf_sha256(key, strlen(key), row, bytes);
    for (size_t i = 0; i < ENROLL_CODE_LEN; i++) out[i] = alphabet[bytes[i] % 32];
    out[ENROLL_CODE_LEN] = '\0';
    cleanse(bytes, sizeof bytes);
}

/* '\0': not in the alphabet. */
static char as_made(char c) {
    if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
    if (c == 'O') return '0';
    if (c == 'I' || c == 'L') return '1';
    return c != '\0' && strchr(alphabet, c) != NULL ? c : '\0';
}

bool device_read_code(const char *typed, char out[ENROLL_CODE_LEN + 1]) {
    size_t n = 0;
    for (; *typed != '\0'; typed++) {
        if (*typed == ' ' || *typed == '-') continue;
        char c = as_made(*typed);
        if (c == '\0' || n == ENROLL_CODE_LEN) return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return n == ENROLL_CODE_LEN;
}

void device_code_hash(const char *code, uint8_t out[SHA256_LEN]) {
    const struct slice parts[] = {{hash_label, sizeof hash_label - 1}, {code, strlen(code)}};
    sha256(parts, 2, out);
}

const char *device_token(struct arena *a, const char *key, const struct device_grant *g) {
    const struct staff_claims claims = {
        .user_id = g->id,
        .role = ROLE_DEVICE,
        .scope = g->exhibition_code,
        .session = "",
        .expires_ms = g->until_ms,
    };
    return jwt_make(a, key, &claims);
}
