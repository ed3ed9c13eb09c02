/* payment_input - the bodies of svc-payment's calls, decoded and checked; which fields a call has is its op's to say. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/bus.h"
#include "common/json.h"

#define PAYMENT_TICKETS_MAX 1000

enum payment_field {
    PF_ATTEMPT = 1 << 0,
    PF_ORDER = 1 << 1,
    PF_AMOUNT = 1 << 2, /* of a release: what is back of the payment by now, in all */
    PF_METHOD = 1 << 3,
    PF_KEY = 1 << 4,
    PF_REASON = 1 << 5,
    PF_DUE = 1 << 6,
    PF_REVERSES = 1 << 7,
    PF_TICKETS = 1 << 8, /* empty only together with not_entered */
    PF_PAYMENT_STATUS = 1 << 9,
    PF_CANCELLED = 1 << 10,
    PF_REFUND = 1 << 11,
    PF_NOT_ENTERED = 1 << 12,
    PF_ORDER_ID = 1 << 13,
    PF_UP = 1 << 14
};

struct payment_input { /* absent: NULL, 0, false */
    const char *attempt_id, *order_number, *payment_method, *payment_key, *reason, *reverses, *payment_status,
        *refund_id;
    int64_t amount, due_ms, order_id;
    int64_t *tickets;
    size_t n_tickets;
    bool cancelled, not_entered, up;
};

/* ST_OK; otherwise what to answer, ST_VALIDATION_FAILED with the faults noted. `required`: PF_ bits that must be there,
 * `optional`: those that may. Texts live in the arena. */
enum status payment_input_parse(struct arena *a, const char *body, size_t len, unsigned required, unsigned optional,
                                struct payment_input *input, struct json_faults *faults);
/* The body of a call; its faults are in `out`. */
enum status payment_input_read(const struct bus_req *req, unsigned required, unsigned optional,
                               struct payment_input *input, struct strbuf *out);
