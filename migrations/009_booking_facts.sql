-- What the gate and the messages must know of booking, and what booking hears back from the gate.
SET LOCAL search_path = booking, pg_temp;

-- ---- facts about exhibitions, products, time slots ----

-- A row changed by hand is a new version too: whoever has heard of it takes only higher ones.
CREATE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;

-- The fact "<kind>.changed" or "<kind>.deleted" about the entity "<kind>/<id>". Tables are named in full: whoever changes a row
-- may have any search_path.
CREATE FUNCTION tell_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_row jsonb := to_jsonb(coalesce(NEW, OLD));
BEGIN
    INSERT INTO booking.events (type, entity, version, payload)
    VALUES (TG_ARGV[0] || CASE TG_OP WHEN 'DELETE' THEN '.deleted' ELSE '.changed' END, TG_ARGV[0] || '/' || (v_row ->> 'id'),
            (v_row ->> 'version')::bigint + (TG_OP = 'DELETE')::int, v_row);
    RETURN NULL;
END $$;

DO $$
DECLARE
    t record;
BEGIN
    FOR t IN VALUES ('exhibitions', 'exhibition'), ('products', 'product'), ('time_slots', 'slot') LOOP
        EXECUTE format('CREATE TRIGGER raise_version BEFORE UPDATE ON %I FOR EACH ROW'
                       ' WHEN (NEW.version = OLD.version) EXECUTE FUNCTION raise_version()', t.column1);
        EXECUTE format('CREATE TRIGGER tell_row AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW'
                       ' EXECUTE FUNCTION tell_row(%L)', t.column1, t.column2);
        EXECUTE format('INSERT INTO events (type, entity, version, payload)'
                       ' SELECT %L, %L || r.id, r.version, to_jsonb(r) FROM %I r ORDER BY r.id',
                       t.column2 || '.changed', t.column2 || '/', t.column1);
    END LOOP;
END $$;

-- ---- orders ----

CREATE OR REPLACE VIEW order_states AS
SELECT o.id, jsonb_build_object(
    'order_id', o.id, 'order_number', o.order_number, 'exhibition_id', o.exhibition_id, 'status', o.status,
    'payment_status', o.payment_status, 'payment_method', o.payment_method, 'total_amount', o.total_amount,
    'customer_name', o.customer_name, 'customer_phone', o.customer_phone, 'customer_email', o.customer_email,
    'visit_date', o.visit_date, 'slot_id', o.slot_id, 'expires_at', o.expires_at, 'created_at', o.created_at,
    'token_version', o.token_version,
    'items', (SELECT jsonb_agg(jsonb_build_object('product_id', i.product_id, 'quantity', i.quantity,
                                                  'unit_price', i.unit_price) ORDER BY i.id)
              FROM order_items i WHERE i.order_id = o.id)) AS state
FROM orders o;

-- Orders that were paid before there was anybody to listen: the gate needs their codes.
INSERT INTO events (type, entity, version, payload)
SELECT 'order.restated', o.order_number, o.version, s.state
FROM orders o JOIN paid_order_states s ON s.id = o.id
WHERE o.status IN ('paid', 'partially_cancelled', 'awaiting_deposit') AND EXISTS (SELECT FROM tickets t WHERE t.order_id = o.id)
ORDER BY o.id;

-- ---- entries ----

ALTER TABLE orders ADD COLUMN entries_version bigint NOT NULL DEFAULT 0; -- as of which qr_code and entrance_* stand

-- What the gate says of orders: [{"order_number","version","token_version","qr_code","entered":[{"ticket","at"}]}]; `entered` is
-- all who are inside. Only a version higher than the last one counts. A ticket whose money is on its way back, or is back, stays
-- as it is; tokens that one side has renewed are renewed. Returns the numbers nobody here knows. Lock order: orders by id.
CREATE FUNCTION note_entries(p_notes jsonb) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = booking SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_id bigint[];
    v_version bigint[];
    v_token int[];
    v_code text[];
    v_entered jsonb[];
    v_changed bigint[]; -- orders of whom somebody went in or out
    v_renewed bigint[]; -- whose old tokens open nothing any more
