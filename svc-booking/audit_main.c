/* booking-audit - compares whatever booking stores twice, in one snapshot of the database: stock with what orders hold, phone
 * counters, ticket rows, order lines, events, payment attempts, the table of states with order.c, and the gate in Redis.
 * Prints and ends as common/db_check.h says. */
#include <stdio.h>
#include <time.h>
#include "common/arena.h"
#include "common/db_check.h"
#include "common/redis.h"
#include "common/settings.h"
#include "common/timeutil.h"
#include "audit_check_store.h"
#include "gate.h"
#include "order.h"

#define REDIS_MS 1000
#define SETTLE_MS 2500 /* the gate is pushed once a second */
#define SETTLE_STEP_MS 100

struct config {
    char *database_url, *redis_url;
};

static const struct setting settings[] = {
    {"DATABASE_URL", SET_TEXT, offsetof(struct config, database_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database of svc-booking, with its role."},
    {"REDIS_URL", SET_TEXT, offsetof(struct config, redis_url), "redis://127.0.0.1:6379/0", 1, 1024, SET_SECRET,
     "Redis of the gate."},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

struct states {
    struct db_check_run *run;
    bool edge[ORDER_STATUS_COUNT][ORDER_STATUS_COUNT]; /* as the database has them */
};

static void note_edge(void *arg, const char *from, const char *to) {
    struct states *s = arg;
    enum order_status f, t;
    if (order_status_parse(from, &f) && order_status_parse(to, &t))
        s->edge[f][t] = true;
    else
        db_check_difference(s->run, "states", arena_printf(s->run->arena, "%s -> %s names an unknown state", from, to));
}

static enum db_rc check_states(struct db_check_run *run) {
    struct states s = {.run = run};
    enum db_rc rc = audit_check_transitions(run->db, run->arena, note_edge, &s);
    for (int f = 0; rc == DB_OK && f < ORDER_STATUS_COUNT; f++) {
        for (int t = 0; t < ORDER_STATUS_COUNT; t++) {
            bool ours = order_can_move((enum order_status)f, (enum order_status)t);
            if (ours != s.edge[f][t])
                db_check_difference(run, "states",
                                    arena_printf(run->arena, "%s -> %s is in the table of %s only",
                                                 order_status_name((enum order_status)f),
                                                 order_status_name((enum order_status)t),
                                                 ours ? "order.c" : "the database"));
        }
    }
    return rc;
}

/* Pools whose gate differs now; `tell` names them. -1: could not look. */
static long count_gate(struct db_check_run *run, struct redis *redis, bool tell) {
    struct pool_change *pools;
    size_t n;
    long wrong = 0;
    if (audit_check_pools(run->db, run->arena, &pools, &n) != DB_OK) return -1;
    int64_t *gate = arena_alloc(run->arena, (n + 1) * sizeof *gate);
    if (gate == NULL || !gate_read(redis, run->arena, pools, n, gate)) return -1;
    for (size_t i = 0; i < n; i++) {
        if (gate[i] == -1 || gate[i] == pools[i].available) continue;
        wrong++;
        if (tell)
            db_check_difference(run, "gate",
                                arena_printf(run->arena, "pool %lld: %lld in Redis, %lld available",
                                             (long long)pools[i].pool_id, (long long)gate[i],
                                             (long long)pools[i].available));
    }
    return wrong;
}

/* The gate may stand too high or too low for a moment; it must settle. Without Redis there is nothing to compare. */
static enum db_rc check_gate(struct db_check_run *run) {
    const struct timespec step = {0, SETTLE_STEP_MS * 1000000L};
    const struct config *config = run->config;
    struct redis *redis = redis_open(config->redis_url, REDIS_MS);
    int64_t until = time_mono_ms() + SETTLE_MS;
    long wrong;
    if (redis == NULL) return DB_ERROR;
    while ((wrong = count_gate(run, redis, false)) > 0 && time_mono_ms() < until) {
        arena_reset(run->arena);
        nanosleep(&step, NULL);
    }
    if (wrong > 0) wrong = count_gate(run, redis, true);
    if (wrong < 0) puts("gate: Redis does not answer, not compared");
    redis_close(&redis);
    return DB_OK;
}

int main(void) {
    struct config config = {NULL, NULL};
    const struct db_check_program program = {
        .name = "booking-audit",
        .settings = settings,
        .n_settings = N_SETTINGS,
        .config = &config,
        .checks = audit_checks,
        .n_checks = audit_n_checks,
        .inside = check_states,
        .after = check_gate,
    };
    return db_check_main(&program);
}
