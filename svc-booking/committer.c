#include "committer.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "common/arena.h"
#include "common/bus.h"
#include "common/log.h"
#include "common/metrics.h"
#include "booking.h"

#define LANE_QUEUE_MAX 8192
#define RETRY_MS 50
#define LABELS_MAX 64
#define ARENA_MAX ((size_t)32 * 1024 * 1024)

struct lane {
    struct db *db;
    struct arena *arena; /* of the thread, for one commit */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct commit_item *first, **end;
    size_t queued;
    bool stop, running;
};

struct committer {
    const struct commit_job *job;
    struct booking *booking;
    size_t n;
    struct metric *commits, *items, *lost, *splits;
    struct lane lane[COMMIT_LANES_MAX];
};

static struct lane *lane_of(struct committer *c, struct commit_item *item) {
    return &c->lane[c->job->lane(item) % c->n];
}

static void refuse(struct commit_item *item, enum status st) {
    if (item->unsure) st = ST_OUTCOME_UNKNOWN;
    bus_reply(item->req, st, "", 0, st == ST_BUSY ? 1 : 0);
}

/* ---- queue ---- */

void committer_submit(struct committer *c, struct commit_item **item, size_t n) {
    for (struct lane *lane = c->lane; lane < c->lane + c->n; lane++) {
        struct commit_item *overflow = NULL;
        pthread_mutex_lock(&lane->lock);
        bool was_empty = lane->first == NULL;
        for (size_t i = 0; i < n; i++) {
            if (item[i] == NULL || lane_of(c, item[i]) != lane) continue;
            struct commit_item *it = item[i];
            item[i] = NULL;
            if (lane->queued >= LANE_QUEUE_MAX) {
                it->next = overflow;
                overflow = it;
                continue;
            }
            it->next = NULL;
            *lane->end = it;
            lane->end = &it->next;
            lane->queued++;
        }
        if (was_empty && lane->first != NULL) pthread_cond_signal(&lane->wake);
        pthread_mutex_unlock(&lane->lock);
        while (overflow != NULL) {
            struct commit_item *it = overflow;
            overflow = it->next;
            refuse(it, ST_BUSY);
        }
    }
}

/* Everything that waits, at most a batch; 0: stopped and nothing left. */
static size_t lane_take(struct lane *lane, struct commit_item **item, size_t most) {
    size_t n = 0;
    pthread_mutex_lock(&lane->lock);
    while (lane->first == NULL && !lane->stop) pthread_cond_wait(&lane->wake, &lane->lock);
    while (lane->first != NULL && n < most) {
        item[n++] = lane->first;
        lane->first = lane->first->next;
    }
    if (lane->first == NULL) lane->end = &lane->first;
    lane->queued -= n;
    pthread_mutex_unlock(&lane->lock);
    return n;
}

/* ---- commit ---- */

/* Nothing is done for somebody who has stopped waiting. Returns how many are left, in order. */
static size_t drop_late(struct commit_item **item, size_t n) {
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        if (bus_left_ms(item[i]->req) > 0)
            item[left++] = item[i];
        else
            refuse(item[i], ST_EXPIRED_CALL);
    }
    return left;
}

static void refuse_all(struct commit_item **item, size_t n, enum status st) {
    for (size_t i = 0; i < n; i++) refuse(item[i], st);
}

