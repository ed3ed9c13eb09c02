// What staff find among many orders: whatever they ask for, as the table says, page after page, in the list and as a sheet; and what
// every service tells of one order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addExhibition, visible } from './lib/fixture.mjs';
import { staffAt } from './lib/gate.mjs';
import { buy, settled } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { ticketsWithCodes } from './lib/tickets.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({ payment: 1, notify: 1 }, { prepare });
const ORDERS = 240;
const DAY = 86_400_000;
const FIRST_DAY = Date.parse('2025-03-01T00:00:00+09:00');
const STATES = [
    ['expired', 'pending'],
    ['expired', 'failed'],
    ['cancelled', 'pending'],
    ['cancelled', 'refunded'],
    ['paid', 'paid'],
    ['partially_cancelled', 'partially_refunded'],
];
const NAMES = ['김민서', '이서준', '박지우', '홍길동'];
const LONG = '가'.repeat(200);

let shops, bulky, table;
async function prepare() {
    shops = [await addExhibition(stack.sql), await addExhibition(stack.sql), await addExhibition(stack.sql)];
    bulky = await addExhibition(stack.sql, { products: Array.from({ length: 20 }, () => ({ name: LONG, total: 1000 })) });
    const states = `ARRAY[${STATES.map(([status, payment]) => `'${status} ${payment}'`)}]`;
    // Neighbours share their moment, so that only the id tells them apart.
    await stack.sql.text(`BEGIN; SET LOCAL search_path = booking;
        INSERT INTO orders (order_number, exhibition_id, customer_name, customer_phone, total_amount, expires_at, refund_policy,
                            status, payment_status, created_at)
        SELECT 'ORD2025030' || 1 + i / 80 || lpad(i::text, 10, '0'), (ARRAY[${shops.map(({ id }) => id)}])[1 + i % 3],
               (ARRAY[${NAMES.map((name) => `'${name}'`)}])[1 + i % 4], '0107777' || lpad((i % 50)::text, 4, '0'), 1000, now(), '[]',
               split_part(s, ' ', 1), split_part(s, ' ', 2), to_timestamp(${FIRST_DAY / 1000} + i / 2 * 1800)
        FROM generate_series(0, ${ORDERS - 1}) i, LATERAL (SELECT (${states})[1 + i * 7 % ${STATES.length}] AS s) s;
        INSERT INTO orders (order_number, exhibition_id, customer_name, customer_phone, total_amount, expires_at, refund_policy, status)
        SELECT 'ORD20250401' || lpad(i::text, 10, '0'), ${bulky.id}, '홍길동', '01088880000', 1000, now(), '[]', 'expired'
        FROM generate_series(1, 100) i;
        INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price)
        SELECT o.id, p.id, 1, 1000, 1000 FROM orders o JOIN products p USING (exhibition_id) ORDER BY o.id, p.id;
        COMMIT; ANALYZE booking.orders;`);
    table = await stack.sql.rows(`SELECT o.*, e.code, extract(epoch FROM o.created_at) * 1000 AS at FROM booking.orders o
        JOIN booking.exhibitions e ON e.id = o.exhibition_id WHERE o.customer_phone LIKE '0107777%'`);
}

const codes = (...which) => which.map((i) => shops[i].code).join(',');
const dayOf = (text) => Date.parse(`${text}T00:00:00+09:00`);
const token = (scope) => stack.token('finance', scope);

/** The numbers that `query` asks for, by what the table says. */
function wanted({ exhibition, status, payment_status, date_from, date_to, q, sort }, scope) {
    const mine = (o) => (exhibition ?? (scope === '*' ? codes(0, 1, 2) : scope)).split(',').includes(o.code);
    const text = q?.trim();
    const numbers = text && [text.toUpperCase(), `ORD${text}`];
    const said = (o) => !q || numbers.some((n) => o.order_number.startsWith(n)) || o.customer_phone === text.replaceAll('-', '') || o.customer_name === text;
    return table
        .filter((o) => mine(o) && said(o) && (!status || o.status === status) && (!payment_status || o.payment_status === payment_status))
        .filter((o) => (!date_from || o.at >= dayOf(date_from)) && (!date_to || o.at < dayOf(date_to) + DAY))
        .sort((a, b) => (a.at - b.at || a.id - b.id) * (sort === 'created_at' ? 1 : -1))
        .map((o) => o.order_number);
}

