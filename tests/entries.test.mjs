// What the gate tells booking: codes of orders and who is inside; and what booking tells everybody about exhibitions and orders.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { day, orderFor } from './lib/fixture.mjs';
import { orderOf } from './lib/pay.mjs';
import { payOps, refund } from './lib/pay_ops.mjs';
import { useStack } from './lib/stack.mjs';
import { orderToken } from './lib/token.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const stack = useStack({ replicas: 2 }, { finish: () => stack.audit() });
const { exhibitionWith, reserve, paid, done, refused, call, stateOf, ticketStates, eventsOf } = payOps(stack);

const AT = ['2026-11-22T10:00:00.123+09:00', '2026-11-22T10:05:00+09:00', '2026-11-22T11:00:00+09:00'];
const gate = { caller: 'entrance' };
/** One order as the gate knows it: the tickets of these places are inside, each since AT[place]. */
const noteOf = (order, version, places, more) => ({
    order_number: order.order_number,
    version,
    token_version: 1,
    qr_code: `code-of-${order.order_number}`,
    entered: places.map((i) => ({ ticket: order.tickets[i], at: AT[i] })),
    ...more,
});
const note = async (...orders) => (await done('note_entries', { orders }, gate)).unknown;
const inside = async (order) => {
    const { entrance_checked, entrance_time, entries_version, qr_code } = await stateOf(order);
    return [entrance_checked, entrance_time && new Date(entrance_time).getTime(), entries_version, qr_code];
};
const first = (i) => new Date(AT[i]).getTime();

test('the code comes without an event, an entry with one that says who is inside', async () => {
    const order = await paid(undefined, { quantity: 3 });
    const code = `code-of-${order.order_number}`;
    assert.deepEqual(await note(noteOf(order, 1, [])), []);
    assert.deepEqual(await inside(order), [false, null, 1, code]);
    assert.deepEqual(await eventsOf(order), ['reserved', 'paying', 'paid']);

    await note(noteOf(order, 2, [1]));
    assert.deepEqual(await inside(order), [true, first(1), 2, code]);
    assert.deepEqual(await ticketStates(order), ['valid', 'entered', 'valid']);
    await note(noteOf(order, 3, [0, 1]));
    assert.deepEqual(await inside(order), [true, first(0), 3, code]);
    assert.deepEqual(await eventsOf(order), ['reserved', 'paying', 'paid', 'entered', 'entered']);
    const told = await stack.sql.row(`SELECT payload, version FROM booking.events WHERE entity = '${order.order_number}' ORDER BY version DESC LIMIT 1`);
    const row = await stateOf(order);
    assert.deepEqual([told.payload.order_id, told.payload.status, told.version], [row.id, 'paid', row.version]);
    assert.deepEqual(
        told.payload.entered.map((t) => t.ticket),
        [order.tickets[0], order.tickets[1]],
    );

    const read = await orderOf(stack, order);
    assert.deepEqual([read.entrance_checked, new Date(read.entrance_time).getTime()], [true, first(0)]);
    const detail = await stack.http.get(`/api/admin/orders/${row.id}`, { token: stack.token('staff') });
    assert.deepEqual([detail.json.qr_code, detail.json.entrance_checked], [code, true]);
});

test('late and doubled notes change nothing, an undone entry is as if it had not been', async () => {
    const order = await paid(undefined, { quantity: 2 });
    await note(noteOf(order, 5, [0, 1]));
    const before = [await stateOf(order), await ticketStates(order)];
    await note(noteOf(order, 5, [0, 1]));
    await note(noteOf(order, 4, []));
    await note(noteOf(order, 1, [], { qr_code: 'old' }));
    assert.deepEqual([await stateOf(order), await ticketStates(order)], before);

    await note(noteOf(order, 6, [1]));
    assert.deepEqual(await ticketStates(order), ['valid', 'entered']);
    assert.equal((await inside(order))[1], first(1));
    await note(noteOf(order, 7, [], { qr_code: null }));
    assert.deepEqual(await ticketStates(order), ['valid', 'valid']);
    assert.deepEqual(await inside(order), [false, null, 7, `code-of-${order.order_number}`]);
    assert.deepEqual((await eventsOf(order)).slice(3), ['entered', 'entered', 'entered']);
    await note(noteOf(order, 8, []));
    assert.equal((await eventsOf(order)).length, 6, 'nothing changed, nothing told');
});

