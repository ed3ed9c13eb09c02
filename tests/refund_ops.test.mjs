// Refunds, cancellations and outages of payments, as the payment service tells booking of them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { addHolds, day, orderFor, phone } from './lib/fixture.mjs';
import { attempt, payOps, PRICE, refund } from './lib/pay_ops.mjs';
import { useStack } from './lib/stack.mjs';
import { HOME_MS } from './lib/trouble.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const stack = useStack({ replicas: 2 }, { finish: () => stack.audit(HOME_MS) });
const { exhibitionWith, reserve, call, done, refused, begin, paid, enter, stateOf, ticketStates, eventsOf, available } = payOps(stack);

const idsOf = (order, refund_id = refund()) => ({ refund_id, order_number: order.order_number });

// ---- refunds

test('some tickets, then the rest: void, released, each told again', async () => {
    const of = await exhibitionWith({ products: [{ total: 5, price: PRICE }], max_per_phone: 5 });
    const customer_phone = phone();
    const order = await paid(of, { quantity: 4, customer_phone });
    const first = idsOf(order);
    const voided = await done('void_tickets', { ...first, tickets: order.tickets.slice(0, 1) });
    assert.deepEqual([voided.status, voided.payment_status, voided.tickets], ['paid', 'refunding', order.tickets.slice(0, 1)]);
    assert.deepEqual(await done('void_tickets', { ...first, tickets: order.tickets.slice(0, 1) }), voided, 'told again');
    assert.deepEqual(await ticketStates(order), ['refunding', 'valid', 'valid', 'valid']);
    assert.equal(await available(of), 1, 'held until the money is back');
    const fact = await stack.sql.row(`SELECT payload FROM booking.events WHERE entity = '${order.order_number}' AND type = 'order.refunding'`);
    assert.equal(fact.payload.tickets[0].status, 'void', 'nobody else knows that state');
    const release = { ...first, reason: 'refund', payment_status: 'partially_refunded', amount: 1000 };
    const released = await done('release', release);
    assert.deepEqual([released.status, released.payment_status], ['partially_cancelled', 'partially_refunded']);
    assert.deepEqual(await done('release', release), released, 'told again');
    assert.deepEqual(await done('void_tickets', { ...first, tickets: order.tickets.slice(0, 1) }), { ...released, tickets: voided.tickets }, 'late');
    assert.equal(await available(of), 2);
    const rest = idsOf(order);
    await done('void_tickets', { ...rest, tickets: order.tickets.slice(1) });
    const last = await done('release', { ...rest, reason: 'refund', payment_status: 'refunded', amount: 1000 });
    assert.deepEqual([last.status, last.payment_status], ['cancelled', 'refunded']);
    await refused('release', { ...rest, reason: 'x', payment_status: 'refunded' }, 'VALIDATION_FAILED');
    assert.equal(await available(of), 5);
    assert.deepEqual(await ticketStates(order), Array(4).fill('void'));
    assert.deepEqual(await eventsOf(order), ['reserved', 'paying', 'paid', 'refunding', 'partially_cancelled', 'refunding', 'cancelled']);
    assert.equal((await stack.http.post('/api/orders', orderFor(of, { quantity: 5, customer_phone }))).status, 201, 'the phone is free again');
});