/** The same by the list, page after page. */
async function listed(query, scope, limit) {
    const found = [];
    for (let cursor; cursor !== null;) {
        const search = new URLSearchParams({ ...query, limit, ...(cursor && { cursor }) });
        const { status, json, text } = await stack.http.get(`/api/admin/orders?${search}`, { token: token(scope) });
        assert.equal(status, 200, text);
        found.push(...json.orders.map((o) => o.order_number));
        cursor = json.next_cursor;
    }
    return found;
}

/** The same as a sheet: rows as objects, and how many pages they came in. */
async function sheet(query, scope, limit) {
    const rows = [];
    let pages = 0;
    for (let cursor; cursor !== null; pages++) {
        const params = { ...query, ...(limit && { limit: String(limit) }), ...(cursor && { cursor }) };
        const { status, body } = await stack.bus.call('order.export', undefined, { role: 'finance', scope, params, userId: 7 });
        assert.equal(status, 'OK', JSON.stringify(body));
        rows.push(...body.rows.map((row) => Object.fromEntries(row.map((cell, i) => [body.columns[i], cell]))));
        cursor = body.next_cursor;
    }
    return { rows, pages };
}

const FILTERS = [
    {},
    { status: 'expired' },
    { status: 'cancelled' },
    { status: 'paid', payment_status: 'paid' },
    { payment_status: 'refunded' },
    { status: 'paid', payment_status: 'refunded' },
    { date_from: '2025-03-02', date_to: '2025-03-02' },
    { date_from: '2025-03-02', status: 'partially_cancelled' },
    { q: '010-7777-0007' },
    { q: '01077770007', status: 'expired' },
    { q: NAMES[1] },
    { q: NAMES[2], date_to: '2025-03-01' },
    { q: 'ord20250302' },
    { q: 'ORD202503010000000042' },
    { q: ' ord202503010000000042 ' },
    { q: '202503010000000042' },
    { q: ` ${NAMES[1]} ` },
    { q: '01000000000' },
    { q: '아무도' },
];

test('whatever is asked for, everybody finds what the table says, each order once', { timeout: 120_000 }, async () => {
    const views = [
        [codes(0, 1, 2), {}],
        [codes(1), {}],
        [codes(0, 2), { exhibition: shops[2].code }],
        ['*', { exhibition: shops[0].code, sort: 'created_at' }],
        [codes(2, 0), { sort: 'created_at' }],
    ];
    for (const filter of FILTERS) {
        for (const [scope, more] of views) {
            const query = { ...filter, ...more };
            const numbers = wanted(query, scope);
            const told = JSON.stringify([query, scope === '*' ? scope : scope.split(',').length]);
            assert.deepEqual(await listed(query, scope, numbers.length > 50 ? 33 : 7), numbers, told);
            const { rows } = await sheet(query, scope, 50);
            assert.deepEqual(
                rows.map((row) => row.order_number),
                numbers,
                `sheet ${told}`,
            );
        }
    }
    const all = await listed({ date_to: '2025-03-20' }, '*', 200);
    assert.deepEqual(all, wanted({}, '*'), 'without a limit to exhibitions');
});

test('a page of a sheet ends before it does not fit into a message', async () => {
    const { rows, pages } = await sheet({ exhibition: bulky.code }, '*');
    assert.equal(rows.length, 100);
    assert.ok(pages > 1, 'more than one page');
    assert.equal(rows[0].items, Array.from({ length: 20 }, () => `${LONG} x 1`).join(', '));
    assert.deepEqual([rows[0].tickets, rows[0].tickets_left, rows[0].amount_left], [20, 0, 0], 'never paid');
});

