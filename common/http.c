#include "http.h"

#include <civetweb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "http_int.h"
#include "http_refusal.h"
#include "log.h"
#include "metrics.h"
#include "timeutil.h"

#define CONNECTION_QUEUE "1024"          /* accepted ones waiting for a thread */
#define LABELS_MAX 300                   /* of a metric: an address has 256 characters at most */
#define MAX_HEAD ((size_t)16 * 1024)     /* request line and headers; beyond: 431 */
#define READ_BUFFER "65536"              /* of the library; a head that does not fit is 400 */
#define CHUNKED_FIRST ((size_t)4 * 1024) /* first guess for a body of unknown size */
#define LINGER_MS 1000                   /* a refused body is read away so long, so that the refusal arrives */
#define LINGER_MAX ((size_t)4 * 1024 * 1024)
#define SLOWEST_BYTES_PER_MS 8 /* a client that takes an answer more slowly is cut off */
#define SETTLE_MS 500          /* http_stop: connections are told to close */
#define UNWANTED_MS 100        /* for the first request of a connection that is one too many */
#define TICKET_UNKNOWN (-2)    /* not asked for yet */
#define DRAIN_MS 3000          /* http_stop: then new requests are refused and running ones awaited */

/* ---- writing ---- */

bool http_write(struct exchange *x, const void *data, size_t n) {
    if (x->broken) return false;
    io_limit_set(&x->worker->limit, x->worker->server->conf.request_timeout_ms + (int64_t)(n / SLOWEST_BYTES_PER_MS));
    x->broken = mg_write(x->req.conn, data, n) != (int)n;
    io_limit_lift(&x->worker->limit);
    if (x->broken)
        x->req.close = true;
    else
        x->req.sent += n;
    return !x->broken;
}

/* ---- requests ---- */

const char *http_header(const struct http_req *req, const char *name) { return mg_get_header(req->conn, name); }

static enum status read_sized(struct exchange *x, const char **body, size_t *len) {
    size_t want = (size_t)x->framing.content_length;
    char *buf = arena_alloc(x->req.arena, want + 1);
    if (!buf) return ST_BODY_TOO_LARGE;
    size_t n = 0;
    while (n < want) {
        int got = mg_read(x->req.conn, buf + n, want - n);
        if (got <= 0) return io_limit_over(&x->worker->limit) ? ST_REQUEST_TIMEOUT : ST_BAD_REQUEST;
        n += (size_t)got;
    }
    *body = buf;
    *len = n;
    return ST_OK;
}

static enum status read_chunked(struct exchange *x, size_t max, const char **body, size_t *len) {
    size_t cap = CHUNKED_FIRST, n = 0;
    char *buf = arena_alloc(x->req.arena, cap);
    for (;;) {
        if (!buf) return ST_BODY_TOO_LARGE;
        int got = mg_read(x->req.conn, buf + n, cap - 1 - n);
        if (got < 0) return io_limit_over(&x->worker->limit) ? ST_REQUEST_TIMEOUT : ST_BAD_REQUEST;
        if (got == 0) break;
        n += (size_t)got;
        if (n > max) return ST_BODY_TOO_LARGE;
        if (n < cap - 1) continue;
        char *larger = arena_alloc(x->req.arena, cap * 2);
        if (larger) memcpy(larger, buf, n);
        buf = larger;
        cap *= 2;
    }
    buf[n] = '\0';
    *body = buf;
    *len = n;
    return ST_OK;
}

enum status http_body(struct http_req *req, size_t max, const char **body, size_t *len) {
    struct exchange *x = exchange_of(req);
    *body = "";
    *len = 0;
    if (x->framing.content_length > (int64_t)max) return ST_BODY_TOO_LARGE;
    if (!has_body(x)) return ST_OK;
    io_limit_set(&x->worker->limit, x->worker->server->conf.body_timeout_ms);
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (x->framing.expect_continue) mg_write(req->conn, go_on, sizeof go_on - 1);
    enum status st = x->framing.chunked ? read_chunked(x, max, body, len) : read_sized(x, body, len);
    io_limit_lift(&x->worker->limit);
    /* The one end of a head that http_head_ok() takes for another: LF LF, with these behind it. */
    if (st == ST_OK && *len >= 2 && memcmp(*body, "\r\0", 2) == 0) st = ST_BAD_REQUEST;
    x->body_read = st == ST_OK;
    if (st != ST_OK) req->close = true;
    return st;
}

/* Reads a refused body away for a moment: a close with unread bytes would reset the connection under the answer. */
static void linger(struct exchange *x) {
    io_limit_set(&x->worker->limit, LINGER_MS);
    for (size_t n = 0; n < LINGER_MAX && !io_limit_over(&x->worker->limit);) {
        int got = mg_read(x->req.conn, x->worker->out, OUT_SIZE);
        if (got <= 0) break;
        n += (size_t)got;
    }
    io_limit_lift(&x->worker->limit);
}

