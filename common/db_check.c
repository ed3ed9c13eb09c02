#include "db_check.h"
#include <stdio.h>
#include <stdlib.h>
#include "arena.h"
#include "log.h"
#include "settings.h"

#define STATEMENT_MS (15 * 60 * 1000)
#define ARENA_MAX ((size_t)256 * 1024 * 1024)
#define COULD_NOT_LOOK 2

void db_check_difference(void *run, const char *check, const char *what) {
    struct db_check_run *r = run;
    r->differences++;
    printf("%s: %s\n", check, what);
}

struct db *db_check_open(const char *url, const char *name) {
    return db_open(url, name, STATEMENT_MS);
}

static enum db_rc look(struct db_check_run *run, const struct db_check *check) {
    struct db_args args = db_args(run->arena);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(run->db, &check->stmt, &args, &res);
    for (int row = 0; rc == DB_OK && row < db_rows(res); row++)
        db_check_difference(run, check->name, db_text(res, row, 0));
    db_free(&res);
    return rc;
}

/* Whatever is compared with each other is read in one snapshot; nothing is changed. */
static enum db_rc compare(const struct db_check_program *p, struct db_check_run *run) {
    enum db_rc rc = db_begin(run->db);
    if (rc == DB_OK) rc = db_script(run->db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    for (size_t i = 0; rc == DB_OK && i < p->n_checks; i++) rc = look(run, &p->checks[i]);
    if (rc == DB_OK && p->inside != NULL) rc = p->inside(run);
    db_rollback(run->db);
    return rc == DB_OK && p->after != NULL ? p->after(run) : rc;
}

int db_check_main(const struct db_check_program *p) {
    struct db_check_run run = {.config = p->config};
    int code = COULD_NOT_LOOK;
    log_init(p->name, LOG_WARNING, NULL);
    if (settings_load(p->settings, p->n_settings, p->config) != 0) return code;
    run.db = db_check_open(*(char **)p->config, p->name);
    run.arena = arena_new(ARENA_MAX);
    if (run.db == NULL || run.arena == NULL) goto out;
    if (compare(p, &run) != DB_OK) {
        puts("the database does not answer");
        goto out;
    }
    printf("%zu differences\n", run.differences);
    code = run.differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
out:
    arena_free(&run.arena);
    db_close(&run.db);
    settings_free(p->settings, p->n_settings, p->config);
    return code;
}
