/* payment-audit - our own books, in one snapshot: ledger against attempts and refunds, payments against booking's orders and
 * tickets, the table of moves against saga_table.c. What the provider has is compared by `reconcile`.
 *
 * Prints "0 differences" or names each. Exit code: 0 all agree, 1 differences, 2 it could not look. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/db.h"
#include "common/log.h"
#include "common/settings.h"
#include "audit_check_store.h"
#include "saga.h"

#define STATEMENT_MS (15 * 60 * 1000)
#define ARENA_MAX ((size_t)64 * 1024 * 1024)

struct config {
    char *database_url;
};

static const struct setting settings[] = {
    {"DATABASE_ADMIN_URL", SET_TEXT, offsetof(struct config, database_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database with a role that may read the schemas of booking and payment."},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

struct audit {
    struct arena *arena;
    size_t differences, known[SAGA_KINDS]; /* states that both tables have */
};

static void difference(void *arg, const char *check, const char *what) {
    struct audit *a = arg;
    a->differences++;
    printf("%s: %s\n", check, what);
}

/* A state that is left has a step which leaves it. */
static void compare_state(void *arg, const char *saga, const char *state, bool is_left) {
    struct audit *a = arg;
    int kind = SAGA_KINDS;
    while (kind-- > 0 && strcmp(saga_kind_name((enum saga_kind)kind), saga) != 0) {}
    bool has_step = kind >= 0 && saga_step_of((enum saga_kind)kind, state) != NULL;
    if (has_step) a->known[kind]++;
    if (is_left && !has_step) difference(a, "steps", arena_printf(a->arena, "%s %s has no step", saga, state));
}

static enum db_rc compare_steps(struct audit *a, struct db *db) {
    enum db_rc rc = audit_check_moves(db, a->arena, compare_state, a);
    for (int kind = 0; rc == DB_OK && kind < SAGA_KINDS; kind++)
        if (a->known[kind] != saga_steps[kind].n)
            difference(a, "steps",
                       arena_printf(a->arena, "%s: %zu states of saga_table.c are none of the table moves",
                                    saga_kind_name((enum saga_kind)kind), saga_steps[kind].n - a->known[kind]));
    return rc;
}

int main(void) {
    struct config config = {NULL};
    struct audit a = {.differences = 0};
    struct db *db = NULL;
    int code = 2;
    log_init("payment-audit", LOG_WARNING, NULL);
    if (settings_load(settings, N_SETTINGS, &config) != 0) return code;
    db = db_open(config.database_url, "payment-audit", STATEMENT_MS);
    a.arena = arena_new(ARENA_MAX);
    if (db == NULL || a.arena == NULL) goto out;
    enum db_rc rc = db_check_begin(db);
    for (size_t i = 0; rc == DB_OK && i < audit_n_checks; i++)
        rc = db_check_run(db, a.arena, &audit_checks[i], difference, &a);
    if (rc == DB_OK) rc = compare_steps(&a, db);
    db_check_end(db);
    if (rc != DB_OK) {
        puts("the database does not answer");
        goto out;
    }
    printf("%zu differences\n", a.differences);
    code = a.differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
out:
    arena_free(&a.arena);
    db_close(&db);
    settings_free(settings, N_SETTINGS, &config);
    return code;
}
