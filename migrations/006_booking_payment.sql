-- Payment as booking sees it: moves of many orders to states of their own, steps of attempts in groups. Refunds and outages,
-- whose tables are here too: 008_booking_refunds.sql.
SET LOCAL search_path = booking, pg_temp;

-- ---- tables ----

-- Money may go back without its tickets (somebody is inside), and tickets without all their money (a fee).
-- NOT VALID: what the old rules allowed the new ones allow too, so nobody waits for a look at every row.
ALTER TABLE orders DROP CONSTRAINT orders_states, ADD CONSTRAINT orders_states CHECK (CASE status
    WHEN 'reserved' THEN payment_status IN ('pending', 'failed')
    WHEN 'paying' THEN payment_status = 'paying'
    WHEN 'awaiting_deposit' THEN payment_status = 'waiting_for_deposit'
    WHEN 'paid' THEN payment_status IN ('paid', 'refunding', 'partially_refunded', 'refunded')
    WHEN 'partially_cancelled' THEN payment_status IN ('refunding', 'partially_refunded', 'refunded')
    WHEN 'cancelled' THEN payment_status IN ('pending', 'failed', 'refunding', 'partially_refunded', 'refunded')
    WHEN 'expired' THEN payment_status IN ('pending', 'failed', 'refunding', 'partially_refunded', 'refunded')
    ELSE false END) NOT VALID;
ALTER TABLE orders ADD COLUMN extended interval NOT NULL DEFAULT '0'; -- what outages have given back so far

-- refunding: given back, the money is on its way; nobody enters with it, its place is not free yet. Seen from outside: void.
ALTER TABLE tickets DROP CONSTRAINT tickets_status_check,
    ADD CONSTRAINT tickets_status_check CHECK (status IN ('valid', 'entered', 'suspended', 'refunding', 'void')) NOT VALID,
    ADD COLUMN refund_id varchar(64);

ALTER TABLE payment_attempts ADD COLUMN settled_at timestamptz CHECK (settled_at IS NULL OR verdict = 'refund');

-- A refund is opened by void_tickets and ends once: undone or released. Locked after its order.
CREATE TABLE refunds (
    refund_id      varchar(64) PRIMARY KEY,
    order_id       bigint NOT NULL REFERENCES orders (id),
    tickets        bigint[] NOT NULL,
    state          text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'undone', 'released')),
    payment_status varchar(50), -- with which it was released
    refunded       bigint CHECK (refunded >= 0), -- won of the order's payment that were back by then, by whatever way
    opened_at      timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz,
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((state = 'released') = (payment_status IS NOT NULL)),
    CHECK ((state = 'released') = (refunded IS NOT NULL))
);
CREATE INDEX idx_refunds_order_id ON refunds (order_id);

-- No row: nobody has ever reported, so there is no svc-payment whose silence could mean anything.
CREATE TABLE payment_health (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    up_at    timestamptz NOT NULL -- the last "up" of any replica
);
-- Outages that are over, and how far their holds have been given the time back: from the latest expiry downwards, since a hold
-- that is extended moves up, out of the way.
CREATE TABLE payment_outages (
    id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_at   timestamptz NOT NULL,
    to_at     timestamptz NOT NULL,
    done      boolean NOT NULL DEFAULT false,
    cursor_at timestamptz NOT NULL DEFAULT 'infinity',
    cursor_id bigint NOT NULL DEFAULT 0,
    CHECK (from_at < to_at)
);
CREATE INDEX idx_payment_outages_open ON payment_outages (id) WHERE NOT done;
GRANT SELECT, INSERT, UPDATE ON refunds, payment_health, payment_outages TO svc_booking;

-- For everybody but booking a ticket whose money is on its way back is void.
CREATE OR REPLACE VIEW paid_order_states AS
SELECT s.id, s.state || jsonb_build_object('tickets',
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'product_id', t.product_id, 'price', t.price,
                'status', CASE t.status WHEN 'refunding' THEN 'void' ELSE t.status END) ORDER BY t.id), '[]')
     FROM tickets t WHERE t.order_id = s.id)) AS state
FROM order_states s;

