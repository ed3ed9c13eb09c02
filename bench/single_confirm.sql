-- Baseline: a confirm as one transaction per step, with the functions, tables and indexes of the real path and nobody asked in
-- between: four moves of the attempt, two calls to booking. Client c takes the payments c * each ... of bench.flows, one a time.
\set n :client_id * :each + :i
\set i :i + 1
SELECT a.id, a.attempt_id, a.attempt_id || '.' || a.fence AS fenced, a.order_number, a.amount, a.version
FROM bench.flows f JOIN payment.attempts a USING (attempt_id) WHERE f.n = :n \gset
SELECT version FROM payment.move_attempts(ARRAY[:id::bigint], ARRAY[:version::bigint], ARRAY[false], ARRAY['beginning'],
    ARRAY['{}'::jsonb], ARRAY[now()], ARRAY[75], 'bench') \gset
SELECT count(*) FROM booking.payment_steps(ARRAY['begin_payment'], ARRAY[:fenced::text], ARRAY[:order_number::text], ARRAY[NULL::text],
    ARRAY[NULL::text], ARRAY[NULL::text], ARRAY[NULL::text], ARRAY['false'], ARRAY[:amount::bigint], ARRAY[0::bigint]);
SELECT version FROM payment.move_attempts(ARRAY[:id::bigint], ARRAY[:version::bigint], ARRAY[false], ARRAY['sent'],
    ARRAY[jsonb_build_object('confirmed_at', now())], ARRAY[now()], ARRAY[75], 'bench') \gset
SELECT version FROM payment.move_attempts(ARRAY[:id::bigint], ARRAY[:version::bigint], ARRAY[false], ARRAY['captured'],
    ARRAY[jsonb_build_object('balance', :amount::bigint, 'approved_at', now(), 'looked_at', now(), 'method', 'card',
        'receipt_url', 'http://127.0.0.1/receipt', 'transaction_key', :attempt_id::text)], ARRAY[now()], ARRAY[75], 'bench') \gset
SELECT count(*) FROM booking.payment_steps(ARRAY['mark_paid'], ARRAY[:fenced::text], ARRAY[:order_number::text], ARRAY['card'],
    ARRAY[:attempt_id::text], ARRAY[NULL::text], ARRAY[NULL::text], ARRAY['false'], ARRAY[:amount::bigint], ARRAY[0::bigint]);
SELECT version FROM payment.move_attempts(ARRAY[:id::bigint], ARRAY[:version::bigint], ARRAY[false], ARRAY['paid'],
    ARRAY['{}'::jsonb], ARRAY[NULL::timestamptz], ARRAY[0], 'bench') \gset
