/* refund - money on its way back, whole or for some tickets (design §4). Steps: steps_refund.c. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "saga.h"

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
    int64_t created_ms, done_ms;
};
