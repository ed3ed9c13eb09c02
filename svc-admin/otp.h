/* otp - the second factor: one-time passwords by time (RFC 6238, six digits, 30 s), and recovery codes. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/crypto.h"

struct arena;

#define OTP_SECRET_LEN 20
#define OTP_TEXT_LEN 32 /* the secret in base32 */
#define OTP_STEP_MS 30000
#define RECOVERY_CODES 10
#define RECOVERY_CODE_LEN 12 /* digits: 40 bits, of which a locked account lets nobody try many */

/* NULL: the arena is full. */
const char *otp_secret_text(struct arena *a, const uint8_t secret[OTP_SECRET_LEN]);
/* What an authenticator takes, as a QR code or by hand. */
const char *otp_uri(struct arena *a, const char *username, const char *secret_text);
/* The step that `code` is of: now's, the one before or the next, and none that is not after `last`. 0: it is wrong. */
int64_t otp_match(const uint8_t secret[OTP_SECRET_LEN], const char *code, int64_t now_ms, int64_t last);
/* The codes that came with the second factor of this serial; made again from the key whenever they are told again. */
void otp_recovery_code(const char *key, int64_t user_id, int64_t serial, size_t i, char out[RECOVERY_CODE_LEN + 1]);
/* A code as it was typed, with spaces and hyphens, as it was made. False: none. */
bool otp_read_recovery_code(const char *typed, char out[RECOVERY_CODE_LEN + 1]);
