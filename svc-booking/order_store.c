#include "order_store.h"
#include <string.h>
#include "common/arena.h"
#include "common/log.h"

#define ORDER_COLUMNS                                                                                                  \
    "o.id, o.order_number, e.code, o.payment_status, o.payment_method, o.visit_date, o.status, o.total_amount, "       \
    "floor(extract(epoch FROM o.created_at) * 1000)::bigint, round(extract(epoch FROM o.expires_at) * 1000)::bigint, " \
    "floor(extract(epoch FROM o.entrance_time) * 1000)::bigint, o.entrance_checked, o.customer_name, "                 \
    "o.customer_phone, o.customer_email, o.token_version, e.deposit_hours"

static struct order_row *read_row(struct arena *a, const struct db_res *r) {
    struct order_row *o = arena_alloc(a, sizeof *o);
    if (o == NULL) return NULL;
    o->id = db_int(r, 0, 0);
    o->number = db_text_copy(a, r, 0, 1);
    o->exhibition_code = db_text_copy(a, r, 0, 2);
    o->payment_status = db_text_copy(a, r, 0, 3);
    o->payment_method = db_text_copy(a, r, 0, 4);
    o->visit_date = db_text_copy(a, r, 0, 5);
    if (!order_status_parse(db_text(r, 0, 6), &o->status)) return NULL;
    o->total_amount = db_int(r, 0, 7);
    o->created_ms = db_int(r, 0, 8);
    o->expires_ms = db_int(r, 0, 9);
    o->entrance_ms = db_int(r, 0, 10);
    o->entrance_checked = db_bool(r, 0, 11);
    o->name = db_text_copy(a, r, 0, 12);
    o->phone = db_text_copy(a, r, 0, 13);
    o->email = db_text_copy(a, r, 0, 14);
    o->token_version = db_int(r, 0, 15);
    o->deposit_hours = db_int(r, 0, 16);
    return o;
}

static enum db_rc read_one(struct db *db, struct arena *a, const struct db_stmt *stmt, const char *number, bool details,
                           struct order_row **row) {
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *row = NULL;
    db_arg_text(&args, number);
    enum db_rc rc = db_exec(db, stmt, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) {
        *row = read_row(a, res);
        if (*row == NULL)
            rc = DB_ERROR;
        else if (details) {
            (*row)->slot = arena_strdup(a, db_text(res, 0, 17));
            (*row)->items = arena_strdup(a, db_text(res, 0, 18));
        }
    }
    db_free(&res);
    return rc;
}

enum db_rc order_store_get(struct db *db, struct arena *a, const char *number, struct order_row **row) {
    static const struct db_stmt stmt = {
        "order_get",
        "SELECT " ORDER_COLUMNS ", "
        "coalesce((SELECT jsonb_build_object('id', s.id, 'date', s.date, "
        "                 'starts_at', to_char(s.date + s.starts_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"+09:00\"'), "
        "                 'ends_at', to_char(s.date + s.ends_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"+09:00\"')) "
        "          FROM time_slots s WHERE s.id = o.slot_id), 'null')::text, "
        "(SELECT jsonb_agg(jsonb_build_object('product_id', i.product_id, 'name', p.name, 'type', p.type, "
        "                  'quantity', i.quantity, 'unit_price', i.unit_price, 'total_price', i.total_price) ORDER BY "
        "i.id) "
        " FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = o.id)::text "
        "FROM orders o JOIN exhibitions e ON e.id = o.exhibition_id WHERE o.order_number = $1"};
    return read_one(db, a, &stmt, number, true, row);
}

enum db_rc order_store_lock(struct db *db, struct arena *a, const char *number, struct order_row **row) {
    static const struct db_stmt stmt = {"order_lock", "SELECT " ORDER_COLUMNS
                                                      " FROM orders o JOIN exhibitions e ON e.id = o.exhibition_id "
                                                      "WHERE o.order_number = $1 FOR UPDATE OF o"};
    return read_one(db, a, &stmt, number, false, row);
}

static enum order_moved_outcome read_outcome(const char *text) {
    static const char *const words[] = {[ORDER_MOVED] = "MOVED",
                                        [ORDER_ILLEGAL] = "ILLEGAL",
                                        [ORDER_SOLD_OUT] = "SOLD_OUT",
                                        [ORDER_MISSING] = "MISSING"};
    for (int i = 0; i < (int)(sizeof words / sizeof *words); i++)
        if (strcmp(words[i], text) == 0) return (enum order_moved_outcome)i;
    log_error("SQL answered an unknown word", "word", text);
    return ORDER_ILLEGAL;
}