test('of two notes of one order in a call the newer counts, unknown numbers are named', async () => {
    const [one, other] = [await paid(undefined, { quantity: 2 }), await paid()];
    const stranger = { order_number: 'ORD20261122000000-XXXXXX', tickets: [999999999] };
    assert.deepEqual(await note(noteOf(stranger, 1, [0]), noteOf(one, 3, [0]), noteOf(other, 1, [0]), noteOf(one, 2, [0, 1]), noteOf(stranger, 2, [])), [
        stranger.order_number,
    ]);
    assert.deepEqual([await ticketStates(one), await ticketStates(other)], [['entered', 'valid'], ['entered']]);
    const foreign = { ...one, tickets: other.tickets };
    await note(noteOf(other, 2, []), noteOf(foreign, 4, [0]));
    assert.deepEqual([await ticketStates(one), await ticketStates(other)], [['valid', 'valid'], ['valid']], "nobody enters with another order's ticket");
    assert.equal((await inside(one))[0], false);
});

test('renewed tokens: the old ones open nothing, a fact says so, and they never become older', async () => {
    const order = await paid(undefined, { quantity: 2 });
    const shown = async (order_token) => (await orderOf(stack, { ...order, order_token })).customer_phone;
    const whole = await shown(order.order_token);
    assert.ok(!whole.includes('*'));
    await note(noteOf(order, 1, [], { token_version: 3 }));
    assert.equal((await stateOf(order)).token_version, 3);
    assert.deepEqual((await eventsOf(order)).slice(3), ['restated']);
    const told = await stack.sql.row(`SELECT payload FROM booking.events WHERE entity = '${order.order_number}' AND type = 'order.restated'`);
    assert.deepEqual([told.payload.token_version, told.payload.tickets.length], [3, 2]);

    assert.match(await shown(order.order_token), /\*/);
    const phone = { order_number: order.order_number, customer_phone: whole };
    const found = await stack.http.post('/api/orders/lookup', phone);
    assert.equal(found.json.order_token, orderToken(order.order_number, { version: 3 }));
    assert.equal(await shown(found.json.order_token), whole);

    await note(noteOf(order, 2, [0], { token_version: 2 }));
    await note(noteOf(order, 1, [], { token_version: 9 }));
    assert.equal((await stateOf(order)).token_version, 3);
    await note(noteOf(order, 3, [0, 1], { token_version: 4 }));
    assert.deepEqual((await eventsOf(order)).slice(4), ['entered', 'restated']);
    assert.deepEqual(await ticketStates(order), ['entered', 'entered']);
});

test('a ticket that is given back, or was, stays as it is', async () => {
    const order = await paid(undefined, { quantity: 3 });
    const { order_number, tickets } = order;
    const refund_id = refund();
    await done('void_tickets', { refund_id, order_number, tickets: [tickets[0]] });
    await note(noteOf(order, 1, [0, 1]));
    assert.deepEqual(await ticketStates(order), ['refunding', 'entered', 'valid']);
    assert.equal((await inside(order))[1], first(1));
    await done('release', { refund_id, order_number, reason: 'x', payment_status: 'partially_refunded', amount: 1000 });
    await note(noteOf(order, 2, [0]));
    assert.deepEqual(await ticketStates(order), ['void', 'valid', 'valid']);
    assert.deepEqual((await inside(order)).slice(0, 2), [false, null]);
    await note(noteOf(order, 3, [1]));
    const { entered } = await refused('void_tickets', { refund_id: refund(), order_number, tickets: tickets.slice(1) }, 'INVALID_STATE');
    assert.deepEqual(entered, [tickets[1]]);
});

