#include "reissue_store.h"
#include "common/arena.h"

enum db_rc reissue_store_lock(struct db *db, struct arena *a, const char *order_number, struct reissue *r) {
    static const struct db_stmt stmt = {
        "reissue_lock",
        "SELECT o.id, o.entries_version + 1, e.code FROM orders o JOIN exhibitions e ON e.id = o.exhibition_id "
        "WHERE o.order_number = $1 AND o.entries_version > 0 FOR UPDATE OF o"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *r = (struct reissue){.order_id = 0};
    db_arg_text(&args, order_number);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    if (db_rows(res) > 0)
        *r = (struct reissue){db_int(res, 0, 0), db_int(res, 0, 1), arena_strdup(a, db_text(res, 0, 2))};
    db_free(&res);
    return DB_OK;
}

enum db_rc reissue_store_replace(struct db *db, struct arena *a, const struct reissue *r, struct issue **issues,
                                 size_t *n) {
    static const struct db_stmt replace = {
        "reissue_replace", "WITH renewed AS (UPDATE orders SET token_version = token_version + 1 WHERE id = $1) "
                           "UPDATE codes c SET replaced = true FROM code_states s "
                           "WHERE s.order_id = $1 AND s.state IN ('valid', 'suspended') AND c.code_id = s.code_id"};
    static const struct db_stmt wanted = {"reissue_wanted",
                                          "SELECT " CODE_WISHES " FROM wanted_codes(ARRAY[$1::bigint])"};
    struct db_args args = db_args(a);
    db_arg_int(&args, r->order_id);
    enum db_rc rc = db_exec(db, &replace, &args, NULL);
    return rc == DB_OK ? code_store_wishes(db, a, &wanted, &args, issues, n) : rc;
}
