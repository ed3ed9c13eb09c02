#include "steps_attempt.h"
#include <string.h>
#include "attempt.h"
#include "attempt_store.h"
#include "booking.h"
#include "common/arena.h"
#include "common/db.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "config.h"
#include "db_pool.h"
#include "payment.h"
#include "steps_common.h"
#include "urls.h"

#define QUICKLY_MS 300
#define LATE_TRIES 3 /* a refusal may cross money: one more look, after the longest wait between two tries */
#define DEPOSIT_GRACE_MS (60 * 1000) /* a deposit made at the last moment arrives a little later */

static struct attempt *attempt_of(struct saga *row) { return (struct attempt *)(void *)row; }

/* ---- how a step ends ---- */

static void go(struct saga_move *m, const char *to) { *m = (struct saga_move){.to = to}; }

static void fail(struct attempt *at, struct saga_move *m, const char *to, const char *code, const char *message) {
    at->failure_code = code != NULL ? code : "FAILED";
    at->failure_message = message;
    if (strcmp(to, "failed") == 0)
        saga_rest(m, to); /* nobody but us knows of it */
    else
        go(m, to);
}

static void stuck(struct attempt *at, struct saga_move *m, const char *code) {
    log_write(LOG_ERROR, &(struct log_ctx){.order_number = at->order_number}, "a payment cannot go on", "attempt",
              at->attempt_id, "state", at->saga.state, "code", code, NULL);
    at->failure_code = code;
    saga_stuck(&at->saga, m);
}

/* ---- the provider's answers ---- */

static void look_up(struct payment *p, struct arena *a, struct attempt *at, struct call_result *r) {
    at->looked_ms = time_now_ms();
    p->provider->look_up(p->provider->self, a, at->payment_key, at->attempt_id, r);
}

/* One call's idempotency key. */
static const char *key_of(struct arena *a, const char *call, const struct attempt *at) {
    return arena_printf(a, "%s:%s:%lld", call, at->attempt_id, (long long)at->key_no);
}

/* An error that was answered sticks to its key for days; a call without an answer is repeated under the same. */
static void renew_key(struct attempt *at, const struct call_result *r) {
    if (r->outcome == CALL_UNKNOWN && r->http_status >= 400) at->key_no++;
}

/* It is ours, and of our amount: nobody pays one won for a ticket by confirming another payment. */
static bool is_ours(const struct attempt *at, const struct money *money) {
    return money->order_id != NULL && strcmp(money->order_id, at->attempt_id) == 0 && money->total == at->amount;
}

/* The money is with the provider. What was cancelled there already is taken off as soon as the order has it. */
static void capture(struct payment *p, struct arena *a, struct attempt *at, const struct money *money,
                    struct saga_move *m) {
    at->balance = money->total;
    at->failure_code = at->failure_message = NULL;
    if (money->balance != money->total) {
        struct db *db = db_pool_take(p->dbs);
        enum db_rc rc = attempt_store_ask(db, a, at->saga.id);
        db_pool_give(p->dbs, db);
        if (rc != DB_OK) {
            saga_later(&at->saga, m);
            return;
        }
    }
    go(m, "captured");
}

/* Of a payment that may have been confirmed. False: it is not decided yet. */
static bool decide(struct payment *p, struct arena *a, struct attempt *at, const struct money *money,
                   struct saga_move *m) {
    if (!is_ours(at, money)) {
        stuck(at, m, "OTHER_PAYMENT");
        return true;
    }
    /* The approval of a deposit that the bank took back since may still be named. */
    int64_t booked_ms = at->fence > 0 ? at->approved_ms : 0;
    attempt_learn(a, at, money);
    switch (money->state) {
    case MONEY_DONE:
    case MONEY_PARTIAL_CANCELED: capture(p, a, at, money, m); return true;
    case MONEY_WAITING_FOR_DEPOSIT: go(m, "issued"); return true;
    case MONEY_CANCELED: /* an account that was closed, or money that came and went: the books show both */
        if (money->approved_ms > booked_ms)
            capture(p, a, at, money, m);
        else
            fail(at, m, "refused", "CANCELED", NULL);
        return true;
    case MONEY_ABORTED:
    case MONEY_EXPIRED:
        fail(at, m, "refused", money->failure_code != NULL ? money->failure_code : "CANCELED", money->failure_message);
        return true;
    default: return false;
    }
}

