/* checkout - what a buyer does in the payment window, by page and by control call. */
#pragma once
#include "sandbox.h"

struct checkout {
    const char *payment_key;
    const char *result; /* success, fail (card refused), cancel (buyer gives up), tamper (success, forged amount) */
    const char *method; /* word; NULL: as the payment was created, or card */
};
struct checkout_end {
    const char *order_id, *url; /* in the arena: where the browser goes */
    int64_t amount;             /* in the redirect */
};
/* NULL, or the code of the refusal: INVALID_REQUEST, NOT_FOUND_PAYMENT, INVALID_STATE (not open), EXPIRED_PAYMENT. */
const char *checkout_do(struct exchange *x, const struct checkout *c, struct checkout_end *end);
