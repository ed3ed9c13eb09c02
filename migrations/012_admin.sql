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
CREATE TABLE admin_users (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username         text COLLATE "C" NOT NULL UNIQUE CHECK (username ~ '^[a-z0-9._-]{2,100}$'),
    password_hash    text NOT NULL,
    exhibition_codes text[] NOT NULL CHECK (cardinality(exhibition_codes) BETWEEN 1 AND 30), -- '{*}': all
    role             text NOT NULL CHECK (role IN ('viewer', 'staff', 'finance', 'manager', 'superadmin')),
    is_active        boolean NOT NULL DEFAULT true,
    last_login       timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    version          bigint NOT NULL DEFAULT 1, -- of what its facts tell
    otp_secret       text,                      -- sealed for this row; NULL: no second factor
    otp_confirmed_at timestamptz,               -- from then on it is asked for
    otp_step         bigint NOT NULL DEFAULT 0, -- the last one used; it and older ones are refused
    CHECK (role <> 'superadmin' OR exhibition_codes = '{*}'),
    CHECK (otp_confirmed_at IS NULL OR otp_secret IS NOT NULL)
) WITH (fillfactor = 80);

-- One-time codes for whoever lost the second factor; a used one is gone.
CREATE TABLE recovery_codes (
    user_id   bigint NOT NULL REFERENCES admin_users ON DELETE CASCADE,
    code_hash text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

-- Failed tries, by a keyed hash of the name: names that do not exist have them too, so that nobody learns which do; and what is
-- typed as a name may be a password. Forgotten after a day.
CREATE TABLE login_failures (
    name_hash    text COLLATE "C" PRIMARY KEY,
    failures     integer NOT NULL DEFAULT 0,
    last_at      timestamptz NOT NULL DEFAULT now(),
    locked_until timestamptz
) WITH (fillfactor = 70);
CREATE INDEX idx_login_failures_last_at ON login_failures (last_at);

-- Outlive their account, so that the gateway hears of their end.
CREATE TABLE sessions (
    id          text COLLATE "C" PRIMARY KEY,
    user_id     bigint NOT NULL,
    version     bigint NOT NULL DEFAULT 1,      -- access tokens of lower ones are refused
    generation  bigint NOT NULL DEFAULT 1,      -- of the refresh token that is good
    refresh_key text,                           -- hash of the idempotency key that made it
    otp         boolean NOT NULL DEFAULT false, -- the second factor was shown
    client      text NOT NULL,
    user_agent  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    used_at     timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    changed_at  timestamptz                     -- of version or ended_at
) WITH (fillfactor = 70);
CREATE INDEX idx_sessions_user_id ON sessions (user_id, used_at DESC) WHERE ended_at IS NULL;
CREATE INDEX idx_sessions_ended_at ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX idx_sessions_changed_at ON sessions (changed_at) WHERE changed_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON admin_users, recovery_codes, login_failures, sessions TO svc_admin;
