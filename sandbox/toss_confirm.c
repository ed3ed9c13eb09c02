/* toss_confirm - POST /v1/payments/confirm: the money moves. */
#include <stdlib.h>
#include <string.h>
#include "changes.h"
#include "routes.h"

struct confirm {
    const char *key, *order_id;
    int64_t amount;
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

void toss_confirm(struct exchange *x) {
    struct confirm c;
    if (!read_confirm(x, &c)) {
        answer_code(x, "INVALID_REQUEST");
        return;
    }
    struct cause cause = {.sb = x->sb, .arena = x->http->arena, .now = x->now, .target = x->route->target};
    book_enter(x->sb->book);
    struct payment *p = find_payment(x, c.key);
    const char *refusal = p == NULL ? "NOT_FOUND_PAYMENT"
                                    : payment_confirm_refusal(p, c.order_id, c.amount, x->sb->conf->amount_mismatch);
    if (refusal == NULL) change_approve(&cause, p);
    if (refusal == NULL)
        answer_payment(x, p);
    else
        answer_code(x, refusal);
    book_leave(x->sb->book);
    x->webhook = cause.webhook;
}

/* A card that is refused ends the payment; after a passing trouble it may be confirmed again. */
void toss_confirm_refused(struct exchange *x, const struct code *code) {
    struct confirm c;
    if (!code->aborts || !read_confirm(x, &c)) return;
    struct cause cause = {.sb = x->sb, .arena = x->http->arena, .now = x->now, .target = x->route->target};
    book_enter(x->sb->book);
    struct payment *p = find_payment(x, c.key);
    if (p != NULL && payment_confirm_refusal(p, c.order_id, c.amount, "") == NULL) change_abort(&cause, p, code);
    book_leave(x->sb->book);
    x->webhook = cause.webhook;
}
