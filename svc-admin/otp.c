#include "otp.h"
#include <inttypes.h>
#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"

#define DIGITS 6

const char *otp_secret_text(struct arena *a, const uint8_t secret[OTP_SECRET_LEN]) {
    char *text = NULL;
    size_t len = 0;
    if (oath_base32_encode((const char *)secret, OTP_SECRET_LEN, &text, &len) != OATH_OK) return NULL;
    const char *copy = arena_strndup(a, text, len);
    cleanse(text, len);
    free(text); // the library's own
    return copy;
}

const char *otp_uri(struct arena *a, const char *username, const char *secret_text) {
    return arena_printf(a, "otpauth://totp/Exhibition:%s?secret=%s&issuer=Exhibition&algorithm=SHA1&digits=6&period=30",
                        username, secret_text);
}

static bool is_of(const uint8_t secret[OTP_SECRET_LEN], int64_t step, const char *code) {
    char right[DIGITS + 1];
    if (oath_hotp_generate((const char *)secret, OTP_SECRET_LEN, (uint64_t)step, DIGITS, false,
                           OATH_HOTP_DYNAMIC_TRUNCATION, right) != OATH_OK)
        return false;
    bool same = secret_equal(right, code, DIGITS);
    cleanse(right, sizeof right);
    return same;
}

int64_t otp_match(const uint8_t secret[OTP_SECRET_LEN], const char *code, int64_t now_ms, int64_t last) {
    int64_t now = now_ms / OTP_STEP_MS;
    if (strlen(code) != DIGITS || strspn(code, "0123456789") != DIGITS) return 0;
    for (int64_t step = now - 1; step <= now + 1; step++)
        if (step > last && is_of(secret, step, code)) return step;
    return 0;
}

void otp_recovery_code(const char *key, int64_t user_id, int64_t serial, size_t i, char out[RECOVERY_CODE_LEN + 1]) {
    uint8_t bytes[SHA256_LEN];
    char row[96];
    snprintf(row, sizeof row, "recovery/%" PRId64 "/%" PRId64 "/%zu", user_id, serial, i);
    hkdf_sha256(key, strlen(key), row, bytes);
    for (size_t c = 0; c < RECOVERY_CODE_LEN; c++) {
        unsigned chance = (unsigned)bytes[2 * c] << 8 | bytes[2 * c + 1];
        out[c] = (char)('0' + chance % 10);
    }
    out[RECOVERY_CODE_LEN] = '\0';
    cleanse(bytes, sizeof bytes);
}

bool otp_read_recovery_code(const char *typed, char out[RECOVERY_CODE_LEN + 1]) {
    size_t n = 0;
    for (; *typed != '\0'; typed++) {
        if (*typed == ' ' || *typed == '-') continue;
        if (*typed < '0' || *typed > '9' || n == RECOVERY_CODE_LEN) return false;
        out[n++] = *typed;
    }
    out[n] = '\0';
    return n == RECOVERY_CODE_LEN;
}
