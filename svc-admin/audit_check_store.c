#include "audit_check_store.h"
#include <stdio.h>
#include "common/arena.h"

#define FACTS_OF(service)                                                                                              \
    "SELECT '" service "' AS source, id, created_at, entity, payload FROM " service ".events WHERE type = 'audit'"
#define FACTS                                                                                                          \
    FACTS_OF("booking")                                                                                                \
    " UNION ALL " FACTS_OF("payment") " UNION ALL " FACTS_OF("entrance") " UNION ALL " FACTS_OF(                       \
        "notify") " UNION ALL " FACTS_OF("admin")

/* A fact may be on its way for a minute; its owner keeps it for a week at least. */
const struct db_check audit_checks[] = {
    {"log and owners",
     {"audit_owners",
      "WITH told AS (" FACTS "), "
      "pairs AS (SELECT e.source AS owner, e.id, e.created_at, l.seq, l.source, l.at, "
      "  (l.action, l.entity, l.exhibition_code, l.user_id, l.role) IS DISTINCT FROM "
      "  (e.payload ->> 'action', e.entity, e.payload ->> 'exhibition_code', "
      "   nullif((e.payload ->> 'user_id')::bigint, 0), e.payload ->> 'role') AS differs "
      "  FROM told e FULL JOIN admin.audit_log l ON l.source = e.source AND l.source_event = e.id) "
      "SELECT CASE WHEN seq IS NULL THEN format('event %s of %s never arrived', id, owner) "
      "WHEN id IS NULL THEN format('row %s was never told by %s', seq, source) "
      "ELSE format('row %s is not what %s told', seq, source) END FROM pairs "
      "WHERE (seq IS NULL AND created_at < now() - interval '1 minute') "
      "OR (id IS NULL AND at > now() - interval '7 days') OR (seq IS NOT NULL AND id IS NOT NULL AND differs) "
      "ORDER BY seq, owner, id"}},
    {"parked facts",
     {"audit_parked", "SELECT format('%s %s: %s', source, entity, error) FROM admin.parked_events "
                      "WHERE consumer = 'audit'"}},
};
const size_t audit_n_checks = sizeof audit_checks / sizeof *audit_checks;

enum db_rc audit_check_rows(struct db *db, struct arena *a, int64_t after, int64_t limit, int64_t text_days,
                            struct audit_row **rows, size_t *n) {
    /* The text of a row as audit_row_text() says it; whoever changes the log could change that function too. */
    static const struct db_stmt stmt = {
        "audit_rows",
        "SELECT l.seq, jsonb_build_array(l.seq, l.source, l.source_event, "
        "round(extract(epoch FROM l.at) * 1000)::bigint, "
        "l.action, l.entity, l.exhibition_code, l.user_id, l.role, l.digest)::text, l.digest, l.hash, "
        "t.seq IS NOT NULL, t.salt, t.body::text, "
        "NOT coalesce(t.erased_at BETWEEN l.at + make_interval(days => $3::int) AND now(), false) "
        "FROM admin.audit_log l LEFT JOIN admin.audit_texts t USING (seq) WHERE l.seq > $1 ORDER BY l.seq LIMIT $2"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_int(&args, after);
    db_arg_int(&args, limit);
    db_arg_int(&args, text_days);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *rows = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **rows);
    for (int i = 0; *rows != NULL && i < db_rows(res); i++)
        (*rows)[(*n)++] = (struct audit_row){.seq = db_int(res, i, 0),
                                             .text = arena_strdup(a, db_text(res, i, 1)),
                                             .digest = arena_strdup(a, db_text(res, i, 2)),
                                             .hash = arena_strdup(a, db_text(res, i, 3)),
                                             .has_texts = db_bool(res, i, 4),
                                             .salt = db_text_copy(a, res, i, 5),
                                             .body = db_text_copy(a, res, i, 6),
                                             .erased_early = db_bool(res, i, 7)};
    db_free(&res);
    return *rows != NULL ? DB_OK : DB_ERROR;
}

enum db_rc audit_check_head(struct db *db, struct audit_chain *head) {
    static const struct db_stmt stmt = {"audit_head", "SELECT seq, hash FROM admin.audit_head"};
    const struct db_args args = db_args(NULL);
    struct db_res *res = NULL;
    *head = (struct audit_chain){0};
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) {
        head->seq = db_int(res, 0, 0);
        snprintf(head->hash, sizeof head->hash, "%s", db_text(res, 0, 1));
    }
    db_free(&res);
    return rc;
}
