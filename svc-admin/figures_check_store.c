#include "figures_check_store.h"
#include "common/arena.h"

#define PAGE 2000

/* Exhibitions of which something was told that is not applied yet. */
#define BUSY                                                                                                           \
    "at AS (SELECT source, split_part(cursor, ':', 1)::xid8 AS xid, split_part(cursor, ':', 2)::bigint AS id "         \
    "       FROM admin.consumer_cursors WHERE consumer = 'figures' AND cursor <> ''), "                                \
    "busy AS (SELECT (e.payload ->> 'exhibition_id')::int AS exhibition_id FROM at, booking.events e "                 \
    "         WHERE at.source = 'booking' AND (e.xid, e.id) > (at.xid, at.id) AND e.type LIKE 'order.%' "              \
    "         UNION SELECT (e.payload ->> 'exhibition_id')::int FROM at, payment.events e "                            \
    "         WHERE at.source = 'payment' AND (e.xid, e.id) > (at.xid, at.id) AND e.type = 'refund.done' "             \
    "         UNION SELECT (e.payload ->> 'exhibition_id')::int FROM at, entrance.events e "                           \
    "         WHERE at.source = 'entrance' AND (e.xid, e.id) > (at.xid, at.id) AND e.type = 'order.entered')"

/* A count over the tables of the owners: (exhibition_id, product_id, hour, orders, revenue, refunded, sold, held, entered). */
#define COUNTED                                                                                                        \
    "o AS (SELECT o.id, o.order_number, o.exhibition_id, o.total_amount, x.made, "                                     \
    "             date_trunc('hour', o.created_at, 'Asia/Seoul') AS hour, "                                            \
    "             x.made AND o.payment_status IN ('paid', 'refunding', 'partially_refunded', 'refunded') AS sold, "    \
    "             o.status IN ('reserved', 'paying', 'awaiting_deposit') AS held "                                     \
    "      FROM booking.orders o, LATERAL (SELECT EXISTS (SELECT FROM booking.tickets t WHERE t.order_id = o.id) "     \
    "                                      AS made) x), "                                                              \
    "counted AS ("                                                                                                     \
    "SELECT o.exhibition_id, 0 AS product_id, o.hour, count(*) AS orders, sum(o.total_amount) AS revenue, "            \
    "       0 AS refunded, 0 AS sold, 0 AS held, 0 AS entered FROM o WHERE o.sold GROUP BY 1, 2, 3 "                   \
    "UNION ALL "                                                                                                       \
    "SELECT o.exhibition_id, i.product_id, o.hour, 0, sum(CASE WHEN o.sold THEN i.total_price ELSE 0 END), 0, 0, "     \
    "       sum(CASE WHEN o.sold OR o.made THEN 0 ELSE i.quantity END), 0 "                                            \
    "FROM o JOIN booking.order_items i ON i.order_id = o.id WHERE o.sold OR o.held GROUP BY 1, 2, 3 "                  \
    "UNION ALL "                                                                                                       \
    "SELECT o.exhibition_id, t.product_id, o.hour, 0, 0, 0, count(*) FILTER (WHERE o.sold), "                          \
    "       count(*) FILTER (WHERE NOT o.sold), 0 "                                                                    \
    "FROM o JOIN booking.tickets t ON t.order_id = o.id AND t.status NOT IN ('void', 'refunding') "                    \
    "WHERE o.sold OR o.held GROUP BY 1, 2, 3 "                                                                         \
    "UNION ALL "                                                                                                       \
    "SELECT o.exhibition_id, 0, date_trunc('hour', r.done_at, 'Asia/Seoul'), 0, 0, sum(r.amount), 0, 0, 0 "            \
    "FROM payment.refunds r JOIN o ON o.order_number = r.order_number "                                                \
    "WHERE r.state = 'done' AND r.kind <> 'return' AND o.sold GROUP BY 1, 2, 3 "                                       \
    "UNION ALL "                                                                                                       \
    "SELECT t.exhibition_id, t.product_id, date_trunc('hour', t.entered_at, 'Asia/Seoul'), 0, 0, 0, 0, 0, count(*) "   \
    "FROM entrance.tickets t WHERE t.entered_at IS NOT NULL GROUP BY 1, 2, 3)"

/* Of all products together: what orders cost, not what their lines do, which is the same once more. */
#define TOTALS                                                                                                         \
    "sum(orders), coalesce(sum(revenue) FILTER (WHERE product_id = 0), 0), sum(refunded), sum(sold), sum(held), "      \
    "sum(entered)"
#define SUMS "sum(orders), sum(revenue), sum(refunded), sum(sold), sum(held), sum(entered)"
#define COLUMNS "orders, revenue, refunded, sold, held, entered"

