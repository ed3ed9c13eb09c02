#include "toss_wire.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "breaker.h"
#include "common/arena.h"
#include "common/crypto.h"
#include "common/http_pool.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"
#include "toss_keys.h"

enum { BODY_MAX = 4 << 20 /* a list of 5,000 transactions takes 2 MiB */, IDEMPOTENCY_KEY_MAX = 300 };

struct toss_wire {
    char authorization[TOSS_AUTHORIZATION_MAX];
    char base[TOSS_URL_MAX + 1];
    struct http_pool *http;
    pthread_mutex_t lock; /* guards circuits */
    struct breaker circuits[TOSS_N_CALLS];
    struct metric *open[TOSS_N_CALLS];
};

/* ---- life ---- */
struct toss_wire *toss_wire_open(const struct toss_conf *conf) {
    struct toss_wire *w = calloc(1, sizeof *w);
    if (w == NULL) return NULL;
    if (!toss_base_url(conf->url, w->base) || !toss_authorization(conf->secret_key, w->authorization)) {
        free(w);
        return NULL;
    }
    w->http = http_pool_open(&(struct http_client_conf){.connect_timeout_ms = conf->connect_timeout_ms,
                                                        .timeout_ms = conf->timeout_ms,
                                                        .body_max = BODY_MAX,
                                                        .user_agent = "svc-payment",
                                                        .ca_file = conf->ca_file,
                                                        .plain_http = strncmp(w->base, "http://", 7) == 0,
                                                        .stop = conf->stop});
    if (w->http == NULL) {
        free(w);
        return NULL;
    }
    pthread_mutex_init(&w->lock, NULL);
    for (enum toss_call c = 0; c < TOSS_N_CALLS; c++) {
        char labels[64];
        snprintf(labels, sizeof labels, "call=\"%s\"", toss_call_name(c));
        w->open[c] = metric_get(METRIC_GAUGE, "provider_circuit_open", labels, "1 while such calls are not sent.");
        w->circuits[c] = (struct breaker){.failures = conf->breaker_failures, .open_ms = conf->breaker_open_ms};
    }
    return w;
}

void toss_wire_close(struct toss_wire **w) {
    if (*w == NULL) return;
    http_pool_close(&(*w)->http);
    pthread_mutex_destroy(&(*w)->lock);
    cleanse((*w)->authorization, sizeof(*w)->authorization);
    free(*w);
    *w = NULL;
}

const char *toss_wire_base(const struct toss_wire *w) { return w->base; }

/* ---- circuits: one for each kind of call, so that look-ups go on while confirms fail ---- */
static bool circuit_admits(struct toss_wire *w, enum toss_call call) {
    pthread_mutex_lock(&w->lock);
    bool admits = breaker_admits(&w->circuits[call], time_mono_ms());
    pthread_mutex_unlock(&w->lock);
    return admits;
}

/* What was refused or given up here says nothing about Toss. */
static bool tells_of_toss(const struct http_reply *r) {
    return r->transport == HTTP_ANSWERED || (strcmp(r->fault, "STOPPED") != 0 && strcmp(r->fault, "BAD_CALL") != 0);
}

static void circuit_note(struct toss_wire *w, enum toss_call call, const struct http_reply *r) {
    if (!tells_of_toss(r)) return;
    bool well = r->transport == HTTP_ANSWERED && toss_is_well(r->status);
    pthread_mutex_lock(&w->lock);
    bool changed = breaker_note(&w->circuits[call], well, time_mono_ms());
    if (changed) metric_set(w->open[call], well ? 0 : 1);
    pthread_mutex_unlock(&w->lock);
    if (changed)
        log_warn(well ? "circuit closed: the provider answers again" : "circuit opened: the provider is left alone",
                 "call", toss_call_name(call));
}

bool toss_wire_closed(struct toss_wire *w, enum toss_call call) {
    pthread_mutex_lock(&w->lock);
    bool closed = breaker_is_closed(&w->circuits[call]);
    pthread_mutex_unlock(&w->lock);
    return closed;
}

/* ---- one call ---- */
static bool may_be_sent(const struct toss_request *q) {
    if (q->url == NULL) return false;
    if (q->body == NULL) return true;
    size_t n = q->key == NULL ? 0 : strnlen(q->key, IDEMPOTENCY_KEY_MAX + 1);
    return n > 0 && n <= IDEMPOTENCY_KEY_MAX;
}

static void send_over(struct toss_wire *w, struct http_client *line, struct arena *a, const struct toss_request *q,
                      const char *key_header, struct http_reply *reply) {
    const char *headers[] = {w->authorization, "Content-Type: application/json", key_header};
    bool post = q->body != NULL;
    http_client_send(line, a,
                     &(struct http_call){.method = post ? "POST" : "GET",
                                         .url = q->url,
                                         .headers = headers,
                                         .n_headers = post ? 3 : 1,
                                         .body = q->body,
                                         .len = post ? strlen(q->body) : 0},
                     reply);
}

bool toss_wire_send(struct toss_wire *w, struct arena *a, const struct toss_request *q, struct http_reply *reply,
                    struct call_result *r) {
    /* Whatever keeps a call from being sent, be it want of memory, says nothing about the payment: never refused. */
    *r = (struct call_result){.outcome = CALL_RETRY, .code = "BAD_CALL"};
    if (!may_be_sent(q)) return false;
    r->code = "CIRCUIT_OPEN";
    if (!circuit_admits(w, q->call)) return false;
    r->code = "NO_CONNECTION";
    const char *key_header = arena_printf(a, "Idempotency-Key: %s", q->key == NULL ? "" : q->key);
    struct http_client *line = key_header == NULL ? NULL : http_pool_take(w->http);
    if (line == NULL) return false;
    send_over(w, line, a, q, key_header, reply);
    bool answered = reply->transport == HTTP_ANSWERED;
    if (answered)
        *r = (struct call_result){.http_status = reply->status,
                                  .took_us = reply->took_us,
                                  .trace = http_client_header(line, a, "x-tosspayments-trace-id")};
    else
        *r = (struct call_result){
            .outcome = toss_unanswered(q->call, reply->transport), .code = reply->fault, .took_us = reply->took_us};
    http_pool_give(w->http, line);
    circuit_note(w, q->call, reply);
    return answered;
}
