#include "payment_store.h"
#include "common/arena.h"

enum db_rc payment_store_lock(struct db *db, struct arena *a, const char *attempt_id, struct attempt_row **row) {
    /* Advisory, because an attempt that has not begun has no row; two statements, because the snapshot of the second must be
     * younger than the lock. */
    static const struct db_stmt lock = {"attempt_lock", "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"};
    static const struct db_stmt find = {"attempt_find",
                                        "SELECT o.order_number, t.amount, t.verdict FROM payment_attempts t "
                                        "JOIN orders o ON o.id = t.order_id WHERE t.attempt_id = $1"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *row = NULL;
    db_arg_text(&args, attempt_id);
    enum db_rc rc = db_exec(db, &lock, &args, NULL);
    if (rc == DB_OK) rc = db_exec(db, &find, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) {
        *row = arena_alloc(a, sizeof **row);
        if (*row == NULL)
            rc = DB_ERROR;
        else
            **row = (struct attempt_row){
                .order_number = arena_strdup(a, db_text(res, 0, 0)),
                .amount = db_int(res, 0, 1),
                .verdict = db_null(res, 0, 2) ? NULL : arena_strdup(a, db_text(res, 0, 2)),
            };
    }
    db_free(&res);
    return rc;
}

enum db_rc payment_store_begin(struct db *db, struct arena *a, const char *attempt_id, int64_t order_id,
                               int64_t amount) {
    static const struct db_stmt stmt = {
        "attempt_begin", "INSERT INTO payment_attempts (attempt_id, order_id, amount) VALUES ($1, $2, $3)"};
    struct db_args args = db_args(a);
    db_arg_text(&args, attempt_id);
    db_arg_int(&args, order_id);
    db_arg_int(&args, amount);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc payment_store_end(struct db *db, struct arena *a, const char *attempt_id, const char *verdict) {
    static const struct db_stmt stmt = {
        "attempt_end",
        "UPDATE payment_attempts SET verdict = $2, ended_at = now() WHERE attempt_id = $1 AND verdict IS NULL"};
    struct db_args args = db_args(a);
    db_arg_text(&args, attempt_id);
    db_arg_text(&args, verdict);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc payment_store_remaining(struct db *db, struct arena *a, int64_t order_id, const int64_t *tickets, size_t n,
                                   int64_t *named, int64_t *remaining) {
    static const struct db_stmt stmt = {
        "tickets_remaining",
        "SELECT count(*) FILTER (WHERE id = ANY ($2::bigint[])), count(*) FILTER (WHERE id <> ALL ($2::bigint[])) "
        "FROM tickets WHERE order_id = $1 AND status <> 'void'"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, order_id);
    db_arg_ints(&args, tickets, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) {
        *named = db_int(res, 0, 0);
        *remaining = db_int(res, 0, 1);
    }
    db_free(&res);
    return rc;
}

enum db_rc payment_store_extend(struct db *db, struct arena *a, int64_t from_ms, int64_t to_ms, int64_t *n) {
    static const struct db_stmt stmt = {
        "extend_holds",
        "WITH held AS ("
        "  SELECT o.id, least(o.expires_at + (least(o.expires_at, $2::timestamptz) - greatest(o.created_at, "
        "$1::timestamptz)), "
        "                     o.created_at + make_interval(secs => e.hold_seconds) + interval '30 minutes') AS until "
        "  FROM orders o JOIN exhibitions e ON e.id = o.exhibition_id "
        "  WHERE o.status IN ('reserved', 'paying') AND o.expires_at > $1 AND o.created_at < $2 ORDER BY o.id FOR "
        "UPDATE OF o) "
        "UPDATE orders o SET expires_at = h.until, updated_at = now() FROM held h WHERE o.id = h.id AND h.until > "
        "o.expires_at"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_time(&args, from_ms);
    db_arg_time(&args, to_ms);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) *n = db_affected(res);
    db_free(&res);
    return rc;
}

enum db_rc payment_store_list(struct db *db, struct arena *a, int64_t older_than_seconds, int64_t after, int64_t limit,
                              struct paying_row **rows, size_t *n) {
    static const struct db_stmt stmt = {
        "list_paying", "SELECT o.id, (extract(epoch FROM t.begun_at) * 1000)::bigint, t.amount, o.order_number, "
                       "o.status, t.attempt_id "
                       "FROM payment_attempts t JOIN orders o ON o.id = t.order_id "
                       "WHERE t.verdict IS NULL AND o.id > $2 AND t.begun_at <= now() - make_interval(secs => $1::int) "
                       "ORDER BY o.id LIMIT $3"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, older_than_seconds);
    db_arg_int(&args, after);
    db_arg_int(&args, limit);
    *n = 0;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) {
        size_t found = (size_t)db_rows(res);
        *rows = arena_alloc(a, (found + 1) * sizeof **rows);
        rc = *rows == NULL ? DB_ERROR : DB_OK;
        for (int i = 0; rc == DB_OK && *n < found; i++)
            (*rows)[(*n)++] = (struct paying_row){
                .id = db_int(res, i, 0),
                .begun_ms = db_int(res, i, 1),
                .amount = db_int(res, i, 2),
                .order_number = arena_strdup(a, db_text(res, i, 3)),
                .status = arena_strdup(a, db_text(res, i, 4)),
                .attempt_id = arena_strdup(a, db_text(res, i, 5)),
            };
    }
    db_free(&res);
    return rc;
}
