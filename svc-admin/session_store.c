#include "session_store.h"
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/batch.h"
#include "common/db_sql.h"

/* clang-format off */
#define ROW "id, user_id, version, generation, refresh_key, otp, client, user_agent, " MS("created_at") ", " \
            MS("used_at") ", " MS("ended_at")
#define END "ended_at = clock_timestamp(), changed_at = clock_timestamp()"
/* clang-format on */

static struct session read_row(struct arena *a, const struct db_res *res, int row) {
    struct session s = {
        .user_id = db_int(res, row, 1),
        .version = db_int(res, row, 2),
        .generation = db_int(res, row, 3),
        .refresh_key = db_text_copy(a, res, row, 4),
        .otp = db_bool(res, row, 5),
        .client = arena_strdup(a, db_text(res, row, 6)),
        .user_agent = arena_strdup(a, db_text(res, row, 7)),
        .created_ms = db_int(res, row, 8),
        .used_ms = db_int(res, row, 9),
        .ended_ms = db_int(res, row, 10),
    };
    snprintf(s.id, sizeof s.id, "%s", db_text(res, row, 0));
    return s;
}

enum db_rc session_store_new(struct db *db, struct arena *a, struct session *s) {
    static const struct db_stmt stmt = {"session_new", "INSERT INTO sessions (id, user_id, otp, client, user_agent) "
                                                       "VALUES ($1, $2, $3, $4, $5) RETURNING " ROW};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, s->id);
    db_arg_int(&args, s->user_id);
    db_arg_bool(&args, s->otp);
    db_arg_text(&args, s->client);
    db_arg_text(&args, s->user_agent);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) *s = read_row(a, res, 0);
    db_free(&res);
    return rc;
}

enum db_rc session_store_lock(struct db *db, struct arena *a, const char *id, struct session *s, int64_t *now_ms) {
    static const struct db_stmt stmt = {
        "session_lock", "SELECT " ROW ", " MS("clock_timestamp()") " FROM sessions WHERE id = $1 FOR UPDATE"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *s = (struct session){.user_id = 0};
    *now_ms = 0;
    db_arg_text(&args, id);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) {
        *s = read_row(a, res, 0);
        *now_ms = db_int(res, 0, 11);
    }
    db_free(&res);
    return rc;
}

