-- entrance: codes, entries, scans, devices (design §5). Written by svc-entrance alone.
-- Lock order: orders by id, then everything that hangs on them.
SET LOCAL search_path = entrance, pg_temp;

-- ---- what booking tells: copies, each as of the highest version heard ----

CREATE TABLE exhibitions (
    id             integer PRIMARY KEY,
    version        bigint NOT NULL,
    code           text COLLATE "C" NOT NULL,
    name           text NOT NULL,
    venue          text NOT NULL,
    start_date     date NOT NULL,
    end_date       date NOT NULL,
    before_minutes integer NOT NULL, -- entry this long before a slot begins
    after_minutes  integer NOT NULL, -- and this long after it began its end
    gone           boolean NOT NULL DEFAULT false
);
CREATE INDEX idx_exhibitions_code ON exhibitions (code);
CREATE TABLE products (
    id             integer PRIMARY KEY,
    version        bigint NOT NULL,
    exhibition_id  integer NOT NULL,
    name           text NOT NULL,
    type           text NOT NULL,
    proof_required boolean NOT NULL
);
CREATE TABLE slots (
    id            integer PRIMARY KEY,
    version       bigint NOT NULL,
    exhibition_id integer NOT NULL,
    date          date NOT NULL,
    starts_at     time NOT NULL,
    ends_at       time NOT NULL
);
-- Orders that have or had money. Their lock is the lock of all that hangs on them.
CREATE TABLE orders (
    id              bigint PRIMARY KEY, -- booking's
    version         bigint NOT NULL,
    order_number    text COLLATE "C" UNIQUE NOT NULL,
    exhibition_id   integer NOT NULL,
    status          text NOT NULL,
    customer_name   text NOT NULL,
    visit_date      date,
    slot_id         integer,
    token_version   smallint NOT NULL,
    entries_version bigint NOT NULL DEFAULT 0, -- raised by every change of its codes and entries; 0: its slot is not known yet
    changed_in      xid8 NOT NULL DEFAULT pg_current_xact_id() -- its newest row of changes
) WITH (fillfactor = 80); -- what a scan changes is in no index, so that it writes this row and nothing else
CREATE INDEX idx_orders_day ON orders (exhibition_id, visit_date); -- who is expected
CREATE INDEX idx_orders_slot ON orders (slot_id) WHERE slot_id IS NOT NULL;
-- Which orders each transaction changed, their tickets, codes or entries: read by cursor, by scanners (the manifest) and by booking
-- (the teller). Whoever changes an order adds its row (note_changes); a row whose order has changed again since says nothing new.
CREATE TABLE changes (
    xid           xid8 NOT NULL DEFAULT pg_current_xact_id(),
    order_id      bigint NOT NULL,
    exhibition_id integer NOT NULL,
    PRIMARY KEY (xid, order_id)
);
CREATE INDEX idx_changes_manifest ON changes (exhibition_id, xid, order_id);
-- One row: booking has heard of all changes up to there.
CREATE TABLE told (
    xid      xid8 NOT NULL,
    order_id bigint NOT NULL
);
INSERT INTO told VALUES ('0', 0);

-- One person each.
CREATE TABLE tickets (
    id            bigint PRIMARY KEY, -- booking's
    order_id      bigint NOT NULL,
    exhibition_id integer NOT NULL,
    product_id    integer NOT NULL,
    status        text NOT NULL CHECK (status IN ('valid', 'suspended', 'void')), -- as booking says; who is inside we know better
    refund_id     text,        -- given back by this refund: nobody enters
    entered_at    timestamptz, -- of the entry that counts
    entered_by    bigint,      -- scans.id
    CHECK ((entered_at IS NULL) = (entered_by IS NULL)),
    CHECK (entered_at IS NULL OR refund_id IS NULL)
) WITH (fillfactor = 80);
CREATE INDEX idx_tickets_order_id ON tickets (order_id);

-- ---- codes ----

-- public_key is shown from published_at on, signs from signs_from on, and is kept for good: tickets are told apart by it.
CREATE TABLE keys (
    id           smallint PRIMARY KEY CHECK (id BETWEEN 1 AND 32767),
    public_key   text NOT NULL,
    private_key  text NOT NULL, -- sealed under ENTRANCE_KEY for "signing-key/<id>"
    published_at timestamptz NOT NULL DEFAULT now(),
    signs_from   timestamptz NOT NULL
);

