-- Baseline: a scan as one transaction, with the tables and indexes of the real path: its order locked, its ticket entered, the fact, the
-- scan itself. Client c takes the tickets c * each ... of bench.tickets, one a time.
\set n :client_id * :each + :i
\set i :i + 1
BEGIN;
SELECT t.id, t.order_id FROM bench.tickets b JOIN entrance.tickets t ON t.id = b.id WHERE b.n = :n \gset
SELECT FROM entrance.orders WHERE id = :order_id FOR UPDATE;
INSERT INTO entrance.scans (scan_id, code_id, order_id, ticket_id, exhibition_id, device_id, admin_id, scanned_at, offline, verdict, claim, count, admitted, answer)
SELECT 'bench-' || :id, c.code_id, c.order_id, :id, c.exhibition_id, 'staff-1', 1, now(), false, 'allowed', true, 1, 1, '{}'
FROM entrance.codes c WHERE c.kind = 't' AND c.ref = :id AND NOT c.replaced RETURNING id AS scan \gset
UPDATE entrance.tickets SET entered_at = now(), entered_by = :scan WHERE id = :id;
WITH o AS (UPDATE entrance.orders SET entries_version = entries_version + 1, changed_in = pg_current_xact_id() WHERE id = :order_id
           RETURNING id, exhibition_id)
INSERT INTO entrance.changes (order_id, exhibition_id) SELECT id, exhibition_id FROM o;
SELECT entrance.emit('order.entered', o.order_number, o.entries_version, jsonb_build_object('order_number', o.order_number,
    'exhibition_id', o.exhibition_id, 'entered', (SELECT jsonb_agg(jsonb_build_object('ticket', id, 'at', entered_at))
    FROM entrance.tickets WHERE order_id = o.id AND entered_at IS NOT NULL))) FROM entrance.orders o WHERE o.id = :order_id;
COMMIT;
