// The figures of the dashboard are what a count over the tables of their owners says, whatever happens to svc-admin meanwhile.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runAudit } from './lib/audit.mjs';
import { addExhibition, day, visible } from './lib/fixture.mjs';
import { staffAt } from './lib/gate.mjs';
import { buy, buyByDeposit, cancel, checkout, confirm, makeOrder, refundAccount, settled, ticketsOf } from './lib/pay.mjs';
import { rush } from './lib/rush.mjs';
import { useStack } from './lib/stack.mjs';
import { ticketsWithCodes } from './lib/tickets.mjs';
import { until } from './lib/wait.mjs';

const SOON_MS = 10_000; // after quiet
const PRODUCTS = [
    { name: '대인', type: 'adult', total: 200, price: 15_000 },
    { name: '"소인"', type: 'child "under 12"', total: 200, price: 9_000 },
];
const STEPS = [{ days_before: 0, fee_percent: 10 }];

const stack = useStack({ payment: 1, admin: 1, supervised: true, paymentEnv: { DEPOSIT_POLL_SECONDS: '1' } });
const url = '/api/admin/dashboard';
const dashboard = (query = {}, { role = 'viewer', exhibitions } = {}) =>
    stack.http.get(`${url}?${new URLSearchParams(query)}`, { token: stack.token(role, exhibitions) });
const shown = async (query, by) => {
    const answer = await dashboard(query, by);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
};
const onSale = async (options) => {
    const exhibition = await addExhibition(stack.sql, { products: PRODUCTS, refund_policy: STEPS, ...options });
    await visible(stack.http, exhibition);
    return exhibition;
};

// ---- counted by hand ----

const SOLD = `o.payment_status IN ('paid', 'refunding', 'partially_refunded', 'refunded') AND EXISTS (SELECT FROM booking.tickets t WHERE t.order_id = o.id)`;
const TODAY = `(now() AT TIME ZONE 'Asia/Seoul')::date`;
const dayOf = (column) => `(${column} AT TIME ZONE 'Asia/Seoul')::date = ${TODAY}`;
const HELD_TICKETS = `SELECT o.exhibition_id, x.product_id, x.n FROM booking.orders o, LATERAL (
    SELECT t.product_id, count(*) AS n FROM booking.tickets t WHERE t.order_id = o.id AND t.status NOT IN ('void', 'refunding') GROUP BY 1
    UNION ALL SELECT i.product_id, i.quantity FROM booking.order_items i
    WHERE i.order_id = o.id AND NOT EXISTS (SELECT FROM booking.tickets t WHERE t.order_id = o.id)) x
    WHERE o.status IN ('reserved', 'paying', 'awaiting_deposit')`;
const SOLD_TICKETS = `SELECT t.* FROM booking.tickets t JOIN booking.orders o ON o.id = t.order_id
    WHERE ${SOLD} AND t.status NOT IN ('void', 'refunding')`;
const INSIDE = 'SELECT * FROM entrance.tickets WHERE entered_at IS NOT NULL';

/** What the dashboard must say of these exhibitions. */
async function counted(exhibitions) {
    const ids = exhibitions.map((e) => e.id).join(', ');
    const at = (column = 'o.exhibition_id') => `${column} IN (${ids})`;
    const n = (select) => `(SELECT coalesce(${select})::bigint`;
    const totals = await stack.sql.row(`SELECT
        (SELECT count(*) FROM booking.orders o WHERE ${SOLD} AND ${at()}) AS total_orders,
        (SELECT count(*) FROM booking.orders o WHERE ${SOLD} AND ${at()} AND ${dayOf('o.created_at')}) AS today_orders,
        ${n('sum(o.total_amount), 0')} FROM booking.orders o WHERE ${SOLD} AND ${at()}) AS total_revenue,
        ${n('sum(r.amount), 0')} FROM payment.refunds r JOIN booking.orders o ON o.order_number = r.order_number
            WHERE ${SOLD} AND ${at()} AND r.state = 'done' AND r.kind <> 'return') AS refunded_amount,
        ${n('sum(h.n), 0')} FROM (${HELD_TICKETS}) h WHERE ${at('h.exhibition_id')}) AS held,
        (SELECT count(*) FROM (${INSIDE}) i WHERE ${at('i.exhibition_id')}) AS entrance_count`);
    const products = await stack.sql.rows(`SELECT p.id, p.name, p.type, e.code AS exhibition_code,
        (SELECT count(*) FROM (${SOLD_TICKETS}) t WHERE t.product_id = p.id) AS sold,
        ${n('sum(h.n), 0')} FROM (${HELD_TICKETS}) h WHERE h.product_id = p.id) AS held,
        (SELECT count(*) FROM (${INSIDE}) i WHERE i.product_id = p.id) AS entered,
        ${n('sum(i.total_price), 0')} FROM booking.order_items i JOIN booking.orders o ON o.id = i.order_id
            WHERE ${SOLD} AND i.product_id = p.id) AS revenue
        FROM booking.products p JOIN booking.exhibitions e ON e.id = p.exhibition_id WHERE ${at('e.id')} ORDER BY e.id DESC, p.id`);
    const products_sold = {};
    for (const p of products) products_sold[p.type] = (products_sold[p.type] ?? 0) + p.sold;
    return { ...totals, entered: totals.entrance_count, products_sold, products };
}

