/* order_wish - one order on its way from the request to the commit; lives in its request's arena. */
#pragma once
#include <stdbool.h>
#include "common/bus.h"
#include "committer.h"
#include "gate.h"
#include "order_input.h"
#include "order_number.h"

struct order_outcome { /* what SQL decided */
    enum status status;
    const char *field; /* ST_VALIDATION_FAILED: the field and its fault */
    enum json_fault fault;
    char number[ORDER_NUMBER_LEN + 1];
    int64_t total_amount, expires_ms;
};

struct order_wish {
    struct commit_item item; /* the committer's; first */
    struct order_draft draft;
    char number[ORDER_NUMBER_LEN + 1];
    char key[37], body[37];                     /* bus_idem() */
    struct gate_need need[ORDER_MAX_LINES + 1]; /* a pool per line, and the slot's */
    size_t n_needs;
    struct order_outcome outcome;
};
extern const struct commit_job order_commit; /* of wishes, through booking.reserve_orders() */

struct booking;
/* The one answer to POST /api/orders, from the outcome; frees the request and with it the wish. */
void order_wish_answer(struct booking *b, struct order_wish *wish);
void order_wish_refuse(struct order_wish *wish, enum status st, int retry_after);
