/* payment_store - payment attempts (table payment_attempts): one begins once and ends once, its verdict stays for ever. All
 * but payment_store_list run inside a transaction and change state through order_store_move(). */
#pragma once
#include "order_store.h"

struct attempt_row { /* texts live in the arena */
    const char *order_number;
    int64_t amount;
    const char *verdict; /* NULL: open */
};
/* Waits for whoever works on this attempt, and keeps others waiting until the end of the transaction. NULL: unknown. */
enum db_rc payment_store_lock(struct db *db, struct arena *a, const char *attempt_id, struct attempt_row **row);
/* DB_UNIQUE: the order has another open attempt. */
enum db_rc payment_store_begin(struct db *db, struct arena *a, const char *attempt_id, int64_t order_id,
                               int64_t amount);
enum db_rc payment_store_end(struct db *db, struct arena *a, const char *attempt_id, const char *verdict);
/* Holds that stood while payments were impossible get that time back, at most 30 minutes in all. *n orders. */
enum db_rc payment_store_extend(struct db *db, struct arena *a, int64_t from_ms, int64_t to_ms, int64_t *n);
/* Tickets of the order that live: those among the named ones, and those that would remain without them. */
enum db_rc payment_store_remaining(struct db *db, struct arena *a, int64_t order_id, const int64_t *tickets, size_t n,
                                   int64_t *named, int64_t *remaining);

struct paying_row {
    int64_t id, begun_ms, amount;
    const char *order_number, *status, *attempt_id;
};
/* Orders with an open attempt older than that, in order of their id, after `after`. */
enum db_rc payment_store_list(struct db *db, struct arena *a, int64_t older_than_seconds, int64_t after, int64_t limit,
                              struct paying_row **rows, size_t *n);
