/* payment-audit - our own books, in one snapshot: ledger against attempts and refunds, payments against booking's orders and
 * tickets, the table of moves against saga_table.c. What the provider has is compared by `reconcile`.
 * Prints and ends as common/db_check.h says. */
#include <string.h>
#include "common/arena.h"
#include "common/db_check.h"
#include "common/settings.h"
#include "audit_check_store.h"
#include "saga.h"

struct config {
    char *database_url;
};

static const struct setting settings[] = {
    {"DATABASE_ADMIN_URL", SET_TEXT, offsetof(struct config, database_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database with a role that may read the schemas of booking and payment."},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

struct steps {
    struct db_check_run *run;
    size_t known[SAGA_KINDS]; /* states that both tables have */
};

/* A state that is left has a step which leaves it. */
static void compare_state(void *arg, const char *saga, const char *state, bool is_left) {
    struct steps *s = arg;
    int kind = SAGA_KINDS;
    while (kind-- > 0 && strcmp(saga_kind_name((enum saga_kind)kind), saga) != 0) {}
    bool has_step = kind >= 0 && saga_step_of((enum saga_kind)kind, state) != NULL;
    if (has_step) s->known[kind]++;
    if (is_left && !has_step)
        db_check_difference(s->run, "steps", arena_printf(s->run->arena, "%s %s has no step", saga, state));
}

static enum db_rc compare_steps(struct db_check_run *run) {
    struct steps s = {.run = run};
    enum db_rc rc = audit_check_moves(run->db, run->arena, compare_state, &s);
    for (int kind = 0; rc == DB_OK && kind < SAGA_KINDS; kind++)
        if (s.known[kind] != saga_steps[kind].n)
            db_check_difference(run, "steps",
                                arena_printf(run->arena, "%s: %zu states of saga_table.c are none of the table moves",
                                             saga_kind_name((enum saga_kind)kind), saga_steps[kind].n - s.known[kind]));
    return rc;
}

int main(void) {
    struct config config = {NULL};
    const struct db_check_program program = {
        .name = "payment-audit",
        .settings = settings,
        .n_settings = N_SETTINGS,
        .config = &config,
        .checks = audit_checks,
        .n_checks = audit_n_checks,
        .inside = compare_steps,
    };
    return db_check_main(&program);
}
