#include "wire.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/http_pool.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"

enum { BODY_MAX = 2 << 20 /* a page of 500 results takes half a MiB */, TIMEOUT_MS = 10000 };
enum { TOO_MANY_REQUESTS = 429, SERVER_ERRORS = 500 };

struct wire {
    const char *provider, *base_url;
    int timeout_ms;
    struct http_pool *http;
    struct metric *calls[WIRE_KINDS], *failed[WIRE_KINDS], *seconds[WIRE_KINDS];
};

static const char *const kinds[WIRE_KINDS] = {"submit", "look_up", "feed", "stored", "template", "token"};

/* ---- life ---- */
static void make_metrics(struct wire *w) {
    for (int k = 0; k < WIRE_KINDS; k++) {
        char labels[64];
        snprintf(labels, sizeof labels, "provider=\"%s\",call=\"%s\"", w->provider, kinds[k]);
        w->calls[k] = metric_get(METRIC_COUNTER, "provider_calls_total", labels, "Calls to the provider of messages.");
        w->failed[k] = metric_get(METRIC_COUNTER, "provider_calls_failed_total", labels,
                                  "Those without an answer, or with a status other than 2xx.");
        w->seconds[k] = metric_get(METRIC_HISTOGRAM, "provider_call_seconds", labels, "What they took.");
    }
}

struct wire *wire_open(const char *provider, const struct provider_conf *conf) {
    struct wire *w = calloc(1, sizeof *w);
    if (w == NULL) return NULL;
    w->provider = provider;
    w->base_url = conf->base_url;
    w->timeout_ms = conf->timeout_ms > 0 ? conf->timeout_ms : TIMEOUT_MS;
    w->http = http_pool_open(&(struct http_client_conf){.timeout_ms = w->timeout_ms,
                                                        .body_max = BODY_MAX,
                                                        .user_agent = "svc-notify",
                                                        .plain_http = conf->plain_http,
                                                        .stop = conf->stop});
    if (w->http == NULL) {
        free(w);
        return NULL;
    }
    make_metrics(w);
    return w;
}

void wire_close(struct wire **w) {
    if (*w == NULL) return;
    http_pool_close(&(*w)->http);
    free(*w);
    *w = NULL;
}

/* ---- one call ---- */
int64_t wire_until_ms(const struct wire *w) { return time_mono_ms() + w->timeout_ms; }

int wire_remaining_ms(int64_t until_ms) {
    int64_t left = until_ms - time_mono_ms();
    return left < 1 ? 1 : left > INT_MAX ? INT_MAX : (int)left;
}

static bool is_success(const struct http_reply *r) {
    return r->transport == HTTP_ANSWERED && r->status >= 200 && r->status < 300;
}

void wire_send(struct wire *w, struct arena *a, const struct wire_call *call, struct http_reply *reply) {
    *reply = (struct http_reply){.transport = HTTP_NOT_SENT, .fault = "BAD_CALL", .detail = "", .body = ""};
    const char *url = call->path == NULL ? NULL : arena_printf(a, "%s%s", w->base_url, call->path);
    struct http_client *client = url == NULL ? NULL : http_pool_take(w->http);
    if (client == NULL) return;
    http_client_send(client, a,
                     &(struct http_call){.method = call->method,
                                         .url = url,
                                         .headers = call->headers,
                                         .n_headers = call->n_headers,
                                         .body = call->body,
                                         .len = call->body == NULL ? 0 : strlen(call->body),
                                         .timeout_ms = call->timeout_ms},
                     reply);
    http_pool_give(w->http, client);
    metric_add(w->calls[call->kind], 1);
    if (!is_success(reply)) metric_add(w->failed[call->kind], 1);
    metric_observe_us(w->seconds[call->kind], reply->took_us);
}

void wire_log(struct wire *w, const struct wire_call *call, const struct http_reply *reply, const char *code) {
    char status[12], ms[24];
    snprintf(status, sizeof status, "%d", reply->status);
    snprintf(ms, sizeof ms, "%.1f", (double)reply->took_us / 1000);
    bool well = is_success(reply) && code == NULL;
    if (well && call->kind == WIRE_FEED) return; /* twice a minute, day and night */
    log_write(well ? LOG_INFO : LOG_WARNING, NULL, "provider call", "provider", w->provider, "call", kinds[call->kind],
              "about", call->about == NULL ? "" : call->about, "code", code == NULL ? "" : code, "status", status, "ms",
              ms, NULL);
}

const char *wire_status_word(struct arena *a, int status) {
    const char *word = arena_printf(a, "HTTP_%d", status);
    return word == NULL ? "HTTP" : word;
}

struct trouble wire_trouble(struct arena *a, const struct http_reply *reply) {
    if (reply->transport == HTTP_NOT_SENT) return (struct trouble){reply->fault, RESULT_TEMPORARY};
    if (reply->transport != HTTP_ANSWERED) return (struct trouble){reply->fault, RESULT_NONE};
    if (reply->status != TOO_MANY_REQUESTS && reply->status < SERVER_ERRORS) return (struct trouble){0};
    return (struct trouble){wire_status_word(a, reply->status),
                            reply->status == TOO_MANY_REQUESTS ? RESULT_RATE : RESULT_NONE};
}
