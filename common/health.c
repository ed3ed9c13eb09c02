#include "health.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http.h"
#include "metrics.h"
#include "timeutil.h"

#define METRICS_MAX ((size_t)4 * 1024 * 1024)
#define ARENA_MAX (3 * METRICS_MAX) /* a growing buffer leaves its old selves in the arena */

struct health {
    struct http_server *http;
    bool (*ready)(void *arg);
    void *arg;
    int64_t started_ms;
    struct metric *memory, *files, *start, *uptime;
};

static void send_text(struct http_req *req, int status, const char *type, const char *body, size_t len) {
    http_send(req, &(struct http_answer){status, type, "Cache-Control: no-store\r\n", body, len});
}

static void send_status(struct http_req *req, int status, const char *word) {
    char body[64];
    int n = snprintf(body, sizeof body, "{\"status\":\"%s\"}", word);
    send_text(req, status, "application/json", body, (size_t)n);
}

static int64_t resident_bytes(void) {
    char line[128] = ""; /* "total resident …" in pages */
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f) return 0;
    const char *resident = fgets(line, sizeof line, f) ? strchr(line, ' ') : NULL;
    fclose(f);
    return resident ? strtoll(resident, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}

static int64_t open_files(void) {
    DIR *d = opendir("/proc/self/fd");
    if (!d) return 0;
    int64_t n = -3; /* ".", ".." and this directory itself */
    while (readdir(d)) n++;
    closedir(d);
    return n;
}

static void answer_healthz(struct health *h, struct http_req *req) {
    (void)h;
    send_status(req, 200, "ok");
}

static void answer_readyz(struct health *h, struct http_req *req) {
    bool ready = h->ready(h->arg);
    send_status(req, ready ? 200 : 503, ready ? "ok" : "unavailable");
}

static void answer_metrics(struct health *h, struct http_req *req) {
    metric_set(h->memory, resident_bytes());
    metric_set(h->files, open_files());
    metric_set(h->uptime, (time_now_ms() - h->started_ms) / 1000);
    struct strbuf text;
    strbuf_init(&text, req->arena, METRICS_MAX);
    metrics_write(&text);
    if (strbuf_ok(&text))
        send_text(req, 200, "text/plain; version=0.0.4; charset=utf-8", text.data, text.len);
    else
        send_status(req, 500, "too many metrics");
}

static void handle(void *arg, struct http_req *req) {
    static const struct {
        const char *path;
        void (*answer)(struct health *h, struct http_req *req);
    } routes[] = {{"/healthz", answer_healthz}, {"/readyz", answer_readyz}, {"/metrics", answer_metrics}};
    req->close = true; /* with two threads an idle connection would be half of the server */
    bool reads = strcmp(req->method, "GET") == 0 || strcmp(req->method, "HEAD") == 0;
    for (size_t i = 0; reads && i < sizeof routes / sizeof *routes; i++)
        if (strcmp(req->path, routes[i].path) == 0) {
            routes[i].answer(arg, req);
            return;
        }
    send_status(req, reads ? 404 : 405, reads ? "not found" : "method not allowed");
}

struct health *health_start(const char *listen, bool (*ready)(void *arg), void *arg) {
    struct health *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    h->ready = ready;
    h->arg = arg;
    h->started_ms = time_now_ms();
    h->memory = metric_get(METRIC_GAUGE, "process_resident_memory_bytes", "", "Resident memory");
    h->files = metric_get(METRIC_GAUGE, "process_open_fds", "", "Open file descriptors");
    h->start = metric_get(METRIC_GAUGE, "process_start_time_seconds", "", "Start of the process, Unix time");
    h->uptime = metric_get(METRIC_GAUGE, "process_uptime_seconds", "", "Time since the start of the process");
    metric_set(h->start, h->started_ms / 1000);
    h->http = http_start(&(struct http_conf){.listen = listen,
                                             .threads = 2,
                                             .keep_alive_ms = 500,
                                             .request_timeout_ms = 2000,
                                             .backlog = 64,
                                             .body_timeout_ms = 1000,
                                             .arena_max = ARENA_MAX,
                                             .handler = handle,
                                             .arg = h});
    if (!h->http) health_stop(&h);
    return h;
}

void health_stop(struct health **h) {
    if (!*h) return;
    http_stop(&(*h)->http);
    free(*h);
    *h = NULL;
}