/* Columns: kind, outcome, exhibition_id, pool_id, version, available. Returns the orders told of. */
static int read_moved(struct arena *a, const struct db_res *res, struct order_moved *moved) {
    int orders = 0;
    *moved = (struct order_moved){.outcome = ORDER_MISSING};
    moved->pools = arena_alloc(a, (size_t)db_rows(res) * sizeof *moved->pools);
    for (int row = 0; row < db_rows(res); row++) {
        if (*db_text(res, row, 0) == 'o') {
            moved->outcome = read_outcome(db_text(res, row, 1));
            orders++;
        } else if (moved->pools != NULL) { /* else the gate learns of it within a second */
            moved->pools[moved->n_pools++] = (struct pool_change){db_int(res, row, 2), db_int(res, row, 3),
                                                                  db_int(res, row, 4), db_int(res, row, 5)};
        }
    }
    return orders;
}

enum db_rc order_store_move(struct db *db, struct arena *a, const struct order_move *move, struct order_moved *moved) {
    static const struct db_stmt stmt = {"move_order",
                                        "SELECT kind, outcome, exhibition_id, pool_id, version, available "
                                        "FROM move_orders(ARRAY[$1::bigint], $2, $3)"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, move->id);
    db_arg_text(&args, order_status_name(move->to));
    db_arg_text(&args, move->reason);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) read_moved(a, res, moved);
    db_free(&res);
    return rc;
}

enum db_rc order_store_expire(struct db *db, struct arena *a, int limit, struct order_moved *moved, int *n) {
    static const struct db_stmt stmt = {
        "expire_due", "SELECT kind, outcome, exhibition_id, pool_id, version, available FROM expire_due($1)"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_int(&args, limit);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) *n = read_moved(a, res, moved);
    db_free(&res);
    return rc;
}

enum db_rc order_store_lookup(struct db *db, struct arena *a, const char *number, const char *phone,
                              struct order_lookup *lookup) {
    /* The failure is counted in the same statement, so that parallel guesses all count. A lock that is over starts the count
     * anew. */
    static const struct db_stmt stmt = {
        "order_lookup",
        "WITH o AS (SELECT id, token_version, customer_phone = $2 AS ok FROM orders WHERE order_number = $1), "
        "l AS (SELECT k.locked_until FROM lookup_locks k JOIN o ON o.id = k.order_id WHERE k.locked_until > now()), "
        "f AS (INSERT INTO lookup_locks AS k (order_id, failures, locked_until) "
        "      SELECT o.id, 1, NULL FROM o WHERE NOT o.ok AND NOT EXISTS (SELECT FROM l) "
        "      ON CONFLICT (order_id) DO UPDATE SET "
        "        failures = CASE WHEN k.locked_until <= now() THEN 1 ELSE least(k.failures + 1, 1000) END, "
        "        locked_until = CASE WHEN k.locked_until > now() THEN k.locked_until "
        "                            WHEN k.locked_until IS NULL AND k.failures + 1 >= $3::int "
        "                            THEN now() + make_interval(secs => $4::int) END) "
        "SELECT o.ok, o.token_version, "
        "       coalesce((SELECT ceil(extract(epoch FROM l.locked_until - now())) FROM l), 0)::bigint FROM o"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *lookup = (struct order_lookup){.found = false};
    db_arg_text(&args, number);
    db_arg_text(&args, phone);
    db_arg_int(&args, LOOKUP_FAILURES);
    db_arg_int(&args, LOOKUP_LOCK_SECONDS);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) {
        lookup->locked_seconds = db_int(res, 0, 2);
        lookup->found = db_bool(res, 0, 0) && lookup->locked_seconds == 0;
        lookup->token_version = db_int(res, 0, 1);
    }
    db_free(&res);
    return rc;
}

enum db_rc order_store_housekeeping(struct db *db, struct arena *a) {
    static const struct db_stmt stmt = {"housekeeping", "SELECT housekeeping()"};
    struct db_args args = db_args(a);
    return db_exec(db, &stmt, &args, NULL);
}
