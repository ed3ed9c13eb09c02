/* answer - every answer leaves here: the same headers on each, problem+json for each refusal. */
#include <stdio.h>
#include <string.h>
#include "common/http_refusal.h"
#include "common/strbuf.h"
#include "checks.h"
#include "gateway.h"

#define HEADERS_MAX 8192
#define PROBLEM_MAX (256 * 1024)
#define HARDENED "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n"
#define CSP(policy) HARDENED "Content-Security-Policy: " policy "; frame-ancestors 'none'\r\n"

/* By kind of route: JSON needs nothing; the documentation viewer sets styles of its own; exported pages start inline. */
static const char json_policy[] = CSP("default-src 'none'");
static const char docs_policy[] = CSP("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
                                      "img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
                                      "form-action 'none'");
static const char page_policy[] =
    CSP("default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob: https:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'");

static const char *policy_of(const struct route *route) {
    if (route == NULL) return json_policy;
    return route->kind == KIND_FILE ? docs_policy : route->kind == KIND_PAGES ? page_policy : json_policy;
}

static void put_header(struct strbuf *b, const char *name, const char *value) {
    strbuf_puts(b, name);
    strbuf_put(b, ": ", 2);
    strbuf_puts(b, value);
    strbuf_put(b, "\r\n", 2);
}

void header_add(struct request *r, const char *name, const char *value) { put_header(&r->headers, name, value); }

/* Other origins may call only when CORS_ORIGINS names them, letter by letter. */
static void put_cors(const struct request *r, struct strbuf *b) {
    const char *origins = r->gw->conf->cors_origins;
    if (*origins == '\0') return;
    put_header(b, "Vary", "Origin");
    const char *origin = http_header(r->http, "Origin");
    if (origin == NULL || *origin == '\0' || !list_has(origins, origin)) return;
    put_header(b, "Access-Control-Allow-Origin", origin);
    put_header(b, "Access-Control-Expose-Headers", "ETag, Idempotency-Key, Retry-After, X-Request-Id");
    if (strcmp(r->http->method, "OPTIONS") == 0) {
        char methods[64];
        methods_write(r->match.allow, methods, sizeof methods);
        put_header(b, "Access-Control-Allow-Methods", methods);
        put_header(b, "Access-Control-Allow-Headers",
                   "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Order-Token, "
                   "X-CSRF-Token, X-Queue-Pass, X-Request-Id");
        put_header(b, "Access-Control-Max-Age", "600");
    }
}

static const char *header_lines(struct request *r, const char *cache) {
    struct strbuf b;
    strbuf_init(&b, r->http->arena, HEADERS_MAX);
    put_header(&b, "X-Request-Id", r->id);
    put_header(&b, "Cache-Control", cache);
    strbuf_puts(&b, policy_of(r->route));
    if (r->https) put_header(&b, "Strict-Transport-Security", "max-age=31536000");
    put_cors(r, &b);
    strbuf_put(&b, r->headers.data, r->headers.len);
    return b.data;
}

static const char *cache_of(const struct request *r, int status) {
    return r->route != NULL && r->route->cache != NULL && status < 400 ? r->route->cache : "no-store";
}

void answer(struct request *r, int http_status, const char *content_type, const void *body, size_t len) {
    const struct http_answer a = {.status = http_status,
                                  .content_type = content_type,
                                  .headers = header_lines(r, cache_of(r, http_status)),
                                  .body = body,
                                  .len = len};
    http_send(r->http, &a);
}

bool answer_begin(struct request *r, const char *content_type) {
    return http_chunk_begin(r->http, 200, content_type, header_lines(r, cache_of(r, 200)));
}

void answer_file(struct request *r, int fd, int64_t size, const char *content_type) {
    http_send_file(r->http, fd, size, content_type, header_lines(r, cache_of(r, 200)));
}

/* Outcomes that mean something between daemons only. */
static enum status public_status(enum status st) {
    if (st == ST_DRAINING || st == ST_EXPIRED_CALL) return ST_BUSY;
    return status_is_success(st) || st == ST_PARKED ? ST_INTERNAL : st;
}

static void put_status_headers(struct request *r, enum status st) {
    char text[64];
    if (st == ST_UNAUTHENTICATED) header_add(r, "WWW-Authenticate", "Bearer");
    if (st == ST_METHOD_NOT_ALLOWED) {
        methods_write(r->match.allow, text, sizeof text);
        header_add(r, "Allow", text);
    }
    if (st == ST_BUSY || st == ST_RATE_LIMITED || r->retry_after > 0) {
        snprintf(text, sizeof text, "%d", r->retry_after > 0 ? r->retry_after : 1);
        header_add(r, "Retry-After", text);
    }
}

/* Members that begin with the detail have their own instead of the status's. */
static bool has_detail(const char *members, size_t len) {
    static const char detail[] = "{\"detail\":";
    return len >= sizeof detail && memcmp(members, detail, sizeof detail - 1) == 0;
}

void answer_problem(struct request *r, enum status st, const char *extra, size_t extra_len) {
    st = public_status(st);
    bool more = extra != NULL && extra_len > 2 && extra[0] == '{';
    int http_status = status_http(st);
    struct strbuf b;
    struct json_out o = {.b = &b};
    strbuf_init(&b, r->http->arena, PROBLEM_MAX);
    json_obj(&o, NULL);
    json_put_text(&o, "type", "about:blank");
    json_put_text(&o, "title", http_reason(http_status));
    json_put_int(&o, "status", http_status);
    json_put_text(&o, "code", status_code(st));
    if (!more || !has_detail(extra, extra_len)) json_put_text(&o, "detail", status_detail(st, r->lang));
    json_put_text(&o, "request_id", r->id);
    if (more) {
        strbuf_putc(&b, ',');
        strbuf_put(&b, extra + 1, extra_len - 2); /* the members without their braces */
    }
    json_obj_end(&o);
    put_status_headers(r, st);
    answer(r, http_status, "application/problem+json", b.data, b.len);
}

void refuse(struct request *r, enum status st) {
    struct strbuf faults;
    strbuf_init(&faults, r->http->arena, PROBLEM_MAX);
    if (r->faults.n > 0) json_faults_write(&r->faults, r->lang, &faults);
    answer_problem(r, st, faults.data, faults.len);
}