/* Reads what the library parsed. Else than ST_OK: not to be handed to a handler. */
static enum status exchange_init(struct exchange *x, struct mg_connection *conn, struct http_worker *w) {
    const struct mg_request_info *ri = mg_get_request_info(conn);
    struct http_field fields[MG_MAX_HEADERS];
    for (int i = 0; i < ri->num_headers; i++)
        fields[i] = (struct http_field){ri->http_headers[i].name, ri->http_headers[i].value};
    const struct http_head head = {ri->request_method, ri->request_uri, ri->query_string,
                                   ri->http_version,   fields,          (size_t)ri->num_headers};
    *x = (struct exchange){.worker = w, .req = {.conn = conn, .arena = w->arena, .started_us = time_mono_us()}};
    x->http11 = strcmp(ri->http_version, "1.1") == 0;
    x->is_head = strcmp(ri->request_method, "HEAD") == 0;
    x->req.method = ri->request_method;
    x->req.path = ri->request_uri;
    x->req.query = ri->query_string ? ri->query_string : "";
    x->req.remote = ri->remote_addr;
    x->req.content_length = -1;
    /* The library drops headers beyond its table in silence, among them perhaps one that frames the body. */
    if (ri->num_headers >= MG_MAX_HEADERS || http_head_length(&head) > MAX_HEAD) return ST_HEADERS_TOO_LARGE;
    bool ok = http_head_ok(&head) && http_framing_read(fields, head.n_fields, x->http11, &x->framing);
    x->req.content_length = x->framing.content_length;
    return ok && http_target_ok(x->req.path, x->req.query) ? ST_OK : ST_BAD_REQUEST;
}

/* Asks for the connection's ticket, once. */
static void take_ticket(struct http_worker *w, const char *remote) {
    const struct http_conf *conf = &w->server->conf;
    if (w->ticket == TICKET_UNKNOWN) w->ticket = conf->arrived ? conf->arrived(conf->arg, remote) : 0;
}

static int on_request(struct mg_connection *conn) {
    struct http_worker *w = mg_get_thread_pointer(conn);
    struct http_server *s = w->server;
    struct exchange x;
    enum status st = exchange_init(&x, conn, w);
    atomic_fetch_add(&s->in_flight, 1);
    take_ticket(w, x.req.remote);
    if (st == ST_OK && w->ticket < 0) st = ST_RATE_LIMITED;
    if (st == ST_OK && atomic_load(&s->sealed)) st = ST_BUSY;
    if (st != ST_OK)
        http_refuse(&x, st);
    else
        s->conf.handler(s->conf.arg, &x.req);
    if (x.req.status == 0) http_refuse(&x, ST_INTERNAL);
    if (has_body(&x) && !x.body_read && !x.broken && x.req.status != 408) linger(&x);
    if (x.req.close) mg_disable_connection_keep_alive(conn);
    arena_reset(w->arena);
    atomic_fetch_sub(&s->in_flight, 1);
    return x.req.status;
}

/* What the library itself refuses: there is no request to speak of. A method that it does not know is told by nothing else. */
static int on_library_error(struct mg_connection *conn, int status, const char *reason) {
    (void)reason;
    static const struct {
        int http;
        enum status st;
    } known[] = {
        {400, ST_BAD_REQUEST},       {408, ST_REQUEST_TIMEOUT}, {413, ST_HEADERS_TOO_LARGE},
        {431, ST_HEADERS_TOO_LARGE}, {411, ST_BAD_REQUEST},     {505, ST_BAD_REQUEST},
    };
    enum status st = ST_INTERNAL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].http == status) st = known[i].st;
    const struct mg_request_info *ri = mg_get_request_info(conn);
    bool read = ri && ri->request_method && ri->http_version;
    if (st == ST_BAD_REQUEST && read && !http_method_known(ri->request_method)) st = ST_METHOD_NOT_ALLOWED;
    char out[REFUSAL_SIZE];
    size_t n = http_refusal(st, LANG_KO, false, "", out, sizeof out);
    mg_write(conn, out, n);
    mg_disable_connection_keep_alive(conn);
    return 0;
}

static int on_library_log(const struct mg_connection *conn, const char *message) {
    (void)conn;
    log_warn("http library", "reason", message);
    return 1;
}

/* ---- threads and connections ---- */

static struct http_server *server_of(const struct mg_context *ctx) { return mg_get_user_data(ctx); }

