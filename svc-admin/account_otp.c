#include "account_otp.h"
#include <inttypes.h>
#include <stdio.h>
#include "account_secret.h"
#include "account_store.h"
#include "admin.h"
#include "common/arena.h"
#include "common/timeutil.h"

static void context_of(int64_t id, char out[32]) { snprintf(out, 32, "otp:%" PRId64, id); }

const char *account_otp_seal(const struct admin *admin, struct arena *a, int64_t id,
                             const uint8_t secret[OTP_SECRET_LEN]) {
    char context[32], sealed[SEALED_MAX(OTP_SECRET_LEN)];
    context_of(id, context);
    seal_text(admin->seal, context, secret, OTP_SECRET_LEN, sealed);
    return arena_strdup(a, sealed);
}

bool account_otp_unseal(const struct admin *admin, const struct account *account, uint8_t secret[OTP_SECRET_LEN]) {
    char context[32];
    context_of(account->id, context);
    return account->otp_secret != NULL &&
           unseal_text(admin->seal, context, account->otp_secret, secret, OTP_SECRET_LEN) == OTP_SECRET_LEN;
}

const char *account_otp_code_hash(const struct admin *admin, struct arena *a, int64_t id, const char *code) {
    char label[48], digest[DIGEST_TEXT_LEN + 1];
    snprintf(label, sizeof label, "recovery:%" PRId64, id);
    account_digest(admin->refresh_key, label, code, digest);
    return arena_strdup(a, digest);
}

enum db_rc account_otp_check(struct db *db, const struct admin *admin, struct arena *a, const struct account *account,
                             const char *code, bool *right, int64_t *step) {
    uint8_t secret[OTP_SECRET_LEN];
    char recovery[RECOVERY_CODE_LEN + 1];
    *step = 0;
    if (account_otp_unseal(admin, account, secret)) *step = otp_match(secret, code, time_now_ms(), account->otp_step);
    cleanse(secret, sizeof secret);
    *right = *step != 0;
    if (*right || !otp_read_recovery_code(code, recovery)) return DB_OK;
    const char *hash = account_otp_code_hash(admin, a, account->id, recovery);
    return hash != NULL ? account_store_use_code(db, a, account->id, hash, right) : DB_ERROR;
}
