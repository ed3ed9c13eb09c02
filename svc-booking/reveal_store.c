#include "reveal_store.h"
#include "common/arena.h"

enum db_rc reveal_store_get(struct db *db, struct arena *a, int64_t order_id, struct reveal *r) {
    static const struct db_stmt stmt = {
        "reveal_get", "SELECT o.version, o.order_number, e.code, o.customer_name, o.customer_phone, o.customer_email "
                      "FROM orders o JOIN exhibitions e ON e.id = o.exhibition_id WHERE o.id = $1"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *r = (struct reveal){.version = 0};
    db_arg_int(&args, order_id);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1)
        *r = (struct reveal){.version = db_int(res, 0, 0),
                             .number = arena_strdup(a, db_text(res, 0, 1)),
                             .code = arena_strdup(a, db_text(res, 0, 2)),
                             .name = arena_strdup(a, db_text(res, 0, 3)),
                             .phone = arena_strdup(a, db_text(res, 0, 4)),
                             .email = db_text_copy(a, res, 0, 5)};
    db_free(&res);
    return rc;
}
