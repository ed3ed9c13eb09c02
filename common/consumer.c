#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "consumer_store.h"
#include "db.h"
#include "events.h"
#include "json.h"
#include "log.h"
#include "metrics.h"
#include "rest.h"
#include "timeutil.h"

#define PAGE_DEFAULT 200
#define PAGE_MAX 500
#define MAX_FAILURES 5
#define PULL_TIMEOUT_MS 3000
#define IDLE_MS 200
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 5000
#define STANDS_MS 60000 /* a stream that fails and is so far behind is an error, told so often */
#define ARENA_MAX ((size_t)64 * 1024 * 1024)
#define PAYLOAD_MAX ((size_t)1024 * 1024)
#define LANE "internal"
#define STATE_CANCELLED "57014"

struct consumer {
    struct consumer_conf conf;
    struct arena *arena; /* of one round */
    pthread_t thread;
    struct rest *rest;
    char *types, *fields;          /* wanted ones, as members of the body of every pull */
    bool placed;                   /* cursor is what the database says */
    char cursor[EVENT_CURSOR_MAX]; /* up to where everything is applied */
    int failures;                  /* of the event behind the cursor, since it is the next one */
    int small;                     /* pages of one event still to be pulled, after one that could not be read */
    int64_t behind_since;          /* wall clock: all facts until then are applied */
    int64_t told;                  /* that the stream stands */
    struct metric *applied, *parked, *lag;
};

enum round {             /* how a round went, and so when the next one comes */
             ROUND_MORE, /* there is more behind what was applied */
             ROUND_IDLE, /* that was all */
             ROUND_FAILED
};

struct page {
    struct event events[PAGE_MAX];
    size_t n;
    const char *cursor; /* behind all that was looked at */
    bool more;
};

/* ---- pulling ---- */

/* Up to `limit` events; without payloads even those whose payload nobody can read. */
static bool pull(struct consumer *c, int limit, bool payloads, struct bus_reply *reply) {
    const char *body = arena_printf(c->arena, "{\"after\":\"%s\",\"limit\":%d%s%s%s}", c->cursor, limit,
                                    payloads ? "" : ",\"payloads\":false", c->types, c->fields);
    if (!body) return false;
    const struct bus_head head = bus_service_head("events.pull", c->conf.name, body, strlen(body), PULL_TIMEOUT_MS);
    bus_call(c->conf.bus, c->conf.service, LANE, &head, c->arena, reply);
    return reply->status == ST_OK;
}

static bool read_event(const struct consumer *c, struct json_in *item, bool payloads, struct event *e) {
    const char *at = json_text(item, "created_at", 1, RFC3339_LEN, JSON_REQUIRED);
    *e = (struct event){.source = c->conf.service,
                        .cursor = json_text(item, "cursor", 3, EVENT_CURSOR_MAX - 1, JSON_REQUIRED),
                        .type = json_text(item, "type", 1, 100, JSON_REQUIRED),
                        .entity = json_text(item, "entity", 0, 200, JSON_REQUIRED),
                        .version = json_int(item, "version", 0, INT64_MAX, JSON_REQUIRED),
                        .payload = payloads ? json_raw(item, "payload", PAYLOAD_MAX) : "null"};
    return at && time_parse_rfc3339(at, &e->created_ms) && (!payloads || json_has(item, "payload"));
}

/* False: not the answer of an events.pull. A page is as long as a message can be, and no text has more values than bytes. */
static bool read_page(struct consumer *c, const struct bus_reply *reply, bool payloads, struct page *page) {
    const struct json_limits limits = {.values = BUS_MAX_MESSAGE, .members = 64};
    struct json_faults faults = {.n = 0};
    struct json_in in, item;
    if (json_open_within(&in, c->arena, &faults, reply->body, reply->body_len, &limits) != ST_OK) return false;
    page->n = json_array(&in, "events", 0, PAGE_MAX, JSON_REQUIRED);
    page->cursor = json_text(&in, "cursor", 0, EVENT_CURSOR_MAX - 1, JSON_REQUIRED);
    page->more = json_bool(&in, "more", JSON_REQUIRED);
    for (size_t i = 0; i < page->n; i++) {
        if (!json_item(&in, "events", i, &item)) return false;
        if (!read_event(c, &item, payloads, &page->events[i])) return false;
        if (i == 0) c->behind_since = page->events[i].created_ms;
    }
    return faults.n == 0;
}

/* ---- applying: effects and cursor in one transaction, so that no crash can part them ---- */

/* The database's own trouble says nothing about the event. A statement that ran until it was cancelled may be the event's
 * fault; waiting for a lock is not. */