/** All that the tables say is shown; the series adds up to it. */
async function equal(exhibitions, query = {}, by = {}) {
    const truth = await counted(exhibitions);
    const figures = await shown(query, by);
    const { series, interval, exhibition, ...totals } = figures;
    assert.deepEqual(totals, truth);
    assert.deepEqual([interval, exhibition], ['day', query.exhibition ?? null]);
    const sum = (member) => series.reduce((all, point) => all + point[member], 0);
    assert.deepEqual(
        [sum('orders'), sum('revenue'), sum('refunded'), sum('tickets'), sum('entered')],
        [truth.total_orders, truth.total_revenue, truth.refunded_amount, truth.products.reduce((all, p) => all + p.sold, 0), truth.entered],
    );
    return figures;
}
const quiet = (exhibitions, ms = SOON_MS, query) => until('the figures are true', () => equal(exhibitions, query), { ms, every: 100 });
const check = () => runAudit('admin-figures', { DATABASE_ADMIN_URL: stack.engines.env.DATABASE_ADMIN_URL }, 'check');

// ---- all that happens to orders ----

const everything = []; // the exhibitions of this file

async function mixture() {
    const here = await onSale({ deposit_hours: 1 });
    const crowded = await onSale({ products: [{ total: 150, type: 'adult', price: 1000 }], max_per_order: 4 });
    const short = await onSale({ hold_seconds: 1 });
    everything.push(here, crowded, short);
    const today = { visit_date: day(), quantity: 2 };
    const gate = staffAt(stack, '*', 'manager');

    const [bought, child, partly, whole, console_, late, deposited, reversed, waiting] = await Promise.all([
        buy(stack, here, today),
        buy(stack, here, { ...today, product: 1, quantity: 3 }),
        buy(stack, here, today),
        buy(stack, here, today),
        buy(stack, here, today),
        checkout(stack, await makeOrder(stack, here, today)),
        buyByDeposit(stack, here, today),
        buyByDeposit(stack, here, { ...today, product: 1 }),
        buy(stack, here, { ...today, method: 'virtual_account' }),
        rush(stack.http, crowded, { requests: 120, connections: 16 }),
        makeOrder(stack, here, today), // held
        makeOrder(stack, short, today), // lapses
    ]);
    const orders = [bought, child, partly, whole, console_, deposited, reversed, late].map((b) => b.order);

    await stack.toss.fault({ target: 'toss.confirm', mode: 'error', code: 'REJECT_CARD_COMPANY', execute: true });
    const back = await checkout(stack, await makeOrder(stack, here, today));
    await confirm(stack, back); // its money comes and goes back
    const { tickets, order_qr_code } = await ticketsWithCodes(stack, bought.order);
    const scan_id = randomUUID();
    assert.equal(await gate.status(tickets[0].qr_code, { scan_id }), 'allowed');
    assert.equal(await gate.status((await ticketsWithCodes(stack, child.order)).order_qr_code, { count: 2 }), 'allowed');
    assert.equal((await gate.undo(scan_id)).status, 200);
    assert.equal(await gate.status(order_qr_code, { count: 1 }), 'allowed');

    const [one] = await ticketsOf(stack, partly.order);
    const accepted = async (order, body) => assert.equal((await cancel(stack, order, body)).status, 202);
    await accepted(partly.order, { tickets: [one] });
    await accepted(whole.order);
    await accepted(deposited.order, { refund_account: refundAccount() });
    await stack.toss.cancel(console_.payment_key, { amount: 5_000 });
    await stack.toss.deposit(reversed.payment_key, { reverse: true });
    assert.equal((await cancel(stack, late.order)).status, 200);
    await settled(stack, [...orders, back.order, waiting.order]);
    const count = (what, select) => until(what, async () => (await stack.sql.value(select)) > 0, { ms: 15_000 });
    await count(
        'money went back in the console',
        `SELECT count(*)::int FROM payment.refunds WHERE order_number = '${console_.order.order_number}' AND kind = 'external' AND state = 'done'`,
    );
    await count(
        'a deposit was taken back',
        `SELECT count(*)::int FROM booking.orders WHERE order_number = '${reversed.order.order_number}' AND status = 'awaiting_deposit'`,
    );
    await count('a hold lapsed', `SELECT count(*)::int FROM booking.orders WHERE exhibition_id = ${short.id} AND status = 'expired'`);
    return [here, crowded, short];
}