enum db_rc session_store_turn(struct db *db, struct arena *a, const struct session *s) {
    static const struct db_stmt stmt = {
        "session_turn", "UPDATE sessions SET generation = $2, refresh_key = $3, used_at = now() WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, s->id);
    db_arg_int(&args, s->generation);
    db_arg_text(&args, s->refresh_key);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc session_store_list(struct db *db, struct arena *a, int64_t user_id, struct session **rows, size_t *n) {
    static const struct db_stmt stmt = {"session_list", "SELECT " ROW " FROM sessions WHERE user_id = $1 AND ended_at "
                                                        "IS NULL ORDER BY used_at DESC, id LIMIT 1000"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_int(&args, user_id);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *rows = arena_alloc(a, (size_t)(db_rows(res) + 1) * sizeof **rows);
    for (int i = 0; *rows != NULL && i < db_rows(res); i++) (*rows)[(*n)++] = read_row(a, res, i);
    db_free(&res);
    return *rows != NULL ? DB_OK : DB_ERROR;
}

/* ---- changes the gateway hears of ---- */

enum db_rc session_store_end(struct db *db, struct arena *a, const char *id, int64_t user_id, int64_t *whose) {
    static const struct db_stmt stmt = {"session_end",
                                        "UPDATE sessions SET " END " WHERE id = $1 AND ended_at IS NULL "
                                        "AND ($2::bigint = 0 OR user_id = $2::bigint) RETURNING user_id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, id);
    db_arg_int(&args, user_id);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *whose = rc == DB_OK && db_rows(res) == 1 ? db_int(res, 0, 0) : 0;
    db_free(&res);
    return rc;
}

enum db_rc session_store_end_others(struct db *db, struct arena *a, int64_t user_id, const char *but) {
    static const struct db_stmt stmt = {"session_end_others", "UPDATE sessions SET " END
                                                              " WHERE user_id = $1 AND ended_at IS NULL AND id <> $2"};
    struct db_args args = db_args(a);
    db_arg_int(&args, user_id);
    db_arg_text(&args, but);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc session_store_end_surplus(struct db *db, struct arena *a, int64_t user_id, int keep, int *n) {
    static const struct db_stmt stmt = {
        "session_end_surplus", "UPDATE sessions SET " END " WHERE ended_at IS NULL AND id IN (SELECT id FROM sessions "
                               "WHERE user_id = $1 AND ended_at IS NULL ORDER BY used_at DESC OFFSET $2) RETURNING id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, user_id);
    db_arg_int(&args, keep);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *n = rc == DB_OK ? db_rows(res) : 0;
    db_free(&res);
    return rc;
}

enum db_rc session_store_raise(struct db *db, struct arena *a, int64_t user_id) {
    static const struct db_stmt stmt = {"session_raise",
                                        "UPDATE sessions SET version = version + 1, changed_at = clock_timestamp() "
                                        "WHERE user_id = $1 AND ended_at IS NULL"};
    struct db_args args = db_args(a);
    db_arg_int(&args, user_id);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc session_store_otp(struct db *db, struct arena *a, const char *id, bool otp) {
    static const struct db_stmt stmt = {
        "session_otp",
        "UPDATE sessions SET otp = $2, version = version + 1, changed_at = clock_timestamp() WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, id);
    db_arg_bool(&args, otp);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc session_store_changed(struct db *db, struct arena *a, int64_t since_ms, int64_t span_ms, int limit,
                                 struct session_change **rows, size_t *n, int64_t *until_ms) {
    static const struct db_stmt stmt = {
        "session_changed", "WITH t AS (SELECT greatest(to_timestamp($1::bigint / 1000.0), now() - $2::bigint * "
                           "interval '1 ms') AS since), "
                           "c AS (SELECT id, version, ended_at, changed_at FROM sessions, t WHERE changed_at > t.since "
                           "ORDER BY changed_at LIMIT $3) "
                           "SELECT c.id, c.version, c.ended_at IS NOT NULL, " MS("c.changed_at") ", " MS(
                               "now() - interval '1 minute'") " FROM t LEFT JOIN c ON true ORDER BY c.changed_at"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_int(&args, since_ms);
    db_arg_int(&args, span_ms);
    db_arg_int(&args, limit);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    int found = db_rows(res);
    *rows = arena_alloc(a, (size_t)found * sizeof **rows);
    for (int i = 0; *rows != NULL && i < found && !db_null(res, i, 0); i++)
        (*rows)[(*n)++] = (struct session_change){
            .id = arena_strdup(a, db_text(res, i, 0)),
            .version = db_bool(res, i, 2) ? SESSION_ENDED : db_int(res, i, 1),
        };
    *until_ms = found == limit ? db_int(res, found - 1, 3) : db_int(res, 0, 4);
    if (*until_ms < since_ms) *until_ms = since_ms;
    db_free(&res);
    return *rows != NULL ? DB_OK : DB_ERROR;
}

bool session_store_tidy(struct db *db, struct arena *a, const struct session_limits *limits) {
    static const struct db_stmt forget = {
        "session_forget", "DELETE FROM sessions WHERE ctid = ANY (ARRAY(SELECT ctid FROM sessions "
                          "WHERE ended_at < now() - interval '2 days' ORDER BY ended_at" BATCH_LIMIT "))"};
    static const struct db_stmt end = {
        "session_over",
        "UPDATE sessions SET ended_at = now() WHERE id = ANY (ARRAY(SELECT id FROM sessions "
        "WHERE ended_at IS NULL AND (used_at < now() - $1::bigint * interval '1 ms' "
        "OR created_at < now() - $2::bigint * interval '1 ms')" BATCH_LIMIT " FOR UPDATE SKIP LOCKED))"};
    struct db_args none = db_args(a), args = db_args(a);
    db_arg_int(&args, limits->idle_ms);
    db_arg_int(&args, limits->max_ms);
    const bool more = batch_run(db, &forget, &none);
    return batch_run(db, &end, &args) || more;
}
