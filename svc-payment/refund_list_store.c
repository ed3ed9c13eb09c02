#include "refund_list_store.h"
#include "columns.h"
#include "common/arena.h"

enum db_rc refund_list_store_of_order(struct db *db, struct arena *a, const char *order_number,
                                      struct refund ***refunds, size_t *n) {
    static const struct db_stmt stmt = {"refunds_of_order",
                                        "SELECT " REFUND_SELECT " FROM refunds WHERE order_number = $1 ORDER BY id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_text(&args, order_number);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *refunds = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **refunds);
    for (int i = 0; i < db_rows(res) && *refunds != NULL; i++) {
        struct saga *row = row_read(&row_tables[SAGA_REFUND], a, res, i);
        if (row != NULL) (*refunds)[(*n)++] = (struct refund *)(void *)row;
    }
    rc = *n == (size_t)db_rows(res) ? DB_OK : DB_ERROR;
    db_free(&res);
    return rc;
}
