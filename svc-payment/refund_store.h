/* refund_store - refunds and what they take from payments, in SQL. Moves of refunds go through the journal. */
#pragma once
#include "attempt.h"
#include "common/db.h"
#include "refund.h"

struct order_money { /* what an order's payment still holds for its tickets */
    int64_t attempt; /* row id of the paid attempt; 0: there is none */
    int64_t sales;
    const char *method;   /* NULL: 0 won */
    const int64_t *given; /* tickets that are in a refund, done or under way */
    size_t n_given;
};

/* Inside a transaction: whoever else wants to give tickets of the order back waits for the end of it. */
enum db_rc refund_store_lock(struct db *db, struct arena *a, const char *order_number);
enum db_rc refund_store_money(struct db *db, struct arena *a, const char *order_number, struct order_money *m);
/* The next refund of the order in that state behind *r (NULL: the oldest), locked; NULL: none. */
enum db_rc refund_store_find(struct db *db, struct arena *a, const char *order_number, const char *state,
                             struct refund **r);
/* A new row, due at once. Sets its id. */
enum db_rc refund_store_insert(struct db *db, struct arena *a, struct refund *r);
/* An account for a refund that lacked one: on it goes. */
enum db_rc refund_store_give_account(struct db *db, struct arena *a, const struct refund *r, const char *sealed);
/* A noted wish is changed: who asked for it, why, at what fee, to which account. */
enum db_rc refund_store_note(struct db *db, struct arena *a, const struct refund *r);
/* Accounts of refunds that ended 30 days ago are deleted. One batch (common/batch.h). */
bool refund_store_forget(struct db *db);
