/* account_otp - the second factor of an account: shown, or not. */
#pragma once
#include "account.h"
#include "common/db.h"
#include "otp.h"

struct admin;

/* Secrets are sealed for the row of their account. */
const char *account_otp_seal(const struct admin *admin, struct arena *a, int64_t id,
                             const uint8_t secret[OTP_SECRET_LEN]);
bool account_otp_unseal(const struct admin *admin, const struct account *account, uint8_t secret[OTP_SECRET_LEN]);
/* `code` is of now and was not used, or a recovery code, which is used up by it. Of the locked row, inside the transaction.
 * *step: to be kept as the last one used; 0: `code` was a recovery code. */
enum db_rc account_otp_check(struct db *db, const struct admin *admin, struct arena *a, const struct account *account,
                             const char *code, bool *right, int64_t *step);
/* What is kept of a recovery code. */
const char *account_otp_code_hash(const struct admin *admin, struct arena *a, int64_t id, const char *code);
