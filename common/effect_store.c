#include "effect_store.h"
#include "arena.h"
#include "batch.h"

enum db_rc effect_store_lock(struct db *db, struct arena *a, const char *key, const char *body,
                             struct stored_effect *e) {
    /* Two statements: the second one's snapshot must be younger than the lock. */
    /* Services share the database and its locks, and one passes calls on to another under their key. */
    static const struct db_stmt lock = {
        "effect_lock", "SELECT pg_advisory_xact_lock(uuid_hash_extended($1, hashtext(current_schema())))"};
    static const struct db_stmt find = {
        "effect_find", "SELECT body = $2, coalesce(status, 0), coalesce(answer, '') FROM idempotency WHERE key = $1"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, key);
    *e = (struct stored_effect){.found = false};
    enum db_rc rc = db_exec(db, &lock, &args, NULL);
    if (rc != DB_OK) return rc;
    db_arg_text(&args, body);
    rc = db_exec(db, &find, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) {
        e->found = true;
        e->same_body = db_bool(res, 0, 0);
        e->status = (int)db_int(res, 0, 1);
        e->answer = arena_strdup(a, db_text(res, 0, 2));
    }
    db_free(&res);
    return rc;
}

enum db_rc effect_store_put(struct db *db, struct arena *a, const char *key, const char *body, int status,
                            const char *answer) {
    static const struct db_stmt stmt = {"effect_put",
                                        "INSERT INTO idempotency (key, body, status, answer) VALUES ($1, $2, $3, $4)"};
    struct db_args args = db_args(a);
    db_arg_text(&args, key);
    db_arg_text(&args, body);
    db_arg_int(&args, status);
    db_arg_text(&args, answer);
    return db_exec(db, &stmt, &args, NULL);
}

bool effect_store_forget(struct db *db) {
    static const struct db_stmt forget = {
        "effect_forget", "DELETE FROM idempotency WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency "
                         "WHERE created_at < now() - interval '24 hours' ORDER BY created_at" BATCH_LIMIT "))"};
    const struct db_args args = db_args(NULL);
    return batch_run(db, &forget, &args);
}
