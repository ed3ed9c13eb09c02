// Personal data goes when its time is over (docs/retention.md), everything else stays: books, figures, the chain of audit.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runAudit } from './lib/audit.mjs';
import { auditsAgree } from './lib/books.mjs';
import { addExhibition, addHolds, phone, visible } from './lib/fixture.mjs';
import { enroll, staffAt } from './lib/gate.mjs';
import { whilePaused } from './lib/pause.mjs';
import { buy, buyByDeposit, cancel, makeOrder, settled } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { bookingHeard, ticketsWithCodes } from './lib/tickets.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({ payment: 1, notify: 1, admin: 2, supervised: true });
const NAME = '남궁보관';
const MAIL = 'keep-me@example.com';
const WORDS = '지인 남궁보관 씨의 부탁';

const SERVICES = ['booking', 'payment', 'entrance', 'notify', 'admin'];
const EVENTS = SERVICES.map((s) => `SELECT '${s}' AS source, xid, id FROM ${s}.events`).join(' UNION ALL ');
const READERS = ['entrance', 'notify', 'admin'];
const CURSORS = READERS.map((s) => `SELECT '${s}' AS reader, * FROM ${s}.consumer_cursors`).join(' UNION ALL ');

/** Until nobody has anything to do any more with what was told so far: entries are in the orders, messages in the words of now, all is counted. */
const allHeard = (ms = 20_000) =>
    until(
        'everybody has heard everything',
        async () => {
            const place = (part) => `coalesce(nullif(split_part(c.cursor, ':', ${part}), ''), '0')`;
            const behind = await stack.sql.rows(`SELECT DISTINCT c.reader, c.consumer, c.source, c.cursor FROM (${CURSORS}) c
                JOIN (${EVENTS}) e USING (source) WHERE (e.xid, e.id) > (${place(1)}::xid8, ${place(2)}::bigint)
                UNION ALL SELECT 'notify', 'outdated', order_number, '' FROM notify.outdated`);
            assert.deepEqual(behind, []);
            return true;
        },
        { ms, every: 100 },
    );

const superadmin = () => stack.token('superadmin');
const chainVerifies = () =>
    until('admin-audit finds 0 differences', () => runAudit('admin-audit', { DATABASE_ADMIN_URL: stack.engines.env.DATABASE_ADMIN_URL }), {
        ms: 15_000,
        every: 500,
    });
const audits = async () => {
    await auditsAgree(stack, 15_000);
    await chainVerifies();
};

/** Every cell of all schemas that holds one of these texts: "schema.table": rows. Answers that are kept for a day are apart. */
async function cellsWith(texts) {
    const tables = await stack.sql.rows(`SELECT n.nspname AS s, c.relname AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('booking', 'payment', 'entrance', 'notify', 'admin') AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'idempotency'`);
    const has = texts.map((text) => `strpos(x::text, '${text}') > 0`).join(' OR ');
    const counts = await stack.sql.row(`SELECT ${tables.map(({ s, t }) => `(SELECT count(*) FROM ${s}.${t} x WHERE ${has}) AS "${s}.${t}"`)}`);
    return Object.fromEntries(Object.entries(counts).filter(([, n]) => Number(n) > 0));
}

/** The report of a run that was asked for now. */
async function run(key) {
    const { answer } = await stack.http.settle('POST', '/api/admin/retention', { json: {}, token: superadmin(), key });
    assert.equal(answer.status, 202, answer.text);
    return ended(answer.json.id);
}

const reports = async (query = '') => (await stack.http.get(`/api/admin/retention${query}`, { token: superadmin() })).json.runs;
const ended = (id) => until('the run has ended', async () => (await reports()).find((r) => r.id === id && r.ended_at), { ms: 60_000, every: 100 });

const rowsOf = (report, service, what) => report.erased.find((e) => e.service === service && e.what === what)?.rows ?? 0;

/** What there is of an exhibition: an order of every kind, by people with this phone. */
async function lively(options) {
    const exhibition = await addExhibition(stack.sql, { products: [{ total: 100, price: 1000 }], ...options });
    await visible(stack.http, exhibition);
    const customer_phone = phone();
    const who = { customer_name: NAME, customer_phone, customer_email: MAIL };
    const ordered = await makeOrder(stack, exhibition, who);
    assert.equal((await cancel(stack, ordered, { reason: WORDS })).status, 200);
    const lapsed = await makeOrder(stack, exhibition, who);
    const account = await buy(stack, exhibition, { ...who, method: 'virtual_account' });
    assert.equal((await cancel(stack, account.order, { reason: WORDS })).status, 202);
    const paid = await buyByDeposit(stack, exhibition, who);
    const returned = await buy(stack, exhibition, who);
    assert.equal((await cancel(stack, returned.order, { reason: WORDS })).status, 202);
    await settled(stack, [account.order, paid.order, returned.order]);
    return { exhibition, customer_phone, ordered, lapsed, account, paid, returned };
}

