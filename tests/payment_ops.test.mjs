// What the payment service tells booking: each attempt begins once and ends once, every pair of states, money that comes late.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { day, orderFor } from './lib/fixture.mjs';
import { attempt, payOps, PRICE, refund } from './lib/pay_ops.mjs';
import { useStack } from './lib/stack.mjs';
import { HOME_MS } from './lib/trouble.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const stack = useStack({ replicas: 2 }, { finish: () => stack.audit(HOME_MS) });
const { exhibitionWith, reserve, call, done, refused, begin, enter, stateOf, ticketsOf, eventsOf, available, overdue, expireNow } = payOps(stack);
const endYesterday = (of) => stack.sql.text(`UPDATE booking.exhibitions SET end_date = '${day(-1)}' WHERE id = ${of.id}`);

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
    assert.deepEqual(await eventsOf(order), ['reserved', 'paying', 'paid']);
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
    const of = await exhibitionWith({ products: [{ total: 2, price: PRICE }] });
    const order = await reserve(of);
    const attempt_id = attempt();
    await begin(order, attempt_id);
    const other = await reserve(of); // lapses, so the sweeper has passed
    await overdue(order, other);
    await until('the other one lapsed', async () => (await stateOf(other)).status === 'expired', { ms: 15_000 });
    assert.equal((await stateOf(order)).status, 'paying');
    await done('payment_failed', { attempt_id, reason: 'refused' });
    await until('lapsed', async () => (await stateOf(order)).status === 'expired', { ms: 15_000 });
});

test('an attempt may begin on an expired order while its places are there; the money decides', async () => {
    const of = await exhibitionWith({ products: [{ total: 2, price: PRICE }] });
    const order = await reserve(of, { quantity: 2 });
    const body = (attempt_id, amount = order.total_amount) => ({ attempt_id, order_number: order.order_number, amount });
    await expireNow(order);
    const [first, second] = [attempt(), attempt()];
    await refused('begin_payment', body(first, 1), 'AMOUNT_MISMATCH');
    const begun = await begin(order, first);
    assert.deepEqual([begun.status, begun.payment_status, begun.verdict], ['expired', 'pending', null]);
    assert.deepEqual(await begin(order, first), begun, 'told again');
    await refused('begin_payment', body(second), 'INVALID_STATE');
    assert.equal(await available(of), 2, 'nothing is held');
    await refused('await_deposit', { attempt_id: first }, 'ORDER_EXPIRED');
    const failed = await done('payment_failed', { attempt_id: first, reason: 'refused' });
    assert.deepEqual([failed.status, failed.verdict], ['expired', 'failed']);
    await begin(order, second);
    const paid = await done('mark_paid', { attempt_id: second, amount: order.total_amount });
    assert.deepEqual([paid.status, paid.payment_status, paid.verdict], ['paid', 'paid', 'paid']);
    assert.equal(await available(of), 0);
    assert.deepEqual(await eventsOf(order), ['reserved', 'expired', 'paid']);
});

test('no attempt begins on an expired order whose places, or exhibition, are gone', async () => {
    const date = day(3);
    const slots = [{ date, starts_at: '10:00', ends_at: '11:00', capacity: 2 }];
    const withSlot = await exhibitionWith({ slots });
    const plain = await exhibitionWith({ products: [{ total: 1, price: PRICE }] });
    const [closed, over] = [await exhibitionWith(), await exhibitionWith()];
    const at = { slot_id: withSlot.slots[0].id, visit_date: date };
    for (const [of, options, spoil] of [
        [withSlot, { quantity: 2, ...at }, () => reserve(withSlot, at)],
        [plain, {}, () => reserve(plain)],
        [closed, {}, () => stack.sql.text(`UPDATE booking.exhibitions SET is_active = false WHERE id = ${closed.id}`)],
        [over, {}, () => endYesterday(over)],
    ]) {
        const order = await reserve(of, options);
        await expireNow(order);
        await until('the gate knows', () => spoil().then(() => true), { ms: 3000 });
        const before = await stateOf(order);
        await refused('begin_payment', { attempt_id: attempt(), order_number: order.order_number, amount: order.total_amount }, 'ORDER_EXPIRED');
        assert.deepEqual(await stateOf(order), before);
    }
});

test('a buyer who gave up meanwhile: the order is cancelled when its attempt ends', async () => {
    const of = await exhibitionWith({ products: [{ total: 4, price: PRICE }] });
    for (const wait of [false, true]) {
        const order = await reserve(of, { quantity: 2 });
        const attempt_id = attempt();
        await begin(order, attempt_id);
        if (wait) await done('await_deposit', { attempt_id });
        const body = { attempt_id, reason: 'cancelled by the buyer', cancelled: true };
        const ended = await done('payment_failed', body);
        assert.deepEqual([ended.status, ended.payment_status, ended.verdict], ['cancelled', 'failed', 'failed']);
        assert.deepEqual(await done('payment_failed', body), ended);
        assert.equal(await available(of), 4);
    }
});

