#include "steps_refund.h"
#include <string.h>
#include "account.h"
#include "attempt_store.h"
#include "booking.h"
#include "common/arena.h"
#include "common/db.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"
#include "db_pool.h"
#include "entrance.h"
#include "payment.h"
#include "refund.h"
#include "steps_common.h"

void refund_stuck(struct refund *r, struct saga_move *m, const char *code, const char *why) {
    log_write(LOG_ERROR, &(struct log_ctx){.order_number = r->order_number}, why, "refund", r->refund_id, "state",
              r->saga.state, "code", code, NULL);
    r->failure_code = code;
    saga_stuck(&r->saga, m);
}

static bool is_return(const struct refund *r) { return strcmp(r->kind, "return") == 0; }

struct attempt *refund_payment(struct payment *p, struct arena *a, struct refund *r, struct saga_move *m) {
    struct attempt *at = NULL;
    struct db *db = db_pool_take(p->dbs);
    enum db_rc rc = attempt_store_get(db, a, r->attempt, &at);
    db_pool_give(p->dbs, db);
    if (rc != DB_OK || at == NULL) {
        saga_later(&r->saga, m);
        return NULL;
    }
    return at;
}

static bool is_deposit(const struct attempt *at) {
    return at->method != NULL && strcmp(at->method, "virtual_account") == 0;
}

/* Toss: money that came by deposit goes back to an account that somebody has to name. */
static bool lacks_account(const struct refund *r, const struct attempt *at) {
    return r->account == NULL && is_deposit(at);
}

/* Money waits for a person, who may not know of it. */
static void ask_for_account(const struct refund *r, struct saga_move *m) {
    log_write(LOG_WARNING, &(struct log_ctx){.order_number = r->order_number}, "a refund needs an account", "refund",
              r->refund_id, "code", r->failure_code != NULL ? r->failure_code : "", NULL);
    metric_add(metric_get(METRIC_COUNTER, "payment_refunds_without_account_total", "",
                          "Refunds that came to a stop for want of an account"),
               1);
    saga_rest(m, "needs_account");
}

/* ---- the tickets ---- */

/* The gate first: from here on nobody goes in, so that what booking is told stays true. */
static enum status take_tickets(struct payment *p, struct arena *a, struct refund *r) {
    enum status st = entrance_void(p, a, r, false);
    if (st != ST_OK) return st;
    fault_hit("payment.refund.requested.gate");
    st = booking_void(p, a, r);
    if (st == ST_OK || is_later(st)) return st;
    enum status undone = entrance_unvoid(p, a, r);
    return is_later(undone) ? undone : st;
}

void step_requested(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct refund *r = refund_of(row);
    enum status st = take_tickets(p, a, r);
    if (is_later(st)) {
        saga_later(row, m);
    } else if (st == ST_OK) {
        go(m, "voided");
    } else { /* somebody went in meanwhile */
        r->failure_code = status_code(st);
        saga_rest(m, "rejected");
    }
}

/* ---- the provider ---- */

void step_voided(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct refund *r = refund_of(row);
    struct attempt *at = refund_payment(p, a, r, m);
    if (at == NULL) return;
    if (is_return(r)) r->amount = at->balance; /* whatever is left of it */
    if (r->amount == 0) {
        go(m, "refunded");
    } else if (lacks_account(r, at)) {
        ask_for_account(r, m);
    } else {
        r->balance_before = at->balance;
        go(m, "sent");
    }
}

static void is_done(struct refund *r, const struct money_cancel *c, struct saga_move *m) {
    if (is_return(r)) r->amount = c->amount;
    if (c->amount != r->amount) {
        refund_stuck(r, m, "OTHER_AMOUNT", "a cancel of ours has another amount");
        return;
    }
    r->transaction_key = c->transaction_key;
    r->refunded_ms = c->at_ms != 0 ? c->at_ms : time_now_ms();
    r->failure_code = r->failure_message = NULL;
    go(m, "refunded");
}

static void refuse(struct refund *r, const char *code, struct saga_move *m) {
    r->failure_code = code;
    r->failure_message = NULL;
    go(m, "refused");
}

/* The bank took the deposit back: there is nothing to give, and cancelling it would only close the account. */
static void lacks_money(struct payment *p, struct arena *a, struct refund *r, const struct attempt *at,
                        struct saga_move *m) {
    struct db *db = db_pool_take(p->dbs);
    enum db_rc rc = attempt_store_ask(db, a, at->saga.id);
    db_pool_give(p->dbs, db);
    if (rc == DB_OK)
        refuse(r, "NO_MONEY", m);
    else
        saga_later(&r->saga, m);
}

/* A refusal is believed only when the payment says the same: tickets must not come to life whose money is back. */
static void is_refused(struct payment *p, struct arena *a, struct refund *r, const struct attempt *at,
                       const struct call_result *res, struct saga_move *m) {
    struct call_result now;
    p->provider->look_up(p->provider->self, a, at->payment_key, at->attempt_id, &now);
    if (now.outcome == CALL_RETRY || now.outcome == CALL_UNKNOWN) {
        call_later(&r->saga, &now, m);
        return;
    }
    if (now.outcome == CALL_DONE && !money_came(now.money)) {
        lacks_money(p, a, r, at, m);
        return;
    }
    const struct money_cancel *ours = now.outcome == CALL_DONE ? refund_among(r, now.money) : NULL;
    if (ours != NULL) {
        is_done(r, ours, m);
        return;
    }
    log_write(LOG_WARNING, &(struct log_ctx){.order_number = r->order_number}, "the provider refused a refund",
              "refund", r->refund_id, "code", res->code, NULL);
    r->failure_code = res->code;
    r->failure_message = res->message;
    if (res->refusal == REFUSAL_LATER) { /* the refusal sticks to the key */
        r->key_no++;
        saga_later(&r->saga, m);
        return;
    }
    if (res->refusal == REFUSAL_BUYER) r->account = NULL; /* it is the account that was refused */
    go(m, "refused");
}

