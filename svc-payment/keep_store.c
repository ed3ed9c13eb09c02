#include "keep_store.h"
#include "common/effect_store.h"

enum db_rc keep_store_forget(struct db *db, struct arena *a) {
    static const struct db_stmt stmt = {"forget_webhooks",
                                        "DELETE FROM webhooks WHERE received_at < now() - interval '90 days'"};
    struct db_args args = db_args(a);
    enum db_rc rc = db_exec(db, &stmt, &args, NULL), answers = effect_store_forget(db);
    return rc != DB_OK ? rc : answers;
}
