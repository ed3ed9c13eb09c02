#include "audit_check_store.h"
#include "common/arena.h"

/* What an order holds: its live tickets where there are any, else what was ordered. */
#define HELD                                                                                                           \
    "WITH live AS (SELECT t.order_id, t.product_id, count(*) AS qty FROM tickets t WHERE t.status <> 'void' GROUP BY " \
    "1, 2), "                                                                                                          \
    "ticketed AS (SELECT DISTINCT order_id FROM live), "                                                               \
    "held AS (SELECT o.id, o.exhibition_id, o.customer_phone AS phone, o.slot_id, l.product_id, l.qty "                \
    "         FROM live l JOIN orders o ON o.id = l.order_id WHERE o.status NOT IN ('cancelled', 'expired') "          \
    "         UNION ALL "                                                                                              \
    "         SELECT o.id, o.exhibition_id, o.customer_phone, o.slot_id, i.product_id, i.quantity "                    \
    "         FROM orders o JOIN order_items i ON i.order_id = o.id "                                                  \
    "         WHERE o.status IN ('reserved', 'paying', 'awaiting_deposit') "                                           \
    "           AND NOT EXISTS (SELECT FROM ticketed t WHERE t.order_id = o.id)) "

const struct db_check audit_checks[] = {
    {"stock of products",
     {"audit_products",
      HELD "SELECT format('pool %s of product %s: %s taken, %s held by orders', l.id, p.id, l.total - l.available, "
           "              coalesce(h.qty, 0)) "
           "FROM pools l JOIN products p ON p.pool_id = l.id "
           "LEFT JOIN (SELECT product_id, sum(qty) AS qty FROM held GROUP BY 1) h ON h.product_id = p.id "
           "WHERE l.total - l.available <> coalesce(h.qty, 0)"}},
    {"stock of time slots",
     {"audit_slots",
      HELD "SELECT format('pool %s of slot %s: %s taken, %s held by orders', l.id, s.id, l.total - l.available, "
           "              coalesce(h.qty, 0)) "
           "FROM pools l JOIN time_slots s ON s.pool_id = l.id "
           "LEFT JOIN (SELECT slot_id, sum(qty) AS qty FROM held GROUP BY 1) h ON h.slot_id = s.id "
           "WHERE l.total - l.available <> coalesce(h.qty, 0)"}},
    {"phone counters",
     {"audit_phones",
      HELD "SELECT format('exhibition %s, phone …%s: counter %s, %s held by orders', coalesce(c.exhibition_id, "
           "h.exhibition_id), "
           "              right(coalesce(c.phone, h.phone), 2), coalesce(c.tickets, 0), coalesce(h.qty, 0)) "
           "FROM phone_counters c FULL JOIN (SELECT exhibition_id, phone, sum(qty) AS qty FROM held GROUP BY 1, 2) h "
           "  ON h.exhibition_id = c.exhibition_id AND h.phone = c.phone "
           "WHERE coalesce(c.tickets, 0) <> coalesce(h.qty, 0)"}},
    {"ticket rows",
     {"audit_tickets",
      "WITH t AS (SELECT order_id, count(*) FILTER (WHERE status <> 'void') AS live, "
      "                  count(*) FILTER (WHERE status IN ('valid', 'entered', 'refunding')) AS usable, "
      "                  count(*) FILTER (WHERE status = 'entered') AS entered FROM tickets GROUP BY 1), "
      "i AS (SELECT order_id, sum(quantity) AS qty FROM order_items GROUP BY 1) "
      "SELECT format('order %s is %s: %s ordered, %s live tickets, %s usable', o.order_number, o.status, i.qty, "
      "              coalesce(t.live, 0), coalesce(t.usable, 0)) "
      "FROM orders o LEFT JOIN i ON i.order_id = o.id LEFT JOIN t ON t.order_id = o.id "
      "WHERE NOT coalesce(CASE o.status "
      "  WHEN 'paid' THEN t.usable = i.qty "
      "  WHEN 'partially_cancelled' THEN t.usable > 0 AND t.usable < i.qty "
      "  WHEN 'awaiting_deposit' THEN coalesce(t.usable - t.entered, 0) = 0 "
      "  ELSE coalesce(t.live, 0) = 0 END, false)"}},
    {"entries",
     {"audit_entries",
      "SELECT format('order %s: %s tickets are entered, entrance_checked is %s', o.order_number, count(t.id), "
      "              o.entrance_checked) "
      "FROM orders o LEFT JOIN tickets t ON t.order_id = o.id AND t.status = 'entered' "
      "GROUP BY o.id HAVING o.entrance_checked <> (count(t.id) > 0)"}},
    {"order lines",
     {"audit_lines",
      "SELECT format('order %s: total %s, lines %s', o.order_number, o.total_amount, coalesce(i.total, -1)) "
      "FROM orders o LEFT JOIN (SELECT order_id, sum(total_price) AS total FROM order_items GROUP BY 1) i ON "
      "i.order_id = o.id "
      "WHERE i.total IS DISTINCT FROM o.total_amount"}},
    {"events",
     {"audit_events",
      "WITH e AS (SELECT entity, max(version) AS version FROM events GROUP BY 1) "
      "SELECT format('order %s: version %s, newest event %s', o.order_number, o.version, coalesce(e.version, 0)) "
      "FROM orders o LEFT JOIN e ON e.entity = o.order_number WHERE e.version IS DISTINCT FROM o.version"}},
    {"refunds",
     {"audit_refunds",
      "SELECT format('ticket %s of order %s is being refunded without a refund', t.id, t.order_id) FROM tickets t "
      "WHERE t.status = 'refunding' AND NOT EXISTS (SELECT FROM refunds r WHERE r.refund_id = t.refund_id "
      "  AND r.order_id = t.order_id AND r.state = 'open' AND t.id = ANY (r.tickets)) "
      "UNION ALL "
      "SELECT format('order %s is %s and %s: %s refunds are open', o.order_number, o.status, o.payment_status, "
      "count(r.order_id)) "
      "FROM orders o LEFT JOIN refunds r ON r.order_id = o.id AND r.state = 'open' "
      "WHERE o.status IN ('paid', 'partially_cancelled') AND (o.payment_status = 'refunding' OR r.order_id IS NOT "
      "NULL) "
      "GROUP BY o.id HAVING (count(r.order_id) > 0) <> (o.payment_status = 'refunding') "
      "UNION ALL "
      "SELECT format('order %s is %s and refunding, but no money came too late', o.order_number, o.status) FROM orders "
      "o "
      "WHERE o.status IN ('expired', 'cancelled') AND o.payment_status = 'refunding' AND NOT EXISTS (SELECT FROM "
      "payment_attempts t WHERE t.order_id = o.id AND t.verdict = 'refund' AND t.settled_at IS NULL)"}},
    {"payment attempts",
     {"audit_attempts",
      "SELECT format('order %s is %s: %s open attempts', o.order_number, o.status, count(t.order_id)) "
      "FROM orders o LEFT JOIN payment_attempts t ON t.order_id = o.id AND t.verdict IS NULL "
      "WHERE o.status IN ('reserved', 'paying', 'awaiting_deposit') OR t.order_id IS NOT NULL "
      "GROUP BY o.id HAVING (count(t.order_id) = 1) <> (o.status IN ('paying', 'awaiting_deposit')) "
      "  AND NOT (o.status IN ('cancelled', 'expired') AND count(t.order_id) = 1)"}}, /* its late money is still to come */
};
const size_t audit_n_checks = sizeof audit_checks / sizeof *audit_checks;

enum db_rc audit_check_transitions(struct db *db, struct arena *a,
                                   void (*edge)(void *arg, const char *from, const char *to), void *arg) {
    static const struct db_stmt stmt = {"audit_transitions", "SELECT from_status, to_status FROM order_transitions"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    for (int row = 0; rc == DB_OK && row < db_rows(res); row++) edge(arg, db_text(res, row, 0), db_text(res, row, 1));
    db_free(&res);
    return rc;
}

enum db_rc audit_check_pools(struct db *db, struct arena *a, struct pool_change **pools, size_t *n) {
    static const struct db_stmt stmt = {"audit_pools",
                                        "SELECT exhibition_id, id, version, available FROM pools ORDER BY id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) {
        size_t rows = (size_t)db_rows(res);
        *pools = arena_alloc(a, (rows + 1) * sizeof **pools);
        rc = *pools == NULL ? DB_ERROR : DB_OK;
        for (int i = 0; rc == DB_OK && *n < rows; i++)
            (*pools)[(*n)++] =
                (struct pool_change){db_int(res, i, 0), db_int(res, i, 1), db_int(res, i, 2), db_int(res, i, 3)};
    }
    db_free(&res);
    return rc;
}
