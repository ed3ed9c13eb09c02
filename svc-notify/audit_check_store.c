#include "audit_check_store.h"

/* Orders whose messages can be written: everything they need has been told. */
#define PLANNED_ORDERS                                                                                                 \
    "orders AS (SELECT f.* FROM notify.facts f WHERE f.source = 'booking' AND f.order_number IS NOT NULL AND NOT "     \
    "EXISTS (SELECT FROM notify.awaited w WHERE w.order_number = f.order_number))"
#define LIVE_TICKETS                                                                                                   \
    "EXISTS (SELECT FROM jsonb_array_elements(o.state -> 'tickets') t WHERE t ->> 'status' IN ('valid', 'entered'))"
#define TOLD(event)                                                                                                    \
    "EXISTS (SELECT FROM notify.messages m WHERE m.order_number = o.order_number AND m.event = " event                 \
    " AND (m.state <> 'dropped' OR m.useful_until <= now()))"

const struct db_check audit_checks[] = {
    {"paid and not told",
     {"audit_paid", "WITH " PLANNED_ORDERS " SELECT format('order %s is %s', o.order_number, o.state ->> 'status') "
                    "FROM orders o WHERE o.state ->> 'status' IN ('paid', 'partially_cancelled') AND " LIVE_TICKETS
                    " AND NOT " TOLD("concat_ws('/', 'paid', nullif((o.state ->> 'token_version')::int, 1))")}},
    {"given back and not told",
     {"audit_refunds",
      "WITH " PLANNED_ORDERS " SELECT format('refund %s of order %s is %s', r.entity, o.order_number, r.type) "
      "FROM orders o JOIN notify.facts r ON r.source = 'payment' AND r.order_number = o.order_number "
      "WHERE r.type = 'refund.done' AND (r.state ->> 'amount')::bigint > 0 AND NOT " TOLD("'refunded/' || r.entity")}},
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
