#include "nhn.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/arena.h"
#include "common/crypto.h"
#include "common/log.h"
#include "nhn_answer.h"
#include "nhn_request.h"
#include "result.h"
#include "template.h"
#include "wire.h"

/* 1,000 are allowed. An answer that gets lost leaves all of its messages to be looked up, one by one. */
enum { BATCH = 100, SECRET_HEADER_MAX = 256, PAGES_MAX = 1000 };

struct nhn {
    struct provider_conf conf;
    struct wire *wire;
    char secret[SECRET_HEADER_MAX]; /* header */
};

#define CONTENT_TYPE "Content-Type: application/json;charset=UTF-8"

/* ---- submit ---- */
static const char *first_code(struct outgoing *const *m, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (m[i]->code != NULL) return m[i]->code;
    return NULL;
}

/* A key that was used within 10 minutes is refused (-1005), not answered again: libcurl's own repetition over a dead connection,
 * too, ends in a look-up. */
static void submit(void *self, struct arena *a, struct outgoing *const *m, size_t n) {
    struct nhn *p = self;
    struct http_reply reply;
    const char *body = nhn_submit_body(a, &p->conf, m, n);
    const char *key = arena_printf(a, "X-NC-API-IDEMPOTENCY-KEY: %s", m[0]->key);
    const char *headers[] = {p->secret, CONTENT_TYPE, key};
    const struct wire_call c = {.kind = WIRE_SUBMIT,
                                .method = "POST",
                                .path = body == NULL || key == NULL ? NULL : nhn_messages_path(a, &p->conf),
                                .headers = headers,
                                .n_headers = 3,
                                .body = body,
                                .about = m[0]->key};
    wire_send(p->wire, a, &c, &reply);
    struct trouble trouble = wire_trouble(a, &reply);
    for (size_t i = 0; trouble.code != NULL && i < n; i++) result_put(m[i], trouble.result, trouble.code);
    if (trouble.code == NULL) nhn_read_submit(a, reply.body, reply.len, m, n);
    wire_log(p->wire, &c, &reply, first_code(m, n));
}

/* ---- what only asks ---- */
static struct trouble ask(struct nhn *p, struct arena *a, const struct wire_call *c, struct http_reply *reply) {
    const char *headers[] = {p->secret, CONTENT_TYPE};
    struct wire_call get = *c;
    get.method = "GET";
    get.headers = headers;
    get.n_headers = 2;
    wire_send(p->wire, a, &get, reply);
    return wire_trouble(a, reply);
}

static void look_up(void *self, struct arena *a, struct outgoing *m) {
    struct nhn *p = self;
    struct http_reply reply;
    const struct wire_call c = {.kind = WIRE_LOOK_UP, .path = nhn_look_up_path(a, &p->conf, m), .about = m->own_id};
    struct trouble trouble = ask(p, a, &c, &reply);
    if (trouble.code == NULL)
        nhn_read_look_up(a, reply.body, reply.len, m);
    else
        result_put_asked(m, trouble.result, trouble.code);
    wire_log(p->wire, &c, &reply, m->outcome == SUBMIT_RETRY ? m->code : NULL);
}

static bool feed(void *self, struct arena *a, struct feed *f) {
    struct nhn *p = self;
    struct http_reply reply;
    size_t whole = 0;
    const struct wire_call c = {.kind = WIRE_FEED,
                                .path = nhn_feed_path(a, &p->conf, f->from_ms, f->to_ms, f->page + 1)};
    const char *code = ask(p, a, &c, &reply).code;
    if (code == NULL) code = nhn_read_feed(a, reply.body, reply.len, f, &whole);
    wire_log(p->wire, &c, &reply, code);
    f->receipt = NULL;
    f->page = code == NULL && whole >= NHN_FEED_ROWS && f->page + 1 < PAGES_MAX ? f->page + 1 : 0;
    return code == NULL;
}

static const char *check_template(void *self, struct arena *a, const struct template *t) {
    struct nhn *p = self;
    struct http_reply reply;
    const struct wire_call c = {.kind = WIRE_TEMPLATE, .path = nhn_template_path(a, &p->conf, t), .about = t->code};
    const char *code = ask(p, a, &c, &reply).code;
    wire_log(p->wire, &c, &reply, code);
    return code == NULL ? nhn_read_template(a, reply.body, reply.len, t) : code;
}

/* ---- life ---- */
static void nhn_close(void *self) {
    struct nhn *p = self;
    wire_close(&p->wire);
    cleanse(p->secret, sizeof p->secret);
    free(p);
}

bool nhn_open(const struct provider_conf *conf, struct provider *out) {
    struct nhn *p = calloc(1, sizeof *p);
    if (p == NULL) return false;
    p->conf = *conf;
    int n = snprintf(p->secret, sizeof p->secret, "X-Secret-Key: %s", conf->secret_key);
    if (n >= (int)sizeof p->secret)
        log_error("setting refused", "setting", "ALIMTALK_SECRET_KEY", "reason", "too long");
    p->wire = n < (int)sizeof p->secret ? wire_open("nhn", &p->conf) : NULL;
    if (p->wire == NULL) {
        nhn_close(p);
        return false;
    }
    *out = (struct provider){.name = "nhn",
                             .max_batch = BATCH,
                             .self = p,
                             .submit = submit,
                             .look_up = look_up,
                             .feed = feed,
                             .check_template = check_template,
                             .close = nhn_close};
    return true;
}
