-- Looking through a million orders, chosen so that an order still pays next to nothing for it.
SET LOCAL search_path = booking, pg_temp;

-- A phone's filter is finer: of the ranges where the phone is not, one in a thousand is read, not one in twenty.
DROP INDEX idx_orders_customer;
CREATE INDEX idx_orders_customer ON orders
    USING brin (customer_phone text_bloom_ops (n_distinct_per_range = 500, false_positive_rate = 0.001)) WITH (pages_per_range = 16);

-- A name is in so many ranges that a filter leaves out few of them. Names repeat, so this index stays small and in memory.
CREATE INDEX idx_orders_customer_name ON orders (customer_name COLLATE "C");

-- The rare states of one exhibition, also where nobody ever cancelled. A new order is in neither index.
CREATE INDEX idx_orders_cancelled_of ON orders (exhibition_id, created_at) WHERE status IN ('cancelled', 'partially_cancelled');
