#include "toss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"
#include "toss_answer.h"
#include "toss_codes.h"
#include "toss_request.h"
#include "toss_wire.h"

enum { LIST_MAX = 5000, N_OUTCOMES = CALL_UNKNOWN + 1 };

struct toss {
    struct toss_wire *wire;
    const char *base;
    atomic_bool version_told;
    struct metric *calls[TOSS_N_CALLS][N_OUTCOMES], *seconds[TOSS_N_CALLS];
};

static const char *const outcome_names[] = {"done", "refused", "retry", "unknown"};

/* ---- life ---- */
static void make_metrics(struct toss *t) {
    static const char help[] = "Calls to the payment provider.";
    for (enum toss_call c = 0; c < TOSS_N_CALLS; c++) {
        char labels[64];
        snprintf(labels, sizeof labels, "call=\"%s\"", toss_call_name(c));
        t->seconds[c] = metric_get(METRIC_HISTOGRAM, "provider_call_seconds", labels, help);
        for (int o = 0; o < N_OUTCOMES; o++) {
            snprintf(labels, sizeof labels, "call=\"%s\",outcome=\"%s\"", toss_call_name(c), outcome_names[o]);
            t->calls[c][o] = metric_get(METRIC_COUNTER, "provider_calls_total", labels, help);
        }
    }
}

struct toss *toss_open(const struct toss_conf *conf) {
    struct toss *t = calloc(1, sizeof *t);
    if (t == NULL) return NULL;
    t->wire = toss_wire_open(conf);
    if (t->wire == NULL) {
        free(t);
        return NULL;
    }
    t->base = toss_wire_base(t->wire);
    make_metrics(t);
    return t;
}

void toss_close(struct toss **t) {
    if (*t == NULL) return;
    toss_wire_close(&(*t)->wire);
    free(*t);
    *t = NULL;
}

/* ---- what an answer means ---- */
/* Which payment a call is about; NULL: not known yet. */
struct subject {
    const char *payment_key, *order_id;
};

static bool is_success(const struct http_reply *reply) { return reply->status >= 200 && reply->status < 300; }

static void judge_error(struct arena *a, enum toss_call call, const struct http_reply *reply, struct call_result *r) {
    struct toss_error e = toss_error(a, reply->body, reply->len);
    struct toss_verdict v = toss_judge(call, reply->status, e.code);
    r->outcome = v.outcome;
    r->refusal = v.refusal;
    r->code = e.code == NULL ? "NO_CODE" : e.code;
    r->message = e.message;
}

static void tell_version(struct toss *t, const char *version) {
    if (version == NULL || strcmp(version, TOSS_VERSION) == 0 || atomic_exchange(&t->version_told, true)) return;
    log_warn("the provider answers in another version than this program was written for", "version", version);
}

static bool is_about(const struct money *m, const struct subject *s) {
    return (s->payment_key == NULL || strcmp(s->payment_key, m->payment_key) == 0) &&
           (s->order_id == NULL || strcmp(s->order_id, m->order_id) == 0);
}

/* A success must be about the payment that was asked for: an idempotency key used for two payments brings the answer of
 * the first one. Looked up, a payment of another order is no payment of this one. */
static void judge_payment(struct toss *t, struct arena *a, enum toss_call call, const struct subject *s,
                          const struct http_reply *reply, struct call_result *r) {
    const char *version;
    const struct money *m = toss_payment(a, reply->body, reply->len, &version);
    tell_version(t, version);
    r->outcome = CALL_DONE;
    if (m == NULL) {
        r->outcome = toss_unanswered(call, HTTP_ANSWERED);
        r->code = "BROKEN_ANSWER";
    } else if (!is_about(m, s)) {
        r->outcome = call == TOSS_GET ? CALL_REFUSED : CALL_UNKNOWN;
        r->code = "OTHER_PAYMENT";
    } else {
        r->money = m;
    }
}

static void note_call(struct toss *t, enum toss_call call, const struct subject *s, const struct call_result *r) {
    metric_add(t->calls[call][r->outcome], 1);
    if (r->took_us > 0) metric_observe_us(t->seconds[call], r->took_us);
    char status[12], ms[24];
    snprintf(status, sizeof status, "%d", r->http_status);
    snprintf(ms, sizeof ms, "%.1f", (double)r->took_us / 1000);
    const char *order_id = s->order_id != NULL ? s->order_id : r->money != NULL ? r->money->order_id : "";
    enum log_level level = r->refusal == REFUSAL_SHOP ? LOG_ERROR : r->outcome >= CALL_RETRY ? LOG_WARNING : LOG_INFO;
    log_write(level, NULL, "provider call", "call", toss_call_name(call), "order_id", order_id, "outcome",
              outcome_names[r->outcome], "code", r->code == NULL ? "" : r->code, "status", status, "ms", ms, "trace_id",
              r->trace == NULL ? "" : r->trace, NULL);
}

/* ---- the provider ---- */
static void run(struct toss *t, struct arena *a, const struct toss_request *q, struct subject s,
                struct call_result *r) {
    struct http_reply reply;
    if (toss_wire_send(t->wire, a, q, &reply, r)) {
        if (is_success(&reply))
            judge_payment(t, a, q->call, &s, &reply, r);
        else
            judge_error(a, q->call, &reply, r);
    }
    note_call(t, q->call, &s, r);
}

