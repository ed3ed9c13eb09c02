// What the payment service tells booking: each attempt begins once and ends once, every pair of states, money that comes late.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { addExhibition, day, orderFor, phone, visible } from './lib/fixture.mjs';
import { useStack } from './lib/stack.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const stack = useStack({ replicas: 2 });
const PRICE = 1000;

async function exhibitionWith(options) {
    const exhibition = await addExhibition(stack.sql, { products: [{ total: 1000, price: PRICE }], ...options });
    await visible(stack.http, exhibition);
    return exhibition;
}
let shared;
const exhibition = async () => (shared ??= await exhibitionWith());

async function reserve(of, options) {
    const answer = await stack.http.post('/api/orders', orderFor(of ?? (await exhibition()), options));
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
}
const call = (op, body, options) => stack.bus.call(op, body, { caller: 'payment', ...options });
async function done(op, body, options) {
    const reply = await call(op, body, options);
    assert.equal(reply.status, 'OK', `${op} ${JSON.stringify(body)}: ${JSON.stringify(reply)}`);
    return reply.body;
}
const attempt = () => `att-${randomUUID()}`;
const begin = (order, attempt_id) => done('begin_payment', { attempt_id, order_number: order.order_number, amount: order.total_amount });
const stateOf = (order) => stack.sql.row(`SELECT * FROM booking.orders WHERE order_number = '${order.order_number}'`);
const ticketsOf = (order) =>
    stack.sql.rows(`SELECT t.* FROM booking.tickets t JOIN booking.orders o ON o.id = t.order_id
    WHERE o.order_number = '${order.order_number}' ORDER BY t.id`);
const expireNow = async (order) => {
    await stack.sql.text(`UPDATE booking.orders SET expires_at = now() - interval '1 second' WHERE order_number = '${order.order_number}'`);
    await until('expired', async () => (await stateOf(order)).status === 'expired', { ms: 6000 });
};

test('begin, paid: the order is paid and has a ticket per person', async () => {
    const order = await reserve(undefined, { quantity: 3 });
    const attempt_id = attempt();
    const begun = await begin(order, attempt_id);
    assert.deepEqual([begun.status, begun.payment_status, begun.verdict], ['paying', 'paying', null]);
    const paid = await done('mark_paid', { attempt_id, amount: order.total_amount, payment_method: 'card', payment_key: 'pk-1' });
    assert.deepEqual([paid.status, paid.payment_status, paid.verdict], ['paid', 'paid', 'paid']);
    const tickets = await ticketsOf(order);
    assert.deepEqual(
        tickets.map((t) => [t.price, t.status]),
        Array(3).fill([PRICE, 'valid']),
    );
    const row = await stateOf(order);
    assert.equal(row.payment_method, 'card');
    assert.equal(row.payment_key, 'pk-1');
    const types = await stack.sql.rows(`SELECT type, version FROM booking.events WHERE entity = '${order.order_number}' ORDER BY version`);
    assert.deepEqual(
        types,
        ['reserved', 'paying', 'paid'].map((s, i) => ({ type: `order.${s}`, version: i + 1 })),
    );
    const read = (await stack.http.get(`/api/orders/${order.order_number}`)).json;
    assert.deepEqual([read.status, read.payment_status, read.payment_method], ['paid', 'paid', 'card']);
});

test('attempts are fenced: doubled and late calls change nothing and hear the verdict', async () => {
    const order = await reserve(undefined, { quantity: 2 });
    const attempt_id = attempt();
    const first = await begin(order, attempt_id);
    assert.deepEqual(await begin(order, attempt_id), first);
    assert.equal((await call('begin_payment', { attempt_id, order_number: order.order_number, amount: 1 })).status, 'IDEMPOTENCY_MISMATCH');
    assert.equal(
        (await call('begin_payment', { attempt_id: attempt(), order_number: order.order_number, amount: order.total_amount })).status,
        'INVALID_STATE',
    );
    const paid = await done('mark_paid', { attempt_id, amount: order.total_amount });
    assert.deepEqual(await done('mark_paid', { attempt_id, amount: order.total_amount }), paid);
    assert.equal((await done('payment_failed', { attempt_id, reason: 'late' })).verdict, 'paid');
    assert.equal((await done('await_deposit', { attempt_id })).verdict, 'paid');
    assert.equal((await begin(order, attempt_id)).verdict, 'paid');
    assert.equal((await ticketsOf(order)).length, 2);
    assert.equal((await stateOf(order)).version, 3, 'three moves, no more');
});

