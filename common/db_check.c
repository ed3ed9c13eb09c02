#include "db_check.h"

enum db_rc db_check_begin(struct db *db) {
    enum db_rc rc = db_begin(db);
    return rc == DB_OK ? db_script(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY") : rc;
}

void db_check_end(struct db *db) { db_rollback(db); }

enum db_rc db_check_run(struct db *db, struct arena *a, const struct db_check *check,
                        void (*found)(void *arg, const char *check, const char *what), void *arg) {
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, &check->stmt, &args, &res);
    for (int row = 0; rc == DB_OK && row < db_rows(res); row++) found(arg, check->name, db_text(res, row, 0));
    db_free(&res);
    return rc;
}
