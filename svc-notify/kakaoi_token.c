#include "kakaoi_token.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/cond.h"
#include "common/crypto.h"
#include "common/timeutil.h"
#include "kakaoi_answer.h"
#include "kakaoi_codes.h"
#include "kakaoi_request.h"

enum { HEADER_MAX = 4096, CODE_MAX = 64, LIFE_MAX_S = 24 * 3600, AGAIN_MS = 10000 };

static const struct trouble no_token = {"NO_TOKEN", RESULT_TEMPORARY};

struct kakaoi_token {
    const struct provider_conf *conf;
    struct wire *wire;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t told;  /* a renewal has ended */
    bool renewing;
    uint64_t attempts;       /* renewals ended, good or bad */
    uint64_t serial;         /* good ones */
    char header[HEADER_MAX]; /* of the last good one */
    int64_t renew_at_ms, ends_at_ms;
    char code[CODE_MAX]; /* why there is none */
    enum result result;
};

/* ---- life ---- */
static void say_why(struct kakaoi_token *t, struct trouble trouble) {
    snprintf(t->code, sizeof t->code, "%s", trouble.code);
    t->result = trouble.result;
}

struct kakaoi_token *kakaoi_token_open(const struct provider_conf *conf, struct wire *w) {
    struct kakaoi_token *t = calloc(1, sizeof *t);
    if (t == NULL) return NULL;
    t->conf = conf;
    t->wire = w;
    say_why(t, no_token);
    pthread_mutex_init(&t->lock, NULL);
    cond_init_monotonic(&t->told);
    return t;
}

void kakaoi_token_close(struct kakaoi_token **t) {
    if (*t == NULL) return;
    pthread_cond_destroy(&(*t)->told);
    pthread_mutex_destroy(&(*t)->lock);
    cleanse((*t)->header, sizeof(*t)->header);
    free(*t);
    *t = NULL;
}

static int64_t now(const struct kakaoi_token *t) { return t->conf->clock != NULL ? t->conf->clock() : time_mono_ms(); }

/* ---- renewal ---- */
struct fetched {
    const char *token; /* NULL: see trouble */
    int seconds;
    struct trouble trouble;
};

/* Whatever keeps us from a token, no message was sent: again later. Only a clear no to our credentials is for the operator. */
static struct trouble refusal(struct arena *a, int status, const char *code) {
    enum result r = kakaoi_api_result(code, NULL);
    bool no = r == RESULT_AUTH || r == RESULT_REJECTED || (status >= 400 && status < 500);
    if (status >= 400) code = wire_status_word(a, status);
    return (struct trouble){code, no ? RESULT_AUTH : RESULT_TEMPORARY};
}

static struct fetched fetch(struct kakaoi_token *t, struct arena *a, int64_t until_ms) {
    struct fetched f = {0};
    struct http_reply reply;
    const char *headers[] = {kakaoi_basic(a, t->conf), "Content-Type: application/x-www-form-urlencoded"};
    const struct wire_call c = {.kind = WIRE_TOKEN,
                                .method = "POST",
                                .path = headers[0] == NULL ? NULL : "/v2/oauth/token",
                                .headers = headers,
                                .n_headers = 2,
                                .body = "grant_type=client_credentials",
                                .timeout_ms = wire_remaining_ms(until_ms)};
    wire_send(t->wire, a, &c, &reply);
    f.trouble = wire_trouble(a, &reply);
    if (f.trouble.code == NULL) {
        const char *code;
        f.token = kakaoi_read_token(a, reply.body, reply.len, &f.seconds, &code);
        if (f.token == NULL) f.trouble = refusal(a, reply.status, code);
    } else if (f.trouble.result != RESULT_RATE) {
        f.trouble.result = RESULT_TEMPORARY;
    }
    wire_log(t->wire, &c, &reply, f.trouble.code);
    return f;
}

/* A token that cannot be renewed early goes on living; the next try is a while off. */
static void keep(struct kakaoi_token *t, const struct fetched *f, int64_t asked_ms) {
    if (f->token == NULL) {
        t->renew_at_ms = now(t) + AGAIN_MS;
        say_why(t, f->trouble);
        return;
    }
    int n = snprintf(t->header, sizeof t->header, "Authorization: Bearer %s", f->token);
    int64_t life_ms = INT64_C(1000) * (f->seconds < LIFE_MAX_S ? f->seconds : LIFE_MAX_S);
    bool whole = n < (int)sizeof t->header;
    t->renew_at_ms = asked_ms + life_ms / 4 * 3;
    t->ends_at_ms = whole ? asked_ms + life_ms : 0;
    t->serial++;
    say_why(t, whole ? no_token : (struct trouble){"LONG_TOKEN", RESULT_TEMPORARY});
}

/* Called and left with the lock held; not held in between. */
static void renew(struct kakaoi_token *t, struct arena *a, int64_t until_ms) {
    t->renewing = true;
    pthread_mutex_unlock(&t->lock);
    int64_t asked_ms = now(t);
    struct fetched f = fetch(t, a, until_ms);
    pthread_mutex_lock(&t->lock);
    keep(t, &f, asked_ms);
    t->attempts++;
    t->renewing = false;
    pthread_cond_broadcast(&t->told);
}

static void wait_until(struct kakaoi_token *t, int64_t until_ms) {
    uint64_t before = t->attempts;
    while (t->attempts == before && cond_wait_until(&t->told, &t->lock, until_ms)) {}
}

/* ---- use ---- */
static struct trouble why_not(struct kakaoi_token *t, struct arena *a) {
    const char *code = arena_strdup(a, t->code);
    return code == NULL ? no_token : (struct trouble){code, t->result};
}

struct bearer kakaoi_token_get(struct kakaoi_token *t, struct arena *a, int64_t until_ms) {
    struct bearer b = {.trouble = no_token};
    pthread_mutex_lock(&t->lock);
    int64_t now_ms = now(t);
    bool alive = now_ms < t->ends_at_ms;
    if (!t->renewing && (!alive || now_ms >= t->renew_at_ms))
        renew(t, a, until_ms);
    else if (!alive)
        wait_until(t, until_ms);
    if (now(t) < t->ends_at_ms)
        b = (struct bearer){.header = arena_strdup(a, t->header), .trouble = b.trouble, .serial = t->serial};
    else if (!t->renewing)
        b.trouble = why_not(t, a);
    pthread_mutex_unlock(&t->lock);
    return b;
}

void kakaoi_token_refused(struct kakaoi_token *t, uint64_t serial) {
    pthread_mutex_lock(&t->lock);
    if (t->serial == serial) t->ends_at_ms = 0;
    pthread_mutex_unlock(&t->lock);
}