static void *on_thread(const struct mg_context *ctx, int type) {
    if (type != 1) return NULL; /* the master needs nothing */
    struct http_server *s = server_of(ctx);
    struct http_worker *w = malloc(sizeof *w); /* not cleared: `out` costs no memory until it is used */
    if (!w) abort();
    memset(w, 0, offsetof(struct http_worker, out));
    w->server = s;
    w->arena = arena_new(s->conf.arena_max);
    if (!w->arena) abort();
    io_watch_join(s->watch, &w->limit);
    return w;
}

static void on_thread_end(const struct mg_context *ctx, int type, void *thread) {
    struct http_worker *w = thread;
    if (type != 1 || !w) return;
    io_watch_leave(server_of(ctx)->watch, &w->limit);
    arena_free(&w->arena);
    free(w);
}

/* The library does not yet show whose connection this is, but each thread has one place for that, which is filled in before
 * this call. It becomes known with the thread's first connection, so only that one is counted by its first request. */
static int on_connection(const struct mg_connection *conn, void **data) {
    (void)data;
    struct http_worker *w = mg_get_thread_pointer(conn);
    atomic_fetch_add(&w->server->open, 1);
    metric_add(w->server->connections, 1);
    w->ticket = TICKET_UNKNOWN;
    if (w->info) take_ticket(w, w->info->remote_addr);
    if (w->ticket == -1) io_limit_set(&w->limit, UNWANTED_MS); /* lifted by the refusal's write */
    return 0;
}

static void on_connection_end(const struct mg_connection *conn) {
    struct http_worker *w = mg_get_thread_pointer(conn);
    const struct http_conf *conf = &w->server->conf;
    io_limit_lift(&w->limit);
    if (w->ticket >= 0 && conf->gone) conf->gone(conf->arg, w->ticket);
    const struct mg_request_info *info = mg_get_request_info(conn);
    if (info) w->info = info;
    atomic_fetch_sub(&w->server->open, 1);
    metric_add(w->server->connections, -1);
}

/* ---- life ---- */

static struct mg_context *start_library(struct http_server *s) {
    static const struct mg_callbacks callbacks = {
        .begin_request = on_request,
        .http_error = on_library_error,
        .log_message = on_library_log,
        .init_thread = on_thread,
        .exit_thread = on_thread_end,
        .init_connection = on_connection,
        .connection_closed = on_connection_end,
    };
    char threads[12], keep[12], timeout[12], backlog[12];
    snprintf(threads, sizeof threads, "%d", s->conf.threads);
    snprintf(keep, sizeof keep, "%d", s->conf.keep_alive_ms);
    snprintf(timeout, sizeof timeout, "%d", s->conf.request_timeout_ms);
    snprintf(backlog, sizeof backlog, "%d", s->conf.backlog);
    /* clang-format off */
    const char *options[] = {
        "listening_ports", s->conf.listen,
        "num_threads", threads,
        "connection_queue", CONNECTION_QUEUE,
        "listen_backlog", backlog,
        "enable_keep_alive", "yes",
        "keep_alive_timeout_ms", keep,
        "request_timeout_ms", timeout,
        "max_request_size", READ_BUFFER,
        "tcp_nodelay", "1",
        "decode_url", "no",
        "access_control_allow_methods", "",
        "access_control_allow_origin", "",
        "enable_directory_listing", "no",
        "cgi_pattern", "",
        "ssi_pattern", "",
        NULL,
    };
    /* clang-format on */
    return mg_start(&callbacks, s, options);
}

static struct metric *connections_of(const char *listen) {
    char labels[LABELS_MAX];
    snprintf(labels, sizeof labels, "listen=\"%s\"", listen);
    return metric_get(METRIC_GAUGE, "http_connections", labels, "Connections that have a thread of their own");
}

struct http_server *http_start(const struct http_conf *conf) {
    struct http_server *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->conf = *conf;
    s->connections = connections_of(conf->listen);
    s->watch = io_watch_start();
    s->ctx = s->watch ? start_library(s) : NULL;
    if (!s->ctx) {
        log_error("http server does not start", "listen", conf->listen);
        http_stop(&s);
    }
    return s;
}

static void wait_idle(struct http_server *s, int ms) {
    const struct timespec pause = {.tv_nsec = 10 * 1000000L};
    int64_t until = time_mono_ms() + ms;
    while (atomic_load(&s->in_flight) > 0 && time_mono_ms() < until) nanosleep(&pause, NULL);
}

void http_stop(struct http_server **server) {
    struct http_server *s = *server;
    if (!s) return;
    /* mg_stop() would cut running answers off, so first nothing may be running. */
    atomic_store(&s->closing, true);
    wait_idle(s, SETTLE_MS);
    atomic_store(&s->sealed, true);
    wait_idle(s, DRAIN_MS);
    if (s->ctx) mg_stop(s->ctx);
    io_watch_stop(&s->watch);
    free(s);
    *server = NULL;
}
