// From paid to a ticket in the hand: codes within a second, pictures that scan, tokens, reissue, refunds, and events in any order.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { runAudit } from './lib/audit.mjs';
import { day } from './lib/fixture.mjs';
import { staffAt } from './lib/gate.mjs';
import { buy } from './lib/pay.mjs';
import { payOps, refund } from './lib/pay_ops.mjs';
import { program } from './lib/paths.mjs';
import { useStack } from './lib/stack.mjs';
import { isSignedBy, knownOrders, listTickets, picture, readCode, renewed, scanPicture, ticketsWithCodes } from './lib/tickets.mjs';
import { orderToken } from './lib/token.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const stack = useStack({ replicas: 2, entrance: 2, payment: 1 }, { finish: audited });
function audited() {
    const { DATABASE_ADMIN_URL } = stack.engines.env;
    return until('the gate and booking agree', () => runAudit('entrance-audit', { ...stack.entrance[0].env, DATABASE_ADMIN_URL }), { every: 500 });
}
const { exhibitionWith, reserve, paid, done, stateOf, begin } = payOps(stack);
const manager = () => stack.token('manager');

const daysSince1970 = (date) => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
const keys = async () => (await stack.http.get('/api/entrance/keys', { token: manager() })).json.keys;
const isOurs = async (text) => isSignedBy(text, (await keys()).find((k) => k.id === readCode(text).key_id).public_key);
const codesIn = ({ tickets, order_qr_code }) => [...tickets.map((t) => t.qr_code), order_qr_code];
/** What a person at the gate hears. */
const shown = (qr_code) => staffAt(stack, '*', 'manager').status(qr_code);
const statuses = ({ tickets }) => tickets.map((t) => t.status);

// ---- codes

test('codes can be read soon after the confirm, and say what was bought', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 10, price: 1000, name: '대인', type: 'adult' }] });
    const bought = await buy(stack, exhibition, { quantity: 3, visit_date: day(2) });
    const list = await ticketsWithCodes(stack, bought.order);

    const { id } = await stateOf(bought.order);
    assert.equal(list.tickets.length, 3);
    for (const ticket of list.tickets) {
        assert.deepEqual([ticket.product_name, ticket.type, ticket.status], ['대인', 'adult', 'valid']);
        const { issued_at, key_id, ...said } = readCode(ticket.qr_code);
        assert.ok(Math.abs(issued_at - Date.now() / 1000) < 60 && key_id >= 1);
        assert.deepEqual(said, {
            format: 1,
            kind: 't',
            id: ticket.id,
            order_id: id,
            exhibition_id: exhibition.id,
            product_id: exhibition.products[0].id,
            visit_day: daysSince1970(day(2)),
            slot: [null, null],
            version: 1,
        });
        assert.ok(await isOurs(ticket.qr_code));
    }
    const whole = readCode(list.order_qr_code);
    assert.deepEqual([whole.kind, whole.id, whole.order_id, whole.product_id], ['o', id, id, 0]);
    assert.ok(await isOurs(list.order_qr_code));
    assert.ok(new Set(codesIn(list)).size === 4 && codesIn(list).every((text) => text.length <= 300));
    await until('booking has the code of the order', async () => (await stateOf(bought.order)).qr_code === list.order_qr_code);
});

test('a code of a time slot says when', async () => {
    const exhibition = await exhibitionWith({ slots: [{ date: day(3), starts_at: '10:30', ends_at: '11:15', capacity: 10 }] });
    const list = await ticketsWithCodes(stack, await paid(exhibition, { slot_id: exhibition.slots[0].id }));
    for (const text of codesIn(list)) assert.deepEqual([readCode(text).slot, readCode(text).visit_day], [[630, 675], daysSince1970(day(3))]);
});