-- As before; names its table in full, for a SET in a trigger costs as much as its look-up.
CREATE OR REPLACE FUNCTION check_order_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM booking.order_transitions WHERE from_status = OLD.status AND to_status = NEW.status) THEN
        RAISE EXCEPTION 'order % may not go from % to %', OLD.order_number, OLD.status, NEW.status
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- ---- moving orders ----

-- kind 'o': an order and what became of it; kind 'p': a pool whose stock changed.
CREATE TYPE moved AS (kind text, id bigint, outcome text, from_status text, version bigint,
                      exhibition_id int, pool_id int, available int);

-- The one function that moves the state of orders, each to a state of its own, with all that hangs on it: stock, phone
-- counters, ticket rows, the event. Lock order: orders by id, phone counters sorted, pools by id.
-- p_tickets: with a move to (partially_)cancelled, the refunding ones that become void; NULL: all there are.
CREATE FUNCTION move_each(p_ids bigint[], p_to text[], p_reason text[], p_set jsonb[], p_tickets bigint[] DEFAULT NULL)
RETURNS SETOF moved
LANGUAGE plpgsql SET search_path = booking SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_id bigint[];       -- orders found, sorted
    v_from text[];
    v_to text[];
    v_reason text[];
    v_set jsonb[];
    v_ex int[];
    v_phone text[];
    v_out text[];
    v_stock boolean[];   -- per order: the move gives stock or takes it
    v_pool int[];        -- pools locked, sorted
    v_avail int[];
    d_order int[];       -- deltas: index of the order, index of the pool, tickets given back (+) or taken (-)
    d_pool int[];
    d_qty int[];
    d_first int := 1;
    d int;
    ok boolean;
