/* teller_store - orders of which booking has not heard everything. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/db.h"

struct arena;

struct untold_entry {
    int64_t ticket, at_ms;
};
struct untold_order {
    int64_t id, version, token_version;
    const char *order_number, *code;
    struct untold_entry *entered; /* everybody who is inside */
    size_t n_entered;
};
/* Inside a transaction, to whose end no other replica tells anything. *mine false: one of them does just now. At most `max`
 * orders, by id. */
enum db_rc teller_store_claim(struct db *db, struct arena *a, size_t max, bool *mine, struct untold_order **orders,
                              size_t *n);
/* Booking has heard of them as they are here. */
enum db_rc teller_store_told(struct db *db, struct arena *a, const struct untold_order *orders, size_t n);
