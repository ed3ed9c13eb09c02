-- :n stored orders of the last year, as a busy site would have them: most paid, some lapsed, none open.
-- Indexes are rebuilt afterwards: loading into them takes several times as long and leaves the same pages.
SET search_path = booking;
SET maintenance_work_mem = '1GB';
SET synchronous_commit = off;
BEGIN;
DROP INDEX idx_orders_exhibition_id, idx_orders_payment_status, idx_orders_created_at, idx_orders_open, idx_orders_customer_name,
    idx_order_items_order_id;
ALTER TABLE orders DROP CONSTRAINT orders_order_number_key;
INSERT INTO orders (id, order_number, exhibition_id, customer_name, customer_phone, total_amount, payment_status, payment_method,
                    status, expires_at, refund_policy, created_at, updated_at)
SELECT g, 'ORD' || to_char(t, 'YYYYMMDD') || upper(substr(md5(g::text), 1, 10)), 2, '홍길동', '010' || (10000000 + g % 5000000),
       12000, CASE WHEN g % 5 = 0 THEN 'pending' ELSE 'paid' END, CASE WHEN g % 5 = 0 THEN NULL ELSE 'card' END,
       CASE WHEN g % 5 = 0 THEN 'expired' ELSE 'paid' END, t + interval '10 minutes', '[]', t, t
FROM (SELECT g, now() - interval '365 days' * (1 - g::float8 / (:n + 1)) AS t FROM generate_series(1, :n) g) x;
INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price, created_at)
SELECT g, 3, 1, 12000, 12000, now() FROM generate_series(1, :n) g;
INSERT INTO phone_counters (exhibition_id, phone, tickets)
SELECT 2, '010' || (10000000 + p), 1 FROM generate_series(0, least(:n, 5000000) - 1) p;
ALTER TABLE orders ADD CONSTRAINT orders_order_number_key UNIQUE (order_number);
CREATE INDEX idx_orders_exhibition_id ON orders (exhibition_id, created_at);
CREATE INDEX idx_orders_payment_status ON orders (payment_status);
CREATE INDEX idx_orders_created_at ON orders (created_at);
CREATE INDEX idx_orders_open ON orders (expires_at) WHERE status IN ('reserved', 'paying', 'awaiting_deposit');
CREATE INDEX idx_orders_customer_name ON orders (customer_name COLLATE "C");
CREATE INDEX idx_order_items_order_id ON order_items (order_id);
SELECT setval('orders_id_seq', :n);
COMMIT;
VACUUM (ANALYZE) orders;
VACUUM (ANALYZE) order_items;
VACUUM (ANALYZE) phone_counters;
CHECKPOINT;