describe('what is shown', () => {
    test('is what a count over the tables says, soon after it is quiet', async () => {
        const [here, crowded, short] = await mixture();
        const figures = await quiet(everything);
        assert.ok(figures.total_orders >= 6 && figures.held > 100 && figures.refunded_amount > 50_000 && figures.entered === 3, JSON.stringify(figures));
        for (const e of [here, crowded, short]) await equal([e], { exhibition: e.code });
        await equal([here, short], {}, { exhibitions: `${here.code},${short.code}` });
        await until('the check finds 0 differences', check, { every: 200 });
    });

    test('is a series of days or hours, empty ones too', async () => {
        const days = await shown();
        assert.deepEqual([days.series.length, days.series[29].at], [30, `${day()}T00:00:00.000+09:00`]);
        const hours = await shown({ interval: 'hour', date_from: day(), date_to: day() });
        assert.deepEqual([hours.series.length, hours.interval, hours.series[5].at], [24, 'hour', `${day()}T05:00:00.000+09:00`]);
        assert.equal(
            hours.series.reduce((sum, point) => sum + point.orders, 0),
            days.series[29].orders,
        );
        assert.equal((await shown({ interval: 'hour' })).series.length, 48);
        const past = await shown({ date_from: '2020-02-28', date_to: '2020-03-01' });
        assert.deepEqual(
            past.series.map((p) => [p.at.slice(0, 10), p.orders]),
            [
                ['2020-02-28', 0],
                ['2020-02-29', 0],
                ['2020-03-01', 0],
            ],
        );
        assert.equal(past.total_orders, days.total_orders);
    });

    test('is refused to others, and for what makes no sense', async () => {
        const [mine, foreign] = everything;
        const refused = async (answer, status, code) => assert.deepEqual([(await answer).status, (await answer).code], [status, code]);
        await refused(stack.http.get(url), 401, 'UNAUTHENTICATED');
        await refused(dashboard({ exhibition: foreign.code }, { exhibitions: mine.code }), 404, 'NOT_FOUND');
        await refused(dashboard({ exhibition: 'nowhere' }), 404, 'NOT_FOUND');
        for (const query of [
            { interval: 'week' },
            { date_from: '2026-02-30' },
            { date_to: 'today' },
            { date_from: '2026-02-02', date_to: '2026-02-01' },
            { date_from: '2024-01-01', date_to: '2026-01-01' },
            { interval: 'hour', date_from: '2026-01-01', date_to: '2026-02-01' },
            { code: 'aaa' },
        ])
            await refused(dashboard(query), 422, 'VALIDATION_FAILED');
        assert.equal((await shown({}, { exhibitions: 'nowhere' })).total_orders, 0);
    });
});

describe('whatever happens to svc-admin', () => {
    test('killed for a while, it counts what happened meanwhile', async () => {
        stack.admin[0].supervised = false;
        await stack.admin[0].kill();
        const [here] = await mixture();
        const figures = await dashboard({ exhibition: here.code });
        assert.ok([503, 504].includes(figures.status), figures.text);
        stack.admin[0].supervised = true;
        stack.admin[0].start();
        await quiet(everything, 20_000);
        await until('the check finds 0 differences', check, { every: 200 });
    });

    for (const point of ['admin.figures.before', 'admin.figures.after']) {
        test(`killed at ${point}`, async () => {
            const [daemon] = stack.admin;
            const reached = join(stack.dir, 'reached.');
            Object.assign(daemon.env, { FAULT: `${point}:2`, FAULT_ONCE: reached });
            await daemon.kill();
            await until('it came back', () => daemon.alive);
            const [here] = everything;
            // Facts that come while it starts are one page; the point is of the second.
            const more = async () => {
                await buy(stack, here, { quantity: 1, visit_date: day() });
                return existsSync(reached + point);
            };
            await until('the point was reached', more, { ms: 30_000 });
            delete daemon.env.FAULT;
            delete daemon.env.FAULT_ONCE;
            await quiet(everything, 20_000);
            await daemon.kill();
            await until('it came back', () => daemon.alive);
        });
    }
});