test('200 orders in a rush have their codes soon, each its own', async (t) => {
    const exhibition = await exhibitionWith();
    const orders = await parallel(200, 20, () => paid(exhibition, { quantity: 2 }));
    const from = Date.now();
    const lists = await parallel(orders.length, 20, (i) => ticketsWithCodes(stack, orders[i]));
    t.diagnostic(`${Date.now() - from} ms after the last`);
    const all = lists.flatMap(codesIn);
    assert.equal(new Set(all).size, 600);
});

// ---- pictures and tokens

describe('who may see tickets', () => {
    test('pictures hold the code, in both formats', async () => {
        const order = await paid(undefined, { quantity: 2 });
        const list = await ticketsWithCodes(stack, order);
        const wanted = [...list.tickets.map((t) => [t.id, t.qr_code]), [order.order_number, list.order_qr_code]];
        for (const [id, text] of wanted) {
            const [svg, png] = [await picture(stack, id, 'svg', order.order_token), await picture(stack, id, 'png', order.order_token)];
            assert.deepEqual([svg.status, png.status], [200, 200]);
            assert.match(svg.headers['content-type'], /^image\/svg\+xml/);
            assert.match(png.headers['content-type'], /^image\/png/);
            for (const { headers } of [svg, png]) assert.equal(headers['cache-control'], 'private, no-store');
            assert.equal(scanPicture(svg.text), text);
            assert.equal(scanPicture(png.bytes), text);
        }
    });

    test('the token of the link may look, and cannot cancel', async () => {
        const order = await paid();
        const list = await ticketsWithCodes(stack, order);
        const link = { orderToken: orderToken(order.order_number, { scope: 'view' }) };
        assert.deepEqual((await listTickets(stack, order, link)).json, list);
        assert.equal((await picture(stack, list.tickets[0].id, 'png', link.orderToken)).status, 200);
        assert.equal((await stack.http.post(`/api/orders/${order.order_number}/cancel`, { reason: 'x' }, link)).status, 403);
    });

    test('nobody else sees anything', async () => {
        const [order, other] = [await paid(), await paid()];
        const list = await ticketsWithCodes(stack, order);
        const wrong = [
            undefined,
            other.order_token,
            'x',
            orderToken(order.order_number, { version: 2 }),
            orderToken(order.order_number, { key: 'another-key' }),
        ];
        for (const token of wrong) {
            for (const answer of [
                await listTickets(stack, order, { orderToken: token }),
                await picture(stack, list.tickets[0].id, 'svg', token),
                await picture(stack, list.tickets[0].id, 'png', token),
                await picture(stack, order.order_number, 'png', token),
            ]) {
                assert.deepEqual([answer.status, answer.code], [403, 'TOKEN_REQUIRED'], String(token));
            }
        }
    });

    test('what there is not, is not found', async () => {
        const order = await paid();
        const list = await ticketsWithCodes(stack, order);
        const unpaid = await reserve(await exhibitionWith());
        assert.equal((await listTickets(stack, unpaid)).status, 404);
        assert.equal((await picture(stack, unpaid.order_number, 'png', unpaid.order_token)).status, 404);
        for (const id of ['0', '999999999', '99999999999999999999', 'ORD0', unpaid.order_number])
            assert.equal((await picture(stack, id, 'png', order.order_token)).status, 403, `${id}: as of a ticket of somebody else`);
        assert.equal((await picture(stack, list.tickets[0].id, 'gif', order.order_token)).status, 404);
    });
});

// ---- new codes for old

