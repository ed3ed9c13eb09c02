#include "committer.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "common/arena.h"
#include "common/db.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"
#include "reserve_store.h"

#define LANE_QUEUE_MAX 8192
#define RETRY_MS 50
#define ARENA_MAX ((size_t)32 * 1024 * 1024)

struct lane {
    struct booking *booking;
    struct db *db;
    struct arena *arena; /* of the thread, for one commit */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct order_wish *first, **end;
    size_t queued;
    bool stop, running;
};

struct committer {
    size_t n;
    struct metric *batch_size, *orders, *repeats, *lost, *splits;
    struct lane lane[COMMIT_LANES_MAX];
};

static struct lane *lane_of(struct committer *c, const char *code) {
    uint32_t hash = 2166136261U;
    for (; *code != '\0'; code++) hash = (hash ^ (uint8_t)*code) * 16777619U;
    return &c->lane[hash % c->n];
}

/* ---- queue ---- */

void committer_submit(struct committer *c, struct order_wish **wish, size_t n) {
    for (struct lane *lane = c->lane; lane < c->lane + c->n; lane++) {
        struct order_wish *overflow = NULL;
        pthread_mutex_lock(&lane->lock);
        bool was_empty = lane->first == NULL;
        for (size_t i = 0; i < n; i++) {
            if (wish[i] == NULL || lane_of(c, wish[i]->draft.exhibition_code) != lane) continue;
            struct order_wish *w = wish[i];
            wish[i] = NULL;
            if (lane->queued >= LANE_QUEUE_MAX) {
                w->next = overflow;
                overflow = w;
                continue;
            }
            w->next = NULL;
            *lane->end = w;
            lane->end = &w->next;
            lane->queued++;
        }
        if (was_empty && lane->first != NULL) pthread_cond_signal(&lane->wake);
        pthread_mutex_unlock(&lane->lock);
        while (overflow != NULL) {
            struct order_wish *w = overflow;
            overflow = w->next;
            order_wish_refuse(w, ST_BUSY, 1);
        }
    }
}

/* Everything that waits, at most a batch; 0: stopped and nothing left. */
static size_t lane_take(struct lane *lane, struct order_wish **wish) {
    size_t n = 0;
    pthread_mutex_lock(&lane->lock);
    while (lane->first == NULL && !lane->stop) pthread_cond_wait(&lane->wake, &lane->lock);
    while (lane->first != NULL && n < COMMIT_BATCH) {
        wish[n++] = lane->first;
        lane->first = lane->first->next;
    }
    if (lane->first == NULL) lane->end = &lane->first;
    lane->queued -= n;
    pthread_mutex_unlock(&lane->lock);
    return n;
}

/* ---- commit ---- */

/* Nothing is done for somebody who has stopped waiting. Returns how many are left, in order. */
static size_t drop_late(struct order_wish **wish, size_t n) {
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        if (bus_left_ms(wish[i]->req) > 0)
            wish[left++] = wish[i];
        else
            order_wish_refuse(wish[i], wish[i]->unsure ? ST_OUTCOME_UNKNOWN : ST_EXPIRED_CALL, 0);
    }
    return left;
}

static void refuse_all(struct order_wish **wish, size_t n, enum status st, int retry_after) {
    for (size_t i = 0; i < n; i++) order_wish_refuse(wish[i], wish[i]->unsure ? ST_OUTCOME_UNKNOWN : st, retry_after);
}

/* Without a database: who was never sent is told so; whose outcome is unknown waits for the database or the deadline. */
static size_t wait_for_database(struct order_wish **wish, size_t n) {
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        if (wish[i]->unsure)
            wish[left++] = wish[i];
        else
            order_wish_refuse(wish[i], ST_BUSY, 1);
    }
    if (left > 0) {
        struct timespec pause = {0, RETRY_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    return left;
}

/* One call with its commit; answers everybody when it is through. */
static enum db_rc try_commit(struct committer *c, struct lane *lane, struct order_wish **wish, size_t n) {
    struct order_outcome outcome[COMMIT_BATCH];
    struct pool_change *pools = NULL;
    size_t n_pools = 0;
    arena_reset(lane->arena);
    fault_hit("booking.commit.before");
    fault_hit("booking.commit.stall");
    if (fault_hit("booking.commit.lost_before")) {
        db_drop(lane->db);
        return DB_LOST;
    }
    enum db_rc rc = reserve_store_commit(lane->db, lane->arena, wish, n, outcome, &pools, &n_pools);
    if (rc != DB_OK) return rc;
    if (fault_hit("booking.commit.lost_after")) {
        db_drop(lane->db);
        return DB_LOST;
    }
    fault_hit("booking.commit.after");
    metric_add(c->batch_size, 1);
    metric_add(c->orders, (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        metric_add(c->repeats, outcome[i].repeat);
        order_wish_answer(lane->booking, wish[i], &outcome[i]);
    }
    fault_hit("booking.commit.replied");
    booking_pools_changed(lane->booking, pools, n_pools);
    return DB_OK;
}

/* Until all are answered. A batch that SQL refuses as a whole is cut in halves down to the one order that it cannot stand. */
static void commit_all(struct committer *c, struct lane *lane, struct order_wish **wish, size_t n) {
    size_t step = n;
    while ((n = drop_late(wish, n)) > 0) {
        if (!db_alive(lane->db)) {
            n = wait_for_database(wish, n);
            continue;
        }
        size_t k = step < n ? step : n;
        enum db_rc rc = try_commit(c, lane, wish, k);
        switch (rc) {
        case DB_OK: step = 2 * k; break;
        case DB_RETRY: continue;
        case DB_LOST:
            metric_add(c->lost, 1);
            for (size_t i = 0; i < k; i++) wish[i]->unsure = true;
            continue;
        case DB_TIMEOUT: refuse_all(wish, k, ST_BUSY, 1); break;
        default:
            if (k > 1) {
                metric_add(c->splits, 1);
                step = k / 2;
                continue;
            }
            log_error("an order was refused by SQL", "sqlstate", db_sqlstate(lane->db), "request_id",
                      wish[0]->req->head.request_id);
            refuse_all(wish, 1, ST_RESERVATION_FAILED, 0);
        }
        wish += k;
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
    struct order_wish *wish[COMMIT_BATCH];
    for (size_t n; (n = lane_take(self.lane, wish)) > 0;) commit_all(self.c, self.lane, wish, n);
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

struct committer *committer_start(struct booking *b, struct db **dbs, size_t lanes) {
    struct committer *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->n = lanes;
    c->batch_size = metric_get(METRIC_COUNTER, "booking_commits_total", "", "Group commits that went through");
    c->orders = metric_get(METRIC_COUNTER, "booking_commit_orders_total", "", "Orders decided by group commits");
    c->repeats = metric_get(METRIC_COUNTER, "booking_commit_repeats_total", "", "Orders found under their key");
    c->lost = metric_get(METRIC_COUNTER, "booking_commit_lost_total", "", "Commits whose connection was lost");
    c->splits = metric_get(METRIC_COUNTER, "booking_commit_splits_total", "", "Batches cut in halves");
    for (size_t i = 0; i < lanes; i++) {
        struct lane *lane = &c->lane[i];
        lane->booking = b;
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
