#include "gate_store.h"

enum db_rc gate_store_epoch(struct db *db, struct arena *a, int64_t *epoch) {
    static const struct db_stmt stmt = {"gate_epoch", "SELECT epoch FROM meta"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) *epoch = db_int(res, 0, 0);
    db_free(&res);
    return rc;
}
