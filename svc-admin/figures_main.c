/* admin-figures - the dashboard's figures beside the tables they come from: admin-figures check | rebuild.
 *
 * check compares the figures of every hour with a count over the tables of booking, payment and entrance, in one snapshot; not of
 * exhibitions of which something has just been told. Prints and ends as common/db_check.h says. rebuild has the owners tell everything anew,
 * page by page, and counts again; svc-admin may run meanwhile. Exit code: 0 done, 1 not done, 2 wrong use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/log.h"
#include "common/settings.h"
#include "figures_check_store.h"

#define NAME "admin-figures"
#define ARENA_MAX ((size_t)8 * 1024 * 1024)
#define USAGE 2

struct config {
    char *database_url;
};

static const struct setting settings[] = {
    {"DATABASE_ADMIN_URL", SET_TEXT, offsetof(struct config, database_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database with a role that may read the schemas of all services, and write that of svc-admin."},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

static int check(struct config *config) {
    const struct db_check_program program = {
        .name = NAME,
        .settings = settings,
        .n_settings = N_SETTINGS,
        .config = config,
        .checks = figures_checks,
        .n_checks = figures_n_checks,
    };
    return db_check_main(&program);
}

static enum db_rc restate_all(struct db *db, struct arena *a) {
    enum db_rc rc = DB_OK;
    for (size_t i = 0; rc == DB_OK && i < figures_n_restatements; i++) {
        int64_t last = 0;
        do {
            arena_reset(a);
            rc = figures_check_restate(db, a, &figures_restatements[i], &last);
        } while (rc == DB_OK && last > 0);
        if (rc == DB_OK) rc = figures_check_clear(db, a, &figures_restatements[i]);
        if (rc == DB_OK) printf("%s are told anew\n", figures_restatements[i].what);
    }
    return rc;
}

static int rebuild(struct config *config) {
    int code = EXIT_FAILURE;
    log_init(NAME, LOG_WARNING, NULL);
    if (settings_load(settings, N_SETTINGS, config) != 0) return code;
    struct db *db = db_check_open(config->database_url, NAME);
    struct arena *a = arena_new(ARENA_MAX);
    enum db_rc rc = db != NULL && a != NULL ? restate_all(db, a) : DB_ERROR;
    if (rc == DB_OK) rc = figures_check_recount(db, a);
    puts(rc == DB_OK ? "the figures are counted anew" : "the figures were not counted to the end");
    if (rc == DB_OK) code = EXIT_SUCCESS;
    arena_free(&a);
    db_close(&db);
    settings_free(settings, N_SETTINGS, config);
    return code;
}

static const struct {
    const char *name;
    int (*run)(struct config *config);
} commands[] = {{"check", check}, {"rebuild", rebuild}};

int main(int argc, char **argv) {
    struct config config = {NULL};
    for (size_t i = 0; argc == 2 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(&config);
    puts("usage: admin-figures check | rebuild");
    return USAGE;
}
