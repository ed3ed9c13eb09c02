#include "audit_log_store.h"
#include <string.h>
#include "common/arena.h"
#include "common/db_sql.h"

#define PAGE_BYTES ((size_t)384 * 1024)

enum db_rc audit_log_append(struct db *db, struct arena *a, const char *source, const struct event *e, size_t n) {
    static const struct db_stmt stmt = {
        "audit_append",
        "SELECT audit_append($1, ARRAY(SELECT split_part(c, ':', 2)::bigint FROM unnest($2::text[]) WITH ORDINALITY t "
        "(c, i) ORDER BY i), ARRAY(SELECT timestamptz 'epoch' + ms * interval '1 millisecond' FROM "
        "unnest($3::bigint[]) WITH ORDINALITY t (ms, i) ORDER BY i), $4, $5)"};
    struct db_args args = db_args(a);
    const char **cursors = arena_alloc(a, n * sizeof *cursors), **entities = arena_alloc(a, n * sizeof *entities);
    const char **facts = arena_alloc(a, n * sizeof *facts);
    int64_t *times = arena_alloc(a, n * sizeof *times);
    if (cursors == NULL || entities == NULL || facts == NULL || times == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        cursors[i] = e[i].cursor;
        times[i] = e[i].created_ms;
        entities[i] = e[i].entity;
        facts[i] = e[i].payload;
    }
    db_arg_text(&args, source);
    db_arg_texts(&args, cursors, n);
    db_arg_ints(&args, times, n);
    db_arg_texts(&args, entities, n);
    db_arg_texts(&args, facts, n);
    return db_exec(db, &stmt, &args, NULL);
}

/* ---- list ---- */

struct reading { /* of one row */
    struct arena *arena;
    const struct db_res *res;
    int row;
    size_t bytes; /* of what was read */
    bool failed;
};

/* NULL when the column is. */
static const char *text(struct reading *r, int col) {
    const char *copy = db_text_copy(r->arena, r->res, r->row, col);
    if (copy != NULL)
        r->bytes += strlen(copy);
    else if (!db_null(r->res, r->row, col))
        r->failed = true;
    return copy;
}

static bool read_entry(struct arena *a, const struct db_res *res, int i, struct audit_entry *e, size_t *bytes) {
    struct reading r = {a, res, i, 0, false};
    *e = (struct audit_entry){.seq = db_int(res, i, 0),
                              .at_ms = db_int(res, i, 1),
                              .source = text(&r, 2),
                              .action = text(&r, 3),
                              .entity = text(&r, 4),
                              .exhibition_code = text(&r, 5),
                              .user_id = db_int(res, i, 6),
                              .role = text(&r, 7),
                              .username = text(&r, 8),
                              .before = text(&r, 9),
                              .after = text(&r, 10),
                              .reason = text(&r, 11),
                              .client = text(&r, 12),
                              .request_id = text(&r, 13),
                              .erased_ms = db_int(res, i, 14)};
    *bytes += r.bytes;
    return !r.failed;
}

/* A filter must meet a plan made for it: the general one would walk through the whole log. */
static enum db_rc run_planned(struct db *db, const struct db_stmt *stmt, const struct db_args *args,
                              struct db_res **res) {
    enum db_rc rc = db_begin(db);
    if (rc == DB_OK) rc = db_script(db, "SET LOCAL plan_cache_mode = force_custom_plan");
    if (rc == DB_OK) rc = db_exec(db, stmt, args, res);
    db_rollback(db); /* nothing was written */
    return rc;
}

enum db_rc audit_log_list(struct db *db, struct arena *a, const struct audit_query *q, struct audit_entry **entries,
                          size_t *n, bool *more) {
    static const struct db_stmt stmt = {
        "audit_list",
        "SELECT l.seq, " MS(
            "l.at") ", l.source, l.action, l.entity, l.exhibition_code, l.user_id, l.role, "
                    "t.body ->> 'username', nullif(t.body -> 'before', 'null'), nullif(t.body -> 'after', 'null'), "
                    "t.body ->> 'reason', t.body ->> 'client', t.body ->> 'request_id', " MS(
                        "t.erased_at") " "
                                       "FROM audit_log l LEFT JOIN audit_texts t USING (seq) "
                                       "WHERE ($1::bigint IS NULL OR l.seq < $1) AND ($2::text[] IS NULL OR "
                                       "l.exhibition_code = ANY ($2)) "
                                       "AND ($3::bigint IS NULL OR (l.user_id = $3 AND l.role <> 'device')) "
                                       "AND ($4::text IS NULL OR l.action = $4) AND ($5::text IS NULL OR l.entity = "
                                       "$5) "
                                       "AND ($6::timestamptz IS NULL OR l.at >= $6) AND ($7::timestamptz IS NULL OR "
                                       "l.at < $7) AND ($9::bool OR l.exhibition_code IS NOT NULL) "
                                       "ORDER BY l.seq DESC LIMIT $8"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    q->before_seq != 0 ? db_arg_int(&args, q->before_seq) : db_arg_null(&args);
    q->codes != NULL ? db_arg_texts(&args, q->codes, q->n_codes) : db_arg_null(&args);
    q->user_id != 0 ? db_arg_int(&args, q->user_id) : db_arg_null(&args);
    db_arg_text(&args, q->action);
    db_arg_text(&args, q->entity);
    db_arg_time(&args, q->from_ms);
    db_arg_time(&args, q->until_ms);
    db_arg_int(&args, q->limit);
    db_arg_bool(&args, q->accounts);
    enum db_rc rc = run_planned(db, &stmt, &args, &res);
    if (rc == DB_OK) {
        *entries = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **entries);
        rc = *entries == NULL ? DB_ERROR : DB_OK;
    }
    size_t bytes = 0;
    for (; rc == DB_OK && *n < (size_t)db_rows(res) && bytes < PAGE_BYTES; ++*n)
        if (!read_entry(a, res, (int)*n, &(*entries)[*n], &bytes)) rc = DB_ERROR;
    *more = rc == DB_OK && (*n < (size_t)db_rows(res) || (int64_t)*n == q->limit);
    db_free(&res);
    return rc;
}
