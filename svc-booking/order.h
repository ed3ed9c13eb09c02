/* order - the states of an order and the moves between them (design §3).
 *
 * This table is the only copy in C; the database holds the same edges in order_transitions and refuses every other move.
 * `booking-audit` compares the two. */
#pragma once
#include <stdbool.h>

enum order_status {
    ORDER_RESERVED,            /* stock is held until expires_at; no money is moving */
    ORDER_PAYING,              /* a payment attempt is open: nothing lapses until it ends */
    ORDER_AWAITING_DEPOSIT,    /* an account was given to the buyer; stock is held until the deposit's term */
    ORDER_PAID,                /* the money is here; ticket rows exist and are valid */
    ORDER_PARTIALLY_CANCELLED, /* some tickets were given back, their stock is free again */
    ORDER_CANCELLED,           /* given back whole, or never paid; holds no stock */
    ORDER_EXPIRED,             /* the hold lapsed; holds no stock */
    ORDER_STATUS_COUNT
};

/* Late money: expired and cancelled orders may still become paid, if their stock can be taken again in that transaction. */
bool order_can_move(enum order_status from, enum order_status to);
/* As stored and as seen over HTTP: "awaiting_deposit". */
const char *order_status_name(enum order_status s);
/* False: no such status. */
bool order_status_parse(const char *name, enum order_status *out);
