#include "history_store.h"
#include "common/arena.h"
#include "common/db_sql.h"

static void read_row(struct arena *a, const struct db_res *res, int i, struct history_row *r) {
    *r = (struct history_row){
        .type = db_text_copy(a, res, i, 0),
        .id = db_text_copy(a, res, i, 1),
        .state = db_text_copy(a, res, i, 2),
        .method = db_text_copy(a, res, i, 3),
        .kind = db_text_copy(a, res, i, 4),
        .reason = db_text_copy(a, res, i, 5),
        .failure_code = db_text_copy(a, res, i, 6),
        .at_ms = db_int(res, i, 7),
        .ended_ms = db_int(res, i, 8),
        .amount = db_int(res, i, 9),
        .fee = db_int(res, i, 10),
        .user_id = db_int(res, i, 11),
    };
}

enum db_rc history_store_of_order(struct db *db, struct arena *a, const char *order_number, struct history_row **rows,
                                  size_t *n) {
    static const struct db_stmt stmt = {
        "history_of_order",
        /* clang-format off */
        "SELECT * FROM ("
        "SELECT 'attempt' AS type, attempt_id AS id, state, method, NULL AS kind, NULL AS reason, failure_code, "
        MS("created_at") " AS at, " MS("approved_at") ", amount, 0 AS fee, 0 AS user_id "
        "FROM attempts WHERE order_number = $1 UNION ALL "
        "SELECT 'refund', refund_id, state, NULL, kind, reason, failure_code, "
        MS("created_at") ", " MS("done_at") ", amount, fee, requested_by "
        "FROM refunds WHERE order_number = $1 "
        "ORDER BY at DESC, id DESC LIMIT 200) newest ORDER BY at, id"};
    /* clang-format on */
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_text(&args, order_number);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) {
        *rows = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **rows);
        rc = *rows == NULL ? DB_ERROR : DB_OK;
    }
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++) read_row(a, res, i, &(*rows)[(*n)++]);
    db_free(&res);
    return rc;
}
