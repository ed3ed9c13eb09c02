#include "staff_sql.h"
#include "staff_table.h"

/* clang-format off */
#define PRODUCT_ROW \
    "SELECT p.id, p.exhibition_id, p.version, e.code, p.pool_id, json_build_object('id', p.id, " \
    "'exhibition_id', p.exhibition_id, 'exhibition_code', e.code, 'name', p.name, 'type', p.type, 'price', p.price, " \
    "'total_quantity', l.total, 'available_quantity', l.available, 'sale_start', " SQL_TIME("p.sale_start") ", " \
    "'sale_end', " SQL_TIME("p.sale_end") ", 'is_active', p.is_active, 'proof_required', p.proof_required, " \
    "'version', p.version, 'created_at', " SQL_TIME("p.created_at") ", " \
    "'updated_at', " SQL_TIME("p.updated_at") ")::text " \
    "FROM products p JOIN exhibitions e ON e.id = p.exhibition_id JOIN pools l ON l.id = p.pool_id "

static const struct record_field fields[] = {
    {"name", REC_TEXT, 1, 200, true, false},          {"type", REC_TEXT, 1, 50, true, false},
    {"price", REC_INT, 0, 100000000, true, false},    {"sale_start", REC_TIME, 0, 0, false, true},
    {"sale_end", REC_TIME, 0, 0, false, true},        {"is_active", REC_BOOL, 0, 0, false, false},
    {"proof_required", REC_BOOL, 0, 0, false, false},
};

const struct staff_table product_table = {
    .entity = "product",
    .plural = "products",
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .size_field = "total_quantity",
    .blame = "sale_end",
    .list = {"product_list",
             PRODUCT_ROW "WHERE ($1::text[] IS NULL OR e.code = ANY ($1)) AND p.id > $2 "
             "AND $4::date IS NULL AND $5::date IS NULL ORDER BY p.id LIMIT $3"},
    .lock = {"product_lock", PRODUCT_ROW "WHERE p.id = $1 FOR UPDATE OF p"},
    .update = {"product_update",
               "UPDATE products SET " SQL_KEPT("$2", "text", "name") ", " SQL_KEPT("$3", "text", "type") ", "
               SQL_KEPT("$4", "int", "price") ", " SQL_CLEARABLE("$5", "timestamptz", "sale_start") ", "
               SQL_CLEARABLE("$6", "timestamptz", "sale_end") ", " SQL_KEPT("$7", "boolean", "is_active") ", "
               SQL_KEPT("$8", "boolean", "proof_required") ", version = version + 1, updated_at = now() WHERE id = $1"},
    .halt = {"product_halt", "LOCK TABLE products IN ACCESS EXCLUSIVE MODE"},
    .used = {"product_used",
             "SELECT l.version > 1 + l.resizes FROM products p JOIN pools l ON l.id = p.pool_id WHERE p.id = $1"},
    .remove = {"product_remove",
               "WITH gone AS (DELETE FROM products WHERE id = $1 RETURNING pool_id) "
               "DELETE FROM pools l USING gone g WHERE l.id = g.pool_id"},
};
/* clang-format on */

enum db_rc product_store_insert(struct db *db, struct arena *a, int64_t exhibition_id, int64_t total, int64_t *id) {
    static const struct db_stmt stmt = {
        "product_insert",
        "WITH l AS (INSERT INTO pools (exhibition_id, total, available) VALUES ($1, $2, $2) RETURNING id) "
        "INSERT INTO products (exhibition_id, pool_id, name, type, price, version) SELECT $1, l.id, '', '', 0, 0 FROM "
        "l "
        "RETURNING id"};
    struct db_args args = db_args(a);
    struct db_res *r = NULL;
    db_arg_int(&args, exhibition_id);
    db_arg_int(&args, total);
    enum db_rc rc = db_exec(db, &stmt, &args, &r);
    if (rc == DB_OK) *id = db_int(r, 0, 0);
    db_free(&r);
    return rc;
}
