/* booking-audit - compares whatever booking stores twice, in one snapshot of the database: stock with what orders hold, phone
 * counters, ticket rows, order lines, events, payment attempts, the table of states with order.c, and the gate in Redis.
 *
 * Prints "0 differences" or names each. Exit code: 0 all agree, 1 differences, 2 it could not look. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "common/arena.h"
#include "common/db.h"
#include "common/log.h"
#include "common/redis.h"
#include "common/settings.h"
#include "common/timeutil.h"
#include "audit_check_store.h"
#include "gate.h"
#include "order.h"

#define STATEMENT_MS (15 * 60 * 1000)
#define REDIS_MS 1000
#define SETTLE_MS 2500 /* the gate is pushed once a second */
#define SETTLE_STEP_MS 100
#define ARENA_MAX ((size_t)256 * 1024 * 1024)

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

struct audit {
    struct db *db;
    struct redis *redis;
    struct arena *arena;
    size_t differences;
    bool edge[ORDER_STATUS_COUNT][ORDER_STATUS_COUNT]; /* as the database has them */
};

static void difference(void *arg, const char *check, const char *what) {
    struct audit *a = arg;
    a->differences++;
    printf("%s: %s\n", check, what);
}

static void note_edge(void *arg, const char *from, const char *to) {
    struct audit *a = arg;
    enum order_status f, t;
    if (order_status_parse(from, &f) && order_status_parse(to, &t))
        a->edge[f][t] = true;
    else
        difference(a, "states", arena_printf(a->arena, "%s -> %s names an unknown state", from, to));
}

static enum db_rc check_states(struct audit *a) {
    enum db_rc rc = audit_check_transitions(a->db, a->arena, note_edge, a);
    for (int f = 0; rc == DB_OK && f < ORDER_STATUS_COUNT; f++) {
        for (int t = 0; t < ORDER_STATUS_COUNT; t++) {
            bool ours = order_can_move((enum order_status)f, (enum order_status)t);
            if (ours != a->edge[f][t])
                difference(a, "states",
                           arena_printf(a->arena, "%s -> %s is in the table of %s only",
                                        order_status_name((enum order_status)f),
                                        order_status_name((enum order_status)t), ours ? "order.c" : "the database"));
        }
    }
    return rc;
}

static enum db_rc check_database(struct audit *a) {
    enum db_rc rc = db_check_begin(a->db);
    for (size_t i = 0; rc == DB_OK && i < audit_n_checks; i++)
        rc = db_check_run(a->db, a->arena, &audit_checks[i], difference, a);
    if (rc == DB_OK) rc = check_states(a);
    db_check_end(a->db);
    return rc;
}

/* Pools whose gate differs now; `tell` names them. -1: could not look. */
static long count_gate(struct audit *a, bool tell) {
    struct pool_change *pools;
    size_t n;
    long wrong = 0;
    if (audit_check_pools(a->db, a->arena, &pools, &n) != DB_OK) return -1;
    int64_t *gate = arena_alloc(a->arena, (n + 1) * sizeof *gate);
    if (gate == NULL || !gate_read(a->redis, a->arena, pools, n, gate)) return -1;
    for (size_t i = 0; i < n; i++) {
        if (gate[i] == -1 || gate[i] == pools[i].available) continue;
        wrong++;
        if (tell)
            difference(a, "gate",
                       arena_printf(a->arena, "pool %lld: %lld in Redis, %lld available", (long long)pools[i].pool_id,
                                    (long long)gate[i], (long long)pools[i].available));
    }
    return wrong;
}

/* The gate may stand too high or too low for a moment; it must settle. Without Redis there is nothing to compare. */
static void check_gate(struct audit *a) {
    const struct timespec step = {0, SETTLE_STEP_MS * 1000000L};
    int64_t until = time_mono_ms() + SETTLE_MS;
    long wrong;
    while ((wrong = count_gate(a, false)) > 0 && time_mono_ms() < until) {
        arena_reset(a->arena);
        nanosleep(&step, NULL);
    }
    if (wrong > 0) wrong = count_gate(a, true);
    if (wrong < 0) puts("gate: Redis does not answer, not compared");
}

int main(void) {
    struct config config = {NULL, NULL};
    struct audit a = {.differences = 0};
    int code = 2;
    log_init("booking-audit", LOG_WARNING, NULL);
    if (settings_load(settings, N_SETTINGS, &config) != 0) return code;
    a.db = db_open(config.database_url, "booking-audit", STATEMENT_MS);
    a.redis = redis_open(config.redis_url, REDIS_MS);
    a.arena = arena_new(ARENA_MAX);
    if (a.db == NULL || a.redis == NULL || a.arena == NULL) goto out;
    if (check_database(&a) != DB_OK) {
        puts("the database does not answer");
        goto out;
    }
    check_gate(&a);
    printf("%zu differences\n", a.differences);
    code = a.differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
out:
    arena_free(&a.arena);
    redis_close(&a.redis);
    db_close(&a.db);
    settings_free(settings, N_SETTINGS, &config);
    return code;
}
