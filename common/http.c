#include "http.h"

#include <civetweb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "http_parse.h"
#include "http_refusal.h"
#include "io_watch.h"
#include "log.h"
#include "timeutil.h"

#define OUT_SIZE ((size_t)16 * 1024)     /* answers up to this leave in one write */
#define BUSY_PERCENT 80                  /* of the threads; above: connections are not kept */
#define CONNECTION_QUEUE "1024"          /* accepted ones waiting for a thread */
#define MAX_HEAD ((size_t)16 * 1024)     /* request line and headers; beyond: 431 */
#define READ_BUFFER "65536"              /* of the library; a head that does not fit is 400 */
#define CHUNKED_FIRST ((size_t)4 * 1024) /* first guess for a body of unknown size */
#define LINGER_MS 1000                   /* a refused body is read away so long, so that the refusal arrives */
#define LINGER_MAX ((size_t)4 * 1024 * 1024)
#define SLOWEST_BYTES_PER_MS 8 /* a client that takes an answer more slowly is cut off */
#define SETTLE_MS 500          /* http_stop: connections are told to close */
#define UNWANTED_MS 100        /* for the first request of a connection that is one too many */
#define REFUSAL_SIZE 2048
#define TICKET_UNKNOWN (-2) /* not asked for yet */
#define DRAIN_MS 3000       /* http_stop: then new requests are refused and running ones awaited */

struct http_worker { /* one per civetweb thread */
    struct http_server *server;
    struct io_limit limit;
    struct arena *arena;
    const struct mg_request_info
        *info;  /* where the library tells about this thread's connection; NULL: not known yet */
    int ticket; /* of the connection, see http_conf.arrived; -1: refused */
    int64_t date_second;
    char date[48];
    char out[OUT_SIZE];
};

struct http_server {
    struct http_conf conf;
    struct mg_context *ctx;
    struct io_watch *watch;
    atomic_int open, in_flight;
    atomic_bool closing, sealed;
};

/* A request with what only this file needs; handlers see its first member. */
struct exchange {
    struct http_req req;
    struct http_worker *worker;
    struct http_framing framing;
    bool http11, is_head, body_read, chunking, broken;
};

static struct exchange *exchange_of(struct http_req *req) { return (struct exchange *)(void *)req; }

/* ---- answers ---- */

