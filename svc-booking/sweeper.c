#include "sweeper.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include "common/arena.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/rest.h"
#include "common/timeutil.h"
#include "payment_store.h"

#define SWEEP_BATCH 500
#define SWEEP_EVERY_MS 1000
#define HOUSEKEEPING_EVERY_MS 60000
#define ARENA_MAX ((size_t)4 * 1024 * 1024)

struct sweeper {
    struct booking *booking;
    struct db *db;
    struct arena *arena;
    struct metric *expired, *extended;
    pthread_t thread;
    struct rest *rest;
};

static bool stopping(struct sweeper *s) { return !rest_for(s->rest, 0); }

/* One statement after the other while there is more than one can free. */
static void sweep(struct sweeper *s) {
    int n = SWEEP_BATCH;
    while (n == SWEEP_BATCH && !stopping(s)) {
        struct order_moved moved;
        fault_hit("booking.sweep.before");
        arena_reset(s->arena);
        if (order_store_expire(s->db, s->arena, SWEEP_BATCH, &moved, &n) != DB_OK)
            return; /* db.c has told; the next round tries again */
        if (n == 0) return;
        fault_hit("booking.sweep.after");
        booking_pools_changed(s->booking, moved.pools, moved.n_pools);
        metric_add(s->expired, n);
    }
}

/* What an outage of payments took. Batch after batch, since no transaction may last long; the database keeps the place. */
static void extend(struct sweeper *s) {
    int n = SWEEP_BATCH;
    while (n == SWEEP_BATCH && !stopping(s)) {
        fault_hit("booking.extend.before");
        arena_reset(s->arena);
        if (payment_store_extend(s->db, s->arena, SWEEP_BATCH, &n) != DB_OK || n == 0) return;
        fault_hit("booking.extend.after");
        metric_add(s->extended, n);
    }
}

static void *sweeper_main(void *arg) {
    struct sweeper *s = arg;
    int64_t keep_house = 0;
    int64_t next;
    do {
        next = time_mono_ms() + SWEEP_EVERY_MS;
        extend(s);
        sweep(s);
        if (time_mono_ms() >= keep_house) {
            arena_reset(s->arena);
            if (order_store_housekeeping(s->db, s->arena) == DB_OK) keep_house = time_mono_ms() + HOUSEKEEPING_EVERY_MS;
        }
    } while (rest_until(s->rest, next));
    return NULL;
}

struct sweeper *sweeper_start(struct booking *b, struct db *db) {
    struct sweeper *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->arena = arena_new(ARENA_MAX);
    s->rest = rest_open();
    s->booking = b;
    s->db = db;
    s->expired =
        metric_get(METRIC_COUNTER, "booking_orders_expired_total", "", "Holds freed because their time was over");
    s->extended = metric_get(METRIC_COUNTER, "booking_orders_extended_total", "",
                             "Holds looked at for the time of an outage of payments");
    if (s->arena != NULL && s->rest != NULL && pthread_create(&s->thread, NULL, sweeper_main, s) == 0) return s;
    log_error("sweeper cannot start");
    rest_close(&s->rest);
    arena_free(&s->arena);
    free(s);
    return NULL;
}

void sweeper_stop(struct sweeper **sp) {
    struct sweeper *s = *sp;
    if (s == NULL) return;
    rest_over(s->rest);
    pthread_join(s->thread, NULL);
    rest_close(&s->rest);
    arena_free(&s->arena);
    db_close(&s->db);
    free(s);
    *sp = NULL;
}
