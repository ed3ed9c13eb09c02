#include "webhook_store.h"

enum db_rc webhook_store_put(struct db *db, struct arena *a, const struct webhook_row *row, enum webhook_wish wish) {
    static const struct db_stmt stmt = {
        "webhook_put", "WITH first AS (INSERT INTO webhooks (transmission_id, event_type, attempt, said, verdict) "
                       "               VALUES ($1, $2, $3, $4, $5) "
                       "               ON CONFLICT (transmission_id) DO NOTHING RETURNING id) "
                       "UPDATE attempts SET asked_at = CASE WHEN $6::int = 2 THEN now() ELSE asked_at END, "
                       "       due_at = least(due_at, greatest(now(), looked_at + interval '5 s')) "
                       "WHERE id = $3 AND EXISTS (SELECT FROM first) "
                       "AND ($6::int = 2 OR $6::int = 1 AND (lease_until IS NULL OR lease_until <= now()))"};
    struct db_args args = db_args(a);
    db_arg_text(&args, row->transmission_id);
    db_arg_text(&args, row->event_type);
    db_arg_int(&args, row->attempt);
    db_arg_text(&args, row->said);
    db_arg_text(&args, row->verdict);
    db_arg_int(&args, wish);
    return db_exec(db, &stmt, &args, NULL);
}
