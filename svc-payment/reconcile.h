/* reconcile - one day of the provider's list of transactions against our books. Pure: rows in, named differences out.
 *
 * A payment has a row for each approval (a deposit that came twice has two), for each cancel, and for a deposit that the bank took
 * back. Whatever the provider lists we must have booked; whatever we booked for the day it must list. */
#pragma once
#include <stdbool.h>
#include "provider.h"

struct booked_payment { /* an attempt that the list names, or that was approved on the day */
    const char *attempt_id, *payment_key, *order_number, *state;
    int64_t id, exhibition_id, amount;
    int64_t captures, reversals; /* postings */
    bool on_day;                 /* approved then */
    int64_t listed;              /* set: rows seen */
};
struct booked_cancel { /* a refund that the list names, or whose money left on the day */
    const char *refund_id, *transaction_key, *attempt_id, *order_number, *state;
    int64_t attempt, exhibition_id, amount;
    int64_t posted; /* won that left the ledger's account of the provider */
    bool on_day;
    int64_t listed;
};
struct difference {
    const char *name; /* stable word; difference_about() says what it means */
    const char *transaction_key, *attempt_id, *order_number, *refund_id; /* NULL where there is none */
    int64_t attempt, exhibition_id;                                      /* 0: none of ours */
    int64_t theirs, ours;                                                /* won; 0: nothing there */
};
struct day_books {
    struct money_moved *theirs;
    struct booked_payment *payments;
    struct booked_cancel *cancels;
    size_t n_theirs, n_payments, n_cancels;
};
/* Sorts what it is given. Calls found() with each difference. */
void reconcile(struct day_books *b, void (*found)(void *arg, const struct difference *d), void *arg);
/* One sentence for people. */
const char *difference_about(const char *name);