test('a refund the provider refused: the tickets are as before', async () => {
    const order = await paid(undefined, { quantity: 3 });
    const part = idsOf(order);
    await done('void_tickets', { ...part, tickets: order.tickets.slice(0, 1) });
    const undone = await done('unvoid_tickets', { refund_id: part.refund_id });
    assert.deepEqual([undone.status, undone.payment_status], ['paid', 'paid']);
    const version = (await stateOf(order)).version;
    assert.deepEqual(await done('unvoid_tickets', { refund_id: part.refund_id }), undone);
    assert.equal((await stateOf(order)).version, version, 'a repeat changes nothing');
    assert.deepEqual(await ticketStates(order), ['valid', 'valid', 'valid']);
    await refused('release', { ...part, reason: 'x', payment_status: 'refunded', amount: 1000 }, 'INVALID_STATE');
    await refused('void_tickets', { ...part, tickets: order.tickets.slice(0, 1) }, 'INVALID_STATE');

    const next = idsOf(order);
    await done('void_tickets', { ...next, tickets: order.tickets.slice(0, 1) });
    await done('release', { ...next, reason: 'x', payment_status: 'partially_refunded', amount: 1000 });
    await refused('unvoid_tickets', { refund_id: next.refund_id }, 'INVALID_STATE');
    const third = idsOf(order);
    await done('void_tickets', { ...third, tickets: order.tickets.slice(1) });
    assert.equal((await done('unvoid_tickets', { refund_id: third.refund_id })).payment_status, 'partially_refunded', 'as it was before');
    assert.deepEqual(await eventsOf(order), [
        ...['reserved', 'paying', 'paid', 'refunding', 'refund_refused', 'refunding', 'partially_cancelled', 'refunding', 'refund_refused'],
    ]);
});

test('two refunds of one order at once: refunding until both have ended', async () => {
    const order = await paid(undefined, { quantity: 3 });
    const [one, two] = [idsOf(order), idsOf(order)];
    await Promise.all([
        done('void_tickets', { ...one, tickets: order.tickets.slice(0, 1) }, { replica: 0 }),
        done('void_tickets', { ...two, tickets: order.tickets.slice(1, 2) }, { replica: 1 }),
    ]);
    assert.equal((await done('release', { ...one, reason: 'x', payment_status: 'partially_refunded', amount: 1000 })).payment_status, 'refunding');
    assert.equal((await done('unvoid_tickets', { refund_id: two.refund_id })).payment_status, 'partially_refunded');
    assert.deepEqual(await ticketStates(order), ['void', 'valid', 'valid']);
});

test('one ticket, ten refunds at once on two replicas: one gets it', async () => {
    const order = await paid(undefined, { quantity: 2 });
    const body = (refund_id) => ({ refund_id, order_number: order.order_number, tickets: order.tickets.slice(0, 1) });
    const many = await parallel(10, 10, (i) => call('void_tickets', body(refund()), { replica: i % 2 }));
    assert.deepEqual(
        tally(many, (r) => r.status),
        { OK: 1, INVALID_STATE: 9 },
    );
    const { refund_id } = many.find((r) => r.status === 'OK').body;
    const same = await parallel(10, 10, (i) =>
        call('release', { ...idsOf(order, refund_id), reason: 'x', payment_status: 'partially_refunded', amount: 1000 }, { replica: i % 2 }),
    );
    assert.deepEqual(
        tally(same, (r) => `${r.status} ${r.body.status}`),
        { 'OK partially_cancelled': 10 },
    );
});