test('twenty equal calls at once are one', async () => {
    const order = await reserve(undefined, { quantity: 2 });
    const attempt_id = attempt();
    const begun = await parallel(20, 20, () => call('begin_payment', { attempt_id, order_number: order.order_number, amount: order.total_amount }));
    assert.deepEqual(
        tally(begun, (r) => `${r.status} ${r.body?.status}`),
        { 'OK paying': 20 },
    );
    const paid = await parallel(20, 20, () => call('mark_paid', { attempt_id, amount: order.total_amount }));
    assert.deepEqual(
        tally(paid, (r) => `${r.status} ${r.body?.verdict}`),
        { 'OK paid': 20 },
    );
    assert.equal((await ticketsOf(order)).length, 2);
});

test('of two attempts at once one begins', async () => {
    const order = await reserve();
    const replies = await parallel(10, 10, () =>
        call('begin_payment', { attempt_id: attempt(), order_number: order.order_number, amount: order.total_amount }),
    );
    assert.deepEqual(
        tally(replies, (r) => r.status),
        { OK: 1, INVALID_STATE: 9 },
    );
});

test('a failed attempt gives the order back, the next one may begin', async () => {
    const order = await reserve();
    const [first, second] = [attempt(), attempt()];
    await begin(order, first);
    const failed = await done('payment_failed', { attempt_id: first, reason: 'card refused' });
    assert.deepEqual([failed.status, failed.payment_status, failed.verdict], ['reserved', 'failed', 'failed']);
    await begin(order, second);
    assert.equal((await done('mark_paid', { attempt_id: first, amount: order.total_amount })).verdict, 'failed', 'the old one stays failed');
    assert.equal((await stateOf(order)).status, 'paying');
    assert.equal((await done('mark_paid', { attempt_id: second, amount: order.total_amount })).verdict, 'paid');
});

test('nothing lapses while paying; afterwards the hold does', async () => {
    const of = await exhibitionWith({ hold_seconds: 2 });
    const order = await reserve(of);
    const attempt_id = attempt();
    await begin(order, attempt_id);
    const other = await reserve(of); // lapses, so the sweeper has passed
    await until('the other one lapsed', async () => (await stateOf(other)).status === 'expired', { ms: 8000 });
    assert.equal((await stateOf(order)).status, 'paying');
    await done('payment_failed', { attempt_id, reason: 'refused' });
    await until('lapsed', async () => (await stateOf(order)).status === 'expired', { ms: 6000 });
    const late = await call('begin_payment', { attempt_id: attempt(), order_number: order.order_number, amount: order.total_amount });
    assert.equal(late.status, 'ORDER_EXPIRED');
});

test('wrong amounts, unknown orders and attempts', async () => {
    const order = await reserve();
    const begun = (amount, order_number = order.order_number) => call('begin_payment', { attempt_id: attempt(), order_number, amount });
    assert.equal((await begun(order.total_amount + 1)).status, 'AMOUNT_MISMATCH');
    assert.equal((await begun(0)).status, 'AMOUNT_MISMATCH');
    assert.equal((await begun(PRICE, 'ORD20200101AAAAAAAAAA')).status, 'NOT_FOUND');
    assert.equal((await begun(-1)).status, 'VALIDATION_FAILED');
    for (const [op, body] of [
        ['mark_paid', { amount: PRICE }],
        ['await_deposit', {}],
        ['payment_failed', { reason: 'x' }],
    ]) {
        assert.equal((await call(op, { attempt_id: attempt(), ...body })).status, 'NOT_FOUND', op);
    }
    const attempt_id = attempt();
    await begin(order, attempt_id);
    assert.equal((await call('mark_paid', { attempt_id, amount: order.total_amount - 1 })).status, 'AMOUNT_MISMATCH');
    assert.equal((await stateOf(order)).status, 'paying');
});

test('an order of 0 won is paid without an attempt before', async () => {
    const of = await exhibitionWith({ products: [{ total: 5, price: 0 }] });
    const order = await reserve(of, { quantity: 2 });
    const attempt_id = attempt();
    const body = { attempt_id, order_number: order.order_number, amount: 0 };
    assert.equal((await done('mark_paid', body)).verdict, 'paid');
    assert.equal((await done('mark_paid', body)).verdict, 'paid');
    assert.equal((await ticketsOf(order)).length, 2);
    const priced = await reserve();
    assert.equal((await call('mark_paid', { attempt_id: attempt(), order_number: priced.order_number, amount: 0 })).status, 'AMOUNT_MISMATCH');
});

