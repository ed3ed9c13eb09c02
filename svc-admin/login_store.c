#include "login_store.h"
#include "common/batch.h"
#include "common/db_sql.h"

enum db_rc login_store_lock(struct db *db, struct arena *a, const char *name_hash, struct login_tries *tries,
                            int64_t *now_ms) {
    static const struct db_stmt make = {"login_make",
                                        "INSERT INTO login_failures (name_hash) VALUES ($1) ON CONFLICT DO NOTHING"};
    static const struct db_stmt lock = {
        "login_lock", "SELECT failures, " MS("last_at") ", " MS("locked_until") ", " MS(
                          "clock_timestamp()") " FROM login_failures WHERE name_hash = $1 FOR UPDATE"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *tries = (struct login_tries){0};
    *now_ms = 0;
    db_arg_text(&args, name_hash);
    enum db_rc rc = db_exec(db, &make, &args, NULL);
    if (rc == DB_OK) rc = db_exec(db, &lock, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) {
        *tries = (struct login_tries){db_int(res, 0, 0), db_int(res, 0, 1), db_int(res, 0, 2)};
        *now_ms = db_int(res, 0, 3);
    } else if (rc == DB_OK) {
        rc = DB_RETRY; /* cleared in between */
    }
    db_free(&res);
    return rc;
}

enum db_rc login_store_put(struct db *db, struct arena *a, const char *name_hash, const struct login_tries *tries) {
    static const struct db_stmt stmt = {
        "login_put", "UPDATE login_failures SET failures = $2, last_at = $3, locked_until = $4 WHERE name_hash = $1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, name_hash);
    db_arg_int(&args, tries->failures);
    db_arg_time(&args, tries->last_ms);
    db_arg_time(&args, tries->locked_until_ms);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc login_store_take_back(struct db *db, struct arena *a, const char *name_hash, int64_t failures) {
    static const struct db_stmt stmt = {"login_take_back",
                                        "UPDATE login_failures SET failures = failures - 1, "
                                        "locked_until = CASE WHEN failures = $2 THEN NULL ELSE locked_until END "
                                        "WHERE name_hash = $1 AND failures > 0"};
    struct db_args args = db_args(a);
    db_arg_text(&args, name_hash);
    db_arg_int(&args, failures);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc login_store_clear(struct db *db, struct arena *a, const char *name_hash) {
    static const struct db_stmt stmt = {"login_clear", "DELETE FROM login_failures WHERE name_hash = $1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, name_hash);
    return db_exec(db, &stmt, &args, NULL);
}

bool login_store_forget(struct db *db) {
    /* Whoever tries names without end fills no disk, and unlocks nobody. Somebody may be trying one just now: it stays. */
    static const struct db_stmt stmt = {
        "login_forget",
        "DELETE FROM login_failures WHERE name_hash = ANY (ARRAY(SELECT name_hash FROM login_failures WHERE "
        "last_at < greatest(now() - interval '1 day', (SELECT last_at FROM login_failures ORDER BY last_at DESC "
        "OFFSET 100000 LIMIT 1)) AND (last_at < now() - interval '1 day' OR coalesce(locked_until, 'epoch') < now()) "
        "ORDER BY last_at" BATCH_LIMIT " FOR UPDATE SKIP LOCKED))"};
    const struct db_args args = db_args(NULL);
    return batch_run(db, &stmt, &args);
}
