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

CREATE TABLE figures (
    exhibition_id integer NOT NULL,
    product_id    integer NOT NULL,
    hour          timestamptz NOT NULL, -- '-infinity': all hours
    orders        bigint NOT NULL,
    revenue       bigint NOT NULL,
    refunded      bigint NOT NULL,
    sold          bigint NOT NULL,
    held          bigint NOT NULL,
    entered       bigint NOT NULL,
    PRIMARY KEY (exhibition_id, hour, product_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000); -- few rows, changed all the time

-- What these orders count for; plans are kept, for making one costs as much as a page of events.
CREATE FUNCTION figures_of(p_orders text[]) RETURNS figures[]
LANGUAGE plpgsql STABLE SET search_path = admin SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (SELECT array_agg(ROW(g.*)::figures)
            FROM (SELECT l.exhibition_id, l.product_id, l.hour, sum(l.orders), sum(l.revenue), sum(l.refunded), sum(l.sold),
                         sum(l.held), sum(l.entered)
                  FROM figure_lines l WHERE l.order_number = ANY (p_orders) GROUP BY 1, 2, 3) g);
END $$;

CREATE FUNCTION move_figures(p_old figures[], p_new figures[]) RETURNS void
LANGUAGE plpgsql SET search_path = admin SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO figures AS f
    SELECT d.exhibition_id, d.product_id, CASE GROUPING(d.hour) WHEN 1 THEN '-infinity' ELSE d.hour END, sum(d.sign * d.orders),
           sum(d.sign * d.revenue), sum(d.sign * d.refunded), sum(d.sign * d.sold), sum(d.sign * d.held), sum(d.sign * d.entered)
    FROM (SELECT 1 AS sign, n.* FROM unnest(p_new) n UNION ALL SELECT -1, o.* FROM unnest(p_old) o) d
    GROUP BY GROUPING SETS ((d.exhibition_id, d.product_id, d.hour), (d.exhibition_id, d.product_id))
    HAVING (sum(d.sign * d.orders), sum(d.sign * d.revenue), sum(d.sign * d.refunded), sum(d.sign * d.sold), sum(d.sign * d.held),
            sum(d.sign * d.entered)) <> (0, 0, 0, 0, 0, 0)
    ON CONFLICT (exhibition_id, hour, product_id) DO UPDATE SET
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
    ON CONFLICT (order_number) DO UPDATE SET version = excluded.version, state = excluded.state, amount = excluded.amount,
        product_id = excluded.product_id, tickets = excluded.tickets, revenue = excluded.revenue
    WHERE excluded.version > figure_orders.version;
END $$;

-- A refund is done once. Money that no order could have (return) was never counted.
CREATE FUNCTION note_refunds(p_entity text[], p_at_ms bigint[], p_payload jsonb[]) RETURNS void
LANGUAGE plpgsql SET search_path = admin AS $$
BEGIN
    INSERT INTO figure_refunds (refund_id, order_number, hour, amount)
    SELECT f.entity, r.order_number, date_trunc('hour', to_timestamp(f.at_ms / 1000), 'Asia/Seoul'), r.amount
    FROM unnest(p_entity, p_at_ms, p_payload) f (entity, at_ms, payload),
         jsonb_to_record(f.payload) r (order_number text, kind text, amount bigint)
    WHERE r.kind <> 'return'
    ON CONFLICT (refund_id) DO UPDATE SET hour = excluded.hour, amount = excluded.amount
    WHERE (figure_refunds.hour, figure_refunds.amount) <> (excluded.hour, excluded.amount);
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
    ON CONFLICT (order_number) DO UPDATE SET version = excluded.version, product_id = excluded.product_id, hour = excluded.hour
    WHERE excluded.version > figure_entries.version;
END $$;

-- A page of events of one service, in any order, any number of times.
CREATE FUNCTION note_facts(p_source text, p_type text[], p_entity text[], p_version bigint[], p_at_ms bigint[], p_payload jsonb[])
RETURNS void
LANGUAGE plpgsql SET search_path = admin SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_orders text[] := p_entity; -- whose lines may change
    v_version bigint[];          -- of the events about them, and their payloads
    v_payload jsonb[];
    v_old figures[];
BEGIN
    PERFORM pg_advisory_xact_lock(7341, 1);
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
-- transaction keeps the events of all services back.
CREATE FUNCTION recount_figures() RETURNS void
LANGUAGE plpgsql SET search_path = admin AS $$
DECLARE
    v_lines figures[];
BEGIN
    PERFORM pg_advisory_xact_lock(7341, 1);
    v_lines := ARRAY(
        SELECT ROW (l.exhibition_id, l.product_id, CASE GROUPING(l.hour) WHEN 1 THEN '-infinity' ELSE l.hour END, sum(l.orders),
                    sum(l.revenue), sum(l.refunded), sum(l.sold), sum(l.held), sum(l.entered))::figures
        FROM figure_lines l
        GROUP BY GROUPING SETS ((l.exhibition_id, l.product_id, l.hour), (l.exhibition_id, l.product_id)));
    DELETE FROM figures;
    INSERT INTO figures SELECT l.* FROM unnest(v_lines) l;
END $$;

GRANT SELECT, INSERT, UPDATE ON figure_exhibitions, figure_products, figure_orders, figure_refunds, figure_entries TO svc_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON figures TO svc_admin;
GRANT SELECT ON figure_lines TO svc_admin;
REVOKE ALL ON FUNCTION figures_of, move_figures, note_catalogue, note_orders, note_refunds, note_entries, note_facts, recount_figures
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION figures_of, move_figures, note_catalogue, note_orders, note_refunds, note_entries, note_facts,
    recount_figures TO svc_admin;