/** A memo, a look at who it is, a scanner, somebody inside, a scan that was taken back. */
async function attended(of) {
    const manager = stack.token('manager', of.exhibition.code);
    const { id } = await stack.sql.row(`SELECT id FROM booking.orders WHERE order_number = '${of.paid.order.order_number}'`);
    assert.equal((await stack.http.patch(`/api/admin/orders/${id}`, { memo: WORDS }, { token: manager })).status, 200);
    assert.equal((await stack.http.post(`/api/admin/orders/${id}/reveal`, { reason: WORDS }, { token: manager })).status, 200);
    await enroll(stack, of.exhibition, `${NAME}의 전화`);
    const { tickets } = await ticketsWithCodes(stack, of.paid.order);
    const gate = staffAt(stack, of.exhibition.code, 'manager');
    const scan_id = randomUUID();
    assert.equal(await gate.status(tickets[0].qr_code, { scan_id }), 'allowed');
    assert.equal((await gate.undo(scan_id, { reason: WORDS })).status, 200);
    assert.equal(await gate.status(tickets[0].qr_code), 'allowed');
}

const lapse = (order) => stack.sql.text(`UPDATE booking.orders SET expires_at = now() - interval '1 second' WHERE order_number = '${order.order_number}'`);
async function ends(exhibition, last) {
    await stack.sql.text(`UPDATE booking.exhibitions SET start_date = ${last} - 10, end_date = ${last} WHERE id = ${exhibition.id}`);
    await allHeard();
}
const daysAgo = (days) => `(now() AT TIME ZONE 'Asia/Seoul')::date - ${days}`;

describe('what staff wrote', { timeout: 60_000 }, () => {
    const OLD = `FROM admin.audit_log l JOIN admin.audit_texts t USING (seq) WHERE l.at < now() - interval '2 years'`;

    test('goes after two years, and the chain verifies', async () => {
        const fact = (days) => `SELECT 'audit', 'order:1', 1, '{"action": "order.patch", "role": "staff", "user_id": 1, "after": {}, "reason": "${WORDS}",
            "client": "192.0.2.1"}'::jsonb, now() - interval '${days} days'`;
        await stack.sql.text(`INSERT INTO booking.events (type, entity, version, payload, created_at) ${fact(731)} UNION ALL ${fact(729)}`);
        await until('the log has it', async () => (await stack.sql.value(`SELECT count(*)::int ${OLD}`)) === 1);
        const report = await run();
        assert.deepEqual(report.erased, [
            { service: 'booking', what: 'texts of audit facts', rule: 'audit_text', rows: 1 },
            { service: 'admin', what: 'texts of the audit log', rule: 'audit_text', rows: 1 },
        ]);
        assert.deepEqual(await cellsWith([WORDS]), { 'booking.events': 1, 'admin.audit_texts': 1 });
        assert.equal(await stack.sql.value(`SELECT count(*)::int ${OLD} AND t.erased_at IS NOT NULL AND l.action = 'order.patch'`), 1, 'what was done stays');
        await chainVerifies();
    });
});

let of;

/** Tables with what is personal about its buyers. */
const personalOf = async ({ customer_phone }) => Object.keys(await cellsWith([customer_phone, NAME, MAIL, WORDS])).sort();

