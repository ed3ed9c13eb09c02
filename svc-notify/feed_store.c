#include "feed_store.h"

enum db_rc feed_store_claim(struct db *db, struct arena *a, const char *provider, int64_t every_seconds, bool *mine,
                            int64_t *read_to_ms) {
    static const struct db_stmt add = {"feed_add",
                                       "INSERT INTO feed_cursors (provider) VALUES ($1) ON CONFLICT DO NOTHING"};
    static const struct db_stmt take = {"feed_take",
                                        "UPDATE feed_cursors SET due_at = now() + $2 * interval '1 second' "
                                        "WHERE provider = $1 AND due_at <= now() "
                                        "RETURNING floor(extract(epoch FROM read_to) * 1000)::bigint"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *mine = false;
    db_arg_text(&args, provider);
    enum db_rc rc = db_exec(db, &add, &args, NULL);
    if (rc != DB_OK) return rc;
    db_arg_int(&args, every_seconds);
    rc = db_exec(db, &take, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) {
        *mine = true;
        *read_to_ms = db_int(res, 0, 0);
    }
    db_free(&res);
    return rc;
}

enum db_rc feed_store_read_to(struct db *db, struct arena *a, const char *provider, int64_t ms) {
    static const struct db_stmt stmt = {"feed_read_to", "UPDATE feed_cursors SET read_to = greatest(read_to, $2) "
                                                        "WHERE provider = $1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, provider);
    db_arg_time(&args, ms);
    return db_exec(db, &stmt, &args, NULL);
}
