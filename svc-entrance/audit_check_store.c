#include "audit_check_store.h"

/* What is not behind the consumer's cursor is known, or lost. */
#define SEEN                                                                                                           \
    "WITH seen AS (SELECT split_part(cursor, ':', 1)::xid8 AS xid, split_part(cursor, ':', 2)::bigint AS id "          \
    "  FROM entrance.consumer_cursors WHERE consumer = 'entrance' AND source = 'booking' AND cursor <> '') "
/* Orders whose events it has all applied. */
#define CALM                                                                                                           \
    SEEN ", calm AS (SELECT o.* FROM booking.orders o, seen WHERE EXISTS (SELECT FROM booking.tickets t "              \
         "  WHERE t.order_id = o.id) AND NOT EXISTS (SELECT FROM booking.events e WHERE (e.xid, e.id) > (seen.xid, "   \
         "  seen.id) AND e.entity = o.order_number)) "
/* And booking has heard everything of them. */
#define TOLD "JOIN entrance.orders g ON g.id = o.id AND g.entries_version = o.entries_version "

const struct db_check audit_checks[] = {
    {"heard",
     {"audit_heard", SEEN "SELECT 'there are tickets, and the gate has never heard of booking' "
                          "WHERE EXISTS (SELECT FROM booking.tickets) AND NOT EXISTS (SELECT FROM seen)"}},
    {"behind",
     {"audit_behind",
      SEEN "SELECT format('the gate has heard nothing after %s of %s, %s', e.type, e.entity, e.created_at) "
           "FROM seen, LATERAL (SELECT * FROM booking.events e WHERE (e.xid, e.id) > (seen.xid, seen.id) "
           "AND e.created_at < now() - interval '5 minutes' ORDER BY e.xid, e.id LIMIT 1) e"}},
    {"orders",
     {"audit_orders",
      CALM "SELECT format('order %s has tickets, and the gate does not know it', o.order_number) FROM calm o "
           "WHERE NOT EXISTS (SELECT FROM entrance.orders g WHERE g.id = o.id)"}},
    {"tickets",
     {"audit_tickets",
      CALM "SELECT format('ticket %s of order %s is %s at booking and %s here', t.id, o.order_number, "
           "t.status, coalesce(g.status, 'unknown')) FROM calm o JOIN entrance.orders known ON known.id = o.id "
           "JOIN booking.tickets t ON t.order_id = o.id LEFT JOIN entrance.tickets g ON g.id = t.id "
           "WHERE g.status IS DISTINCT FROM CASE t.status WHEN 'entered' THEN 'valid' "
           "WHEN 'refunding' THEN 'void' ELSE t.status END"}},
    {"codes",
     {"audit_codes",
      "SELECT format('%s %s has %s codes that count, should have one', w.what, w.ref, count(c.code_id)) "
      "FROM (SELECT 'o'::\"char\" AS kind, o.id AS ref, 'order' AS what, o.slot_id FROM entrance.orders o UNION ALL "
      "      SELECT 't', t.id, 'ticket', o.slot_id "
      "      FROM entrance.tickets t JOIN entrance.orders o ON o.id = t.order_id) w "
      "LEFT JOIN entrance.codes c ON c.kind = w.kind AND c.ref = w.ref AND NOT c.replaced "
      "WHERE w.slot_id IS NULL OR EXISTS (SELECT FROM entrance.slots s WHERE s.id = w.slot_id) "
      "GROUP BY w.what, w.ref HAVING count(c.code_id) <> 1"}},
    {"versions",
     {"audit_versions",
      "SELECT format('codes of %s %s: %s of them, the last is version %s', kind, ref, count(*), max(version)) "
      "FROM entrance.codes GROUP BY kind, ref HAVING count(*) <> max(version) "
      "OR max(version) <> max(version) FILTER (WHERE NOT replaced)"}},
    {"changes",
     {"audit_changes", "SELECT format('order %s has changed, and scanners do not hear of it', o.order_number) "
                       "FROM entrance.orders o WHERE NOT EXISTS (SELECT FROM entrance.changes n "
                       "WHERE n.xid = o.changed_in AND n.order_id = o.id AND n.exhibition_id = o.exhibition_id)"}},
    {"entries",
     {"audit_entries",
      "SELECT format('ticket %s is inside since %s, and no scan says so', t.id, t.entered_at) FROM entrance.tickets t "
      "WHERE t.entered_at IS NOT NULL AND NOT EXISTS (SELECT FROM entrance.scans s WHERE s.id = t.entered_by "
      "AND s.order_id = t.order_id AND s.claim AND s.undone_at IS NULL AND s.scanned_at = t.entered_at "
      "AND coalesce(s.ticket_id, t.id) = t.id)"}},
    {"admitted",
     {"audit_admitted",
      "SELECT format('scans let %s people of order %s in, %s are inside', s.admitted, o.order_number, n.inside) "
      "FROM entrance.orders o, "
      "LATERAL (SELECT coalesce(sum(s.admitted), 0) AS admitted FROM entrance.scans s "
      "         WHERE s.order_id = o.id AND s.claim AND s.undone_at IS NULL) s, "
      "LATERAL (SELECT count(*) AS inside FROM entrance.tickets t "
      "         WHERE t.order_id = o.id AND t.entered_at IS NOT NULL) n "
      "WHERE s.admitted <> n.inside"}},
    {"refunds",
     {"audit_refunds", "SELECT format('ticket %s: refund %s took it, the ticket says %s', v.ticket, v.refund_id, "
                       "coalesce(t.refund_id, 'nothing')) "
                       "FROM (SELECT refund_id, unnest(tickets) AS ticket FROM entrance.voids WHERE NOT undone) v "
                       "FULL JOIN (SELECT id, refund_id FROM entrance.tickets WHERE refund_id IS NOT NULL) t "
                       "ON t.id = v.ticket AND t.refund_id = v.refund_id WHERE t.id IS NULL OR v.ticket IS NULL"}},
    {"booking: codes",
     {"audit_booking_codes",
      CALM "SELECT format('order %s: booking has another code than the gate', o.order_number) FROM calm o " TOLD
           "JOIN entrance.codes c ON c.kind = 'o' AND c.ref = o.id AND NOT c.replaced "
           "WHERE o.qr_code IS DISTINCT FROM c.code"}},
    {"booking: tokens",
     {"audit_booking_tokens",
      CALM "SELECT format('order %s: its tokens are of version %s at booking and %s here', o.order_number, "
           "o.token_version, t.token_version) FROM calm o " TOLD "JOIN entrance.orders t ON t.id = o.id "
           "WHERE o.token_version <> t.token_version"}},
    {"booking: entries",
     {"audit_booking_entries",
      CALM "SELECT format('ticket %s of order %s is %s at booking, at the gate it entered %s', b.id, o.order_number, "
           "b.status, coalesce(t.entered_at::text, 'never')) FROM calm o " TOLD
           "JOIN booking.tickets b ON b.order_id = o.id JOIN entrance.tickets t ON t.id = b.id "
           "WHERE (b.status = 'entered') <> (t.entered_at IS NOT NULL) AND b.status NOT IN ('refunding', 'void')"}},
    {"booking: first entry",
     {"audit_booking_first", CALM
      "SELECT format('order %s: booking says %s entered first, the gate %s', o.order_number, o.entrance_time, f.at) "
      "FROM calm o " TOLD
      ", LATERAL (SELECT date_trunc('milliseconds', min(t.entered_at)) AS at FROM entrance.tickets t "
      "JOIN booking.tickets b ON b.id = t.id AND b.status = 'entered' WHERE t.order_id = o.id) f "
      "WHERE o.entrance_time IS DISTINCT FROM f.at OR o.entrance_checked <> (f.at IS NOT NULL)"}},
    {"parked",
     {"audit_parked", "SELECT format('event %s of %s %s could not be applied: %s', type, source, entity, error) "
                      "FROM entrance.parked_events"}},
};
const size_t audit_n_checks = sizeof audit_checks / sizeof *audit_checks;

enum db_rc audit_check_entered(struct db *db, struct arena *a, int64_t after, size_t max, int64_t *ids, size_t *n) {
    static const struct db_stmt stmt = {
        "audit_entered",
        "SELECT DISTINCT order_id FROM scans WHERE order_id > $1 AND claim ORDER BY order_id LIMIT $2"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_int(&args, after);
    db_arg_int(&args, (int64_t)max);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++) ids[(*n)++] = db_int(res, i, 0);
    db_free(&res);
    return rc;
}