static void open_payment(void *self, struct arena *a, const struct payment_wish *w, struct call_result *r) {
    struct toss *t = self;
    struct toss_request q = {.call = TOSS_OPEN, .body = toss_open_body(a, w), .key = w->key};
    if (q.body != NULL) q.url = arena_printf(a, "%s/v1/payments", t->base);
    run(t, a, &q, (struct subject){.order_id = w->attempt_id}, r);
}

static void confirm(void *self, struct arena *a, const char *payment_key, const char *attempt_id, int64_t amount,
                    const char *key, struct call_result *r) {
    struct toss *t = self;
    struct toss_request q = {
        .call = TOSS_CONFIRM, .body = toss_confirm_body(a, payment_key, attempt_id, amount), .key = key};
    if (q.body != NULL) q.url = arena_printf(a, "%s/v1/payments/confirm", t->base);
    run(t, a, &q, (struct subject){payment_key, attempt_id}, r);
}

static void cancel(void *self, struct arena *a, const struct cancel_wish *w, struct call_result *r) {
    struct toss *t = self;
    struct toss_request q = {.call = TOSS_CANCEL, .body = toss_cancel_body(a, w), .key = w->key};
    if (q.body != NULL) q.url = toss_path(a, t->base, "/v1/payments/", w->payment_key, "/cancel");
    run(t, a, &q, (struct subject){w->payment_key, w->attempt_id}, r);
}

static void look_up(void *self, struct arena *a, const char *payment_key, const char *attempt_id,
                    struct call_result *r) {
    struct toss *t = self;
    struct toss_request q = {.call = TOSS_GET,
                             .url = payment_key != NULL
                                        ? toss_path(a, t->base, "/v1/payments/", payment_key, "")
                                        : toss_path(a, t->base, "/v1/payments/orders/", attempt_id, "")};
    run(t, a, &q, (struct subject){payment_key, attempt_id}, r);
}

/* Toss has whole seconds, and does not say whether the end belongs to the span: rows outside of it are dropped. */
static void keep_span(struct transactions *l, int64_t from_ms, int64_t to_ms) {
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++)
        if (l->rows[i].at_ms >= from_ms && l->rows[i].at_ms < to_ms) l->rows[kept++] = l->rows[i];
    l->n = kept;
}

static void judge_list(struct arena *a, const struct http_reply *reply, struct transactions *l, struct call_result *r) {
    if (!is_success(reply)) {
        judge_error(a, TOSS_LIST, reply, r);
    } else if (toss_transactions(a, reply->body, reply->len, &l->rows, &l->n)) {
        r->outcome = CALL_DONE;
    } else {
        r->outcome = toss_unanswered(TOSS_LIST, HTTP_ANSWERED);
        r->code = "BROKEN_ANSWER";
        l->n = 0;
    }
}

static void list(void *self, struct arena *a, int64_t from_ms, int64_t to_ms, const char *after, int limit,
                 struct transactions *l) {
    struct toss *t = self;
    if (limit > LIST_MAX) limit = LIST_MAX;
    struct toss_request q = {.call = TOSS_LIST, .url = toss_list_url(a, t->base, from_ms, to_ms, after, limit)};
    struct http_reply reply;
    struct call_result r;
    *l = (struct transactions){0};
    if (toss_wire_send(t->wire, a, &q, &reply, &r)) judge_list(a, &reply, l, &r);
    note_call(t, TOSS_LIST, &(struct subject){NULL, NULL}, &r);
    l->outcome = r.outcome;
    l->code = r.code;
    if (l->n > 0 && l->n >= (size_t)limit) l->next = l->rows[l->n - 1].transaction_key;
    keep_span(l, from_ms, to_ms);
}

/* ---- health ---- */
/* Buyers can pay as long as windows open, payments are confirmed and looked up. These lack what such a call needs:
 * nothing is executed, and what is refused was read. */
static const struct {
    enum toss_call call;
    const char *path, *body;
} probes[] = {
    {TOSS_OPEN, "/v1/payments", "{}"},
    {TOSS_CONFIRM, "/v1/payments/confirm", "{}"},
    {TOSS_GET, "/v1/payments/orders/no-such-order", NULL},
};
enum { PROBES = sizeof probes / sizeof *probes };

static bool healthy(void *self) {
    struct toss *t = self;
    bool all = true;
    for (size_t i = 0; i < PROBES; i++) all = toss_wire_closed(t->wire, probes[i].call) && all;
    return all;
}

/* A key of its own for each: an answer, also a bad one, sticks to it. */
static void probe(void *self, struct arena *a) {
    struct toss *t = self;
    for (size_t i = 0; i < PROBES; i++) {
        if (toss_wire_closed(t->wire, probes[i].call)) continue;
        const struct toss_request q = {.call = probes[i].call,
                                       .url = arena_printf(a, "%s%s", t->base, probes[i].path),
                                       .body = probes[i].body,
                                       .key = arena_printf(a, "probe:%lld", (long long)time_now_ms())};
        struct http_reply reply;
        struct call_result r;
        toss_wire_send(t->wire, a, &q, &reply, &r);
    }
}

struct provider toss_provider(struct toss *t) {
    return (struct provider){.name = "toss",
                             .self = t,
                             .open = open_payment,
                             .confirm = confirm,
                             .cancel = cancel,
                             .look_up = look_up,
                             .list = list,
                             .read_notice = toss_notice,
                             .healthy = healthy,
                             .probe = probe};
}
