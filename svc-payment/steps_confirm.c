#include <string.h>
#include "booking.h"
#include "common/timeutil.h"
#include "payment.h"
#include "steps_attempt.h"
#include "steps_attempt_int.h"
#include "steps_common.h"

#define LATE_TRIES 3 /* a refusal may cross money: one more look, after the longest wait between two tries */

/* Nothing to pay: booking alone decides. */
static void begin_free(struct payment *p, struct arena *a, struct attempt *at, struct saga_move *m) {
    struct attempt_told told;
    enum status st = booking_mark_paid(p, a, at, &told);
    if (is_later(st))
        saga_later(&at->saga, m);
    else if (st == ST_OK && told.verdict != NULL && strcmp(told.verdict, "paid") == 0)
        saga_rest(m, "paid");
    else
        attempt_fail(at, m, "failed", status_code(st == ST_OK ? ST_INVALID_STATE : st), NULL);
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
        attempt_fail(at, m, "failed", status_code(st == ST_OK ? ST_INVALID_STATE : st), NULL);
    }
}

static void confirm(struct payment *p, struct arena *a, struct attempt *at, struct saga_move *m) {
    struct call_result r;
    at->looked_ms = time_now_ms();
    p->provider->confirm(p->provider->self, a, at->payment_key, at->attempt_id, at->amount,
                         attempt_key(a, "confirm", at), &r);
    attempt_renew_key(at, &r);
    if (r.outcome == CALL_REFUSED)
        attempt_fail(at, m, "refused", r.code, r.message);
    else if (r.outcome != CALL_DONE || !attempt_decide(p, a, at, r.money, m))
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
    attempt_look_up(p, a, at, &r);
    if (r.outcome == CALL_DONE && attempt_decide(p, a, at, r.money, m)) return;
    bool unknown = r.outcome == CALL_REFUSED; /* to the provider */
    if (unknown && at->payment_key == NULL)
        attempt_fail(at, m, "refused", r.code, r.message);
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
        attempt_stuck(at, m, status_code(st));
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
        attempt_stuck(at, m, status_code(st));
}
