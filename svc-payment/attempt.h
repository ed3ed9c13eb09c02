/* attempt - one try to pay an order (design §4). States and moves: migrations/007_payment.sql; steps: steps_attempt.h. */
#pragma once
#include <stdbool.h>
#include "provider.h"
#include "saga.h"

#define ATTEMPT_ID_MAX 56
#define FENCE_ID_MAX 64
#define SECRET_HASH_LEN 64

struct attempt { /* texts live in the arena of whoever read the row */
    struct saga saga;
    const char *attempt_id, *order_number, *method, *payment_key, *checkout_url;
    int64_t fence, key_no, exhibition_id, amount, balance;
    int64_t confirmed_ms, approved_ms, account_due_ms, looked_ms, created_ms;
    const char *receipt_url, *transaction_key, *secret_hash, *bank, *account_number, *account_holder;
    const char *failure_code, *failure_message;
    bool cancelled;
};

/* The name booking knows the attempt by: a deposit that was taken back needs a new one. */
void attempt_fence_id(const struct attempt *at, char out[FENCE_ID_MAX + 1]);
/* The other way round: without its fence. */
void attempt_id_of(const char *fence_id, char out[ATTEMPT_ID_MAX + 1]);
/* The provider's secret of a payment is kept as this hash only. */
void attempt_secret_hash(const char *secret, char out[SECRET_HASH_LEN + 1]);
/* Takes over what the provider says of the payment. Not its balance: that is ours to keep, cancel by cancel. */
void attempt_learn(struct arena *a, struct attempt *at, const struct money *m);
bool attempt_is(const struct attempt *at, const char *state);
/* True while a buyer's confirm has nothing more to wait for: paid, waiting, failed, returning, returned. */
bool attempt_settled(const struct attempt *at);
/* Random, 24 characters of Crockford base32 behind "T". */
void attempt_new_id(char out[ATTEMPT_ID_MAX + 1]);
/* The one attempt that an order of 0 won has. */
void attempt_free_id(const char *order_number, char out[ATTEMPT_ID_MAX + 1]);
