#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "consumer_store.h"
#include "db.h"
#include "events.h"
#include "json.h"
#include "log.h"
#include "metrics.h"
#include "timeutil.h"

#define BATCH 100
#define MAX_FAILURES 5
#define PULL_TIMEOUT_MS 3000
#define IDLE_MS 1000
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 5000
#define ARENA_MAX ((size_t)8 * 1024 * 1024)
#define PAYLOAD_MAX ((size_t)1024 * 1024)
#define LANE "internal"

struct consumer {
    struct consumer_conf conf;
    struct arena *arena; /* of one round */
    pthread_t thread;
    pthread_mutex_t lock; /* guards stop and nudged */
    pthread_cond_t wake;
    bool stop, nudged;
    bool placed;                    /* cursor is what the database says */
    char cursor[EVENT_CURSOR_MAX];  /* of the last event applied */
    char suspect[EVENT_CURSOR_MAX]; /* event that failed last, and how often */
    int failures;
    struct metric *applied, *parked;
};

enum round {             /* how a round went, and so when the next one comes */
             ROUND_MORE, /* something was applied: there may be more */
             ROUND_IDLE, /* nothing new */
             ROUND_FAILED
};

/* ---- pulling ---- */

static bool pull(struct consumer *c, struct bus_reply *reply) {
    char body[EVENT_CURSOR_MAX + 40];
    int n = snprintf(body, sizeof body, "{\"after\":\"%s\",\"limit\":%d}", c->cursor, BATCH);
    struct bus_head head = {.op = "events.pull",
                            .request_id = c->conf.name,
                            .idem_key = "",
                            .path = "",
                            .deadline_ms = time_now_ms() + PULL_TIMEOUT_MS,
                            .role = ROLE_SERVICE,
                            .scope = "*",
                            .client = "",
                            .body = body,
                            .body_len = (size_t)n};
    bus_call(c->conf.bus, c->conf.service, LANE, &head, c->arena, reply);
    return reply->status == ST_OK;
}

/* Reads the page into events; -1: not the answer of an events.pull. */
static int read_page(struct consumer *c, const struct bus_reply *reply, struct event events[BATCH]) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    if (json_open(&in, c->arena, &faults, reply->body, reply->body_len, false) != ST_OK) return -1;
    size_t n = json_array(&in, "events", 0, BATCH, JSON_REQUIRED);
    for (size_t i = 0; i < n; i++) {
        struct json_in item;
        if (!json_item(&in, "events", i, &item)) return -1;
        events[i] = (struct event){.cursor = json_text(&item, "cursor", 3, EVENT_CURSOR_MAX - 1, JSON_REQUIRED),
                                   .type = json_text(&item, "type", 1, 100, JSON_REQUIRED),
                                   .entity = json_text(&item, "entity", 0, 200, JSON_REQUIRED),
                                   .version = json_int(&item, "version", 0, INT64_MAX, JSON_REQUIRED),
                                   .payload = json_raw(&item, "payload", PAYLOAD_MAX)};
        if (!events[i].payload) return -1;
    }
    return faults.n ? -1 : (int)n;
}

/* ---- applying: effects and cursor in one transaction, so that no crash can part them ---- */

/* Applies n events and moves the cursor behind the last. *culprit: the event that failed, -1 when it was none of them. */
static enum db_rc apply(struct consumer *c, const struct event *e, int n, int *culprit) {
    const struct consumer_conf *conf = &c->conf;
    *culprit = -1;
    enum db_rc rc = db_begin(conf->db);
    if (rc != DB_OK) return rc;
    bool stands = false;
    rc = consumer_store_lock(conf->db, conf->name, conf->service, c->cursor, &stands);
    if (rc == DB_OK && !stands) rc = DB_RETRY; /* another replica was faster: read the cursor again */
    for (int i = 0; i < n && rc == DB_OK; i++) {
        rc = (enum db_rc)conf->apply(conf->arg, conf->db, c->arena, &e[i]);
        if (rc != DB_OK) *culprit = i;
    }
    if (rc == DB_OK) rc = consumer_store_move(conf->db, conf->name, conf->service, e[n - 1].cursor);
    if (rc == DB_OK) rc = db_commit(conf->db);
    if (rc != DB_OK) {
        db_rollback(conf->db);
        c->placed = false;
        return rc;
    }
    snprintf(c->cursor, sizeof c->cursor, "%s", e[n - 1].cursor);
    metric_add(c->applied, n);
    return DB_OK;
}

/* The database's own trouble says nothing about the event. */
static bool is_transient(enum db_rc rc) { return rc == DB_LOST || rc == DB_RETRY || rc == DB_TIMEOUT; }