static bool is_transient(const struct consumer *c, enum db_rc rc) {
    if (rc == DB_TIMEOUT) return strcmp(db_sqlstate(c->conf.db), STATE_CANCELLED) != 0;
    return rc == DB_LOST || rc == DB_RETRY;
}

static bool find_place(struct consumer *c) {
    char cursor[EVENT_CURSOR_MAX];
    c->placed = consumer_store_cursor(c->conf.db, c->conf.name, c->conf.service, cursor) == DB_OK;
    if (!c->placed || strcmp(cursor, c->cursor) == 0) return c->placed;
    snprintf(c->cursor, sizeof c->cursor, "%s", cursor);
    c->failures = 0;
    return true;
}

/* Locks our row, if the cursor in it is still the one we know. */
static enum db_rc lock_cursor(struct consumer *c) {
    bool stands = false;
    enum db_rc rc = consumer_store_lock(c->conf.db, c->conf.name, c->conf.service, c->cursor, &stands);
    return rc == DB_OK && !stands ? DB_RETRY : rc; /* another replica was faster: read the cursor again */
}

/* Moves the cursor and ends the transaction, which `rc` says is well so far. */
static enum db_rc finish(struct consumer *c, enum db_rc rc, const char *cursor) {
    if (rc == DB_OK) rc = consumer_store_move(c->conf.db, c->conf.name, c->conf.service, cursor);
    if (rc == DB_OK) rc = db_commit(c->conf.db);
    if (rc == DB_OK) {
        snprintf(c->cursor, sizeof c->cursor, "%s", cursor);
        c->failures = 0;
        if (c->small > 0) c->small--;
        return DB_OK;
    }
    db_rollback(c->conf.db);
    if (is_transient(c, rc)) c->placed = false;
    return rc;
}

/* Applies n events and moves the cursor. */
static enum db_rc apply(struct consumer *c, const struct event *e, size_t n, const char *cursor) {
    enum db_rc rc = db_begin(c->conf.db);
    if (rc != DB_OK) return rc;
    if (n > 0 && c->conf.lock) rc = c->conf.lock(c->conf.db);
    if (rc == DB_OK) rc = lock_cursor(c);
    if (rc == DB_OK && n > 0) rc = c->conf.apply(c->conf.arg, c->conf.db, c->arena, e, n);
    rc = finish(c, rc, cursor);
    if (rc == DB_OK) metric_add(c->applied, (int64_t)n);
    return rc;
}

static enum round park(struct consumer *c, const struct event *e, const char *error) {
    const struct consumer_conf *conf = &c->conf;
    enum db_rc rc = db_begin(conf->db);
    if (rc != DB_OK) return ROUND_FAILED;
    rc = lock_cursor(c);
    if (rc == DB_OK) rc = consumer_store_park(conf->db, c->arena, conf->name, conf->service, e, error);
    if (finish(c, rc, e->cursor) != DB_OK) return ROUND_FAILED;
    log_error("event parked", "consumer", conf->name, "source", conf->service, "cursor", e->cursor, "type", e->type,
              "entity", e->entity, "error", error);
    metric_add(c->parked, 1);
    return ROUND_MORE;
}

/* Counts a failure of the event behind the cursor; the last one that it is allowed parks it. */
static enum round refuse(struct consumer *c, const struct event *e) {
    char error[64];
    snprintf(error, sizeof error, "sqlstate %s", *db_sqlstate(c->conf.db) ? db_sqlstate(c->conf.db) : "none");
    log_warn("event cannot be applied", "consumer", c->conf.name, "cursor", e->cursor, "type", e->type, "entity",
             e->entity, "error", error);
    return ++c->failures >= MAX_FAILURES ? park(c, e, error) : ROUND_FAILED;
}

/* Up to the first that fails; the next round begins with it. */
static enum round apply_singly(struct consumer *c, const struct page *page) {
    for (const struct event *e = page->events; e < page->events + page->n; e++) {
        enum db_rc rc = apply(c, e, 1, e->cursor);
        if (rc != DB_OK) return is_transient(c, rc) ? ROUND_FAILED : refuse(c, e);
    }
    return ROUND_MORE;
}

/* As a whole; a page with an event that is suspected, or that takes too long, one by one. */
static enum round apply_page(struct consumer *c, const struct page *page) {
    if (strcmp(page->cursor, c->cursor) == 0) return ROUND_IDLE;
    if (c->failures > 0 && page->n > 0) return apply_singly(c, page);
    enum db_rc rc = apply(c, page->events, page->n, page->cursor);
    if (rc == DB_OK) return page->more ? ROUND_MORE : ROUND_IDLE;
    return is_transient(c, rc) ? ROUND_FAILED : apply_singly(c, page);
}

