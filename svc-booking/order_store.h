/* order_store - orders as rows: reading one, and moving it through booking.move_orders(), the only way its state changes. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/db.h"
#include "booking.h"
#include "order.h"

struct order_row { /* texts live in the arena; NULL where the column is */
    int64_t id;
    const char *number, *exhibition_code, *payment_status, *payment_method, *visit_date;
    enum order_status status;
    int64_t total_amount, created_ms, expires_ms, entrance_ms; /* 0: not entered */
    bool entrance_checked;
    const char *name, *phone, *email;
    int64_t token_version, deposit_hours;
    const char *slot;  /* JSON, "null" without */
    const char *items; /* JSON array */
};
/* *row is NULL when there is none. */
enum db_rc order_store_get(struct db *db, struct arena *a, const char *number, struct order_row **row);
/* Inside a transaction: the row stays locked. slot and items are NULL. */
enum db_rc order_store_lock(struct db *db, struct arena *a, const char *number, struct order_row **row);

struct order_move {
    int64_t id;
    enum order_status to;
    const char *reason;
};
struct order_moved {
    enum order_moved_outcome { ORDER_MOVED, ORDER_ILLEGAL, ORDER_SOLD_OUT, ORDER_MISSING } outcome;
    struct pool_change *pools; /* in the arena; tell booking_pools_changed() after the commit */
    size_t n_pools;
};
/* Inside a transaction. */
enum db_rc order_store_move(struct db *db, struct arena *a, const struct order_move *move, struct order_moved *moved);
/* A transaction of its own: frees at most `limit` lapsed holds, *n says how many. */
enum db_rc order_store_expire(struct db *db, struct arena *a, int limit, struct order_moved *moved, int *n);

/* Look-up by number and phone, counted per order. */
struct order_lookup {
    bool found;
    int64_t token_version;
    int64_t locked_seconds; /* > 0: locked, whatever the phone */
};
#define LOOKUP_FAILURES 10
#define LOOKUP_LOCK_SECONDS 3600
enum db_rc order_store_lookup(struct db *db, struct arena *a, const char *number, const char *phone,
                              struct order_lookup *lookup);
enum db_rc order_store_housekeeping(struct db *db, struct arena *a);