BEGIN
    PERFORM FROM orders o WHERE o.order_number IN (SELECT n ->> 'order_number' FROM jsonb_array_elements(p_notes) n)
    ORDER BY o.id FOR UPDATE;

    SELECT array_agg(n.id), array_agg(n.version), array_agg(n.token_version), array_agg(n.qr_code), array_agg(n.entered),
           coalesce(array_agg(n.id) FILTER (WHERE n.renewed), '{}')
    INTO v_id, v_version, v_token, v_code, v_entered, v_renewed
    FROM (SELECT DISTINCT ON (o.id) o.id, n.version, n.token_version, n.qr_code, n.entered, n.token_version > o.token_version AS renewed
          FROM jsonb_to_recordset(p_notes) n (order_number text, version bigint, token_version int, qr_code text, entered jsonb)
          JOIN orders o ON o.order_number = n.order_number
          WHERE n.version > o.entries_version ORDER BY o.id, n.version DESC) n;

    WITH inside AS (
        SELECT n.id AS order_id, e.ticket FROM unnest(v_id, v_entered) n (id, entered),
             jsonb_to_recordset(n.entered) e (ticket bigint)
    ), wanted AS (
        SELECT t.id, CASE WHEN i.ticket IS NOT NULL THEN 'entered' WHEN o.status = 'awaiting_deposit' THEN 'suspended'
                     ELSE 'valid' END AS status
        FROM orders o JOIN tickets t ON t.order_id = o.id
        LEFT JOIN inside i ON i.order_id = o.id AND i.ticket = t.id
        WHERE o.id = ANY (v_id) AND t.status IN ('valid', 'suspended', 'entered')
    ), moved AS (
        UPDATE tickets t SET status = w.status, updated_at = now() FROM wanted w
        WHERE t.id = w.id AND t.status <> w.status AND 'entered' IN (t.status, w.status) RETURNING t.order_id
    )
    SELECT coalesce(array_agg(DISTINCT m.order_id), '{}') INTO v_changed FROM moved m;

    WITH noted AS (
        SELECT n.id, n.version, n.token, n.code, f.at,
               n.id = ANY (v_changed || v_renewed) OR o.entrance_time IS DISTINCT FROM f.at AS changed
        FROM unnest(v_id, v_version, v_token, v_code, v_entered) n (id, version, token, code, entered) JOIN orders o ON o.id = n.id,
             LATERAL (SELECT min(e.at) AS at FROM jsonb_to_recordset(n.entered) e (ticket bigint, at timestamptz)
                      JOIN tickets t ON t.id = e.ticket AND t.order_id = n.id AND t.status = 'entered') f
    ), done AS (
        UPDATE orders o SET entries_version = n.version, qr_code = coalesce(n.code, o.qr_code),
               token_version = greatest(o.token_version, n.token),
               entrance_checked = n.at IS NOT NULL, entrance_time = n.at, updated_at = now(), version = o.version + n.changed::int
        FROM noted n WHERE o.id = n.id
    )
    SELECT array_agg(n.id) INTO v_changed FROM noted n WHERE n.changed;

    -- The gate itself tells who went in to whoever counts them; here it is a line in the history of the order, not its whole state.
    INSERT INTO events (type, entity, version, payload)
    SELECT 'order.entered', o.order_number, o.version, jsonb_build_object('order_id', o.id, 'exhibition_id', o.exhibition_id,
           'status', o.status, 'payment_status', o.payment_status, 'entered', n.entered)
    FROM unnest(v_id, v_entered) n (id, entered) JOIN orders o ON o.id = n.id
    WHERE o.id = ANY (v_changed) AND o.id <> ALL (v_renewed) ORDER BY o.id;
    INSERT INTO events (type, entity, version, payload)
    SELECT 'order.restated', o.order_number, o.version, s.state
    FROM orders o JOIN paid_order_states s ON s.id = o.id WHERE o.id = ANY (v_renewed) ORDER BY o.id;

    RETURN QUERY
    SELECT DISTINCT n ->> 'order_number' FROM jsonb_array_elements(p_notes) n
    WHERE NOT EXISTS (SELECT FROM orders o WHERE o.order_number = n ->> 'order_number');
END $$;

REVOKE ALL ON FUNCTION raise_version, tell_row, note_entries FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_entries TO svc_booking;

-- ---- refunds ----

-- The tickets are given back and the cancel goes to the provider: what the buyer is told at once. A refusal is told too.
UPDATE payment.moves SET event = CASE to_state WHEN 'voided' THEN 'refund.accepted' ELSE 'refund.rejected' END
WHERE saga = 'refund' AND from_state = 'requested' AND to_state IN ('voided', 'rejected');
