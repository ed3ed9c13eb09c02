-- payment: attempts to pay, refunds, the ledger, webhooks (design §4). Written by svc-payment alone.
--
-- attempts and refunds are sagas: `state` names the step that comes next, `due_at` when it is to be taken (NULL: nothing to
-- do), `lease_*` who is taking it. Only move_attempts() and move_refunds() change a state; they post to the ledger and write
-- the event in the same statement, by the tables `moves` and `postings`.
SET LOCAL search_path = payment, pg_temp;

CREATE TABLE attempts (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempt_id     varchar(56) COLLATE "C" NOT NULL UNIQUE, -- random; the order id that the provider sees
    fence          smallint NOT NULL DEFAULT 0, -- deposits taken back so far: booking knows the attempt as attempt_id.fence
    order_number   varchar(50) COLLATE "C" NOT NULL,
    exhibition_id  integer NOT NULL,
    amount         bigint NOT NULL CHECK (amount >= 0),
    method         text,
    state          text NOT NULL,
    version        bigint NOT NULL DEFAULT 1,
    tries          integer NOT NULL DEFAULT 0, -- of the step under way
    due_at         timestamptz,
    lease_owner    text,
    lease_until    timestamptz,
    key_no         smallint NOT NULL DEFAULT 1, -- an error that was answered sticks to its idempotency key: the next call has a new one
    payment_key    varchar(200) COLLATE "C" UNIQUE,
    checkout_url   text,
    confirmed_at   timestamptz, -- when the first confirm was about to leave
    balance        bigint,      -- what can still be cancelled, as the provider last said
    approved_at    timestamptz,
    receipt_url    text,
    transaction_key text,
    secret_hash    text,        -- SHA-256 of the provider's webhook secret: it is only ever compared
    bank           text,
    account_number text,
    account_holder text,
    account_due    timestamptz,
    failure_code   text,
    failure_message text,
    cancelled      boolean NOT NULL DEFAULT false, -- the buyer gave the order up meanwhile
    looked_at      timestamptz, -- when the last look at the provider left
    asked_at       timestamptz, -- last webhook that may know more than we do: look again if that was before it
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX idx_attempts_order_number ON attempts (order_number);
CREATE INDEX idx_attempts_due_at ON attempts (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE refunds (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    refund_id       varchar(56) COLLATE "C" NOT NULL UNIQUE, -- random; also ends the reason the provider stores
    kind            text NOT NULL CHECK (kind IN ('buyer', 'staff', 'return', 'external')),
    attempt         bigint REFERENCES attempts (id), -- NULL: noted before it was known what there is to give back
    order_number    varchar(50) COLLATE "C" NOT NULL,
    exhibition_id   integer NOT NULL,
    tickets         bigint[] NOT NULL DEFAULT '{}',
    amount          bigint NOT NULL CHECK (amount >= 0), -- won to give back
    fee             bigint NOT NULL DEFAULT 0 CHECK (fee >= 0),
    policy_step     jsonb,
    reason          text NOT NULL,
    fee_waived      boolean NOT NULL DEFAULT false,
    requested_by    bigint NOT NULL DEFAULT 0, -- staff; 0: the buyer or ourselves
    state           text NOT NULL,
    version         bigint NOT NULL DEFAULT 1,
    tries           integer NOT NULL DEFAULT 0,
    due_at          timestamptz,
    lease_owner     text,
    lease_until     timestamptz,
    key_no          smallint NOT NULL DEFAULT 1, -- a definite refusal, corrected, is a new call to the provider
    balance_before  bigint,
    transaction_key text UNIQUE,
    refunded_at     timestamptz, -- when the money left, by the provider's clock: the day of its list
    account         text,        -- sealed (AES-256-GCM), deleted 30 days after the refund
    failure_code    text,
    failure_message text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    done_at         timestamptz
) WITH (fillfactor = 70);
CREATE INDEX idx_refunds_order_number ON refunds (order_number);
CREATE INDEX idx_refunds_attempt ON refunds (attempt);
CREATE INDEX idx_refunds_due_at ON refunds (due_at) WHERE due_at IS NOT NULL;
-- At most one cancel of a payment is under way: what its balance says afterwards is then unambiguous.
CREATE UNIQUE INDEX one_cancel_in_flight ON refunds (attempt) WHERE state IN ('sent', 'refused');
CREATE INDEX idx_refunds_account ON refunds (done_at) WHERE account IS NOT NULL;

-- Every move of money is one row: from the account `credit` to the account `debit`, so that debits and credits always agree.
--   provider  money that Toss holds for us          received  money that came and is not yet matched with an order
--   sales     money for tickets that are sold       fees      cancellation fees that we keep
--   owed      money that must go back
CREATE TABLE ledger (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempt    bigint NOT NULL,
    refund     bigint,
    moved      text NOT NULL, -- "sent>captured"
    debit      text NOT NULL,
    credit     text NOT NULL,
    amount     bigint NOT NULL CHECK (amount > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (debit <> credit)
);
CREATE INDEX idx_ledger_attempt ON ledger (attempt);

CREATE TABLE webhooks (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transmission_id text COLLATE "C" UNIQUE, -- NULL: none was sent
    event_type      text NOT NULL,
    attempt         bigint NOT NULL,
    said            text, -- the status it claims
    verdict         text NOT NULL CHECK (verdict IN ('look', 'known', 'wrong_secret')),
    received_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_webhooks_attempt ON webhooks (attempt);
CREATE INDEX idx_webhooks_received_at ON webhooks (received_at);

CREATE TABLE idempotency (
    key        uuid PRIMARY KEY,
    body       uuid NOT NULL,
    answer     text NOT NULL,
    status     smallint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_idempotency_created_at ON idempotency (created_at);

-- The last comparison with the provider's list of transactions, day by day; differences are rows with names.
CREATE TABLE reconciliations (
    day         date PRIMARY KEY,
    compared    integer NOT NULL, -- transactions
    differences jsonb NOT NULL,
    run_at      timestamptz NOT NULL DEFAULT now()
);

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

-- The table of moves. svc-payment/saga_table.c names the step that each state stands for; payment-audit compares the two.
CREATE TABLE moves (
    saga       text NOT NULL CHECK (saga IN ('attempt', 'refund')),
    from_state text NOT NULL,
    to_state   text NOT NULL,
    event      text, -- told to the other services
    PRIMARY KEY (saga, from_state, to_state)
);
INSERT INTO moves (saga, from_state, to_state, event) VALUES
    ('attempt', 'opening', 'ready', NULL),              -- the payment window exists
    ('attempt', 'opening', 'failed', NULL),
    ('attempt', 'ready', 'beginning', NULL),            -- the buyer came back: booking is asked to begin
    ('attempt', 'ready', 'failed', NULL),               -- nobody came back in time
    ('attempt', 'beginning', 'sent', NULL),             -- booking holds the order: confirm leaves
    ('attempt', 'beginning', 'failed', NULL),           -- booking refused, the provider was not asked
    ('attempt', 'beginning', 'paid', 'payment.paid'),   -- 0 won: there is nothing to ask the provider for
    ('attempt', 'sent', 'captured', NULL),              -- money is with the provider
    ('attempt', 'sent', 'issued', NULL),                -- a deposit account exists
    ('attempt', 'sent', 'refused', NULL),
    ('attempt', 'captured', 'paid', 'payment.paid'),    -- booking's verdict: the order has it
    ('attempt', 'captured', 'returning', 'payment.returning'), -- booking's verdict: it must go back
    ('attempt', 'returning', 'returned', 'payment.returned'),
    ('attempt', 'issued', 'waiting', 'payment.account_issued'),
    ('attempt', 'issued', 'closing', NULL),             -- the order is gone: the account must not stay open
    ('attempt', 'waiting', 'captured', NULL),
    ('attempt', 'waiting', 'closing', NULL),            -- not paid in time, or the buyer gave up
    ('attempt', 'waiting', 'refused', NULL),            -- closed by somebody else
    ('attempt', 'closing', 'captured', NULL),           -- the deposit was faster
    ('attempt', 'closing', 'refused', NULL),
    ('attempt', 'refused', 'failed', 'payment.failed'),
    ('attempt', 'refused', 'captured', NULL),           -- late money
    ('attempt', 'failed', 'captured', NULL),            -- late money
    ('attempt', 'failed', 'closing', NULL),             -- an account came to light after all
    ('attempt', 'paid', 'reversing', NULL),             -- the bank took the deposit back
    ('attempt', 'reversing', 'waiting', 'payment.reversed'),
    ('attempt', 'reversing', 'captured', NULL),
    ('refund', 'noted', 'requested', NULL),             -- the attempt it waited for has ended with money
    ('refund', 'noted', 'dropped', NULL),               -- ... without: the order is simply cancelled
    ('refund', 'requested', 'voided', 'refund.requested'), -- nobody can enter with these tickets any more
    ('refund', 'requested', 'rejected', NULL),          -- somebody is inside already
    ('refund', 'voided', 'sent', NULL),                 -- the cancel leaves
    ('refund', 'voided', 'needs_account', 'refund.needs_account'),
    ('refund', 'needs_account', 'voided', NULL),
    ('refund', 'voided', 'refunded', NULL),             -- nothing to send
    ('refund', 'sent', 'refunded', NULL),
    ('refund', 'sent', 'refused', NULL),
    ('refund', 'refused', 'rejected', 'refund.rejected'), -- the tickets are valid again
    ('refund', 'refused', 'needs_account', 'refund.needs_account'),
    ('refund', 'refused', 'voided', NULL),              -- corrected: a new call
    ('refund', 'refunded', 'done', 'refund.done');      -- booking has the places back

CREATE TABLE postings (
    saga       text NOT NULL,
    from_state text NOT NULL, -- '': the row is new
    to_state   text NOT NULL,
    kinds      text[] NOT NULL DEFAULT '{}', -- of refunds; empty: all
    part       text NOT NULL CHECK (part IN ('amount', 'fee')),
    debit      text NOT NULL,
    credit     text NOT NULL
);
INSERT INTO postings (saga, from_state, to_state, kinds, part, debit, credit) VALUES
    ('attempt', 'sent', 'captured', '{}', 'amount', 'provider', 'received'),
    ('attempt', 'waiting', 'captured', '{}', 'amount', 'provider', 'received'),
    ('attempt', 'closing', 'captured', '{}', 'amount', 'provider', 'received'),
    ('attempt', 'refused', 'captured', '{}', 'amount', 'provider', 'received'),
    ('attempt', 'failed', 'captured', '{}', 'amount', 'provider', 'received'),
    ('attempt', 'reversing', 'captured', '{}', 'amount', 'provider', 'received'),
    ('attempt', 'captured', 'paid', '{}', 'amount', 'received', 'sales'),
    ('attempt', 'captured', 'returning', '{}', 'amount', 'received', 'owed'),
    ('attempt', 'paid', 'reversing', '{}', 'amount', 'sales', 'provider'),
    ('refund', 'requested', 'voided', '{}', 'amount', 'sales', 'owed'),
    ('refund', 'requested', 'voided', '{}', 'fee', 'sales', 'fees'),
    ('refund', 'refused', 'rejected', '{}', 'amount', 'owed', 'sales'),
    ('refund', 'refused', 'rejected', '{}', 'fee', 'fees', 'sales'),
    ('refund', 'sent', 'refunded', '{}', 'amount', 'owed', 'provider'),
    ('refund', '', 'refunded', '{external}', 'amount', 'sales', 'provider'),
    ('refund', '', 'refunded', '{return}', 'amount', 'owed', 'provider');

CREATE FUNCTION emit(p_type text, p_entity text, p_version bigint, p_payload jsonb) RETURNS void
LANGUAGE sql SET search_path = payment AS $$
    INSERT INTO events (type, entity, version, payload) VALUES (p_type, p_entity, p_version, p_payload)
$$;

-- Both kinds of saga as the ledger and the events see them; `state` leaves out what only the provider and we may know.
CREATE VIEW sagas AS
SELECT 'attempt' AS saga, a.id, a.id AS attempt, NULL::bigint AS refund, '' AS kind, a.attempt_id::text AS entity, a.version,
    a.amount, 0::bigint AS fee,
    jsonb_build_object('attempt_id', a.attempt_id, 'order_number', a.order_number, 'exhibition_id', a.exhibition_id,
        'state', a.state, 'amount', a.amount, 'balance', a.balance, 'method', a.method, 'approved_at', a.approved_at,
        'bank', a.bank, 'account_number', a.account_number, 'account_holder', a.account_holder,
        'account_due', a.account_due, 'failure_code', a.failure_code) AS state
FROM attempts a
UNION ALL
SELECT 'refund', r.id, r.attempt, r.id, r.kind, r.refund_id, r.version, r.amount, r.fee,
    jsonb_build_object('refund_id', r.refund_id, 'kind', r.kind, 'order_number', r.order_number,
        'exhibition_id', r.exhibition_id, 'state', r.state, 'amount', r.amount, 'fee', r.fee, 'tickets', r.tickets,
        'reason', r.reason, 'failure_code', r.failure_code)
FROM refunds r;

-- What hangs on a move: it must be legal, money is posted, the other services are told. from '': the row is new.
CREATE FUNCTION book_moves(p_saga text, p_ids bigint[], p_from text[], p_to text[]) RETURNS void
LANGUAGE plpgsql SET search_path = payment SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_bad text;
BEGIN
    SELECT f.from_state || ' > ' || f.to_state INTO v_bad FROM unnest(p_from, p_to) f (from_state, to_state)
    WHERE f.from_state NOT IN ('', f.to_state) AND NOT EXISTS (
        SELECT FROM moves x WHERE x.saga = p_saga AND x.from_state = f.from_state AND x.to_state = f.to_state) LIMIT 1;
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION '%: may not move %', p_saga, v_bad USING ERRCODE = 'check_violation';
    END IF;

    INSERT INTO ledger (attempt, refund, moved, debit, credit, amount)
    SELECT s.attempt, s.refund, f.from_state || '>' || f.to_state, p.debit, p.credit,
           CASE p.part WHEN 'fee' THEN s.fee ELSE s.amount END
    FROM unnest(p_ids, p_from, p_to) f (id, from_state, to_state)
    JOIN postings p ON p.saga = p_saga AND p.from_state = f.from_state AND p.to_state = f.to_state
    CROSS JOIN LATERAL (SELECT * FROM sagas s WHERE s.saga = p_saga AND s.id = f.id OFFSET 0) s -- by index, row by row
    WHERE (p.kinds = '{}' OR s.kind = ANY (p.kinds)) AND CASE p.part WHEN 'fee' THEN s.fee ELSE s.amount END > 0
    ORDER BY s.id;

    INSERT INTO events (type, entity, version, payload)
    SELECT x.event, s.entity, s.version, s.state
    FROM unnest(p_ids, p_from, p_to) f (id, from_state, to_state)
    JOIN moves x ON x.saga = p_saga AND x.from_state = f.from_state AND x.to_state = f.to_state AND x.event IS NOT NULL
    CROSS JOIN LATERAL (SELECT * FROM sagas s WHERE s.saga = p_saga AND s.id = f.id OFFSET 0) s
    ORDER BY s.id;
END $$;

-- Moves many sagas, each from the version its caller knows; a row that somebody else has moved is left alone and not returned.
-- To the state it has already: the step failed for now and is tried again at p_due. p_set[i] holds the columns that change
-- with the state. p_lease_seconds[i] > 0 keeps the row for p_owner; 0 lets go of it. p_again[i]: this move was sent before and
-- its outcome was lost; it is found done if it was.
CREATE FUNCTION move_attempts(p_ids bigint[], p_versions bigint[], p_again boolean[], p_to text[], p_set jsonb[],
                              p_due timestamptz[], p_lease_seconds int[], p_owner text)
RETURNS TABLE (id bigint, version bigint)
LANGUAGE plpgsql SET search_path = payment SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    v_id bigint[]; -- those whose version is still the one that the caller knows
    v_from text[];
    v_to text[];
BEGIN
    SELECT array_agg(l.id ORDER BY l.id), array_agg(l.state ORDER BY l.id), array_agg(m.to_state ORDER BY l.id)
    INTO v_id, v_from, v_to
    FROM (SELECT t.id, t.state, t.version FROM attempts t WHERE t.id = ANY (p_ids) ORDER BY t.id FOR UPDATE) l
    JOIN unnest(p_ids, p_versions, p_to) m (id, version, to_state) ON m.id = l.id AND m.version = l.version;

    IF true = ANY (p_again) THEN
        RETURN QUERY
        SELECT t.id, t.version
        FROM unnest(p_ids, p_versions, p_again, p_to, p_lease_seconds) m (id, version, again, to_state, lease)
        JOIN attempts t ON t.id = m.id AND t.version = m.version + 1 AND t.state = m.to_state
            AND t.lease_owner IS NOT DISTINCT FROM CASE WHEN m.lease > 0 THEN p_owner END
        WHERE m.again;
    END IF;

    RETURN QUERY
    UPDATE attempts t SET
        state = m.to_state, version = t.version + 1, updated_at = now(),
        tries = CASE WHEN t.state = m.to_state THEN t.tries + 1 ELSE 0 END,
        lease_owner = CASE WHEN m.lease > 0 THEN p_owner END,
        lease_until = CASE WHEN m.lease > 0 THEN now() + make_interval(secs => m.lease) END,
        due_at = CASE
            WHEN m.lease > 0 AND t.due_at <= now() THEN t.due_at -- nobody reads it now, and the index stays as it is
            -- Steps that look; any other is not helped by being taken sooner.
            WHEN t.asked_at > coalesce(n.looked_at, '-infinity')
                AND (t.state <> m.to_state OR m.to_state IN ('sent', 'waiting', 'closing', 'paid', 'failed'))
            THEN least(m.due, greatest(now(), n.looked_at + interval '5 s'))
            ELSE m.due END,
        fence = n.fence, method = n.method, key_no = n.key_no, payment_key = n.payment_key, checkout_url = n.checkout_url,
        confirmed_at = n.confirmed_at, balance = n.balance, approved_at = n.approved_at, receipt_url = n.receipt_url,
        transaction_key = n.transaction_key, secret_hash = n.secret_hash, account_due = n.account_due,
        -- Of an attempt that is over nothing new is learned here: what was erased stays so, whoever looks the payment up.
        bank = CASE WHEN t.state = m.to_state AND m.to_state IN ('paid', 'failed', 'returned') THEN t.bank ELSE n.bank END,
        account_number = CASE WHEN t.state = m.to_state AND m.to_state IN ('paid', 'failed', 'returned') THEN t.account_number ELSE n.account_number END,
        account_holder = CASE WHEN t.state = m.to_state AND m.to_state IN ('paid', 'failed', 'returned') THEN t.account_holder ELSE n.account_holder END,
        failure_code = n.failure_code, failure_message = n.failure_message, cancelled = n.cancelled,
        looked_at = n.looked_at
    FROM unnest(p_ids, p_to, p_set, p_due, p_lease_seconds) m (id, to_state, set, due, lease), attempts o,
         LATERAL jsonb_populate_record(o, m.set) n
    WHERE t.id = m.id AND o.id = m.id AND t.id = ANY (v_id)
    RETURNING t.id, t.version;

    PERFORM book_moves('attempt', v_id, v_from, v_to);

    -- Money that its order could not have goes back by itself.
    IF 'returning' = ANY (v_to) THEN
        INSERT INTO refunds (refund_id, kind, attempt, order_number, exhibition_id, amount, reason, state, due_at)
        SELECT replace(gen_random_uuid()::text, '-', ''), 'return', a.id, a.order_number, a.exhibition_id, a.balance,
               'order is gone', 'voided', now()
        FROM unnest(v_id, v_from, v_to) f (id, from_state, to_state) JOIN attempts a ON a.id = f.id
        WHERE f.to_state = 'returning' AND f.from_state <> f.to_state;
    END IF;
END $$;

CREATE FUNCTION move_refunds(p_ids bigint[], p_versions bigint[], p_again boolean[], p_to text[], p_set jsonb[],
                              p_due timestamptz[], p_lease_seconds int[], p_owner text)
RETURNS TABLE (id bigint, version bigint)
LANGUAGE plpgsql SET search_path = payment SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    v_id bigint[]; -- those whose version is still the one that the caller knows
    v_from text[];
    v_to text[];
BEGIN
    SELECT array_agg(l.id ORDER BY l.id), array_agg(l.state ORDER BY l.id), array_agg(m.to_state ORDER BY l.id)
    INTO v_id, v_from, v_to
    FROM (SELECT t.id, t.state, t.version FROM refunds t WHERE t.id = ANY (p_ids) ORDER BY t.id FOR UPDATE) l
    JOIN unnest(p_ids, p_versions, p_to) m (id, version, to_state) ON m.id = l.id AND m.version = l.version;

    IF true = ANY (p_again) THEN
        RETURN QUERY
        SELECT t.id, t.version
        FROM unnest(p_ids, p_versions, p_again, p_to, p_lease_seconds) m (id, version, again, to_state, lease)
        JOIN refunds t ON t.id = m.id AND t.version = m.version + 1 AND t.state = m.to_state
            AND t.lease_owner IS NOT DISTINCT FROM CASE WHEN m.lease > 0 THEN p_owner END
        WHERE m.again;
    END IF;

    RETURN QUERY
    UPDATE refunds t SET
        state = m.to_state, version = t.version + 1, updated_at = now(),
        tries = CASE WHEN t.state = m.to_state THEN t.tries + 1 ELSE 0 END,
        lease_owner = CASE WHEN m.lease > 0 THEN p_owner END,
        lease_until = CASE WHEN m.lease > 0 THEN now() + make_interval(secs => m.lease) END,
        due_at = m.due,
        attempt = n.attempt, tickets = n.tickets, amount = n.amount, fee = n.fee, policy_step = n.policy_step,
        key_no = n.key_no, balance_before = n.balance_before, transaction_key = n.transaction_key, account = n.account,
        refunded_at = n.refunded_at, failure_code = n.failure_code, failure_message = n.failure_message,
        done_at = CASE WHEN m.to_state IN ('done', 'rejected', 'dropped') THEN now() END
    FROM unnest(p_ids, p_to, p_set, p_due, p_lease_seconds) m (id, to_state, set, due, lease), refunds o,
         LATERAL jsonb_populate_record(o, m.set) n
    WHERE t.id = m.id AND o.id = m.id AND t.id = ANY (v_id)
    RETURNING t.id, t.version;

    PERFORM book_moves('refund', v_id, v_from, v_to);

    UPDATE attempts a SET balance = a.balance - r.amount
    FROM unnest(v_id, v_from, v_to) f (id, from_state, to_state) JOIN refunds r ON r.id = f.id
    WHERE a.id = r.attempt AND f.from_state = 'sent' AND f.to_state = 'refunded';

    -- Refunds that waited for this one (one_cancel_in_flight). One that somebody moves just now looks again by itself.
    UPDATE refunds w SET due_at = now()
    WHERE w.id IN (
        SELECT x.id FROM unnest(v_id, v_from, v_to) f (id, from_state, to_state)
        JOIN refunds r ON r.id = f.id JOIN refunds x ON x.attempt = r.attempt AND x.state = 'voided' AND x.due_at > now()
        WHERE f.from_state IN ('sent', 'refused') AND f.to_state NOT IN ('sent', 'refused')
        FOR UPDATE OF x SKIP LOCKED);
END $$;

-- Cancels that the provider lists and that none of our refunds made: rows of kind `external`, or `return` where all of the money
-- must go back anyway. A refund of ours whose answer is still under way is known by its id at the end of the reason; one that
-- we gave up was executed after all, and is told from outside like any other. Returns how many were new.
CREATE FUNCTION add_external_refunds(p_attempt bigint, p_keys text[], p_amounts bigint[], p_reasons text[], p_at timestamptz[])
RETURNS int
LANGUAGE plpgsql SET search_path = payment AS $$
DECLARE
    v_id bigint[];
BEGIN
    PERFORM FROM attempts WHERE id = p_attempt FOR UPDATE;
    WITH new AS (
        INSERT INTO refunds (refund_id, kind, attempt, order_number, exhibition_id, amount, reason, state, transaction_key,
                             refunded_at, due_at)
        SELECT replace(gen_random_uuid()::text, '-', ''), CASE a.state WHEN 'returning' THEN 'return' ELSE 'external' END,
               a.id, a.order_number, a.exhibition_id, c.amount, coalesce(c.reason, ''), 'refunded', c.key, c.at, now()
        FROM unnest(p_keys, p_amounts, p_reasons, p_at) c (key, amount, reason, at) JOIN attempts a ON a.id = p_attempt
        WHERE NOT EXISTS (SELECT FROM refunds r WHERE r.attempt = p_attempt AND r.state NOT IN ('rejected', 'dropped')
                          AND right(c.reason, length(r.refund_id) + 2) = '[' || r.refund_id || ']')
        ON CONFLICT (transaction_key) DO NOTHING
        RETURNING id, amount),
    spent AS (
        UPDATE attempts SET balance = balance - (SELECT sum(amount) FROM new)
        WHERE id = p_attempt AND EXISTS (SELECT FROM new))
    SELECT array_agg(id ORDER BY id) INTO v_id FROM new;
    IF v_id IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM book_moves('refund', v_id, array_fill(''::text, ARRAY[cardinality(v_id)]),
                       array_fill('refunded'::text, ARRAY[cardinality(v_id)]));
    RETURN cardinality(v_id);
END $$;

-- What a person should know of: it does not go on by itself, or only much later, or it ended otherwise than it should have. A
-- window or an account that nobody uses is not stuck, nor is a refund that waits for the end of a payment under way.
CREATE VIEW stuck AS
SELECT 'attempt' AS saga, a.id, a.exhibition_id, a.order_number, a.attempt_id AS entity, '' AS kind, a.state, a.created_at,
    a.tries, a.failure_code, a.due_at, a.amount
FROM attempts a
WHERE a.due_at IS NOT NULL AND CASE
    WHEN a.state = 'ready' THEN false
    WHEN a.state = 'waiting' THEN a.account_due < now() - interval '10 minutes'
        OR a.failure_code IS NOT NULL AND a.due_at > now() + interval '5 minutes'
    WHEN a.state IN ('paid', 'failed', 'returning', 'returned') THEN a.due_at > now() + interval '5 minutes'
    ELSE a.tries >= 5 OR a.due_at > now() + interval '5 minutes' END
UNION ALL
SELECT 'refund', r.id, r.exhibition_id, r.order_number, r.refund_id, r.kind, r.state, r.created_at, r.tries, r.failure_code,
    r.due_at, r.amount
FROM refunds r
WHERE r.due_at IS NOT NULL AND CASE r.state
    WHEN 'noted' THEN r.created_at < now() - interval '10 minutes'
    ELSE r.tries >= 5 AND r.state <> 'voided' AND r.created_at < now() - interval '1 minute' OR r.due_at > now() + interval '5 minutes' END
  OR r.state = 'needs_account'
  -- refused by the provider, and nothing has been given back since
  OR r.state = 'rejected' AND r.failure_code NOT IN ('INVALID_STATE', 'NOT_FOUND') AND r.done_at > now() - interval '30 days'
     AND NOT EXISTS (SELECT FROM refunds x WHERE x.attempt = r.attempt AND x.id > r.id AND x.state = 'done')
  -- a part was cancelled in the provider's console: nobody knows for which tickets
  OR r.kind = 'external' AND r.state = 'done' AND r.done_at > now() - interval '30 days'
     AND EXISTS (SELECT FROM attempts a WHERE a.id = r.attempt AND a.balance > 0);

-- Rows whose step is due and that nobody holds, now held by p_owner. Whoever held one before did not say how far they came.
CREATE FUNCTION claim_attempts(p_owner text, p_lease_seconds int, p_limit int) RETURNS SETOF attempts
LANGUAGE sql SET search_path = payment AS $$
    UPDATE attempts a SET tries = a.tries + (a.lease_owner IS NOT NULL)::int, lease_owner = p_owner,
        lease_until = now() + make_interval(secs => p_lease_seconds)
    FROM (SELECT id FROM attempts WHERE due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
          ORDER BY due_at LIMIT p_limit FOR UPDATE SKIP LOCKED) d
    WHERE a.id = d.id RETURNING a.*
$$;
CREATE FUNCTION claim_refunds(p_owner text, p_lease_seconds int, p_limit int) RETURNS SETOF refunds
LANGUAGE sql SET search_path = payment AS $$
    UPDATE refunds r SET tries = r.tries + (r.lease_owner IS NOT NULL)::int, lease_owner = p_owner,
        lease_until = now() + make_interval(secs => p_lease_seconds)
    FROM (SELECT id FROM refunds WHERE due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
          ORDER BY due_at LIMIT p_limit FOR UPDATE SKIP LOCKED) d
    WHERE r.id = d.id RETURNING r.*
$$;

GRANT SELECT, INSERT, UPDATE ON attempts, refunds TO svc_payment; -- never deleted
GRANT SELECT, INSERT, DELETE ON webhooks, idempotency TO svc_payment;
GRANT SELECT, INSERT ON ledger, events TO svc_payment;            -- never changed
GRANT SELECT, INSERT, UPDATE ON reconciliations TO svc_payment;
GRANT SELECT ON moves, postings, sagas, stuck TO svc_payment;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA payment TO svc_payment;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA payment FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA payment TO svc_payment;
