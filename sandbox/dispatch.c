/* dispatch - the story of a request, top to bottom. The order of checks of Toss's calls is the reference's ("Simulator
 * contract"): key, idempotency key, ordered errors, body, rules. */
#include <string.h>
#include "common/arena.h"
#include "common/timeutil.h"
#include "calls.h"
#include "idempotency.h"
#include "journal.h"
#include "patience.h"
#include "routes.h"
#include "shops.h"
#include "webhooks.h"

#define BODY_MAX ((size_t)64 * 1024)
#define PARAM_MAX 256

/* ---- what is known before anything is done ---- */

static void read_body(struct exchange *x) {
    size_t len = 0;
    x->body = "";
    if (http_body(x->http, BODY_MAX, &x->body, &len) != ST_OK) {
        x->malformed = true;
        return;
    }
    x->malformed = json_open(&x->in, x->http->arena, &x->bad, x->body, len, true) != ST_OK;
    x->bad.n = 0; /* only the caller's own look at the fields counts */
}

/* A text of the body that may or may not be there, without judging it. */
static const char *peek(struct exchange *x, const char *field) {
    struct json_faults ignored = {0};
    struct json_in in = x->in;
    in.faults = &ignored;
    return json_text(&in, field, 1, 200, JSON_OPTIONAL);
}

static void write_call_down(struct exchange *x) {
    bool by_order = x->route->serve == toss_get_by_order;
    const char *key = by_order || *x->param == '\0' ? peek(x, "paymentKey") : x->param;
    calls_subject(x->sb->calls, x->call, key, by_order ? x->param : peek(x, "orderId"));
}

/* ---- Toss's calls ---- */

/* Network trouble on the way there: nothing of it reaches Toss's books. True: over. */
static bool lost_before(struct exchange *x) {
    enum fault_mode m = x->fault.mode;
    if (m == FAULT_RATE_LIMITED) {
        answer_code(x, x->fault.code->name);
        return true;
    }
    if (m != FAULT_TIMEOUT_BEFORE && m != FAULT_DROP_BEFORE) return false;
    patience_wait(x->sb->patience, x->fault.ms);
    return true; /* without an answer */
}

static void execute(struct exchange *x) {
    const char *test_code = http_header(x->http, "TossPayments-Test-Code");
    const struct code *ordered = x->fault.mode == FAULT_ERROR ? x->fault.code : NULL;
    patience_wait(x->sb->patience, x->sb->conf->latency_ms + (x->fault.mode == FAULT_DELAY ? x->fault.ms : 0));
    x->now = time_now_ms();
    if (ordered == NULL && test_code != NULL && (ordered = code_find(test_code)) == NULL) {
        answer_code(x, "INVALID_REQUEST");
        return;
    }
    if (ordered == NULL || x->fault.execute)
        x->route->serve(x);
    else if (x->route->refused != NULL)
        x->route->refused(x, ordered);
    if (ordered != NULL) answer_code(x, ordered->name);
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

static void serve_toss(struct exchange *x) {
    const char *key = strcmp(x->http->method, "POST") == 0 ? http_header(x->http, "Idempotency-Key") : NULL;
    x->call = calls_add(x->sb->calls, x->now, x->http->method, x->http->path, key);
    write_call_down(x);
    const char *refusal = shops_authorize(x->sb->shops, http_header(x->http, "Authorization"), &x->shop);
    if (refusal != NULL) {
        answer_code(x, refusal);
        return;
    }
    faults_take(x->sb->faults, x->route->target, PHASE_CALL, &x->fault);
    if (lost_before(x)) return;
    if (key != NULL && *key != '\0')
        execute_once(x, key);
    else
        execute(x);
    if (x->webhook != 0) webhooks_await(x->sb->webhooks, x->webhook, 10 * SECOND_MS);
}

/* ---- every request ---- */

void sandbox_handle(void *sandbox, struct http_req *http) {
    char param[PARAM_MAX];
    bool known;
    struct exchange x = {.sb = sandbox, .http = http, .param = param, .headers = "", .now = time_now_ms()};
    x.fault.name = "";
    read_body(&x);
    x.route = route_find(http->method, http->path, param, sizeof param, &known);
    if (x.route == NULL)
        answer_code(&x, known ? "METHOD_NOT_ALLOWED" : "NOT_FOUND");
    else if (x.route->target != NULL)
        serve_toss(&x);
    else
        x.route->serve(&x);
    answer_send(&x);
}
