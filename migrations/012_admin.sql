-- admin: accounts, sessions, and what svc-admin keeps like every service (design §5). Written by svc-admin alone.
SET LOCAL search_path = admin, pg_temp;

-- The tables every service has.
CREATE TABLE idempotency (LIKE notify.idempotency INCLUDING ALL);
CREATE TABLE events (LIKE notify.events INCLUDING ALL);
CREATE TABLE consumer_cursors (LIKE notify.consumer_cursors INCLUDING ALL);
CREATE TABLE parked_events (LIKE notify.parked_events INCLUDING ALL);
CREATE FUNCTION emit(p_type text, p_entity text, p_version bigint, p_payload jsonb) RETURNS void
LANGUAGE sql SET search_path = admin AS $$
    INSERT INTO events (type, entity, version, payload) VALUES (p_type, p_entity, p_version, p_payload)
$$;
GRANT SELECT, INSERT ON events TO svc_admin; -- never changed
GRANT SELECT, INSERT, UPDATE ON consumer_cursors TO svc_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency, parked_events TO svc_admin;
REVOKE ALL ON FUNCTION emit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION emit TO svc_admin;

-- ---- accounts ----
