#include "webhook_store.h"
#include "attempt_store.h"
#include "common/arena.h"

enum db_rc webhook_store_put(struct db *db, struct arena *a, const struct webhook_row *rows, size_t n) {
    /* Keys and attempts are locked in an order of their own, so that batches do not wait for each other in a circle. */
    static const struct db_stmt stmt = {
        "webhook_put",
        "WITH told AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::int[]) "
        "                      t (transmission_id, event_type, attempt, said, verdict, wish)), "
        "first AS (INSERT INTO webhooks (transmission_id, event_type, attempt, said, verdict) "
        "          SELECT transmission_id, event_type, attempt, said, verdict FROM told ORDER BY transmission_id "
        "          ON CONFLICT (transmission_id) DO NOTHING RETURNING transmission_id, attempt), "
        "wished AS (SELECT attempt, max(wish) AS wish FROM told t WHERE wish > 0 AND EXISTS "
        "           (SELECT FROM first f WHERE f.attempt = t.attempt "
        "            AND f.transmission_id IS NOT DISTINCT FROM t.transmission_id) GROUP BY attempt), "
        "mine AS (SELECT a.id, w.wish FROM wished w JOIN attempts a ON a.id = w.attempt "
        "         WHERE w.wish = 2 OR a.lease_until IS NULL OR a.lease_until <= now() ORDER BY a.id FOR UPDATE OF a) "
        "UPDATE attempts t SET asked_at = CASE WHEN m.wish = 2 THEN now() ELSE t.asked_at END, " ATTEMPT_SOON(
            "t.") "FROM mine m WHERE t.id = m.id"};
    struct db_args args = db_args(a);
    const char **transmission_id = arena_alloc(a, n * sizeof *transmission_id);
    const char **event_type = arena_alloc(a, n * sizeof *event_type);
    const char **said = arena_alloc(a, n * sizeof *said);
    const char **verdict = arena_alloc(a, n * sizeof *verdict);
    int64_t *attempt = arena_alloc(a, n * sizeof *attempt);
    int64_t *wish = arena_alloc(a, n * sizeof *wish);
    if (transmission_id == NULL || event_type == NULL || said == NULL || verdict == NULL || attempt == NULL ||
        wish == NULL)
        return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        transmission_id[i] = rows[i].transmission_id;
        event_type[i] = rows[i].event_type;
        said[i] = rows[i].said;
        verdict[i] = rows[i].verdict;
        attempt[i] = rows[i].attempt;
        wish[i] = rows[i].wish;
    }
    db_arg_texts(&args, transmission_id, n);
    db_arg_texts(&args, event_type, n);
    db_arg_ints(&args, attempt, n);
    db_arg_texts(&args, said, n);
    db_arg_texts(&args, verdict, n);
    db_arg_ints(&args, wish, n);
    return db_exec(db, &stmt, &args, NULL);
}
