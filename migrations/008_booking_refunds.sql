-- Refunds in three calls, and holds that outlive an outage of payments; tables and the lock order as in 006_booking_payment.sql.
SET LOCAL search_path = booking, pg_temp;

-- ---- refunds ----

-- The first step: nobody enters with these tickets any more. All or none; p_not_entered: whichever still can be voided.
-- A refusal names those inside.
CREATE FUNCTION void_tickets(p_refund text, p_number text, p_tickets bigint[], p_not_entered boolean)
RETURNS SETOF payment_answer LANGUAGE plpgsql SET search_path = booking AS $$
DECLARE
    v_wanted bigint[] := ARRAY(SELECT DISTINCT u FROM unnest(p_tickets) u ORDER BY 1);
    v_refund refunds;
    v_order orders;
    v_live bigint[];
    v_entered bigint[];
    v_ours bigint; -- how many of them are this order's
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_refund, 0));
    SELECT * INTO v_order FROM orders WHERE order_number = p_number FOR UPDATE;
    SELECT * INTO v_refund FROM refunds WHERE refund_id = p_refund;
    IF v_refund.refund_id IS NOT NULL THEN -- told before
        RETURN NEXT payment_answer_of(1, CASE
            WHEN v_refund.order_id IS DISTINCT FROM v_order.id OR NOT v_refund.tickets <@ v_wanted
                 OR NOT p_not_entered AND v_refund.tickets <> v_wanted THEN 'IDEMPOTENCY_MISMATCH'
            WHEN v_refund.state = 'undone' THEN 'INVALID_STATE'
            ELSE 'DONE' END, v_refund.order_id, NULL, CASE WHEN v_refund.state <> 'undone' THEN v_refund.tickets END);
        RETURN;
    END IF;
    SELECT array_agg(t.id ORDER BY t.id) FILTER (WHERE t.status IN ('valid', 'suspended')),
           array_agg(t.id ORDER BY t.id) FILTER (WHERE t.status = 'entered'),
           count(*) FILTER (WHERE p_not_entered OR t.status IN ('valid', 'suspended', 'entered'))
    INTO v_live, v_entered, v_ours
    FROM tickets t WHERE t.order_id = v_order.id AND t.id = ANY (v_wanted);
    v_live := coalesce(v_live, '{}');
    IF v_order.id IS NULL OR v_order.status NOT IN ('paid', 'partially_cancelled') OR v_ours <> cardinality(v_wanted)
       OR v_entered IS NOT NULL AND NOT p_not_entered THEN
        RETURN NEXT payment_answer_of(1, CASE WHEN v_order.id IS NULL THEN 'NOT_FOUND' ELSE 'INVALID_STATE' END, v_order.id, NULL, v_entered);
        RETURN;
    END IF;
    INSERT INTO refunds (refund_id, order_id, tickets) VALUES (p_refund, v_order.id, v_live);
    UPDATE tickets SET status = 'refunding', refund_id = p_refund, updated_at = now() WHERE id = ANY (v_live);
    PERFORM tell_payment(ARRAY[v_order.id], 'refunding', 'order.refunding');
    RETURN NEXT payment_answer_of(1, 'DONE', v_order.id, NULL, v_live);
END $$;

-- Instead of the last step: the money stays, the tickets are as good as before.
CREATE FUNCTION unvoid_tickets(p_refund text) RETURNS SETOF payment_answer LANGUAGE plpgsql SET search_path = booking AS $$
DECLARE
    v_refund refunds;
    v_order orders;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_refund, 0));
    SELECT * INTO v_refund FROM refunds WHERE refund_id = p_refund;
    SELECT * INTO v_order FROM orders WHERE id = v_refund.order_id FOR UPDATE;
    IF v_refund.state = 'open' THEN
        UPDATE refunds SET state = 'undone', ended_at = now() WHERE refund_id = p_refund;
        UPDATE tickets SET status = CASE v_order.status WHEN 'awaiting_deposit' THEN 'suspended' ELSE 'valid' END,
               refund_id = NULL, updated_at = now()
        WHERE id = ANY (v_refund.tickets) AND status = 'refunding';
        PERFORM tell_payment(ARRAY[v_order.id], CASE
            WHEN v_order.payment_status <> 'refunding' OR EXISTS (SELECT FROM refunds WHERE order_id = v_order.id AND state = 'open') THEN NULL
            ELSE coalesce((SELECT payment_status FROM refunds WHERE order_id = v_order.id AND state = 'released' ORDER BY ended_at DESC LIMIT 1),
                          'paid') END,
            'order.refund_refused');
    END IF;
    RETURN NEXT payment_answer_of(1, CASE v_refund.state WHEN 'open' THEN 'DONE' WHEN 'undone' THEN 'DONE'
        WHEN 'released' THEN 'INVALID_STATE' ELSE 'NOT_FOUND' END, v_order.id, NULL, v_refund.tickets);
