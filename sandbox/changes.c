/* changes - see changes.h. */
#include "changes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/timeutil.h"
#include "announce.h"
#include "journal.h"
#include "payment_book.h"
#include "random_id.h"
#include "sandbox.h"

/* ---- creation ---- */

/* `mid` and the time to the second in Seoul, as in keys seen at Toss. */
static void make_payment_key(char key[PAYMENT_KEY_LEN + 1], int64_t now) {
    char time[RFC3339_LEN + 1], stem[PAYMENT_KEY_LEN + 1];
    time_rfc3339(now, time);
    snprintf(stem, sizeof stem, "tviva%.4s%.2s%.2s%.2s%.2s%.2s", time, time + 5, time + 8, time + 11, time + 14,
             time + 17);
    random_id(key, stem, ID_ALNUM, PAYMENT_KEY_LEN - strlen(stem));
}

/* Copies a text behind the struct; moves on. */
static const char *keep(char **at, const char *text) {
    if (text == NULL) return NULL;
    size_t n = strlen(text) + 1;
    char *copy = memcpy(*at, text, n);
    *at += n;
    return copy;
}

static struct payment *make(const struct draft *d, int64_t now) {
    const char *const texts[] = {d->order_name,   d->success_url,    d->fail_url, d->customer_name,
                                 d->customer_key, d->customer_phone, d->metadata};
    size_t room = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) room += texts[i] != NULL ? strlen(texts[i]) + 1 : 0;
    struct payment *p = calloc(1, sizeof *p + room);
    if (p == NULL) return NULL;
    char *at = (char *)(p + 1);
    p->order_name = keep(&at, d->order_name);
    p->success_url = keep(&at, d->success_url);
    p->fail_url = keep(&at, d->fail_url);
    p->customer_name = keep(&at, d->customer_name);
    p->customer_key = keep(&at, d->customer_key);
    p->customer_phone = keep(&at, d->customer_phone);
    p->metadata = keep(&at, d->metadata);
    snprintf(p->order_id, sizeof p->order_id, "%s", d->order_id);
    snprintf(p->bank, sizeof p->bank, "%s", d->bank != NULL ? d->bank : "20");
    p->shop = d->shop;
    p->method = d->method;
    p->amount = p->balance = d->amount;
    p->tax_free = p->tax_free_balance = d->tax_free;
    p->valid_hours = d->valid_hours;
    p->due_given = d->due_given;
    p->use_escrow = d->use_escrow;
    p->culture_expense = d->culture_expense;
    p->requested_at = now;
    make_payment_key(p->key, now);
    random_id(p->secret, "ps_", ID_ALNUM, SECRET_LEN - strlen("ps_"));
    return p;
}

/* ---- the end of every change ---- */

static void note(struct cause *c, struct payment *p) {
    book_line_up(c->sb->book, p);
    journal_payment(c->sb->journal, p);
}

static void add_row(struct cause *c, struct payment *p, int64_t amount, bool listed) {
    const struct transaction *row = transactions_add(book_transactions(c->sb->book), p, amount, listed, c->now);
    journal_transaction(c->sb->journal, row);
}

struct payment *change_create(struct cause *c, const struct draft *d) {
    struct payment *p = make(d, c->now);
    if (p == NULL) return NULL;
    book_add(c->sb->book, p);
    journal_payment(c->sb->journal, p);
    return p;
}

void change_authenticate(struct cause *c, struct payment *p, enum method m) {
    payment_authenticate(p, m, c->now);
    note(c, p);
}

void change_approve(struct cause *c, struct payment *p) {
    payment_approve(p, &c->sb->clock, c->now);
    random_id(p->approve_no, "", ID_DIGITS, 8);
    if (p->method == METHOD_CARD) {
        random_id(p->number, "4330", ID_DIGITS, 4);
        snprintf(p->number + 8, sizeof p->number - 8, "****123*");
    } else if (p->method == METHOD_VIRTUAL_ACCOUNT) {
        random_id(p->number, "X", ID_DIGITS, 13);
    }
    if (p->status == PAYMENT_DONE) add_row(c, p, p->amount, true);
    note(c, p);
    announce(c, p);
}

void change_abort(struct cause *c, struct payment *p, const struct code *why) {
    payment_abort(p, why);
    note(c, p);
    announce(c, p);
}

void change_expire(struct cause *c, struct payment *p) {
    payment_expire(p);
    note(c, p);
    announce(c, p);
}

void change_deposit(struct cause *c, struct payment *p) {
    payment_deposit(p, c->now);
    add_row(c, p, p->amount, true);
    note(c, p);
    announce(c, p);
}

void change_reverse(struct cause *c, struct payment *p) {
    payment_reverse(p);
    add_row(c, p, p->amount, true);
    note(c, p);
    announce(c, p);
}

bool change_cancel(struct cause *c, struct payment *p, const struct cancel_request *r, const char *reason) {
    size_t n = strlen(reason) + 1;
    struct cancel *cancel = calloc(1, sizeof *cancel + n);
    if (cancel == NULL) return false;
    memcpy(cancel->reason, reason, n);
    bool paid = p->status != PAYMENT_WAITING;
    payment_cancel(p, r, cancel, c->now);
    add_row(c, p, cancel->amount, paid);
    memcpy(cancel->transaction, p->last_transaction, sizeof cancel->transaction);
    note(c, p);
    announce(c, p);
    return true;
}
