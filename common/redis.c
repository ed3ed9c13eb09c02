#include "redis.h"

#include <hiredis/hiredis.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "metrics.h"
#include "timeutil.h"

#define BREAKER_MS 1000
#define MAX_SCRIPTS 16 /* different ones per connection; the code has fewer */
#define SHA_LEN 40
#define STACK_ARGS 64 /* longer commands take their argument vectors from the heap */

struct loaded {
    const struct redis_script *script;
    char sha[SHA_LEN + 1];
};

struct redis {
    redisContext *ctx; /* NULL: not connected */
    char *host, *user, *password;
    int port, db, timeout_ms;
    struct loaded loaded[MAX_SCRIPTS];
    size_t n_loaded;
};

/* ---- breaker: 0 is closed, else the instant (monotonic ms) at which one caller may probe ---- */

static _Atomic int64_t breaker_until;

static void breaker_trip(const char *reason) {
    if (atomic_exchange(&breaker_until, time_mono_ms() + BREAKER_MS) != 0) return;
    metric_set(metric_get(METRIC_GAUGE, "redis_breaker_open", "", "1 while Redis is left alone"), 1);
    log_warn("redis does not answer, going on without it", "reason", reason);
}

static void breaker_close(void) {
    if (atomic_load(&breaker_until) == 0 || atomic_exchange(&breaker_until, 0) == 0) return;
    metric_set(metric_get(METRIC_GAUGE, "redis_breaker_open", "", "1 while Redis is left alone"), 0);
    log_info("redis answers again");
}

/* True when closed, and for the one caller that becomes the probe of this second. */
static bool breaker_admits(void) {
    int64_t until = atomic_load(&breaker_until);
    if (until == 0) return true;
    int64_t now = time_mono_ms();
    return now >= until && atomic_compare_exchange_strong(&breaker_until, &until, now + BREAKER_MS);
}

/* ---- address ---- */

static bool parse_number(const char *s, int max, int *out) {
    char *end = NULL;
    long v = strtol(s, &end, 10);
    if (end == s || *end || v < 0 || v > max) return false;
    *out = (int)v;
    return true;
}

/* redis://[[user]:password@]host[:port][/db]; cuts `url`, which stays owned by the caller. */
static bool parse_url(struct redis *r, char *url) {
    static const char scheme[] = "redis://";
    if (strncmp(url, scheme, sizeof scheme - 1) != 0) return false;
    char *host = url + sizeof scheme - 1;
    char *at = strrchr(host, '@');
    if (at) {
        *at = '\0';
        char *colon = strchr(host, ':');
        if (!colon) return false;
        *colon = '\0';
        if (*host && !(r->user = strdup(host))) return false;
        if (!(r->password = strdup(colon + 1))) return false;
        host = at + 1;
    }
    char *slash = strchr(host, '/');
    if (slash) {
        *slash = '\0';
        if (slash[1] && !parse_number(slash + 1, 1 << 10, &r->db)) return false;
    }
    char *colon = strrchr(host, ':');
    if (colon) {
        *colon = '\0';
        if (!parse_number(colon + 1, 65535, &r->port)) return false;
    }
    return *host && (r->host = strdup(host));
}

struct redis *redis_open(const char *url, int timeout_ms) {
    struct redis *r = calloc(1, sizeof *r);
    char *copy = strdup(url);
    if (!r || !copy) goto fail;
    r->port = 6379;
    r->timeout_ms = timeout_ms;
    if (!parse_url(r, copy)) {
        log_error("REDIS_URL is not redis://[[user]:password@]host[:port][/db]");
        goto fail;
    }
    free(copy);
    return r;
fail:
    free(copy);
    redis_close(&r);
    return NULL;
}

/* ---- connection ---- */

static void drop(struct redis *r) {
    redisFree(r->ctx);
    r->ctx = NULL;
}

void redis_close(struct redis **r) {
    if (!*r) return;
    drop(*r);
    free((*r)->host);
    free((*r)->user);
    free((*r)->password);
    free(*r);
    *r = NULL;
}

/* NULL: the connection is lost and the breaker open. */
static redisReply *exchange(struct redis *r, int argc, const char **argv, const size_t *len) {
    redisReply *reply = redisCommandArgv(r->ctx, argc, argv, len);
    if (reply) return reply;
    breaker_trip(r->ctx->errstr);
    drop(r);
    return NULL;
}

/* A refusal here (wrong password) is as good as no Redis at all. */
static bool greet(struct redis *r, int argc, const char **argv) {
    redisReply *reply = exchange(r, argc, argv, NULL);
    if (!reply) return false;
    bool ok = reply->type != REDIS_REPLY_ERROR;
    if (!ok) {
        breaker_trip(argv[0]);
        drop(r);
    }
    freeReplyObject(reply);
    return ok;
}

static bool connect_now(struct redis *r) {
    struct timeval limit = {r->timeout_ms / 1000, (r->timeout_ms % 1000) * 1000L};
    r->ctx = redisConnectWithTimeout(r->host, r->port, limit);
    if (!r->ctx) return false;
    if (r->ctx->err || redisSetTimeout(r->ctx, limit) != REDIS_OK) {
        breaker_trip(r->ctx->errstr);
        drop(r);
        return false;
    }
    redisEnableKeepAlive(r->ctx);
    const char *auth[] = {"AUTH", r->user ? r->user : r->password, r->password};
    const char *plain[] = {"AUTH", r->password};
    if (r->password && !(r->user ? greet(r, 3, auth) : greet(r, 2, plain))) return false;
    char db[12];
    snprintf(db, sizeof db, "%d", r->db);
    return r->db == 0 || greet(r, 2, (const char *[]){"SELECT", db});
}

