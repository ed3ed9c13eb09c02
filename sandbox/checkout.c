/* checkout - see checkout.h. */
#include "checkout.h"
#include <inttypes.h>
#include <string.h>
#include "common/arena.h"
#include "changes.h"
#include "form.h"

enum outcome { OUTCOME_APPROVED, OUTCOME_FAILED };
static const struct result {
    const char *word;
    enum outcome outcome;
    const char *code; /* in the redirect of a failure */
    bool tampered;    /* the redirect of a success tells an amount that a forger would write */
} results[] = {
    {"success", OUTCOME_APPROVED, NULL, false},
    {"tamper", OUTCOME_APPROVED, NULL, true},
    {"fail", OUTCOME_FAILED, "REJECT_CARD_COMPANY", false},
    {"cancel", OUTCOME_FAILED, "PAY_PROCESS_CANCELED", false},
};

static const struct result *find_result(const char *word) {
    for (size_t i = 0; word != NULL && i < sizeof results / sizeof *results; i++)
        if (strcmp(results[i].word, word) == 0) return &results[i];
    return NULL;
}

static void approved(struct exchange *x, struct payment *p, const struct result *r, enum method m,
                     struct checkout_end *end) {
    struct arena *a = x->http->arena;
    struct cause cause = {.sb = x->sb, .arena = a, .now = x->now, .target = ""};
    change_authenticate(&cause, p, m);
    end->amount = r->tampered ? p->amount / 10 : p->amount;
    const char *amount = arena_printf(a, "%" PRId64, end->amount);
    const char *const pairs[] = {"paymentType", "NORMAL", "orderId", p->order_id, "paymentKey",
                                 p->key,        "amount", amount,    NULL};
    end->url = amount != NULL ? form_add(a, p->success_url, pairs) : NULL;
}

static void failed(struct exchange *x, const struct payment *p, const struct result *r, struct checkout_end *end) {
    const char *const pairs[] = {"code", r->code, "message", code_find(r->code)->message, "orderId", p->order_id, NULL};
    end->amount = p->amount;
    end->url = form_add(x->http->arena, p->fail_url, pairs);
}

const char *checkout_closed(const struct payment *p) {
    if (p == NULL) return "NOT_FOUND_PAYMENT";
    if (p->status == PAYMENT_EXPIRED) return "EXPIRED_PAYMENT";
    return p->status != PAYMENT_READY ? "INVALID_STATE" : NULL;
}

const char *checkout_do(struct exchange *x, const struct checkout *c, struct checkout_end *end) {
    const struct result *r = find_result(c->result);
    enum method m = c->method != NULL ? method_of_word(c->method) : METHOD_NONE;
    if (r == NULL || c->payment_key == NULL || (c->method != NULL && m == METHOD_NONE)) return "INVALID_REQUEST";
    book_enter(x->sb->book);
    struct payment *p = find_payment(x, c->payment_key);
    const char *refusal = checkout_closed(p);
    if (refusal == NULL) {
        if (m == METHOD_NONE) m = p->method;
        end->order_id = arena_strdup(x->http->arena, p->order_id);
        if (p->amount < method_table[m].min_amount)
            refusal = "BELOW_MINIMUM_AMOUNT";
        else if (r->outcome == OUTCOME_APPROVED)
            approved(x, p, r, m, end);
        else
            failed(x, p, r, end);
    }
    book_leave(x->sb->book);
    return refusal == NULL && end->url == NULL ? "COMMON_ERROR" : refusal;
}
