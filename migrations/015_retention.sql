-- When personal data goes, in all five schemas (docs/retention.md has the table in words). Rules are functions of one shape,
--   (place, limit, due) → (looked, erased, place)
-- which look at the next rows behind a place, in the order of the table's key, and erase those that are due: personal members
-- become empty, the row and what it says of money and entry stay. `due`: ids of exhibitions, or a moment. common/retention.h
-- walks them to the end.

-- ---- what every service has ----

DO $$
DECLARE
    s text;
BEGIN
    FOREACH s IN ARRAY ARRAY['booking', 'payment', 'entrance', 'notify', 'admin'] LOOP
        EXECUTE format($f$
            -- How far each rule is, and which exhibitions its walk knew of.
            CREATE TABLE %1$I.retention_walks (
                rule        text PRIMARY KEY,
                place       text NOT NULL DEFAULT '',
                exhibitions integer[] NOT NULL,
                ended_at    timestamptz -- NULL: under way
            );
            GRANT SELECT, INSERT, UPDATE ON %1$I.retention_walks TO %2$I;

            -- The object with these of its members as given; it gets none that it does not have.
            CREATE FUNCTION %1$I.blank(p_object jsonb, p_members jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $g$
                SELECT p_object || coalesce((SELECT jsonb_object_agg(m.key, m.value) FROM jsonb_each(p_members) m
                                             WHERE p_object ? m.key), '{}')
            $g$;
            REVOKE ALL ON FUNCTION %1$I.blank FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION %1$I.blank TO %2$I;
        $f$, s, 'svc_' || s);
    END LOOP;
END $$;

-- Makes the function p_schema.p_name of a rule.
--   p_due    type of its third parameter, which p_where and p_set know as `due`
--   p_key    columns of the key, with their types: 'xid xid8, id bigint'; p_with: more that find the row
--   p_old    the column of a row's age: the walk stops at the first row that is not older than `due`; NULL: it looks at all
--   p_where  which of the rows looked at (t) are due; p_set: what becomes of them; NULL: they go
CREATE FUNCTION pg_temp.make_rule(p_schema text, p_name text, p_due text, p_table text, p_key text, p_with text, p_old text,
                                  p_where text, p_set text) RETURNS void LANGUAGE plpgsql AS $make$
DECLARE
    v_columns text[] := ARRAY(SELECT split_part(k, ' ', 1) FROM regexp_split_to_table(p_key, ', ') k);
    v_types text[] := ARRAY(SELECT split_part(k, ' ', 2) FROM regexp_split_to_table(p_key, ', ') k);
    v_ours text := (SELECT string_agg('t.' || c, ', ') FROM unnest(v_columns) c);
    v_pages text := (SELECT string_agg('p.' || c, ', ') FROM unnest(v_columns) c);
    v_place text := (SELECT string_agg(format('split_part(v_place, ''|'', %s)::%s', i, v_types[i]), ', ')
                     FROM generate_subscripts(v_types, 1) i);
    v_first text := (SELECT string_agg(CASE t WHEN 'text' THEN '' ELSE '0' END, '|')
                     FROM unnest(v_types) t);
    v_all text[] := v_columns || CASE WHEN p_with IS NULL THEN '{}'::text[] ELSE ARRAY[p_with] END;
BEGIN
    EXECUTE format($f$
        CREATE FUNCTION %1$I.%2$I(p_place text, p_limit int, due %3$s, OUT looked int, OUT erased int, OUT place text)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $g$
        DECLARE
            v_place text := coalesce(nullif(p_place, ''), %4$L);
        BEGIN
            WITH next AS MATERIALIZED (
                SELECT %5$s, %6$s AS old FROM %7$I t WHERE (%8$s) > (%9$s) ORDER BY %8$s LIMIT p_limit
            ), page AS MATERIALIZED (
                SELECT * FROM (SELECT p.*, bool_and(p.old) OVER (ORDER BY %10$s) AS all_old FROM next p) p WHERE p.all_old
            ), done AS (
                %11$s %12$s AND (%13$s) RETURNING 1
            )
            SELECT (SELECT count(*) FROM page), (SELECT count(*) FROM done),
                   coalesce((SELECT concat_ws('|', %10$s) FROM page p ORDER BY row(%10$s) DESC LIMIT 1), v_place)
            INTO looked, erased, place;
        END $g$;
        REVOKE ALL ON FUNCTION %1$I.%2$I FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION %1$I.%2$I TO %14$I;
    $f$, p_schema, p_name, p_due, v_first, (SELECT string_agg('t.' || c, ', ') FROM unnest(v_all) c),
         CASE WHEN p_old IS NULL THEN 'true' ELSE format('t.%I < due', p_old) END, p_table, v_ours, v_place, v_pages,
         CASE WHEN p_set IS NULL THEN format('DELETE FROM %I t USING page p WHERE', p_table)
              ELSE format('UPDATE %I t SET %s FROM page p WHERE', p_table, p_set) END,
         (SELECT string_agg(format('t.%1$I = p.%1$I', c), ' AND ') FROM unnest(v_all) c), p_where, 'svc_' || p_schema);
END $make$;

-- ---- booking ----
SET LOCAL search_path = booking, pg_temp;

-- '': erased.
ALTER TABLE orders DROP CONSTRAINT orders_customer_phone_check,
    ADD CONSTRAINT orders_customer_phone_check CHECK (customer_phone ~ '^([0-9]{8,15})?$') NOT VALID;

SELECT pg_temp.make_rule('booking', 'erase_unpaid_orders', 'int[]', 'orders', 'id bigint', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND t.customer_phone <> '' AND t.status IN ('cancelled', 'expired')
      AND NOT EXISTS (SELECT FROM tickets k WHERE k.order_id = t.id)
      AND NOT EXISTS (SELECT FROM payment_attempts a WHERE a.order_id = t.id AND a.verdict IS DISTINCT FROM 'failed')$$,
    $$customer_name = '', customer_phone = '', customer_email = NULL, memo = NULL$$);
SELECT pg_temp.make_rule('booking', 'erase_memos', 'int[]', 'orders', 'id bigint', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND t.memo IS NOT NULL$$, $$memo = NULL$$);
-- A phone that holds nothing. The others are those of orders.
SELECT pg_temp.make_rule('booking', 'erase_phone_counters', 'int[]', 'phone_counters', 'exhibition_id int, phone text', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND t.tickets = 0$$, NULL);
SELECT pg_temp.make_rule('booking', 'erase_lookup_locks', 'int[]', 'lookup_locks', 'order_id bigint', NULL, NULL,
    $$EXISTS (SELECT FROM orders o WHERE o.id = t.order_id AND o.exhibition_id = ANY (due))$$, NULL);
-- What was told of an order says as little as its row.
SELECT pg_temp.make_rule('booking', 'erase_order_events', 'int[]', 'events', 'xid xid8, id bigint', 'created_at', NULL,
    $$t.type LIKE 'order.%' AND t.payload ->> 'customer_phone' <> '' AND EXISTS (
        SELECT FROM orders o WHERE o.order_number = t.entity AND o.customer_phone = '' AND o.exhibition_id = ANY (due))$$,
    $$payload = blank(t.payload, '{"customer_name": "", "customer_phone": "", "customer_email": null, "reason": null}')$$);

-- The orders that are left: what was sold and for how much stays, to whom goes. Their places stay counted, as those of nobody.
-- Lock order: orders by id, phone counters sorted.
CREATE FUNCTION erase_contracts(p_place text, p_limit int, due int[], OUT looked int, OUT erased int, OUT place text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = booking, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_page bigint[] := ARRAY(SELECT o.id FROM orders o WHERE o.id > coalesce(nullif(p_place, ''), '0')::bigint
                             ORDER BY o.id LIMIT p_limit);
    v_ids bigint[] := ARRAY(SELECT o.id FROM orders o WHERE o.id = ANY (v_page) AND o.exhibition_id = ANY (due)
                            AND o.customer_phone <> '' AND o.status NOT IN ('reserved', 'paying', 'awaiting_deposit')
                            ORDER BY o.id FOR UPDATE);
    v_held phone_counters[];
BEGIN
    SELECT array_agg(ROW(h.exhibition_id, h.phone, h.tickets)::phone_counters ORDER BY h.exhibition_id, h.phone) INTO v_held
    FROM (SELECT o.exhibition_id, o.customer_phone AS phone, count(k.id) AS tickets
          FROM orders o LEFT JOIN tickets k ON k.order_id = o.id AND k.status <> 'void' AND o.status NOT IN ('cancelled', 'expired')
          WHERE o.id = ANY (v_ids) GROUP BY 1, 2) h;
    INSERT INTO phone_counters AS c (exhibition_id, phone, tickets)
    SELECT h.exhibition_id, '', sum(h.tickets) FROM unnest(v_held) h GROUP BY 1 ORDER BY 1
    ON CONFLICT (exhibition_id, phone) DO UPDATE SET tickets = c.tickets + excluded.tickets;
    UPDATE phone_counters c SET tickets = c.tickets - h.tickets FROM unnest(v_held) h
    WHERE c.exhibition_id = h.exhibition_id AND c.phone = h.phone;
    DELETE FROM phone_counters c USING unnest(v_held) h
    WHERE c.exhibition_id = h.exhibition_id AND c.phone = h.phone AND c.tickets = 0;
    UPDATE orders SET customer_name = '', customer_phone = '', customer_email = NULL, memo = NULL WHERE id = ANY (v_ids);
    looked := cardinality(v_page);
    erased := cardinality(v_ids);
    place := coalesce(v_page[looked]::text, p_place);
END $$;
REVOKE ALL ON FUNCTION erase_contracts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_contracts TO svc_booking;

-- ---- payment ----
SET LOCAL search_path = payment, pg_temp;

-- The account that a buyer was to pay into. The account a refund goes to: 30 days after the refund, by svc-payment itself.
SELECT pg_temp.make_rule('payment', 'erase_unpaid_attempts', 'int[]', 'attempts', 'id bigint', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND t.state = 'failed' AND NOT EXISTS (SELECT FROM ledger l WHERE l.attempt = t.id)
      AND num_nonnulls(t.bank, t.account_number, t.account_holder, t.failure_message) > 0$$,
    $$bank = NULL, account_number = NULL, account_holder = NULL, failure_message = NULL$$);
SELECT pg_temp.make_rule('payment', 'erase_attempts', 'int[]', 'attempts', 'id bigint', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND t.state IN ('paid', 'failed', 'returned')
      AND num_nonnulls(t.bank, t.account_number, t.account_holder, t.failure_message, t.receipt_url) > 0$$,
    $$bank = NULL, account_number = NULL, account_holder = NULL, failure_message = NULL, receipt_url = NULL$$);
-- A wish to give back what was never paid.
SELECT pg_temp.make_rule('payment', 'erase_dropped_refunds', 'int[]', 'refunds', 'id bigint', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND t.state = 'dropped' AND t.reason <> ''$$, $$reason = ''$$);
SELECT pg_temp.make_rule('payment', 'erase_refunds', 'int[]', 'refunds', 'id bigint', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND t.state IN ('done', 'rejected', 'dropped', 'needs_account') AND (t.reason <> '' OR num_nonnulls(t.failure_message, t.account) > 0)$$,
    $$reason = '', failure_message = NULL, account = NULL$$);
SELECT pg_temp.make_rule('payment', 'erase_payment_events', 'int[]', 'events', 'xid xid8, id bigint', 'created_at', NULL,
    $$t.payload ->> 'account_number' IS NOT NULL AND EXISTS (SELECT FROM attempts a
          WHERE a.attempt_id = t.entity AND a.account_number IS NULL AND a.exhibition_id = ANY (due))
      OR t.type LIKE 'refund.%' AND t.payload ->> 'reason' <> '' AND EXISTS (SELECT FROM refunds r
          WHERE r.refund_id = t.entity AND r.reason = '' AND r.exhibition_id = ANY (due))$$,
    $$payload = blank(t.payload, '{"bank": null, "account_number": null, "account_holder": null, "reason": ""}')$$);

-- ---- entrance ----
SET LOCAL search_path = entrance, pg_temp;

SELECT pg_temp.make_rule('entrance', 'erase_names', 'int[]', 'orders', 'id bigint', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND t.customer_name <> ''$$, $$customer_name = ''$$);
-- The answer names whoever came. That of an offline scan is one word, by which its repeat is known.
SELECT pg_temp.make_rule('entrance', 'erase_scans', 'int[]', 'scans', 'id bigint', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND (NOT t.offline AND t.answer IS NOT NULL OR t.undo_reason IS NOT NULL)$$,
    $$answer = CASE WHEN t.offline THEN t.answer END, undo_reason = NULL$$);
SELECT pg_temp.make_rule('entrance', 'erase_devices', 'int[]', 'devices', 'id int', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND (t.name <> '-' OR t.enroll_hash IS NOT NULL OR t.revoked_at IS NULL)$$,
    $$name = '-', enroll_hash = NULL, revoked_at = coalesce(t.revoked_at, now())$$);

-- ---- notify ----
SET LOCAL search_path = notify, pg_temp;

SELECT pg_temp.make_rule('notify', 'erase_messages', 'int[]', 'messages', 'id bigint', NULL, NULL,
    $$t.exhibition_id = ANY (due) AND t.ended_at IS NOT NULL AND (t.phone <> '' OR t.vars <> '{}')$$, $$phone = '', vars = '{}'$$);
SELECT pg_temp.make_rule('notify', 'erase_facts', 'int[]', 'facts', 'source text, entity text', NULL, NULL,
    $$t.order_number IS NOT NULL AND (t.state ->> 'exhibition_id')::int = ANY (due)
      AND (t.state ->> 'customer_phone' <> '' OR t.state ->> 'account_number' IS NOT NULL OR t.state ->> 'reason' <> '')$$,
    $$state = blank(t.state, '{"customer_name": "", "customer_phone": "", "bank": null, "account_number": null,
                               "account_holder": null, "reason": ""}')$$);

-- ---- admin ----
SET LOCAL search_path = admin, pg_temp;

-- The log of audit: its texts. The chain over their digests stays whole.
CREATE INDEX idx_audit_texts_kept ON audit_texts (seq) WHERE erased_at IS NULL;
CREATE FUNCTION erase_audit_log(p_place text, p_limit int, due timestamptz, OUT looked int, OUT erased int, OUT place text)
LANGUAGE sql SECURITY DEFINER SET search_path = admin, pg_temp AS $$
    SELECT e.n, e.n, p_place FROM (SELECT audit_erase(round(extract(epoch FROM now() - due) / 86400)::int, p_limit)::int AS n) e
$$;
REVOKE ALL ON FUNCTION erase_audit_log FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_audit_log TO svc_admin;

-- A run of all rules of all services. Whoever works on it renews the lease; one that nobody works on is taken up again.
CREATE TABLE retention_runs (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    requested_by   bigint NOT NULL,       -- staff; 0: the clock
    begun_at       timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz,
    kept_days      integer NOT NULL,      -- the times it goes by
    contract_years integer NOT NULL,
    text_days      integer NOT NULL,
    steps          integer NOT NULL DEFAULT 0,
    erased         jsonb NOT NULL DEFAULT '[]', -- [{"service","what","rule","rows"}]
    missing        text[] NOT NULL DEFAULT '{}', -- services that did not answer: for them there will be another run
    lease_owner    text COLLATE "C",
    lease_until    timestamptz
);
CREATE UNIQUE INDEX one_open_run ON retention_runs ((true)) WHERE ended_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON retention_runs TO svc_admin;

-- ---- all ----

-- What was noted about acts of staff, where it was first told.
SELECT pg_temp.make_rule(s, 'erase_audit_texts', 'timestamptz', 'events', 'xid xid8, id bigint', 'created_at', 'created_at',
    $$t.type = 'audit' AND t.payload <> blank(t.payload, '{"before": null, "after": null, "reason": null, "client": null}')$$,
    $$payload = blank(t.payload, '{"before": null, "after": null, "reason": null, "client": null}')$$)
FROM unnest(ARRAY['booking', 'payment', 'entrance', 'notify', 'admin']) s;

-- Events that nobody could apply.
SELECT pg_temp.make_rule(s, 'erase_parked_events', 'timestamptz', 'parked_events', 'id bigint', NULL, 'parked_at', 'true',
    $$payload = blank(t.payload, '{"customer_name": "", "customer_phone": "", "customer_email": null, "bank": null,
        "account_number": null, "account_holder": null, "reason": null, "before": null, "after": null, "client": null}')$$)
FROM unnest(ARRAY['entrance', 'notify', 'admin']) s;