const struct db_check figures_checks[] = {
    {"heard",
     {"figures_heard",
      "SELECT format('%s has events, and nobody here has ever heard of it', s.source) "
      "FROM (SELECT 'booking' AS source WHERE EXISTS (SELECT FROM booking.events) UNION ALL "
      "      SELECT 'payment' WHERE EXISTS (SELECT FROM payment.events) UNION ALL "
      "      SELECT 'entrance' WHERE EXISTS (SELECT FROM entrance.events)) s "
      "WHERE NOT EXISTS (SELECT FROM admin.consumer_cursors c WHERE c.consumer = 'figures' AND c.source = s.source "
      "                  AND c.cursor <> '')"}},
    {"figures",
     {"figures_compared",
      "WITH " COUNTED ", " BUSY ", sums AS ("
      "SELECT exhibition_id, 0 AS product_id, CASE GROUPING(hour) WHEN 0 THEN 'h' ELSE 'd' END AS span, "
      "coalesce(hour, day) AS at, " TOTALS
      " FROM (SELECT c.*, date_trunc('day', hour, 'Asia/Seoul') AS day FROM counted c) d "
      "GROUP BY GROUPING SETS ((1, hour), (1, day)) "
      "UNION ALL SELECT exhibition_id, product_id, '-', '-infinity', " SUMS " FROM counted GROUP BY 1, 2), "
      "apart AS (SELECT exhibition_id, product_id, span::text, at, ARRAY[" COLUMNS
      "]::bigint[] AS shown FROM admin.figures "
      "          WHERE (" COLUMNS ") <> (0, 0, 0, 0, 0, 0)), "
      "truth (exhibition_id, product_id, span, at, n) AS ("
      "SELECT exhibition_id, product_id, span, at, ARRAY[s.o, s.r, s.b, s.s, s.h, s.e]::bigint[] "
      "FROM sums s (exhibition_id, product_id, span, at, o, r, b, s, h, e) WHERE (s.o, s.r, s.b, s.s, s.h, s.e) <> (0, "
      "0, "
      "0, 0, 0, 0)) "
      "SELECT format('exhibition %s, product %s, %s %s: %s shown, %s counted (" COLUMNS
      ")', exhibition_id, product_id, span, at, "
      "              a.shown, t.n) "
      "FROM apart a FULL JOIN truth t USING (exhibition_id, product_id, span, at) WHERE a.shown IS DISTINCT FROM t.n "
      "AND exhibition_id NOT IN (SELECT b.exhibition_id FROM busy b) "
      "ORDER BY 1 LIMIT 100"}},
    {"rows",
     {"figures_recounted",
      "WITH sums AS (SELECT exhibition_id, hour, " TOTALS " FROM admin.figure_lines GROUP BY 1, 2) "
      "SELECT format('exhibition %s, hour %s: the rows say otherwise', exhibition_id, hour) "
      "FROM sums s (exhibition_id, hour, o, r, b, s, h, e) "
      "FULL JOIN (SELECT exhibition_id, at AS hour, " COLUMNS " FROM admin.figures WHERE span = 'h' AND (" COLUMNS
      ") <> (0, 0, 0, 0, 0, 0)) f "
      "USING (exhibition_id, hour) "
      "WHERE (s.o, s.r, s.b, s.s, s.h, s.e) IS DISTINCT FROM (f.orders, f.revenue, f.refunded, f.sold, f.held, "
      "f.entered) "
      "  AND coalesce((s.o, s.r, s.b, s.s, s.h, s.e) <> (0, 0, 0, 0, 0, 0), true) ORDER BY 1 LIMIT 100"}},
};
const size_t figures_n_checks = sizeof figures_checks / sizeof *figures_checks;

#define NEXT(table) "(SELECT * FROM " table " WHERE id > $1 ORDER BY id LIMIT $2)"
#define CATALOGUE(kind, table)                                                                                         \
    "SELECT max(id), note_facts('booking', array_agg('" kind ".changed'::text), array_agg('" kind "/' || id), "        \
    "array_agg(version), array_agg(0::bigint), array_agg(to_jsonb(p))) FROM " NEXT(table) " p"

#define STRANGERS(table, key, owner, condition)                                                                        \
    "DELETE FROM " table " f WHERE NOT EXISTS (SELECT FROM " owner " o WHERE o." key " = f." key condition ")"

