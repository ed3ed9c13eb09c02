#include "stuck_store.h"
#include "common/arena.h"

#define SHOWN "1000" /* differences of a day; the program that compares prints all */

static const char *text_or_null(struct arena *a, const struct db_res *res, int row, int col) {
    return db_null(res, row, col) ? NULL : arena_strdup(a, db_text(res, row, col));
}

static void read_stuck(struct arena *a, const struct db_res *res, int i, struct stuck_row *r) {
    *r = (struct stuck_row){
        .saga = arena_strdup(a, db_text(res, i, 0)),
        .id = db_int(res, i, 1),
        .order_number = arena_strdup(a, db_text(res, i, 2)),
        .entity = arena_strdup(a, db_text(res, i, 3)),
        .kind = arena_strdup(a, db_text(res, i, 4)),
        .state = arena_strdup(a, db_text(res, i, 5)),
        .since_us = db_int(res, i, 6),
        .tries = db_int(res, i, 7),
        .failure_code = text_or_null(a, res, i, 8),
        .due_ms = db_int(res, i, 9),
        .amount = db_int(res, i, 10),
        .exhibition_id = db_int(res, i, 11),
    };
}

enum db_rc stuck_store_list(struct db *db, struct arena *a, const struct stuck_page *page, struct stuck_row **rows,
                            size_t *n) {
    static const struct db_stmt stmt = {
        "stuck_list",
        "SELECT saga, id, order_number, entity, kind, state, (extract(epoch FROM created_at) * 1000000)::bigint AS us, "
        "tries, failure_code, (extract(epoch FROM due_at) * 1000)::bigint, amount, exhibition_id FROM stuck "
        "WHERE ($1 OR exhibition_id = ANY ($2::bigint[])) "
        "AND ((extract(epoch FROM created_at) * 1000000)::bigint, saga, id) > ($3::bigint, $4::text, $5::bigint) "
        "ORDER BY us, saga, id LIMIT $6"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_bool(&args, page->everything);
    db_arg_ints(&args, page->exhibitions, page->n_exhibitions);
    db_arg_int(&args, page->since_us);
    db_arg_text(&args, page->saga);
    db_arg_int(&args, page->id);
    db_arg_int(&args, page->limit);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) {
        *rows = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **rows);
        rc = *rows == NULL ? DB_ERROR : DB_OK;
    }
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++) read_stuck(a, res, i, &(*rows)[(*n)++]);
    db_free(&res);
    return rc;
}

static enum db_rc read_hints(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                             struct exhibition_hint **hints, size_t *n) {
    struct db_res *res = NULL;
    *n = 0;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    if (rc == DB_OK) {
        *hints = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **hints);
        rc = *hints == NULL ? DB_ERROR : DB_OK;
    }
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++)
        (*hints)[(*n)++] = (struct exhibition_hint){db_int(res, i, 0), arena_strdup(a, db_text(res, i, 1))};
    db_free(&res);
    return rc;
}

enum db_rc stuck_store_exhibitions(struct db *db, struct arena *a, struct exhibition_hint **hints, size_t *n) {
    static const struct db_stmt stmt = {"stuck_exhibitions",
                                        "SELECT exhibition_id, min(order_number) FROM stuck GROUP BY 1"};
    struct db_args args = db_args(a);
    return read_hints(db, a, &stmt, &args, hints, n);
}

/* ---- comparisons ---- */

enum db_rc comparison_exhibitions(struct db *db, struct arena *a, const char *day, struct exhibition_hint **hints,
                                  size_t *n) {
    static const struct db_stmt stmt = {
        "comparison_exhibitions",
        "SELECT d.exhibition_id, min(d.order_number) FROM reconciliations c, jsonb_to_recordset(c.differences) "
        "d (exhibition_id bigint, order_number text) WHERE c.day = $1 AND d.exhibition_id IS NOT NULL GROUP BY 1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, day);
    return read_hints(db, a, &stmt, &args, hints, n);
}

enum db_rc comparison_get(struct db *db, struct arena *a, const char *day, const int64_t *exhibitions, size_t n,
                          struct comparison *c) {
    static const struct db_stmt stmt = {
        "comparison_get",
        "SELECT compared, (extract(epoch FROM run_at) * 1000)::bigint, (SELECT coalesce(jsonb_agg(x.d ORDER BY x.i), "
        "'[]') FROM (SELECT d, i FROM jsonb_array_elements(differences) WITH ORDINALITY e (d, i) WHERE $2::bigint[] "
        "IS NULL OR (d ->> 'exhibition_id')::bigint = ANY ($2) ORDER BY i LIMIT " SHOWN ") x) "
        "FROM reconciliations WHERE day = $1"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *c = (struct comparison){.found = false};
    db_arg_text(&args, day);
    if (exhibitions == NULL)
        db_arg_null(&args);
    else
        db_arg_ints(&args, exhibitions, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1)
        *c = (struct comparison){.found = true,
                                 .compared = db_int(res, 0, 0),
                                 .run_ms = db_int(res, 0, 1),
                                 .differences = arena_strdup(a, db_text(res, 0, 2))};
    if (c->found && c->differences == NULL) rc = DB_ERROR;
    db_free(&res);
    return rc;
}

enum db_rc comparison_put(struct db *db, struct arena *a, const char *day, int64_t compared, const char *differences) {
    static const struct db_stmt stmt = {
        "comparison_put", "INSERT INTO reconciliations (day, compared, differences) VALUES ($1, $2, $3) ON CONFLICT "
                          "(day) DO UPDATE SET compared = excluded.compared, differences = excluded.differences, "
                          "run_at = now()"};
    struct db_args args = db_args(a);
    db_arg_text(&args, day);
    db_arg_int(&args, compared);
    db_arg_text(&args, differences);
    return db_exec(db, &stmt, &args, NULL);
}