END $$;

-- The last step: the money is back, the places are free. p_refunded: what is back of the order's payment by now, so that a refund
-- which booking was never told of (the provider's console) counts with the next one, and the order of telling does not matter.
CREATE FUNCTION release_tickets(p_refund text, p_number text, p_reason text, p_payment text, p_refunded bigint)
RETURNS SETOF payment_answer LANGUAGE plpgsql SET search_path = booking AS $$
DECLARE
    v_refund refunds;
    v_order orders;
    v_payment text := p_payment;
    v_to text := 'cancelled';
    v_void bigint[];
    v_move moved[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_refund, 0));
    SELECT * INTO v_refund FROM refunds WHERE refund_id = p_refund;
    SELECT * INTO v_order FROM orders WHERE id = v_refund.order_id FOR UPDATE;
    IF v_refund.state IS NULL OR v_order.order_number <> p_number OR v_refund.state = 'undone' THEN
        RETURN NEXT payment_answer_of(1, CASE WHEN v_refund.state IS NULL THEN 'NOT_FOUND'
            WHEN v_order.order_number <> p_number THEN 'IDEMPOTENCY_MISMATCH' ELSE 'INVALID_STATE' END, NULL, NULL, NULL);
        RETURN;
    END IF;
    IF v_refund.state = 'open' THEN
        UPDATE refunds SET state = 'released', payment_status = p_payment, refunded = p_refunded, ended_at = now()
        WHERE refund_id = p_refund;
        IF EXISTS (SELECT FROM refunds WHERE order_id = v_order.id AND state = 'open') THEN
            v_payment := 'refunding'; -- the other one's money is still on its way
        END IF;
        SELECT array_agg(t.id) INTO v_void FROM tickets t WHERE t.id = ANY (v_refund.tickets) AND t.status = 'refunding';
        IF EXISTS (SELECT FROM tickets t WHERE t.order_id = v_order.id AND t.status <> 'void' AND t.id <> ALL (v_refund.tickets)) THEN
            v_to := 'partially_cancelled';
        ELSIF v_payment = 'partially_refunded' THEN
            v_payment := 'refunded'; -- the last of several at once: each of them saw the other's tickets
        END IF;
        IF v_void IS NULL THEN -- everybody is inside, or the order ended meanwhile
            PERFORM tell_payment(ARRAY[v_order.id], v_payment, 'order.refunded', p_reason);
        ELSE
            SELECT array_agg(m) INTO v_move
            FROM move_each(ARRAY[v_order.id], ARRAY[v_to], ARRAY[p_reason], ARRAY[jsonb_build_object('payment_status', v_payment)], v_void) m;
        END IF;
        IF EXISTS (SELECT FROM unnest(v_move) m WHERE m.kind = 'o' AND m.outcome <> 'MOVED') THEN
            RETURN NEXT payment_answer_of(1, 'INVALID_STATE', NULL, NULL, NULL); -- the caller rolls back
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
    SELECT 'p', 0, '', '', '', '', 0::bigint, 0::bigint, NULL::text, NULL::bigint[], m.exhibition_id, m.pool_id, m.version, m.available
    FROM unnest(v_move) m WHERE m.kind = 'p';
    RETURN NEXT payment_answer_of(1, 'DONE', v_order.id, NULL, v_refund.tickets);
END $$;

-- ---- outages of payments ----

ALTER TABLE payment_health ADD COLUMN down_at timestamptz; -- the last "down" of any replica

-- Every replica of svc-payment reports every second. One that turns buyers away outweighs the others: those that nobody asks to
-- pay have noticed nothing.
CREATE FUNCTION report_payment_health(p_up boolean) RETURNS void LANGUAGE plpgsql SET search_path = booking AS $$
DECLARE
    v_was payment_health;
    v_now timestamptz;
