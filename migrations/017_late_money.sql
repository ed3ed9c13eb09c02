-- An order that lapsed is not paid any more once its exhibition is over, on Seoul's calendar: no attempt begins on it, and money
-- that still comes goes back. Both functions are those of 006_booking_payment.sql but for these conditions.
SET LOCAL search_path = booking, pg_temp;

-- Could the order have its places again at this moment? A hint: mark_paid takes them under their locks, or does not.
CREATE OR REPLACE FUNCTION places_left(p_order bigint) RETURNS boolean LANGUAGE sql STABLE SET search_path = booking AS $$
    SELECT e.is_active AND e.end_date >= (now() AT TIME ZONE 'Asia/Seoul')::date AND NOT EXISTS (
        SELECT FROM (SELECT p.pool_id, i.quantity FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = o.id
                     UNION ALL
                     SELECT s.pool_id, i.quantity FROM order_items i JOIN time_slots s ON s.id = o.slot_id
                     WHERE i.order_id = o.id) need
        JOIN pools l ON l.id = need.pool_id GROUP BY l.id HAVING sum(need.quantity) > l.available)
    FROM orders o JOIN exhibitions e ON e.id = o.exhibition_id WHERE o.id = p_order
$$;

CREATE OR REPLACE FUNCTION payment_steps(p_op text[], p_attempt text[], p_number text[], p_method text[], p_key text[], p_reason text[],
                              p_reverses text[], p_cancelled text[], p_amount bigint[], p_due_ms bigint[])