/* ---- the window ---- */

static void open_window(struct payment *p, struct arena *a, struct attempt *at, const struct order_info *o,
                        struct call_result *r) {
    const struct payment_wish wish = {
        .attempt_id = at->attempt_id,
        .order_name = o->order_name,
        .customer_name = o->customer_name,
        .customer_email = o->customer_email,
        .method = at->method,
        .success_url = url_success(a, p->config->public_url, o),
        .fail_url = url_fail(a, p->config->public_url, o),
        .amount = at->amount,
        .deposit_hours = o->deposit_hours,
        .key = key_of(a, "open", at),
    };
    p->provider->open(p->provider->self, a, &wish, r);
    renew_key(at, r);
}

void step_opening(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct order_info o;
    struct call_result r = {.outcome = CALL_RETRY, .code = "BUSY"};
    enum status st = booking_order(p, a, at->order_number, 0, &o);
    if (st == ST_OK) open_window(p, a, at, &o, &r);
    if (r.outcome == CALL_DONE && is_ours(at, r.money)) {
        attempt_learn(a, at, r.money);
        at->checkout_url = r.money->checkout_url;
        *m = (struct saga_move){.to = "ready", .due_ms = at->created_ms + p->config->window_seconds * 1000};
    } else if ((r.outcome == CALL_RETRY || r.outcome == CALL_UNKNOWN) && at->saga.tries == 0 && !circuit_is_open(&r)) {
        *m = (struct saga_move){.to = row->state, .due_ms = time_now_ms() + QUICKLY_MS};
    } else { /* money moves only by our confirm, so a window that may be open harms nobody */
        fail(at, m, "failed", r.code, r.message);
    }
}

void step_ready(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    int64_t end_ms = at->created_ms + p->config->window_seconds * 1000;
    (void)a;
    if (time_now_ms() >= end_ms)
        fail(at, m, "failed", "EXPIRED", NULL);
    else
        *m = (struct saga_move){.to = row->state, .due_ms = end_ms};
}

/* ---- confirm ---- */

/* Nothing to pay: booking alone decides. */
static void begin_free(struct payment *p, struct arena *a, struct attempt *at, struct saga_move *m) {
    struct attempt_told told;
    enum status st = booking_mark_paid(p, a, at, &told);
    if (is_later(st))
        saga_later(&at->saga, m);
    else if (st == ST_OK && told.verdict != NULL && strcmp(told.verdict, "paid") == 0)
        saga_rest(m, "paid");
    else
        fail(at, m, "failed", status_code(st == ST_OK ? ST_INVALID_STATE : st), NULL);
}

void step_beginning(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct attempt_told told;
    if (at->amount == 0) {
        begin_free(p, a, at, m);
        return;
    }
    enum status st = booking_begin(p, a, at, &told);
    if (is_later(st)) {
        saga_later(row, m);
    } else if (st == ST_OK && told.verdict == NULL) {
        at->confirmed_ms = time_now_ms();
        go(m, "sent");
    } else {
        fail(at, m, "failed", status_code(st == ST_OK ? ST_INVALID_STATE : st), NULL);
    }
}

static void confirm(struct payment *p, struct arena *a, struct attempt *at, struct saga_move *m) {
    struct call_result r;
    at->looked_ms = time_now_ms();
    p->provider->confirm(p->provider->self, a, at->payment_key, at->attempt_id, at->amount, key_of(a, "confirm", at),
                         &r);
    renew_key(at, &r);
    if (r.outcome == CALL_REFUSED)
        fail(at, m, "refused", r.code, r.message);
    else if (r.outcome != CALL_DONE || !decide(p, a, at, r.money, m))
        call_later(&at->saga, &r, m);
}

