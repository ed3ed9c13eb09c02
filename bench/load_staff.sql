-- :n stored orders of the last year in 20 exhibitions, as staff look through them: all states, two kinds of tickets, names and
-- phones that repeat, with the figures they make. None is due to lapse. Indexes are rebuilt afterwards, as in load_orders.sql.
SET search_path = booking;
SET maintenance_work_mem = '1GB';
SET synchronous_commit = off;
SET session_replication_role = replica; -- what is loaded agrees with itself
BEGIN;
DROP INDEX idx_orders_exhibition_id, idx_orders_payment_status, idx_orders_created_at, idx_orders_open, idx_orders_cancelled,
    idx_orders_cancelled_of, idx_orders_customer_name, idx_order_items_order_id, idx_tickets_order_id;
ALTER TABLE orders DROP CONSTRAINT orders_order_number_key;

CREATE TEMP TABLE made ON COMMIT DROP AS
WITH e AS (
    INSERT INTO exhibitions (code, name, start_date, end_date)
    SELECT 'load-' || g, '전시 ' || g, current_date - 400, current_date + 100 FROM generate_series(1, 20) g RETURNING id, code
), p AS (
    INSERT INTO products (exhibition_id, pool_id, name, type, price)
    SELECT e.id, nextval('pools_id_seq'), t.name, t.type, t.price
    FROM e, (VALUES ('성인', 'adult', 15000), ('어린이', 'child', 9000)) t (name, type, price)
    RETURNING id, exhibition_id, pool_id, type
), stock AS (
    INSERT INTO pools (id, exhibition_id, total, available) SELECT pool_id, exhibition_id, :n, 0 FROM p
)
SELECT row_number() OVER (ORDER BY e.id) - 1 AS k, e.id AS exhibition_id, min(p.id) FILTER (WHERE p.type = 'adult') AS adult,
       min(p.id) FILTER (WHERE p.type = 'child') AS child
FROM e JOIN p ON p.exhibition_id = e.id GROUP BY e.id;

-- Of 100 orders; none is open any more but some of the last. An order's adults and children follow from its number.
CREATE TEMP TABLE states (upto int, status text, payment_status text) ON COMMIT DROP;
INSERT INTO states VALUES (70, 'paid', 'paid'), (75, 'partially_cancelled', 'partially_refunded'), (80, 'cancelled', 'refunded'),
    (82, 'cancelled', 'pending'), (98, 'expired', 'pending'), (99, 'reserved', 'pending'), (100, 'awaiting_deposit', 'waiting_for_deposit');
INSERT INTO orders (id, order_number, exhibition_id, customer_name, customer_phone, total_amount, payment_status, payment_method,
                    status, visit_date, expires_at, refund_policy, created_at, updated_at)
SELECT g, 'ORD' || to_char(t AT TIME ZONE 'Asia/Seoul', 'YYYYMMDD') || translate(upper(substr(h, 1, 10)), 'ILOU', '1LOV'), m.exhibition_id,
       substr('김이박최정강조윤장임한오서신권황안송류홍', 1 + g % 20, 1) || substr('민서지도하준예수현', 1 + g / 20 % 9, 1)
           || substr('서윤준우은원진영호연경희', 1 + g / 180 % 12, 1),
       '010' || lpad((('x' || substr(h, 11, 7))::bit(28)::int % 30000000 + 10000000)::text, 8, '0'),
       15000 * (1 + g % 2) + 9000 * (g % 3), s.payment_status, CASE WHEN s.payment_status = 'pending' THEN NULL ELSE 'card' END,
       s.status, t::date + 7, greatest(t, now() + interval '1 day'), '[]', t, t
FROM (SELECT g, h, ('x' || substr(h, 18, 6))::bit(24)::int % 20 AS k, ('x' || substr(h, 24, 6))::bit(24)::int % (98 + 2 * (g > :n * 0.98)::int) AS of_100,
             now() - interval '365 days' * (1 - g::float8 / (:n + 1)) AS t
      FROM generate_series(1, :n) g, md5(g::text) h) x