static void call_cancel(struct payment *p, struct arena *a, struct refund *r, const struct attempt *at,
                        struct saga_move *m) {
    struct refund_account account;
    struct call_result res;
    if (r->account != NULL && !account_open(a, p->account_key, r->refund_id, r->account, &account)) {
        refund_stuck(r, m, "ACCOUNT_KEY", "a refund account cannot be opened: was PAYMENT_ACCOUNT_KEY changed?");
        return;
    }
    const struct cancel_wish wish = {
        .payment_key = at->payment_key,
        .attempt_id = at->attempt_id,
        .reason = refund_reason(a, r),
        .amount = r->amount,
        .balance = r->balance_before,
        .account = r->account != NULL ? &account : NULL,
        .key = arena_printf(a, "cancel:%s:%lld", r->refund_id, (long long)r->key_no),
    };
    p->provider->cancel(p->provider->self, a, &wish, &res);
    const struct money_cancel *ours = res.outcome == CALL_DONE ? refund_among(r, res.money) : NULL;
    if (ours != NULL && money_came(res.money)) {
        is_done(r, ours, m);
    } else if (ours != NULL) {
        lacks_money(p, a, r, at, m);
    } else if (res.outcome == CALL_REFUSED) {
        is_refused(p, a, r, at, &res, m);
    } else {
        r->failure_code = res.code;
        /* An answer sticks to its key, also one that leaves open what happened. A new key is safe: the payment is looked up
         * first, and the balance that goes with the call refuses it if the first one was executed after all. */
        if (res.outcome == CALL_UNKNOWN && res.http_status != 0) r->key_no++;
        call_later(&r->saga, &res, m);
    }
}

/* The balance is not what we believed, and not by us. False: *m says what now. */
static bool take_new_balance(struct payment *p, struct arena *a, struct refund *r, const struct attempt *at,
                             const struct money *money, struct saga_move *m) {
    int64_t n;
    enum db_rc rc = DB_OK;
    if (money->balance != at->balance) {
        struct db *db = db_pool_take(p->dbs);
        rc = attempt_store_external(db, a, at->saga.id, money, &n);
        db_pool_give(p->dbs, db);
    }
    if (rc != DB_OK) {
        saga_later(&r->saga, m);
        return false;
    }
    r->balance_before = money->balance;
    if (is_return(r)) r->amount = money->balance;
    if (is_return(r) && r->amount == 0)
        go(m, "refunded"); /* somebody at the console was faster */
    else if (r->amount > money->balance)
        refuse(r, "NOT_CANCELABLE_AMOUNT", m);
    else
        return true;
    return false;
}

void step_cancel(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct refund *r = refund_of(row);
    struct call_result res;
    struct attempt *at = refund_payment(p, a, r, m);
    if (at == NULL) return;
    if (row->tries == 0 && !is_deposit(at)) {
        call_cancel(p, a, r, at, m);
        return;
    }
    p->provider->look_up(p->provider->self, a, at->payment_key, at->attempt_id, &res);
    if (res.outcome == CALL_REFUSED) {
        refund_stuck(r, m, res.code, "the provider does not know a payment of ours");
        return;
    }
    if (res.outcome != CALL_DONE) {
        call_later(row, &res, m);
        return;
    }
    const struct money_cancel *ours = refund_among(r, res.money);
    if (!money_came(res.money))
        lacks_money(p, a, r, at, m);
    else if (ours != NULL)
        is_done(r, ours, m);
    else if (res.money->balance == r->balance_before || take_new_balance(p, a, r, at, res.money, m))
        call_cancel(p, a, r, at, m); /* neither the same key nor the same balance can execute it twice */
}

/* ---- after a definite no ---- */

static void end_rejected(struct refund *r, enum status st, struct saga_move *m) {
    if (is_later(st))
        saga_later(&r->saga, m);
    else if (st == ST_OK || st == ST_NOT_FOUND)
        saga_rest(m, "rejected");
    else
        refund_stuck(r, m, r->failure_code, "tickets of a refused refund cannot be put right");
}

/* The gate last: a ticket is good again when everybody says so. */
static enum status give_tickets_back(struct payment *p, struct arena *a, const struct refund *r) {
    enum status st = booking_unvoid(p, a, r);
    if (st != ST_OK && st != ST_NOT_FOUND) return st;
    fault_hit("payment.refund.refused.gate");
    return entrance_unvoid(p, a, r);
}

void step_cancel_refused(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct refund *r = refund_of(row);
    struct attempt *at = refund_payment(p, a, r, m);
    if (at == NULL) return;
    if (lacks_account(r, at)) {
        ask_for_account(r, m);
    } else if (is_return(r)) { /* it must go back: a new call every hour, until a person has found out why */
        r->key_no++;
        if (row->tries == 0)
            refund_stuck(r, m, r->failure_code, "money that must go back was refused");
        else
            go(m, "voided");
    } else if (at->balance == 0) { /* all of it went back in another way: the tickets must not come to life */
        end_rejected(r, booking_release(p, a, r, at, true), m);
    } else {
        end_rejected(r, give_tickets_back(p, a, r), m);
    }
}

void step_needs_account(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    (void)p, (void)a;
    saga_rest(m, row->state);
}