describe('reissue', () => {
    const reissue = (body, options) => stack.http.post('/api/entrance/reissue', { reason: '유출', ...body }, { token: manager(), ...options });

    test('all live codes are new, the old ones replaced; a repeat changes nothing more', async () => {
        const leaked = await paid(undefined, { quantity: 2 });
        const before = await ticketsWithCodes(stack, leaked);
        const key = randomUUID();
        const order = renewed(leaked);
        const answer = await reissue({ order_number: order.order_number }, { key });
        assert.deepEqual([answer.status, answer.json], [200, { order_number: order.order_number, tickets: 2 }]);
        const after = await ticketsWithCodes(stack, order);
        assert.deepEqual((await reissue({ order_number: order.order_number }, { key })).json, answer.json);
        assert.deepEqual(await ticketsWithCodes(stack, order), after);

        for (const [i, text] of codesIn(after).entries()) {
            assert.ok(await isOurs(text));
            assert.deepEqual([readCode(text).version, readCode(text).id], [2, readCode(codesIn(before)[i]).id]);
        }
        assert.equal(scanPicture((await picture(stack, after.tickets[0].id, 'png', order.order_token)).bytes), after.tickets[0].qr_code);
        const states = await stack.sql.rows(`SELECT state, version FROM entrance.code_states WHERE order_id = ${(await stateOf(order)).id}`);
        assert.deepEqual(
            tally(states, (c) => `${c.version} ${c.state}`),
            { '1 replaced': 3, '2 valid': 3 },
        );
        assert.deepEqual([await shown(before.tickets[0].qr_code), await shown(before.order_qr_code)], ['replaced', 'replaced']);
        assert.equal(await shown(after.tickets[0].qr_code), 'allowed');
        await until('booking has the new code', async () => (await stateOf(order)).qr_code === after.order_qr_code);
        const audit = await stack.sql.row(`SELECT payload FROM entrance.events WHERE entity = '${order.order_number}' AND type = 'audit'`);
        assert.deepEqual([audit.payload.action, audit.payload.reason], ['code.reissue', '유출']);
    });

    test('is for managers of the exhibition, of orders that have codes', async () => {
        const exhibition = await exhibitionWith();
        const order = await paid(exhibition);
        const body = { order_number: order.order_number };
        const before = await ticketsWithCodes(stack, order);
        const answers = [
            [await reissue(body, { token: undefined }), 401],
            [await reissue(body, { token: stack.token('staff') }), 403],
            [await reissue(body, { token: stack.token('manager', 'elsewhere') }), 404],
            [await reissue({ order_number: 'ORD0' }), 404],
            [await reissue({}), 422],
            [await reissue({ ...body, reason: '' }), 422],
            [await reissue({ ...body, reason: '  ' }), 422],
            [await reissue({ ...body, more: 1 }), 422],
        ];
        for (const [answer, status] of answers) assert.equal(answer.status, status, answer.text);
        assert.deepEqual(await ticketsWithCodes(stack, order), before);
    });

    test('of an order that is cancelled there is nothing to issue', async () => {
        const order = await paid();
        await ticketsWithCodes(stack, order);
        const refund_id = refund();
        await done('void_tickets', { refund_id, order_number: order.order_number, tickets: order.tickets });
        await ticketsWithCodes(stack, order, { wanted: (list) => list.order_qr_code === null });
        assert.deepEqual([(await reissue({ order_number: order.order_number })).status], [409]);
    });
});

// ---- what becomes of an order becomes of its codes