/* Without a database: who was never sent is told so; whose outcome is unknown waits for the database or the deadline. */
static size_t wait_for_database(struct commit_item **item, size_t n) {
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        if (item[i]->unsure)
            item[left++] = item[i];
        else
            refuse(item[i], ST_BUSY);
    }
    if (left > 0) {
        struct timespec pause = {0, RETRY_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    return left;
}

/* One call with its commit; answers everybody when it is through. */
static enum db_rc try_commit(struct committer *c, struct lane *lane, struct commit_item **item, size_t n) {
    struct pool_change *pools = NULL;
    size_t n_pools = 0;
    arena_reset(lane->arena);
    c->job->fault(COMMIT_BEFORE, item, n);
    c->job->fault(COMMIT_STALL, item, n);
    if (c->job->fault(COMMIT_LOST_BEFORE, item, n)) {
        db_drop(lane->db);
        return DB_LOST;
    }
    enum db_rc rc = c->job->commit(lane->db, lane->arena, item, n, &pools, &n_pools);
    if (rc != DB_OK) return rc;
    if (c->job->fault(COMMIT_LOST_AFTER, item, n)) {
        db_drop(lane->db);
        return DB_LOST;
    }
    c->job->fault(COMMIT_AFTER, item, n);
    metric_add(c->commits, 1);
    metric_add(c->items, (int64_t)n);
    for (size_t i = 0; i < n; i++) c->job->answer(c->booking, item[i]);
    c->job->fault(COMMIT_REPLIED, NULL, 0); /* the items are gone */
    booking_pools_changed(c->booking, pools, n_pools);
    return DB_OK;
}

/* Until all are answered. A batch that SQL refuses as a whole is cut in halves down to the one item that it cannot stand. */
static void commit_all(struct committer *c, struct lane *lane, struct commit_item **item, size_t n) {
    size_t step = n;
    while ((n = drop_late(item, n)) > 0) {
        if (!db_alive(lane->db)) {
            n = wait_for_database(item, n);
            continue;
        }
        size_t k = step < n ? step : n;
        enum db_rc rc = try_commit(c, lane, item, k);
        switch (rc) {
        case DB_OK: step = 2 * k; break;
        case DB_RETRY: continue;
        case DB_LOST:
            metric_add(c->lost, 1);
            for (size_t i = 0; i < k; i++) item[i]->unsure = true;
            continue;
        case DB_TIMEOUT: refuse_all(item, k, ST_BUSY); break;
        default:
            if (k > 1) {
                metric_add(c->splits, 1);
                step = k / 2;
                continue;
            }
            log_error("a call was refused by SQL", "job", c->job->name, "sqlstate", db_sqlstate(lane->db), "request_id",
                      item[0]->req->head.request_id);
            refuse(item[0], c->job->poisoned);
        }
        item += k;
        n -= k;
    }
}

struct lane_arg {
    struct committer *c;
    struct lane *lane;
};

static void *lane_main(void *arg) {
    struct lane_arg self = *(struct lane_arg *)arg;
    free(arg);
    struct commit_item *item[COMMIT_BATCH_MAX];
    for (size_t n; (n = lane_take(self.lane, item, self.c->job->batch)) > 0;) commit_all(self.c, self.lane, item, n);
    return NULL;
}

/* ---- life ---- */

static bool lane_start(struct committer *c, struct lane *lane) {
    struct lane_arg *arg = malloc(sizeof *arg);
    lane->arena = arena_new(ARENA_MAX);
    if (arg == NULL || lane->arena == NULL) {
        free(arg);
        return false;
    }
    *arg = (struct lane_arg){c, lane};
    lane->running = pthread_create(&lane->thread, NULL, lane_main, arg) == 0;
    if (!lane->running) free(arg);
    return lane->running;
}

static struct metric *counter(const struct commit_job *job, const char *name, const char *help) {
    char labels[LABELS_MAX];
    snprintf(labels, sizeof labels, "job=\"%s\"", job->name);
    return metric_get(METRIC_COUNTER, name, labels, help);
}

struct committer *committer_start(const struct commit_job *job, struct booking *b, struct db **dbs, size_t lanes) {
    struct committer *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->job = job;
    c->booking = b;
    c->n = lanes;
    c->commits = counter(job, "booking_commits_total", "Group commits that went through");
    c->items = metric_get(METRIC_COUNTER, job->counted, "", "Calls decided by group commits");
    c->lost = counter(job, "booking_commit_lost_total", "Commits whose connection was lost");
    c->splits = counter(job, "booking_commit_splits_total", "Batches cut in halves");
    for (size_t i = 0; i < lanes; i++) {
        struct lane *lane = &c->lane[i];
        lane->db = dbs[i];
        lane->end = &lane->first;
        pthread_mutex_init(&lane->lock, NULL);
        pthread_cond_init(&lane->wake, NULL);
    }
    for (size_t i = 0; i < lanes; i++) {
        if (!lane_start(c, &c->lane[i])) {
            log_error("committer cannot start");
            committer_stop(&c);
            return NULL;
        }
    }
    return c;
}

static void lane_stop(struct lane *lane) {
    pthread_mutex_lock(&lane->lock);
    lane->stop = true;
    pthread_cond_signal(&lane->wake);
    pthread_mutex_unlock(&lane->lock);
    if (lane->running) pthread_join(lane->thread, NULL);
    pthread_cond_destroy(&lane->wake);
    pthread_mutex_destroy(&lane->lock);
    arena_free(&lane->arena);
    db_close(&lane->db);
}

void committer_stop(struct committer **cp) {
    struct committer *c = *cp;
    if (c == NULL) return;
    for (size_t i = 0; i < c->n; i++) lane_stop(&c->lane[i]);
    free(c);
    *cp = NULL;
}
