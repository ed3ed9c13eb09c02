/* quote - what comes back for which tickets of an order, and what it costs (product guide, "Refund"). Pure: order and day come
 * in. A quote is not stored: whoever cancels brings its id, and the quote made then must have the same. */
#pragma once
#include "booking.h"
#include "common/status.h"
#include "policy.h"

#define QUOTE_ID_LEN 16

struct quote_wish {
    const int64_t *tickets; /* no two alike */
    size_t n;               /* 0: all that are left */
    bool staff;             /* the last step still counts after its day */
    bool waive_fee;
    int64_t sales; /* what the payment still holds for tickets sold: never is more given back */
};
struct quote {
    const int64_t *tickets; /* in the order of booking */
    size_t n;
    int64_t amount, fee;
    bool by_step; /* false: no step applied, for nothing */
    struct policy_step step;
    char id[QUOTE_ID_LEN + 1];
    /* Of a refusal: */
    const int64_t *entered; /* ST_INVALID_STATE: somebody is inside with these */
    size_t n_entered;
    bool policy_broken; /* ST_REFUND_CLOSED: what is stored with the order is no policy */
};

/* ST_OK; ST_INVALID_STATE: the order or a ticket is not in a state to be given back; ST_VALIDATION_FAILED: a named ticket is none
 * of the order's; ST_REFUND_CLOSED. */
enum status quote_make(struct arena *a, const struct order_info *o, const struct quote_wish *w, int32_t today,
                       struct quote *q);
/* Tickets that another refund has already are no longer to be had. */
void quote_without(struct order_info *o, const int64_t *tickets, size_t n);
/* {"days_before","fee_percent"} or null. */
const char *quote_step_json(struct arena *a, const struct quote *q);
