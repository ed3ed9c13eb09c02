/* notify-audit - what booking and payment hold against what was written, in one snapshot: every paid order has its message,
 * every refund that is done has its own, no event has been lost or is left lying, no message is between two states, the moves of message.c are those of the database.
 *
 * Prints "0 differences" or names each. Exit code: 0 all agree, 1 differences, 2 it could not look. */
#include <stdio.h>
#include <stdlib.h>
#include "common/arena.h"
#include "common/db.h"
#include "common/log.h"
#include "common/settings.h"
#include "audit_check_store.h"
#include "message.h"

#define STATEMENT_MS (15 * 60 * 1000)
#define ARENA_MAX ((size_t)64 * 1024 * 1024)

struct config {
    char *database_url;
};
static const struct setting settings[] = {
    {"DATABASE_ADMIN_URL", SET_TEXT, offsetof(struct config, database_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database with a role that may read the schemas of notify, booking and payment."},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

struct audit {
    struct arena *arena;
    size_t differences;
    bool in_database[MESSAGE_STATES + 1][MESSAGE_STATES + 1];
};

static void difference(void *arg, const char *check, const char *what) {
    struct audit *a = arg;
    a->differences++;
    printf("%s: %s\n", check, what);
}

static void note_move(void *arg, const char *from, const char *to) {
    struct audit *a = arg;
    a->in_database[message_state_parse(from)][message_state_parse(to)] = true;
}

static enum db_rc compare_moves(struct audit *a, struct db *db) {
    enum db_rc rc = audit_check_moves(db, a->arena, note_move, a);
    for (int from = 0; rc == DB_OK && from <= MESSAGE_STATES; from++)
        for (int to = 0; to <= MESSAGE_STATES; to++) {
            bool known = from < MESSAGE_STATES && to < MESSAGE_STATES;
            bool ours = known && message_may_move((enum message_state)from, (enum message_state)to);
            if (ours != a->in_database[from][to])
                difference(a, "moves",
                           arena_printf(a->arena, "%s to %s",
                                        known ? message_state_name((enum message_state)from) : "an unknown state",
                                        known ? message_state_name((enum message_state)to) : "another"));
        }
    return rc;
}

int main(void) {
    struct config config = {NULL};
    struct audit a = {.differences = 0};
    struct db *db = NULL;
    int code = 2;
    log_init("notify-audit", LOG_WARNING, NULL);
    if (settings_load(settings, N_SETTINGS, &config) != 0) return code;
    db = db_open(config.database_url, "notify-audit", STATEMENT_MS);
    a.arena = arena_new(ARENA_MAX);
    if (db == NULL || a.arena == NULL) goto out;
    enum db_rc rc = db_check_begin(db);
    for (size_t i = 0; rc == DB_OK && i < audit_n_checks; i++)
        rc = db_check_run(db, a.arena, &audit_checks[i], difference, &a);
    if (rc == DB_OK) rc = compare_moves(&a, db);
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