test('one attempt cannot serve two orders, also when both ask at once', async () => {
    const orders = [await reserve(), await reserve()];
    const attempt_id = attempt();
    const replies = await parallel(20, 20, (i) =>
        call('begin_payment', { attempt_id, order_number: orders[i % 2].order_number, amount: PRICE }, { replica: (i >> 1) % 2 }),
    );
    assert.deepEqual(
        tally(replies, (r) => r.status),
        { OK: 10, IDEMPOTENCY_MISMATCH: 10 },
    );
});

test('a crowd of everything at once on two replicas', { timeout: 60_000 }, async () => {
    const orders = await parallel(100, 20, async () => ({ ...(await reserve()), attempt: attempt() }));
    const ways = {
        paid: (o, r) => done('mark_paid', { attempt_id: o.attempt, amount: o.total_amount }, r),
        reserved: (o, r) => done('payment_failed', { attempt_id: o.attempt, reason: 'refused' }, r),
        cancelled: (o, r) => done('payment_failed', { attempt_id: o.attempt, reason: 'x', cancelled: true }, r),
        awaiting_deposit: (o, r) => done('await_deposit', { attempt_id: o.attempt }, r),
    };
    await parallel(400, 60, async (i) => {
        const order = orders[i % 100];
        const r = { replica: (i >> 2) % 2 };
        await done('begin_payment', { attempt_id: order.attempt, order_number: order.order_number, amount: order.total_amount }, r);
        await Object.values(ways)[(i % 100) % 4](order, r);
    });
    for (const [i, order] of orders.entries()) assert.equal((await stateOf(order)).status, Object.keys(ways)[i % 4]);
});

test('a call that SQL cannot stand fails alone, its group goes through', async () => {
    const orders = await parallel(60, 20, async (i) => ({ ...(await reserve()), attempt: i === 31 ? `poison-${randomUUID()}` : attempt() }));
    await stack.sql.text(`CREATE FUNCTION booking.poisoned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'poisoned'; END $$;
        CREATE TRIGGER poisoned BEFORE INSERT ON booking.payment_attempts FOR EACH ROW
        WHEN (NEW.attempt_id LIKE 'poison-%') EXECUTE FUNCTION booking.poisoned()`);
    try {
        const replies = await parallel(60, 60, (i) =>
            call('begin_payment', { attempt_id: orders[i].attempt, order_number: orders[i].order_number, amount: PRICE }, { replica: 0 }),
        );
        assert.deepEqual(
            tally(replies, (r) => r.status),
            { OK: 59, INTERNAL: 1 },
        );
        assert.equal(replies[31].status, 'INTERNAL');
        assert.equal((await stateOf(orders[31])).status, 'reserved');
    } finally {
        await stack.sql.text('DROP FUNCTION booking.poisoned CASCADE');
    }
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
        ['mark_paid', { amount: order.total_amount, order_number: order.order_number }], // never begun: the money goes back
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
    assert.equal(await available(of), 2);
});

test('late money takes the stock again if it is there, else it goes back', async () => {
    const of = await exhibitionWith({ products: [{ total: 4, price: PRICE }] });
    const orders = [await reserve(of, { quantity: 2 }), await reserve(of, { quantity: 2 })];
    const attempts = [attempt(), attempt()];
    for (const [i, order] of orders.entries()) {
        await expireNow(order);
        await begin(order, attempts[i]);
    }
    assert.equal(await available(of), 4);
    await until('the gate knows', async () => (await stack.http.post('/api/orders', orderFor(of))).status === 201);
    assert.equal((await done('mark_paid', { attempt_id: attempts[0], amount: orders[0].total_amount })).verdict, 'paid');
    assert.equal(await available(of), 1);
    const late = { attempt_id: attempts[1], amount: orders[1].total_amount };
    const back = await done('mark_paid', late);
    assert.deepEqual([back.verdict, back.status, back.payment_status], ['refund', 'expired', 'refunding']);
    assert.deepEqual(await done('mark_paid', late), back, 'repeated for ever');
    assert.equal(await available(of), 1);
    assert.equal((await ticketsOf(orders[1])).length, 0);
    for (let i = 0; i < 2; i++) {
        const settled = await done('refund_settled', { attempt_id: attempts[1] });
        assert.deepEqual([settled.verdict, settled.status, settled.payment_status], ['refund', 'expired', 'refunded']);
    }
    assert.deepEqual(await eventsOf(orders[1]), ['reserved', 'expired', 'refunding', 'refunded']);
});

