/* kakaoi - see kakaoi.h. Tokens live in memory: after a restart everybody needs a new one, as after a stale one. */
#include "kakaoi.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "calls.h"
#include "dispatch.h"
#include "random_id.h"

#define BODY_MAX ((size_t)256 * 1024)
#define ANSWER_BYTES ((size_t)4 * 1024 * 1024)
#define TOKENS_MAX 64 /* the oldest gives way */

struct kakaoi {
    pthread_mutex_t lock;
    size_t next;
    struct token {
        char text[TOKEN_LEN + 1];
        int64_t expires_at;
    } token[TOKENS_MAX];
};

struct kakaoi *kakaoi_open(void) {
    struct kakaoi *k = calloc(1, sizeof *k);
    if (k != NULL) pthread_mutex_init(&k->lock, NULL);
    return k;
}

void kakaoi_close(struct kakaoi **k) {
    if (*k == NULL) return;
    pthread_mutex_destroy(&(*k)->lock);
    free(*k);
    *k = NULL;
}

void kakaoi_new_token(struct kakaoi *k, int64_t expires_at, char token[TOKEN_LEN + 1]) {
    random_id(token, "", ID_ALNUM, TOKEN_LEN);
    pthread_mutex_lock(&k->lock);
    struct token *t = &k->token[k->next++ % TOKENS_MAX];
    memcpy(t->text, token, sizeof t->text);
    t->expires_at = expires_at;
    pthread_mutex_unlock(&k->lock);
}

static bool token_valid(struct kakaoi *k, const char *token, int64_t now) {
    bool valid = false;
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < TOKENS_MAX; i++)
        valid = valid || (now < k->token[i].expires_at && strcmp(k->token[i].text, token) == 0);
    pthread_mutex_unlock(&k->lock);
    return valid;
}

/* ---- answers ---- */

void kakaoi_begin(struct exchange *x, struct strbuf *b, struct json_out *o, const char *code) {
    strbuf_init(b, x->http->arena, ANSWER_BYTES);
    *o = (struct json_out){.b = b};
    json_obj(o, NULL);
    json_put_text(o, "code", code);
}

void kakaoi_answer_send(struct exchange *x, const char *code, const char *detail, const char *uid, const char *cid) {
    struct strbuf b;
    struct json_out o;
    const struct code *c = codebook_find(&kakaoi_codes, detail);
    kakaoi_begin(x, &b, &o, code);
    if (uid != NULL) json_put_text(&o, "uid", uid);
    if (cid != NULL) json_put_text(&o, "cid", cid);
    json_obj(&o, "result");
    json_put_text(&o, "detail_code", detail);
    json_put_text(&o, "detail_message", c->message);
    json_obj_end(&o);
    json_obj_end(&o);
    answer_json(x, c->http, &b);
}

/* The short code is the number of API_…; the sender's own mistakes are 400. */
void kakaoi_answer(struct exchange *x, const char *detail) {
    const char *number = strncmp(detail, "API_", 4) == 0 ? detail + 4 : "400";
    kakaoi_answer_send(x, number, detail, NULL, NULL);
}

static void refuse(struct exchange *x, const struct code *code) { kakaoi_answer(x, code->name); }

/* ---- what every call has to pass ---- */

static bool signed_in(struct exchange *x) {
    static const char scheme[] = "Bearer ";
    const char *given = http_header(x->http, "Authorization");
    return given != NULL && strncmp(given, scheme, strlen(scheme)) == 0 &&
           token_valid(x->sb->kakaoi, given + strlen(scheme), x->now);
}

static void serve(struct exchange *x) {
    const bool is_form = x->route->serve == kakaoi_token;
    if (!is_form && !signed_in(x))
        kakaoi_answer(x, "API_401");
    else if (!is_form && x->malformed)
        kakaoi_answer(x, "API_400");
    else
        dispatch_execute(x, x->fault.mode == FAULT_ERROR ? x->fault.code : NULL);
}

static void note(struct exchange *x) {
    struct json_faults ignored = {0};
    struct json_in in = x->in;
    in.faults = &ignored;
    const struct calls_subject subject = {.own_id = json_text(&in, "cid", 1, 100, JSON_OPTIONAL)};
    calls_about(x->sb->calls, x->call, &subject);
}

const struct api kakaoi_api = {.body_max = BODY_MAX, .note = note, .serve = serve, .refuse = refuse};
