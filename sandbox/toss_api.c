/* toss_api - what all calls of Toss's have in common. The order of checks is the reference's ("Simulator contract"): key,
 * idempotency key, ordered errors, body, rules. */
#include <string.h>
#include "common/arena.h"
#include "calls.h"
#include "dispatch.h"
#include "idempotency.h"
#include "journal.h"
#include "random_id.h"
#include "routes.h"
#include "shops.h"
#include "webhooks.h"

#define BODY_MAX ((size_t)64 * 1024)

/* A text of the body that may or may not be there, without judging it. */
static const char *peek(struct exchange *x, const char *field) {
    struct json_faults ignored = {0};
    struct json_in in = x->in;
    in.faults = &ignored;
    return json_text(&in, field, 1, 200, JSON_OPTIONAL);
}

static void note(struct exchange *x) {
    bool by_order = x->route->serve == toss_get_by_order;
    const char *param = x->param[0];
    const struct calls_subject subject = {.payment_key = by_order || *param == '\0' ? peek(x, "paymentKey") : param,
                                          .order_id = by_order ? param : peek(x, "orderId")};
    calls_about(x->sb->calls, x->call, &subject);
}

static bool admit(struct exchange *x) {
    const char *refusal = shops_authorize(x->sb->shops, http_header(x->http, "Authorization"), &x->shop);
    if (refusal != NULL) answer_code(x, refusal);
    return refusal == NULL;
}

/* A fault's error goes before the one that the shop itself asked for. */
static void execute(struct exchange *x) {
    const char *name = http_header(x->http, "TossPayments-Test-Code");
    const struct code *ordered = x->fault.mode == FAULT_ERROR ? x->fault.code : NULL;
    if (ordered == NULL && name != NULL && (ordered = code_find(name)) == NULL)
        answer_code(x, "INVALID_REQUEST");
    else
        dispatch_execute(x, ordered);
}

static void execute_once(struct exchange *x, const char *key) {
    struct kept_answer kept;
    struct arena *a = x->http->arena;
    if (strlen(key) > IDEMPOTENCY_KEY_MAX) {
        answer_code(x, "INVALID_IDEMPOTENCY_KEY");
        return;
    }
    const char *identity = arena_printf(a, "%zu %s %s %s", x->shop, x->http->method, x->http->path, key);
    enum idempotency_verdict v = idempotency_begin(x->sb->idempotency, identity, x->now, a, &kept);
    if (v == IDEMPOTENCY_NEW) {
        execute(x);
        const struct kept_answer own = {x->status, x->text, x->len};
        if (idempotency_finish(x->sb->idempotency, identity, &own))
            journal_answer(x->sb->journal, identity, x->now, own.status, own.body, own.len);
    } else if (x->fault.mode == FAULT_ERROR) {
        answer_code(x, x->fault.code->name); /* an ordered error is always seen; what is kept stays as it is */
    } else if (v == IDEMPOTENCY_RUNNING) {
        answer_code(x, "IDEMPOTENT_REQUEST_PROCESSING");
    } else {
        x->status = kept.status;
        x->text = kept.body;
        x->len = kept.len;
    }
}

/* Only what a POST says can be repeated. */
static const char *idempotency_key(const struct exchange *x) {
    const char *key = strcmp(x->http->method, "POST") == 0 ? http_header(x->http, "Idempotency-Key") : NULL;
    return key != NULL && *key != '\0' ? key : NULL;
}

static void serve(struct exchange *x) {
    const char *key = idempotency_key(x);
    if (key != NULL)
        execute_once(x, key);
    else
        execute(x);
    if (x->webhook != 0) webhooks_await(x->sb->webhooks, x->webhook, 10 * SECOND_MS);
}

static void refuse(struct exchange *x, const struct code *code) { answer_code(x, code->name); }

/* A trace id, and the idempotency key again. */
static const char *headers(struct exchange *x) {
    char trace[33];
    random_id(trace, "", "0123456789abcdef", 32);
    const char *key = idempotency_key(x);
    return arena_printf(x->http->arena, "x-tosspayments-trace-id: %s\r\n%s%s%s", trace,
                        key != NULL ? "idempotency-key: " : "", key != NULL ? key : "", key != NULL ? "\r\n" : "");
}

const struct api toss_api = {
    .body_max = BODY_MAX, .note = note, .admit = admit, .serve = serve, .refuse = refuse, .headers = headers};
