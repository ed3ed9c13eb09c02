/* notify-audit - what booking and payment hold against what was written, in one snapshot: every paid order has its message,
 * every refund that is done has its own, no event has been lost or is left lying, no message is between two states, the moves of message.c are those of the database.
 * Prints and ends as common/db_check.h says. */
#include "common/arena.h"
#include "common/db_check.h"
#include "common/settings.h"
#include "audit_check_store.h"
#include "message.h"

struct config {
    char *database_url;
};
static const struct setting settings[] = {
    {"DATABASE_ADMIN_URL", SET_TEXT, offsetof(struct config, database_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database with a role that may read the schemas of notify, booking and payment."},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

struct moves {
    bool in_database[MESSAGE_STATES + 1][MESSAGE_STATES + 1];
};

static void note_move(void *arg, const char *from, const char *to) {
    struct moves *m = arg;
    m->in_database[message_state_parse(from)][message_state_parse(to)] = true;
}

static enum db_rc compare_moves(struct db_check_run *run) {
    struct moves m = {.in_database = {{false}}};
    enum db_rc rc = audit_check_moves(run->db, run->arena, note_move, &m);
    for (int from = 0; rc == DB_OK && from <= MESSAGE_STATES; from++)
        for (int to = 0; to <= MESSAGE_STATES; to++) {
            bool known = from < MESSAGE_STATES && to < MESSAGE_STATES;
            bool ours = known && message_may_move((enum message_state)from, (enum message_state)to);
            if (ours != m.in_database[from][to])
                db_check_difference(
                    run, "moves",
                    arena_printf(run->arena, "%s to %s",
                                 known ? message_state_name((enum message_state)from) : "an unknown state",
                                 known ? message_state_name((enum message_state)to) : "another"));
        }
    return rc;
}

int main(void) {
    struct config config = {NULL};
    const struct db_check_program program = {
        .name = "notify-audit",
        .settings = settings,
        .n_settings = N_SETTINGS,
        .config = &config,
        .checks = audit_checks,
        .n_checks = audit_n_checks,
        .inside = compare_moves,
    };
    return db_check_main(&program);
}
