-- move_orders: the one function that moves the state of orders, with all that hangs on it: stock, phone counters, ticket rows,
-- the event. Lock order: orders by id, phone counters sorted, pools by id.
SET LOCAL search_path = booking, pg_temp;

CREATE FUNCTION move_orders(p_ids bigint[], p_to text, p_reason text, p_tickets bigint[] DEFAULT NULL,
                            p_set jsonb DEFAULT '{}')
RETURNS TABLE (kind text, id bigint, outcome text, from_status text, version bigint,
               exhibition_id int, pool_id int, available int)
LANGUAGE plpgsql SET search_path = booking SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    v_id bigint[];       -- orders found, sorted
    v_from text[];
    v_ex int[];
    v_phone text[];
    v_out text[];
    v_pool int[];        -- pools locked, sorted
    v_avail int[];
    d_order int[];       -- deltas: index of the order, index of the pool, tickets given back (+) or taken (-)
    d_pool int[];
    d_qty int[];
    d_first int := 1;
    d int;
    ok boolean;
BEGIN
    SELECT array_agg(o.id ORDER BY o.id), array_agg(o.status::text ORDER BY o.id),
           array_agg(o.exhibition_id ORDER BY o.id), array_agg(o.customer_phone::text ORDER BY o.id)
    INTO v_id, v_from, v_ex, v_phone
    FROM (SELECT o.id, o.status, o.exhibition_id, o.customer_phone FROM orders o
          WHERE o.id = ANY (p_ids) ORDER BY o.id FOR UPDATE) o;

    SELECT array_agg(CASE WHEN x.to_status IS NULL THEN 'ILLEGAL' ELSE 'MOVED' END ORDER BY f.ord) INTO v_out
    FROM unnest(v_from) WITH ORDINALITY f (status, ord)
    LEFT JOIN order_transitions x ON x.from_status = f.status AND x.to_status = p_to;

    -- Tickets named must be live ones of the order and not all of them; who is inside cannot be sent home.
    IF p_tickets IS NOT NULL OR p_to = 'partially_cancelled' THEN
        SELECT array_agg(CASE WHEN f.out = 'MOVED' AND p_to = 'partially_cancelled' AND c.live > c.named AND c.named > 0
                                   AND c.named = cardinality(p_tickets) THEN 'MOVED' ELSE 'ILLEGAL' END ORDER BY f.ord)
        INTO v_out
        FROM unnest(v_id, v_out) WITH ORDINALITY f (id, out, ord),
             LATERAL (SELECT count(*) FILTER (WHERE t.status <> 'void') AS live,
                             count(*) FILTER (WHERE t.status IN ('valid', 'suspended') AND t.id = ANY (p_tickets)) AS named
                      FROM tickets t WHERE t.order_id = f.id) c;
    ELSIF p_to IN ('cancelled', 'expired') THEN
        SELECT array_agg(CASE WHEN EXISTS (SELECT FROM tickets t WHERE t.order_id = f.id AND t.status = 'entered')
                         THEN 'ILLEGAL' ELSE f.out END ORDER BY f.ord)
        INTO v_out FROM unnest(v_id, v_out) WITH ORDINALITY f (id, out, ord);
    END IF;

    PERFORM FROM phone_counters c
    WHERE (c.exhibition_id, c.phone) IN (SELECT f.ex, f.phone FROM unnest(v_ex, v_phone, v_out) f (ex, phone, out)
                                         WHERE f.out = 'MOVED')
    ORDER BY c.exhibition_id, c.phone FOR UPDATE;

    WITH product_qty AS (
        -- taken again: late money for an order that had let go of its stock
        SELECT f.ord, i.product_id, -i.quantity AS qty
        FROM unnest(v_id, v_from, v_out) WITH ORDINALITY f (id, status, out, ord) JOIN order_items i ON i.order_id = f.id
        WHERE f.out = 'MOVED' AND f.status IN ('expired', 'cancelled')
        UNION ALL -- given back: live tickets where there are any, else what was ordered
        SELECT f.ord, t.product_id, 1
        FROM unnest(v_id, v_out) WITH ORDINALITY f (id, out, ord) JOIN tickets t ON t.order_id = f.id
        WHERE f.out = 'MOVED' AND t.status IN ('valid', 'suspended')
          AND (p_to IN ('cancelled', 'expired') OR p_to = 'partially_cancelled' AND t.id = ANY (p_tickets))
        UNION ALL
        SELECT f.ord, i.product_id, i.quantity
        FROM unnest(v_id, v_out) WITH ORDINALITY f (id, out, ord) JOIN order_items i ON i.order_id = f.id
        WHERE f.out = 'MOVED' AND p_to IN ('cancelled', 'expired')
          AND NOT EXISTS (SELECT FROM tickets t WHERE t.order_id = f.id AND t.status <> 'void')
    ), pool_qty AS (
        SELECT q.ord, p.pool_id, q.qty FROM product_qty q JOIN products p ON p.id = q.product_id
        UNION ALL
        SELECT q.ord, s.pool_id, q.qty FROM product_qty q
        JOIN orders o ON o.id = v_id[q.ord] JOIN time_slots s ON s.id = o.slot_id
    ), locked AS (
        SELECT l.id, l.available FROM pools l WHERE l.id IN (SELECT q.pool_id FROM pool_qty q) ORDER BY l.id FOR UPDATE
    ), placed AS (
        SELECT l.id, l.available, (row_number() OVER (ORDER BY l.id))::int AS place FROM locked l
    ), delta AS (
        SELECT q.ord, p.place, sum(q.qty)::int AS qty FROM pool_qty q JOIN placed p ON p.id = q.pool_id
        GROUP BY q.ord, p.place
    )
    SELECT (SELECT array_agg(p.id ORDER BY p.place) FROM placed p), (SELECT array_agg(p.available ORDER BY p.place) FROM placed p),
           (SELECT array_agg(x.ord ORDER BY x.ord, x.place) FROM delta x), (SELECT array_agg(x.place ORDER BY x.ord, x.place) FROM delta x),
           (SELECT array_agg(x.qty ORDER BY x.ord, x.place) FROM delta x)
    INTO v_pool, v_avail, d_order, d_pool, d_qty;

    FOR i IN 1..coalesce(cardinality(v_id), 0) LOOP
        d := d_first;
        ok := true;
        WHILE d_order[d] = i LOOP
            ok := ok AND v_avail[d_pool[d]] + d_qty[d] >= 0;
            d := d + 1;
        END LOOP;
        IF NOT ok THEN
            v_out[i] := 'SOLD_OUT';
        ELSIF v_out[i] = 'MOVED' THEN
            FOR k IN d_first..d - 1 LOOP
                v_avail[d_pool[k]] := v_avail[d_pool[k]] + d_qty[k];
            END LOOP;
        END IF;
        d_first := d;
    END LOOP;

    UPDATE orders o SET
        status = p_to,
        payment_status = coalesce(p_set ->> 'payment_status', CASE
            WHEN p_to = 'paying' THEN 'paying'
            WHEN p_to = 'reserved' THEN 'failed'
            WHEN p_to = 'awaiting_deposit' THEN 'waiting_for_deposit'
            WHEN p_to = 'paid' THEN 'paid'
            WHEN p_to = 'partially_cancelled' THEN 'refunding'
            WHEN m.status = 'reserved' THEN o.payment_status
            WHEN m.status IN ('paying', 'awaiting_deposit') THEN 'failed'
            WHEN o.total_amount = 0 THEN 'refunded'
            ELSE 'refunding' END),
        payment_method = coalesce(p_set ->> 'payment_method', o.payment_method),
        payment_key = coalesce(p_set ->> 'payment_key', o.payment_key),
        expires_at = coalesce((p_set ->> 'expires_at')::timestamptz, o.expires_at),
        version = o.version + 1, updated_at = now()
    FROM unnest(v_id, v_from, v_out) m (id, status, out)
    WHERE o.id = m.id AND m.out = 'MOVED';

    UPDATE phone_counters c SET tickets = c.tickets - b.qty
    FROM (SELECT v_ex[d.ord] AS ex, v_phone[d.ord] AS phone, sum(d.qty)::int AS qty
          FROM unnest(d_order, d_pool, d_qty) d (ord, place, qty)
          JOIN products p ON p.pool_id = v_pool[d.place] -- slots hold the same people once more
          WHERE v_out[d.ord] = 'MOVED' GROUP BY 1, 2) b
    WHERE c.exhibition_id = b.ex AND c.phone = b.phone;

    -- After the counters above, while tickets still say what they were before the move.
    IF p_to = 'paid' THEN
        INSERT INTO tickets (order_id, exhibition_id, product_id, price)
        SELECT f.id, f.ex, i.product_id, i.unit_price
        FROM unnest(v_id, v_ex, v_out) f (id, ex, out) JOIN order_items i ON i.order_id = f.id,
             generate_series(1, i.quantity)
        WHERE f.out = 'MOVED' AND NOT EXISTS (SELECT FROM tickets t WHERE t.order_id = f.id AND t.status <> 'void')
        ORDER BY f.id, i.id;
    END IF;
    UPDATE tickets t SET updated_at = now(), status = CASE p_to
            WHEN 'paid' THEN 'valid' WHEN 'awaiting_deposit' THEN 'suspended' ELSE 'void' END
    FROM unnest(v_id, v_out) f (id, out)
    WHERE t.order_id = f.id AND f.out = 'MOVED'
      AND (p_to = 'paid' AND t.status = 'suspended' OR p_to = 'awaiting_deposit' AND t.status = 'valid'
           OR p_to IN ('cancelled', 'expired') AND t.status IN ('valid', 'suspended')
           OR p_to = 'partially_cancelled' AND t.id = ANY (p_tickets));

    INSERT INTO events (type, entity, version, payload)
    SELECT 'order.' || p_to, o.order_number, o.version,
           s.state || jsonb_build_object('reason', p_reason, 'from_status', f.status)
    FROM unnest(v_id, v_from, v_out) f (id, status, out)
    JOIN orders o ON o.id = f.id JOIN paid_order_states s ON s.id = f.id
    WHERE f.out = 'MOVED';

    RETURN QUERY
    UPDATE pools l SET available = a.available, version = l.version + 1
    FROM unnest(v_pool, v_avail) a (id, available)
    WHERE l.id = a.id AND l.available <> a.available
    RETURNING 'p', 0::bigint, '', '', l.version, l.exhibition_id, l.id, l.available;

    RETURN QUERY
    SELECT 'o', i.id, coalesce(f.out, 'MISSING'), coalesce(f.status, ''), coalesce(o.version, 0), coalesce(f.ex, 0), 0, 0
    FROM unnest(p_ids) i (id)
    LEFT JOIN unnest(v_id, v_from, v_ex, v_out) f (id, status, ex, out) ON f.id = i.id
    LEFT JOIN orders o ON o.id = i.id;
