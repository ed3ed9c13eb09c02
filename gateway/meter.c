/* meter - one line of access log and the metrics of each request. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"
#include "gateway.h"

#define STATUSES 600
#define FLUSH_MS 200 /* how old a line of the access log may become in memory */

struct route_meter {
    _Atomic(struct metric *) count[STATUSES]; /* looked up once per status that happens */
    struct metric *seconds;
};
struct meter {
    pthread_t flusher;
    atomic_bool stop;
    struct route_meter unrouted; /* requests that no row of the table serves */
    struct route_meter route[];
};

static void labels_of(const struct route *route, char *out, size_t cap) {
    snprintf(out, cap, "method=\"%s\",route=\"%s\"", route != NULL ? method_name(route->method) : "other",
             route != NULL ? route->pattern : "none");
}

static struct metric *seconds_of(const struct route *route) {
    char labels[192];
    labels_of(route, labels, sizeof labels);
    return metric_get(METRIC_HISTOGRAM, "http_request_duration_seconds", labels, "Time from request to answer.");
}

static void *flush_log(void *meter) {
    struct meter *m = meter;
    const struct timespec pause = {.tv_nsec = FLUSH_MS * 1000000L};
    while (!atomic_load(&m->stop)) {
        nanosleep(&pause, NULL);
        log_flush();
    }
    return NULL;
}

struct meter *meter_open(void) {
    struct meter *m = calloc(1, sizeof *m + route_count * sizeof m->route[0]);
    if (m == NULL) return NULL;
    m->unrouted.seconds = seconds_of(NULL);
    for (size_t i = 0; i < route_count; i++)
        if (route_table[i].kind != KIND_NOTHING) m->route[i].seconds = seconds_of(&route_table[i]);
    if (pthread_create(&m->flusher, NULL, flush_log, m) == 0) return m;
    free(m);
    return NULL;
}

/* After the last request: what it wrote has been flushed then. */
void meter_close(struct meter **m) {
    if (*m == NULL) return;
    atomic_store(&(*m)->stop, true);
    pthread_join((*m)->flusher, NULL);
    free(*m);
    *m = NULL;
}

static struct metric *count_of(struct route_meter *rm, const struct route *route, int status) {
    if (status < 0 || status >= STATUSES) status = 0;
    struct metric *known = atomic_load_explicit(&rm->count[status], memory_order_acquire);
    if (known != NULL) return known;
    char labels[224];
    labels_of(route, labels, sizeof labels);
    size_t n = strlen(labels);
    snprintf(labels + n, sizeof labels - n, ",status=\"%d\"", status);
    known = metric_get(METRIC_COUNTER, "http_requests_total", labels, "HTTP requests answered.");
    atomic_store_explicit(&rm->count[status], known, memory_order_release);
    return known;
}

/* The path holds no personal data (order numbers at most); the query may, and stays out. */
static void log_access(const struct request *r, int64_t us) {
    char status[12], ms[24], bytes[24];
    snprintf(status, sizeof status, "%d", r->http->status);
    snprintf(ms, sizeof ms, "%lld.%03d", (long long)(us / 1000), (int)(us % 1000));
    snprintf(bytes, sizeof bytes, "%zu", r->http->sent);
    struct log_ctx ctx = {.request_id = r->id, .user_id = r->who.user_id};
    for (size_t i = 0; r->route != NULL && i < r->match.n_params; i++) {
        if (strcmp(r->match.params[i].name, "order_number") == 0) ctx.order_number = r->match.params[i].value;
        if (strcmp(r->match.params[i].name, "code") == 0) ctx.exhibition_code = r->match.params[i].value;
    }
    log_write_later(&ctx, "request", "method", r->http->method, "path", r->http->path, "status", status, "ms", ms,
                    "bytes", bytes, "client", r->address, NULL);
}

void meter_request(struct meter *m, struct request *r) {
    int64_t us = time_mono_us() - r->http->started_us;
    struct route_meter *rm = r->route != NULL ? &m->route[r->route - route_table] : &m->unrouted;
    metric_add(count_of(rm, r->route, r->http->status), 1);
    metric_observe_us(rm->seconds, us);
    if (r->gw->conf->access_log) log_access(r, us);
}
