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
    entries_version bigint NOT NULL DEFAULT 0, -- raised by every change of its codes and entries
    told_version    bigint NOT NULL DEFAULT 0  -- that booking has heard of
) WITH (fillfactor = 80);
CREATE INDEX idx_orders_untold ON orders (id) WHERE told_version < entries_version;

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

-- Every code ever issued. (xid, seq) is its place in the manifest: whoever changes what scanners must know moves the row there.
CREATE SEQUENCE codes_seq;
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
    state         text NOT NULL DEFAULT 'valid' CHECK (state IN ('valid', 'suspended', 'cancelled', 'replaced')),
    used          smallint NOT NULL DEFAULT 0, -- people inside by what it stands for
    xid           xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq           bigint NOT NULL DEFAULT nextval('codes_seq')
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX one_current_code ON codes (kind, ref) WHERE state <> 'replaced';
CREATE INDEX idx_codes_order_id ON codes (order_id);
CREATE INDEX idx_codes_manifest ON codes (exhibition_id, xid, seq);

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
    scan_id       text COLLATE "C" NOT NULL UNIQUE,
    code_id       bytea NOT NULL,
    order_id      bigint,   -- NULL: not a code of ours
    ticket_id     bigint,   -- NULL: the code of an order
    exhibition_id integer,  -- where it was scanned
    device_id     text COLLATE "C" NOT NULL,
    admin_id      bigint NOT NULL,      -- 0: an enrolled device
    scanned_at    timestamptz NOT NULL, -- by the server's clock, fixed when first stored
    received_at   timestamptz NOT NULL DEFAULT now(),
    offline       boolean NOT NULL,
    verdict       text NOT NULL, -- as told at the gate
    claim         boolean NOT NULL,
    count         smallint NOT NULL, -- people that wanted to go in with it
    admitted      smallint NOT NULL,
    conflict      text,
    answer        text,          -- told again to whoever repeats scan_id
    undone_at     timestamptz,
    undone_by     bigint,
    undo_reason   text
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
CREATE INDEX idx_idempotency_created_at ON idempotency USING brin (created_at);

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

GRANT SELECT, INSERT, UPDATE ON exhibitions, products, slots, orders, tickets, codes, voids, devices, scans, consumer_cursors TO svc_entrance;
GRANT SELECT, INSERT ON keys, events TO svc_entrance; -- never changed
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency, parked_events TO svc_entrance;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA entrance TO svc_entrance;
REVOKE ALL ON FUNCTION emit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION emit TO svc_entrance;