test('void refuses what is not there, not ours, void or inside, and names those inside', async () => {
    const order = await paid(undefined, { quantity: 3 });
    const [a, b, c] = order.tickets;
    const other = await paid();
    const refuses = (tickets, status = 'INVALID_STATE', of = order) => refused('void_tickets', { ...idsOf(of), tickets }, status);
    await enter(b);
    const before = await stateOf(order);
    assert.deepEqual(await refuses([999999999]), { entered: [] });
    await refuses([a, ...other.tickets]);
    await refuses([a], 'NOT_FOUND', { order_number: 'ORD20200101AAAAAAAAAA' });
    await refuses([a], 'INVALID_STATE', await reserve());
    assert.deepEqual((await refuses([a, b])).entered, [b]);
    assert.deepEqual(await stateOf(order), before, 'refusals change nothing');
    const ids = idsOf(order);
    await done('void_tickets', { ...ids, tickets: [a] });
    await refuses([a, c]);
    await refused('void_tickets', { ...ids, tickets: [c] }, 'IDEMPOTENCY_MISMATCH');
    await refused('void_tickets', { ...idsOf(other, ids.refund_id), tickets: other.tickets }, 'IDEMPOTENCY_MISMATCH');
    await refused('release', { ...idsOf(other, ids.refund_id), reason: 'x', payment_status: 'refunded', amount: 1000 }, 'IDEMPOTENCY_MISMATCH');
    for (const [op, body] of [
        ['unvoid_tickets', { refund_id: refund() }],
        ['release', { ...idsOf(order), reason: 'x', payment_status: 'refunded', amount: 1000 }],
    ]) {
        await refused(op, body, 'NOT_FOUND');
    }
    for (const body of [
        { ...idsOf(order), tickets: [] },
        { ...idsOf(order), tickets: 'all' },
        { ...idsOf(order), tickets: Array(1001).fill(1) },
        { order_number: order.order_number, tickets: [a] },
    ]) {
        await refused('void_tickets', body, 'VALIDATION_FAILED');
    }
    await refused('release', { ...ids, reason: 'x', payment_status: 'refunding', amount: 1000 }, 'VALIDATION_FAILED');
    await refused('release', { order_number: order.order_number, reason: 'x', tickets: [a] }, 'VALIDATION_FAILED');
});

test('money that vanished in the console: whoever is not inside stays out', async () => {
    const of = await exhibitionWith({ products: [{ total: 9, price: PRICE }] });
    const order = await paid(of, { quantity: 4 });
    const [a, b, c, d] = order.tickets;
    const earlier = idsOf(order);
    await done('void_tickets', { ...earlier, tickets: [d] });
    await enter(a);
    const ids = idsOf(order);
    const body = { ...ids, tickets: order.tickets, not_entered: true };
    assert.deepEqual((await done('void_tickets', body)).tickets, [b, c]);
    assert.deepEqual((await done('void_tickets', body)).tickets, [b, c], 'told again');
    await done('release', { ...earlier, reason: 'x', payment_status: 'partially_refunded', amount: 1000 });
    const released = await done('release', { ...ids, reason: 'cancelled in the console', payment_status: 'refunded', amount: 1000 });
    assert.deepEqual([released.status, released.payment_status], ['partially_cancelled', 'refunded']);
    assert.deepEqual(await ticketStates(order), ['entered', 'void', 'void', 'void']);
    assert.equal(await available(of), 8);

    const inside = await paid(of);
    await enter(inside.tickets[0]);
    const none = idsOf(inside);
    assert.deepEqual((await done('void_tickets', { ...none, tickets: inside.tickets, not_entered: true })).tickets, []);
    const kept = await done('release', { ...none, reason: 'cancelled in the console', payment_status: 'refunded', amount: 1000 });
    assert.deepEqual([kept.status, kept.payment_status], ['paid', 'refunded']);
});

test('an order of 0 won is given back by the same calls', async () => {
    const of = await exhibitionWith({ products: [{ total: 5, price: 0 }] });
    const order = await paid(of, { quantity: 2 });
    const ids = idsOf(order);
    await done('void_tickets', { ...ids, tickets: order.tickets });
    const released = await done('release', { ...ids, reason: 'x', payment_status: 'refunded', amount: 1000 });
    assert.deepEqual([released.status, released.payment_status], ['cancelled', 'refunded']);
    assert.equal(await available(of), 5);
});

test('a deposit taken back while its tickets are being refunded', async () => {
    const of = await exhibitionWith({ products: [{ total: 2, price: PRICE }] });
    const order = await paid(of, { quantity: 2 });
    const ids = idsOf(order);
    await done('void_tickets', { ...ids, tickets: order.tickets.slice(0, 1) });
    const again = attempt();
    await done('await_deposit', { attempt_id: again, reverses: order.attempt });
    assert.deepEqual(await ticketStates(order), ['refunding', 'suspended']);
    const undone = await done('unvoid_tickets', { refund_id: ids.refund_id });
    assert.deepEqual([undone.status, undone.payment_status], ['awaiting_deposit', 'waiting_for_deposit']);
    assert.deepEqual(await ticketStates(order), ['suspended', 'suspended'], "as the order's state says");
    await done('payment_failed', { attempt_id: again, reason: 'x', cancelled: true });
    assert.deepEqual(await ticketStates(order), ['void', 'void']);
    assert.equal(await available(of), 2);
});