/* `n` bytes within a time that grows with them; nothing more after a failure. */
static bool write_all(struct exchange *x, const void *data, size_t n) {
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

static const char *date_line(struct http_worker *w) {
    int64_t second = time_now_ms() / 1000;
    if (second != w->date_second) {
        time_t t = (time_t)second;
        struct tm tm;
        gmtime_r(&t, &tm);
        strftime(w->date, sizeof w->date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
        w->date_second = second;
    }
    return w->date;
}

static bool has_body(const struct exchange *x) { return x->framing.chunked || x->framing.content_length > 0; }

/* What is left unread would be taken for the next request, so such a connection ends, too. */
static void decide_close(struct exchange *x) {
    const struct http_server *s = x->worker->server;
    bool busy = atomic_load(&s->open) * 100 / s->conf.threads > BUSY_PERCENT;
    if (!x->http11 || (has_body(x) && !x->body_read) || atomic_load(&s->closing) || busy) x->req.close = true;
}

/* A head being put together; formatted printing would take longer than all the rest of a small answer. */
struct head {
    char *out;
    size_t len; /* beyond OUT_SIZE: did not fit */
};

static void put(struct head *h, const char *s) {
    size_t n = strlen(s);
    if (h->len + n <= OUT_SIZE) memcpy(h->out + h->len, s, n);
    h->len += n;
}

static void put_number(struct head *h, uint64_t v) {
    char text[24], *at = text + sizeof text - 1;
    *at = '\0';
    do *--at = (char)('0' + v % 10);
    while ((v /= 10) > 0);
    put(h, at);
}

static void put_line(struct head *h, const char *name, const char *value) {
    put(h, name);
    put(h, value);
    put(h, "\r\n");
}

#define NO_LENGTH (-1)
#define CHUNKED (-2)

/* Writes the head into the worker's buffer and returns its length. `length`: of the body; NO_LENGTH, CHUNKED. */
static size_t build_head(struct exchange *x, int status, const char *type, const char *headers, int64_t length) {
    struct head h = {.out = x->worker->out};
    decide_close(x);
    put(&h, "HTTP/1.1 ");
    put_number(&h, (uint64_t)status);
    put_line(&h, " ", http_reason(status));
    put(&h, date_line(x->worker));
    if (type && *type) put_line(&h, "Content-Type: ", type);
    if (length >= 0) {
        put(&h, "Content-Length: ");
        put_number(&h, (uint64_t)length);
        put(&h, "\r\n");
    }
    if (length == CHUNKED) put(&h, "Transfer-Encoding: chunked\r\n");
    if (headers) put(&h, headers);
    put(&h, x->req.close ? "Connection: close\r\n\r\n" : "\r\n");
    x->req.status = status;
    if (h.len <= OUT_SIZE) return h.len;
    log_error("answer headers do not fit");
    x->req.close = true;
    x->req.status = 500;
    h.len = 0;
    put(&h, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return h.len;
}

void http_send(struct http_req *req, const struct http_answer *a) { http_send_part(req, a, a->len); }

void http_send_part(struct http_req *req, const struct http_answer *a, size_t n) {
    struct exchange *x = exchange_of(req);
    bool bodiless = a->status == 204 || a->status == 304;
    if (n < a->len) req->close = true;
    size_t head = build_head(x, a->status, a->content_type, a->headers, bodiless ? NO_LENGTH : (int64_t)a->len);
    size_t body = bodiless || x->is_head || req->status != a->status ? 0 : n;
    if (body && body <= OUT_SIZE - head) {
        memcpy(x->worker->out + head, a->body, body);
        head += body;
        body = 0;
    }
    if (write_all(x, x->worker->out, head) && body) write_all(x, a->body, body);
}

void http_drop(struct http_req *req) {
    exchange_of(req)->broken = req->close = true;
    if (req->status == 0) req->status = 499; /* never on the wire */
}

bool http_chunk_begin(struct http_req *req, int status, const char *content_type, const char *headers) {
    struct exchange *x = exchange_of(req);
    x->chunking = x->http11;
    size_t head = build_head(x, status, content_type, headers, x->chunking ? CHUNKED : NO_LENGTH);
    return write_all(x, x->worker->out, head) && req->status == status;
}

bool http_chunk(struct http_req *req, const void *data, size_t n) {
    struct exchange *x = exchange_of(req);
    if (n == 0 || x->is_head) return true; /* an empty chunk would be the last */
    if (!x->chunking) return write_all(x, data, n);
    char *out = x->worker->out;
    size_t head = (size_t)snprintf(out, OUT_SIZE, "%zx\r\n", n);
    if (n > OUT_SIZE - head - 2) return write_all(x, out, head) && write_all(x, data, n) && write_all(x, "\r\n", 2);
    memcpy(out + head, data, n);
    out[head + n] = '\r';
    out[head + n + 1] = '\n';
    return write_all(x, out, head + n + 2);
}

void http_chunk_end(struct http_req *req) {
    struct exchange *x = exchange_of(req);
    if (x->chunking && !x->is_head) write_all(x, "0\r\n\r\n", 5);
}

void http_send_file(struct http_req *req, int fd, int64_t size, const char *content_type, const char *headers) {
    struct exchange *x = exchange_of(req);
    size_t fill = build_head(x, 200, content_type, headers, size);
    int64_t left = x->is_head || req->status != 200 ? 0 : size;
    /* The head travels with the first piece. */
    do {
        size_t want = left < (int64_t)(OUT_SIZE - fill) ? (size_t)left : OUT_SIZE - fill;
        ssize_t got = want ? pread(fd, x->worker->out + fill, want, size - left) : 0;
        if (got < (want ? 1 : 0)) { /* the file has shrunk: the client must see a broken answer, not a short one */
            req->close = true;
            return;
        }
        left -= got;
        if (!write_all(x, x->worker->out, fill + (size_t)got)) return;
        fill = 0;
    } while (left > 0);
}

/* A refusal made here, where no handler knows of the request: the problem document of every other error. */
static void refuse(struct exchange *x, enum status st) {
    char out[REFUSAL_SIZE];
    const char *accepts = http_header(&x->req, "Accept-Language");
    enum lang lang = accepts && strncasecmp(accepts, "en", 2) == 0 ? LANG_EN : LANG_KO;
    size_t n = http_refusal(st, lang, x->is_head, date_line(x->worker), out, sizeof out);
    x->req.status = status_http(st);
    x->req.close = true;
    write_all(x, out, n);
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
        refuse(&x, st);
    else
        s->conf.handler(s->conf.arg, &x.req);
    if (x.req.status == 0) refuse(&x, ST_INTERNAL);
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

struct http_server *http_start(const struct http_conf *conf) {
    struct http_server *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->conf = *conf;
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
