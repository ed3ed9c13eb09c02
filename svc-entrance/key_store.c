#include "key_store.h"
#include "common/arena.h"

enum db_rc key_store_load(struct db *db, struct arena *a, int after, struct stored_key **keys, size_t *n) {
    static const struct db_stmt stmt = {
        "key_load", "SELECT id, public_key, private_key, floor(extract(epoch FROM published_at) * 1000)::bigint, "
                    "floor(extract(epoch FROM signs_from) * 1000)::bigint FROM keys WHERE id > $1 ORDER BY id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_int(&args, after);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *keys = arena_alloc(a, (size_t)(db_rows(res) + 1) * sizeof **keys);
    for (int i = 0; *keys != NULL && i < db_rows(res); i++)
        (*keys)[(*n)++] = (struct stored_key){
            .id = (int)db_int(res, i, 0),
            .public_key = arena_strdup(a, db_text(res, i, 1)),
            .private_key = arena_strdup(a, db_text(res, i, 2)),
            .published_ms = db_int(res, i, 3),
            .signs_from_ms = db_int(res, i, 4),
        };
    db_free(&res);
    return *keys != NULL ? DB_OK : DB_ERROR;
}

enum db_rc key_store_add(struct db *db, struct arena *a, const struct stored_key *key, int64_t hours) {
    static const struct db_stmt stmt = {"key_add", "INSERT INTO keys (id, public_key, private_key, signs_from) "
                                                   "VALUES ($1, $2, $3, now() + make_interval(hours => $4))"};
    struct db_args args = db_args(a);
    db_arg_int(&args, key->id);
    db_arg_text(&args, key->public_key);
    db_arg_text(&args, key->private_key);
    db_arg_int(&args, hours);
    return db_exec(db, &stmt, &args, NULL);
}