test('somebody is inside whose deposit is taken back: he stays inside, an undone entry is suspended', async () => {
    const order = await paid(undefined, { quantity: 2 });
    await note(noteOf(order, 1, [0]));
    await done('await_deposit', { attempt_id: `att-again-${order.order_number}`, reverses: order.attempt });
    assert.deepEqual(await ticketStates(order), ['entered', 'suspended']);
    await note(noteOf(order, 2, [0, 1])); // he was faster than the news
    assert.deepEqual(await ticketStates(order), ['entered', 'entered']);
    await note(noteOf(order, 3, [0]));
    assert.deepEqual(await ticketStates(order), ['entered', 'suspended']);
    await stack.audit();
});

test('twenty gates at once tell the same truth', async () => {
    const orders = [];
    for (let i = 0; i < 10; i++) orders.push(await paid(undefined, { quantity: 2 }));
    // Who waits too long for another's locks is told to come back.
    const replies = await parallel(60, 20, (i) => {
        const notes = orders.map((o) => noteOf(o, 1 + (i % 6), [[], [0], [0, 1], [1], [], [1]][i % 6]));
        return stack.bus.settle('note_entries', { orders: i % 2 ? notes : notes.toReversed() }, gate);
    });
    assert.deepEqual(
        tally(replies, (r) => r.status),
        { OK: 60 },
    );
    for (const order of orders) assert.deepEqual(await ticketStates(order), ['valid', 'entered']);
});

test('256 orders in a call, one more is refused', async () => {
    const order = await paid(undefined, { quantity: 10 });
    const all = noteOf(order, 2, []);
    all.entered = order.tickets.map((ticket) => ({ ticket, at: AT[0] }));
    /** More values than the calling program's own lines may have. */
    const many = (n) => ({ ...gate, raw: JSON.stringify({ orders: Array.from({ length: n }, () => all) }) });
    assert.equal((await call('note_entries', null, many(257))).status, 'VALIDATION_FAILED');
    assert.deepEqual(await ticketStates(order), Array(10).fill('valid'));
    const reply = await call('note_entries', null, many(256));
    assert.equal(reply.status, 'OK', JSON.stringify(reply.body));
    assert.deepEqual(await ticketStates(order), Array(10).fill('entered'));
});

test('what is wrong is refused and changes nothing', async () => {
    const order = await paid();
    const bad = [
        {},
        { orders: [] },
        { orders: {} },
        { orders: [noteOf(order, 1, [0])], more: 1 },
        { orders: [noteOf(order, 1, [0]), null] },
        { orders: [noteOf(order, 0, [0])] },
        { orders: [noteOf(order, 1, [0], { order_number: '' })] },
        ...[undefined, 0, 32768, '1'].map((token_version) => ({ orders: [noteOf(order, 1, [0], { token_version })] })),
        { orders: [noteOf(order, 1, [0], { qr_code: 'x'.repeat(501) })] },
        { orders: [noteOf(order, 1, [0], { entered: null })] },
        { orders: [noteOf(order, 1, [], { entered: [{ ticket: 'a', at: AT[0] }] })] },
        { orders: [noteOf(order, 1, [], { entered: [{ ticket: order.tickets[0], at: 'now' }] })] },
        { orders: [noteOf(order, 1, [0], { unknown: true })] },
    ];
    for (const body of bad) await refused('note_entries', body, 'VALIDATION_FAILED', gate);
    for (const caller of ['payment', 'notify', 'gateway']) await refused('note_entries', { orders: [noteOf(order, 1, [0])] }, 'FORBIDDEN', { caller });
    assert.deepEqual(await ticketStates(order), ['valid']);
    assert.equal((await stateOf(order)).entries_version, 0);
});

