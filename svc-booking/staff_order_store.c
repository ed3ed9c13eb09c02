#include "staff_order_store.h"

#include "common/arena.h"
#include "staff_sheet_store.h"
#include "staff_sql.h"

/* clang-format off */
#define ROW \
    "o.id, (extract(epoch FROM o.created_at) * 1000000)::bigint, o.total_amount, o.version, o.order_number, e.code, " \
    "o.customer_name, o.customer_phone, o.status, o.payment_status, o.payment_method, o.visit_date, " \
    "floor(extract(epoch FROM o.entrance_time) * 1000)::bigint"

#define VISIT_TIME "(SELECT to_char(s.starts_at, 'HH24:MI') FROM time_slots s WHERE s.id = o.slot_id)"

#define INSTANT(param) "(timestamptz 'epoch' + " param "::bigint * interval '1 microsecond')"

/* The range of order numbers is for the index, starts_with() is the truth in any collation. */
#define CHOSEN(past, order) \
    "($2::text IS NULL OR o.status = $2) AND ($3::text[] IS NULL OR o.payment_status = ANY ($3)) " \
    "AND ($4::timestamptz IS NULL OR o.created_at >= $4) AND ($5::timestamptz IS NULL OR o.created_at < $5) " \
    "AND ($6::text IS NULL OR (starts_with(o.order_number, $6) " \
    "                          AND o.order_number BETWEEN $6 AND $6::text || 'zzzzzzzzzzzzzzzzzzzzzzz')) " \
    "AND ($7::text IS NULL OR o.customer_phone = $7) AND ($8::text IS NULL OR o.customer_name = $8 COLLATE \"C\") " \
    "AND ($9::bigint IS NULL OR (o.created_at, o.id) " past " (" INSTANT("$9") ", $10::bigint)) " \
    "ORDER BY o.created_at " order ", o.id " order " LIMIT $11"

/* An index gives the orders of one exhibition sorted, those of several only one after the other. */
#define OF_ALL(past, order) "SELECT * FROM orders o WHERE $1::int[] IS NULL AND " CHOSEN(past, order)
#define OF_SOME(past, order) \
    "SELECT o.* FROM unnest($1::int[]) x (id), LATERAL (SELECT * FROM orders o WHERE o.exhibition_id = x.id AND " \
    CHOSEN(past, order) ") o ORDER BY o.created_at " order ", o.id " order " LIMIT $11"

/* Whoever has the phone is found first, by its own index alone: the planner thinks little of it. They are few. */
#define OF_PHONE(past, order) \
    "SELECT * FROM (SELECT * FROM orders WHERE customer_phone = $7 OFFSET 0) o " \
    "WHERE ($1::int[] IS NULL OR o.exhibition_id = ANY ($1)) AND " CHOSEN(past, order)

/* The page is chosen first, and what else is told of an order read for its rows only. */
#define LIST(name, chosen, order) {name, \
    "SELECT " ROW ", " VISIT_TIME " FROM (" chosen ") o JOIN exhibitions e ON e.id = o.exhibition_id " \
    "ORDER BY o.created_at " order ", o.id " order}
#define BOTH_WAYS(name, of) {LIST(name "_newest", of("<", "DESC"), "DESC"), LIST(name "_oldest", of(">", "ASC"), "ASC")}

#define ITEMS \
    "(SELECT json_agg(json_build_object('product_id', i.product_id, 'name', p.name, 'type', p.type, " \
    "        'quantity', i.quantity, 'unit_price', i.unit_price, 'total_price', i.total_price) ORDER BY i.id) " \
    " FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = o.id)::text"

#define SLOT \
    "(SELECT json_build_object('id', s.id, 'date', s.date, 'starts_at', " SQL_SLOT_TIME("s.date + s.starts_at") ", " \
    "        'ends_at', " SQL_SLOT_TIME("s.date + s.ends_at") ") FROM time_slots s WHERE s.id = o.slot_id)::text"

