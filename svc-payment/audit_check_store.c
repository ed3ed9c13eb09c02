#include "audit_check_store.h"

/* A payment under way may be between two books. */
#define AT_REST(t) t ".due_at IS NULL"
#define NO_REFUND_UNDER_WAY                                                                                            \
    "NOT EXISTS (SELECT FROM payment.refunds u WHERE u.attempt = t.id AND u.state NOT IN ('done', 'rejected', "        \
    "'dropped', 'needs_account'))"

/* Balance of each account of each attempt: what came in less what went out. */
#define BALANCES                                                                                                       \
    "WITH balance AS (SELECT attempt, account, sum(won) AS won FROM payment.ledger l, LATERAL (VALUES (debit, "        \
    "amount), (credit, -amount)) p (account, won) GROUP BY 1, 2), "                                                    \
    "given AS (SELECT attempt, "                                                                                       \
    "  sum(amount) FILTER (WHERE state IN ('voided', 'sent', 'needs_account', 'refused')) AS owed, "                   \
    "  sum(amount) FILTER (WHERE kind <> 'return' AND state IN ('voided', 'sent', 'needs_account', 'refused', "        \
    "'refunded', 'done')) AS sold_back, "                                                                              \
    "  sum(fee) FILTER (WHERE state IN ('voided', 'sent', 'needs_account', 'refused', 'refunded', 'done')) AS fees "   \
    "  FROM payment.refunds GROUP BY 1), "                                                                             \
    "books AS (SELECT t.*, coalesce(g.owed, 0) AS owed, coalesce(g.sold_back, 0) AS sold_back, coalesce(g.fees, 0) "   \
    "AS fees FROM payment.attempts t LEFT JOIN given g ON g.attempt = t.id) "