test('changed and deleted exhibitions, products and slots are told, each version once', async () => {
    const exhibition = await exhibitionWith({ slots: [{ date: day(1), starts_at: '10:00', ends_at: '11:00', capacity: 9 }] });
    const [product] = exhibition.products;
    const [slot] = exhibition.slots;
    const facts = (entity) => stack.sql.rows(`SELECT type, version, payload FROM booking.events WHERE entity = '${entity}' AND type <> 'audit' ORDER BY id`);
    const of = { exhibition: exhibition.id, product: product.id, slot: slot.id };
    for (const [kind, id] of Object.entries(of)) {
        const [made, ...more] = await facts(`${kind}/${id}`);
        assert.deepEqual([made.type, made.version, made.payload.id, more.length], [`${kind}.changed`, 1, id, 0]);
    }
    const manager = { token: stack.token('manager', exhibition.code) };
    const patched = await stack.http.put(`/api/admin/exhibitions/${exhibition.id}`, { entry_before_minutes: 5 }, manager);
    assert.equal(patched.status, 200, patched.text);
    await stack.sql.text(`UPDATE booking.exhibitions SET entry_after_minutes = 7 WHERE id = ${exhibition.id}`);
    assert.deepEqual(
        (await facts(`exhibition/${exhibition.id}`)).map((f) => [f.version, f.payload.entry_before_minutes, f.payload.entry_after_minutes]),
        [
            [1, 30, 30],
            [2, 5, 30],
            [3, 5, 7],
        ],
        'by hand too, without a thought for the version',
    );
    const deleted = await stack.http.delete(`/api/admin/slots/${slot.id}`, manager);
    assert.ok([200, 204].includes(deleted.status), deleted.text);
    assert.deepEqual(
        (await facts(`slot/${slot.id}`)).map((f) => [f.type, f.version]),
        [
            ['slot.changed', 1],
            ['slot.deleted', 2],
        ],
    );
});

test('a reserved order tells its id and the version of its tokens', async () => {
    const order = await reserve();
    const { payload } = await stack.sql.row(`SELECT payload FROM booking.events WHERE entity = '${order.order_number}'`);
    const row = await stateOf(order);
    assert.deepEqual([payload.order_id, payload.token_version], [row.id, 1]);
});

test('the code of an order is shown to those who let people in', async () => {
    const order = await reserve();
    await stack.sql.text(`UPDATE booking.orders SET qr_code = 'opens' WHERE order_number = '${order.order_number}'`);
    const id = await stack.sql.value(`SELECT id FROM booking.orders WHERE order_number = '${order.order_number}'`);
    const shown = { viewer: null, finance: null, staff: 'opens', manager: 'opens', superadmin: 'opens' };
    for (const [role, qr_code] of Object.entries(shown))
        assert.equal((await stack.http.get(`/api/admin/orders/${id}`, { token: stack.token(role) })).json.qr_code, qr_code, role);
});

test('the code of an exhibition is fixed once there are orders', async () => {
    const exhibition = await exhibitionWith();
    const change = (members) => stack.http.put(`/api/admin/exhibitions/${exhibition.id}`, members, { token: stack.token('superadmin') });
    const renamed = `${exhibition.code}-new`;
    assert.equal((await change({ code: renamed })).json.code, renamed, 'nobody knows it yet');
    await until('it is on sale', async () => (await stack.http.post('/api/orders', orderFor({ ...exhibition, code: renamed }))).status === 201);
    const fixed = await change({ code: exhibition.code, venue: '부산' });
    assert.deepEqual([fixed.status, fixed.code], [409, 'IN_USE']);
    const { json } = await change({ code: renamed, name: '새 이름' });
    assert.deepEqual([json.code, json.name, json.venue], [renamed, '새 이름', ''], 'the same code is no change');
});
