/* teller_store - changed orders of which booking has not heard, in the order of the table changes. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/db.h"

struct arena;

/* How long the transaction that has just begun may wait for booking. */
enum db_rc teller_store_may_idle(struct db *db, struct arena *a, int64_t ms);

struct untold_entry {
    int64_t ticket, at_ms;
};
struct place { /* of a change */
    const char *xid;
    int64_t order_id;
};
struct untold_order {
    struct place place;
    int64_t version, token_version;
    const char *order_number, *code;
    struct untold_entry *entered; /* everybody who is inside */
    size_t n_entered;
};
struct untold {
    struct untold_order *orders;
    size_t n;
    struct place end; /* of the changes looked at; xid NULL: there are none */
    bool full;        /* there are more, perhaps */
};
/* Inside a transaction, to whose end no other replica tells anything; nothing while one of them does. The orders of at most `max`
 * changes that are not out of date. */
enum db_rc teller_store_claim(struct db *db, struct arena *a, size_t max, struct untold *untold);
/* Booking has heard of all up to there. */
enum db_rc teller_store_told(struct db *db, struct arena *a, const struct place *place);
