/* void_store - table voids: which tickets a refund took out of use. Used under the lock of the order. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/db.h"

struct void_row {
    int64_t order_id; /* 0: this refund has taken none yet */
    const int64_t *tickets;
    size_t n_tickets;
    bool undone;
};
enum db_rc void_store_get(struct db *db, struct arena *a, const char *refund_id, struct void_row *row);
enum db_rc void_store_put(struct db *db, struct arena *a, const char *refund_id, const struct void_row *row);
enum db_rc void_store_undo(struct db *db, struct arena *a, const char *refund_id);