// ---- unpaid orders

test('cancel_unpaid: once per key, and only while nobody is paying', async () => {
    const of = await exhibitionWith({ products: [{ total: 3, price: PRICE }] });
    const order = await reserve(of, { quantity: 2 });
    const paying = await reserve(of);
    const key = randomUUID();
    const body = { order_number: order.order_number, reason: 'changed my mind' };
    const cancelled = await done('cancel_unpaid', body, { key });
    assert.deepEqual(cancelled, { order_number: order.order_number, status: 'cancelled' });
    assert.deepEqual(await done('cancel_unpaid', body, { key }), cancelled);
    await refused('cancel_unpaid', { ...body, reason: 'other' }, 'IDEMPOTENCY_MISMATCH', { key });
    await refused('cancel_unpaid', body, 'INVALID_STATE', { key: randomUUID() });
    await refused('cancel_unpaid', { ...body, order_number: 'ORD20200101AAAAAAAAAA' }, 'NOT_FOUND', { key: randomUUID() });
    assert.equal(await available(of), 2);
    await begin(paying, attempt());
    await refused('cancel_unpaid', { ...body, order_number: paying.order_number }, 'INVALID_STATE', { key: randomUUID() });
});

test("the staff's change of an order, passed on by the payment service", async () => {
    const order = await reserve();
    const { id } = await stateOf(order);
    const patch = (body, options) =>
        call('order.patch', body, { role: 'manager', scope: '*', userId: 7, params: { id: String(id) }, key: randomUUID(), ...options });
    assert.equal((await patch({ status: 'cancelled', reason: 'x' }, { scope: 'elsewhere' })).status, 'NOT_FOUND');
    assert.equal((await patch({ status: 'cancelled', reason: 'x' }, { role: 'staff' })).status, 'FORBIDDEN');
    const patched = await patch({ status: 'cancelled', reason: 'asked by phone', waive_fee: true });
    assert.deepEqual([patched.status, patched.body.status], ['OK', 'cancelled']);
    const fact = await stack.sql.row(`SELECT payload FROM booking.events WHERE entity = '${order.order_number}' AND type = 'audit'`);
    assert.equal(fact.payload.user_id, 7);
    const other = await paid();
    const refusal = await patch({ status: 'cancelled', reason: 'x', waive_fee: true }, { params: { id: String((await stateOf(other)).id) } });
    assert.equal(refusal.status, 'INVALID_STATE', 'money is the payment service’s');
});