/* Not executed yet, perhaps not even authenticated: then a confirm is refused. */
static bool is_untouched(const struct money *money) {
    return money->state == MONEY_READY || money->state == MONEY_IN_PROGRESS;
}

void step_sent(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct call_result r;
    if (row->tries == 0) {
        confirm(p, a, at, m);
        return;
    }
    look_up(p, a, at, &r);
    if (r.outcome == CALL_DONE && decide(p, a, at, r.money, m)) return;
    bool unknown = r.outcome == CALL_REFUSED; /* to the provider */
    if (unknown && at->payment_key == NULL)
        fail(at, m, "refused", r.code, r.message);
    else if (unknown || (r.outcome == CALL_DONE && is_untouched(r.money)))
        confirm(p, a, at, m); /* a payment is confirmed only once, however often it is asked for */
    else
        call_later(row, &r, m);
}

void step_captured(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct attempt_told told;
    enum status st = booking_mark_paid(p, a, at, &told);
    if (is_later(st))
        saga_later(row, m);
    else if (st == ST_OK && told.verdict != NULL && strcmp(told.verdict, "paid") == 0)
        saga_rest(m, "paid");
    else if (st == ST_NOT_FOUND || (st == ST_OK && told.verdict != NULL)) /* its order is gone, or never was */
        saga_rest(m, "returning");
    else
        stuck(at, m, status_code(st));
}

void step_refused(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct attempt_told told;
    enum status st = booking_payment_failed(p, a, at, &told);
    if (is_later(st))
        saga_later(row, m);
    else if (st == ST_NOT_FOUND || (st == ST_OK && told.verdict != NULL && strcmp(told.verdict, "failed") == 0))
        *m = (struct saga_move){.to = "failed", .due_ms = saga_retry_ms(time_now_ms(), LATE_TRIES, 0)};
    else /* somebody is inside on a deposit that was taken back */
        stuck(at, m, status_code(st));
}

/* ---- deposits ---- */

static void wait_for_deposit(struct payment *p, struct attempt *at, struct saga_move *m) {
    int64_t due_ms = time_now_ms() + p->config->deposit_poll_seconds * 1000;
    int64_t end_ms = at->account_due_ms + DEPOSIT_GRACE_MS;
    if (at->account_due_ms != 0 && end_ms < due_ms) due_ms = end_ms;
    *m = (struct saga_move){.to = "waiting", .due_ms = due_ms};
}

static void close_account(struct attempt *at, struct saga_move *m, const char *why) {
    at->failure_code = at->cancelled ? "CANCELLED" : why;
    at->failure_message = NULL;
    go(m, "closing");
}

void step_issued(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct attempt_told told;
    enum status st = booking_await_deposit(p, a, at, NULL, &told);
    if (is_later(st))
        saga_later(row, m);
    else if (st == ST_OK && told.verdict == NULL)
        wait_for_deposit(p, at, m);
    else
        close_account(at, m, status_code(st == ST_OK ? ST_ORDER_EXPIRED : st));
}

void step_waiting(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct call_result r;
    look_up(p, a, at, &r);
    if (r.outcome == CALL_REFUSED) {
        stuck(at, m, r.code);
    } else if (r.outcome != CALL_DONE || !decide(p, a, at, r.money, m)) {
        call_later(row, &r, m);
    } else if (strcmp(m->to, "issued") == 0) { /* as before */
        bool over = r.money->account.expired || at->account_due_ms + DEPOSIT_GRACE_MS <= time_now_ms();
        if (at->cancelled || (over && at->account_due_ms != 0))
            close_account(at, m, "DEPOSIT_EXPIRED");
        else
            wait_for_deposit(p, at, m);
    }
}

/* What became of an account that is to be closed. False: it is still open. */
static bool is_closed(struct payment *p, struct arena *a, struct attempt *at, struct saga_move *m) {
    struct call_result r;
    look_up(p, a, at, &r);
    if (r.outcome != CALL_DONE) {
        call_later(&at->saga, &r, m);
        return true;
    }
    const char *why = at->failure_code;
    if (!decide(p, a, at, r.money, m)) return false;
    if (strcmp(m->to, "refused") == 0) at->failure_code = why;
    return strcmp(m->to, "issued") != 0;
}