/* The first fact of every order is told from its row; the index leaves those out. */
#define HISTORY \
    "(SELECT json_agg(json_strip_nulls(json_build_object('type', v.type, 'created_at', " SQL_TIME("v.created_at") ", " \
    "        'status', v.payload -> 'status', 'payment_status', v.payload -> 'payment_status', " \
    "        'action', v.payload -> 'action', 'user_id', nullif(v.payload -> 'user_id', '0'), " \
    "        'reason', v.payload -> 'reason')) ORDER BY v.id) " \
    " FROM (SELECT 0 AS id, 'order.reserved' AS type, o.created_at, " \
    "              '{\"status\": \"reserved\", \"payment_status\": \"pending\"}'::jsonb AS payload " \
    "       UNION ALL SELECT x.id, x.type, x.created_at, x.payload FROM events x " \
    "       WHERE x.entity = o.order_number AND x.type <> 'order.reserved') v)::text"

#define DETAIL \
    "SELECT " ROW ", o.memo, o.payment_key, o.qr_code, o.entrance_checked, " \
    "round(extract(epoch FROM o.expires_at) * 1000)::bigint, " \
    ITEMS ", " SLOT ", " HISTORY " FROM orders o JOIN exhibitions e ON e.id = o.exhibition_id WHERE o.id = $1"
/* clang-format on */

static void read_row(struct arena *a, const struct db_res *r, int row, struct staff_order *o) {
    *o = (struct staff_order){.id = db_int(r, row, 0),
                              .created_us = db_int(r, row, 1),
                              .total_amount = db_int(r, row, 2),
                              .version = db_int(r, row, 3),
                              .number = db_text_copy(a, r, row, 4),
                              .code = db_text_copy(a, r, row, 5),
                              .name = db_text_copy(a, r, row, 6),
                              .phone = db_text_copy(a, r, row, 7),
                              .status = db_text_copy(a, r, row, 8),
                              .payment_status = db_text_copy(a, r, row, 9),
                              .payment_method = db_text_copy(a, r, row, 10),
                              .visit_date = db_text_copy(a, r, row, 11),
                              .entrance_ms = db_int(r, row, 12)};
}

/* A filter must meet a plan made for it: the general one would walk through all orders. And a sale goes before a search: one
 * process is enough for it. What several statements tell of an order is of one moment. */
static enum db_rc begin_planned(struct db *db) {
    enum db_rc rc = db_begin(db);
    return rc == DB_OK ? db_script(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
                                       "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off; "
                                       "SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0")
                       : rc;
}

/* By id, as an array. NULL: all. */
static enum db_rc exhibition_ids(struct db *db, struct arena *a, const struct staff_order_query *q, const char **ids) {
    static const struct db_stmt stmt = {
        "staff_order_exhibitions",
        "SELECT coalesce(array_agg(id), '{}') FROM exhibitions WHERE code = ANY ($1::text[])"};
    struct db_args args = db_args(a);
    struct db_res *r = NULL;
    *ids = NULL;
    if (!q->codes) return DB_OK;
    db_arg_texts(&args, q->codes, q->n_codes);
    enum db_rc rc = db_exec(db, &stmt, &args, &r);
    if (rc == DB_OK) *ids = db_text_copy(a, r, 0, 0);
    if (rc == DB_OK && !*ids) rc = DB_ERROR; /* never all by mistake */
    db_free(&r);
    return rc;
}

enum way { BY_ALL, BY_SOME, BY_PHONE, WAYS };

