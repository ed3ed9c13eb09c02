/* control - what the buyer, the bank and Toss's own console do, by call. No key is needed. */
#include <string.h>
#include "acts.h"
#include "checkout.h"
#include "routes.h"

#define ANSWER_BYTES ((size_t)32 * 1024)

void control_checkout(struct exchange *x) {
    const struct checkout c = {.payment_key = json_text(&x->in, "payment_key", 1, 200, JSON_REQUIRED),
                               .result = json_text(&x->in, "result", 1, 20, JSON_REQUIRED),
                               .method = json_text(&x->in, "method", 1, 20, JSON_OPTIONAL)};
    struct checkout_end end = {0};
    json_end(&x->in);
    const char *refusal = x->malformed || x->bad.n > 0 ? "INVALID_REQUEST" : checkout_do(x, &c, &end);
    if (refusal != NULL) {
        answer_code(x, refusal);
        return;
    }
    struct strbuf b;
    struct json_out o = {.b = &b};
    strbuf_init(&b, x->http->arena, ANSWER_BYTES);
    json_obj(&o, NULL);
    json_put_text(&o, "payment_key", c.payment_key);
    json_put_text(&o, "order_id", end.order_id);
    json_put_int(&o, "amount", end.amount);
    json_put_text(&o, "redirect_url", end.url);
    json_obj_end(&o);
    answer_json(x, 200, &b);
}

/* ---- bank and console ---- */

struct act {
    bool reverse, late;
    struct cancel_request cancel;
    const char *reason;
};

static void do_act(struct exchange *x, const struct act *act, act_fn *perform) {
    const char *key = json_text(&x->in, "payment_key", 1, 200, JSON_REQUIRED);
    json_end(&x->in);
    if (x->malformed || x->bad.n > 0)
        answer_code(x, "INVALID_REQUEST");
    else
        act_on_payment(x, key, perform, act);
}

static const char *deposit(struct cause *c, struct payment *p, const void *wish) {
    const struct act *act = wish;
    if (p->method != METHOD_VIRTUAL_ACCOUNT) return "INVALID_STATE";
    if (act->reverse) {
        if (p->status != PAYMENT_DONE) return "INVALID_STATE";
        change_reverse(c, p);
        return NULL;
    }
    bool taken = p->status == PAYMENT_WAITING && (act->late || !payment_account_expired(p, c->now));
    if (!taken) return "INVALID_STATE";
    change_deposit(c, p);
    return NULL;
}

void control_deposit(struct exchange *x) {
    const struct act act = {.reverse = json_bool(&x->in, "reverse", JSON_OPTIONAL),
                            .late = json_bool(&x->in, "late", JSON_OPTIONAL)};
    do_act(x, &act, deposit);
}

static const char *cancel(struct cause *c, struct payment *p, const void *wish) {
    const struct act *act = wish;
    if (payment_cancel_refusal(p, &act->cancel, &c->sb->clock, c->now) != NULL) return "INVALID_STATE";
    return change_cancel(c, p, &act->cancel, act->reason) ? NULL : "COMMON_ERROR";
}

void control_cancel(struct exchange *x) {
    struct act act = {.cancel = {.refundable = -1, .by_console = true}};
    act.cancel.amount = json_int(&x->in, "amount", 1, INT64_C(100000000000), JSON_OPTIONAL);
    const char *reason = json_text(&x->in, "reason", 1, 200, JSON_OPTIONAL);
    act.reason = reason != NULL ? reason : "상점관리자 취소";
    do_act(x, &act, cancel);
}