test('deposits: awaited, paid, reversed, paid again', async () => {
    const order = await reserve(undefined, { quantity: 2 });
    const [first, second] = [attempt(), attempt()];
    await begin(order, first);
    const due = new Date(Date.now() + 86_400_000).toISOString();
    const waiting = await done('await_deposit', { attempt_id: first, due, payment_method: 'virtual_account' });
    assert.deepEqual([waiting.status, waiting.payment_status], ['awaiting_deposit', 'waiting_for_deposit']);
    assert.ok(Math.abs(Date.parse(waiting.expires_at) - Date.parse(due)) < 1000);
    assert.deepEqual(await done('await_deposit', { attempt_id: first, due }), waiting, 'told before');
    assert.equal((await done('mark_paid', { attempt_id: first, amount: order.total_amount })).verdict, 'paid');
    const reversed = await done('await_deposit', { attempt_id: second, reverses: first });
    assert.equal(reversed.status, 'awaiting_deposit');
    assert.deepEqual(
        (await ticketsOf(order)).map((t) => t.status),
        ['suspended', 'suspended'],
    );
    assert.equal((await done('mark_paid', { attempt_id: second, amount: order.total_amount })).verdict, 'paid');
    const tickets = await ticketsOf(order);
    assert.deepEqual(
        tickets.map((t) => t.status),
        ['valid', 'valid'],
        'the same tickets, valid again',
    );
});

test('a deposit that never comes: closed by payment_failed, the stock is free', async () => {
    const of = await exhibitionWith({ products: [{ total: 2, price: PRICE }] });
    const order = await reserve(of, { quantity: 2 });
    const attempt_id = attempt();
    await begin(order, attempt_id);
    await done('await_deposit', { attempt_id, due: new Date(Date.now() + 500).toISOString() });
    const closed = await done('payment_failed', { attempt_id, reason: 'account closed' });
    assert.equal(closed.status, 'expired');
    assert.equal((await stack.sql.pool(of.products[0].pool_id)).available, 2);
});

test('late money takes the stock again if it is there, else it goes back', async () => {
    const of = await exhibitionWith({ products: [{ total: 4, price: PRICE }] });
    const pool = () => stack.sql.pool(of.products[0].pool_id);
    const orders = [await reserve(of, { quantity: 2 }), await reserve(of, { quantity: 2 })];
    const attempts = [attempt(), attempt()];
    for (const [i, order] of orders.entries()) {
        await begin(order, attempts[i]);
        await done('await_deposit', { attempt_id: attempts[i] });
        // The account is closed by mistake of the provider: the order lapses while its attempt is still open.
        await stack.sql.text(
            `SELECT booking.move_orders(ARRAY[(SELECT id FROM booking.orders WHERE order_number = '${order.order_number}')], 'expired', 'lapsed')`,
        );
    }
    assert.equal((await pool()).available, 4);
    const taken = await until(
        'the gate knows',
        async () => {
            const answer = await stack.http.post('/api/orders', orderFor(of));
            return answer.status === 201 && answer.json;
        },
        { ms: 2000 },
    );
    assert.equal((await done('mark_paid', { attempt_id: attempts[0], amount: orders[0].total_amount })).verdict, 'paid');
    assert.equal((await pool()).available, 1);
    const refund = await done('mark_paid', { attempt_id: attempts[1], amount: orders[1].total_amount });
    assert.deepEqual([refund.verdict, refund.status], ['refund', 'expired']);
    assert.equal((await done('mark_paid', { attempt_id: attempts[1], amount: orders[1].total_amount })).verdict, 'refund', 'repeated for ever');
    assert.equal((await pool()).available, 1);
    assert.equal((await ticketsOf(orders[1])).length, 0);
    assert.ok(taken);
});

