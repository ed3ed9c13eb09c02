#include "chores.h"
#include <pthread.h>
#include <stdlib.h>
#include "attempt_store.h"
#include "booking.h"
#include "common/arena.h"
#include "common/daemon.h"
#include "common/db.h"
#include "common/log.h"
#include "common/rest.h"
#include "common/timeutil.h"
#include "keep_store.h"
#include "payment.h"
#include "refund_store.h"
#include "waiters.h"

#define ARENA_MAX ((size_t)8 * 1024 * 1024)
#define TIMEOUT_MS 10000
#define POLL_BATCH 256
#define PAYING_TOO_LONG_SECONDS 120

struct chore_run { /* one thread */
    const struct chore *chore;
    struct rest *rest;
    struct daemon *daemon;
    struct payment *payment;
    struct db *db;
    struct arena *arena;
    pthread_t thread;
    bool running;
};
struct chore {
    const char *name;
    int64_t every_ms;
    void (*run)(struct chore_run *r);
};

/* ---- answers ---- */

/* Once the daemon drains nobody is kept waiting: whoever asks again hears it from another replica. */
static void answer_waiting(struct chore_run *r) {
    struct waiters *w = r->payment->waiters;
    int64_t ids[POLL_BATCH], now = time_now_ms();
    struct attempt **rows;
    size_t n_rows;
    waiters_late(w, daemon_draining(r->daemon) ? INT64_MAX : now);
    size_t n = waiters_polled(w, now, ids, POLL_BATCH);
    if (n == 0 || attempt_store_list(r->db, r->arena, ids, n, &rows, &n_rows) != DB_OK) return;
    for (size_t i = 0; i < n_rows; i++) waiters_tell(w, rows[i]);
}

/* ---- health ---- */

static void tell_health(struct chore_run *r) {
    struct payment *p = r->payment;
    booking_health(p, p->provider->healthy(p->provider->self));
}

/* Without buyers nobody else would find out. Apart from the reports, which must not wait for an answer. */
static void probe_provider(struct chore_run *r) {
    const struct provider *p = r->payment->provider;
    p->probe(p->self, r->arena);
}

/* ---- the walk ---- */

/* Booking waits for the outcome of an attempt. A row of ours that has ended did not get its last word through; one that we do
 * not have was lost with a part of our database: the provider knows what became of it. */
static void take_up(struct chore_run *r, const struct paying_order *order) {
    char id[ATTEMPT_ID_MAX + 1];
    struct attempt *at;
    attempt_id_of(order->attempt_id, id);
    if (attempt_store_find(r->db, r->arena, id, &at) != DB_OK) return;
    if (at != NULL) {
        if (attempt_is(at, "failed")) attempt_store_wake(r->db, r->arena, at->saga.id);
        return;
    }
    struct order_info o;
    if (booking_order(r->payment, r->arena, order->order_number, 0, &o) != ST_OK) return;
    const struct new_attempt lost = {
        .attempt_id = id,
        .order_number = order->order_number,
        .state = "sent",
        .exhibition_id = o.exhibition_id,
        .amount = order->amount,
        .tries = 1, /* so that it is looked up first */
    };
    log_write(LOG_ERROR, &(struct log_ctx){.order_number = order->order_number}, "an attempt was lost and is looked up",
              "attempt", id, NULL);
    attempt_store_new(r->db, r->arena, &lost, &at);
}

static void walk_paying(struct chore_run *r) {
    int64_t after = 0;
    do {
        struct paying_order *orders;
        size_t n;
        arena_reset(r->arena);
        if (booking_list_paying(r->payment, r->arena, PAYING_TOO_LONG_SECONDS, &after, &orders, &n) != ST_OK) return;
        for (size_t i = 0; i < n; i++) take_up(r, &orders[i]);
    } while (after > 0);
}

static void keep_house(struct chore_run *r) {
    bool more = true;
    while (more && rest_for(r->rest, 0)) {
        more = keep_store_forget(r->db);
        more = refund_store_forget(r->db) || more;
    }
}

static const struct chore chores[] = {
    {"answers", 20, answer_waiting}, {"health", 1000, tell_health}, {"probe", 1000, probe_provider},
    {"walk", 60000, walk_paying},    {"house", 60000, keep_house},
};
#define N_CHORES (sizeof chores / sizeof *chores)

struct chores {
    struct daemon *daemon;
    struct chore_run run[N_CHORES];
    struct rest *rest;
};

/* ---- life ---- */

static void *chore_main(void *arg) {
    struct chore_run *r = arg;
    int64_t next;
    do {
        next = time_mono_ms() + r->chore->every_ms;
        arena_reset(r->arena);
        r->chore->run(r);
    } while (rest_until(r->rest, next));
    return NULL;
}

static bool chore_start(struct chores *c, struct chore_run *r, const struct chore *chore) {
    *r = (struct chore_run){.chore = chore,
                            .rest = c->rest,
                            .daemon = c->daemon,
                            .payment = daemon_get_state(c->daemon),
                            .db = daemon_db(c->daemon, TIMEOUT_MS),
                            .arena = arena_new(ARENA_MAX)};
    if (r->db == NULL || r->arena == NULL) return false;
    r->running = pthread_create(&r->thread, NULL, chore_main, r) == 0;
    return r->running;
}

struct chores *chores_start(struct daemon *d) {
    struct chores *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->daemon = d;
    bool good = (c->rest = rest_open()) != NULL;
    for (size_t i = 0; i < N_CHORES && good; i++) good = chore_start(c, &c->run[i], &chores[i]);
    if (!good) {
        log_error("chores cannot start");
        chores_stop(&c);
    }
    return c;
}

void chores_stop(struct chores **cp) {
    struct chores *c = *cp;
    if (c == NULL) return;
    if (c->rest != NULL) rest_over(c->rest);
    for (size_t i = 0; i < N_CHORES; i++) {
        if (c->run[i].running) pthread_join(c->run[i].thread, NULL);
        arena_free(&c->run[i].arena);
        db_close(&c->run[i].db);
    }
    rest_close(&c->rest);
    free(c);
    *cp = NULL;
}