-- Every code ever issued. What it opens follows from tickets and orders: code_states.
CREATE TABLE codes (
    code_id       bytea PRIMARY KEY, -- first 16 bytes of SHA-256("ticket-code-id" | code)
    code          text NOT NULL,     -- never signed anew
    kind          "char" NOT NULL CHECK (kind IN ('t', 'o')),
    ref           bigint NOT NULL,   -- tickets.id or orders.id
    order_id      bigint NOT NULL,
    exhibition_id integer NOT NULL,
    visit_date    date,              -- NULL: any day of the exhibition
    version       smallint NOT NULL, -- of the code: 1, and one more each time it is issued anew
    issued_at     timestamptz NOT NULL,
    issued_in     xid8 NOT NULL DEFAULT pg_current_xact_id(),
    replaced      boolean NOT NULL DEFAULT false -- by a newer one
);
CREATE UNIQUE INDEX one_current_code ON codes (kind, ref) WHERE NOT replaced;
CREATE INDEX idx_codes_order_id ON codes (order_id);

-- What codes open, here and nowhere else: `people` stand behind one that are not gone, `used` of them are inside.
CREATE VIEW code_states AS
SELECT c.*, CASE WHEN c.replaced THEN 'replaced' WHEN n.people = 0 THEN 'cancelled' WHEN n.suspended THEN 'suspended' ELSE 'valid' END AS state,
       n.people, n.used
FROM codes c, LATERAL (
    SELECT count(*) FILTER (WHERE NOT t.gone)::int AS people, count(t.entered_at)::int AS used,
           CASE c.kind WHEN 't' THEN bool_or(t.suspended)
                       ELSE (SELECT o.status = 'awaiting_deposit' FROM orders o WHERE o.id = c.order_id) END AS suspended
    FROM (SELECT entered_at, status = 'void' OR refund_id IS NOT NULL AS gone, status = 'suspended' AS suspended
          FROM tickets WHERE order_id = c.order_id AND (c.kind = 'o' OR id = c.ref)) t) n;

