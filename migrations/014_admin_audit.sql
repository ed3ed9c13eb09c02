-- admin: the log of who did what (design §5). One chain over the facts of all services; what persons wrote or were is apart
-- from it and can be erased without breaking it. admin-audit recomputes everything.
SET LOCAL search_path = admin, pg_temp;

-- Rows are added by audit_append() alone, and never changed.
CREATE TABLE audit_log (
    seq             bigint PRIMARY KEY,             -- 1, 2, 3 …: a number that is missing was taken away
    source          text NOT NULL,                  -- the service that told it …
    source_event    bigint NOT NULL,                -- … and the id of the event in its schema
    at              timestamptz NOT NULL,           -- of the change
    action          text NOT NULL,                  -- the call: "product.update"
    entity          text COLLATE "C" NOT NULL,      -- "product:12", an order number …
    exhibition_code text COLLATE "C",               -- NULL: it is about none
    user_id         bigint,                         -- NULL: nobody of the staff; with role 'device' the id of the scanner
    role            text NOT NULL,
    digest          text COLLATE "C" NOT NULL,      -- of its texts: sha256 of salt and body
    hash            text COLLATE "C" NOT NULL,      -- sha256 of the hash before it and of audit_row_text()
    UNIQUE (source, source_event)
);
CREATE INDEX idx_audit_log_exhibition ON audit_log (exhibition_code, seq);
CREATE INDEX idx_audit_log_entity ON audit_log (entity, seq);
CREATE INDEX idx_audit_log_user ON audit_log (user_id, seq);
CREATE INDEX idx_audit_log_at ON audit_log (at);

-- Without the salt nobody can try out which text had the digest.
CREATE TABLE audit_texts (
    seq       bigint PRIMARY KEY,
    salt      text,
    body      jsonb,       -- before, after, reason, client, request_id, username
    erased_at timestamptz, -- salt and body are gone since
    CHECK ((erased_at IS NULL) = (salt IS NOT NULL) AND (salt IS NULL) = (body IS NULL))
);

-- The last row; whoever appends holds it.
CREATE TABLE audit_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    seq    bigint NOT NULL,
    hash   text NOT NULL
);
INSERT INTO audit_head (seq, hash) VALUES (0, '');

-- Who accounts were that are gone: facts of theirs may come later.
CREATE TABLE audit_names (
    user_id  bigint PRIMARY KEY,
    username text NOT NULL,
    gone_at  timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION keep_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = admin, pg_temp AS $$
BEGIN
    INSERT INTO audit_names (user_id, username) VALUES (OLD.id, OLD.username) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_name AFTER DELETE ON admin_users FOR EACH ROW EXECUTE FUNCTION keep_name();

-- Everything is hashed as text, and hashes are hexadecimal digits: anybody can do it again with sha256sum.
CREATE FUNCTION audit_hash(p_before text, p_text text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = admin, pg_temp AS $$
    SELECT encode(sha256(convert_to(p_before || p_text, 'UTF8')), 'hex')
$$;

-- What is hashed of a row. svc-admin/audit_check_store.c says the same in its own words: it does not believe this one.
CREATE FUNCTION audit_row_text(l audit_log) RETURNS text
LANGUAGE sql STABLE SET search_path = admin, pg_temp AS $$
    SELECT jsonb_build_array(l.seq, l.source, l.source_event, (extract(epoch FROM l.at) * 1000)::bigint, l.action, l.entity,
        l.exhibition_code, l.user_id, l.role, l.digest)::text
$$;

-- Facts of one service, in order: event ids, times, entities and payloads of its events of type "audit". One that is there
-- already is passed over.
CREATE FUNCTION audit_append(p_source text, p_events bigint[], p_at timestamptz[], p_entities text[], p_facts jsonb[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = admin, pg_temp AS $$
DECLARE
    head audit_head;
    fact record;
    words audit_texts;
    line audit_log;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    FOR fact IN
        SELECT t.*, t.payload ->> 'role' AS role, nullif((t.payload ->> 'user_id')::bigint, 0) AS user_id
        FROM unnest(p_events, p_at, p_entities, p_facts) WITH ORDINALITY t (event, at, entity, payload, place)
        WHERE NOT EXISTS (SELECT FROM audit_log l WHERE l.source = p_source AND l.source_event = t.event)
        ORDER BY t.place
    LOOP
        words := (head.seq + 1, gen_random_uuid()::text,
            jsonb_build_object('before', fact.payload -> 'before', 'after', fact.payload -> 'after',
                'reason', fact.payload -> 'reason', 'client', fact.payload -> 'client',
                'request_id', fact.payload -> 'request_id', 'username',
                (SELECT username FROM (SELECT id, username FROM admin_users UNION ALL SELECT user_id, username FROM audit_names) u
                    WHERE u.id = fact.user_id AND fact.role <> 'device')), NULL);
        line := (words.seq, p_source, fact.event, fact.at, fact.payload ->> 'action', fact.entity,
            fact.payload ->> 'exhibition_code', fact.user_id, fact.role,
            audit_hash(words.salt, words.body::text), NULL);
        line.hash := audit_hash(head.hash, audit_row_text(line));
        INSERT INTO audit_log SELECT line.*;
        INSERT INTO audit_texts SELECT words.*;
        head.seq := line.seq;
        head.hash := line.hash;
    END LOOP;
    UPDATE audit_head SET seq = head.seq, hash = head.hash;
END $$;

-- Erases the texts of up to p_limit facts older than p_days, and says of how many, and as old names of accounts that are gone. Planned for
-- its values: seldom anything is due.
CREATE FUNCTION audit_erase(p_days integer, p_limit integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = admin, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_before timestamptz := now() - make_interval(days => p_days);
    v_erased bigint;
BEGIN
    UPDATE audit_texts SET salt = NULL, body = NULL, erased_at = now()
    WHERE seq IN (SELECT t.seq FROM audit_texts t JOIN audit_log l USING (seq)
                  WHERE t.erased_at IS NULL AND l.at < v_before ORDER BY t.seq LIMIT p_limit FOR UPDATE OF t);
    GET DIAGNOSTICS v_erased = ROW_COUNT;
    DELETE FROM audit_names WHERE gone_at < v_before;
    RETURN v_erased;
END $$;

GRANT SELECT ON audit_log, audit_texts, audit_head TO svc_admin;
REVOKE ALL ON FUNCTION audit_append, audit_erase, audit_hash, audit_row_text, keep_name FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append, audit_erase TO svc_admin;