static bool ready(struct redis *r) { return breaker_admits() && (r->ctx || connect_now(r)); }

/* ---- scripts ---- */

/* Learns the script's SHA-1 from the server, once per connection object: it depends on the source alone. */
static const char *script_sha(struct redis *r, const struct redis_script *s) {
    for (size_t i = 0; i < r->n_loaded; i++)
        if (r->loaded[i].script == s) return r->loaded[i].sha;
    if (r->n_loaded == MAX_SCRIPTS) abort();
    const char *load[] = {"SCRIPT", "LOAD", s->source};
    redisReply *reply = exchange(r, 3, load, NULL);
    if (!reply) return NULL;
    breaker_close();
    const char *sha = NULL;
    if (reply->type == REDIS_REPLY_STRING && reply->len == SHA_LEN) {
        struct loaded *l = &r->loaded[r->n_loaded++];
        l->script = s;
        memcpy(l->sha, reply->str, SHA_LEN);
        sha = l->sha;
    } else if (reply->type == REDIS_REPLY_ERROR) {
        log_error("redis refuses a script", "script", s->name, "reason", reply->str);
    }
    freeReplyObject(reply);
    return sha;
}

static bool read_integers(const redisReply *reply, int64_t *out, size_t max, size_t *n) {
    *n = 0;
    if (reply->type == REDIS_REPLY_INTEGER && max > 0) {
        out[(*n)++] = reply->integer;
        return true;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements > max) return false;
    for (size_t i = 0; i < reply->elements; i++) {
        if (reply->element[i]->type != REDIS_REPLY_INTEGER) return false;
        out[(*n)++] = reply->element[i]->integer;
    }
    return true;
}

static bool is_noscript(const redisReply *reply) {
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NOSCRIPT", 8) == 0;
}

/* Sends EVALSHA; when the server has forgotten the script, EVAL, which runs and loads it. */
static redisReply *evaluate(struct redis *r, const struct redis_script *s, const char *sha, int argc, const char **argv,
                            size_t *len) {
    argv[0] = "EVALSHA";
    argv[1] = sha;
    len[0] = strlen(argv[0]);
    len[1] = SHA_LEN;
    redisReply *reply = exchange(r, argc, argv, len);
    if (!reply || !is_noscript(reply)) return reply;
    freeReplyObject(reply);
    argv[0] = "EVAL";
    argv[1] = s->source;
    len[0] = strlen(argv[0]);
    len[1] = strlen(argv[1]);
    return exchange(r, argc, argv, len);
}

/* The command's vectors: `extra` free places in front of the caller's arguments. */
struct vectors {
    const char *stack_argv[STACK_ARGS], **argv, **heap_argv;
    size_t stack_len[STACK_ARGS], *len, *heap_len;
};

static bool vectors_fill(struct vectors *v, int extra, const struct redis_argv *argv, int argc) {
    size_t n = (size_t)extra + (size_t)argc;
    v->heap_argv = n > STACK_ARGS ? malloc(n * sizeof *v->heap_argv) : NULL;
    v->heap_len = n > STACK_ARGS ? malloc(n * sizeof *v->heap_len) : NULL;
    v->argv = v->heap_argv ? v->heap_argv : v->stack_argv;
    v->len = v->heap_len ? v->heap_len : v->stack_len;
    if (n > STACK_ARGS && (!v->heap_argv || !v->heap_len)) return false;
    for (int i = 0; i < argc; i++) {
        v->argv[extra + i] = argv[i].data;
        v->len[extra + i] = argv[i].len;
    }
    return true;
}

static void vectors_free(struct vectors *v) {
    free(v->heap_argv);
    free(v->heap_len);
}

enum redis_rc redis_run(struct redis *r, const struct redis_script *s, int nkeys, const struct redis_argv *argv,
                        int argc, int64_t *out, size_t max, size_t *n) {
    *n = 0;
    if (!ready(r)) return REDIS_DOWN;
    enum redis_rc rc = REDIS_DOWN;
    redisReply *reply = NULL;
    struct vectors v;
    if (!vectors_fill(&v, 3, argv, argc)) goto out;
    const char *sha = script_sha(r, s);
    if (!sha) {
        if (r->ctx) rc = REDIS_FAULT;
        goto out;
    }
    char keys[12];
    v.len[2] = (size_t)snprintf(keys, sizeof keys, "%d", nkeys);
    v.argv[2] = keys;
    reply = evaluate(r, s, sha, argc + 3, v.argv, v.len);
    if (!reply) goto out;
    breaker_close();
    rc = read_integers(reply, out, max, n) ? REDIS_OK_RC : REDIS_FAULT;
    if (rc == REDIS_FAULT)
        log_warn("redis script failed", "script", s->name, "reason",
                 reply->type == REDIS_REPLY_ERROR ? reply->str : "reply is not integers");
out:
    if (reply) freeReplyObject(reply);
    vectors_free(&v);
    return rc;
}