test('who takes which orders away is told to each exhibition, with people masked', async () => {
    const facts = () => stack.sql.rows(`SELECT payload FROM booking.events WHERE type = 'audit' AND entity = 'orders' ORDER BY id`);
    const before = (await facts()).length;
    const scope = codes(0, 1);
    await sheet({ status: 'paid' }, scope, 5);
    for (const q of ['010-7777-0007', NAMES[3], 'ord20250302']) await sheet({ q, exhibition: shops[0].code, format: 'csv' }, scope, 5);
    await sheet({ status: 'reserved' }, '*');
    const told = (await facts()).slice(before).map(({ payload: { action, exhibition_code, after, user_id } }) => [action, exhibition_code, after, user_id]);
    const both = { status: 'paid', exhibition_codes: scope.split(',') };
    const asked = { exhibition: shops[0].code, format: 'csv', exhibition_codes: [shops[0].code] };
    assert.deepEqual(told, [
        ['order.export', shops[0].code, both, 7],
        ['order.export', shops[1].code, both, 7],
        ['order.export', shops[0].code, { ...asked, customer_phone: '010-****-**07' }, 7],
        ['order.export', shops[0].code, { ...asked, customer_name: '홍*동' }, 7],
        ['order.export', shops[0].code, { ...asked, order_number: 'ORD20250302' }, 7],
        ['order.export', null, { status: 'reserved', exhibition_codes: ['*'] }, 7],
    ]);
    for (const params of [
        { limit: '0' },
        { limit: '2001' },
        { cursor: '1' },
        { cursor: '99999999999999999999.1' },
        { sort: 'id' },
        { date_from: '2025-02-30' },
    ])
        assert.equal((await stack.bus.call('order.export', undefined, { role: 'finance', scope, params })).status, 'VALIDATION_FAILED', JSON.stringify(params));
    assert.equal((await stack.bus.call('order.export', undefined, { role: 'finance', scope, params: { exhibition: shops[2].code } })).status, 'NOT_FOUND');
    assert.equal((await facts()).length, before + told.length, 'what was refused is no fact');
});

test('payments, scans and messages of an order, for those who may see its exhibition', { timeout: 60_000 }, async () => {
    const shop = await addExhibition(stack.sql, { refund_policy: [{ days_before: 0, fee_percent: 0 }] });
    const [mine, foreign] = [shop.code, shops[0].code];
    await visible(stack.http, shop);
    const { order } = await buy(stack, shop, { quantity: 2 });
    const { tickets } = await ticketsWithCodes(stack, order);
    const id = await stack.sql.value(`SELECT id FROM booking.orders WHERE order_number = '${order.order_number}'`);
    const gate = staffAt(stack, mine, 'manager');
    for (const scan_id of ['one', 'two']) await gate.verdict(tickets[0].qr_code, { scan_id });
    assert.equal((await gate.undo('one', { reason: '다른 분' })).status, 200);
    const wish = { status: 'cancelled', reason: '고객 요청', tickets: [tickets[1].id], waive_fee: true };
    const answer = await stack.http.patch(`/api/admin/orders/${id}`, wish, { token: stack.token('manager', mine) });
    assert.equal(answer.status, 202, answer.text);
    await settled(stack, order);

    const history = (service, scope, params = { order_number: order.order_number }) =>
        stack.bus.call('order.history', undefined, { service, role: 'viewer', scope, params });
    const { payments } = (await history('payment', mine)).body;
    assert.partialDeepStrictEqual(payments, [
        { type: 'attempt', state: 'paid', method: 'card', amount: 2000, kind: null, user_id: null },
        { type: 'refund', state: 'done', kind: 'staff', amount: 1000, fee: 0, reason: wish.reason, user_id: 1, failure_code: null },
    ]);
    // The provider's times are whole seconds.
    assert.ok(payments.every(({ at, ended_at }) => Date.parse(at) < Date.parse(ended_at) + 1000));
    const { scans } = (await history('entrance', mine)).body;
    assert.partialDeepStrictEqual(scans, [
        { scan_id: 'one', verdict: 'allowed', ticket_id: tickets[0].id, admin_id: 1, undone_by: 1, undo_reason: '다른 분', offline: false },
        { scan_id: 'two', verdict: 'already_entered', count: 1, admitted: 0, undone_at: null, undone_by: null },
    ]);
    const messages = await until('the refund is told', async () => {
        const { body } = await history('notify', mine);
        return body.messages.length > 1 && body.messages;
    });
    assert.deepEqual([messages[0].event, messages[0].order_number, messages[0].exhibition_code], ['paid', order.order_number, mine]);
    assert.match(messages[0].phone, /^\d+-\*+-\*\*\d\d$/);

    for (const [service, member] of [
        ['payment', 'payments'],
        ['entrance', 'scans'],
        ['notify', 'messages'],
    ]) {
        assert.equal((await history(service, foreign)).status, 'NOT_FOUND', `${service}: another exhibition`);
        assert.equal((await history(service, mine, {})).status, 'NOT_FOUND', `${service}: no order`);
        const unknown = await history(service, '*', { order_number: 'ORD200001010000000000' });
        assert.deepEqual([unknown.status, unknown.body], ['OK', { [member]: [] }], `${service}: nothing is known of it`);
    }
});