void step_closing(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct call_result r;
    if (row->tries > 0 && is_closed(p, a, at, m)) return;
    /* A key of its own for each try: a refusal would stick to it, and an account without money is closed only once. */
    const struct cancel_wish wish = {
        .payment_key = at->payment_key,
        .attempt_id = at->attempt_id,
        .reason = at->cancelled ? "cancelled by the buyer" : "not paid in time",
        .key = arena_printf(a, "close:%s:%lld:%lld", at->attempt_id, (long long)at->fence, (long long)row->tries),
    };
    p->provider->cancel(p->provider->self, a, &wish, &r);
    if (r.outcome == CALL_DONE && r.money->state == MONEY_CANCELED)
        go(m, "refused");
    else if (r.outcome == CALL_REFUSED && is_closed(p, a, at, m))
        return;
    else
        call_later(row, &r, m);
}

void step_reversing(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct attempt before = *at;
    struct attempt_told told;
    char reversed[FENCE_ID_MAX + 1];
    before.fence--;
    attempt_fence_id(&before, reversed);
    enum status st = booking_await_deposit(p, a, at, reversed, &told);
    if (is_later(st))
        saga_later(row, m);
    else if (st == ST_OK && told.verdict == NULL)
        wait_for_deposit(p, at, m);
    else /* its order is being given back: money that the bank took is not ours to return */
        stuck(at, m, status_code(st == ST_OK ? ST_INVALID_STATE : st));
}

/* ---- looked at again ---- */

static void note_external(struct payment *p, struct arena *a, struct attempt *at, const struct money *money,
                          struct saga_move *m) {
    int64_t n = 0;
    struct db *db = db_pool_take(p->dbs);
    enum db_rc rc = attempt_store_external(db, a, at->saga.id, money, &n);
    db_pool_give(p->dbs, db);
    if (rc != DB_OK) {
        saga_later(&at->saga, m);
        return;
    }
    if (n > 0) {
        log_write(LOG_WARNING, &(struct log_ctx){.order_number = at->order_number},
                  "cancelled at the provider, not by us", "attempt", at->attempt_id, NULL);
        saga_nudge(p->engine);
    }
    saga_rest(m, "paid");
}

/* By the bank. Its account waits again, or was closed since. */
static bool is_taken_back(const struct money *m) {
    return m->state == MONEY_WAITING_FOR_DEPOSIT || (m->state == MONEY_CANCELED && !money_came(m));
}

void step_paid(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct call_result r;
    if (at->amount == 0) {
        step_nothing(p, a, row, m);
        return;
    }
    look_up(p, a, at, &r);
    if (r.outcome == CALL_REFUSED) {
        stuck(at, m, r.code);
    } else if (r.outcome != CALL_DONE) {
        call_later(row, &r, m);
    } else if (!is_ours(at, r.money)) {
        stuck(at, m, "OTHER_PAYMENT");
    } else if (is_taken_back(r.money)) {
        attempt_learn(a, at, r.money);
        at->fence++;
        go(m, "reversing");
    } else {
        note_external(p, a, at, r.money, m);
    }
}

/* Late money, or booking waits for a word that was lost. */
void step_failed(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct attempt_told told;
    struct call_result r;
    look_up(p, a, at, &r);
    if (r.outcome == CALL_RETRY || r.outcome == CALL_UNKNOWN) {
        call_later(row, &r, m);
        return;
    }
    const char *why = at->failure_code;
    if (r.outcome == CALL_DONE && decide(p, a, at, r.money, m) && strcmp(m->to, "refused") != 0) {
        if (strcmp(m->to, "issued") == 0) close_account(at, m, why);
        return;
    }
    at->failure_code = why;
    if (is_later(booking_payment_failed(p, a, at, &told)))
        saga_later(row, m);
    else
        saga_rest(m, "failed");
}

void step_nothing(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    (void)p, (void)a;
    attempt_of(row)->looked_ms = time_now_ms();
    saga_rest(m, row->state);
}
