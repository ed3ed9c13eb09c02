#include "reconcile.h"
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *name, *about;
} names[] = {
    {"unknown_payment",     "the provider has a payment that no attempt of ours knows"},
    {"payment_not_booked",  "the provider has the money, our books do not"},
    {"payment_amount",      "the amount is another than that of the attempt"},
    {"payment_twice",       "the provider approved more often than we booked"},
    {"payment_not_listed",  "our books have money that the provider does not list"},
    {"reversal_not_booked", "the bank took a deposit back, our books still have it"},
    {"unknown_cancel",      "money went back that no refund of ours knows"},
    {"cancel_amount",       "another amount went back than the refund says"},
    {"cancel_not_booked",   "money went back that did not leave our ledger"},
    {"cancel_not_listed",   "our books gave money back that the provider does not list"},
};
/* clang-format on */

const char *difference_about(const char *name) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, name) == 0) return names[i].about;
    return "";
}

static int by_attempt(const void *a, const void *b) {
    const struct booked_payment *x = a, *y = b;
    return strcmp(x->attempt_id, y->attempt_id);
}

static int by_transaction(const void *a, const void *b) {
    const struct booked_cancel *x = a, *y = b;
    return strcmp(x->transaction_key, y->transaction_key);
}

struct walk {
    struct day_books *books;
    void (*found)(void *arg, const struct difference *d);
    void *arg;
};

static void tell(const struct walk *w, const char *name, const struct money_moved *m, const struct booked_payment *p,
                 int64_t ours) {
    const struct difference d = {
        .name = name,
        .transaction_key = m != NULL ? m->transaction_key : NULL,
        .attempt_id = p != NULL ? p->attempt_id : m->order_id,
        .order_number = p != NULL ? p->order_number : NULL,
        .attempt = p != NULL ? p->id : 0,
        .exhibition_id = p != NULL ? p->exhibition_id : 0,
        .theirs = m != NULL ? m->amount : 0,
        .ours = ours,
    };
    w->found(w->arg, &d);
}

static void tell_cancel(const struct walk *w, const char *name, const struct booked_cancel *c, int64_t theirs,
                        int64_t ours) {
    const struct difference d = {
        .name = name,
        .transaction_key = c->transaction_key,
        .attempt_id = c->attempt_id,
        .order_number = c->order_number,
        .refund_id = c->refund_id,
        .attempt = c->attempt,
        .exhibition_id = c->exhibition_id,
        .theirs = theirs,
        .ours = ours,
    };
    w->found(w->arg, &d);
}

static void check_approval(const struct walk *w, const struct money_moved *m, struct booked_payment *p) {
    if (p == NULL) {
        tell(w, "unknown_payment", m, NULL, 0);
        return;
    }
    p->listed++;
    if (p->captures == 0)
        tell(w, "payment_not_booked", m, p, 0);
    else if (m->amount != p->amount)
        tell(w, "payment_amount", m, p, p->amount);
    else if (p->listed > p->captures)
        tell(w, "payment_twice", m, p, 0);
}

static void check_cancel(const struct walk *w, const struct money_moved *m, const struct booked_payment *p) {
    const struct day_books *b = w->books;
    const struct booked_cancel wanted = {.transaction_key = m->transaction_key};
    struct booked_cancel *c =
        b->n_cancels == 0 ? NULL : bsearch(&wanted, b->cancels, b->n_cancels, sizeof *b->cancels, by_transaction);
    if (c == NULL) {
        bool account_closed = p != NULL && p->captures == 0; /* before anything was deposited: no money moved */
        if (!account_closed) tell(w, "unknown_cancel", m, p, 0);
        return;
    }
    c->listed++;
    if (m->amount != c->amount)
        tell_cancel(w, "cancel_amount", c, m->amount, c->amount);
    else if (c->posted != c->amount)
        tell_cancel(w, "cancel_not_booked", c, m->amount, c->posted);
}

/* An account that waits for its first deposit has no money, whatever is listed. */
static void check_waiting(const struct walk *w, const struct money_moved *m, const struct booked_payment *p) {
    if (p != NULL && p->captures > 0 && p->reversals == 0) tell(w, "reversal_not_booked", m, p, p->amount);
}

static void check_theirs(const struct walk *w, const struct money_moved *m) {
    const struct day_books *b = w->books;
    const struct booked_payment wanted = {.attempt_id = m->order_id};
    struct booked_payment *p =
        b->n_payments == 0 ? NULL : bsearch(&wanted, b->payments, b->n_payments, sizeof *b->payments, by_attempt);
    switch (m->state) {
    case MONEY_DONE: check_approval(w, m, p); break;
    case MONEY_CANCELED:
    case MONEY_PARTIAL_CANCELED: check_cancel(w, m, p); break;
    case MONEY_WAITING_FOR_DEPOSIT: check_waiting(w, m, p); break;
    default: break; /* no money moved */
    }
}

void reconcile(struct day_books *b, void (*found)(void *arg, const struct difference *d), void *arg) {
    const struct walk w = {b, found, arg};
    if (b->n_payments > 0) qsort(b->payments, b->n_payments, sizeof *b->payments, by_attempt);
    if (b->n_cancels > 0) qsort(b->cancels, b->n_cancels, sizeof *b->cancels, by_transaction);
    for (size_t i = 0; i < b->n_theirs; i++) check_theirs(&w, &b->theirs[i]);
    for (size_t i = 0; i < b->n_payments; i++) {
        const struct booked_payment *p = &b->payments[i];
        if (p->on_day && p->captures > 0 && p->listed == 0) tell(&w, "payment_not_listed", NULL, p, p->amount);
    }
    for (size_t i = 0; i < b->n_cancels; i++) {
        const struct booked_cancel *c = &b->cancels[i];
        if (c->on_day && c->listed == 0) tell_cancel(&w, "cancel_not_listed", c, 0, c->amount);
    }
}
