-- admin: the figures of the dashboard (design §5), kept by the events of booking, payment and entrance. Written by svc-admin alone.
--
-- What the others tell is kept as rows, each as of the highest version heard. The view figure_lines says what each of them counts
-- for, here and nowhere else; figures are the sums of its lines, moved by what a page of events changes. Counting all lines anew
-- gives the same numbers (recount_figures, admin-figures). One at a time changes any of it: note_facts() and recount_figures()
-- hold one advisory lock.
SET LOCAL search_path = admin, pg_temp;

-- ---- what the others tell ----

CREATE TABLE figure_exhibitions (
    id      integer PRIMARY KEY,
    version bigint NOT NULL,
    code    text COLLATE "C" NOT NULL,
    gone    boolean NOT NULL
);
CREATE INDEX idx_figure_exhibitions_code ON figure_exhibitions (code);
CREATE TABLE figure_products (
    id            integer PRIMARY KEY,
    version       bigint NOT NULL,
    exhibition_id integer NOT NULL,
    name          text NOT NULL,
    type          text NOT NULL,
    gone          boolean NOT NULL
);
CREATE INDEX idx_figure_products_exhibition_id ON figure_products (exhibition_id);
CREATE TABLE figure_orders (
    order_number  text COLLATE "C" PRIMARY KEY,
    version       bigint NOT NULL,
    exhibition_id integer NOT NULL,
    hour          timestamptz NOT NULL, -- in which it was made
    state         "char" NOT NULL CHECK (state IN ('s', 'h', '-')), -- sold, held, neither
    amount        bigint NOT NULL,
    product_id    integer[] NOT NULL,   -- these three side by side
    tickets       integer[] NOT NULL,   -- those not given back, or that will be made when the money comes
    revenue       bigint[] NOT NULL     -- what was ordered, given back or not
) WITH (fillfactor = 80);
CREATE TABLE figure_refunds (
    refund_id    text COLLATE "C" PRIMARY KEY,
    order_number text COLLATE "C" NOT NULL,
    hour         timestamptz NOT NULL, -- in which it was done
    amount       bigint NOT NULL
);
CREATE INDEX idx_figure_refunds_order_number ON figure_refunds (order_number);
CREATE TABLE figure_entries (
    order_number  text COLLATE "C" PRIMARY KEY,
    version       bigint NOT NULL,
    exhibition_id integer NOT NULL,
    product_id    integer[] NOT NULL, -- these two side by side, one for each person inside
    hour          timestamptz[] NOT NULL
);

-- ---- what it counts for ----

-- Product 0: orders as a whole.
CREATE VIEW figure_lines AS
SELECT o.order_number, o.exhibition_id, 0 AS product_id, o.hour, 1 AS orders, o.amount AS revenue, 0::bigint AS refunded,
       0 AS sold, 0 AS held, 0 AS entered
FROM figure_orders o WHERE o.state = 's'
UNION ALL
SELECT o.order_number, o.exhibition_id, p.product_id, o.hour, 0, CASE o.state WHEN 's' THEN p.revenue ELSE 0 END, 0,
       CASE o.state WHEN 's' THEN p.tickets ELSE 0 END, CASE o.state WHEN 'h' THEN p.tickets ELSE 0 END, 0
FROM figure_orders o, unnest(o.product_id, o.tickets, o.revenue) p (product_id, tickets, revenue) WHERE o.state <> '-'
UNION ALL -- of orders that were never sold money went back too, but never counted
SELECT r.order_number, o.exhibition_id, 0, r.hour, 0, 0, r.amount, 0, 0, 0
FROM figure_refunds r JOIN figure_orders o ON o.order_number = r.order_number WHERE o.state = 's'
UNION ALL
SELECT e.order_number, e.exhibition_id, p.product_id, p.hour, 0, 0, 0, 0, 0, 1
FROM figure_entries e, unnest(e.product_id, e.hour) p (product_id, hour);

