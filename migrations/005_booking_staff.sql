-- What staff calls need, chosen so that an order pays (almost) nothing for it.
SET LOCAL search_path = booking, pg_temp;

-- How often staff changed the total: a pool whose version is higher than 1 + resizes was touched by an order, so what it
-- belongs to may not be deleted. Looking through order_items would take seconds.
ALTER TABLE pools ADD COLUMN resizes integer NOT NULL DEFAULT 0;

-- The history of an order. The first fact of each order, by far the most, can be told from its row.
CREATE INDEX idx_events_history ON events (entity) WHERE type <> 'order.reserved';

-- Looking for a phone or a name: a bloom filter per 16 pages, made by vacuum; inserting at the end touches none.
CREATE INDEX idx_orders_customer ON orders
    USING brin (customer_phone text_bloom_ops (n_distinct_per_range = 400), customer_name text_bloom_ops (n_distinct_per_range = 400))
    WITH (pages_per_range = 16);

-- The rare states in the list of orders; the others are found by payment_status or idx_orders_open.
CREATE INDEX idx_orders_cancelled ON orders (created_at) WHERE status IN ('cancelled', 'partially_cancelled');

-- One exhibition's orders by time, also when its sale ended a million orders ago. Costs an insert no more than the plain one.
DROP INDEX idx_orders_exhibition_id;
CREATE INDEX idx_orders_exhibition_id ON orders (exhibition_id, created_at);
