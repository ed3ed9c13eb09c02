/* toss_cancel - POST /v1/payments/{paymentKey}/cancel. */
#include <string.h>
#include "acts.h"
#include "routes.h"

#define REASON_MAX 200

struct wish {
    struct cancel_request request;
    const char *reason;
};

static bool read_wish(struct exchange *x, struct wish *w) {
    struct cancel_request *r = &w->request;
    struct json_in account;
    *w = (struct wish){.request = {.refundable = -1}};
    w->reason = json_text(&x->in, "cancelReason", 1, REASON_MAX, JSON_REQUIRED);
    r->amount = json_int(&x->in, "cancelAmount", 1, INT64_C(100000000000), JSON_OPTIONAL);
    r->tax_free = json_int(&x->in, "taxFreeAmount", 0, INT64_C(100000000000), JSON_OPTIONAL);
    if (json_has(&x->in, "refundableAmount"))
        r->refundable = json_int(&x->in, "refundableAmount", 0, INT64_C(100000000000), JSON_OPTIONAL);
    const char *currency = json_text(&x->in, "currency", 1, 8, JSON_OPTIONAL);
    if (currency != NULL && strcmp(currency, "KRW") != 0) json_bad(&x->in, "currency", BAD_RANGE);
    if (json_child(&x->in, "refundReceiveAccount", &account, JSON_OPTIONAL)) {
        r->bank = json_text(&account, "bank", 1, 3, JSON_REQUIRED);
        r->number = json_text(&account, "accountNumber", 1, 100, JSON_REQUIRED);
        r->holder = json_text(&account, "holderName", 1, 60, JSON_REQUIRED);
    }
    return !x->malformed && x->bad.n == 0;
}

static const char *cancel(struct cause *c, struct payment *p, const void *wish) {
    const struct wish *w = wish;
    const char *refusal = payment_cancel_refusal(p, &w->request, &c->sb->clock, c->now);
    if (refusal == NULL && !change_cancel(c, p, &w->request, w->reason)) refusal = "COMMON_ERROR";
    return refusal;
}

void toss_cancel(struct exchange *x) {
    struct wish w;
    if (read_wish(x, &w))
        act_on_payment(x, x->param[0], cancel, &w);
    else
        answer_code(x, "INVALID_REQUEST");
}
