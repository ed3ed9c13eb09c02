#include "attempt.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"

void attempt_fence_id(const struct attempt *at, char out[FENCE_ID_MAX + 1]) {
    if (at->fence == 0)
        snprintf(out, FENCE_ID_MAX + 1, "%s", at->attempt_id);
    else
        snprintf(out, FENCE_ID_MAX + 1, "%s.%" PRId64, at->attempt_id, at->fence);
}

void attempt_id_of(const char *fence_id, char out[ATTEMPT_ID_MAX + 1]) {
    size_t n = strcspn(fence_id, ".");
    snprintf(out, ATTEMPT_ID_MAX + 1, "%.*s", (int)(n < ATTEMPT_ID_MAX ? n : ATTEMPT_ID_MAX), fence_id);
}

void attempt_secret_hash(const char *secret, char out[SECRET_HASH_LEN + 1]) {
    uint8_t digest[SHA256_LEN];
    const struct slice part = {secret, strlen(secret)};
    sha256(&part, 1, digest);
    hex_encode(digest, sizeof digest, out);
}

/* What the provider leaves out we keep. */
static void learn(const char **ours, const char *theirs) {
    if (theirs != NULL) *ours = theirs;
}

void attempt_learn(struct arena *a, struct attempt *at, const struct money *m) {
    learn(&at->payment_key, m->payment_key);
    learn(&at->method, m->method);
    learn(&at->receipt_url, m->receipt_url);
    learn(&at->transaction_key, m->transaction_key);
    if (m->approved_ms != 0) at->approved_ms = m->approved_ms;
    if (m->account.number != NULL) {
        learn(&at->bank, m->account.bank);
        learn(&at->account_number, m->account.number);
        learn(&at->account_holder, m->account.holder);
        if (m->account.due_ms != 0) at->account_due_ms = m->account.due_ms;
    }
    if (m->secret != NULL) {
        char hash[SECRET_HASH_LEN + 1];
        attempt_secret_hash(m->secret, hash);
        learn(&at->secret_hash, arena_strdup(a, hash));
    }
}

bool attempt_is(const struct attempt *at, const char *state) { return strcmp(at->saga.state, state) == 0; }

bool attempt_settled(const struct attempt *at) {
    static const char *const settled[] = {"paid", "waiting", "failed", "returning", "returned"};
    for (size_t i = 0; i < sizeof settled / sizeof *settled; i++)
        if (attempt_is(at, settled[i])) return true;
    return false;
}

void attempt_new_id(char out[ATTEMPT_ID_MAX + 1]) {
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint8_t chance[24];
    random_bytes(chance, sizeof chance);
    *out++ = 'T';
    for (size_t i = 0; i < sizeof chance; i++) *out++ = digits[chance[i] % 32];
    *out = '\0';
}

#define FREE_PREFIX "F"

void attempt_free_id(const char *order_number, char out[ATTEMPT_ID_MAX + 1]) {
    snprintf(out, ATTEMPT_ID_MAX + 1, FREE_PREFIX "%s", order_number);
}