test('payment_order tells what a payment must know', async () => {
    const refund_policy = [{ days_before: 7, fee_percent: 0 }];
    const names = ['일반 관람권', '청소년 관람권', '가'.repeat(150)];
    const [soon, last] = [day(3), day(30)];
    const products = names.map((name) => ({ name, total: 10, price: PRICE }));
    const of = await exhibitionWith({ products, refund_policy, deposit_hours: 12, end_date: last });
    const lines = (...wanted) => ({ items: wanted.map((i) => ({ product_id: of.products[i].id, quantity: 2 })) });
    const order = await paid(of, { ...lines(0, 1, 2), customer_email: 'a@example.com' });
    await stack.sql.text(`UPDATE booking.exhibitions SET refund_policy = '[]' WHERE id = ${of.id}`);
    const { id, customer_phone } = await stateOf(order);
    const told = await done('payment_order', { order_number: order.order_number });
    const { tickets, ...rest } = told;
    assert.deepEqual(rest, {
        order_id: id,
        order_number: order.order_number,
        exhibition_id: of.id,
        exhibition_code: of.code,
        status: 'paid',
        payment_status: 'paid',
        total_amount: 6 * PRICE,
        expires_at: rest.expires_at,
        created_at: rest.created_at,
        deposit_hours: 12,
        customer_name: '홍길동',
        customer_phone,
        customer_email: 'a@example.com',
        token_version: 1,
        order_name: '일반 관람권 외 2건',
        refund_policy,
        visit_day: last,
    });
    assert.ok([600_000, 600_001].includes(Date.parse(rest.expires_at) - Date.parse(rest.created_at)), 'the end is rounded, the beginning cut');
    assert.deepEqual(tickets[0], { id: order.tickets[0], product_id: of.products[0].id, product_name: names[0], price: PRICE, status: 'valid' });
    assert.equal(tickets.length, 6);
    assert.deepEqual(await done('payment_order', { order_id: id }), told);
    const long = await reserve(of, { ...lines(2), visit_date: soon });
    const { order_name, visit_day, customer_email } = await done('payment_order', { order_number: long.order_number });
    assert.deepEqual([order_name, visit_day, customer_email], ['가'.repeat(100), soon, null]);
    await refused('payment_order', { order_number: 'ORD20200101AAAAAAAAAA' }, 'NOT_FOUND');
    await refused('payment_order', { order_id: 999999999 }, 'NOT_FOUND');
    await refused('payment_order', {}, 'BAD_REQUEST');
    await refused('payment_order', { order_id: id, order_number: order.order_number }, 'BAD_REQUEST');
});

// ---- outages of payments

const health = (up, options) => done('payment_health', { up }, options);
/** As if the last "up" had come `seconds` ago. */
const silentFor = (seconds) => stack.sql.text(`UPDATE booking.payment_health SET up_at = now() - interval '${seconds} seconds'`);
const outages = () => stack.sql.rows('SELECT * FROM booking.payment_outages ORDER BY id');
const stretched = () => until('holds have their time back', async () => (await outages()).every((o) => o.done), { ms: 30_000 });
const lapsed = (order) => until('the sweeper has passed', async () => (await stateOf(order)).status === 'expired', { ms: 15_000 });
const between = (later, earlier) => (Date.parse(later) - Date.parse(earlier)) / 1000;
const seconds = (later, earlier) => between(later.expires_at, earlier.expires_at);
const same = (a, b) => Math.abs(a - b) < 0.005; // seconds: times are told in milliseconds
const now = () => stack.sql.value('SELECT clock_timestamp()');
const downLater = (by) => stack.sql.text(`UPDATE booking.payment_health SET down_at = down_at + interval '${by}'`);
const age = (order, by) =>
    stack.sql.text(`UPDATE booking.orders SET created_at = created_at - interval '${by}', expires_at = expires_at - interval '${by}'
        WHERE order_number = '${order.order_number}'`);