static enum db_rc park(struct consumer *c, const struct event *e) {
    const struct consumer_conf *conf = &c->conf;
    char error[64];
    snprintf(error, sizeof error, "sqlstate %s", *db_sqlstate(conf->db) ? db_sqlstate(conf->db) : "none");
    enum db_rc rc = db_begin(conf->db);
    if (rc != DB_OK) return rc;
    bool stands = false;
    rc = consumer_store_lock(conf->db, conf->name, conf->service, c->cursor, &stands);
    if (rc == DB_OK && !stands) rc = DB_RETRY;
    if (rc == DB_OK) rc = consumer_store_park(conf->db, c->arena, conf->name, conf->service, e, error);
    if (rc == DB_OK) rc = consumer_store_move(conf->db, conf->name, conf->service, e->cursor);
    if (rc == DB_OK) rc = db_commit(conf->db);
    if (rc != DB_OK) {
        db_rollback(conf->db);
        return rc;
    }
    log_error("event parked", "consumer", conf->name, "source", conf->service, "cursor", e->cursor, "type", e->type,
              "entity", e->entity, "error", error);
    metric_add(c->parked, 1);
    snprintf(c->cursor, sizeof c->cursor, "%s", e->cursor);
    c->placed = true;
    return DB_OK;
}

/* True when the event has now failed often enough. */
static bool note_failure(struct consumer *c, const struct event *e) {
    if (strcmp(c->suspect, e->cursor) != 0) {
        snprintf(c->suspect, sizeof c->suspect, "%s", e->cursor);
        c->failures = 0;
    }
    return ++c->failures >= MAX_FAILURES;
}

/* All at once; when one of them fails, one by one up to it. */
static enum round apply_page(struct consumer *c, const struct event *e, int n) {
    int culprit = -1;
    enum db_rc rc = apply(c, e, n, &culprit);
    if (rc == DB_OK) return ROUND_MORE;
    if (culprit < 0 || is_transient(rc)) return ROUND_FAILED;
    if (culprit > 0) return apply_page(c, e, culprit); /* the ones before it; next round begins with the culprit */
    log_warn("event cannot be applied", "consumer", c->conf.name, "cursor", e->cursor, "type", e->type, "entity",
             e->entity);
    return note_failure(c, e) && park(c, e) == DB_OK ? ROUND_MORE : ROUND_FAILED;
}

static enum round run_round(struct consumer *c) {
    arena_reset(c->arena);
    if (!c->placed && consumer_store_cursor(c->conf.db, c->conf.name, c->conf.service, c->cursor) != DB_OK)
        return ROUND_FAILED;
    c->placed = true;
    struct bus_reply reply = {.status = ST_INTERNAL};
    if (!pull(c, &reply)) return ROUND_FAILED;
    struct event events[BATCH];
    int n = read_page(c, &reply, events);
    if (n < 0) {
        log_error("events cannot be read", "consumer", c->conf.name, "source", c->conf.service);
        return ROUND_FAILED;
    }
    return n == 0 ? ROUND_IDLE : apply_page(c, events, n);
}

/* ---- thread ---- */

/* Sleeps until a nudge, the end, or `ms`. False: time to end. */
static bool rest(struct consumer *c, int64_t ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&c->lock);
    while (!c->stop && !c->nudged && pthread_cond_timedwait(&c->wake, &c->lock, &until) == 0) {}
    c->nudged = false;
    bool go_on = !c->stop;
    pthread_mutex_unlock(&c->lock);
    return go_on;
}

static void *consume(void *arg) {
    struct consumer *c = arg;
    int64_t backoff = BACKOFF_FIRST_MS, pause = 0;
    while (rest(c, pause)) {
        enum round outcome = run_round(c);
        pause = outcome == ROUND_MORE ? 0 : outcome == ROUND_IDLE ? IDLE_MS : backoff;
        backoff = outcome != ROUND_FAILED        ? BACKOFF_FIRST_MS
                  : backoff * 2 < BACKOFF_MAX_MS ? backoff * 2
                                                 : BACKOFF_MAX_MS;
    }
    return NULL;
}

struct consumer *consumer_start(const struct consumer_conf *conf) {
    struct consumer *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->conf = *conf;
    c->arena = arena_new(ARENA_MAX);
    char labels[96];
    snprintf(labels, sizeof labels, "consumer=\"%s\",source=\"%s\"", conf->name, conf->service);
    c->applied = metric_get(METRIC_COUNTER, "events_applied_total", labels, "Events applied");
    c->parked = metric_get(METRIC_COUNTER, "events_parked_total", labels, "Events given up and parked");
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&c->lock, NULL);
    if (c->arena && pthread_create(&c->thread, NULL, consume, c) == 0) return c;
    arena_free(&c->arena);
    free(c);
    return NULL;
}

void consumer_nudge(struct consumer *c) {
    pthread_mutex_lock(&c->lock);
    c->nudged = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

void consumer_stop(struct consumer **consumer) {
    struct consumer *c = *consumer;
    if (!c) return;
    pthread_mutex_lock(&c->lock);
    c->stop = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    arena_free(&c->arena);
    free(c);
    *consumer = NULL;
}
