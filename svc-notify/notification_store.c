#include "notification_store.h"
#include "common/arena.h"
#include "common/db_sql.h"

#define SELECT                                                                                                         \
    "SELECT m.id, m.version, m.order_number, m.event, m.template, m.state, m.phone, m.result, m.code, "                \
    "e.state ->> 'code', m.useful_until > now(), " MS("m.created_at") ", " MS("m.accepted_at") ", " MS(                \
        "m.ended_at") " FROM messages m LEFT JOIN facts e ON e.source = 'booking' AND e.entity = 'exhibition/' || "    \
                      "m.exhibition_id "

static void read_row(struct arena *a, const struct db_res *r, int i, struct notification *m) {
    *m = (struct notification){.id = db_int(r, i, 0),
                               .version = db_int(r, i, 1),
                               .order_number = db_text_copy(a, r, i, 2),
                               .event = db_text_copy(a, r, i, 3),
                               .template = db_text_copy(a, r, i, 4),
                               .state = db_text_copy(a, r, i, 5),
                               .phone = db_text_copy(a, r, i, 6),
                               .result = db_text_copy(a, r, i, 7),
                               .code = db_text_copy(a, r, i, 8),
                               .exhibition_code = db_text_copy(a, r, i, 9),
                               .useful = db_bool(r, i, 10),
                               .created_ms = db_int(r, i, 11),
                               .sent_ms = db_int(r, i, 12),
                               .ended_ms = db_int(r, i, 13)};
}

static enum db_rc read_rows(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                            struct notification **rows, size_t *n) {
    struct db_res *res = NULL;
    *n = 0;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    if (rc == DB_OK) {
        *rows = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **rows);
        rc = *rows == NULL ? DB_ERROR : DB_OK;
    }
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++) read_row(a, res, i, &(*rows)[(*n)++]);
    db_free(&res);
    return rc;
}

enum db_rc notification_store_list(struct db *db, struct arena *a, const struct notification_query *q,
                                   struct notification **rows, size_t *n) {
    static const struct db_stmt stmt = {
        "notification_list",
        SELECT "WHERE m.id < $1 AND ($2::text IS NULL OR m.state = $2) AND ($3::text IS NULL OR m.order_number = $3) "
               "AND ($4::text IS NULL OR m.phone = $4) AND ($5::text[] IS NULL OR m.exhibition_id IN "
               "(SELECT substr(x.entity, 12)::int FROM facts x WHERE x.source = 'booking' AND x.entity LIKE "
               "'exhibition/%' AND x.state ->> 'code' = ANY ($5::text[]))) ORDER BY m.id DESC LIMIT $6"};
    struct db_args args = db_args(a);
    db_arg_int(&args, q->before_id);
    db_arg_text(&args, q->state);
    db_arg_text(&args, q->number);
    db_arg_text(&args, q->phone);
    q->codes != NULL ? db_arg_texts(&args, q->codes, q->n_codes) : db_arg_null(&args);
    db_arg_int(&args, q->limit);
    return read_rows(db, a, &stmt, &args, rows, n);
}

enum db_rc notification_store_of_order(struct db *db, struct arena *a, const char *order_number,
                                       struct notification **rows, size_t *n) {
    static const struct db_stmt stmt = {"notification_of_order",
                                        SELECT "WHERE m.order_number = $1 ORDER BY m.id LIMIT 200"};
    struct db_args args = db_args(a);
    db_arg_text(&args, order_number);
    return read_rows(db, a, &stmt, &args, rows, n);
}

enum db_rc notification_store_get(struct db *db, struct arena *a, int64_t id, bool lock, struct notification **row) {
    static const struct db_stmt look = {"notification_get", SELECT "WHERE m.id = $1"};
    static const struct db_stmt hold = {"notification_lock", SELECT "WHERE m.id = $1 FOR UPDATE OF m"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *row = NULL;
    db_arg_int(&args, id);
    enum db_rc rc = db_exec(db, lock ? &hold : &look, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) {
        *row = arena_alloc(a, sizeof **row);
        if (*row == NULL)
            rc = DB_ERROR;
        else
            read_row(a, res, 0, *row);
    }
    db_free(&res);
    return rc;
}

enum db_rc notification_store_queue(struct db *db, struct arena *a, int64_t id) {
    static const struct db_stmt stmt = {
        "notification_queue",
        "UPDATE messages SET state = 'queued', tries = 0, looks = 0, due_at = now(), ended_at = NULL, "
        "version = version + 1 "
        "WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    return db_exec(db, &stmt, &args, NULL);
}
