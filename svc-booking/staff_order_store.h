/* staff_order_store - orders as staff look for them. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "common/db.h"

struct staff_order_query {    /* texts NULL, numbers 0: not asked for */
    const char *const *codes; /* exhibitions; NULL: all */
    size_t n_codes;
    const char *status;
    const char *const *payments; /* payment states */
    size_t n_payments;
    int64_t from_ms, until_ms; /* of creation: from <= created < until */
    const char *number;        /* the beginning of an order number */
    const char *phone;         /* normalised */
    const char *name;
    bool oldest_first;
    int64_t after_us, after_id; /* the last order of the page before */
    int64_t limit;
    bool with_items; /* what was ordered, too */
};
struct staff_order { /* texts in the arena, NULL where the column is */
    int64_t id, created_us, total_amount, version;
    const char *number, *code, *name, *phone, *status, *payment_status, *payment_method, *visit_date;
    int64_t entrance_ms;
    /* of a list with items only */
    const char *visit_time, *item_names; /* "10:00", "Adult x 2, Child x 1" */
    int64_t tickets, tickets_left;       /* ordered; made and not given back */
    int64_t amount_left;                 /* what the latter cost */
    int64_t refunded;                    /* of the payment, when the last refund ended */
    /* of a single order only */
    const char *memo, *payment_key, *qr_code;
    bool entrance_checked;
    int64_t expires_ms;
    const char *items, *slot, *history; /* JSON */
};
/* *more: there may be others behind these, which may be fewer than the limit. */
enum db_rc staff_order_list(struct db *db, struct arena *a, const struct staff_order_query *q,
                            struct staff_order **orders, size_t *n, bool *more);
/* *order is NULL when there is none. Inside a transaction `lock` keeps the row. */
enum db_rc staff_order_get(struct db *db, struct arena *a, int64_t id, bool lock, struct staff_order **order);
/* NULL clears it. */
enum db_rc staff_order_set_memo(struct db *db, struct arena *a, int64_t id, const char *memo, int64_t *version);