test('release: some tickets, then the rest; the key makes it once', async () => {
    const of = await exhibitionWith({ products: [{ total: 5, price: PRICE }], max_per_phone: 5 });
    const customer_phone = phone();
    const order = await reserve(of, { quantity: 4, customer_phone });
    const attempt_id = attempt();
    await begin(order, attempt_id);
    await done('mark_paid', { attempt_id, amount: order.total_amount });
    const tickets = (await ticketsOf(order)).map((t) => t.id);
    const available = async () => (await stack.sql.pool(of.products[0].pool_id)).available;

    const key = randomUUID();
    const body = { order_number: order.order_number, reason: 'refund', tickets: tickets.slice(0, 1) };
    const first = await done('release', body, { key });
    assert.equal(first.status, 'partially_cancelled');
    assert.deepEqual(await done('release', body, { key }), first, 'same key, same answer');
    assert.equal(await available(), 2);
    assert.equal((await call('release', body, { key: randomUUID() })).status, 'INVALID_STATE', 'a void ticket cannot go back again');
    assert.equal((await call('release', { ...body, tickets: [999999999] }, { key: randomUUID() })).status, 'INVALID_STATE', 'a foreign ticket');
    const beside = { ...body, tickets: [...tickets.slice(1), 999999999] };
    assert.equal((await call('release', beside, { key: randomUUID() })).status, 'INVALID_STATE', 'a foreign ticket beside all of our own');
    const odd = { ...body, tickets: tickets.slice(1, 2), payment_status: 'odd' };
    assert.equal((await call('release', odd, { key: randomUUID() })).status, 'VALIDATION_FAILED', 'a payment status that is none');
    const second = await done('release', { ...body, tickets: tickets.slice(1, 2) }, { key: randomUUID() });
    assert.equal(second.status, 'partially_cancelled');
    const last = await done('release', { ...body, tickets: tickets.slice(2) }, { key: randomUUID() });
    assert.equal(last.status, 'cancelled');
    assert.equal(await available(), 5);
    assert.deepEqual(
        (await ticketsOf(order)).map((t) => t.status),
        Array(4).fill('void'),
    );
    assert.equal((await stack.http.post('/api/orders', orderFor(of, { quantity: 5, customer_phone }))).status, 201, 'the phone is free again');
});

test('who is inside cannot be sent home', async () => {
    const order = await reserve(undefined, { quantity: 2 });
    const attempt_id = attempt();
    await begin(order, attempt_id);
    await done('mark_paid', { attempt_id, amount: order.total_amount });
    const [ticket] = await ticketsOf(order);
    await stack.sql.text(`UPDATE booking.tickets SET status = 'entered' WHERE id = ${ticket.id}`);
    assert.equal((await call('release', { order_number: order.order_number, reason: 'refund' }, { key: randomUUID() })).status, 'INVALID_STATE');
    assert.equal((await stateOf(order)).status, 'paid');
});

// Every state an order can be in, and what each call makes of it. Null: refused, the state stays.
const reach = {
    reserved: async () => {},
    paying: async (o) => begin(o, o.attempt),
    awaiting_deposit: async (o) => (await begin(o, o.attempt), done('await_deposit', { attempt_id: o.attempt })),
    paid: async (o) => (await begin(o, o.attempt), done('mark_paid', { attempt_id: o.attempt, amount: o.total_amount })),
    partially_cancelled: async (o) => {
        await reach.paid(o);
        const [first] = await ticketsOf(o);
        await done('release', { order_number: o.order_number, reason: 'x', tickets: [first.id] }, { key: randomUUID() });
    },
    cancelled: async (o) => {
        const answer = await stack.http.post(`/api/orders/${o.order_number}/cancel`, { reason: 'x' }, { orderToken: o.order_token });
        assert.equal(answer.status, 200);
    },
    expired: expireNow,
};
const calls = {
    begin_payment: { body: (o) => ({ attempt_id: attempt(), order_number: o.order_number, amount: o.total_amount }), moves: { reserved: 'paying' } },
    mark_paid: { body: (o) => ({ attempt_id: o.attempt, amount: o.total_amount }), moves: { paying: 'paid', awaiting_deposit: 'paid' } },
    await_deposit: { body: (o) => ({ attempt_id: o.attempt }), moves: { paying: 'awaiting_deposit' } },
    payment_failed: { body: (o) => ({ attempt_id: o.attempt, reason: 'x' }), moves: { paying: 'reserved', awaiting_deposit: 'expired' } },
    release: { body: (o) => ({ order_number: o.order_number, reason: 'x' }), moves: { paid: 'cancelled', partially_cancelled: 'cancelled' } },
};
const FREE_TO_RELEASE = ['reserved', 'paying', 'awaiting_deposit']; // the guard of unpaid orders is the caller's: see below