describe('an exhibition that is over', { timeout: 240_000 }, () => {
    let before;
    const books = async () => ({
        orders: await stack.sql.rows('SELECT order_number, status, payment_status, total_amount, version FROM booking.orders ORDER BY 1'),
        ledger: await stack.sql.rows('SELECT attempt, refund, moved, debit, credit, amount FROM payment.ledger ORDER BY id'),
        entries: await stack.sql.rows('SELECT id, status, entered_at FROM entrance.tickets ORDER BY id'),
    });
    const figures = async () => (await stack.http.get(`/api/admin/dashboard?exhibition=${of.exhibition.code}`, { token: superadmin() })).json;
    const personal = () => personalOf(of);
    const orders = () => [of.ordered, of.lapsed, of.account.order, of.paid.order, of.returned.order].map((o) => o.order_number);
    const unpaid = () => orders().slice(0, 3);
    /** Orders of whom an event still says who they are of. */
    const told = () =>
        stack.sql.value(`SELECT coalesce(json_agg(DISTINCT entity), '[]') FROM booking.events WHERE type LIKE 'order.%'
            AND (payload ->> 'customer_phone' <> '' OR payload ->> 'customer_name' <> '' OR payload ->> 'customer_email' <> '')`);

    test('a month after: whoever never paid is forgotten, and what is no contract', async () => {
        of = await lively();
        await attended(of);
        await lapse(of.lapsed);
        await until(
            'everything has been told',
            async () => {
                const open = `SELECT count(*)::int FROM notify.messages WHERE ended_at IS NULL AND exhibition_id = ${of.exhibition.id}`;
                return (await stack.sql.value(open)) === 0 && (await books()).orders.every((o) => o.status !== 'reserved');
            },
            { ms: 20_000 },
        );
        await bookingHeard(stack);
        await allHeard();
        before = [await books(), await figures()];

        assert.deepEqual((await run()).erased, [], 'nothing is due yet');
        await ends(of.exhibition, daysAgo(30));
        assert.deepEqual((await run()).erased, [], 'the thirtieth day is one of the thirty');
        await ends(of.exhibition, daysAgo(31));
        const report = await run();
        assert.deepEqual(report.missing, []);
        assert.equal(rowsOf(report, 'booking', 'orders never paid'), 3, JSON.stringify(report));
        assert.equal(rowsOf(report, 'booking', 'memos'), 1);
        assert.equal(rowsOf(report, 'payment', 'accounts nobody paid into'), 1);
        assert.equal(rowsOf(report, 'payment', 'refunds of nothing'), 1);
        assert.equal(rowsOf(report, 'entrance', 'names on tickets'), 2);
        assert.equal(rowsOf(report, 'entrance', 'scanners'), 1);
        assert.ok(rowsOf(report, 'notify', 'messages') >= 3);
        const rows = await stack.sql.rows(`SELECT DISTINCT customer_name, customer_phone, customer_email, memo FROM booking.orders
            WHERE order_number IN (${unpaid().map((n) => `'${n}'`)})`);
        assert.deepEqual(rows, [{ customer_name: '', customer_phone: '', customer_email: null, memo: null }]);
        assert.deepEqual((await told()).sort(), orders().slice(3).sort(), 'only of contracts');
        // Who bought and was given back; what staff wrote, for two years.
        const contracts = ['booking.events', 'booking.orders', 'booking.phone_counters', 'payment.attempts', 'payment.events', 'payment.refunds'];
        assert.deepEqual(await personal(), ['admin.audit_texts', ...contracts, 'entrance.events'].sort());
        await audits();
        assert.deepEqual([await books(), await figures()], before, 'books and figures are as they were');
        assert.deepEqual((await run()).erased, [], 'nothing is left');
    });

    test('shows what is left of its orders, to whoever asks', async () => {
        const [order] = await stack.sql.rows(`SELECT id FROM booking.orders WHERE order_number = '${of.ordered.order_number}'`);
        const token = superadmin();
        const seen = (await stack.http.get(`/api/orders/${of.ordered.order_number}`, { orderToken: of.ordered.order_token })).json;
        assert.deepEqual([seen.status, seen.customer_name, seen.customer_phone], ['cancelled', '', '']);
        const detail = await stack.http.get(`/api/admin/orders/${order.id}`, { token });
        assert.deepEqual([detail.status, detail.json.customer_name], [200, ''], detail.text);
        const revealed = await stack.http.post(`/api/admin/orders/${order.id}/reveal`, { reason: '문의' }, { token });
        assert.deepEqual([revealed.status, revealed.json.customer_phone], [200, ''], revealed.text);
        const body = { order_number: of.ordered.order_number, customer_phone: of.customer_phone };
        assert.equal((await stack.http.settle('POST', '/api/orders/lookup', { json: body })).answer.status, 404);
        for (const path of [`orders?exhibition=${of.exhibition.code}`, `notifications?exhibition=${of.exhibition.code}`])
            assert.equal((await stack.http.get(`/api/admin/${path}`, { token })).status, 200);
    });

    test('what is written later goes with the next walk', async () => {
        const { id } = await stack.sql.row(`SELECT id FROM booking.orders WHERE order_number = '${of.paid.order.order_number}'`);
        assert.equal((await stack.http.patch(`/api/admin/orders/${id}`, { memo: WORDS }, { token: superadmin() })).status, 200);
        assert.deepEqual((await run()).erased, [], 'its walks have ended');
        await stack.sql.text(`UPDATE booking.retention_walks SET ended_at = ended_at - interval '31 days'`);
        assert.equal(rowsOf(await run(), 'booking', 'memos'), 1);
    });

    test('years after: nobody is left, and the books are as they were', async () => {
        before[0].orders = (await books()).orders;
        await ends(of.exhibition, `(${daysAgo(0)} - interval '5 years')::date`);
        assert.deepEqual((await run()).erased, [], 'the last day is not over');
        await ends(of.exhibition, `(${daysAgo(1)} - interval '5 years')::date`);
        const report = await run();
        assert.equal(rowsOf(report, 'booking', 'orders'), 2, JSON.stringify(report));
        assert.equal(rowsOf(report, 'payment', 'refunds'), 1);
        assert.equal(rowsOf(report, 'payment', 'payments'), 2);
        assert.deepEqual(await told(), []);
        assert.deepEqual(await personal(), ['admin.audit_texts', 'booking.events', 'entrance.events'], 'what staff wrote, for two years');
        const counters = `SELECT phone, tickets FROM booking.phone_counters WHERE exhibition_id = ${of.exhibition.id}`;
        assert.deepEqual(await stack.sql.rows(counters), [{ phone: '', tickets: 1 }], 'its place is taken, by nobody');
        await audits();
        assert.deepEqual([await books(), await figures()], before);
    });
});

