#include "webhook.h"
#include <string.h>
#include "common/crypto.h"

static const char *const verdict_names[] = {
    [VERDICT_LOOK] = "look",       [VERDICT_WAKE] = "look",
    [VERDICT_KNOWN] = "known",     [VERDICT_WRONG_SECRET] = "wrong_secret",
    [VERDICT_FOREIGN] = "foreign", [VERDICT_IGNORED] = "ignored",
};
const char *webhook_verdict_name(enum verdict v) { return verdict_names[v]; }

static const char *const state_names[] = {
    [MONEY_UNKNOWN] = NULL,
    [MONEY_READY] = "READY",
    [MONEY_IN_PROGRESS] = "IN_PROGRESS",
    [MONEY_WAITING_FOR_DEPOSIT] = "WAITING_FOR_DEPOSIT",
    [MONEY_DONE] = "DONE",
    [MONEY_CANCELED] = "CANCELED",
    [MONEY_PARTIAL_CANCELED] = "PARTIAL_CANCELED",
    [MONEY_ABORTED] = "ABORTED",
    [MONEY_EXPIRED] = "EXPIRED",
};
const char *webhook_state_name(enum money_state s) { return state_names[s]; }

/* What is no news in a state. What an attempt under way expects anyway wakes it only if nobody is at it, so that a look does
 * not follow every confirm. Everything that is not listed is news. */
static const struct {
    const char *state;
    enum money_state said;
    enum verdict verdict;
} expected[] = {
    {"beginning", MONEY_IN_PROGRESS, VERDICT_KNOWN},
    {"beginning", MONEY_READY, VERDICT_KNOWN},
    {"sent", MONEY_READY, VERDICT_KNOWN},
    {"sent", MONEY_IN_PROGRESS, VERDICT_KNOWN},
    {"sent", MONEY_DONE, VERDICT_WAKE},
    {"sent", MONEY_WAITING_FOR_DEPOSIT, VERDICT_WAKE},
    {"sent", MONEY_ABORTED, VERDICT_WAKE},
    {"captured", MONEY_DONE, VERDICT_KNOWN},
    {"paid", MONEY_DONE, VERDICT_KNOWN},
    {"issued", MONEY_WAITING_FOR_DEPOSIT, VERDICT_KNOWN},
    {"waiting", MONEY_WAITING_FOR_DEPOSIT, VERDICT_KNOWN},
    {"refused", MONEY_ABORTED, VERDICT_KNOWN},
    {"refused", MONEY_EXPIRED, VERDICT_KNOWN},
    {"refused", MONEY_CANCELED, VERDICT_KNOWN},
    {"failed", MONEY_ABORTED, VERDICT_KNOWN},
    {"failed", MONEY_EXPIRED, VERDICT_KNOWN},
    {"failed", MONEY_CANCELED, VERDICT_KNOWN},
    {"reversing", MONEY_WAITING_FOR_DEPOSIT, VERDICT_KNOWN},
};

/* States in which nothing the provider may say changes what is to be done: before our confirm no money moves, and what must go
 * back is on its way. */
static const char *const deaf[] = {"opening", "ready", "returning", "returned"};

static bool is_deaf(const struct attempt *at) {
    for (size_t i = 0; i < sizeof deaf / sizeof *deaf; i++)
        if (attempt_is(at, deaf[i])) return true;
    return false;
}

static bool is_wrong_secret(const struct notice *n, const struct attempt *at) {
    char hash[SECRET_HASH_LEN + 1];
    if (n->secret == NULL || at->secret_hash == NULL || strlen(at->secret_hash) != SECRET_HASH_LEN) return false;
    attempt_secret_hash(n->secret, hash);
    return !secret_equal(hash, at->secret_hash, SECRET_HASH_LEN);
}

enum verdict webhook_judge(const struct notice *n, const struct attempt *at) {
    if (n->order_id == NULL && n->payment_key == NULL) return VERDICT_IGNORED;
    if (at == NULL) return VERDICT_FOREIGN;
    if (is_wrong_secret(n, at)) return VERDICT_WRONG_SECRET;
    if (is_deaf(at)) return VERDICT_KNOWN;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        if (expected[i].said == n->state && attempt_is(at, expected[i].state)) return expected[i].verdict;
    return VERDICT_LOOK;
}
