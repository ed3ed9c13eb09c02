#include "retention_store.h"
#include "common/arena.h"
#include "common/db_sql.h"
#include "common/retention.h"

/* clang-format off */
static const struct retention_rule rules[] = {
    {"texts of audit facts",    RETENTION_AUDIT_TEXT, {"erase_audit_texts",   "SELECT * FROM erase_audit_texts($1, $2, $3)"}},
    {"texts of the audit log",  RETENTION_AUDIT_TEXT, {"erase_audit_log",     "SELECT * FROM erase_audit_log($1, $2, $3)"}},
    {"parked events",           RETENTION_AGE,        {"erase_parked_events", "SELECT * FROM erase_parked_events($1, $2, $3)"}},
};
/* clang-format on */

enum status op_retention(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return retention_step(w, req, rules, sizeof rules / sizeof *rules, out);
}

/* ---- runs ---- */

#define ROW                                                                                                            \
    "r.id, r.requested_by, " MS("r.begun_at") ", " MS("r.ended_at") ", r.kept_days, r.contract_years, r.text_days, "   \
                                                                    "r.steps, r.erased, to_jsonb(r.missing)"

static bool read_row(struct arena *a, const struct db_res *r, int i, struct retention_run *run) {
    *run = (struct retention_run){.id = db_int(r, i, 0),
                                  .requested_by = db_int(r, i, 1),
                                  .begun_ms = db_int(r, i, 2),
                                  .ended_ms = db_int(r, i, 3),
                                  .kept_days = db_int(r, i, 4),
                                  .contract_years = db_int(r, i, 5),
                                  .text_days = db_int(r, i, 6),
                                  .steps = db_int(r, i, 7),
                                  .erased = arena_strdup(a, db_text(r, i, 8)),
                                  .missing = arena_strdup(a, db_text(r, i, 9))};
    return run->erased != NULL && run->missing != NULL;
}

static enum db_rc read_rows(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                            struct retention_run **runs, size_t *n) {
    struct db_res *res = NULL;
    *n = 0;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    if (rc != DB_OK) return rc;
    *runs = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **runs);
    if (*runs == NULL) rc = DB_ERROR;
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++)
        if (!read_row(a, res, i, &(*runs)[(*n)++])) rc = DB_ERROR;
    db_free(&res);
    return rc;
}

static enum db_rc read_one(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                           struct retention_run **run) {
    size_t n;
    enum db_rc rc = read_rows(db, a, stmt, args, run, &n);
    if (rc == DB_OK && n == 0) *run = NULL;
    return rc;
}

enum db_rc retention_run_request(struct db *db, struct arena *a, const struct retention_run *wish, bool *made) {
    static const struct db_stmt stmt = {"retention_request",
                                        "INSERT INTO retention_runs (requested_by, kept_days, contract_years, "
                                        "text_days) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, wish->requested_by);
    db_arg_int(&args, wish->kept_days);
    db_arg_int(&args, wish->contract_years);
    db_arg_int(&args, wish->text_days);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *made = rc == DB_OK && db_rows(res) == 1;
    db_free(&res);
    return rc;
}

enum db_rc retention_run_open(struct db *db, struct arena *a, struct retention_run **run) {
    static const struct db_stmt stmt = {"retention_open",
                                        "SELECT " ROW " FROM retention_runs r WHERE r.ended_at IS NULL"};
    const struct db_args args = db_args(a);
    return read_one(db, a, &stmt, &args, run);
}

enum db_rc retention_run_last(struct db *db, struct arena *a, struct retention_run **run) {
    static const struct db_stmt stmt = {"retention_last",
                                        "SELECT " ROW " FROM retention_runs r ORDER BY r.id DESC LIMIT 1"};
    const struct db_args args = db_args(a);
    return read_one(db, a, &stmt, &args, run);
}

enum db_rc retention_run_list(struct db *db, struct arena *a, int64_t before_id, int64_t limit,
                              struct retention_run **runs, size_t *n) {
    static const struct db_stmt stmt = {
        "retention_list", "SELECT " ROW " FROM retention_runs r WHERE r.id < $1 ORDER BY r.id DESC LIMIT $2"};
    struct db_args args = db_args(a);
    db_arg_int(&args, before_id);
    db_arg_int(&args, limit);
    return read_rows(db, a, &stmt, &args, runs, n);
}

enum db_rc retention_run_claim(struct db *db, struct arena *a, const char *owner, int64_t seconds,
                               struct retention_run **run) {
    static const struct db_stmt stmt = {
        "retention_claim",
        "UPDATE retention_runs r SET lease_owner = $1, lease_until = now() + $2 * interval '1 second' "
        "WHERE r.ended_at IS NULL AND (r.lease_owner IS NULL OR r.lease_owner = $1 OR r.lease_until < now()) "
        "RETURNING " ROW};
    struct db_args args = db_args(a);
    db_arg_text(&args, owner);
    db_arg_int(&args, seconds);
    return read_one(db, a, &stmt, &args, run);
}

enum db_rc retention_run_note(struct db *db, struct arena *a, int64_t id, const char *owner, const char *service,
                              const char *erased, int64_t seconds, bool *ours) {
    static const struct db_stmt stmt = {
        "retention_note",
        "UPDATE retention_runs r SET steps = r.steps + 1, "
        "lease_until = greatest(r.lease_until, now() + $5 * interval '1 second'), erased = ("
        "  SELECT coalesce(jsonb_agg(jsonb_build_object('service', s.service, 'what', s.what, 'rule', s.rule, 'rows', "
        "  s.rows) ORDER BY s.first), '[]') FROM (SELECT e.service, e.what, e.rule, sum(e.rows) AS rows, min(e.place) "
        "  AS first FROM (SELECT x.value ->> 'service' AS service, x.value ->> 'what' AS what, x.value ->> 'rule' AS "
        "  rule, (x.value ->> 'rows')::bigint AS rows, x.place FROM jsonb_array_elements(r.erased) WITH ORDINALITY x "
        "  (value, place) UNION ALL SELECT $3, x.value ->> 'what', x.value ->> 'rule', (x.value ->> 'rows')::bigint, "
        "  1000 + x.place FROM jsonb_array_elements($4::jsonb) WITH ORDINALITY x (value, place)) e "
        "  GROUP BY e.service, e.what, e.rule) s) "
        "WHERE r.id = $1 AND r.lease_owner = $2 AND r.ended_at IS NULL RETURNING r.id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, id);
    db_arg_text(&args, owner);
    db_arg_text(&args, service);
    db_arg_text(&args, erased);
    db_arg_int(&args, seconds);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *ours = rc == DB_OK && db_rows(res) == 1;
    db_free(&res);
    return rc;
}

enum db_rc retention_run_end(struct db *db, struct arena *a, int64_t id, const char *owner, const char *const *missing,
                             size_t n, bool *ours) {
    static const struct db_stmt stmt = {"retention_end", "UPDATE retention_runs SET ended_at = now(), missing = $2 "
                                                         "WHERE id = $1 AND lease_owner = $3 AND ended_at IS NULL"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, id);
    db_arg_texts(&args, missing, n);
    db_arg_text(&args, owner);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *ours = rc == DB_OK && db_affected(res) == 1;
    db_free(&res);
    return rc;
}