-- After any change, with the orders locked.
CREATE FUNCTION note_changes(p_orders bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = entrance SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    UPDATE orders SET changed_in = pg_current_xact_id() WHERE id = ANY (p_orders) AND changed_in <> pg_current_xact_id();
    INSERT INTO changes (order_id, exhibition_id) SELECT id, exhibition_id FROM orders WHERE id = ANY (p_orders) ON CONFLICT DO NOTHING;
END $$;

-- What a code will say.
CREATE TYPE code_wish AS (kind "char", ref bigint, order_id bigint, exhibition_id int, product_id int, visit_day int,
                          slot_begins int, slot_ends int, version int);
-- The codes that these orders lack, voided tickets included: so it does not matter in which order events came. None while the
-- slot is not known.
CREATE FUNCTION wanted_codes(p_orders bigint[]) RETURNS SETOF code_wish
LANGUAGE sql STABLE SET search_path = entrance AS $$
    SELECT w.kind, w.ref, o.id, o.exhibition_id, w.product_id, coalesce(o.visit_date - date '1970-01-01', 0),
           coalesce(extract(epoch FROM s.starts_at)::int / 60, 65535), coalesce(extract(epoch FROM s.ends_at)::int / 60, 65535),
           1 + coalesce((SELECT max(c.version) FROM codes c WHERE c.order_id = o.id AND c.kind = w.kind AND c.ref = w.ref), 0)
    FROM orders o LEFT JOIN slots s ON s.id = o.slot_id,
         LATERAL (SELECT 'o'::"char" AS kind, o.id AS ref, 0 AS product_id
                  UNION ALL SELECT 't', t.id, t.product_id FROM tickets t WHERE t.order_id = o.id) w
    WHERE o.id = ANY (p_orders) AND (o.slot_id IS NULL OR s.id IS NOT NULL)
      AND NOT EXISTS (SELECT FROM codes c WHERE c.kind = w.kind AND c.ref = w.ref AND NOT c.replaced)
    ORDER BY o.id, w.kind, w.ref
$$;

CREATE FUNCTION add_codes(p_code_id text[], p_code text[], p_kind text[], p_ref bigint[], p_order bigint[], p_version int[],
                          p_issued bigint) RETURNS void
LANGUAGE plpgsql SET search_path = entrance AS $$
BEGIN
    INSERT INTO codes (code_id, code, kind, ref, order_id, exhibition_id, visit_date, version, issued_at)
    SELECT decode(n.code_id, 'hex'), n.code, n.kind::"char", n.ref, o.id, o.exhibition_id, o.visit_date, n.version,
           to_timestamp(p_issued)
    FROM unnest(p_code_id, p_code, p_kind, p_ref, p_order, p_version) n (code_id, code, kind, ref, order_id, version)
    JOIN orders o ON o.id = n.order_id;
    UPDATE orders SET entries_version = entries_version + 1 WHERE id = ANY (p_order);
    PERFORM note_changes(p_order);
END $$;

-- A page of booking's events, in any order, any number of times: of each entity the newest version heard stays. Returns the
-- codes that the orders now lack; add_codes() follows in the same transaction.
CREATE FUNCTION note_facts(p_type text[], p_entity text[], p_version bigint[], p_payload jsonb[]) RETURNS SETOF code_wish
LANGUAGE plpgsql SET search_path = entrance AS $$
DECLARE
    v_orders bigint[];
    v_waiting bigint[];
BEGIN
    INSERT INTO exhibitions (id, version, code, name, venue, start_date, end_date, before_minutes, after_minutes, gone)
    SELECT DISTINCT ON (x.id) x.id, f.version, x.code, x.name, x.venue, x.start_date, x.end_date, x.entry_before_minutes,
           x.entry_after_minutes, f.type = 'exhibition.deleted'
    FROM unnest(p_type, p_version, p_payload) f (type, version, payload),
         jsonb_to_record(f.payload) x (id int, code text, name text, venue text, start_date date, end_date date,
                                       entry_before_minutes int, entry_after_minutes int)
    WHERE f.type IN ('exhibition.changed', 'exhibition.deleted') ORDER BY x.id, f.version DESC
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, code = excluded.code, name = excluded.name, venue = excluded.venue,
        start_date = excluded.start_date, end_date = excluded.end_date, before_minutes = excluded.before_minutes,
        after_minutes = excluded.after_minutes, gone = excluded.gone
    WHERE excluded.version > exhibitions.version;

    INSERT INTO products (id, version, exhibition_id, name, type, proof_required)
    SELECT DISTINCT ON (x.id) x.id, f.version, x.exhibition_id, x.name, x.type, x.proof_required
    FROM unnest(p_type, p_version, p_payload) f (type, version, payload),
         jsonb_to_record(f.payload) x (id int, exhibition_id int, name text, type text, proof_required boolean)
    WHERE f.type = 'product.changed' ORDER BY x.id, f.version DESC
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, exhibition_id = excluded.exhibition_id, name = excluded.name,
        type = excluded.type, proof_required = excluded.proof_required
    WHERE excluded.version > products.version;

    WITH put AS (
        INSERT INTO slots (id, version, exhibition_id, date, starts_at, ends_at)
        SELECT DISTINCT ON (x.id) x.id, f.version, x.exhibition_id, x.date, x.starts_at, x.ends_at
        FROM unnest(p_type, p_version, p_payload) f (type, version, payload),
             jsonb_to_record(f.payload) x (id int, exhibition_id int, date date, starts_at time, ends_at time)
        WHERE f.type = 'slot.changed' ORDER BY x.id, f.version DESC
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, exhibition_id = excluded.exhibition_id, date = excluded.date,
            starts_at = excluded.starts_at, ends_at = excluded.ends_at
        WHERE excluded.version > slots.version
        RETURNING id
    )
    SELECT array_agg(o.id) INTO v_waiting FROM put JOIN orders o ON o.slot_id = put.id WHERE o.entries_version = 0;

    PERFORM FROM orders o WHERE o.order_number = ANY (p_entity) OR o.id = ANY (v_waiting) ORDER BY o.id FOR UPDATE;
    -- An order that never had tickets is none of ours.
    WITH newest AS (
        SELECT DISTINCT ON (f.entity) f.entity AS order_number, f.version, f.payload -> 'tickets' AS tickets, x.*
        FROM unnest(p_type, p_entity, p_version, p_payload) f (type, entity, version, payload),
             jsonb_to_record(f.payload) x (order_id bigint, exhibition_id int, status text, customer_name text, visit_date date,
                                           slot_id int, token_version int)
        WHERE f.type LIKE 'order.%' AND x.order_id IS NOT NULL AND jsonb_array_length(f.payload -> 'tickets') > 0
        ORDER BY f.entity, f.version DESC
    ), put AS (
        INSERT INTO orders (id, version, order_number, exhibition_id, status, customer_name, visit_date, slot_id, token_version)
        SELECT n.order_id, n.version, n.order_number, n.exhibition_id, n.status, n.customer_name, n.visit_date, n.slot_id,
               n.token_version
        FROM newest n ORDER BY n.order_id
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status, customer_name = excluded.customer_name,
            visit_date = excluded.visit_date, slot_id = excluded.slot_id,
            token_version = greatest(excluded.token_version, orders.token_version) -- booking may not have heard of ours yet
        WHERE excluded.version > orders.version
        RETURNING id
    ), people AS (
        INSERT INTO tickets (id, order_id, exhibition_id, product_id, status)
        SELECT t.id, n.order_id, n.exhibition_id, t.product_id, CASE t.status WHEN 'entered' THEN 'valid' ELSE t.status END
        FROM put JOIN newest n ON n.order_id = put.id, jsonb_to_recordset(n.tickets) t (id bigint, product_id int, status text)
        ORDER BY t.id
        ON CONFLICT (id) DO UPDATE SET status = excluded.status WHERE excluded.status <> tickets.status
    )
    SELECT array_agg(put.id) INTO v_orders FROM put;

    PERFORM note_changes(v_orders);
    RETURN QUERY SELECT * FROM wanted_codes(v_orders || v_waiting);
END $$;

-- A refund takes its tickets out of use, once, and is undone at most once.
CREATE TABLE voids (
    refund_id  text PRIMARY KEY,
    order_id   bigint NOT NULL,
    tickets    bigint[] NOT NULL,
    undone     boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- ---- at the gate ----

CREATE TABLE devices (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exhibition_id integer NOT NULL,
    name          text NOT NULL,
    enroll_hash   bytea,        -- SHA-256 of the one-time code; NULL once it is used
    enroll_until  timestamptz NOT NULL,
    enrolled_at   timestamptz,
    token_until   timestamptz,  -- of the newest token
    revoked_at    timestamptz,
    created_by    bigint NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    seen_at       timestamptz
);
CREATE UNIQUE INDEX idx_devices_enroll_hash ON devices (enroll_hash) WHERE enroll_hash IS NOT NULL;
CREATE INDEX idx_devices_exhibition_id ON devices (exhibition_id);

-- Every scan, refused ones too. A claim is a scan that let people in: `count` of them. What becomes of all claims of an order is
-- svc-entrance/settle.c: `admitted` counts those that count, `conflict` names the rest.
CREATE TABLE scans (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scan_id       text COLLATE "C" NOT NULL, -- chosen by whoever scans: two of them may choose the same
    code_id       bytea NOT NULL,
    order_id      bigint,   -- NULL: not a code of ours
    ticket_id     bigint,   -- NULL: the code of an order
    exhibition_id integer,  -- where it was scanned
    body          uuid,     -- of the call whose key is the scan_id: another body is no repeat of it
    device_id     text COLLATE "C" NOT NULL,
    admin_id      bigint NOT NULL,      -- 0: an enrolled device
    scanner       text COLLATE "C" NOT NULL GENERATED ALWAYS AS (CASE admin_id WHEN 0 THEN device_id ELSE 'staff-' || admin_id::text END) STORED,
    scanned_at    timestamptz NOT NULL, -- by the server's clock, fixed when first stored
    received_at   timestamptz NOT NULL DEFAULT now(),
    offline       boolean NOT NULL,
    verdict       text NOT NULL, -- as told at the gate
    claim         boolean NOT NULL,
    count         smallint NOT NULL, -- people that wanted to go in with it
    admitted      smallint NOT NULL,
    breaks        text,     -- a rule that a claim breaks although people went in
    conflict      text,
    answer        text,          -- told again to whoever repeats scan_id
    undone_at     timestamptz,
    undone_by     bigint,
    undo_reason   text,
    UNIQUE (scan_id, scanner)
);
CREATE INDEX idx_scans_order_id ON scans (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX idx_scans_day ON scans (exhibition_id, scanned_at);

-- ---- the usual ----

CREATE TABLE idempotency (
    key        uuid PRIMARY KEY,
    body       uuid NOT NULL,
    answer     text NOT NULL,
    status     smallint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_idempotency_created_at ON idempotency (created_at);

CREATE TABLE events (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    type       text NOT NULL,
    entity     text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    payload    jsonb NOT NULL
);
CREATE INDEX idx_events_cursor ON events (xid, id);
CREATE INDEX idx_events_entity ON events (entity);
CREATE FUNCTION emit(p_type text, p_entity text, p_version bigint, p_payload jsonb) RETURNS void
LANGUAGE sql SET search_path = entrance AS $$
    INSERT INTO events (type, entity, version, payload) VALUES (p_type, p_entity, p_version, p_payload)
$$;

CREATE TABLE consumer_cursors (
    consumer text NOT NULL,
    source   text NOT NULL,
    cursor   text NOT NULL,
    PRIMARY KEY (consumer, source)
);
CREATE TABLE parked_events (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer  text NOT NULL,
    source    text NOT NULL,
    cursor    text NOT NULL,
    type      text NOT NULL,
    entity    text NOT NULL,
    version   bigint NOT NULL,
    payload   jsonb NOT NULL,
    error     text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, UPDATE ON exhibitions, products, slots, orders, changes, told, tickets, codes, voids, devices, scans, consumer_cursors TO svc_entrance;
GRANT SELECT ON code_states TO svc_entrance;
GRANT SELECT, INSERT ON keys, events TO svc_entrance; -- never changed
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency, parked_events TO svc_entrance;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA entrance TO svc_entrance;
REVOKE ALL ON FUNCTION emit, note_changes, wanted_codes, add_codes, note_facts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION emit, note_changes, wanted_codes, add_codes, note_facts TO svc_entrance;
