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