END $$;

-- Frees holds whose time is over. Holds that somebody else is working on are left for the next round.
CREATE FUNCTION expire_due(p_limit int)
RETURNS TABLE (kind text, id bigint, outcome text, from_status text, version bigint,
               exhibition_id int, pool_id int, available int)
LANGUAGE plpgsql SET search_path = booking AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_timestamp(); -- a constant, for the index
    v_due bigint[];
BEGIN
    SELECT array_agg(d.id) INTO v_due
    FROM (SELECT o.id FROM orders o WHERE o.status = 'reserved' AND o.expires_at <= v_now
          ORDER BY o.expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED) d;
    IF v_due IS NOT NULL THEN
        RETURN QUERY SELECT * FROM move_orders(v_due, 'expired', 'hold lapsed');
    END IF;
END $$;

-- Daily partitions ahead of time, and keys nobody may repeat any more. One runner at a time; others return at once.
-- A dump or a vacuum may hold the locks the last two steps want, and sales would queue up behind us: then another time.
CREATE FUNCTION housekeeping() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = booking, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    v_from timestamptz;
    v_name text;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7301, 1) THEN
        RETURN;
    END IF;
    DELETE FROM idempotency WHERE ctid IN (
        SELECT i.ctid FROM idempotency i WHERE i.created_at < now() - interval '24 hours' LIMIT 5000);
    -- A search for a phone or a name reads whole what is not summarised yet.
    IF to_regclass('idx_orders_customer') IS NOT NULL THEN
        PERFORM brin_summarize_new_values('idx_orders_customer');
    END IF;
    FOR k IN 0..7 LOOP
        v_from := date_trunc('day', now(), 'UTC') + make_interval(hours => 24 * k);
        v_name := 'events_' || to_char(v_from AT TIME ZONE 'UTC', 'YYYYMMDD');
        -- After a long stop the first events of the day may have gone to the default partition: so does the rest.
        CONTINUE WHEN to_regclass(v_name) IS NOT NULL
            OR EXISTS (SELECT FROM events_default d WHERE d.created_at >= v_from AND d.created_at < v_from + interval '24 hours');
        EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
                       v_name, v_from, v_from + interval '24 hours');
    END LOOP;
EXCEPTION WHEN lock_not_available THEN
    NULL;
END $$;
SELECT housekeeping();

REVOKE ALL ON FUNCTION move_orders, expire_due, housekeeping, emit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION move_orders, expire_due, housekeeping, emit TO svc_booking;