RETURNS SETOF payment_answer
LANGUAGE plpgsql SET search_path = booking SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_id bigint[];      -- per call: its order
    v_out text[];       -- per call: DO and then DONE, TOLD, AGAIN, or why not
    v_to text[];        -- per call done: the state its order goes to; NULL: stays
    v_new bigint[];     -- per call done: the amount of the attempt it begins
    v_verdict text[];   -- per call done: how its attempt ends
    v_move moved[];
    v_refund bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock(k.lock)
    FROM (SELECT DISTINCT hashtextextended(u, 0) AS lock FROM unnest(p_attempt || p_reverses) u WHERE u IS NOT NULL ORDER BY 1) k;

    SELECT array_agg(coalesce(a.order_id, r.order_id, o.id) ORDER BY c.ord) INTO v_id
    FROM unnest(p_attempt, p_reverses, p_number) WITH ORDINALITY c (attempt, reverses, number, ord)
    LEFT JOIN payment_attempts a ON a.attempt_id = c.attempt
    LEFT JOIN payment_attempts r ON r.attempt_id = c.reverses
    LEFT JOIN orders o ON o.order_number = c.number;
    PERFORM FROM orders o WHERE o.id = ANY (v_id) ORDER BY o.id FOR UPDATE;

    WITH judged AS (
        SELECT c.ord, c.op, c.id, c.attempt, o.status, o.exhibition_id, c.cancelled,
               CASE WHEN a.attempt_id IS NULL THEN coalesce(r.amount, c.amount) END AS new,
               CASE
               WHEN a.attempt_id IS NOT NULL THEN CASE
                   WHEN c.op = 'begin_payment' THEN
                       CASE WHEN o.order_number = c.number AND a.amount = c.amount THEN 'TOLD' ELSE 'IDEMPOTENCY_MISMATCH' END
                   WHEN a.verdict IS NOT NULL THEN 'TOLD'
                   WHEN c.op = 'mark_paid' AND a.amount <> c.amount THEN 'AMOUNT_MISMATCH'
                   WHEN c.op <> 'await_deposit' OR o.status = 'paying' THEN 'DO'
                   WHEN o.status = 'awaiting_deposit' THEN 'TOLD'
                   WHEN o.status = 'expired' THEN 'ORDER_EXPIRED'
                   ELSE 'INVALID_STATE' END
               WHEN o.id IS NULL OR c.op = 'payment_failed' OR c.op = 'mark_paid' AND c.amount <> 0 THEN 'NOT_FOUND'
               WHEN c.op = 'await_deposit' THEN CASE -- a deposit was taken back: the order waits for another
                   WHEN r.attempt_id IS NULL THEN 'NOT_FOUND'
                   WHEN r.verdict IS DISTINCT FROM 'paid' OR o.status <> 'paid' THEN 'INVALID_STATE'
                   ELSE 'DO' END
               WHEN c.amount <> o.total_amount THEN 'AMOUNT_MISMATCH'
               WHEN o.status = 'reserved' THEN 'DO'
               WHEN o.status <> 'expired' THEN 'INVALID_STATE'
               WHEN c.op = 'mark_paid' THEN 'ORDER_EXPIRED'
               WHEN EXISTS (SELECT FROM payment_attempts x WHERE x.order_id = o.id AND x.verdict IS NULL) THEN 'INVALID_STATE'
               WHEN places_left(o.id) THEN 'DO'
               ELSE 'ORDER_EXPIRED' END AS out
        FROM unnest(p_op, p_attempt, p_number, p_amount, p_reverses, p_cancelled, v_id)
             WITH ORDINALITY c (op, attempt, number, amount, reverses, cancelled, id, ord)
        LEFT JOIN orders o ON o.id = c.id
        LEFT JOIN payment_attempts a ON a.attempt_id = c.attempt
        LEFT JOIN payment_attempts r ON r.attempt_id = c.reverses
    ), folded AS (
        SELECT j.*, j.out = 'DO' AND (j.ord > min(j.ord) FILTER (WHERE j.out = 'DO') OVER (PARTITION BY j.id)
                                      OR j.ord > min(j.ord) FILTER (WHERE j.out = 'DO') OVER (PARTITION BY j.attempt)) AS later
        FROM judged j
    )
    SELECT array_agg(CASE WHEN f.later THEN 'AGAIN' ELSE f.out END ORDER BY f.ord), array_agg(f.new ORDER BY f.ord),
           array_agg(CASE
               WHEN f.op = 'begin_payment' AND f.status = 'reserved' THEN 'paying'
               WHEN f.op = 'mark_paid' AND f.status IN ('expired', 'cancelled') AND EXISTS (
                   SELECT FROM exhibitions e
                   WHERE e.id = f.exhibition_id AND e.end_date < (now() AT TIME ZONE 'Asia/Seoul')::date) THEN NULL
               WHEN f.op = 'mark_paid' THEN 'paid'
               WHEN f.op = 'await_deposit' THEN 'awaiting_deposit'
               WHEN f.op = 'payment_failed' AND f.status = 'paying' THEN CASE f.cancelled WHEN 'true' THEN 'cancelled' ELSE 'reserved' END
               WHEN f.op = 'payment_failed' AND f.status = 'awaiting_deposit' THEN
                   CASE f.cancelled WHEN 'true' THEN 'cancelled' ELSE 'expired' END
               END ORDER BY f.ord)
    INTO v_out, v_new, v_to FROM folded f;

    SELECT array_agg(m) INTO v_move
    FROM (SELECT array_agg(c.id) AS ids, array_agg(c.to_status) AS tos, array_agg(CASE c.op
                     WHEN 'begin_payment' THEN 'payment begins'
                     WHEN 'mark_paid' THEN CASE WHEN c.new IS NULL THEN 'payment came' ELSE 'nothing to pay' END
                     WHEN 'await_deposit' THEN CASE WHEN c.new IS NULL THEN 'account issued' ELSE 'deposit reversed' END
                     ELSE c.reason END) AS reasons,
                 array_agg(jsonb_build_object('payment_method', c.method, 'payment_key', c.key, 'expires_at',
                     CASE WHEN c.op <> 'await_deposit' THEN NULL
                          WHEN c.due_ms > 0 THEN timestamptz 'epoch' + c.due_ms * interval '1 millisecond'
                          ELSE now() + make_interval(hours => e.deposit_hours) END)) AS sets
          FROM unnest(p_op, v_id, v_out, v_to, v_new, p_method, p_key, p_reason, p_due_ms)
               c (op, id, out, to_status, new, method, key, reason, due_ms)
          JOIN orders o ON o.id = c.id JOIN exhibitions e ON e.id = o.exhibition_id
          WHERE c.out = 'DO' AND c.to_status IS NOT NULL) g,
         move_each(g.ids, g.tos, g.reasons, g.sets) m
    WHERE g.ids IS NOT NULL;

    -- Money whose order cannot be had goes back; all else that could not move is refused.
    SELECT array_agg(CASE WHEN c.out <> 'DO' THEN c.out
                          WHEN c.op = 'mark_paid' OR c.to_status IS NULL OR m.outcome = 'MOVED' THEN 'DONE'
                          ELSE 'INVALID_STATE' END ORDER BY c.ord),
           array_agg(CASE c.op WHEN 'mark_paid' THEN CASE m.outcome WHEN 'MOVED' THEN 'paid' ELSE 'refund' END
                               WHEN 'payment_failed' THEN 'failed' END ORDER BY c.ord),
           array_agg(c.id) FILTER (WHERE c.out = 'DO' AND c.op = 'mark_paid'
                                     AND (c.to_status IS NULL OR m.outcome <> 'MOVED' AND m.from_status IN ('expired', 'cancelled')))
    INTO v_out, v_verdict, v_refund
    FROM unnest(p_op, v_id, v_out, v_to) WITH ORDINALITY c (op, id, out, to_status, ord)
    LEFT JOIN unnest(v_move) m ON m.kind = 'o' AND m.id = c.id;

    IF v_refund IS NOT NULL THEN
        PERFORM tell_payment(v_refund, 'refunding', 'order.refunding', 'payment came too late');
    END IF;
    INSERT INTO payment_attempts (attempt_id, order_id, amount, verdict, ended_at)
    SELECT c.attempt, c.id, c.new, c.verdict, CASE WHEN c.verdict IS NOT NULL THEN now() END
    FROM unnest(p_attempt, v_id, v_out, v_new, v_verdict) c (attempt, id, out, new, verdict)
    WHERE c.out = 'DONE' AND c.new IS NOT NULL;
    UPDATE payment_attempts a SET verdict = c.verdict, ended_at = now()
    FROM unnest(p_attempt, v_out, v_new, v_verdict) c (attempt, out, new, verdict)
    WHERE a.attempt_id = c.attempt AND c.out = 'DONE' AND c.new IS NULL AND c.verdict IS NOT NULL;

    RETURN QUERY
    SELECT 'p', 0, '', '', '', '', 0::bigint, 0::bigint, NULL::text, NULL::bigint[], m.exhibition_id, m.pool_id, m.version, m.available
    FROM unnest(v_move) m WHERE m.kind = 'p';
    RETURN QUERY
    SELECT 'o', c.ord::int, c.out, o.order_number::text, o.status::text, o.payment_status::text, o.total_amount,
           (extract(epoch FROM o.expires_at) * 1000)::bigint, a.verdict, NULL::bigint[], 0, 0, 0::bigint, 0
    FROM unnest(v_id, v_out, p_attempt) WITH ORDINALITY c (id, out, attempt, ord)
    LEFT JOIN orders o ON o.id = c.id LEFT JOIN payment_attempts a ON a.attempt_id = c.attempt;
END $$;