static enum db_rc run_list(struct db *db, struct arena *a, const struct staff_order_query *q, struct db_res **r) {
    static const struct db_stmt stmts[WAYS][2] = {[BY_ALL] = BOTH_WAYS("staff_orders_of_all", OF_ALL),
                                                  [BY_SOME] = BOTH_WAYS("staff_orders_of_some", OF_SOME),
                                                  [BY_PHONE] = BOTH_WAYS("staff_orders_of_phone", OF_PHONE)};
    struct db_args args = db_args(a);
    const char *ids;
    enum db_rc rc = exhibition_ids(db, a, q, &ids);
    if (rc != DB_OK) return rc;
    db_arg_text(&args, ids);
    db_arg_text(&args, q->status);
    q->payments ? db_arg_texts(&args, q->payments, q->n_payments) : db_arg_null(&args);
    db_arg_time(&args, q->from_ms);
    db_arg_time(&args, q->until_ms);
    db_arg_text(&args, q->number);
    db_arg_text(&args, q->phone);
    db_arg_text(&args, q->name);
    q->after_us ? db_arg_int(&args, q->after_us) : db_arg_null(&args);
    db_arg_int(&args, q->after_id);
    db_arg_int(&args, q->limit);
    enum way way = q->phone ? BY_PHONE : ids ? BY_SOME : BY_ALL;
    return db_exec(db, &stmts[way][q->oldest_first], &args, r);
}

static enum db_rc read_list(struct arena *a, const struct db_res *r, struct staff_order **orders, size_t *n) {
    *n = (size_t)db_rows(r);
    *orders = arena_alloc(a, *n * sizeof **orders);
    if (!*orders) return DB_ERROR;
    for (size_t i = 0; i < *n; i++) {
        read_row(a, r, (int)i, &(*orders)[i]);
        (*orders)[i].visit_time = db_text_copy(a, r, (int)i, 13);
        if (!(*orders)[i].payment_status) return DB_ERROR; /* no room */
    }
    return DB_OK;
}

enum db_rc staff_order_list(struct db *db, struct arena *a, const struct staff_order_query *q,
                            struct staff_order **orders, size_t *n, bool *more) {
    struct db_res *r = NULL;
    enum db_rc rc = begin_planned(db);
    if (rc == DB_OK) rc = run_list(db, a, q, &r);
    if (rc == DB_OK) rc = read_list(a, r, orders, n);
    if (rc == DB_OK) *more = (int64_t)*n == q->limit;
    if (rc == DB_OK && q->with_items) rc = staff_sheet_fill(db, a, *orders, n, more);
    db_rollback(db); /* nothing was written */
    db_free(&r);
    return rc;
}

enum db_rc staff_order_get(struct db *db, struct arena *a, int64_t id, bool lock, struct staff_order **order) {
    static const struct db_stmt look = {"staff_order_get", DETAIL};
    static const struct db_stmt hold = {"staff_order_lock", DETAIL " FOR UPDATE OF o"};
    struct db_args args = db_args(a);
    struct db_res *r = NULL;
    *order = NULL;
    db_arg_int(&args, id);
    enum db_rc rc = db_exec(db, lock ? &hold : &look, &args, &r);
    if (rc == DB_OK && db_rows(r) == 1) {
        struct staff_order *o = arena_alloc(a, sizeof *o);
        if (o) {
            read_row(a, r, 0, o);
            o->memo = db_text_copy(a, r, 0, 13);
            o->payment_key = db_text_copy(a, r, 0, 14);
            o->qr_code = db_text_copy(a, r, 0, 15);
            o->entrance_checked = db_bool(r, 0, 16);
            o->expires_ms = db_int(r, 0, 17);
            o->items = db_text_copy(a, r, 0, 18);
            o->slot = db_text_copy(a, r, 0, 19);
            o->history = db_text_copy(a, r, 0, 20);
        }
        *order = o;
        if (!o) rc = DB_ERROR;
    }
    db_free(&r);
    return rc;
}

enum db_rc staff_order_set_memo(struct db *db, struct arena *a, int64_t id, const char *memo, int64_t *version) {
    static const struct db_stmt stmt = {
        "staff_order_memo",
        "UPDATE orders SET memo = $2, version = version + 1, updated_at = now() WHERE id = $1 RETURNING version"};
    struct db_args args = db_args(a);
    struct db_res *r = NULL;
    db_arg_int(&args, id);
    db_arg_text(&args, memo);
    enum db_rc rc = db_exec(db, &stmt, &args, &r);
    if (rc == DB_OK && db_rows(r) == 1) *version = db_int(r, 0, 0);
    db_free(&r);
    return rc;
}
