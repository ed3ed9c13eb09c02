/* changes - the only place where payments change: rule, transaction row, place in the book, note in the journal, webhook.
 *
 * All are called inside the book, after the rule that may refuse (payment.h) was asked. */
#pragma once
#include "payment.h"

struct arena;
struct sandbox;

struct cause { /* of a change */
    struct sandbox *sb;
    struct arena *arena;
    int64_t now;
    const char *target; /* for faults of the webhook; "" when no call of the shop is behind it */
    uint64_t webhook;   /* out: event that has to be out before the answer; 0: none */
};

struct draft { /* a payment to be; texts NULL where absent */
    const char *order_id, *order_name, *success_url, *fail_url;
    const char *customer_name, *customer_key, *customer_phone, *metadata;
    const char *bank; /* of a deposit account */
    size_t shop;
    enum method method;
    int64_t amount, tax_free, valid_hours, due_given;
    bool use_escrow, culture_expense;
};
/* NULL: out of memory. */
struct payment *change_create(struct cause *c, const struct draft *d);
void change_authenticate(struct cause *c, struct payment *p, enum method m);
void change_approve(struct cause *c, struct payment *p);
void change_abort(struct cause *c, struct payment *p, const struct code *why);
void change_expire(struct cause *c, struct payment *p);
void change_deposit(struct cause *c, struct payment *p);
void change_reverse(struct cause *c, struct payment *p);
/* False: out of memory, nothing changed. */
bool change_cancel(struct cause *c, struct payment *p, const struct cancel_request *r, const char *reason);
