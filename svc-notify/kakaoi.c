#include "kakaoi.h"

#include <stdlib.h>

#include "common/arena.h"
#include "common/timeutil.h"
#include "kakaoi_answer.h"
#include "kakaoi_request.h"
#include "kakaoi_token.h"
#include "result.h"
#include "wire.h"

enum { PAGES_MAX = 200 /* of one feed: a service that ignores our receipts must not keep us for ever */ };

struct kakaoi {
    struct provider_conf conf;
    struct wire *wire;
    struct kakaoi_token *token;
};

enum { UNAUTHORIZED = 401 };

/* ---- one call ---- */
/* With a token; a second time when the service does not know it any more: refused at the door, nothing was done. All of it within
 * the time of one call. */
static struct trouble call(struct kakaoi *p, struct arena *a, const struct wire_call *c, struct http_reply *reply) {
    int64_t until_ms = wire_until_ms(p->wire);
    *reply = (struct http_reply){.transport = HTTP_NOT_SENT, .body = ""};
    for (int attempt = 1;; attempt++) {
        struct bearer b = kakaoi_token_get(p->token, a, until_ms);
        if (b.header == NULL) return b.trouble;
        const char *headers[] = {b.header, "Content-Type: application/json"};
        struct wire_call one = *c;
        one.headers = headers;
        one.n_headers = 2;
        one.timeout_ms = wire_remaining_ms(until_ms);
        wire_send(p->wire, a, &one, reply);
        if (reply->status != UNAUTHORIZED) return wire_trouble(a, reply);
        kakaoi_token_refused(p->token, b.serial);
        if (attempt == 2) return (struct trouble){"HTTP_401", RESULT_AUTH};
    }
}

/* ---- messages ---- */
static void submit_one(struct kakaoi *p, struct arena *a, struct outgoing *m) {
    struct http_reply reply;
    const char *body = kakaoi_send_body(a, &p->conf, m);
    const struct wire_call c = {.kind = WIRE_SUBMIT,
                                .method = "POST",
                                .path = body == NULL ? NULL : "/v2/send/kakao",
                                .body = body,
                                .about = m->own_id};
    struct trouble trouble = call(p, a, &c, &reply);
    if (trouble.code == NULL)
        kakaoi_read_send(a, reply.body, reply.len, m);
    else
        result_put(m, trouble.result, trouble.code);
    wire_log(p->wire, &c, &reply, m->outcome == SUBMIT_ACCEPTED ? NULL : m->code);
}

static void submit(void *self, struct arena *a, struct outgoing *const *m, size_t n) {
    for (size_t i = 0; i < n; i++) submit_one(self, a, m[i]);
}

static void look_up(void *self, struct arena *a, struct outgoing *m) {
    struct kakaoi *p = self;
    struct http_reply reply;
    const char *body = kakaoi_search_body(a, m);
    const struct wire_call c = {.kind = WIRE_LOOK_UP,
                                .method = "POST",
                                .path = body == NULL ? NULL : "/v2/info/message/search",
                                .body = body,
                                .about = m->own_id};
    struct trouble trouble = call(p, a, &c, &reply);
    if (trouble.code == NULL)
        kakaoi_read_search(a, reply.body, reply.len, m);
    else
        result_put_asked(m, trouble.result, trouble.code);
    wire_log(p->wire, &c, &reply, m->outcome == SUBMIT_RETRY ? m->code : NULL);
}

/* ---- results ---- */
/* A page is a group of results, the same one until it is acknowledged; there may be another behind it. */
static bool feed(void *self, struct arena *a, struct feed *f) {
    struct kakaoi *p = self;
    struct http_reply reply;
    const struct wire_call c = {.kind = WIRE_FEED, .method = "GET", .path = "/v2/info/message/results"};
    const char *code = call(p, a, &c, &reply).code;
    f->receipt = NULL;
    if (code == NULL) code = kakaoi_read_results(a, reply.body, reply.len, f);
    wire_log(p->wire, &c, &reply, code);
    f->page = f->receipt != NULL && f->page + 1 < PAGES_MAX ? f->page + 1 : 0;
    return code == NULL;
}

static bool feed_stored(void *self, struct arena *a, const struct feed *f) {
    struct kakaoi *p = self;
    struct http_reply reply;
    const struct wire_call c = {
        .kind = WIRE_STORED, .method = "PUT", .path = kakaoi_complete_path(a, f->receipt), .about = f->receipt};
    const char *code = call(p, a, &c, &reply).code;
    if (code == NULL) code = kakaoi_read_complete(a, reply.body, reply.len);
    wire_log(p->wire, &c, &reply, code);
    return code == NULL;
}

/* ---- life ---- */
static void kakaoi_close(void *self) {
    struct kakaoi *p = self;
    kakaoi_token_close(&p->token);
    wire_close(&p->wire);
    free(p);
}

bool kakaoi_open(const struct provider_conf *conf, struct provider *out) {
    struct kakaoi *p = calloc(1, sizeof *p);
    if (p == NULL) return false;
    p->conf = *conf;
    p->wire = wire_open("kakaoi", &p->conf);
    p->token = p->wire == NULL ? NULL : kakaoi_token_open(&p->conf, p->wire);
    if (p->token == NULL) {
        kakaoi_close(p);
        return false;
    }
    *out = (struct provider){.name = "kakaoi",
                             .max_batch = 1,
                             .self = p,
                             .submit = submit,
                             .look_up = look_up,
                             .feed = feed,
                             .feed_stored = feed_stored,
                             .close = kakaoi_close};
    return true;
}