const struct db_check audit_checks[] = {
    {"ledger",
     {"audit_ledger", BALANCES
      "SELECT format('attempt %s of order %s is %s: account %s has %s, should have %s', t.attempt_id, t.order_number, "
      "t.state, x.account, coalesce(b.won, 0), x.won) "
      "FROM books t CROSS JOIN LATERAL (VALUES "
      "  ('provider', CASE WHEN t.state IN ('captured', 'paid', 'returning', 'returned') THEN coalesce(t.balance, 0) "
      "ELSE 0 END), "
      "  ('received', CASE t.state WHEN 'captured' THEN -t.amount ELSE 0 END), "
      "  ('owed', -t.owed), "
      "  ('fees', -t.fees), "
      "  ('sales', CASE t.state WHEN 'paid' THEN -(t.amount - t.sold_back - t.fees) ELSE 0 END)) x (account, won) "
      "LEFT JOIN balance b ON b.attempt = t.id AND b.account = x.account WHERE coalesce(b.won, 0) <> x.won"}},
    {"postings",
     {"audit_postings",
      "SELECT format('ledger row %s (%s: %s to %s) is none that the table of postings knows', l.id, l.moved, l.credit, "
      "l.debit) FROM payment.ledger l WHERE NOT EXISTS (SELECT FROM payment.postings p WHERE p.from_state || '>' || "
      "p.to_state = l.moved AND p.debit = l.debit AND p.credit = l.credit AND p.saga = CASE WHEN l.refund IS NULL "
      "THEN 'attempt' ELSE 'refund' END)"}},
    {"sagas that nobody takes up",
     {"audit_lost",
      "SELECT format('attempt %s of order %s is %s and not due', attempt_id, order_number, state) FROM "
      "payment.attempts WHERE due_at IS NULL AND state NOT IN ('paid', 'failed', 'returning', 'returned') "
      "UNION ALL SELECT format('refund %s of order %s is %s and not due', refund_id, order_number, state) FROM "
      "payment.refunds WHERE due_at IS NULL AND state NOT IN ('needs_account', 'done', 'rejected', 'dropped') "
      "UNION ALL SELECT format('attempt %s of order %s is returning, its refund is not', attempt_id, order_number) "
      "FROM payment.attempts t WHERE state = 'returning' AND NOT EXISTS (SELECT FROM payment.refunds r WHERE r.attempt "
      "= t.id AND r.kind = 'return' AND r.state <> 'done')"}},
    {"money without order",
     {"audit_money",
      "SELECT format('attempt %s is paid, its order %s is %s', t.attempt_id, t.order_number, coalesce(o.status, "
      "'missing')) FROM payment.attempts t LEFT JOIN booking.orders o ON o.order_number = t.order_number "
      "WHERE t.state = 'paid' AND " AT_REST("t") " AND (o.id IS NULL OR o.total_amount <> t.amount "
                                                 "  OR o.status NOT IN ('paid', 'partially_cancelled', 'cancelled') "
                                                 "  OR o.status = 'cancelled' AND NOT EXISTS (SELECT FROM "
                                                 "payment.refunds r WHERE r.attempt = t.id AND r.state IN "
                                                 "('refunded', 'done', 'refused', 'rejected')))"}},
    {"order without money",
     {"audit_orders",
      "SELECT format('order %s is %s and has %s paid attempts', o.order_number, o.status, count(t.id)) "
      "FROM booking.orders o LEFT JOIN payment.attempts t ON t.order_number = o.order_number AND t.state IN ('paid', "
      "'captured', 'reversing') WHERE o.status IN ('paid', 'partially_cancelled') GROUP BY o.id HAVING count(t.id) <> "
      "1"}},
    {"verdicts",
     {"audit_verdicts",
      "SELECT format('attempt %s is %s, booking''s verdict is %s', p.attempt_id, coalesce(t.state, 'missing'), "
      "p.verdict) FROM booking.payment_attempts p LEFT JOIN payment.attempts t ON t.attempt_id = "
      "split_part(p.attempt_id, '.', 1) WHERE p.verdict IS NOT NULL AND (t.id IS NULL OR " AT_REST(
          "t") " AND "
               "CASE p.verdict WHEN 'refund' THEN t.state NOT IN ('returning', 'returned') "
               "WHEN 'failed' THEN t.state NOT IN ('failed', 'returning', 'returned') "
               "ELSE t.state NOT IN ('paid', 'failed') END)"}},
    {"tickets",
     {"audit_tickets", BALANCES
      "SELECT format('order %s: its tickets cost %s, its payment has %s for them', t.order_number, coalesce(k.won, 0), "
      "t.amount - t.sold_back - t.fees) "
      "FROM books t JOIN booking.orders o ON o.order_number = t.order_number "
      "LEFT JOIN (SELECT order_id, sum(price) AS won FROM booking.tickets WHERE status IN ('valid', 'entered', "
      "'suspended') GROUP BY 1) k ON k.order_id = o.id "
      "WHERE t.state = 'paid' AND " AT_REST(
          "t") " AND " NO_REFUND_UNDER_WAY " AND coalesce(k.won, 0) <> t.amount - t.sold_back - t.fees "
               /* which tickets a part was for that somebody cancelled in the provider's console, only that person knows */
               " AND NOT EXISTS (SELECT FROM payment.refunds e WHERE e.attempt = t.id AND e.kind = 'external')"}},
    {"tickets given back",
     {"audit_given",
      "SELECT format('refund %s of order %s is %s, its ticket %s is %s', r.refund_id, r.order_number, r.state, k.id, "
      "k.status) FROM payment.refunds r JOIN booking.tickets k ON k.id = ANY (r.tickets) "
      "WHERE r.state = 'done' AND r.kind IN ('buyer', 'staff') AND k.status <> 'void'"}},
    {"money given back",
     {"audit_given_money",
      "SELECT format('order %s: %s won of its payment are back, booking knows of %s', t.order_number, "
      "t.amount - coalesce(t.balance, t.amount), coalesce(k.won, 0)) "
      "FROM payment.attempts t JOIN booking.orders o ON o.order_number = t.order_number "
      "LEFT JOIN (SELECT order_id, max(refunded) AS won FROM booking.refunds GROUP BY 1) k ON k.order_id = o.id "
      "WHERE t.state = 'paid' AND " AT_REST(
          "t") " AND " NO_REFUND_UNDER_WAY " AND coalesce(k.won, 0) <> t.amount - coalesce(t.balance, t.amount) "
               "AND NOT EXISTS (SELECT FROM payment.refunds e WHERE e.attempt = t.id AND e.kind = 'external')"}},
    {"transactions",
     {"audit_transactions",
      "SELECT format('refund %s of order %s is %s without a transaction of the provider', refund_id, order_number, "
      "state) FROM payment.refunds WHERE state IN ('refunded', 'done') AND amount > 0 AND transaction_key IS NULL "
      "UNION ALL SELECT format('payment %s: more went back than came, by %s', attempt_id, -balance) FROM "
      "payment.attempts WHERE balance < 0"}},
};
const size_t audit_n_checks = sizeof audit_checks / sizeof *audit_checks;

enum db_rc audit_check_moves(struct db *db, struct arena *a,
                             void (*state)(void *arg, const char *saga, const char *state, bool is_left), void *arg) {
    static const struct db_stmt stmt = {
        "audit_moves", "SELECT saga, state, bool_or(is_left) FROM (SELECT saga, from_state AS state, true AS is_left "
                       "FROM payment.moves UNION SELECT saga, to_state, false FROM payment.moves) s GROUP BY 1, 2"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++)
        state(arg, db_text(res, i, 0), db_text(res, i, 1), db_bool(res, i, 2));
    db_free(&res);
    return rc;
}