describe('the rows', () => {
    const events = `SELECT 'booking' AS source, type, entity, version, created_at, payload FROM booking.events WHERE type LIKE 'order.%' AND type NOT IN ('order.extended', 'order.entered')
        UNION ALL SELECT 'payment', type, entity, version, created_at, payload FROM payment.events WHERE type = 'refund.done'
        UNION ALL SELECT 'entrance', type, entity, version, created_at, payload FROM entrance.events WHERE type = 'order.entered'`;

    test('are the same, in whatever order and however often events come', async () => {
        await quiet(everything, 10_000);
        await stack.sql.text(`SET search_path = admin;
            BEGIN;
            SELECT pg_advisory_xact_lock(7341, 1);
            DELETE FROM figures; DELETE FROM figure_orders; DELETE FROM figure_refunds; DELETE FROM figure_entries;
            DO $$ DECLARE p record; BEGIN
                FOR p IN SELECT source, array_agg(type) AS type, array_agg(entity::text ORDER BY ord) AS entity, array_agg(version ORDER BY ord) AS version,
                        array_agg((extract(epoch FROM created_at) * 1000)::bigint ORDER BY ord) AS at, array_agg(payload ORDER BY ord) AS payload
                    FROM (SELECT *, floor(random() * 30) AS page, row_number() OVER () AS ord FROM (${events}) e, generate_series(1, 2) ORDER BY random()) s
                    GROUP BY source, page ORDER BY random()
                LOOP PERFORM note_facts(p.source, p.type, p.entity, p.version, p.at, p.payload); END LOOP;
            END $$;
            COMMIT;`);
        await equal(everything);
    });

    test('are the same when all events come twice in one page', async () => {
        await stack.sql.text(`SET search_path = admin;
            SELECT note_facts(p.source, p.type, p.entity, p.version, p.at, p.payload)
            FROM (SELECT source, array_agg(type) AS type, array_agg(entity::text) AS entity, array_agg(version) AS version,
                    array_agg((extract(epoch FROM created_at) * 1000)::bigint) AS at, array_agg(payload) AS payload
                FROM (${events}) e, generate_series(1, 2) GROUP BY source) p`);
        await equal(everything);
    });

    test('are counted anew while facts of all services reach everybody else', async () => {
        const [here] = everything;
        await quiet(everything, 10_000);
        const [admin] = stack.admin;
        const failures = () => admin.output().split('"message":"statement failed"').length;
        const before = failures();
        const lock = "pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.classid = 7341";
        const waiting = () => stack.sql.row(`SELECT count(*) AS n, count(a.backend_xid) AS ids, max(a.query_start) AS since FROM ${lock} AND NOT l.granted`);
        const counting = stack.sql.text('BEGIN; SELECT pg_advisory_xact_lock(7341, 1); SELECT pg_sleep(60); COMMIT').catch(() => 'cut');
        await until('somebody counts', () => stack.sql.value(`SELECT count(*) FROM ${lock} AND l.granted`));
        await makeOrder(stack, here, { visit_date: day() });
        const waitsSince = (since) => async () => {
            const now = await waiting();
            return now.n > 0 && now.since > since && now;
        };
        const first = await until('it is waited for', waitsSince(''));
        const { order } = await buy(stack, here, { quantity: 1, visit_date: day() });
        await ticketsWithCodes(stack, order);
        const again = await until('it is waited for again', waitsSince(first.since), { ms: 20_000 });
        assert.deepEqual([first.ids, again.ids], [0, 0], 'who waits holds back nobody');
        await stack.sql.text(`SELECT pg_terminate_backend(pid) FROM ${lock} AND l.granted`);
        assert.equal(await counting, 'cut');
        await quiet(everything, 10_000);
        assert.equal(failures(), before, 'nothing failed');
    });

    test('are told anew by their owners', async () => {
        await stack.sql.text(`UPDATE admin.figures SET orders = orders + 1; DELETE FROM admin.figure_entries; DELETE FROM admin.figure_refunds;
            DELETE FROM admin.figure_orders WHERE order_number < 'ORD2'; UPDATE admin.figure_orders SET amount = amount + 1, version = version + 5;
            UPDATE admin.figure_products SET name = 'x', version = version + 5;
            UPDATE admin.figure_orders SET hour = hour - interval '1 day', exhibition_id = exhibition_id + 1 WHERE state = 's';
            INSERT INTO admin.figure_orders SELECT 'ORD-nobody', 1, exhibition_id, hour, 's', 5, product_id, tickets, revenue
                FROM admin.figure_orders LIMIT 1;
            INSERT INTO admin.figure_refunds SELECT 'refund-nobody', order_number, hour, 77 FROM admin.figure_orders WHERE state = 's' LIMIT 1`);
        await assert.rejects(check(), /figures: exhibition/);
        const { DATABASE_ADMIN_URL } = stack.engines.env;
        await assert.rejects(runAudit('admin-figures', { DATABASE_ADMIN_URL }, 'rebuild'), /admin-figures: 0\nexhibitions are told anew[^]*counted anew/);
        await equal(everything);
        assert.ok(await check());
    });
});