-- Sums of lines by hour; and of those by day in Seoul, and over all time, so that nobody who looks adds up a year of hours.
CREATE TYPE figure_sum AS (
    exhibition_id integer,
    product_id    integer,
    hour          timestamptz,
    orders        bigint,
    revenue       bigint,
    refunded      bigint,
    sold          bigint,
    held          bigint,
    entered       bigint
);
CREATE TABLE figures (
    exhibition_id integer NOT NULL,
    product_id    integer NOT NULL,
    span          "char" NOT NULL CHECK (span IN ('h', 'd', '-')), -- an hour, a day, all time
    at            timestamptz NOT NULL,                            -- when it begins; all time: '-infinity'
    orders        bigint NOT NULL,
    revenue       bigint NOT NULL,
    refunded      bigint NOT NULL,
    sold          bigint NOT NULL,
    held          bigint NOT NULL,
    entered       bigint NOT NULL,
    PRIMARY KEY (exhibition_id, span, at, product_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000); -- few rows, changed all the time

-- What these orders count for; plans are kept, for making one costs as much as a page of events.
CREATE FUNCTION figures_of(p_orders text[]) RETURNS figure_sum[]
LANGUAGE plpgsql STABLE SET search_path = admin SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT array_agg(ROW(g.*)::figure_sum)
            FROM (SELECT l.exhibition_id, l.product_id, l.hour, sum(l.orders), sum(l.revenue), sum(l.refunded), sum(l.sold),
                         sum(l.held), sum(l.entered)
                  FROM figure_lines l WHERE l.order_number = ANY (p_orders) GROUP BY 1, 2, 3) g);
END $$;

-- Sums of hours as rows of figures, those that are 0 in all left out. Products by themselves have one for all time.
CREATE FUNCTION figure_rows(p_sums figure_sum[]) RETURNS SETOF figures
LANGUAGE sql IMMUTABLE SET search_path = admin AS $$
    SELECT s.exhibition_id, coalesce(s.product_id, 0), (CASE GROUPING(s.hour, s.day) WHEN 1 THEN 'h' WHEN 2 THEN 'd' ELSE '-' END)::"char",
           CASE GROUPING(s.hour, s.day) WHEN 1 THEN s.hour WHEN 2 THEN s.day ELSE '-infinity' END, sum(s.orders)::bigint,
           (CASE GROUPING(s.product_id) WHEN 0 THEN sum(s.revenue)
            ELSE coalesce(sum(s.revenue) FILTER (WHERE s.product_id = 0), 0) END)::bigint, sum(s.refunded)::bigint, sum(s.sold)::bigint, sum(s.held)::bigint, sum(s.entered)::bigint
    FROM (SELECT u.*, date_trunc('day', u.hour, 'Asia/Seoul') AS day FROM unnest(p_sums) u) s
    GROUP BY GROUPING SETS ((s.exhibition_id, s.hour), (s.exhibition_id, s.day), (s.exhibition_id, s.product_id))
    HAVING (sum(s.orders), sum(s.revenue), sum(s.refunded), sum(s.sold), sum(s.held), sum(s.entered)) <> (0, 0, 0, 0, 0, 0)
$$;

CREATE FUNCTION move_figures(p_old figure_sum[], p_new figure_sum[]) RETURNS void
LANGUAGE plpgsql SET search_path = admin SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO figures AS f
    SELECT r.* FROM figure_rows(ARRAY(
        SELECT n FROM unnest(p_new) n UNION ALL
        SELECT ROW (o.exhibition_id, o.product_id, o.hour, -o.orders, -o.revenue, -o.refunded, -o.sold, -o.held, -o.entered)::figure_sum
        FROM unnest(p_old) o)) r
    ON CONFLICT (exhibition_id, span, at, product_id) DO UPDATE SET
        orders = f.orders + excluded.orders, revenue = f.revenue + excluded.revenue, refunded = f.refunded + excluded.refunded,
        sold = f.sold + excluded.sold, held = f.held + excluded.held, entered = f.entered + excluded.entered;
END $$;

-- ---- events ----

CREATE FUNCTION note_catalogue(p_type text[], p_version bigint[], p_payload jsonb[]) RETURNS void
LANGUAGE plpgsql SET search_path = admin AS $$
BEGIN
    INSERT INTO figure_exhibitions (id, version, code, gone)
    SELECT DISTINCT ON (x.id) x.id, f.version, x.code, f.type = 'exhibition.deleted'
    FROM unnest(p_type, p_version, p_payload) f (type, version, payload), jsonb_to_record(f.payload) x (id int, code text)
    WHERE f.type LIKE 'exhibition.%' ORDER BY x.id, f.version DESC
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, code = excluded.code, gone = excluded.gone
    WHERE excluded.version > figure_exhibitions.version;

    INSERT INTO figure_products (id, version, exhibition_id, name, type, gone)
    SELECT DISTINCT ON (x.id) x.id, f.version, x.exhibition_id, x.name, x.type, f.type = 'product.deleted'
    FROM unnest(p_type, p_version, p_payload) f (type, version, payload),
         jsonb_to_record(f.payload) x (id int, exhibition_id int, name text, type text)
    WHERE f.type LIKE 'product.%' ORDER BY x.id, f.version DESC
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, exhibition_id = excluded.exhibition_id, name = excluded.name,
        type = excluded.type, gone = excluded.gone
    WHERE excluded.version > figure_products.version;
