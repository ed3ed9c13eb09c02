#include "stuck_store.h"
#include "common/arena.h"

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
        .failure_code = db_text_copy(a, res, i, 8),
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
        "tries, failure_code, floor(extract(epoch FROM due_at) * 1000)::bigint, amount, exhibition_id FROM stuck "
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

enum db_rc stuck_store_exhibitions(struct db *db, struct arena *a, struct exhibition_hint **hints, size_t *n) {
    static const struct db_stmt stmt = {"stuck_exhibitions",
                                        "SELECT exhibition_id, min(order_number) FROM stuck GROUP BY 1"};
    struct db_args args = db_args(a);
    return scope_hints(db, a, &stmt, &args, hints, n);
}
