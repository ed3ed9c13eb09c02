/* answer - putting answers together, and sending them whole or damaged. */
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/metrics.h"
#include "common/rest.h"
#include "calls.h"
#include "routes.h"
#include "shops.h"

#define PAYMENT_BYTES ((size_t)256 * 1024)
#define CODE_BYTES 1024
#define HUGE_PIECES 128 /* of HUGE_PIECE: 8 MiB */
#define HUGE_PIECE ((size_t)64 * 1024)
#define DRIPS 20
#define JSON_TYPE "application/json"

static void set(struct exchange *x, int status, const char *type, const struct strbuf *text) {
    if (!strbuf_ok(text)) {
        answer_code(x, "COMMON_ERROR");
        return;
    }
    x->status = status;
    x->type = type;
    x->text = text->data;
    x->len = text->len;
}

void answer_json(struct exchange *x, int status, const struct strbuf *json) { set(x, status, JSON_TYPE, json); }

void answer_html(struct exchange *x, int status, const struct strbuf *html) {
    /* No form-action: browsers apply it to the redirect that follows the form, which leads to the shop. */
    x->headers = "Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'; img-src data:; "
                 "style-src 'unsafe-inline'; base-uri 'none'\r\n";
    set(x, status, "text/html; charset=utf-8", html);
}

void answer_code(struct exchange *x, const char *name) {
    const struct code *code = code_find(name);
    struct strbuf b;
    struct json_out o = {.b = &b};
    strbuf_init(&b, x->http->arena, CODE_BYTES);
    json_obj(&o, NULL);
    json_put_text(&o, "code", code->name);
    json_put_text(&o, "message", code->message);
    json_obj_end(&o);
    x->status = code->http;
    x->type = JSON_TYPE;
    x->text = b.data;
    x->len = b.len;
}

void answer_view(const struct exchange *x, const struct payment *p, struct payment_view *view) {
    *view = (struct payment_view){.public_url = x->sb->conf->public_url,
                                  .m_id = shops_m_id(x->sb->shops, p->shop),
                                  .clock = &x->sb->clock,
                                  .now = x->now};
}

void answer_payment(struct exchange *x, const struct payment *p) {
    struct payment_view view;
    struct strbuf b;
    struct json_out o = {.b = &b};
    answer_view(x, p, &view);
    strbuf_init(&b, x->http->arena, PAYMENT_BYTES);
    payment_write(&o, NULL, p, &view);
    const struct calls_subject subject = {.payment_key = p->key, .order_id = p->order_id};
    if (x->call != 0) calls_about(x->sb->calls, x->call, &subject);
    answer_json(x, 200, &b);
}

void answer_redirect(struct exchange *x, const char *url) {
    const char *line =
        url != NULL ? arena_printf(x->http->arena, "Cache-Control: no-store\r\nLocation: %s\r\n", url) : NULL;
    if (line == NULL) {
        answer_code(x, "COMMON_ERROR");
        return;
    }
    x->status = 303;
    x->headers = line;
    x->text = "";
    x->len = 0;
}

void answer_bad_gateway(struct exchange *x) {
    static const char page[] = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
                               "Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
    x->status = 502;
    x->type = "text/html";
    x->text = page;
    x->len = sizeof page - 1;
}

/* ---- sending ---- */

typedef void send_fn(struct exchange *x, const struct http_answer *a);

static void send_whole(struct exchange *x, const struct http_answer *a) { http_send(x->http, a); }
static void cut(struct exchange *x, const struct http_answer *a) {
    (void)a;
    http_drop(x->http);
}

static void hold(struct exchange *x, const struct http_answer *a) {
    rest_for(x->sb->rest, x->fault.ms);
    cut(x, a);
}

static void send_half(struct exchange *x, const struct http_answer *a) { http_send_part(x->http, a, a->len / 2); }

static void send_huge(struct exchange *x, const struct http_answer *a) {
    char *piece = arena_alloc(x->http->arena, HUGE_PIECE);
    if (piece == NULL || !http_chunk_begin(x->http, a->status, a->content_type, a->headers)) return;
    memset(piece, 'a', HUGE_PIECE);
    http_chunk(x->http, "{\"paymentKey\":\"", strlen("{\"paymentKey\":\""));
    for (int i = 0; i < HUGE_PIECES && http_chunk(x->http, piece, HUGE_PIECE);) i++;
    http_chunk_end(x->http);
}

static void send_slowly(struct exchange *x, const struct http_answer *a) {
    const char *text = a->body;
    bool alive = http_chunk_begin(x->http, a->status, a->content_type, a->headers);
    for (size_t i = 0; i < DRIPS && alive; i++) {
        size_t from = a->len * i / DRIPS, to = a->len * (i + 1) / DRIPS;
        rest_for(x->sb->rest, x->fault.ms / DRIPS);
        alive = http_chunk(x->http, text + from, to - from);
    }
    http_chunk_end(x->http);
}

static void send_garbage(struct exchange *x, const struct http_answer *a) {
    static const char garbage[] = "<html><body>\xff\xfe 502 {\"code\":</body></html>";
    struct http_answer other = *a;
    other.body = garbage;
    other.len = sizeof garbage - 1;
    http_send(x->http, &other);
}

static send_fn *const send_by_mode[FAULT_MODE_COUNT] = {
    [FAULT_TIMEOUT_AFTER] = hold,    [FAULT_TIMEOUT_BEFORE] = cut,   [FAULT_DROP_AFTER] = cut,
    [FAULT_DROP_BEFORE] = cut,       [FAULT_TRUNCATED] = send_half,  [FAULT_HUGE] = send_huge,
    [FAULT_SLOW_BODY] = send_slowly, [FAULT_GARBAGE] = send_garbage,
};

static const char *headers_of(struct exchange *x) {
    if (x->call == 0 || x->route->api->headers == NULL) return x->headers;
    const char *lines = x->route->api->headers(x);
    return lines != NULL ? lines : "";
}

/* `status` 0: cut */
static void note_answer(struct exchange *x, int status) {
    metric_add(x->sb->answers[status / 100], 1);
    if (x->call != 0) calls_answered(x->sb->calls, x->call, status, x->fault.name);
}

void answer_send(struct exchange *x) {
    const struct http_answer a = {.status = x->status,
                                  .content_type = x->type != NULL ? x->type : JSON_TYPE,
                                  .headers = headers_of(x),
                                  .body = x->text,
                                  .len = x->len};
    send_fn *send = send_by_mode[x->fault.mode];
    /* Noted before it leaves, so that whoever has the answer finds it in the list; of one held back, only when it is given up. */
    if (send != hold) note_answer(x, send == cut ? 0 : x->status);
    (send != NULL ? send : send_whole)(x, &a);
    if (send == hold) note_answer(x, 0);
}
