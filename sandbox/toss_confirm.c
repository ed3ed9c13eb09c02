/* toss_confirm - POST /v1/payments/confirm: the money moves. */
#include <stdlib.h>
#include <string.h>
#include "acts.h"
#include "routes.h"

struct confirm {
    const char *key, *order_id;
    int64_t amount;
    const struct code *refused; /* by the card company; NULL: it is not */
};

/* An integer, or (as Toss's own sample sends it) the same as a text of digits. */
static int64_t read_amount(struct exchange *x) {
    const char *raw = json_raw(&x->in, "amount", 32);
    if (raw == NULL || raw[0] != '"') return json_int(&x->in, "amount", 0, 100000000000, JSON_REQUIRED);
    size_t n = strspn(raw + 1, "0123456789");
    if (n == 0 || n > 12 || strcmp(raw + 1 + n, "\"") != 0) json_bad(&x->in, "amount", BAD_TYPE);
    return strtoll(raw + 1, NULL, 10);
}

static bool read_confirm(struct exchange *x, struct confirm *c) {
    c->key = json_text(&x->in, "paymentKey", 1, 200, JSON_REQUIRED);
    c->order_id = json_text(&x->in, "orderId", 6, ORDER_ID_MAX, JSON_REQUIRED);
    c->amount = read_amount(x);
    return !x->malformed && x->bad.n == 0;
}

static const char *confirm(struct cause *c, struct payment *p, const void *wish) {
    const struct confirm *w = wish;
    const char *refusal = payment_confirm_refusal(p, w->order_id, w->amount, c->sb->conf->amount_mismatch);
    if (refusal == NULL) change_approve(c, p);
    return refusal;
}

void toss_confirm(struct exchange *x) {
    struct confirm c;
    if (read_confirm(x, &c))
        act_on_payment(x, c.key, confirm, &c);
    else
        answer_code(x, "INVALID_REQUEST");
}

static const char *give_up(struct cause *c, struct payment *p, const void *wish) {
    const struct confirm *w = wish;
    const char *refusal = payment_confirm_refusal(p, w->order_id, w->amount, "");
    if (refusal == NULL) change_abort(c, p, w->refused);
    return refusal;
}

/* A card that is refused ends the payment; after a passing trouble it may be confirmed again. The answer is the refusal. */
void toss_confirm_refused(struct exchange *x, const struct code *code) {
    struct confirm c = {.refused = code};
    if (code->aborts && read_confirm(x, &c)) act_on_payment(x, c.key, give_up, &c);
}
