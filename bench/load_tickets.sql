-- Tickets of paid orders of two: :stored of them only stored, as a busy site would have them, and :n more that svc-entrance hears of by
-- order.paid, so that their codes can be scanned. :exhibition, :product: whose.
SET synchronous_commit = off;
BEGIN;
-- Codes that nobody signed: they are never looked at, but they are as long, and in the way.
INSERT INTO entrance.orders (id, version, order_number, exhibition_id, status, customer_name, token_version, entries_version)
SELECT 1000000000 + g, 3, 'ORD20250101' || lpad(g::text, 10, '0'), :exhibition, 'paid', '홍길동', 1, 1 FROM generate_series(1, :stored / 2) g;
INSERT INTO entrance.tickets (id, order_id, exhibition_id, product_id, status)
SELECT 1000000000 + g, 1000000000 + (g + 1) / 2, :exhibition, :product, 'valid' FROM generate_series(1, :stored) g;
INSERT INTO entrance.codes (code_id, code, kind, ref, order_id, exhibition_id, version, issued_at)
SELECT decode(md5(kind || ref), 'hex'), rpad(md5(ref::text), 142, md5(kind || ref)), kind::"char", ref, order_id, :exhibition, 1, now()
FROM (SELECT 't' AS kind, id AS ref, order_id FROM entrance.tickets UNION ALL SELECT 'o', id, id FROM entrance.orders) c;
-- Booking does not know them, so it is not told of them.
INSERT INTO entrance.changes (order_id, exhibition_id) SELECT id, exhibition_id FROM entrance.orders;
UPDATE entrance.told SET xid = pg_current_xact_id(), order_id = (SELECT max(id) FROM entrance.orders);
COMMIT;
ANALYZE entrance.orders; ANALYZE entrance.tickets; ANALYZE entrance.codes; ANALYZE entrance.changes;

BEGIN;
SET LOCAL search_path = booking;
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT nextval('orders_id_seq') AS id, 'ORD20260101' || lpad(g::text, 10, '0') AS order_number FROM generate_series(1, :n / 2) g;
INSERT INTO orders (id, order_number, exhibition_id, customer_name, customer_phone, total_amount, payment_status, payment_method,
                    status, expires_at, refund_policy)
SELECT id, order_number, :exhibition, '홍길동', '01000000000', 30000, 'paid', 'card', 'paid', now(), '[]' FROM made;
INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price) SELECT id, :product, 2, 15000, 30000 FROM made;
INSERT INTO tickets (order_id, exhibition_id, product_id, price) SELECT id, :exhibition, :product, 15000 FROM made, generate_series(1, 2);
SELECT count(emit('order.paid', m.order_number, 1, s.state)) FROM made m JOIN paid_order_states s ON s.id = m.id;
COMMIT;
