/* history_store - attempts to pay an order and refunds of it, as staff see them beside the order. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/db.h"

struct history_row {  /* texts in the arena; NULL: none */
    const char *type; /* "attempt", "refund" */
    const char *id, *state, *method, *kind, *reason, *failure_code;
    int64_t at_ms, ended_ms, amount, fee, user_id; /* ended: approved, or done; 0: not yet. user 0: not the staff */
};
/* The oldest first, of the newest 200. */
enum db_rc history_store_of_order(struct db *db, struct arena *a, const char *order_number, struct history_row **rows,
                                  size_t *n);