describe('codes follow their order', () => {
    const giveBack = (order, tickets, refund_id = refund()) => done('void_tickets', { refund_id, order_number: order.order_number, tickets });
    const becomes = (order, wanted) => ticketsWithCodes(stack, order, { wanted: (list) => statuses(list).join() === wanted.join() });

    test('a ticket given back is void, has no picture, and may come back with the same code', async () => {
        const order = await paid(undefined, { quantity: 3 });
        const before = await ticketsWithCodes(stack, order);
        const refund_id = refund();
        await giveBack(order, [order.tickets[1]], refund_id);
        const one = await becomes(order, ['valid', 'void', 'valid']);
        assert.deepEqual([one.tickets[1].qr_code, one.order_qr_code], [null, before.order_qr_code]);
        assert.equal((await picture(stack, order.tickets[1], 'png', order.order_token)).status, 404);
        await done('unvoid_tickets', { refund_id });
        assert.deepEqual(await becomes(order, ['valid', 'valid', 'valid']), before);
        await giveBack(order, order.tickets);
        const none = await becomes(order, ['void', 'void', 'void']);
        assert.equal(none.order_qr_code, null);
        assert.equal((await picture(stack, order.order_number, 'svg', order.order_token)).status, 404);
    });

    test('a deposit taken back suspends them until there is another', async () => {
        const order = await paid(undefined, { quantity: 2 });
        const before = await ticketsWithCodes(stack, order);
        const attempt_id = `att-${randomUUID()}`;
        await done('await_deposit', { attempt_id, reverses: order.attempt });
        assert.deepEqual(codesIn(await becomes(order, ['suspended', 'suspended'])), codesIn(before));
        const states = `SELECT DISTINCT state FROM entrance.code_states c JOIN entrance.orders o ON o.id = c.order_id WHERE o.order_number = '${order.order_number}'`;
        assert.deepEqual(await stack.sql.rows(states), [{ state: 'suspended' }]);
        await done('mark_paid', { attempt_id, order_number: order.order_number, amount: order.total_amount });
        assert.deepEqual(await becomes(order, ['valid', 'valid']), before);
    });

    test('money that comes late makes new tickets beside the cancelled ones', async () => {
        const order = await paid(undefined, { quantity: 2 });
        const before = await ticketsWithCodes(stack, order);
        const attempt_id = `att-${randomUUID()}`;
        await done('await_deposit', { attempt_id, reverses: order.attempt });
        await becomes(order, ['suspended', 'suspended']);
        await done('payment_failed', { attempt_id, reason: 'x' });
        await becomes(order, ['void', 'void']);
        const again = { ...order, attempt: `att-${randomUUID()}` };
        await begin(again, again.attempt);
        await done('mark_paid', { attempt_id: again.attempt, order_number: order.order_number, amount: order.total_amount });
        const after = await becomes(order, ['void', 'void', 'valid', 'valid']);
        assert.equal(after.order_qr_code, before.order_qr_code);
        assert.ok((await Promise.all(codesIn(after).filter(Boolean).map(isOurs))).every(Boolean));
    });
});

// ---- events

/** Orders with every kind of fate, so that most types of events are there: whole, given back in part or as a whole, and the like. */
async function manyFates(exhibition, options) {
    return parallel(24, 8, async (i) => {
        const order = await paid(exhibition, { quantity: 3, ...options });
        const body = { refund_id: refund(), order_number: order.order_number };
        const fates = [
            () => done('await_deposit', { attempt_id: `att-${randomUUID()}`, reverses: order.attempt }),
            () => done('unvoid_tickets', { refund_id: body.refund_id }),
            () => done('release', { ...body, reason: 'x', payment_status: 'refunded', amount: 1000 }),
            () => {},
        ];
        if (i % 4 > 0) await done('void_tickets', { ...body, tickets: order.tickets.slice(0, i % 4) });
        await fates[i % 4 === 0 ? (i % 8 ? 3 : 0) : i % 3 === 0 ? 3 : i % 3]();
    });
}

/** Until the gate has applied all of booking's events that there are now. */
async function caughtUp() {
    const exhibition = await exhibitionWith(); // an event behind all others
    await until('all events are applied', () => stack.sql.value(`SELECT count(*) FROM entrance.exhibitions WHERE id = ${exhibition.id}`), { ms: 20_000 });
}

const COPY = '(type, entity, version, payload) SELECT type, entity, version, payload';

