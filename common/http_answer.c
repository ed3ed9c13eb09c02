/* http_answer - what is said to a client: heads, whole answers, chunks, files, refusals. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "http_int.h"
#include "http_refusal.h"
#include "log.h"
#include "timeutil.h"

#define BUSY_PERCENT 80 /* of the threads; above: connections are not kept */

/* ---- heads ---- */

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

/* ---- answers ---- */

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
    if (http_write(x, x->worker->out, head) && body) http_write(x, a->body, body);
}

void http_drop(struct http_req *req) {
    exchange_of(req)->broken = req->close = true;
    if (req->status == 0) req->status = 499; /* never on the wire */
}

bool http_chunk_begin(struct http_req *req, int status, const char *content_type, const char *headers) {
    struct exchange *x = exchange_of(req);
    x->chunking = x->http11;
    size_t head = build_head(x, status, content_type, headers, x->chunking ? CHUNKED : NO_LENGTH);
    return http_write(x, x->worker->out, head) && req->status == status;
}

bool http_chunk(struct http_req *req, const void *data, size_t n) {
    struct exchange *x = exchange_of(req);
    if (n == 0 || x->is_head) return true; /* an empty chunk would be the last */
    if (!x->chunking) return http_write(x, data, n);
    char *out = x->worker->out;
    size_t head = (size_t)snprintf(out, OUT_SIZE, "%zx\r\n", n);
    if (n > OUT_SIZE - head - 2) return http_write(x, out, head) && http_write(x, data, n) && http_write(x, "\r\n", 2);
    memcpy(out + head, data, n);
    out[head + n] = '\r';
    out[head + n + 1] = '\n';
    return http_write(x, out, head + n + 2);
}

void http_chunk_end(struct http_req *req) {
    struct exchange *x = exchange_of(req);
    if (x->chunking && !x->is_head) http_write(x, "0\r\n\r\n", 5);
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
        if (!http_write(x, x->worker->out, fill + (size_t)got)) return;
        fill = 0;
    } while (left > 0);
}

void http_refuse(struct exchange *x, enum status st) {
    char out[REFUSAL_SIZE];
    const char *accepts = http_header(&x->req, "Accept-Language");
    enum lang lang = accepts && strncasecmp(accepts, "en", 2) == 0 ? LANG_EN : LANG_KO;
    size_t n = http_refusal(st, lang, x->is_head, date_line(x->worker), out, sizeof out);
    x->req.status = status_http(st);
    x->req.close = true;
    http_write(x, out, n);
}
