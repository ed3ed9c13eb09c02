#include "booking.h"
#include "common/timeutil.h"
#include "config.h"
#include "payment.h"
#include "steps_attempt.h"
#include "steps_attempt_int.h"
#include "steps_common.h"
#include "urls.h"

#define QUICKLY_MS 300

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
        .key = attempt_key(a, "open", at),
    };
    p->provider->open(p->provider->self, a, &wish, r);
    attempt_renew_key(at, r);
}

void step_opening(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    struct order_info o;
    struct call_result r = {.outcome = CALL_RETRY, .code = "BUSY"};
    enum status st = booking_order(p, a, at->order_number, 0, &o);
    if (st == ST_OK) open_window(p, a, at, &o, &r);
    if (r.outcome == CALL_DONE && attempt_is_ours(at, r.money)) {
        attempt_learn(a, at, r.money);
        at->checkout_url = r.money->checkout_url;
        *m = (struct saga_move){.to = "ready", .due_ms = at->created_ms + p->config->window_seconds * 1000};
    } else if ((r.outcome == CALL_RETRY || r.outcome == CALL_UNKNOWN) && at->saga.tries == 0 && !circuit_is_open(&r)) {
        *m = (struct saga_move){.to = row->state, .due_ms = time_now_ms() + QUICKLY_MS};
    } else { /* money moves only by our confirm, so a window that may be open harms nobody */
        attempt_fail(at, m, "failed", r.code, r.message);
    }
}

void step_ready(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    struct attempt *at = attempt_of(row);
    int64_t end_ms = at->created_ms + p->config->window_seconds * 1000;
    (void)a;
    if (time_now_ms() >= end_ms)
        attempt_fail(at, m, "failed", "EXPIRED", NULL);
    else
        *m = (struct saga_move){.to = row->state, .due_ms = end_ms};
}
