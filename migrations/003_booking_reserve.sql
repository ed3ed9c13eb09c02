-- reserve_orders: the group commit of design §3. One call = one transaction: locks, decides in order of arrival, inserts,
-- answers per order. Lock order: keys, phone counters, pools. All rules of a reservation are here and nowhere else.
SET LOCAL search_path = booking, pg_temp;

-- Earlier effects of these keys; waits for whoever is working under the same key at this moment.
CREATE FUNCTION find_keys(p_key uuid[], p_body uuid[])
RETURNS TABLE (idx int, outcome text, order_number text, total bigint, expires_ms bigint)
LANGUAGE plpgsql SET search_path = booking AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(k.lock)
    FROM (SELECT DISTINCT uuid_hash_extended(u, 0) AS lock FROM unnest(p_key) u ORDER BY 1) k;
    RETURN QUERY
    SELECT k.ord::int, CASE WHEN i.body = k.body THEN 'REPEAT' ELSE 'IDEMPOTENCY_MISMATCH' END,
           o.order_number::text, o.total_amount, (extract(epoch FROM o.expires_at) * 1000)::bigint
    FROM unnest(p_key, p_body) WITH ORDINALITY k (key, body, ord)
    JOIN idempotency i ON i.key = k.key
    LEFT JOIN orders o ON o.id = i.order_id;
END $$;

CREATE FUNCTION reserve_orders(
    p_number text[], p_code text[], p_key uuid[], p_body uuid[], p_name text[], p_phone text[], p_email text[],
    p_visit date[], p_slot int[], p_line_order int[], p_line_product int[], p_line_quantity int[])
RETURNS TABLE (kind text, idx int, outcome text, order_number text, total bigint, expires_ms bigint,
               exhibition_id int, pool_id int, version bigint, available int)
-- The plans do not depend on how many orders come; making one costs as much as running it.
LANGUAGE plpgsql SET search_path = booking SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    -- Outcomes by number inside, by name outside: arrays of fixed-size members are read in constant time.
    c_names CONSTANT text[] := ARRAY['CREATED', 'REPEAT', 'IDEMPOTENCY_MISMATCH', 'NOT_FOUND', 'FOREIGN_PRODUCT',
        'SALE_NOT_OPEN', 'SALE_ENDED', 'SLOT_REQUIRED', 'BAD_SLOT', 'BAD_DATE_PAST', 'BAD_DATE_OUTSIDE',
        'LIMIT_PER_ORDER', 'LIMIT_PER_PHONE', 'SOLD_OUT', 'DATE_REQUIRED'];
    v_now timestamptz := clock_timestamp();
    v_now_ms bigint := (extract(epoch FROM v_now) * 1000)::bigint;
    v_today date := (v_now AT TIME ZONE 'Asia/Seoul')::date;
    n int := cardinality(p_number);
    v_out smallint[];      -- per order, 1 = so far good
    v_first int[];         -- per order: the first order of the batch with the same key
    v_ex int[];            -- per order: exhibition
    v_price int[];         -- per line, read once: a price that changes meanwhile must not part the total from the lines
    v_qty int[];           -- per order: tickets
    v_total bigint[];
    v_hold int[];          -- per order: seconds
    v_limit int[];         -- per order: tickets per phone, 0 = none
    v_group int[];         -- per order: its (exhibition, phone), numbered in sorted order
    g_ex int[];            -- per group
    g_phone text[];
    g_qty int[];           -- asked for by this batch
    g_raised int[];        -- tickets of the phone with all that was asked for
    g_tickets int[];       -- tickets of the phone with what was granted so far
    g_check text[];
    g int;
    v_pool int[];          -- pools locked, sorted
    v_avail int[];
    t_order int[];         -- takes: which order takes how much of which pool (index into v_pool)
    t_pool int[];
    t_qty int[];
    v_id bigint[] := array_fill(NULL::bigint, ARRAY[n]);
    t int := 1;            -- first take of the order at hand
    e int;
    ok boolean;
    r record;
