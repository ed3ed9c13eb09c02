/* A buyer gave an order up while a payment was under way: what comes of it depends on how that ends. */
#include <string.h>
#include "attempt_store.h"
#include "booking.h"
#include "common/db.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "db_pool.h"
#include "journal.h"
#include "payment.h"
#include "quote.h"
#include "refund_store.h"
#include "steps_common.h"
#include "steps_refund.h"

#define POLL_MS 1000
#define POLLS 60     /* then by the schedule of saga_later() */
#define SAVE_MS 5000 /* the attempt is saved within */

static void wait_on(const struct refund *r, struct saga_move *m) {
    if (r->saga.tries < POLLS)
        *m = (struct saga_move){.to = r->saga.state, .due_ms = time_now_ms() + POLL_MS};
    else
        saga_later(&r->saga, m);
}

static void drop(struct refund *r, const char *why, struct saga_move *m) {
    r->failure_code = why;
    saga_rest(m, "dropped");
}

typedef void end_fn(struct payment *p, struct arena *a, struct refund *r, struct order_info *o, struct saga_move *m);

static void end_unfinished(struct payment *p, struct arena *a, struct refund *r, struct order_info *o,
                           struct saga_move *m) {
    (void)p, (void)a, (void)o;
    wait_on(r, m);
}

/* It ended without money. */
static void end_gone(struct payment *p, struct arena *a, struct refund *r, struct order_info *o, struct saga_move *m) {
    (void)p, (void)a, (void)o;
    drop(r, NULL, m);
}

static void end_unpaid(struct payment *p, struct arena *a, struct refund *r, struct order_info *o,
                       struct saga_move *m) {
    if (booking_cancel_unpaid(p, a, o->order_number, r->reason, r->refund_id) == ST_OK)
        drop(r, NULL, m);
    else
        wait_on(r, m);
}

/* Money came: given back by the rules of the day on which it was asked for. */
static void end_paid(struct payment *p, struct arena *a, struct refund *r, struct order_info *o, struct saga_move *m) {
    struct order_money money;
    struct quote q;
    struct db *db = db_pool_take(p->dbs);
    enum db_rc rc = refund_store_money(db, a, r->order_number, &money);
    db_pool_give(p->dbs, db);
    if (rc != DB_OK || money.attempt == 0) { /* our attempt is a moment behind its order */
        wait_on(r, m);
        return;
    }
    const struct quote_wish wish = {
        .staff = strcmp(r->kind, "staff") == 0, .waive_fee = r->fee_waived, .sales = money.sales};
    quote_without(o, money.given, money.n_given);
    enum status st = quote_make(a, o, &wish, date_seoul(r->created_ms), &q);
    if (st == ST_BUSY) {
        wait_on(r, m);
    } else if (st != ST_OK) {
        log_write(LOG_WARNING, &(struct log_ctx){.order_number = r->order_number},
                  "an order was paid before it could be given up, and stays", "refund", r->refund_id, "code",
                  status_code(st), NULL);
        drop(r, status_code(st), m);
    } else {
        r->attempt = money.attempt;
        r->tickets = q.tickets;
        r->n_tickets = q.n;
        r->amount = q.amount;
        r->fee = q.fee;
        r->policy_step = q.by_step ? quote_step_json(a, &q) : NULL;
        *m = (struct saga_move){.to = "requested"};
    }
}

/* The account is closed at once, unless the deposit is faster. */
static void end_waiting(struct payment *p, struct arena *a, struct refund *r, struct order_info *o,
                        struct saga_move *m) {
    struct attempt *at = NULL;
    struct db *db = db_pool_take(p->dbs);
    enum db_rc rc = attempt_store_of_order(db, a, o->order_number, &at);
    db_pool_give(p->dbs, db);
    if (rc == DB_OK && at != NULL && strcmp(at->saga.state, "waiting") == 0) {
        at->cancelled = true;
        at->failure_code = "CANCELLED";
        at->saga.lease_until_ms = time_now_ms() + SAVE_MS;
        journal_save(p->journal, &at->saga, &(struct saga_move){.to = "closing", .due_ms = time_now_ms()});
        saga_nudge(p->engine);
    }
    wait_on(r, m);
}

void step_noted(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    static const struct {
        const char *status;
        end_fn *end;
    } ends[] = {
        {"reserved", end_unpaid},
        {"paying", end_unfinished},
        {"paid", end_paid},
        {"awaiting_deposit", end_waiting},
        {"partially_cancelled", end_paid},
        {"cancelled", end_gone},
        {"expired", end_gone},
    };
    struct refund *r = refund_of(row);
    struct order_info o;
    enum status st = booking_order(p, a, r->order_number, 0, &o);
    if (is_later(st)) {
        saga_later(row, m);
        return;
    }
    if (st != ST_OK) {
        drop(r, status_code(st), m);
        return;
    }
    wait_on(r, m);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(ends[i].status, o.status) == 0) ends[i].end(p, a, r, &o, m);
}
