#include "ticket_store.h"
#include "common/arena.h"

#define USABLE(c) "CASE WHEN " c ".state <> 'cancelled' THEN " c ".code END"

enum db_rc ticket_store_list(struct db *db, struct arena *a, const char *order_number, struct ticket_list *list) {
    static const struct db_stmt stmt = {
        "ticket_list",
        "SELECT o.token_version, " USABLE(
            "oc") ", t.id, coalesce(p.name, ''), coalesce(p.type, ''), "
                  "CASE WHEN tc.state = 'cancelled' THEN 'void' WHEN t.entered_at IS NOT NULL THEN 'entered' ELSE "
                  "t.status END, " USABLE(
                      "tc") " FROM orders o "
                            "JOIN code_states oc ON oc.kind = 'o' AND oc.ref = o.id AND NOT oc.replaced "
                            "JOIN tickets t ON t.order_id = o.id "
                            "JOIN code_states tc ON tc.kind = 't' AND tc.ref = t.id AND NOT tc.replaced "
                            "LEFT JOIN products p ON p.id = t.product_id WHERE o.order_number = $1 ORDER BY t.id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *list = (struct ticket_list){.n = 0};
    db_arg_text(&args, order_number);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    int rows = db_rows(res);
    list->rows = arena_alloc(a, (size_t)(rows + 1) * sizeof *list->rows);
    for (int i = 0; list->rows != NULL && i < rows; i++) {
        list->token_version = (uint16_t)db_int(res, i, 0);
        list->order_qr_code = db_text_copy(a, res, i, 1);
        list->rows[list->n++] = (struct ticket_row){
            .id = db_int(res, i, 2),
            .product_name = arena_strdup(a, db_text(res, i, 3)),
            .type = arena_strdup(a, db_text(res, i, 4)),
            .status = arena_strdup(a, db_text(res, i, 5)),
            .qr_code = db_text_copy(a, res, i, 6),
        };
    }
    db_free(&res);
    return list->rows != NULL ? DB_OK : DB_ERROR;
}

enum db_rc ticket_store_code(struct db *db, struct arena *a, int64_t ticket, const char *order_number,
                             struct ticket_code *code) {
    static const struct db_stmt by_ticket = {
        "ticket_code",
        "SELECT o.order_number, o.token_version, " USABLE("c") " FROM code_states c JOIN orders o ON o.id = c.order_id "
                                                               "WHERE c.kind = 't' AND c.ref = $1 AND NOT c.replaced"};
    static const struct db_stmt by_order = {"order_code",
                                            "SELECT o.order_number, o.token_version, " USABLE(
                                                "c") " FROM orders o JOIN code_states c ON c.kind = 'o' "
                                                     "AND c.ref = o.id AND NOT c.replaced WHERE o.order_number = $1"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *code = (struct ticket_code){.order_number = NULL};
    if (order_number != NULL)
        db_arg_text(&args, order_number);
    else
        db_arg_int(&args, ticket);
    enum db_rc rc = db_exec(db, order_number != NULL ? &by_order : &by_ticket, &args, &res);
    if (rc != DB_OK) return rc;
    if (db_rows(res) > 0)
        *code = (struct ticket_code){
            .order_number = arena_strdup(a, db_text(res, 0, 0)),
            .token_version = (uint16_t)db_int(res, 0, 1),
            .qr_code = db_text_copy(a, res, 0, 2),
        };
    db_free(&res);
    return DB_OK;
}