/* One by one from here, until the one that cannot be read stands alone: after its tries it is parked without its payload, which
 * its source still has. */
static enum round isolate(struct consumer *c) {
    log_error("events cannot be read", "consumer", c->conf.name, "source", c->conf.service, "cursor", c->cursor);
    if (c->small == 0) {
        c->small = (int)c->conf.page;
        return ROUND_MORE;
    }
    if (++c->failures < MAX_FAILURES) return ROUND_FAILED;
    struct bus_reply reply;
    struct page page;
    if (!pull(c, 1, false, &reply) || !read_page(c, &reply, false, &page) || page.n == 0) return ROUND_FAILED;
    return park(c, &page.events[0], "unreadable");
}

static enum round run_round(struct consumer *c) {
    arena_reset(c->arena);
    if (!c->placed && !find_place(c)) return ROUND_FAILED;
    struct bus_reply reply;
    struct page page;
    if (!pull(c, c->small > 0 ? 1 : (int)c->conf.page, true, &reply)) return ROUND_FAILED;
    return read_page(c, &reply, true, &page) ? apply_page(c, &page) : isolate(c);
}

/* ---- thread ---- */

static void tell_lag(struct consumer *c, enum round outcome) {
    int64_t now = time_now_ms();
    if (outcome == ROUND_IDLE || c->behind_since > now) c->behind_since = now;
    int64_t seconds = (now - c->behind_since) / 1000;
    metric_set(c->lag, seconds);
    if (outcome != ROUND_FAILED || now - c->behind_since < STANDS_MS || now - c->told < STANDS_MS) return;
    c->told = now;
    char behind[24];
    snprintf(behind, sizeof behind, "%lld", (long long)seconds);
    log_error("events stand still", "consumer", c->conf.name, "source", c->conf.service, "cursor", c->cursor,
              "seconds_behind", behind);
}

static void *consume(void *arg) {
    struct consumer *c = arg;
    int64_t backoff = BACKOFF_FIRST_MS, pause = 0;
    while (rest_for(c->rest, pause)) {
        enum round outcome = run_round(c);
        tell_lag(c, outcome);
        pause = outcome == ROUND_MORE ? 0 : outcome == ROUND_IDLE ? IDLE_MS : backoff;
        backoff = outcome != ROUND_FAILED        ? BACKOFF_FIRST_MS
                  : backoff * 2 < BACKOFF_MAX_MS ? backoff * 2
                                                 : BACKOFF_MAX_MS;
    }
    return NULL;
}

/* ,"member":["…"] for a list joined by commas, nothing for NULL. Names are plain words. NULL: out of memory. */
static char *write_names(const char *member, const char *names) {
    size_t cap = 64 + (names ? strlen(names) * 3 : 0); /* a comma becomes three characters */
    char *text = malloc(cap);
    if (!text) return NULL;
    *text = '\0';
    if (!names) return text;
    size_t len = (size_t)snprintf(text, cap, ",\"%s\":[\"", member);
    for (const char *t = names; *t; t++) len += (size_t)snprintf(text + len, cap - len, *t == ',' ? "\",\"" : "%c", *t);
    snprintf(text + len, cap - len, "\"]");
    return text;
}

static void release(struct consumer *c) {
    arena_free(&c->arena);
    rest_close(&c->rest);
    free(c->types);
    free(c->fields);
    free(c);
}

struct consumer *consumer_start(const struct consumer_conf *conf) {
    struct consumer *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->conf = *conf;
    c->arena = arena_new(ARENA_MAX);
    c->rest = rest_open();
    c->types = write_names("types", conf->types);
    c->fields = write_names("fields", conf->fields);
    if (c->conf.page == 0) c->conf.page = PAGE_DEFAULT;
    c->behind_since = time_now_ms();
    char labels[96];
    snprintf(labels, sizeof labels, "consumer=\"%s\",source=\"%s\"", conf->name, conf->service);
    c->applied = metric_get(METRIC_COUNTER, "events_applied_total", labels, "Events applied");
    c->parked = metric_get(METRIC_COUNTER, "events_parked_total", labels, "Events given up and parked");
    c->lag = metric_get(METRIC_GAUGE, "events_lag_seconds", labels, "Age of the oldest fact not yet applied");
    if (c->arena && c->rest && c->types && c->fields && pthread_create(&c->thread, NULL, consume, c) == 0) return c;
    release(c);
    return NULL;
}

void consumer_stop(struct consumer **consumer) {
    struct consumer *c = *consumer;
    if (!c) return;
    rest_over(c->rest);
    pthread_join(c->thread, NULL);
    release(c);
    *consumer = NULL;
}