const struct figures_restatement figures_restatements[] = {
    {"exhibitions",
     {"forget_exhibitions", "UPDATE figure_exhibitions SET version = -1 WHERE id > $1 AND $2 > 0"},
     {"restate_exhibitions", CATALOGUE("exhibition", "booking.exhibitions")},
     {NULL, NULL}},
    {"products",
     {"forget_products", "UPDATE figure_products SET version = -1 WHERE id > $1 AND $2 > 0"},
     {"restate_products", CATALOGUE("product", "booking.products")},
     {NULL, NULL}},
    {"orders",
     {"forget_orders",
      "UPDATE figure_orders f SET version = -1 FROM " NEXT("booking.orders") " o "
                                                                             "WHERE f.order_number = o.order_number"},
     {"restate_orders",
      "SELECT max(o.id), note_facts('booking', array_agg('order.restated'::text), array_agg(o.order_number::text), "
      "       array_agg(o.version), array_agg(0::bigint), array_agg(s.state)) "
      "FROM " NEXT("booking.orders") " o JOIN booking.paid_order_states s ON s.id = o.id"},
     {"clear_orders", STRANGERS("figure_orders", "order_number", "booking.orders", "")}},
    {"refunds",
     {"forget_refunds", "SELECT $1::bigint, $2::bigint"}, /* what is done is done */
     {"restate_refunds",
      "SELECT max(r.id), note_facts('payment', array_agg('refund.done'::text), array_agg(r.refund_id::text), "
      "       array_agg(0::bigint), array_agg(floor(extract(epoch FROM r.done_at) * 1000)::bigint), "
      "array_agg(s.state)) "
      "FROM (SELECT * FROM payment.refunds WHERE id > $1 AND state = 'done' ORDER BY id LIMIT $2) r "
      "JOIN payment.sagas s ON s.saga = 'refund' AND s.id = r.id"},
     {"clear_refunds",
      STRANGERS("figure_refunds", "refund_id", "payment.refunds", " AND o.state = 'done' AND o.kind <> 'return'")}},
    {"entries",
     {"forget_entries",
      "UPDATE figure_entries e SET version = -1 FROM " NEXT("entrance.orders") " o "
                                                                               "WHERE e.order_number = o.order_number"},
     {"restate_entries", /* most orders have nobody inside, and never had */
      "SELECT max(x.id), note_facts('entrance', array_agg('order.entered'::text) FILTER (WHERE x.ever), "
      "       array_agg(x.order_number) FILTER (WHERE x.ever), array_agg(x.entries_version) FILTER (WHERE x.ever), "
      "       array_agg(0::bigint) FILTER (WHERE x.ever), array_agg(x.state) FILTER (WHERE x.ever)) "
      "FROM (SELECT o.id, o.order_number, o.entries_version, jsonb_build_object("
      "          'exhibition_id', o.exhibition_id, 'entered', coalesce(t.entered, '[]')) AS state, "
      "          t.entered IS NOT NULL OR EXISTS (SELECT FROM figure_entries e WHERE e.order_number = o.order_number) "
      "AS ever "
      "      FROM " NEXT("entrance.orders") " o, LATERAL (SELECT jsonb_agg(jsonb_build_object("
                                            "          'product', t.product_id, 'at', t.entered_at)) AS entered "
                                            "          FROM entrance.tickets t WHERE t.order_id = o.id AND "
                                            "t.entered_at IS NOT NULL) t) x"},
     {"clear_entries", STRANGERS("figure_entries", "order_number", "entrance.orders", "")}},
};
const size_t figures_n_restatements = sizeof figures_restatements / sizeof *figures_restatements;

/* Inside a transaction. Nobody else changes figures until its end: what is read now is the newest of all. */
static enum db_rc restate(struct db *db, struct arena *a, const struct figures_restatement *r, int64_t *last) {
    static const struct db_stmt lock = {"figures_lock", "SELECT pg_advisory_xact_lock(7341, 1)"};
    struct db_args none = db_args(a), args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, *last);
    db_arg_int(&args, PAGE);
    enum db_rc rc = db_exec(db, &lock, &none, NULL);
    if (rc == DB_OK) rc = db_exec(db, &r->forget, &args, NULL);
    if (rc == DB_OK) rc = db_exec(db, &r->note, &args, &res);
    *last = rc == DB_OK && !db_null(res, 0, 0) ? db_int(res, 0, 0) : 0;
    db_free(&res);
    return rc;
}

/* The tables of ours are named without their schema. */
static enum db_rc begin(struct db *db) {
    enum db_rc rc = db_begin(db);
    return rc == DB_OK ? db_script(db, "SET LOCAL search_path = admin, pg_temp") : rc;
}

static enum db_rc end(struct db *db, enum db_rc rc) {
    if (rc == DB_OK) return db_commit(db);
    db_rollback(db);
    return rc;
}

enum db_rc figures_check_restate(struct db *db, struct arena *a, const struct figures_restatement *r, int64_t *last) {
    enum db_rc rc = begin(db);
    return end(db, rc == DB_OK ? restate(db, a, r, last) : rc);
}

enum db_rc figures_check_clear(struct db *db, struct arena *a, const struct figures_restatement *r) {
    struct db_args none = db_args(a);
    if (r->clear.sql == NULL) return DB_OK;
    enum db_rc rc = begin(db);
    return end(db, rc == DB_OK ? db_exec(db, &r->clear, &none, NULL) : rc);
}

enum db_rc figures_check_recount(struct db *db, struct arena *a) {
    static const struct db_stmt stmt = {"figures_recount", "SELECT recount_figures()"};
    struct db_args none = db_args(a);
    enum db_rc rc = begin(db);
    return end(db, rc == DB_OK ? db_exec(db, &stmt, &none, NULL) : rc);
}
