#include "booking.h"
#include "common/arena.h"
#include "staff_table.h"

static bool read_row(struct arena *a, const struct db_res *r, int i, struct staff_row *row) {
    *row = (struct staff_row){.id = db_int(r, i, 0),
                              .exhibition_id = db_int(r, i, 1),
                              .version = db_int(r, i, 2),
                              .code = arena_strdup(a, db_text(r, i, 3)),
                              .pool_id = db_int(r, i, 4),
                              .json = arena_strdup(a, db_text(r, i, 5))};
    return row->code && row->json;
}

static enum db_rc read_rows(struct db *db, const struct db_stmt *stmt, const struct db_args *args,
                            struct staff_row **rows, size_t *n) {
    struct db_res *r = NULL;
    enum db_rc rc = db_exec(db, stmt, args, &r);
    if (rc != DB_OK) return rc;
    *n = (size_t)db_rows(r);
    *rows = arena_alloc(args->arena, *n * sizeof **rows + 1);
    if (!*rows) rc = DB_ERROR;
    for (size_t i = 0; rc == DB_OK && i < *n; i++)
        if (!read_row(args->arena, r, (int)i, &(*rows)[i])) rc = DB_ERROR;
    db_free(&r);
    return rc;
}

enum db_rc staff_table_list(struct db *db, struct arena *a, const struct staff_table *t, const struct staff_query *q,
                            struct staff_row **rows, size_t *n) {
    struct db_args args = db_args(a);
    q->codes ? db_arg_texts(&args, q->codes, q->n_codes) : db_arg_null(&args);
    db_arg_int(&args, q->after);
    db_arg_int(&args, q->limit);
    db_arg_text(&args, q->from);
    db_arg_text(&args, q->to);
    return read_rows(db, &t->list, &args, rows, n);
}

enum db_rc staff_table_lock(struct db *db, struct arena *a, const struct staff_table *t, int64_t id,
                            struct staff_row **row) {
    struct db_args args = db_args(a);
    size_t n = 0;
    db_arg_int(&args, id);
    enum db_rc rc = read_rows(db, &t->lock, &args, row, &n);
    if (rc != DB_OK || n == 0) *row = NULL;
    return rc;
}

enum db_rc staff_table_update(struct db *db, const struct staff_table *t, const struct db_args *args) {
    struct db_res *r = NULL;
    enum db_rc rc = db_exec(db, &t->update, args, &r);
    if (rc == DB_OK && db_affected(r) == 0) rc = DB_UNIQUE;
    db_free(&r);
    return rc;
}

enum db_rc staff_table_remove(struct db *db, struct arena *a, const struct staff_table *t, int64_t id, bool *used) {
    /* A sale reads these tables before it locks stock. It must be over or not have begun, and a dump that reads them
     * for minutes must not make sales queue up behind us. */
    static const struct db_stmt patience = {"remove_patience", "SET LOCAL lock_timeout = '200ms'"};
    struct db_args none = db_args(a), args = db_args(a);
    struct db_res *r = NULL;
    db_arg_int(&args, id);
    enum db_rc rc = db_exec(db, &patience, &none, NULL);
    if (rc == DB_OK) rc = db_exec(db, &t->halt, &none, NULL);
    if (rc == DB_OK) rc = db_exec(db, &t->used, &args, &r);
    if (rc == DB_OK) {
        *used = db_rows(r) == 1 && db_bool(r, 0, 0);
        if (!*used) rc = db_exec(db, &t->remove, &args, NULL);
    }
    db_free(&r);
    return rc;
}

enum db_rc pool_resize(struct db *db, struct arena *a, int64_t pool_id, int64_t total, int64_t *minimum,
                       struct pool_change *change) {
    static const struct db_stmt resize = {
        "pool_resize",
        "UPDATE pools SET available = available + $2 - total, total = $2, version = version + 1, resizes = resizes + 1 "
        "WHERE id = $1 AND total - available <= $2 RETURNING exhibition_id, id, version, available"};
    static const struct db_stmt taken = {"pool_taken", "SELECT total - available FROM pools WHERE id = $1"};
    struct db_args args = db_args(a), id = db_args(a);
    struct db_res *r = NULL;
    *minimum = 0;
    db_arg_int(&args, pool_id);
    db_arg_int(&args, total);
    enum db_rc rc = db_exec(db, &resize, &args, &r);
    if (rc == DB_OK && db_rows(r) == 1) {
        *change = (struct pool_change){db_int(r, 0, 0), db_int(r, 0, 1), db_int(r, 0, 2), db_int(r, 0, 3)};
    } else if (rc == DB_OK) {
        db_free(&r);
        db_arg_int(&id, pool_id);
        rc = db_exec(db, &taken, &id, &r);
        if (rc == DB_OK) *minimum = db_rows(r) == 1 ? db_int(r, 0, 0) : total + 1;
    }
    db_free(&r);
    return rc;
}