END $$;

-- Sold is what has tickets and whose money has come, even if it went back later. A held order has the tickets that a deposit
-- taken back has left it, else those it has ordered.
CREATE FUNCTION note_orders(p_entity text[], p_version bigint[], p_payload jsonb[]) RETURNS void
LANGUAGE plpgsql SET search_path = admin SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO figure_orders (order_number, version, exhibition_id, hour, state, amount, product_id, tickets, revenue)
    SELECT n.entity, n.version, n.exhibition_id, date_trunc('hour', n.created_at, 'Asia/Seoul'),
           (CASE WHEN n.made AND n.payment_status IN ('paid', 'refunding', 'partially_refunded', 'refunded') THEN 's'
                 WHEN n.status IN ('reserved', 'paying', 'awaiting_deposit') THEN 'h' ELSE '-' END)::"char",
           n.total_amount, l.product_id, l.tickets, l.revenue
    FROM (SELECT DISTINCT ON (f.entity) f.entity, f.version, o.*, coalesce(jsonb_array_length(o.tickets) > 0, false) AS made
          FROM unnest(p_entity, p_version, p_payload) f (entity, version, payload),
               jsonb_to_record(f.payload) o (exhibition_id int, status text, payment_status text, total_amount bigint,
                                             created_at timestamptz, items jsonb, tickets jsonb)
          ORDER BY f.entity, f.version DESC) n,
         LATERAL (SELECT array_agg(i.product_id) AS product_id, array_agg(i.quantity::bigint * i.unit_price) AS revenue,
                         array_agg(CASE WHEN n.made THEN (
                             SELECT count(*)::int FROM jsonb_to_recordset(n.tickets) t (product_id int, status text)
                             WHERE t.product_id = i.product_id AND t.status <> 'void') ELSE i.quantity END) AS tickets
                  FROM jsonb_to_recordset(n.items) i (product_id int, quantity int, unit_price int)) l
    ON CONFLICT (order_number) DO UPDATE SET version = excluded.version, exhibition_id = excluded.exhibition_id,
        hour = excluded.hour, state = excluded.state, amount = excluded.amount, product_id = excluded.product_id, tickets = excluded.tickets, revenue = excluded.revenue
    WHERE excluded.version > figure_orders.version;
END $$;

-- A refund is done once. Money that no order could have (return) was never counted.
CREATE FUNCTION note_refunds(p_entity text[], p_at_ms bigint[], p_payload jsonb[]) RETURNS void
LANGUAGE plpgsql SET search_path = admin AS $$
BEGIN
    INSERT INTO figure_refunds (refund_id, order_number, hour, amount)
    SELECT DISTINCT ON (f.entity) f.entity, r.order_number, date_trunc('hour', to_timestamp(f.at_ms / 1000), 'Asia/Seoul'), r.amount
    FROM unnest(p_entity, p_at_ms, p_payload) f (entity, at_ms, payload),
         jsonb_to_record(f.payload) r (order_number text, kind text, amount bigint)
    WHERE r.kind <> 'return' ORDER BY f.entity
    ON CONFLICT (refund_id) DO UPDATE SET order_number = excluded.order_number, hour = excluded.hour, amount = excluded.amount
    WHERE (figure_refunds.order_number, figure_refunds.hour, figure_refunds.amount)
          <> (excluded.order_number, excluded.hour, excluded.amount);
END $$;

