-- One schema and one login role per service. A role sees its own schema only; its password is set by the runner.
DO $$
DECLARE
    svc text;
BEGIN
    FOREACH svc IN ARRAY ARRAY['booking', 'payment', 'notify', 'entrance', 'admin'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'svc_' || svc) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', 'svc_' || svc);
        END IF;
        EXECUTE format('CREATE SCHEMA %I', svc);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', svc, 'svc_' || svc);
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I', 'svc_' || svc, current_database(), svc);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), 'svc_' || svc);
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
