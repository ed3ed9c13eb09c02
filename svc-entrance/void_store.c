#include "void_store.h"
#include "common/arena.h"

enum db_rc void_store_get(struct db *db, struct arena *a, const char *refund_id, struct void_row *row) {
    static const struct db_stmt stmt = {
        "void_get", "SELECT v.order_id, v.undone, t.id FROM voids v LEFT JOIN LATERAL unnest(v.tickets) t (id) ON true "
                    "WHERE v.refund_id = $1 ORDER BY t.id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *row = (struct void_row){.order_id = 0};
    db_arg_text(&args, refund_id);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    int64_t *ids = rc == DB_OK ? arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof *ids) : NULL;
    if (rc == DB_OK && ids == NULL) rc = DB_ERROR;
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++) {
        row->order_id = db_int(res, i, 0);
        row->undone = db_bool(res, i, 1);
        if (!db_null(res, i, 2)) ids[row->n_tickets++] = db_int(res, i, 2);
    }
    row->tickets = ids;
    db_free(&res);
    return rc;
}

enum db_rc void_store_put(struct db *db, struct arena *a, const char *refund_id, const struct void_row *row) {
    static const struct db_stmt stmt = {"void_put",
                                        "INSERT INTO voids (refund_id, order_id, tickets) VALUES ($1, $2, $3)"};
    struct db_args args = db_args(a);
    db_arg_text(&args, refund_id);
    db_arg_int(&args, row->order_id);
    db_arg_ints(&args, row->tickets, row->n_tickets);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc void_store_undo(struct db *db, struct arena *a, const char *refund_id) {
    static const struct db_stmt stmt = {"void_undo", "UPDATE voids SET undone = true WHERE refund_id = $1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, refund_id);
    return db_exec(db, &stmt, &args, NULL);
}
