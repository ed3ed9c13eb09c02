#include "batch.h"

bool batch_run(struct db *db, const struct db_stmt *stmt, const struct db_args *args) {
    struct db_res *res = NULL;
    const bool full = db_exec(db, stmt, args, &res) == DB_OK && db_affected(res) == BATCH_ROWS;
    db_free(&res);
    return full;
}
