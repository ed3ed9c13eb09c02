#include "answers.h"
#include <string.h>
#include "attempt.h"
#include "booking.h"
#include "common/mask.h"

#define ANSWER_MAX 8192
#define LATER_SECONDS 2

static void reply(struct bus_req *req, enum status st, const struct strbuf *b, int retry_after) {
    if (strbuf_ok(b))
        bus_reply(req, st, b->data, b->len, retry_after);
    else
        bus_reply(req, ST_INTERNAL, NULL, 0, 0);
}

static bool one_of(const char *word, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0) return true;
    return false;
}

/* An account that nobody may pay into any more is not shown. */
static bool has_account(const struct attempt *at) {
    static const char *const open[] = {"issued", "waiting", "captured", "paid", "reversing"};
    return at->account_number != NULL && one_of(at->saga.state, open, sizeof open / sizeof *open);
}

void answer_put_account(struct json_out *json, const struct attempt *at) {
    if (!has_account(at)) {
        json_put_null(json, "virtual_account");
        return;
    }
    json_obj(json, "virtual_account");
    json_put_text(json, "bank", at->bank);
    json_put_text(json, "account_number", at->account_number);
    json_put_text(json, "holder", at->account_holder);
    json_put_time(json, "due", at->account_due_ms);
    json_obj_end(json);
}

/* ---- what went wrong ---- */

/* Refusals of booking, and reasons of ours, keep their code; everything else was said by the provider. */
static const enum status own_words[] = {ST_ORDER_EXPIRED, ST_INVALID_STATE, ST_AMOUNT_MISMATCH, ST_NOT_FOUND};

static bool is_own_word(const char *code, enum status *st) {
    for (size_t i = 0; i < sizeof own_words / sizeof *own_words; i++)
        if (strcmp(status_code(own_words[i]), code) == 0) {
            *st = own_words[i];
            return true;
        }
    return false;
}

void answer_failed(struct bus_req *req, const struct attempt *at) {
    static const char *const not_now[] = {"CIRCUIT_OPEN", "NO_CONNECTION", "STOPPED", "BUSY"};
    static const char *const too_late[] = {"EXPIRED", "CANCELLED", "DEPOSIT_EXPIRED"};
    const char *code = at->failure_code != NULL ? at->failure_code : "";
    enum status st = ST_PAYMENT_PROVIDER_ERROR;
    struct strbuf b;
    struct json_out json = {.b = &b};
    strbuf_init(&b, req->arena, ANSWER_MAX);
    bool never_asked = at->confirmed_ms == 0;
    if (never_asked && is_own_word(code, &st)) {
        reply(req, st, &b, 0);
    } else if (never_asked && one_of(code, not_now, sizeof not_now / sizeof *not_now)) {
        reply(req, ST_BUSY, &b, LATER_SECONDS);
    } else if (one_of(code, too_late, sizeof too_late / sizeof *too_late)) {
        reply(req, ST_ORDER_EXPIRED, &b, 0);
    } else {
        json_obj(&json, NULL);
        json_obj(&json, "provider");
        json_put_text(&json, "code", code);
        json_put_text(&json, "message", at->failure_message);
        json_obj_end(&json);
        json_obj_end(&json);
        reply(req, ST_PAYMENT_PROVIDER_ERROR, &b, 0);
    }
}

/* ---- confirm ---- */

static void answer_undecided(struct bus_req *req) {
    struct strbuf b;
    struct json_out json = {.b = &b};
    strbuf_init(&b, req->arena, ANSWER_MAX);
    json_obj(&json, NULL);
    json_put_text(&json, "order_number", req->mine);
    json_put_text(&json, "payment_status", "paying");
    json_obj_end(&json);
    reply(req, ST_ACCEPTED, &b, 0);
}

static void answer_returning(struct bus_req *req) {
    struct strbuf b;
    struct json_out json = {.b = &b};
    strbuf_init(&b, req->arena, ANSWER_MAX);
    json_obj(&json, NULL);
    json_put_bool(&json, "refunding", true);
    json_obj_end(&json);
    reply(req, ST_ORDER_EXPIRED, &b, 0);
}

static void answer_good(struct bus_req *req, const struct attempt *at, const char *status, const char *payment_status) {
    struct attempt seen = *at; /* a confirm carries no token of the order: whose it is stays hidden */
    struct strbuf b;
    struct json_out json = {.b = &b};
    if (at->account_holder != NULL) seen.account_holder = mask_name(req->arena, at->account_holder);
    strbuf_init(&b, req->arena, ANSWER_MAX);
    json_obj(&json, NULL);
    json_put_text(&json, "order_number", at->order_number);
    json_put_text(&json, "status", status);
    json_put_text(&json, "payment_status", payment_status);
    json_put_text(&json, "method", at->method);
    json_put_time(&json, "approved_at", at->approved_ms);
    json_put_text(&json, "receipt_url", at->receipt_url);
    answer_put_account(&json, &seen);
    json_obj_end(&json);
    reply(req, ST_OK, &b, 0);
}

void answer_confirm(struct payment *p, struct bus_req *req, const struct attempt *at) {
    (void)p;
    if (at == NULL)
        answer_undecided(req);
    else if (attempt_is(at, "failed"))
        answer_failed(req, at);
    else if (attempt_is(at, "returning") || attempt_is(at, "returned"))
        answer_returning(req);
    else if (attempt_is(at, "paid"))
        answer_good(req, at, "paid", "paid");
    else
        answer_good(req, at, "awaiting_deposit", "waiting_for_deposit");
}

void answer_confirm_again(struct payment *p, struct bus_req *req, const struct attempt *at,
                          const struct order_info *o) {
    if (attempt_is(at, "paid"))
        answer_good(req, at, o->status, o->payment_status);
    else
        answer_confirm(p, req, at);
}