test('every state meets every call', { timeout: 120_000 }, async () => {
    for (const [state, prepare] of Object.entries(reach)) {
        for (const [op, { body, moves }] of Object.entries(calls)) {
            const order = { ...(await reserve(undefined, { quantity: 2 })), attempt: attempt() };
            await prepare(order);
            const before = await stateOf(order);
            assert.equal(before.status, state);
            const reply = await call(op, body(order), { key: randomUUID() });
            const after = await stateOf(order);
            if (moves[state]) assert.equal(after.status, moves[state], `${op} in ${state}: ${JSON.stringify(reply)}`);
            else if (op === 'release' && FREE_TO_RELEASE.includes(state)) assert.ok(['cancelled', state].includes(after.status));
            else assert.deepEqual(after, before, `${op} in ${state}: ${JSON.stringify(reply)}`);
        }
    }
    await stack.audit(3000);
});

test('cancelling by the visitor: only what is not paid and not being paid', async () => {
    for (const state of ['paying', 'awaiting_deposit', 'paid', 'partially_cancelled', 'cancelled', 'expired']) {
        const order = { ...(await reserve(undefined, { quantity: 2 })), attempt: attempt() };
        await reach[state](order);
        const answer = await stack.http.post(`/api/orders/${order.order_number}/cancel`, { reason: 'x' }, { orderToken: order.order_token });
        assert.deepEqual([answer.status, answer.code], [409, 'INVALID_STATE'], state);
        assert.equal((await stateOf(order)).status, state);
    }
});

test('list_paying names open attempts, page by page', async () => {
    const orders = await parallel(5, 5, async () => {
        const order = { ...(await reserve()), attempt: attempt() };
        await begin(order, order.attempt);
        return order;
    });
    const found = [];
    for (let after = 0; after !== null;) {
        const page = await done('list_paying', { older_than_seconds: 0, after, limit: 2 });
        assert.ok(page.orders.length <= 2);
        found.push(...page.orders);
        after = page.next_after;
    }
    for (const order of orders) {
        const row = found.find((f) => f.order_number === order.order_number);
        assert.deepEqual([row.attempt_id, row.amount, row.status], [order.attempt, order.total_amount, 'paying']);
    }
    assert.deepEqual((await done('list_paying', { older_than_seconds: 3600 })).orders, []);
});

test('a deposit taken back under somebody inside cannot end the order', async () => {
    const order = await reserve();
    const [first, second] = [attempt(), attempt()];
    await begin(order, first);
    await done('mark_paid', { attempt_id: first, amount: order.total_amount });
    const [ticket] = await ticketsOf(order);
    await stack.sql.text(`UPDATE booking.tickets SET status = 'entered' WHERE id = ${ticket.id}`);
    await done('await_deposit', { attempt_id: second, reverses: first });
    assert.equal((await call('payment_failed', { attempt_id: second, reason: 'x' })).status, 'INVALID_STATE');
    assert.equal((await done('mark_paid', { attempt_id: second, amount: order.total_amount })).verdict, 'paid');
});

test('extend_holds gives an outage back to those who were held, once per key', async () => {
    const of = await exhibitionWith({ hold_seconds: 600 });
    const order = await reserve(of);
    const before = Date.parse((await stateOf(order)).expires_at);
    const key = randomUUID();
    const from = new Date(Date.now() + 1000).toISOString();
    const to = new Date(Date.now() + 121_000).toISOString();
    await done('extend_holds', { from, to }, { key });
    await done('extend_holds', { from, to }, { key });
    const gained = (Date.parse((await stateOf(order)).expires_at) - before) / 1000;
    assert.ok(gained > 0 && gained <= 121, `${gained} s`);
    await done('extend_holds', { from, to: new Date(Date.now() + 10 * 3_600_000).toISOString() }, { key: randomUUID() });
    const most = (Date.parse((await stateOf(order)).expires_at) - before) / 1000;
    assert.ok(most <= 1801, `never more than 30 minutes: ${most} s`);
});

test('slots are freed and taken with their orders', async () => {
    const date = day(3);
    const of = await exhibitionWith({ slots: [{ date, starts_at: '10:00', ends_at: '11:00', capacity: 3 }] });
    const order = await reserve(of, { quantity: 3, slot_id: of.slots[0].id, visit_date: date });
    const attempt_id = attempt();
    await begin(order, attempt_id);
    await done('mark_paid', { attempt_id, amount: order.total_amount });
    assert.equal((await stack.sql.pool(of.slots[0].pool_id)).available, 0);
    await done('release', { order_number: order.order_number, reason: 'x' }, { key: randomUUID() });
    assert.equal((await stack.sql.pool(of.slots[0].pool_id)).available, 3);
    await stack.audit(3000);
});
