#include "keep_store.h"

enum db_rc keep_store_forget(struct db *db, struct arena *a) {
    static const struct db_stmt stmts[] = {
        {"forget_webhooks", "DELETE FROM webhooks WHERE received_at < now() - interval '90 days'"},
        {"forget_answers", "DELETE FROM idempotency WHERE created_at < now() - interval '24 hours'"},
    };
    struct db_args args = db_args(a);
    enum db_rc rc = DB_OK;
    for (size_t i = 0; i < sizeof stmts / sizeof *stmts; i++) {
        enum db_rc one = db_exec(db, &stmts[i], &args, NULL);
        if (one != DB_OK) rc = one;
    }
    return rc;
}