describe('a run', { timeout: 120_000 }, () => {
    const HOLDS = 2500;
    /** An exhibition that is over, with many orders that nobody paid. */
    async function abandoned() {
        const exhibition = await addExhibition(stack.sql, { products: [{ total: HOLDS, price: 1000 }] });
        await addHolds(stack.sql, exhibition, HOLDS, '0 seconds');
        const open = `SELECT count(*)::int FROM booking.orders WHERE exhibition_id = ${exhibition.id} AND status = 'reserved'`;
        await until('all have lapsed', async () => (await stack.sql.value(open)) === 0, { ms: 20_000 });
        await ends(exhibition, daysAgo(40));
        return exhibition;
    }
    const named = (exhibition) =>
        stack.sql.value(`SELECT (SELECT count(*) FROM booking.orders WHERE exhibition_id = ${exhibition.id} AND customer_phone <> '')
            + (SELECT count(*) FROM booking.events WHERE payload ->> 'exhibition_id' = '${exhibition.id}' AND payload ->> 'customer_phone' <> '')`);
    const step = (exhibition) => {
        const body = { kept_days: 30, text_days: 730, now_ms: Date.now(), exhibitions: [exhibition.id], contracts: [] };
        return stack.bus.settle('retention', body, { caller: 'admin' }); // one waits for the other, and may be told to come again
    };

    test('is made of short steps; taken twice at once each is done once', async () => {
        const exhibition = await abandoned();
        await stack.sql.text('ANALYZE'); // as the database does by itself, a minute later
        const rows = {};
        const took = [];
        for (let more = true, steps = 0; more; steps++) {
            const begun = Date.now();
            const answers = await Promise.all([step(exhibition), step(exhibition)]);
            took.push(Date.now() - begun);
            for (const { status, body } of answers) {
                assert.equal(status, 'OK');
                assert.ok(body.erased.reduce((sum, e) => sum + e.rows, 0) <= 1000, JSON.stringify(body));
                for (const e of body.erased) rows[e.what] = (rows[e.what] ?? 0) + e.rows;
            }
            more = answers.every(({ body }) => body.more);
            assert.ok(steps < 100);
        }
        took.sort((a, b) => a - b);
        assert.ok(took[took.length >> 1] < 4000, `${took} ms`); // half of them: the machine may stand still
        assert.deepEqual([rows['orders never paid'], rows['events of orders never paid'], rows['phone counters']], [HOLDS, 2 * HOLDS, HOLDS]);
        assert.equal(Number(await named(exhibition)), 0);
        await stack.audit(10_000);
    });

    test('that dies goes on', async () => {
        const exhibition = await abandoned();
        const reached = join(stack.dir, 'reached-');
        for (const admin of stack.admin) {
            await admin.kill();
            Object.assign(admin.env, { FAULT: 'admin.retention.step:2', FAULT_ONCE: reached });
        }
        await stack.ready();
        const report = await run();
        assert.ok(existsSync(`${reached}admin.retention.step`), 'somebody died on the way');
        assert.equal(Number(await named(exhibition)), 0);
        assert.deepEqual(report.missing, []);
        await chainVerifies();
    });

    test('names a service that does not answer, and does the others', async () => {
        const exhibition = await abandoned();
        const report = await whilePaused(stack.notify, run);
        assert.deepEqual(report.missing, ['notify']);
        assert.equal(Number(await named(exhibition)), 0);
    });

    test('is one at a time, told again under its key, and noted in the log of audit', async () => {
        const key = randomUUID();
        const wish = () => stack.http.settle('POST', '/api/admin/retention', { json: {}, token: superadmin() });
        const runs = new Set((await Promise.all([wish(), wish()])).map(({ answer }) => answer.json.id));
        for (const id of runs) await ended(id);
        const asked = await stack.http.post('/api/admin/retention', undefined, { token: superadmin(), key });
        const report = await ended(asked.json.id);
        assert.equal((await stack.http.post('/api/admin/retention', undefined, { token: superadmin(), key })).text, asked.text);
        assert.equal((await stack.http.post('/api/admin/retention', {}, { token: superadmin(), key })).code, 'IDEMPOTENCY_MISMATCH');
        assert.equal(report.requested_by, 1);
        const facts = await stack.sql.rows(
            `SELECT version, payload FROM admin.events WHERE type = 'audit' AND entity = 'retention:${report.id}' ORDER BY version`,
        );
        assert.deepEqual(
            facts.map(({ version, payload }) => [version, payload.action, payload.user_id]),
            [
                [1, 'retention.run', 1],
                [2, 'retention.run', 1],
            ],
        );
        assert.deepEqual(facts[1].payload.after.erased, report.erased);
        assert.deepEqual(
            (await reports('?limit=1')).map((r) => r.id),
            [report.id],
        );
        assert.ok((await reports(`?cursor=${report.id}`)).every((r) => r.id < report.id));
    });

    test('is the business of superadmins, and of svc-admin', async () => {
        for (const role of ['manager', 'finance', 'staff', 'viewer']) {
            assert.equal((await stack.http.get('/api/admin/retention', { token: stack.token(role) })).status, 403);
            assert.equal((await stack.http.post('/api/admin/retention', {}, { token: stack.token(role) })).status, 403);
        }
        assert.equal((await stack.http.get('/api/admin/retention?cursor=x', { token: superadmin() })).status, 422);
        assert.equal((await stack.http.get('/api/admin/retention?limit=101', { token: superadmin() })).status, 422);
        assert.equal((await stack.http.post('/api/admin/retention', { days: 1 }, { token: superadmin() })).status, 422);
        for (const caller of ['gateway', 'payment', 'notify'])
            assert.notEqual((await stack.bus.call('retention', {}, { caller, role: 'superadmin' })).status, 'OK', caller);
    });
});

// Last: their own books begin anew.
test('whoever reads all events from the beginning learns no names, and is not hurt', { timeout: 120_000 }, async () => {
    await allHeard();
    await stack.sql.text(`BEGIN; LOCK entrance.consumer_cursors, notify.consumer_cursors;
        TRUNCATE entrance.orders, entrance.changes, entrance.tickets, entrance.codes, notify.facts, notify.messages, notify.awaited, notify.outdated;
        UPDATE entrance.consumer_cursors SET cursor = ''; UPDATE notify.consumer_cursors SET cursor = ''; COMMIT`);
    for (const daemon of [...stack.entrance, ...stack.notify]) await daemon.kill(); // they come back, and look where they stand
    await allHeard(60_000);
    assert.equal(await stack.sql.value('SELECT count(*)::int FROM entrance.orders'), 2);
    assert.deepEqual(await personalOf(of), ['admin.audit_texts', 'booking.events', 'entrance.events']);
    for (const schema of ['entrance', 'notify', 'admin']) assert.deepEqual(await stack.sql.rows(`SELECT * FROM ${schema}.parked_events`), []);
    assert.equal(await stack.sql.value('SELECT count(*)::int FROM notify.messages'), 0, 'there is nobody to tell');
});
