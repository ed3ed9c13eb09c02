#include "audit_check_store.h"

/* Compared with what booking and payment hold themselves, so that an event that got lost is found: of whatever (an order, a
 * refund …) has no event behind our cursor, everything has been told. */
#define SEEN                                                                                                           \
    "seen AS (SELECT s.source, split_part(c.cursor, ':', 1)::xid8 AS xid, split_part(c.cursor, ':', 2)::bigint AS id " \
    "FROM (VALUES ('booking'), ('payment')) s (source) LEFT JOIN notify.consumer_cursors c ON c.consumer = 'notify' "  \
    "AND c.source = s.source AND c.cursor <> '') "
#define ALL_TOLD(source, entity)                                                                                       \
    "NOT EXISTS (SELECT FROM " source ".events e, seen WHERE seen.source = '" source "' AND e.entity = " entity        \
    " AND (seen.id IS NULL OR (e.xid, e.id) > (seen.xid, seen.id))) "
/* Everything its messages need has been told, and they have been planned since. */
#define IS_PLANNED(order_number)                                                                                       \
    "NOT EXISTS (SELECT FROM notify.awaited w WHERE w.order_number = " order_number                                    \
    ") AND NOT EXISTS (SELECT FROM notify.outdated w WHERE w.order_number = " order_number                             \
    ") AND " ALL_TOLD("booking", order_number)
#define HAS_MESSAGE(order, event)                                                                                      \
    "EXISTS (SELECT FROM notify.messages m WHERE m.order_number = " order " AND m.event = " event                      \
    " AND (m.state <> 'dropped' OR m.useful_until <= now()))"
/* What was given back before there were messages is not told. */
#define SINCE "(SELECT applied_at FROM public.schema_migrations WHERE name LIKE '011%')"

const struct db_check audit_checks[] = {
    {"paid and not told",
     {"audit_paid",
      "WITH " SEEN "SELECT format('order %s is %s', o.order_number, o.status) FROM booking.orders o "
      "WHERE o.status IN ('paid', 'partially_cancelled') AND EXISTS (SELECT FROM booking.tickets t "
      "WHERE t.order_id = o.id AND t.status IN ('valid', 'entered')) AND " IS_PLANNED(
          "o.order_number") "AND NOT " HAS_MESSAGE("o.order_number",
                                                   "concat_ws('/', 'paid', nullif(o.token_version, 1))")}},
    {"given back and not told",
     {"audit_refunds",
      "WITH " SEEN "SELECT format('refund %s of order %s is done', r.refund_id, r.order_number) "
      "FROM payment.refunds r WHERE r.state = 'done' AND r.amount > 0 AND r.done_at > " SINCE
      " AND " IS_PLANNED("r.order_number") "AND " ALL_TOLD("payment", "r.refund_id") "AND NOT " HAS_MESSAGE(
          "r.order_number", "'refunded/' || r.refund_id")}},
    {"facts that are not booking's",
     {"audit_facts",
      "WITH " SEEN "SELECT format('%s is version %s at booking, %s here', b.entity, b.version, coalesce(f.version, 0)) "
      "FROM (SELECT 'exhibition/' || id AS entity, version FROM booking.exhibitions UNION ALL "
      "  SELECT 'slot/' || id, version FROM booking.time_slots) b "
      "LEFT JOIN notify.facts f ON f.source = 'booking' AND f.entity = b.entity "
      "WHERE f.version IS DISTINCT FROM b.version AND " ALL_TOLD("booking", "b.entity")}},
    {"events nobody takes",
     {"audit_still",
      "WITH " SEEN ", next AS (SELECT 'booking' AS source, min(e.created_at) AS at FROM booking.events e, seen "
      "  WHERE seen.source = 'booking' AND (seen.id IS NULL OR (e.xid, e.id) > (seen.xid, seen.id)) UNION ALL "
      "  SELECT 'payment', min(e.created_at) FROM payment.events e, seen "
      "  WHERE seen.source = 'payment' AND (seen.id IS NULL OR (e.xid, e.id) > (seen.xid, seen.id))) "
      "SELECT format('%s: since %s', n.source, n.at) FROM next n JOIN seen ON seen.source = n.source "
      "WHERE n.at < now() - interval '5 minutes' OR (n.at IS NOT NULL AND seen.id IS NULL)"}},
    {"orders that wait for nothing",
     {"audit_awaited", "SELECT format('order %s waits for %s', w.order_number, w.entity) FROM notify.awaited w JOIN "
                       "notify.facts f ON f.source = 'booking' AND f.entity = w.entity"}},
    {"messages between two states",
     {"audit_states",
      "SELECT format('message %s is %s, %s due, %s ended', id, state, CASE WHEN due_at IS NULL THEN 'not' ELSE 'is' "
      "END, CASE WHEN ended_at IS NULL THEN 'not' ELSE 'has' END) FROM notify.messages "
      "WHERE (state IN ('delivered', 'fallback_sent', 'failed', 'dropped', 'lost')) <> (ended_at IS NOT NULL) "
      "OR (due_at IS NULL) <> (ended_at IS NOT NULL)"}},
    {"messages without their submit",
     {"audit_submits", "SELECT format('message %s is %s after %s submits, request %s', id, state, sends, request_id) "
                       "FROM notify.messages WHERE state IN ('sending', 'unknown', 'accepted', 'fallback', "
                       "'delivered', 'fallback_sent', 'lost') AND (sends = 0 OR last_sent_at IS NULL OR provider IS "
                       "NULL) OR state IN ('accepted', 'fallback', 'delivered', 'fallback_sent') AND request_id IS "
                       "NULL"}},
    {"leases of those who do nothing",
     {"audit_leases", "SELECT format('message %s is %s and leased by %s', id, state, lease_owner) FROM notify.messages "
                      "WHERE lease_owner IS NOT NULL AND state NOT IN ('sending', 'unknown', 'accepted', "
                      "'fallback')"}},
    {"parked events",
     {"audit_parked", "SELECT format('%s %s of %s: %s', source, type, entity, error) FROM notify.parked_events"}},
};
const size_t audit_n_checks = sizeof audit_checks / sizeof *audit_checks;

enum db_rc audit_check_moves(struct db *db, struct arena *a, void (*found)(void *arg, const char *from, const char *to),
                             void *arg) {
    static const struct db_stmt stmt = {"audit_moves", "SELECT from_state, to_state FROM notify.message_moves"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++) found(arg, db_text(res, i, 0), db_text(res, i, 1));
    db_free(&res);
    return rc;
}
