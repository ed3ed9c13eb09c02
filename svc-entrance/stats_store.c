#include "stats_store.h"
#include "common/arena.h"

enum db_rc stats_store_day(struct db *db, struct arena *a, int64_t exhibition_id, const char *day,
                           struct stats_row **rows, size_t *n) {
    static const struct db_stmt stmt = {
        "stats_day",
        "WITH d AS (SELECT s.* FROM scans s WHERE s.exhibition_id = $1 "
        "AND s.scanned_at >= $2::date::timestamp AT TIME ZONE 'Asia/Seoul' "
        "AND s.scanned_at < ($2::date + 1)::timestamp AT TIME ZONE 'Asia/Seoul') "
        "SELECT 'a' AS kind, (floor(extract(epoch FROM scanned_at) / 600) * 600000)::bigint AS at, '' AS name, "
        "sum(admitted) AS n "
        "FROM d WHERE claim AND undone_at IS NULL AND admitted > 0 GROUP BY 2 "
        "UNION ALL SELECT 'r', 0, verdict, count(*) FROM d WHERE verdict <> 'allowed' GROUP BY verdict "
        "UNION ALL SELECT 'c', 0, conflict, sum(greatest(count - admitted, 1)) FROM d "
        "WHERE conflict IS NOT NULL AND undone_at IS NULL GROUP BY conflict "
        "UNION ALL SELECT 'e', 0, '', count(*) FROM orders o JOIN tickets t ON t.order_id = o.id "
        "WHERE o.exhibition_id = $1 AND o.visit_date = $2::date AND t.status = 'valid' AND t.refund_id IS NULL "
        "ORDER BY 1, 2, 3"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, exhibition_id);
    db_arg_text(&args, day);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *n = rc == DB_OK ? (size_t)db_rows(res) : 0;
    *rows = rc == DB_OK ? arena_alloc(a, (*n + 1) * sizeof **rows) : NULL;
    if (rc == DB_OK && *rows == NULL) rc = DB_ERROR;
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++)
        (*rows)[i] = (struct stats_row){(enum stats_kind) * db_text(res, i, 0), db_int(res, i, 1),
                                        arena_strdup(a, db_text(res, i, 2)), db_int(res, i, 3)};
    db_free(&res);
    return rc;
}

enum db_rc stats_store_exhibition(struct db *db, struct arena *a, const char *code, int64_t *id) {
    static const struct db_stmt stmt = {
        "stats_exhibition", "SELECT id FROM exhibitions WHERE code = $1 AND NOT gone ORDER BY id DESC LIMIT 1"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, code);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *id = rc == DB_OK && db_rows(res) == 1 ? db_int(res, 0, 0) : 0;
    db_free(&res);
    return rc;
}