test('late money for an exhibition that is over goes back, though the places are there', async () => {
    const of = await exhibitionWith({ products: [{ total: 1, price: PRICE }] });
    const order = await reserve(of);
    const attempt_id = attempt();
    await expireNow(order);
    await begin(order, attempt_id);
    await endYesterday(of);
    const late = await done('mark_paid', { attempt_id, amount: PRICE });
    assert.deepEqual([late.verdict, late.status, late.payment_status], ['refund', 'expired', 'refunding']);
    assert.equal(await available(of), 1);
    assert.equal((await done('refund_settled', { attempt_id })).payment_status, 'refunded');
    assert.deepEqual(await eventsOf(order), ['reserved', 'expired', 'refunding', 'refunded']);
});

test('money in time is kept by an exhibition that is over', async () => {
    const of = await exhibitionWith({ products: [{ total: 1, price: PRICE }] });
    const order = await reserve(of);
    const attempt_id = attempt();
    await begin(order, attempt_id);
    await endYesterday(of);
    assert.equal((await done('mark_paid', { attempt_id, amount: PRICE })).verdict, 'paid');
});

test('money of an older attempt goes back without a word on the order that another one paid', async () => {
    const of = await exhibitionWith({ products: [{ total: 1, price: PRICE }] });
    const order = await reserve(of);
    const [first, second] = [attempt(), attempt()];
    await expireNow(order);
    await begin(order, first);
    const other = await until('the gate knows', async () => reserve(of).catch(() => false));
    assert.equal((await done('mark_paid', { attempt_id: first, amount: PRICE })).verdict, 'refund');
    await done('cancel_unpaid', { order_number: other.order_number, reason: 'x' }, { key: randomUUID() });
    await begin(order, second);
    assert.equal((await done('mark_paid', { attempt_id: second, amount: PRICE })).verdict, 'paid');
    const before = await stateOf(order);
    assert.equal((await done('refund_settled', { attempt_id: first })).payment_status, 'paid');
    assert.deepEqual(await stateOf(order), before);
    assert.equal((await done('refund_settled', { attempt_id: second })).verdict, 'paid', 'nothing to settle');
    await refused('refund_settled', { attempt_id: attempt() }, 'NOT_FOUND');
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
        const ids = { refund_id: refund(), order_number: o.order_number };
        await done('void_tickets', { ...ids, tickets: [first.id] });
        await done('release', { ...ids, reason: 'x', payment_status: 'partially_refunded', amount: 1000 });
    },
    cancelled: (o) => done('cancel_unpaid', { order_number: o.order_number, reason: 'x' }, { key: randomUUID() }),
    expired: expireNow,
};
const calls = {
    begin_payment: { body: (o) => ({ attempt_id: attempt(), order_number: o.order_number, amount: o.total_amount }), moves: { reserved: 'paying' } },
    cancel_unpaid: { body: (o) => ({ order_number: o.order_number, reason: 'x' }), moves: { reserved: 'cancelled' } },
    mark_paid: { body: (o) => ({ attempt_id: o.attempt, amount: o.total_amount }), moves: { paying: 'paid', awaiting_deposit: 'paid' } },
    await_deposit: { body: (o) => ({ attempt_id: o.attempt }), moves: { paying: 'awaiting_deposit' } },
    payment_failed: { body: (o) => ({ attempt_id: o.attempt, reason: 'x' }), moves: { paying: 'reserved', awaiting_deposit: 'expired' } },
};

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
            else assert.deepEqual(after, before, `${op} in ${state}: ${JSON.stringify(reply)}`);
        }
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
    await enter(ticket.id);
    await done('await_deposit', { attempt_id: second, reverses: first });
    assert.equal((await call('payment_failed', { attempt_id: second, reason: 'x' })).status, 'INVALID_STATE');
    assert.equal((await done('mark_paid', { attempt_id: second, amount: order.total_amount })).verdict, 'paid');
});

test('slots are freed and taken with their orders', async () => {
    const date = day(3);
    const of = await exhibitionWith({ slots: [{ date, starts_at: '10:00', ends_at: '11:00', capacity: 3 }] });
    const order = await reserve(of, { quantity: 3, slot_id: of.slots[0].id, visit_date: date });
    const attempt_id = attempt();
    await begin(order, attempt_id);
    await done('mark_paid', { attempt_id, amount: order.total_amount });
    assert.equal((await stack.sql.pool(of.slots[0].pool_id)).available, 0);
    const ids = { refund_id: refund(), order_number: order.order_number };
    await done('void_tickets', { ...ids, tickets: (await ticketsOf(order)).map((t) => t.id) });
    assert.equal((await stack.sql.pool(of.slots[0].pool_id)).available, 0, 'held until the money is back');
    await done('release', { ...ids, reason: 'x', payment_status: 'refunded', amount: 1000 });
    assert.equal((await stack.sql.pool(of.slots[0].pool_id)).available, 3);
});