CREATE FUNCTION note_entries(p_entity text[], p_version bigint[], p_payload jsonb[]) RETURNS void
LANGUAGE plpgsql SET search_path = admin SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO figure_entries (order_number, version, exhibition_id, product_id, hour)
    SELECT n.entity, n.version, n.exhibition_id, coalesce(i.product_id, '{}'), coalesce(i.hour, '{}')
    FROM (SELECT DISTINCT ON (f.entity) f.entity, f.version, e.*
          FROM unnest(p_entity, p_version, p_payload) f (entity, version, payload),
               jsonb_to_record(f.payload) e (exhibition_id int, entered jsonb)
          ORDER BY f.entity, f.version DESC) n,
         LATERAL (SELECT array_agg(p.product) AS product_id, array_agg(date_trunc('hour', p.at, 'Asia/Seoul')) AS hour
                  FROM jsonb_to_recordset(n.entered) p (product int, at timestamptz)) i
    ON CONFLICT (order_number) DO UPDATE SET version = excluded.version, exhibition_id = excluded.exhibition_id,
        product_id = excluded.product_id, hour = excluded.hour
    WHERE excluded.version > figure_entries.version;
END $$;

-- To the end of the transaction nobody else changes figures. False: somebody is counting them anew, which takes longer than a
-- lock_timeout. To be taken before anything else: whoever waits for it with a transaction id keeps the events of all services back.
CREATE FUNCTION lock_figures() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7341, 1);
    RETURN true;
EXCEPTION WHEN lock_not_available THEN RETURN false;
END $$;

-- A page of events of one service, in any order, any number of times.
CREATE FUNCTION note_facts(p_source text, p_type text[], p_entity text[], p_version bigint[], p_at_ms bigint[], p_payload jsonb[])
RETURNS void
LANGUAGE plpgsql SET search_path = admin SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_orders text[] := p_entity; -- whose lines may change
    v_version bigint[];          -- of the events about them, and their payloads
    v_payload jsonb[];
    v_old figure_sum[];
BEGIN
    PERFORM pg_advisory_xact_lock(7341, 1); -- as lock_figures(), which consumers have called
    IF p_source = 'booking' THEN
        PERFORM note_catalogue(p_type, p_version, p_payload);
        SELECT array_agg(f.entity), array_agg(f.version), array_agg(f.payload) INTO v_orders, v_version, v_payload
        FROM unnest(p_type, p_entity, p_version, p_payload) f (type, entity, version, payload) WHERE f.type LIKE 'order.%';
    ELSIF p_source = 'payment' THEN
        v_orders := ARRAY(SELECT f ->> 'order_number' FROM unnest(p_payload) f);
    END IF;
    v_old := figures_of(v_orders);
    CASE p_source
        WHEN 'booking' THEN PERFORM note_orders(v_orders, v_version, v_payload);
        WHEN 'payment' THEN PERFORM note_refunds(p_entity, p_at_ms, p_payload);
        WHEN 'entrance' THEN PERFORM note_entries(p_entity, p_version, p_payload);
    END CASE;
    PERFORM move_figures(v_old, figures_of(v_orders));
END $$;

-- All lines counted anew; whoever looks meanwhile sees the old numbers. The long part writes nothing: from its first write on a
-- transaction keeps the events of all services back; so would one that waits for its end (lock_figures).
CREATE FUNCTION recount_figures() RETURNS void
LANGUAGE plpgsql SET search_path = admin AS $$
DECLARE
    v_rows figures[];
BEGIN
    PERFORM pg_advisory_xact_lock(7341, 1);
    v_rows := ARRAY(SELECT r FROM figure_rows(ARRAY(
        SELECT ROW (l.exhibition_id, l.product_id, l.hour, sum(l.orders), sum(l.revenue), sum(l.refunded), sum(l.sold), sum(l.held),
                    sum(l.entered))::figure_sum
        FROM figure_lines l GROUP BY l.exhibition_id, l.product_id, l.hour)) r);
    DELETE FROM figures;
    INSERT INTO figures SELECT r.* FROM unnest(v_rows) r;
END $$;

GRANT SELECT, INSERT, UPDATE ON figure_exhibitions, figure_products, figure_orders, figure_refunds, figure_entries TO svc_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON figures TO svc_admin;
GRANT SELECT ON figure_lines TO svc_admin;
REVOKE ALL ON FUNCTION figures_of, figure_rows, move_figures, note_catalogue, note_orders, note_refunds, note_entries, lock_figures, note_facts,
    recount_figures FROM PUBLIC;
GRANT EXECUTE ON FUNCTION figures_of, figure_rows, move_figures, note_catalogue, note_orders, note_refunds, note_entries, lock_figures, note_facts,
    recount_figures TO svc_admin;
