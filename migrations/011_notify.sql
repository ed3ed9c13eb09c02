-- notify: messages to buyers (design §5). Written by svc-notify alone.
SET LOCAL search_path = notify, pg_temp;

-- What booking and payment tell, as of the highest version heard. entity as in the event: "ORD…", "exhibition/1", an attempt …
CREATE TABLE facts (
    source       text NOT NULL CHECK (source IN ('booking', 'payment')),
    entity       text COLLATE "C" NOT NULL,
    version      bigint NOT NULL,
    type         text NOT NULL,  -- of the event
    order_number text COLLATE "C", -- it is about; NULL: none
    state        jsonb NOT NULL,
    PRIMARY KEY (source, entity)
) WITH (fillfactor = 80);
CREATE INDEX idx_facts_order_number ON facts (order_number) WHERE order_number IS NOT NULL;

-- Orders whose messages cannot be written yet, and the fact of booking they wait for ("exhibition/1", "slot/9").
CREATE TABLE awaited (
    entity       text COLLATE "C" NOT NULL,
    order_number text COLLATE "C" NOT NULL,
    PRIMARY KEY (entity, order_number)
);

-- Orders whose messages are to be planned anew: a fact they share with others has come, or says something else now.
CREATE TABLE outdated (
    order_number text COLLATE "C" PRIMARY KEY
);

-- The life of a message. svc-notify/message.c holds the same table; the database refuses every other move.
CREATE TABLE message_moves (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO message_moves (from_state, to_state) VALUES
    ('queued', 'sending'),                                -- saved before the provider is called
    ('queued', 'dropped'), ('queued', 'failed'),          -- of no use any more, or it cannot be written
    ('sending', 'accepted'), ('sending', 'unknown'), ('sending', 'queued'), ('sending', 'failed'),
    ('unknown', 'accepted'), ('unknown', 'queued'), ('unknown', 'failed'), ('unknown', 'lost'), -- looked up, never guessed
    ('accepted', 'delivered'), ('accepted', 'fallback'), ('accepted', 'fallback_sent'),
    ('accepted', 'queued'), ('accepted', 'failed'), ('accepted', 'lost'),
    ('fallback', 'fallback_sent'), ('fallback', 'failed'), ('fallback', 'lost'),
    ('sending', 'delivered'), ('sending', 'fallback'), ('sending', 'fallback_sent'), ('sending', 'lost'), -- the result came first
    ('unknown', 'delivered'), ('unknown', 'fallback'), ('unknown', 'fallback_sent'),
    ('dropped', 'queued'),                                -- of use again
    ('failed', 'queued'), ('lost', 'queued');             -- staff send it again

CREATE TABLE messages (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_number  text COLLATE "C" NOT NULL, -- "": a bulk message without an order
    event         text COLLATE "C" NOT NULL, -- "paid", "paid/2" (with renewed tokens), "refunded/<refund>" …: told once per order
    own_id        text COLLATE "C" NOT NULL UNIQUE, -- what the provider knows it by; the same for ever
    template      text NOT NULL,             -- svc-notify/templates.c
    priority      smallint NOT NULL,         -- 1 ticket, 2 refund, 3 reminder, 4 bulk
    exhibition_id integer NOT NULL,
    phone         text NOT NULL,
    vars          jsonb NOT NULL,            -- of the template; a link's token is not among them
    token_version smallint NOT NULL DEFAULT 1,
    state         text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'unknown', 'accepted', 'delivered',
                      'fallback', 'fallback_sent', 'failed', 'dropped', 'lost')),
    version       bigint NOT NULL DEFAULT 1,
    tries         smallint NOT NULL DEFAULT 0, -- how often it had to be sent again: the next pause is as long as this says
    looks         smallint NOT NULL DEFAULT 0, -- look-ups in a row that did not find it
    sends         smallint NOT NULL DEFAULT 0, -- submits in all: part of the idempotency key of the next
    provider      text,
    request_id    text,                      -- the provider's, of the last submit it took
    recipient_seq integer,
    result        text,                      -- our word for the last result (provider.h)
    code          text,                      -- the provider's
    due_at        timestamptz DEFAULT now(), -- of the next step; NULL: none
    useful_until  timestamptz NOT NULL,
    lease_owner   text,
    lease_until   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    first_sent_at timestamptz,               -- when the first submit left …
    last_sent_at  timestamptz,               -- … and the last
    accepted_at   timestamptz,
    ended_at      timestamptz,
    UNIQUE (order_number, event)
) WITH (fillfactor = 75);
CREATE INDEX idx_messages_queued ON messages (priority, due_at) WHERE state = 'queued';
CREATE INDEX idx_messages_open ON messages ((priority > 2), due_at) WHERE state IN ('sending', 'unknown', 'accepted', 'fallback');
CREATE INDEX idx_messages_request ON messages (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX idx_messages_exhibition ON messages (exhibition_id, id);
CREATE INDEX idx_messages_of_exhibition ON messages (exhibition_id) WHERE state IN ('queued', 'sending', 'unknown', 'accepted');
CREATE INDEX idx_messages_dead ON messages (id) WHERE state IN ('failed', 'lost');

CREATE FUNCTION check_message_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM notify.message_moves WHERE from_state = OLD.state AND to_state = NEW.state) THEN
        RAISE EXCEPTION 'message % may not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER messages_move BEFORE UPDATE OF state ON messages
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION check_message_move();

-- How far the provider's feed of results has been read, and when it is to be read again, by whichever replica is first.
CREATE TABLE feed_cursors (
    provider text PRIMARY KEY,
    read_to  timestamptz NOT NULL DEFAULT now(),
    due_at   timestamptz NOT NULL DEFAULT now()
);

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
LANGUAGE sql SET search_path = notify AS $$
    INSERT INTO events (type, entity, version, payload) VALUES (p_type, p_entity, p_version, p_payload)
$$;

CREATE TABLE consumer_cursors (
    consumer text NOT NULL,
    source   text NOT NULL,
    cursor   text NOT NULL,
    PRIMARY KEY (consumer, source)
);
-- Refunds and accounts of the time before there were messages are not told; whoever has tickets from then gets their link.
INSERT INTO consumer_cursors (consumer, source, cursor)
SELECT 'notify', 'payment', e.xid || ':' || e.id FROM payment.events e ORDER BY e.xid DESC, e.id DESC LIMIT 1;

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

GRANT SELECT, INSERT, UPDATE ON facts, messages, feed_cursors, consumer_cursors TO svc_notify;
GRANT SELECT ON message_moves TO svc_notify;
GRANT SELECT, INSERT ON events TO svc_notify; -- never changed
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency, parked_events, awaited, outdated TO svc_notify;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA notify TO svc_notify;
REVOKE ALL ON FUNCTION emit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION emit TO svc_notify;
