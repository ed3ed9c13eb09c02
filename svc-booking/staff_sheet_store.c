/* Each statement is one for all orders of a page: order by order they would cost several times as much. */
#include "staff_sheet_store.h"

#include <string.h>

#include "common/arena.h"
#include "common/strbuf.h"

enum { NAMES_BYTES = 512 << 10 /* in a page, so that all of it fits into an arena */, QUANTITY_BYTES = 16 };

/* The rows of an answer, sorted by the order they are of, which their first column names. */
struct by_order {
    struct db_res *rows;
    int64_t *ids;
    size_t n;
};

/* The first row of an order, or where it would be. */
static size_t first_of(const struct by_order *x, int64_t id) {
    size_t from = 0, to = x->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (x->ids[middle] < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool is_of(const struct by_order *x, size_t row, int64_t id) { return row < x->n && x->ids[row] == id; }

static enum db_rc ask(struct db *db, struct arena *a, const struct db_stmt *stmt, const int64_t *orders, size_t n,
                      struct by_order *x) {
    struct db_args args = db_args(a);
    db_arg_ints(&args, orders, n);
    enum db_rc rc = db_exec(db, stmt, &args, &x->rows);
    if (rc != DB_OK) return rc;
    x->n = (size_t)db_rows(x->rows);
    x->ids = arena_alloc(a, x->n * sizeof *x->ids);
    if (!x->ids) return DB_ERROR;
    for (size_t i = 0; i < x->n; i++) x->ids[i] = db_int(x->rows, (int)i, 0);
    return DB_OK;
}

/* ---- what was ordered ---- */

static enum db_rc ask_items(struct db *db, struct arena *a, const struct staff_order *orders, size_t n,
                            struct by_order *items) {
    static const struct db_stmt stmt = {
        "staff_sheet_items",
        "SELECT i.order_id, i.quantity, p.name FROM order_items i JOIN products p ON p.id = i.product_id "
        "WHERE i.order_id = ANY ($1::bigint[]) ORDER BY i.order_id, i.id"};
    int64_t *ids = arena_alloc(a, n * sizeof *ids);
    if (!ids) return DB_ERROR;
    for (size_t i = 0; i < n; i++) ids[i] = orders[i].id;
    return ask(db, a, &stmt, ids, n, items);
}

/* How long the names are. */
static size_t put_items(struct arena *a, const struct by_order *items, struct staff_order *o) {
    const size_t first = first_of(items, o->id);
    struct strbuf names;
    size_t most = 0;
    for (size_t i = first; is_of(items, i, o->id); i++)
        most += strlen(db_text(items->rows, (int)i, 2)) + QUANTITY_BYTES;
    if (most == 0) return 0;
    strbuf_init(&names, a, most);
    for (size_t i = first; is_of(items, i, o->id); i++) {
        const int64_t quantity = db_int(items->rows, (int)i, 1);
        if (i > first) strbuf_puts(&names, ", ");
        strbuf_puts(&names, db_text(items->rows, (int)i, 2));
        strbuf_puts(&names, " x ");
        strbuf_int(&names, quantity);
        o->tickets += quantity;
    }
    o->item_names = strbuf_ok(&names) ? names.data : NULL;
    return names.len;
}

/* ---- what is left of it, and what was paid back ---- */

/* An order that is paid, and of which nothing is on its way back, has all it bought and all its money (booking-audit: "ticket rows",
 * "refunds", "order lines"). They are the most. Of all others the tickets are counted. */
static bool has_all(const struct staff_order *o) { return strcmp(o->payment_status, "paid") == 0; }

static enum db_rc ask_rest(struct db *db, struct arena *a, const struct staff_order *orders, size_t n,
                           struct by_order *rest) {
    static const struct db_stmt stmt = {
        "staff_sheet_rest",
        "SELECT order_id, sum(tickets), sum(won), sum(refunded) FROM ("
        "SELECT order_id, count(*) AS tickets, sum(price) AS won, 0 AS refunded FROM tickets "
        "WHERE order_id = ANY ($1::bigint[]) AND status NOT IN ('refunding', 'void') GROUP BY order_id UNION ALL "
        "SELECT order_id, 0, 0, max(refunded) FROM refunds WHERE order_id = ANY ($1) AND state = 'released' "
        "GROUP BY order_id) x GROUP BY order_id ORDER BY order_id"};
    int64_t *ids = arena_alloc(a, n * sizeof *ids);
    size_t asked = 0;
    if (!ids) return DB_ERROR;
    for (size_t i = 0; i < n; i++)
        if (!has_all(&orders[i])) ids[asked++] = orders[i].id;
    return ask(db, a, &stmt, ids, asked, rest);
}

static void put_rest(const struct by_order *rest, struct staff_order *o) {
    const size_t row = first_of(rest, o->id);
    if (has_all(o)) {
        o->tickets_left = o->tickets;
        o->amount_left = o->total_amount;
    } else if (is_of(rest, row, o->id)) {
        o->tickets_left = db_int(rest->rows, (int)row, 1);
        o->amount_left = db_int(rest->rows, (int)row, 2);
        o->refunded = db_int(rest->rows, (int)row, 3);
    }
}

enum db_rc staff_sheet_fill(struct db *db, struct arena *a, struct staff_order *orders, size_t *n, bool *more) {
    struct by_order items = {0}, rest = {0};
    size_t bytes = 0;
    /* Planning for these very orders would cost as much as reading them. */
    enum db_rc rc = db_script(db, "SET LOCAL plan_cache_mode = force_generic_plan");
    if (rc == DB_OK) rc = ask_items(db, a, orders, *n, &items);
    if (rc == DB_OK) rc = ask_rest(db, a, orders, *n, &rest);
    for (size_t i = 0; rc == DB_OK && i < *n; i++) {
        bytes += put_items(a, &items, &orders[i]);
        put_rest(&rest, &orders[i]);
        if (bytes <= NAMES_BYTES) continue;
        *n = i + 1;
        *more = true;
    }
    db_free(&items.rows);
    db_free(&rest.rows);
    return rc;
}
