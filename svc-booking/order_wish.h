/* order_wish - one order on its way from the request to the commit; lives in its request's arena. */
#pragma once
#include <stdbool.h>
#include "common/bus.h"
#include "gate.h"
#include "order_input.h"
#include "order_number.h"

struct order_wish {
    struct bus_req *req;
    struct order_draft draft;
    char number[ORDER_NUMBER_LEN + 1];
    char key[37], body[37];                     /* bus_idem() */
    struct gate_need need[ORDER_MAX_LINES + 1]; /* a pool per line, and the slot's */
    size_t n_needs;
    bool unsure; /* a commit with it was under way when the connection went: only SQL can tell what became of it */
    struct order_wish *next; /* in its lane's queue */
};

struct order_outcome { /* what SQL decided */
    enum status status;
    const char *field; /* ST_VALIDATION_FAILED: the field and its fault */
    enum json_fault fault;
    bool repeat; /* ST_CREATED: told from an earlier order of the same key */
    char number[ORDER_NUMBER_LEN + 1];
    int64_t total_amount, expires_ms;
};

struct booking;
/* The one answer to POST /api/orders; frees the request and with it the wish. */
void order_wish_answer(struct booking *b, struct order_wish *wish, const struct order_outcome *o);
void order_wish_refuse(struct order_wish *wish, enum status st, int retry_after);
