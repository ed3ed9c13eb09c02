#include "steps_attempt_int.h"
#include <string.h>
#include "attempt_store.h"
#include "common/arena.h"
#include "common/db.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "db_pool.h"
#include "payment.h"
#include "steps_common.h"

/* ---- how a step ends ---- */

void attempt_fail(struct attempt *at, struct saga_move *m, const char *to, const char *code, const char *message) {
    at->failure_code = code != NULL ? code : "FAILED";
    at->failure_message = message;
    if (strcmp(to, "failed") == 0)
        saga_rest(m, to); /* nobody but us knows of it */
    else
        go(m, to);
}

void attempt_stuck(struct attempt *at, struct saga_move *m, const char *code) {
    log_write(LOG_ERROR, &(struct log_ctx){.order_number = at->order_number}, "a payment cannot go on", "attempt",
              at->attempt_id, "state", at->saga.state, "code", code, NULL);
    at->failure_code = code;
    saga_stuck(&at->saga, m);
}

void attempt_close(struct attempt *at, struct saga_move *m, const char *why) {
    at->failure_code = at->cancelled ? "CANCELLED" : why;
    at->failure_message = NULL;
    go(m, "closing");
}

/* ---- the provider's answers ---- */

void attempt_look_up(struct payment *p, struct arena *a, struct attempt *at, struct call_result *r) {
    at->looked_ms = time_now_ms();
    p->provider->look_up(p->provider->self, a, at->payment_key, at->attempt_id, r);
}

const char *attempt_key(struct arena *a, const char *call, const struct attempt *at) {
    return arena_printf(a, "%s:%s:%lld", call, at->attempt_id, (long long)at->key_no);
}

void attempt_renew_key(struct attempt *at, const struct call_result *r) {
    if (r->outcome == CALL_UNKNOWN && r->http_status >= 400) at->key_no++;
}

bool attempt_is_ours(const struct attempt *at, const struct money *money) {
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

bool attempt_decide(struct payment *p, struct arena *a, struct attempt *at, const struct money *money,
                    struct saga_move *m) {
    if (!attempt_is_ours(at, money)) {
        attempt_stuck(at, m, "OTHER_PAYMENT");
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
            attempt_fail(at, m, "refused", "CANCELED", NULL);
        return true;
    case MONEY_ABORTED:
    case MONEY_EXPIRED:
        attempt_fail(at, m, "refused", money->failure_code != NULL ? money->failure_code : "CANCELED",
                     money->failure_message);
        return true;
    default: return false;
    }
}
