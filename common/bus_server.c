#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bus_server_int.h"
#include "log.h"
#include "metrics.h"
#include "timeutil.h"

#define SPARE_TALKS 32 /* so that even with all queues full the next caller hears BUSY at once */
#define MAX_TALKS 512
/* nng closes without waiting for what it still has to write; and a caller that gets no processor for a moment sends until it has
 * read that we leave: what comes after the close has an outcome that nobody knows. */
#define LEAVE_MS 500
#define STOP_MS 500
#define POLL_MS 5
#define TELL_EVERY_MS 1000
#define SLOW_US 1000000

/* Its queue holds every message there can be, as refusals wait in it too. */
static const struct bus_pool common_pool = {.name = "common", .workers = 1, .queue = INT_MAX / 2};

static void sleep_ms(int ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

const struct caller *find_caller(const struct bus_server *s, const char *service) {
    for (size_t i = 0; i < s->n_callers; i++)
        if (strcmp(s->callers[i].service, service) == 0) return &s->callers[i];
    return NULL;
}

/* ---- answering ---- */

static size_t op_index(const struct bus_server *s, const struct bus_op *op) {
    if (op == NULL) return s->conf.n_ops + bus_n_common_ops;
    return op->pool == COMMON_POOL ? s->conf.n_ops + (size_t)(op - bus_common_ops) : (size_t)(op - s->conf.ops);
}

/* One log line and the metrics of a finished call. */
static void account(const struct request *r) {
    struct bus_server *s = r->message->server;
    const char *op = r->pub.op != NULL ? r->pub.op->name : "unknown";
    struct op_metrics *om = &s->metrics[op_index(s, r->pub.op)];
    struct metric *count = atomic_load(&om->count[r->status]), *seconds = atomic_load(&om->seconds);
    char label[160];
    if (count == NULL) {
        snprintf(label, sizeof label, "op=\"%s\",status=\"%s\"", op, status_code(r->status));
        count = metric_get(METRIC_COUNTER, "bus_requests_total", label, "Calls answered");
        atomic_store(&om->count[r->status], count);
    }
    if (seconds == NULL) {
        snprintf(label, sizeof label, "op=\"%s\"", op);
        seconds = metric_get(METRIC_HISTOGRAM, "bus_seconds", label, "From the worker to the answer");
        atomic_store(&om->seconds, seconds);
    }
    int64_t us = time_mono_us() - r->since_us;
    metric_add(count, 1);
    metric_observe_us(seconds, us);
    struct log_ctx ctx = {.request_id = r->pub.head.request_id, .user_id = r->pub.head.user_id};
    enum log_level level = r->status == ST_INTERNAL ? LOG_ERROR : us > SLOW_US ? LOG_WARNING : LOG_DEBUG;
    log_write(level, &ctx, us > SLOW_US ? "slow call" : "call", "op", op, "status", status_code(r->status), NULL);
}

static void send_reply(struct message *m) {
    size_t frames = 0;
    for (const struct request *r = m->requests; r != NULL; r = r->next) frames += env_answer_size(r->body_len);
    struct tp_msg *reply = tp_msg_new(env_size(m->caller->service, m->env.n, frames));
    struct tp_talk *talk = m->talk;
    if (reply == NULL) {
        message_refuse(m, ST_INTERNAL);
        return;
    }
    struct env_writer w;
    uint8_t mac[HMAC_LEN];
    env_begin(&w, tp_msg_data(reply), ENV_REPLY, m->caller->service, m->env.n);
    for (const struct request *r = m->requests; r != NULL; r = r->next)
        env_answer_write(env_frame(&w, env_answer_size(r->body_len)), r->status, r->retry_after, r->body, r->body_len);
    env_sign(&w, m->caller->key, m->env.mac, mac);
    tp_answer(talk, reply);
    message_free(m);
}

void message_begin(struct message *m) {
    atomic_store(&m->bytes, env_size(m->caller->service, m->env.n, m->env.n * ENV_ANSWER_HEAD));
    atomic_store(&m->unanswered, m->env.n);
}

void request_answer(struct request *r, enum status st, const char *body, size_t len, int retry_after) {
    struct message *m = r->message;
    if (st < 0 || st >= ST_COUNT || st == ST_PARKED || atomic_fetch_add(&m->bytes, len) + len > ENV_MAX_MESSAGE) {
        atomic_fetch_sub(&m->bytes, len);
        st = ST_INTERNAL;
        len = 0;
    }
    r->status = st;
    r->retry_after = retry_after < 0 ? 0 : retry_after > UINT16_MAX ? UINT16_MAX : retry_after;
    r->body = body;
    r->body_len = len;
    account(r);
    if (atomic_fetch_sub(&m->unanswered, 1) == 1) send_reply(m);
}

void bus_reply(struct bus_req *req, enum status st, const char *body, size_t len, int retry_after) {
    char *copy = len > 0 ? arena_alloc(req->arena, len) : NULL;
    if (copy != NULL)
        memcpy(copy, body, len);
    else if (len > 0)
        st = ST_INTERNAL;
    request_answer((struct request *)req, st, copy, copy != NULL ? len : 0, retry_after);
}

static void send_alike(struct message *m, enum env_kind kind, const struct caller *c, size_t n, enum status st) {
    const char *name = c != NULL ? c->service : "";
    struct tp_msg *reply = tp_msg_new(env_size(name, n, n * ENV_ANSWER_HEAD));
    if (reply == NULL) { /* the caller refuses its own bytes, but the talk must go on */
        reply = m->raw;
        m->raw = NULL;
        tp_answer(m->talk, reply);
        message_free(m);
        return;
    }
    struct env_writer w;
    uint8_t mac[HMAC_LEN];
    env_begin(&w, tp_msg_data(reply), kind, name, n);
    for (size_t i = 0; i < n; i++) env_answer_write(env_frame(&w, ENV_ANSWER_HEAD), st, 1, NULL, 0);
    env_sign(&w, c != NULL ? c->key : NULL, c != NULL ? m->env.mac : NULL, mac);
    tp_answer(m->talk, reply);
    message_free(m);
}

void message_refuse(struct message *m, enum status st) { send_alike(m, ENV_REFUSAL, NULL, 1, st); }

void message_answer_all(struct message *m, const struct caller *c, enum status st) {
    send_alike(m, ENV_REPLY, c, m->env.n, st);
}

/* ---- receiving ---- */

void tell_refusal(struct bus_server *s, const char *reason, const char *caller) {
    int64_t now = time_mono_ms(), told = atomic_load(&s->told_ms);
    if (now - told >= TELL_EVERY_MS && atomic_compare_exchange_strong(&s->told_ms, &told, now))
        log_warn("message refused", "reason", reason, "caller", caller);
}

static struct pool *pool_of(struct bus_server *s, const struct bus_op *op) {
    return &s->pools[op != NULL && op->pool != COMMON_POOL ? (size_t)op->pool : s->n_pools - 1];
}

/* Refusals leave from a worker too: a reply sent in the middle of nng's receive path can leave a dying connection half closed for
 * ever (nng 1.5.2), and with it the thread that closes connections. */
static void refuse_later(struct message *m, const struct caller *c, enum status st) {
    m->caller = c;
    m->verdict = st;
    if (!pool_push(&m->server->pools[m->server->n_pools - 1], m)) message_free(m);
}

/* On a thread of the transport: looks at nothing but the head and chooses a queue. A wrong guess from unbelieved bytes costs the
 * sender, not us: the worker checks everything again. */
static void on_question(void *arg, struct tp_talk *talk, struct tp_msg *raw) {
    struct bus_server *s = arg;
    struct message *m = message_new(s, talk, raw);
    if (m == NULL) {
        tp_answer(talk, raw);
        return;
    }
    atomic_fetch_add(&s->running, 1);
    enum env_fault fault = env_open(&m->env, tp_msg_data(raw), tp_msg_len(raw));
    if (fault != ENV_OK) {
        tell_refusal(s, fault == ENV_BAD_VERSION ? "foreign version" : "shape", "?");
        refuse_later(m, NULL, ST_BAD_REQUEST);
        return;
    }
    const char *name = env_peek_op(&m->env);
    const struct bus_op *op = name != NULL ? find_op(s, name) : NULL;
    const struct caller *caller = find_caller(s, m->env.caller);
    struct pool *pool = pool_of(s, op);
    bool common = pool == &s->pools[s->n_pools - 1];
    if (caller == NULL) {
        tell_refusal(s, "unknown caller", "?");
        refuse_later(m, NULL, ST_UNAUTHENTICATED);
    } else if (atomic_load(&s->draining) && !common) {
        refuse_later(m, caller, ST_DRAINING);
    } else if (!pool_push(pool, m)) {
        refuse_later(m, caller, ST_BUSY);
    }
}

/* ---- life ---- */

static void server_free(struct bus_server *s) {
    tp_server_close(&s->transport);
    for (size_t i = 0; i < s->n_pools; i++) pool_free(&s->pools[i]);
    for (size_t i = 0; i < s->n_callers; i++) {
        hmac_key_free(&s->callers[i].key);
        free(s->callers[i].service);
    }
    spare_free(s);
    pthread_mutex_destroy(&s->spare_lock);
    free(s->pools);
    free(s->callers);
    free(s->metrics);
    free(s);
}

static int open_callers(struct bus_server *s) {
    for (; s->n_callers < s->conf.n_keys; s->n_callers++) {
        const struct bus_key *k = &s->conf.keys[s->n_callers];
        struct caller *c = &s->callers[s->n_callers];
        c->service = strdup(k->service);
        c->key = hmac_key_new(k->key, strlen(k->key));
        if (c->service == NULL || c->key == NULL) return -1;
    }
    return 0;
}

static int open_pools(struct bus_server *s) {
    size_t n = s->conf.n_pools + 1;
    for (; s->n_pools < n; s->n_pools++) {
        const struct bus_pool *conf = s->n_pools < n - 1 ? &s->conf.pools[s->n_pools] : &common_pool;
        if (pool_open(&s->pools[s->n_pools], s, conf) != 0) return -1;
    }
    return 0;
}

static size_t talks_needed(const struct bus_server_conf *conf) {
    size_t n = SPARE_TALKS;
    for (size_t i = 0; i < conf->n_pools; i++) n += (size_t)(conf->pools[i].queue + conf->pools[i].workers);
    return n < MAX_TALKS ? n : MAX_TALKS;
}

struct bus_server *bus_server_start(const struct bus_server_conf *conf) {
    struct bus_server *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->conf = *conf;
    s->started_ms = time_mono_ms();
    pthread_mutex_init(&s->spare_lock, NULL);
    s->pools = calloc(conf->n_pools + 1, sizeof *s->pools);
    s->callers = calloc(conf->n_keys + 1, sizeof *s->callers);
    s->metrics = calloc(conf->n_ops + bus_n_common_ops + 1, sizeof *s->metrics);
    bool good =
        s->pools != NULL && s->callers != NULL && s->metrics != NULL && open_callers(s) == 0 && open_pools(s) == 0;
    if (good) s->transport = tp_server_open(conf->listen, talks_needed(conf), on_question, s);
    if (s->transport == NULL) {
        log_error("cannot start the bus server", "listen", conf->listen);
        bus_server_stop(&s);
    }
    return s;
}

static bool wait_answered(struct bus_server *s, int ms) {
    int64_t end = time_mono_ms() + ms;
    while (atomic_load(&s->running) > 0 && time_mono_ms() < end) sleep_ms(POLL_MS);
    return atomic_load(&s->running) == 0;
}

void bus_server_drain(struct bus_server *s, int ms) {
    atomic_store(&s->draining, true);
    if (!wait_answered(s, ms)) log_warn("calls are still running at the end of the drain");
    sleep_ms(LEAVE_MS);
}

/* A request parked for longer than this may still be answered by somebody: then the server stays in memory, as the process ends. */
void bus_server_stop(struct bus_server **sp) {
    struct bus_server *s = *sp;
    *sp = NULL;
    if (s == NULL) return;
    atomic_store(&s->draining, true);
    for (size_t i = 0; i < s->n_pools; i++) pool_stop(&s->pools[i]);
    if (wait_answered(s, STOP_MS))
        server_free(s);
    else
        log_warn("the bus server stops with unanswered calls");
}