BEGIN
    INSERT INTO payment_health (up_at) VALUES (clock_timestamp()) ON CONFLICT DO NOTHING;
    SELECT * INTO v_was FROM payment_health FOR UPDATE;
    v_now := clock_timestamp(); -- after the lock, so that it never goes back
    IF NOT p_up THEN
        UPDATE payment_health SET down_at = v_now;
    ELSIF v_was.down_at IS NULL OR v_was.down_at < v_now - interval '3 seconds' THEN
        IF v_now - v_was.up_at > interval '5 seconds' THEN
            INSERT INTO payment_outages (from_at, to_at) VALUES (v_was.up_at, v_now);
        END IF;
        UPDATE payment_health SET up_at = v_now;
    END IF;
END $$;

-- Holds whose buyers could not pay get that time back, 30 minutes in all; at most p_limit in one call, one caller at a time.
-- Returns how many were looked at.
CREATE FUNCTION extend_holds(p_limit int) RETURNS int LANGUAGE plpgsql SET search_path = booking AS $$
DECLARE
    x payment_outages;
    v_ids bigint[];
    v_at timestamptz;
    v_id bigint;
    n int;
BEGIN
    IF NOT EXISTS (SELECT FROM payment_outages WHERE NOT done) OR NOT pg_try_advisory_xact_lock(7301, 2) THEN
        RETURN 0;
    END IF;
    SELECT * INTO x FROM payment_outages WHERE NOT done ORDER BY id LIMIT 1;
    SELECT array_agg(h.id), min(h.expires_at), (array_agg(h.id ORDER BY h.expires_at, h.id))[1] INTO v_ids, v_at, v_id
    FROM (SELECT o.id, o.expires_at FROM orders o
          WHERE o.status IN ('reserved', 'paying') AND o.created_at < x.to_at AND o.expires_at > x.from_at
            AND o.expires_at <= x.cursor_at AND (o.expires_at, o.id) < (x.cursor_at, x.cursor_id)
          ORDER BY o.expires_at DESC, o.id DESC LIMIT p_limit) h;
    n := coalesce(cardinality(v_ids), 0);
    UPDATE payment_outages SET cursor_at = coalesce(v_at, cursor_at), cursor_id = coalesce(v_id, cursor_id),
           done = n < p_limit
    WHERE id = x.id;

    WITH held AS (
        SELECT o.id, least(x.to_at - greatest(x.from_at, o.created_at), interval '30 minutes' - o.extended) AS more
        FROM orders o WHERE o.id = ANY (v_ids) AND o.status IN ('reserved', 'paying') ORDER BY o.id FOR UPDATE
    ), longer AS (
        UPDATE orders o SET expires_at = o.expires_at + h.more, extended = o.extended + h.more,
               version = o.version + 1, updated_at = now()
        FROM held h WHERE o.id = h.id AND h.more > interval '0' RETURNING o.id
    )
    SELECT array_agg(l.id) INTO v_ids FROM longer l;
    INSERT INTO events (type, entity, version, payload)
    SELECT 'order.extended', o.order_number, o.version, s.state
    FROM orders o JOIN order_states s ON s.id = o.id WHERE o.id = ANY (v_ids);
    RETURN n;
END $$;

-- Frees holds whose time is over. While payments are down, and until all holds have got that time back, only those that are
-- later than any outage can excuse. Holds that somebody else is working on are left for the next round.
CREATE OR REPLACE FUNCTION expire_due(p_limit int)
RETURNS TABLE (kind text, id bigint, outcome text, from_status text, version bigint,
               exhibition_id int, pool_id int, available int)
LANGUAGE plpgsql SET search_path = booking AS $$
#variable_conflict use_column
DECLARE
    v_until timestamptz := clock_timestamp(); -- a constant, for the index
    v_due bigint[];
BEGIN
    IF EXISTS (SELECT FROM payment_health h WHERE h.up_at < v_until - interval '5 seconds')
       OR EXISTS (SELECT FROM payment_outages x WHERE NOT x.done) THEN
        v_until := v_until - interval '30 minutes';
    END IF;
    SELECT array_agg(d.id) INTO v_due
    FROM (SELECT o.id FROM orders o WHERE o.status = 'reserved' AND o.expires_at <= v_until
          ORDER BY o.expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED) d;
    IF v_due IS NOT NULL THEN
        RETURN QUERY SELECT * FROM move_orders(v_due, 'expired', 'hold lapsed');
    END IF;
END $$;

REVOKE ALL ON FUNCTION void_tickets, unvoid_tickets, release_tickets, report_payment_health, extend_holds FROM PUBLIC;
GRANT EXECUTE ON FUNCTION void_tickets, unvoid_tickets, release_tickets, report_payment_health, extend_holds TO svc_booking;
