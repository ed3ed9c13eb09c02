/* Attempts that rest, looked at again. */
#include <string.h>
#include "attempt_store.h"
#include "booking.h"
#include "common/db.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "db_pool.h"
#include "payment.h"
#include "steps_attempt.h"
#include "steps_attempt_int.h"
#include "steps_common.h"

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
    attempt_look_up(p, a, at, &r);
    if (r.outcome == CALL_REFUSED) {
        attempt_stuck(at, m, r.code);
    } else if (r.outcome != CALL_DONE) {
        call_later(row, &r, m);
    } else if (!attempt_is_ours(at, r.money)) {
        attempt_stuck(at, m, "OTHER_PAYMENT");
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
    attempt_look_up(p, a, at, &r);
    if (r.outcome == CALL_RETRY || r.outcome == CALL_UNKNOWN) {
        call_later(row, &r, m);
        return;
    }
    const char *why = at->failure_code;
    if (r.outcome == CALL_DONE && attempt_decide(p, a, at, r.money, m) && strcmp(m->to, "refused") != 0) {
        if (strcmp(m->to, "issued") == 0) attempt_close(at, m, why);
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
