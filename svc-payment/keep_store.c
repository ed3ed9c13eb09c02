#include "keep_store.h"
#include "common/batch.h"
#include "common/effect_store.h"

bool keep_store_forget(struct db *db) {
    static const struct db_stmt stmt = {
        "forget_webhooks", "DELETE FROM webhooks WHERE ctid = ANY (ARRAY(SELECT ctid FROM webhooks "
                           "WHERE received_at < now() - interval '90 days' ORDER BY received_at" BATCH_LIMIT "))"};
    const struct db_args args = db_args(NULL);
    const bool more = batch_run(db, &stmt, &args);
    return effect_store_forget(db) || more;
}