test('an outage: nothing lapses, then all that were held get the time back, once', async () => {
    const of = await exhibitionWith();
    await health(true);
    const [held, paying, waiting, over] = [await reserve(of), await reserve(of), await reserve(of), await paid(of)];
    for (const o of [paying, waiting]) await begin(o, (o.attempt = attempt()));
    await done('await_deposit', { attempt_id: waiting.attempt });
    for (const o of [held, paying, waiting, over]) await age(o, '9 minutes');
    const before = await Promise.all([held, paying, waiting, over].map(stateOf));
    await silentFor(120);
    const during = await reserve(of); // held for the part of the outage it has seen
    await age(held, '90 seconds'); // its time is over by 30 s
    const late = await reserve(of);
    await age(late, '41 minutes'); // so late that no outage excuses it
    await lapsed(late);
    assert.equal((await stateOf(held)).status, 'reserved');
    await health(false);
    await downLater('1 minute'); // its three seconds shall not pass here
    await health(true, { replica: 1 });
    assert.deepEqual(await outages(), [], 'one that is down outweighs one that has noticed nothing');
    await downLater('-63 seconds');
    const asked = await now();
    await Promise.all([0, 1].map((replica) => health(true, { replica })));
    const told = await now();
    await stretched();
    const [{ from_at, to_at }, ...others] = await outages();
    assert.deepEqual([others, between(to_at, asked) >= 0 && between(told, to_at) >= 0], [[], true], `it ended at ${to_at}: ${asked} … ${told}`);
    const length = between(to_at, from_at);
    assert.ok(length >= 120, `${length}`);
    const after = await Promise.all([held, paying, waiting, over].map(stateOf));
    const gained = after.map((o, i) => seconds(o, before[i]));
    assert.ok(same(gained[0], length - 90), `${length} s - 90 s: ${gained[0]}`);
    assert.ok(same(gained[1], length), `${length} s: ${gained[1]}`);
    assert.deepEqual(gained.slice(2), [0, 0]);
    const seen = await stateOf(during);
    assert.ok(same(seconds(seen, during), between(to_at, seen.created_at)), `only what it has seen: ${seconds(seen, during)}`);
    assert.deepEqual(await eventsOf(held), ['reserved', 'extended']);
    const read = (await stack.http.settle('GET', `/api/orders/${held.order_number}`, {})).answer;
    assert.ok(Math.abs(Date.parse(read.json.expires_at) - Date.parse(after[0].expires_at)) <= 1);
    await silentFor(-60); // nor shall the five seconds of silence pass here
    await health(true);
    assert.equal((await outages()).length, 1);
    assert.deepEqual(await stateOf(held), after[0], 'once');
});

test('never more than 30 minutes in all', async () => {
    const of = await exhibitionWith();
    await health(true); // how long nobody has said so is no matter of the order's
    await stretched();
    const order = await reserve(of);
    const before = await stateOf(order);
    for (const minutes of [20, 20, 20]) {
        await stack.sql.text(`UPDATE booking.orders SET created_at = now() - interval '1 hour' WHERE order_number = '${order.order_number}'`);
        await silentFor(minutes * 60);
        await health(true);
        await stretched();
    }
    assert.equal(seconds(await stateOf(order), before), 1800);
    assert.deepEqual(await eventsOf(order), ['reserved', 'extended', 'extended']);
});

test('thousands of holds get their time back in batches, each once', { timeout: 60_000 }, async () => {
    const of = await exhibitionWith({ products: [{ total: 3000, price: PRICE }] });
    await health(true);
    await stretched();
    await addHolds(stack.sql, of, 2600, '5 minutes');
    const times = () =>
        stack.sql.rows(`SELECT expires_at, count(*)::int AS n FROM booking.orders WHERE exhibition_id = ${of.id} AND status = 'reserved' GROUP BY 1`);
    const [{ expires_at }] = await times();
    await stack.sql.text(`UPDATE booking.orders SET created_at = now() - interval '5 minutes' WHERE exhibition_id = ${of.id}`);
    await silentFor(60);
    await health(true);
    await stretched();
    const after = await times();
    assert.deepEqual(
        after.map((t) => t.n),
        [2600],
    );
    assert.ok(seconds(after[0], { expires_at }) > 59);
});

test('silence of a payment service that was never there is no outage', async () => {
    await stack.sql.text('DELETE FROM booking.payment_health');
    const order = await reserve(await exhibitionWith({ hold_seconds: 1 }));
    await lapsed(order);
    await refused('payment_health', {}, 'VALIDATION_FAILED');
    await health(false); // the first word is "down": an outage begins with it
    const other = await reserve();
    await silentFor(10);
    await age(other, '11 minutes');
    const late = await reserve();
    await age(late, '41 minutes');
    await lapsed(late);
    assert.equal((await stateOf(other)).status, 'reserved');
    await stack.sql.text('DELETE FROM booking.payment_health');
});
