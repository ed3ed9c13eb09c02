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
/* Why a buyer can do nothing here: NOT_FOUND_PAYMENT (p is NULL), EXPIRED_PAYMENT, INVALID_STATE (not READY). NULL: go on. */
const char *checkout_closed(const struct payment *p);
/* NULL, or the code of the refusal: the above, INVALID_REQUEST, BELOW_MINIMUM_AMOUNT. */
const char *checkout_do(struct exchange *x, const struct checkout *c, struct checkout_end *end);