BEGIN
    PERFORM pg_advisory_xact_lock(k.lock)
    FROM (SELECT DISTINCT uuid_hash_extended(u, 0) AS lock FROM unnest(p_key) u ORDER BY 1) k;

    SELECT array_agg(p.price ORDER BY l.ord) INTO v_price
    FROM unnest(p_line_product) WITH ORDINALITY l (product, ord) LEFT JOIN products p ON p.id = l.product;

    -- Everything that can be said of an order without its stock and phone.
    -- (Sorted once below rather than by each aggregate: a batch is a few hundred rows, so the sorts would be the query.)
    SELECT array_agg(q.code), array_agg(q.first), array_agg(q.ex), array_agg(q.qty), array_agg(q.total),
           array_agg(q.hold_seconds), array_agg(q.max_per_phone)
    INTO v_out, v_first, v_ex, v_qty, v_total, v_hold, v_limit
    FROM (
        SELECT o.ord, e.id AS ex, l.qty, l.total, e.hold_seconds, e.max_per_phone,
               (min(o.ord) OVER (PARTITION BY o.key))::int AS first,
               (CASE
                WHEN i.key IS NOT NULL THEN CASE WHEN i.body = o.body THEN 2 ELSE 3 END
                WHEN e.id IS NULL OR NOT e.is_active OR l.qty IS NULL OR l.missing THEN 4
                WHEN l.ex_min <> e.id OR l.ex_max <> e.id THEN 5
                WHEN l.opens > v_now THEN 6
                WHEN l.ends <= v_now OR e.end_date < v_today THEN 7
                WHEN o.slot IS NULL AND EXISTS (SELECT FROM time_slots x WHERE x.exhibition_id = e.id AND x.is_active) THEN 8
                WHEN o.slot IS NOT NULL AND (s.id IS NULL OR NOT s.is_active OR s.exhibition_id <> e.id
                                             OR s.date <> coalesce(o.visit, s.date)) THEN 9
                WHEN coalesce(o.visit, s.date) < v_today THEN 10
                WHEN s.date = v_today AND s.ends_at <= (v_now AT TIME ZONE 'Asia/Seoul')::time THEN 10
                WHEN coalesce(o.visit, s.date) NOT BETWEEN e.start_date AND e.end_date THEN 11
                WHEN e.visit_date_required AND o.visit IS NULL AND s.id IS NULL THEN 15
                WHEN l.qty > e.max_per_order THEN 12
                ELSE 1 END)::smallint AS code
        FROM unnest(p_code, p_key, p_body, p_visit, p_slot) WITH ORDINALITY o (code, key, body, visit, slot, ord)
        LEFT JOIN idempotency i ON i.key = o.key
        LEFT JOIN exhibitions e ON e.code = o.code
        LEFT JOIN time_slots s ON s.id = o.slot
        LEFT JOIN (
            SELECT x.ord, sum(x.quantity)::int AS qty, sum(x.quantity::bigint * x.price)::bigint AS total,
                   bool_or(x.price IS NULL OR NOT p.is_active) AS missing,
                   min(p.exhibition_id) AS ex_min, max(p.exhibition_id) AS ex_max,
                   max(p.sale_start) AS opens, min(p.sale_end) AS ends
            FROM unnest(p_line_order, p_line_product, p_line_quantity, v_price) x (ord, product, quantity, price)
            LEFT JOIN products p ON p.id = x.product
            GROUP BY x.ord) l ON l.ord = o.ord
        ORDER BY o.ord) q;

    -- Phone counters: raised for all candidates at once (sorted, so that nobody waits in a circle); what is refused
    -- is taken back below.
    SELECT array_agg(CASE WHEN w.good THEN w.grp END ORDER BY w.ord) INTO v_group
    FROM (SELECT c.ord, c.code = 1 AND c.first = c.ord AS good,
                 (dense_rank() OVER (ORDER BY c.code = 1 AND c.first = c.ord DESC, c.ex, c.phone))::int AS grp
          FROM unnest(v_ex, p_phone, v_out, v_first) WITH ORDINALITY c (ex, phone, code, first, ord)) w;
    SELECT array_agg(g.ex), array_agg(g.phone), array_agg(g.qty) INTO g_ex, g_phone, g_qty
    FROM (SELECT c.grp, min(c.ex) AS ex, min(c.phone) AS phone, sum(c.qty)::int AS qty
          FROM unnest(v_group, v_ex, p_phone, v_qty) c (grp, ex, phone, qty)
          WHERE c.grp IS NOT NULL GROUP BY c.grp ORDER BY c.grp) g;
    WITH raised AS (
        INSERT INTO phone_counters AS c (exhibition_id, phone, tickets)
        SELECT g.ex, g.phone, g.qty FROM unnest(g_ex, g_phone, g_qty) g (ex, phone, qty)
        ON CONFLICT (exhibition_id, phone) DO UPDATE SET tickets = c.tickets + excluded.tickets
        RETURNING c.phone, c.tickets
    )
    SELECT array_agg(r.tickets), array_agg(r.phone) INTO g_raised, g_check FROM raised r;
    ASSERT g_check IS NOT DISTINCT FROM g_phone, 'counters come back in the order they went in';
    SELECT array_agg(r.tickets - r.qty) INTO g_tickets FROM unnest(g_raised, g_qty) r (tickets, qty);

    -- Pools: the only rows everybody wants, so locked last and for the shortest time.
    SELECT array_agg(x.id), array_agg(x.available) INTO v_pool, v_avail
    FROM (SELECT l.id, l.available FROM pools l WHERE l.id IN (
              SELECT p.pool_id FROM unnest(p_line_order, p_line_product) x (ord, product)
              JOIN products p ON p.id = x.product WHERE v_out[x.ord] = 1
              UNION SELECT s.pool_id FROM unnest(p_slot, v_out) x (slot, code)
              JOIN time_slots s ON s.id = x.slot WHERE x.code = 1)
          ORDER BY l.id FOR UPDATE) x;

    SELECT array_agg(k.ord), array_agg(k.place), array_agg(k.qty)
    INTO t_order, t_pool, t_qty
    FROM (SELECT x.ord, v.place::int AS place, sum(x.qty)::int AS qty
          FROM (SELECT l.ord, p.pool_id, l.qty
                FROM unnest(p_line_order, p_line_product, p_line_quantity) l (ord, product, qty)
                JOIN products p ON p.id = l.product
                UNION ALL
                SELECT o.ord, s.pool_id, o.qty FROM unnest(p_slot, v_qty) WITH ORDINALITY o (slot, qty, ord)
                JOIN time_slots s ON s.id = o.slot) x
          JOIN unnest(v_pool) WITH ORDINALITY v (id, place) ON v.id = x.pool_id
          WHERE v_out[x.ord] = 1
          GROUP BY x.ord, v.place ORDER BY x.ord) k;

    FOR i IN 1..n LOOP
        CONTINUE WHEN v_out[i] <> 1;
        e := t;
        g := v_group[i];
        ok := true;
        WHILE t_order[e] = i LOOP
            ok := ok AND v_avail[t_pool[e]] >= t_qty[e];
            e := e + 1;
        END LOOP;
        IF v_first[i] <> i THEN
            v_out[i] := 0; -- told below
        ELSIF v_limit[i] > 0 AND g_tickets[g] + v_qty[i] > v_limit[i] THEN
            v_out[i] := 13;
        ELSIF NOT ok THEN
            v_out[i] := 14;
        ELSE
            FOR k IN t..e - 1 LOOP
                v_avail[t_pool[k]] := v_avail[t_pool[k]] - t_qty[k];
            END LOOP;
            g_tickets[g] := g_tickets[g] + v_qty[i];
            v_id[i] := nextval('orders_id_seq');
        END IF;
        t := e;
    END LOOP;

    -- Inside a batch, a repeat shares the fate of the first order with its key.
    FOR i IN 1..n LOOP
        IF v_out[i] = 0 THEN
            v_out[i] := CASE WHEN p_body[i] <> p_body[v_first[i]] THEN 3
                             WHEN v_out[v_first[i]] = 1 THEN 2 ELSE v_out[v_first[i]] END;
        END IF;
    END LOOP;

    INSERT INTO orders (id, order_number, exhibition_id, customer_name, customer_phone, customer_email, total_amount,
                        visit_date, slot_id, expires_at, refund_policy, created_at, updated_at)
    SELECT a.id, a.number, a.ex, a.name, a.phone, a.email, a.total, coalesce(a.visit, s.date), a.slot,
           v_now + make_interval(secs => a.hold), x.refund_policy, v_now, v_now
    FROM unnest(v_id, p_number, v_ex, p_name, p_phone, p_email, v_total, p_visit, p_slot, v_hold)
         a (id, number, ex, name, phone, email, total, visit, slot, hold)
    JOIN exhibitions x ON x.id = a.ex
    LEFT JOIN time_slots s ON s.id = a.slot
    WHERE a.id IS NOT NULL;

    INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price, created_at)
    SELECT v_id[l.ord], l.product, l.quantity, l.price, l.price::bigint * l.quantity, v_now
    FROM unnest(p_line_order, p_line_product, p_line_quantity, v_price) l (ord, product, quantity, price)
    WHERE v_id[l.ord] IS NOT NULL;

    INSERT INTO idempotency (key, body, order_id)
    SELECT a.key, a.body, a.id FROM unnest(p_key, p_body, v_id) a (key, body, id) WHERE a.id IS NOT NULL;

    INSERT INTO events (type, entity, version, payload, created_at)
    SELECT 'order.reserved', a.number, 1, s.state, v_now
    FROM unnest(v_id, p_number) a (id, number) JOIN order_states s ON s.id = a.id WHERE a.id IS NOT NULL;

    UPDATE phone_counters c SET tickets = b.tickets
    FROM unnest(g_ex, g_phone, g_tickets, g_raised) b (ex, phone, tickets, raised)
    WHERE b.tickets <> b.raised AND c.exhibition_id = b.ex AND c.phone = b.phone;

    RETURN QUERY
    UPDATE pools l SET available = a.available, version = l.version + 1
    FROM unnest(v_pool, v_avail) a (id, available)
    WHERE l.id = a.id AND l.available <> a.available
    RETURNING 'p', 0, '', '', 0::bigint, 0::bigint, l.exhibition_id, l.id, l.version, l.available;

    RETURN QUERY
    SELECT 'o', a.ord::int, c_names[a.code], a.number, a.total, v_now_ms + a.hold * 1000::bigint, a.ex, 0, 0::bigint, 0
    FROM unnest(v_out, p_number, v_total, v_hold, v_ex) WITH ORDINALITY a (code, number, total, hold, ex, ord)
    WHERE a.code = 1
    UNION ALL
    SELECT 'o', a.ord::int, c_names[a.code], coalesce(o.order_number, '')::text, coalesce(o.total_amount, 0),
           coalesce((extract(epoch FROM o.expires_at) * 1000)::bigint, 0), coalesce(a.ex, 0), 0, 0::bigint, 0
    FROM unnest(v_out, v_ex, p_key) WITH ORDINALITY a (code, ex, key, ord)
    LEFT JOIN idempotency i ON i.key = a.key AND a.code = 2
    LEFT JOIN orders o ON o.id = i.order_id
    WHERE a.code <> 1;
END $$;

REVOKE ALL ON FUNCTION find_keys, reserve_orders FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_keys, reserve_orders TO svc_booking;
