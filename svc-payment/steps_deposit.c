#include <string.h>
#include "booking.h"
#include "common/arena.h"
#include "common/timeutil.h"
#include "config.h"
#include "payment.h"
#include "steps_attempt.h"
#include "steps_attempt_int.h"
#include "steps_common.h"

#define DEPOSIT_GRACE_MS (60 * 1000) /* a deposit made at the last moment arrives a little later */

static void wait_for_deposit(struct payment *p, struct attempt *at, struct saga_move *m) {
    int64_t due_ms = time_now_ms() + p->config->deposit_poll_seconds * 1000;
    int64_t end_ms = at->account_due_ms + DEPOSIT_GRACE_MS;
    if (at->account_due_ms != 0 && end_ms < due_ms) due_ms = end_ms;
    *m = (struct saga_move){.to = "waiting", .due_ms = due_ms};
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
        attempt_close(at, m, status_code(st == ST_OK ? ST_ORDER_EXPIRED : st));
}

void step_waiting(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct call_result r;
    attempt_look_up(p, a, at, &r);
    if (r.outcome == CALL_REFUSED) {
        attempt_stuck(at, m, r.code);
    } else if (r.outcome != CALL_DONE || !attempt_decide(p, a, at, r.money, m)) {
        call_later(row, &r, m);
    } else if (strcmp(m->to, "issued") == 0) { /* as before */
        bool over = r.money->account.expired || at->account_due_ms + DEPOSIT_GRACE_MS <= time_now_ms();
        if (at->cancelled || (over && at->account_due_ms != 0))
            attempt_close(at, m, "DEPOSIT_EXPIRED");
        else
            wait_for_deposit(p, at, m);
    }
}

/* What became of an account that is to be closed. False: it is still open. */
static bool is_closed(struct payment *p, struct arena *a, struct attempt *at, struct saga_move *m) {
    struct call_result r;
    attempt_look_up(p, a, at, &r);
    if (r.outcome != CALL_DONE) {
        call_later(&at->saga, &r, m);
        return true;
    }
    const char *why = at->failure_code;
    if (!attempt_decide(p, a, at, r.money, m)) return false;
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
        attempt_stuck(at, m, status_code(st == ST_OK ? ST_INVALID_STATE : st));
}