BEGIN
    PERFORM FROM orders o WHERE o.id = ANY (p_ids) ORDER BY o.id FOR UPDATE;

    SELECT array_agg(q.id), array_agg(q.status), array_agg(q.to_status), array_agg(q.reason), array_agg(q.set),
           array_agg(q.exhibition_id), array_agg(q.phone), array_agg(q.out)
    INTO v_id, v_from, v_to, v_reason, v_set, v_ex, v_phone, v_out
    FROM (SELECT o.id, o.status::text AS status, m.to_status, m.reason, m.set, o.exhibition_id, o.customer_phone::text AS phone,
                 CASE WHEN x.to_status IS NULL THEN 'ILLEGAL' ELSE 'MOVED' END AS out
          FROM unnest(p_ids, p_to, p_reason, p_set) m (id, to_status, reason, set)
          JOIN orders o ON o.id = m.id
          LEFT JOIN order_transitions x ON x.from_status = o.status AND x.to_status = m.to_status
          ORDER BY o.id) q;

    -- Tickets named must be those being refunded, and all that live if the order ends; who is inside cannot be sent home.
    IF v_to && ARRAY['cancelled', 'expired', 'partially_cancelled'] THEN
        SELECT array_agg(CASE
            WHEN f.out = 'MOVED' AND CASE
                WHEN p_tickets IS NOT NULL OR f.to_status = 'partially_cancelled' THEN
                    coalesce(c.named > 0 AND c.named = cardinality(p_tickets), false)
                    AND (c.live > c.named) = (f.to_status = 'partially_cancelled')
                WHEN f.to_status IN ('cancelled', 'expired') THEN c.entered = 0
                ELSE true END THEN 'MOVED' ELSE 'ILLEGAL' END ORDER BY f.ord)
        INTO v_out
        FROM unnest(v_id, v_to, v_out) WITH ORDINALITY f (id, to_status, out, ord),
             LATERAL (SELECT count(*) FILTER (WHERE t.status <> 'void') AS live,
                             count(*) FILTER (WHERE t.status = 'entered') AS entered,
                             count(*) FILTER (WHERE t.status = 'refunding' AND t.id = ANY (p_tickets)) AS named
                      FROM tickets t WHERE t.order_id = f.id) c;
    END IF;
    IF v_from && ARRAY['expired', 'cancelled'] OR v_to && ARRAY['cancelled', 'expired', 'partially_cancelled'] THEN
        SELECT array_agg(f.out = 'MOVED' AND (f.status IN ('expired', 'cancelled')
                                              OR f.to_status IN ('cancelled', 'expired', 'partially_cancelled')) ORDER BY f.ord)
        INTO v_stock FROM unnest(v_from, v_to, v_out) WITH ORDINALITY f (status, to_status, out, ord);
    END IF;

    IF true = ANY (v_stock) THEN
        PERFORM FROM phone_counters c
        WHERE (c.exhibition_id, c.phone) IN (SELECT f.ex, f.phone FROM unnest(v_ex, v_phone, v_stock) f (ex, phone, stock)
                                             WHERE f.stock)
        ORDER BY c.exhibition_id, c.phone FOR UPDATE;

        WITH product_qty AS (
            -- taken again: late money for an order that had let go of its stock
            SELECT f.ord, i.product_id, -i.quantity AS qty
            FROM unnest(v_id, v_from, v_stock) WITH ORDINALITY f (id, status, stock, ord) JOIN order_items i ON i.order_id = f.id
            WHERE f.stock AND f.status IN ('expired', 'cancelled')
            UNION ALL -- given back: live tickets where there are any, else what was ordered
            SELECT f.ord, t.product_id, 1
            FROM unnest(v_id, v_to, v_stock) WITH ORDINALITY f (id, to_status, stock, ord) JOIN tickets t ON t.order_id = f.id
            WHERE f.stock AND f.to_status <> 'paid' AND t.status IN ('valid', 'suspended', 'refunding')
              AND (p_tickets IS NULL OR t.id = ANY (p_tickets))
            UNION ALL
            SELECT f.ord, i.product_id, i.quantity
            FROM unnest(v_id, v_to, v_stock) WITH ORDINALITY f (id, to_status, stock, ord) JOIN order_items i ON i.order_id = f.id
            WHERE f.stock AND f.to_status <> 'paid'
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

        FOR i IN 1..cardinality(v_id) LOOP
            d := d_first;
            ok := true;
            WHILE d_order[d] = i LOOP
                ok := ok AND v_avail[d_pool[d]] + d_qty[d] >= 0;
                d := d + 1;
            END LOOP;
            IF NOT ok THEN
                v_out[i] := 'SOLD_OUT';
            ELSE
                FOR k IN d_first..d - 1 LOOP
                    v_avail[d_pool[k]] := v_avail[d_pool[k]] + d_qty[k];
                END LOOP;
            END IF;
            d_first := d;
        END LOOP;

        UPDATE phone_counters c SET tickets = c.tickets - b.qty
        FROM (SELECT v_ex[d.ord] AS ex, v_phone[d.ord] AS phone, sum(d.qty)::int AS qty
              FROM unnest(d_order, d_pool, d_qty) d (ord, place, qty)
              JOIN products p ON p.pool_id = v_pool[d.place] -- slots hold the same people once more
              WHERE v_out[d.ord] = 'MOVED' GROUP BY 1, 2) b
        WHERE c.exhibition_id = b.ex AND c.phone = b.phone;
    END IF;

    UPDATE orders o SET
        status = m.to_status,
        payment_status = coalesce(m.set ->> 'payment_status', CASE
            WHEN m.to_status = 'paying' THEN 'paying'
            WHEN m.to_status = 'reserved' THEN 'failed'
            WHEN m.to_status = 'awaiting_deposit' THEN 'waiting_for_deposit'
            WHEN m.to_status = 'paid' THEN 'paid'
            WHEN m.to_status = 'partially_cancelled' THEN 'refunding'
            WHEN m.status = 'reserved' THEN o.payment_status
            WHEN m.status IN ('paying', 'awaiting_deposit') THEN 'failed'
            WHEN o.total_amount = 0 THEN 'refunded'
            ELSE 'refunding' END),
        payment_method = coalesce(m.set ->> 'payment_method', o.payment_method),
        payment_key = coalesce(m.set ->> 'payment_key', o.payment_key),
        expires_at = coalesce((m.set ->> 'expires_at')::timestamptz, o.expires_at),
        version = o.version + 1, updated_at = now()
    FROM unnest(v_id, v_from, v_to, v_set, v_out) m (id, status, to_status, set, out)
    WHERE o.id = m.id AND m.out = 'MOVED';

    -- After the counters above, while tickets still said what they were before the move.
    IF 'paid' = ANY (v_to) THEN
        INSERT INTO tickets (order_id, exhibition_id, product_id, price)
        SELECT f.id, f.ex, i.product_id, i.unit_price
        FROM unnest(v_id, v_ex, v_to, v_out) f (id, ex, to_status, out) JOIN order_items i ON i.order_id = f.id,
             generate_series(1, i.quantity)
        WHERE f.out = 'MOVED' AND f.to_status = 'paid'
          AND NOT EXISTS (SELECT FROM tickets t WHERE t.order_id = f.id AND t.status <> 'void')
        ORDER BY f.id, i.id;
    END IF;
    IF true = ANY (v_stock) OR 'awaiting_deposit' = ANY (v_from || v_to) THEN
        UPDATE tickets t SET updated_at = now(), status = CASE f.to_status
                WHEN 'paid' THEN 'valid' WHEN 'awaiting_deposit' THEN 'suspended' ELSE 'void' END
        FROM unnest(v_id, v_to, v_out) f (id, to_status, out)
        WHERE t.order_id = f.id AND f.out = 'MOVED'
          AND CASE f.to_status WHEN 'paid' THEN t.status = 'suspended' WHEN 'awaiting_deposit' THEN t.status = 'valid'
              WHEN 'reserved' THEN false WHEN 'paying' THEN false
              ELSE t.status IN ('valid', 'suspended', 'refunding') AND (p_tickets IS NULL OR t.id = ANY (p_tickets)) END;
    END IF;

    INSERT INTO events (type, entity, version, payload)
    SELECT 'order.' || f.to_status, o.order_number, o.version,
           s.state || jsonb_build_object('reason', f.reason, 'from_status', f.status)
    FROM unnest(v_id, v_from, v_to, v_reason, v_out) f (id, status, to_status, reason, out)
    JOIN orders o ON o.id = f.id JOIN paid_order_states s ON s.id = f.id
    WHERE f.out = 'MOVED';

    IF true = ANY (v_stock) THEN
        RETURN QUERY
        UPDATE pools l SET available = a.available, version = l.version + 1
        FROM unnest(v_pool, v_avail) a (id, available)
        WHERE l.id = a.id AND l.available <> a.available
        RETURNING 'p', 0::bigint, '', '', l.version, l.exhibition_id, l.id, l.available;
    END IF;

    RETURN QUERY
    SELECT 'o', i.id, coalesce(f.out, 'MISSING'), coalesce(f.status, ''), coalesce(o.version, 0), coalesce(f.ex, 0), 0, 0
    FROM unnest(p_ids) i (id)
    LEFT JOIN unnest(v_id, v_from, v_ex, v_out) f (id, status, ex, out) ON f.id = i.id
    LEFT JOIN orders o ON o.id = i.id;
END $$;

-- All to one state.
CREATE OR REPLACE FUNCTION move_orders(p_ids bigint[], p_to text, p_reason text, p_tickets bigint[] DEFAULT NULL,
                                       p_set jsonb DEFAULT '{}')
RETURNS TABLE (kind text, id bigint, outcome text, from_status text, version bigint,
               exhibition_id int, pool_id int, available int)
LANGUAGE sql SET search_path = booking AS $$
    SELECT * FROM move_each(p_ids, array_fill(p_to, ARRAY[cardinality(p_ids)]), array_fill(p_reason, ARRAY[cardinality(p_ids)]),
                            array_fill(p_set, ARRAY[cardinality(p_ids)]), p_tickets)
$$;

-- The money of orders changes its state, or their tickets do, and nothing else. The orders are locked already.
-- p_payment NULL: as it was.
CREATE FUNCTION tell_payment(p_ids bigint[], p_payment text, p_event text, p_reason text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = booking AS $$
BEGIN
    UPDATE orders o SET payment_status = coalesce(p_payment, o.payment_status), version = o.version + 1, updated_at = now()
    WHERE o.id = ANY (p_ids);
    INSERT INTO events (type, entity, version, payload)
    SELECT p_event, o.order_number, o.version, s.state || jsonb_build_object('reason', p_reason)
    FROM orders o JOIN paid_order_states s ON s.id = o.id WHERE o.id = ANY (p_ids);
END $$;

-- ---- attempts ----

-- kind 'o': what came of call `idx`, with the order as it now is; kind 'p': a pool whose stock changed.
CREATE TYPE payment_answer AS (kind text, idx int, outcome text, order_number text, status text, payment_status text,
    total bigint, expires_ms bigint, verdict text, tickets bigint[], exhibition_id int, pool_id int, version bigint, available int);

CREATE FUNCTION payment_answer_of(p_idx int, p_outcome text, p_order bigint, p_verdict text, p_tickets bigint[])
RETURNS payment_answer LANGUAGE sql STABLE SET search_path = booking AS $$
    SELECT ROW('o', p_idx, p_outcome, o.order_number, o.status, o.payment_status, o.total_amount,
               (extract(epoch FROM o.expires_at) * 1000)::bigint, p_verdict, p_tickets, 0, 0, 0, 0)::payment_answer
    FROM (SELECT) one LEFT JOIN orders o ON o.id = p_order
$$;

-- Could the order have its places again at this moment? A hint: mark_paid takes them under their locks, or does not. Not once its
-- exhibition is over, on Seoul's calendar.
CREATE FUNCTION places_left(p_order bigint) RETURNS boolean LANGUAGE sql STABLE SET search_path = booking AS $$
    SELECT e.is_active AND e.end_date >= (now() AT TIME ZONE 'Asia/Seoul')::date AND NOT EXISTS (
        SELECT FROM (SELECT p.pool_id, i.quantity FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = o.id
                     UNION ALL
                     SELECT s.pool_id, i.quantity FROM order_items i JOIN time_slots s ON s.id = o.slot_id
                     WHERE i.order_id = o.id) need
        JOIN pools l ON l.id = need.pool_id GROUP BY l.id HAVING sum(need.quantity) > l.available)
    FROM orders o JOIN exhibitions e ON e.id = o.exhibition_id WHERE o.id = p_order
$$;

-- The group commit of attempts: begin_payment, mark_paid, await_deposit, payment_failed in any mixture. An attempt begins once
-- and ends once; its verdict is stored here and told for ever. Of several calls that would change one order or one attempt the
-- first is done, the others hear AGAIN and come back with the next group; calls that only hear of the past are never in the way.
-- An order that lapsed is not paid any more once its exhibition is over: its money goes back.
-- Lock order: attempts (sorted), then as move_each.
CREATE FUNCTION payment_steps(p_op text[], p_attempt text[], p_number text[], p_method text[], p_key text[], p_reason text[],
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

-- The money of an attempt whose verdict was "refund" has arrived where it came from.
CREATE FUNCTION refund_settled(p_attempt text) RETURNS SETOF payment_answer LANGUAGE plpgsql SET search_path = booking AS $$
DECLARE
    v_attempt payment_attempts;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_attempt, 0));
    SELECT * INTO v_attempt FROM payment_attempts WHERE attempt_id = p_attempt;
    IF NOT FOUND THEN
        RETURN NEXT payment_answer_of(1, 'NOT_FOUND', NULL, NULL, NULL);
        RETURN;
    END IF;
    IF v_attempt.verdict = 'refund' AND v_attempt.settled_at IS NULL THEN
        PERFORM FROM orders WHERE id = v_attempt.order_id FOR UPDATE;
        UPDATE payment_attempts SET settled_at = now() WHERE attempt_id = p_attempt;
        PERFORM tell_payment(ARRAY[o.id], 'refunded', 'order.refunded')
        FROM orders o
        WHERE o.id = v_attempt.order_id AND o.status IN ('expired', 'cancelled') AND o.payment_status = 'refunding'
          AND NOT EXISTS (SELECT FROM payment_attempts x WHERE x.order_id = o.id AND x.verdict = 'refund' AND x.settled_at IS NULL);
    END IF;
    RETURN NEXT payment_answer_of(1, 'DONE', v_attempt.order_id, v_attempt.verdict, NULL);
END $$;

REVOKE ALL ON FUNCTION move_each, tell_payment, payment_answer_of, places_left, payment_steps, refund_settled FROM PUBLIC;
GRANT EXECUTE ON FUNCTION move_each, tell_payment, payment_answer_of, places_left, payment_steps, refund_settled TO svc_booking;
