#include "staff_order_store.h"

#include <string.h>

#include "common/arena.h"
#include "staff_sql.h"

/* clang-format off */
#define ROW \
    "o.id, (extract(epoch FROM o.created_at) * 1000000)::bigint, o.total_amount, o.version, o.order_number, e.code, " \
    "o.customer_name, o.customer_phone, o.status, o.payment_status, o.payment_method, o.visit_date, " \
    "(extract(epoch FROM o.entrance_time) * 1000)::bigint"

#define ITEMS_TOO \
    ROW ", (SELECT to_char(s.starts_at, 'HH24:MI') FROM time_slots s WHERE s.id = o.slot_id), i.names, i.tickets, t.n, t.amount"
#define AND_ITEMS \
    " CROSS JOIN LATERAL (SELECT string_agg(p.name || ' x ' || i.quantity, ', ' ORDER BY i.id) AS names, " \
    "sum(i.quantity) AS tickets FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = o.id) i" \
    " CROSS JOIN LATERAL (SELECT count(*) AS n, sum(t.price) AS amount FROM tickets t " \
    "WHERE t.order_id = o.id AND t.status NOT IN ('refunding', 'void')) t"

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
#define LIST(name, columns, and_joined, chosen, order) {name, \
    "SELECT " columns " FROM (" chosen ") o JOIN exhibitions e ON e.id = o.exhibition_id" and_joined \
    " ORDER BY o.created_at " order ", o.id " order}
#define BOTH_WAYS(name, columns, and_joined, of) \
    {LIST(name "_newest", columns, and_joined, of("<", "DESC"), "DESC"), \
     LIST(name "_oldest", columns, and_joined, of(">", "ASC"), "ASC")}
#define LISTS(name, columns, and_joined) \
    {[BY_ALL] = BOTH_WAYS(name "_of_all", columns, and_joined, OF_ALL), \
     [BY_SOME] = BOTH_WAYS(name "_of_some", columns, and_joined, OF_SOME), \
     [BY_PHONE] = BOTH_WAYS(name "_of_phone", columns, and_joined, OF_PHONE)}

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
    "SELECT " ROW ", o.memo, o.payment_key, o.qr_code, o.entrance_checked, (extract(epoch FROM o.expires_at) * 1000)::bigint, " \
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

/* How long the names are. */
static size_t read_items(struct arena *a, const struct db_res *r, int row, struct staff_order *o) {
    o->visit_time = db_text_copy(a, r, row, 13);
    o->item_names = db_text_copy(a, r, row, 14);
    o->tickets = db_int(r, row, 15);
    o->tickets_left = db_int(r, row, 16);
    o->amount_left = db_int(r, row, 17);
    return o->item_names ? strlen(o->item_names) : 0;
}

enum { ITEMS_BYTES = 512 << 10 }; /* of the names in a page, so that all of it fits into an arena */

/* A filter must meet a plan made for it: the general one would walk through all orders. And a sale goes before a search: one
 * process is enough for it. */
static enum db_rc begin_planned(struct db *db) {
    enum db_rc rc = db_begin(db);
    return rc == DB_OK ? db_script(db, "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off; "
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
    static const struct db_stmt stmts[2][WAYS][2] = {LISTS("staff_orders", ROW, ""),
                                                     LISTS("staff_order_sheet", ITEMS_TOO, AND_ITEMS)};
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
    return db_exec(db, &stmts[q->with_items][way][q->oldest_first], &args, r);
}

enum db_rc staff_order_list(struct db *db, struct arena *a, const struct staff_order_query *q,
                            struct staff_order **orders, size_t *n, bool *more) {
    struct db_res *r = NULL;
    size_t bytes = 0;
    enum db_rc rc = begin_planned(db);
    if (rc == DB_OK) rc = run_list(db, a, q, &r);
    db_rollback(db); /* nothing was written */
    if (rc != DB_OK) return rc;
    *n = (size_t)db_rows(r);
    *orders = arena_alloc(a, *n * sizeof **orders + 1);
    if (!*orders) rc = DB_ERROR;
    *more = (int64_t)*n == q->limit;
    for (size_t i = 0; rc == DB_OK && i < *n; i++) {
        struct staff_order *o = &(*orders)[i];
        read_row(a, r, (int)i, o);
        if (q->with_items) bytes += read_items(a, r, (int)i, o);
        if (bytes <= ITEMS_BYTES) continue;
        *n = i + 1;
        *more = true;
    }
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
