-- Baseline: one transaction per order on the same row, with the tables and indexes of the real path.
\set phone random(10000000, 99999999)
WITH stock AS (
    UPDATE booking.pools SET available = available - 1, version = version + 1 WHERE id = 1 AND available >= 1
    RETURNING id
), ordered AS (
    INSERT INTO booking.orders (order_number, exhibition_id, customer_name, customer_phone, total_amount, expires_at, refund_policy)
    SELECT 'ORD' || to_char(now(), 'YYYYMMDD') || substr(md5(random()::text), 1, 10), 1, '홍길동', '010' || :phone, 15000,
           now() + interval '10 minutes', '[]' FROM stock
    RETURNING id, order_number
), item AS (
    INSERT INTO booking.order_items (order_id, product_id, quantity, unit_price, total_price)
    SELECT id, 1, 1, 15000, 15000 FROM ordered
), counted AS (
    INSERT INTO booking.phone_counters AS c (exhibition_id, phone, tickets) SELECT 1, '010' || :phone, 1 FROM stock
    ON CONFLICT (exhibition_id, phone) DO UPDATE SET tickets = c.tickets + 1
), keyed AS (
    INSERT INTO booking.idempotency (key, body, order_id) SELECT gen_random_uuid(), gen_random_uuid(), id FROM ordered
)
INSERT INTO booking.events (type, entity, version, payload)
SELECT 'order.reserved', order_number, 1, jsonb_build_object('order_number', order_number, 'status', 'reserved',
       'total_amount', 15000, 'customer_phone', '010' || :phone, 'items',
       jsonb_build_array(jsonb_build_object('product_id', 1, 'quantity', 1, 'unit_price', 15000)))
FROM ordered;
