#include "teller_store.h"
#include "common/arena.h"

/* Rows of one order follow each other: one for each person inside, or one without a person. */
static bool read_orders(const struct db_res *res, struct arena *a, struct untold_order **orders, size_t *n) {
    size_t rows = (size_t)db_rows(res);
    struct untold_entry *entered = arena_alloc(a, (rows + 1) * sizeof *entered);
    *orders = arena_alloc(a, (rows + 1) * sizeof **orders);
    if (entered == NULL || *orders == NULL) return false;
    for (int i = 0; i < db_rows(res); i++) {
        struct untold_order *o = *n > 0 ? &(*orders)[*n - 1] : NULL;
        if (o == NULL || o->id != db_int(res, i, 0)) {
            o = &(*orders)[(*n)++];
            *o = (struct untold_order){
                .id = db_int(res, i, 0),
                .version = db_int(res, i, 1),
                .order_number = arena_strdup(a, db_text(res, i, 2)),
                .code = arena_strdup(a, db_text(res, i, 3)),
                .token_version = db_int(res, i, 6),
                .entered = entered,
            };
            if (o->order_number == NULL || o->code == NULL) return false;
        }
        if (db_null(res, i, 4)) continue;
        *entered++ = (struct untold_entry){db_int(res, i, 4), db_int(res, i, 5)};
        o->n_entered++;
    }
    return true;
}

enum db_rc teller_store_claim(struct db *db, struct arena *a, size_t max, bool *mine, struct untold_order **orders,
                              size_t *n) {
    static const struct db_stmt lock = {"teller_lock", "SELECT pg_try_advisory_xact_lock(7321, 1)"};
    static const struct db_stmt stmt = {
        "teller_untold", "SELECT o.id, o.entries_version, o.order_number, c.code, t.id, "
                         "(extract(epoch FROM t.entered_at) * 1000)::bigint, o.token_version "
                         "FROM (SELECT id, entries_version, order_number, token_version FROM orders "
                         "      WHERE told_version < entries_version ORDER BY id LIMIT $1) o "
                         "JOIN codes c ON c.kind = 'o' AND c.ref = o.id AND c.state <> 'replaced' "
                         "LEFT JOIN tickets t ON t.order_id = o.id AND t.entered_at IS NOT NULL ORDER BY o.id, t.id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    enum db_rc rc = db_exec(db, &lock, &args, &res);
    if (rc != DB_OK) return rc;
    *mine = db_bool(res, 0, 0);
    db_free(&res);
    if (!*mine) return DB_OK;
    db_arg_int(&args, (int64_t)max);
    rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && !read_orders(res, a, orders, n)) rc = DB_ERROR;
    db_free(&res);
    return rc;
}

enum db_rc teller_store_told(struct db *db, struct arena *a, const struct untold_order *orders, size_t n) {
    static const struct db_stmt stmt = {
        "teller_told", "WITH told AS (SELECT o.id, u.version FROM unnest($1::bigint[], $2::bigint[]) u (id, version) "
                       "              JOIN orders o ON o.id = u.id ORDER BY o.id FOR UPDATE OF o) "
                       "UPDATE orders o SET told_version = told.version FROM told "
                       "WHERE o.id = told.id AND o.told_version < told.version"};
    int64_t *ids = arena_alloc(a, n * sizeof *ids), *versions = arena_alloc(a, n * sizeof *versions);
    struct db_args args = db_args(a);
    if (ids == NULL || versions == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        ids[i] = orders[i].id;
        versions[i] = orders[i].version;
    }
    db_arg_ints(&args, ids, n);
    db_arg_ints(&args, versions, n);
    return db_exec(db, &stmt, &args, NULL);
}