JOIN made m USING (k)
JOIN LATERAL (SELECT * FROM states WHERE of_100 < upto ORDER BY upto LIMIT 1) s ON true
ORDER BY g;
INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price)
SELECT o.id, w.product, w.quantity, w.price, w.quantity * w.price
FROM orders o JOIN made m USING (exhibition_id),
     LATERAL (VALUES (m.adult, 1 + (o.id % 2)::int, 15000), (m.child, (o.id % 3)::int, 9000)) w (product, quantity, price)
WHERE w.quantity > 0 ORDER BY o.id;
INSERT INTO tickets (order_id, exhibition_id, product_id, price, status)
SELECT o.id, o.exhibition_id, i.product_id, i.unit_price, CASE o.status WHEN 'cancelled' THEN 'void' ELSE 'valid' END
FROM orders o JOIN made m USING (exhibition_id) JOIN order_items i ON i.order_id = o.id, generate_series(1, i.quantity)
WHERE o.payment_status IN ('paid', 'partially_refunded', 'refunded') ORDER BY o.id;

ALTER TABLE orders ADD CONSTRAINT orders_order_number_key UNIQUE (order_number);
CREATE INDEX idx_orders_exhibition_id ON orders (exhibition_id, created_at);
CREATE INDEX idx_orders_payment_status ON orders (payment_status);
CREATE INDEX idx_orders_created_at ON orders (created_at);
CREATE INDEX idx_orders_open ON orders (expires_at) WHERE status IN ('reserved', 'paying', 'awaiting_deposit');
CREATE INDEX idx_orders_cancelled ON orders (created_at) WHERE status IN ('cancelled', 'partially_cancelled');
CREATE INDEX idx_orders_cancelled_of ON orders (exhibition_id, created_at) WHERE status IN ('cancelled', 'partially_cancelled');
CREATE INDEX idx_orders_customer_name ON orders (customer_name COLLATE "C");
CREATE INDEX idx_order_items_order_id ON order_items (order_id);
CREATE INDEX idx_tickets_order_id ON tickets (order_id);
SELECT setval('orders_id_seq', :n);

SET LOCAL search_path = admin, booking;
INSERT INTO figure_exhibitions (id, version, code, gone)
SELECT e.id, e.version, e.code, false FROM exhibitions e JOIN made m ON m.exhibition_id = e.id ON CONFLICT DO NOTHING;
INSERT INTO figure_products (id, version, exhibition_id, name, type, gone)
SELECT p.id, p.version, p.exhibition_id, p.name, p.type, false FROM products p JOIN made USING (exhibition_id) ON CONFLICT DO NOTHING;
INSERT INTO figure_orders (order_number, version, exhibition_id, hour, state, amount, product_id, tickets, revenue)
SELECT o.order_number, o.version, o.exhibition_id, date_trunc('hour', o.created_at, 'Asia/Seoul'),
       CASE WHEN o.payment_status IN ('paid', 'partially_refunded', 'refunded') THEN 's' WHEN o.status IN ('reserved', 'awaiting_deposit') THEN 'h'
            ELSE '-' END, o.total_amount, i.product_id, i.tickets, i.revenue
FROM orders o JOIN made USING (exhibition_id),
     LATERAL (SELECT array_agg(i.product_id) AS product_id, array_agg(CASE o.status WHEN 'cancelled' THEN 0 ELSE i.quantity END) AS tickets,
                     array_agg(i.total_price) AS revenue FROM order_items i WHERE i.order_id = o.id) i;
SELECT recount_figures();
COMMIT;
VACUUM (ANALYZE) admin.figure_orders, admin.figures;
VACUUM (ANALYZE) orders;
VACUUM (ANALYZE) order_items;
VACUUM (ANALYZE) tickets;
CHECKPOINT;
