#include "history_store.h"
#include "common/arena.h"
#include "common/db_sql.h"

static void read_scan(struct arena *a, const struct db_res *res, int i, struct history_scan *s) {
    *s = (struct history_scan){
        .scan_id = db_text_copy(a, res, i, 1),
        .device_id = db_text_copy(a, res, i, 2),
        .verdict = db_text_copy(a, res, i, 3),
        .conflict = db_text_copy(a, res, i, 4),
        .undo_reason = db_text_copy(a, res, i, 5),
        .at_ms = db_int(res, i, 6),
        .undone_ms = db_int(res, i, 7),
        .undone_by = db_int(res, i, 8),
        .ticket_id = db_int(res, i, 9),
        .admin_id = db_int(res, i, 10),
        .count = db_int(res, i, 11),
        .admitted = db_int(res, i, 12),
        .offline = db_bool(res, i, 13),
    };
}

enum db_rc history_store_of_order(struct db *db, struct arena *a, const char *order_number,
                                  const char **exhibition_code, struct history_scan **scans, size_t *n) {
    /* A known order without scans is one row whose scan is NULL. */
    static const struct db_stmt stmt = {
        "history_of_order",
        /* clang-format off */
        "SELECT e.code, s.scan_id, s.device_id, s.verdict, s.conflict, s.undo_reason, "
        MS("s.scanned_at") ", " MS("s.undone_at") ", s.undone_by, s.ticket_id, s.admin_id, s.count, s.admitted, s.offline "
        "FROM orders o JOIN exhibitions e ON e.id = o.exhibition_id "
        "LEFT JOIN LATERAL (SELECT * FROM scans WHERE order_id = o.id ORDER BY id DESC LIMIT 200) s ON true "
        "WHERE o.order_number = $1 ORDER BY s.scanned_at, s.id"};
    /* clang-format on */
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    *exhibition_code = NULL;
    db_arg_text(&args, order_number);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    int rows = rc == DB_OK ? db_rows(res) : 0;
    if (rc == DB_OK) *scans = arena_alloc(a, ((size_t)rows + 1) * sizeof **scans);
    if (rc == DB_OK && rows > 0) *exhibition_code = db_text_copy(a, res, 0, 0);
    if (rc == DB_OK && (*scans == NULL || (rows > 0 && *exhibition_code == NULL))) rc = DB_ERROR;
    for (int i = 0; rc == DB_OK && i < rows; i++)
        if (!db_null(res, i, 1)) read_scan(a, res, i, &(*scans)[(*n)++]);
    db_free(&res);
    return rc;
}