test('events that come late, twice and in any order change nothing', async () => {
    const exhibition = await exhibitionWith();
    await manyFates(exhibition);
    await caughtUp();
    const usable = await stack.sql.rows(
        `SELECT code FROM entrance.code_states WHERE exhibition_id = ${exhibition.id} AND state = 'valid' AND kind = 't' LIMIT 12`,
    );
    const entered = await parallel(usable.length, 4, (i) => shown(usable[i].code));
    assert.deepEqual(tally(entered, String), { allowed: 12 });
    await audited(); // booking knows who is inside
    await caughtUp();
    const statesOfCodes = tally(await stack.sql.rows(`SELECT state FROM entrance.code_states WHERE exhibition_id = ${exhibition.id}`), (c) => c.state);
    assert.deepEqual(Object.keys(statesOfCodes).sort(), ['cancelled', 'suspended', 'valid']);
    const changes = () => stack.sql.rows('SELECT xid::text, order_id FROM entrance.changes ORDER BY 1, 2');
    const [known, before] = [await knownOrders(stack, exhibition), await changes()];
    for (let round = 0; round < 2; round++) await stack.sql.text(`INSERT INTO booking.events ${COPY} FROM booking.events ORDER BY random()`);
    await caughtUp();
    assert.deepEqual(await knownOrders(stack, exhibition), known);
    assert.deepEqual(await changes(), before, 'scanners have nothing new to hear of');
    assert.equal(await stack.sql.value('SELECT count(*) FROM entrance.parked_events'), 0);
});

test('a gate that hears everything for the first time, shuffled, comes to know the same', async () => {
    const exhibition = await exhibitionWith({ slots: [{ date: day(3), starts_at: '10:30', ends_at: '11:15', capacity: 1000 }] });
    await manyFates(exhibition, { slot_id: exhibition.slots[0].id });
    await caughtUp();
    const known = await knownOrders(stack, exhibition);
    assert.equal(known.length, 24);
    for (let round = 0; round < 3; round++) {
        // The place in the stream first, as the gate does it: neither waits for what the other has.
        await stack.sql.text(`BEGIN;
            UPDATE entrance.consumer_cursors SET cursor = '';
            CREATE TEMP TABLE old ON COMMIT DROP AS SELECT * FROM booking.events;
            DELETE FROM booking.events;
            INSERT INTO booking.events ${COPY} FROM old ORDER BY random();
            TRUNCATE entrance.exhibitions, entrance.products, entrance.slots, entrance.orders, entrance.changes, entrance.tickets, entrance.codes;
            UPDATE booking.orders SET entries_version = 0, qr_code = NULL;
            COMMIT;`);
        await caughtUp();
        assert.deepEqual(await knownOrders(stack, exhibition), known);
    }
    assert.equal(await stack.sql.value('SELECT count(*) FROM entrance.parked_events'), 0);
});

// ---- keys

test('a key that changes in the middle of a sale: old and new codes are ours', async () => {
    const exhibition = await exhibitionWith();
    const lists = [];
    const last = Math.max(...(await keys()).map((k) => k.id));
    const rotate = (...args) => execFileSync(program('entrance-keys'), ['rotate', ...args], { env: { ...process.env, ...stack.entrance[0].env } }).toString();
    let over = false;
    const selling = parallel(4, 4, async () => {
        while (!over) lists.push(await ticketsWithCodes(stack, await paid(exhibition)));
    });
    try {
        await until('something is sold', () => lists.length > 4);
        assert.match(rotate('48'), new RegExp(`^key ${last + 1} is shown`));
        assert.match(rotate('0'), new RegExp(`^key ${last + 2} is shown`));
        await until('the new key signs', () => lists.some((list) => readCode(list.order_qr_code).key_id === last + 2));
    } finally {
        over = true;
        await Promise.allSettled([selling]);
    }
    await selling;
    const signed = tally(lists.flatMap(codesIn), (text) => readCode(text).key_id);
    assert.deepEqual(Object.keys(signed).map(Number), [last, last + 2], 'a key that is shown ahead signs nothing yet');
    // The replica that signs may not be the one that is asked: each looks once a second.
    const published = await until('the new key is shown', async () => {
        const list = await keys();
        return list.at(-1).id === last + 2 && list;
    });
    assert.deepEqual(
        published.slice(-3).map((k) => k.id),
        [last, last + 1, last + 2],
    );
    for (const text of lists.flatMap(codesIn)) assert.ok(isSignedBy(text, published.find((k) => k.id === readCode(text).key_id).public_key));
    const verdicts = await parallel(lists.length, 4, (i) => shown(lists[i].tickets[0].qr_code));
    assert.deepEqual(tally(verdicts, String), { allowed: lists.length });
});
