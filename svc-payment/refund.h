/* refund - money on its way back, whole or for some tickets (design §4). Steps: steps_refund.c. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "provider.h"
#include "saga.h"

#define REFUND_ID_LEN 32

struct refund { /* texts live in the arena of whoever read the row */
    struct saga saga;
    const char *refund_id, *kind, *order_number, *reason, *policy_step;
    int64_t attempt; /* row id; 0: not known yet */
    int64_t exhibition_id, amount, fee, requested_by, key_no, balance_before;
    const int64_t *tickets;
    size_t n_tickets;
    bool fee_waived;
    const char *transaction_key, *account; /* sealed; NULL */
    const char *failure_code, *failure_message;
    int64_t created_ms, refunded_ms, done_ms; /* refunded: by the provider's clock */
};

/* Random. */
void refund_new_id(char out[REFUND_ID_LEN + 1]);
bool refund_is(const struct refund *r, const char *state);
/* What the provider keeps with the cancel: the reason, cut where it is too long, and behind it the id, by which the cancel is
 * recognised whatever became of its answer. NULL: no memory. */
const char *refund_reason(struct arena *a, const struct refund *r);
/* Ours among the cancels of a payment. NULL: it was not executed. */
const struct money_cancel *refund_among(const struct refund *r, const struct money *money);
