/* plan - which messages an order calls for, as its facts stand. Pure: the same facts give the same messages, in whatever order
 * they came; what is planned no longer and not yet sent is of no use any more. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "template.h"

struct arena;

struct exhibition_fact {
    const char *name, *venue;
    int32_t first_day, last_day;
};
struct order_fact { /* order.* of booking */
    const char *number, *status, *name, *phone;
    int64_t exhibition_id, slot_id; /* slot 0: none */
    int64_t total_amount, created_ms;
    int token_version;
    int live_tickets;  /* somebody may enter, or has entered, with them */
    int32_t visit_day; /* NO_DAY: any day of the exhibition */
};
struct slot_fact {
    int32_t day;
    const char *begins; /* "14:00" */
};
struct payment_fact { /* payment.* and refund.* of payment, as of its last event */
    const char *type, *entity;
    int64_t amount;
    /* attempts */
    const char *bank, *account_number, *account_holder;
    int64_t account_due_ms;
    /* refunds */
    const char *kind;
    int64_t fee;
    int n_tickets;
};
#define NO_DAY INT32_MIN

struct order_facts {
    struct order_fact order;
    const struct exhibition_fact *exhibition; /* NULL: not heard of yet */
    const struct slot_fact *slot;             /* NULL: none, or not heard of yet */
    const struct payment_fact *payments;
    size_t n_payments;
};

struct planned {
    const char *event; /* once per order */
    const struct template *template;
    const char *values[TEMPLATE_VARS_MAX]; /* NULL: made when it is sent (address, token) */
    int64_t due_ms;                        /* 0: at once */
    int64_t until_ms;                      /* of no use from here on; 0: some weeks after it was first planned */
    bool only_before_due;                  /* not begun when its time is over already */
};
struct plan {
    struct planned *messages;
    size_t n;
    const char *awaits; /* entity of booking that must be heard of first; NULL: none */
};
/* False: out of memory. */
bool plan_order(struct arena *a, const struct order_facts *f, struct plan *plan);
