// A link that leaked: after a reissue neither it nor the token of the order opens anything, and the buyer has a new link.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAudit } from './lib/audit.mjs';
import { day, phone } from './lib/fixture.mjs';
import { staffAt } from './lib/gate.mjs';
import { inbox, linked } from './lib/inbox.mjs';
import { notifyAudit } from './lib/notify.mjs';
import { whilePaused } from './lib/pause.mjs';
import { buy, cancel, orderOf, paymentOf, quote } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { listTickets, picture, ticketsWithCodes } from './lib/tickets.mjs';
import { orderToken } from './lib/token.mjs';
import { onSale } from './lib/trouble.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({ replicas: 2, payment: 1, entrance: 2, notify: 2 }, { finish: audited });
async function audited() {
    const { DATABASE_ADMIN_URL } = stack.engines.env;
    await until('the gate and booking agree', () => runAudit('entrance-audit', { ...stack.entrance[0].env, DATABASE_ADMIN_URL }), { every: 500 });
    await stack.audit();
    await notifyAudit(stack);
}

const reissue = ({ order_number }) => stack.http.post('/api/entrance/reissue', { order_number, reason: '유출' }, { token: stack.token('manager') });
const stateOf = ({ order_number }) => stack.sql.row(`SELECT * FROM booking.orders WHERE order_number = '${order_number}'`);
const isRenewed = (order, version) => until('booking knows', async () => (await stateOf(order)).token_version === version);

/** The last of the `count` links that have arrived, as the order of who holds it. */
async function linkOf({ order, number }, count) {
    const arrived = async () => {
        const all = (await inbox(stack, { phone: number, template: 'TICKET_PAID' })).filter((m) => m.state === 'delivered');
        return all.length >= count && all.map((m) => linked(m).order_token);
    };
    const tokens = await until(`${count} messages arrive`, arrived, { ms: 20_000 });
    const versions = Array.from({ length: count }, (_, i) => orderToken(order.order_number, { scope: 'view', version: i + 1 }));
    assert.deepEqual(tokens.toSorted(), versions.toSorted(), 'each link is told once');
    return { ...order, order_token: versions.at(-1) };
}

/** Paid for; `order` with the token it was made with, `viewer` with that of the link. */
async function bought(options) {
    const exhibition = await onSale(stack, { refund_policy: [{ days_before: 0, fee_percent: 0 }] });
    const number = phone();
    const { order } = await buy(stack, exhibition, { customer_phone: number, quantity: 2, ...options });
    const { tickets } = await ticketsWithCodes(stack, order);
    return { exhibition, number, order, tickets, viewer: await linkOf({ order, number }, 1) };
}

const refused = (answers) =>
    assert.deepEqual(
        answers.map((answer) => [answer.status, answer.code]),
        answers.map(() => [403, 'TOKEN_REQUIRED']),
    );
const looks = async (order, tickets) => [
    await listTickets(stack, order),
    await picture(stack, tickets[0].id, 'png', order.order_token),
    await picture(stack, tickets[0].id, 'svg', order.order_token),
    await picture(stack, order.order_number, 'png', order.order_token),
];

test('the old link and the old token open nothing, the new link does', async () => {
    const b = await bought({ visit_date: day(9) });
    assert.deepEqual((await ticketsWithCodes(stack, b.viewer)).tickets, b.tickets);
    assert.equal((await reissue(b.order)).status, 200);
    for (const old of [b.viewer, b.order]) refused(await looks(old, b.tickets)); // at once

    await isRenewed(b.order, 2);
    refused([await cancel(stack, b.order), await quote(stack, b.order), await paymentOf(stack, b.order), await paymentOf(stack, b.viewer)]);
    assert.equal((await stateOf(b.order)).status, 'paid');
    assert.match((await orderOf(stack, b.order)).customer_phone, /\*/);

    const viewer = await linkOf(b, 2);
    const { tickets } = await ticketsWithCodes(stack, viewer);
    assert.ok(tickets.every((t, i) => t.id === b.tickets[i].id && t.qr_code !== b.tickets[i].qr_code));
    for (const answer of await looks(viewer, tickets)) assert.equal(answer.status, 200);
    refused([await cancel(stack, viewer)]);
    const reminders = await stack.sql.rows(`SELECT token_version FROM notify.messages WHERE order_number = '${b.order.order_number}' AND event = 'reminder'`);
    assert.deepEqual(reminders, [{ token_version: 2 }], 'what is told later has the new link too');

    const found = await stack.http.post('/api/orders/lookup', { order_number: b.order.order_number, customer_phone: b.number });
    const owner = { ...b.order, order_token: found.json.order_token };
    for (const answer of await looks(owner, tickets)) assert.equal(answer.status, 200);
    const { json } = await quote(stack, owner);
    assert.equal((await cancel(stack, owner, { quote_id: json.quote_id })).status, 202);
});

test('somebody is inside, and it is done twice: each link is told once, whatever is heard again', async () => {
    const b = await bought({ visit_date: day() });
    const gate = staffAt(stack, b.exhibition.code);
    assert.equal(await gate.status(b.tickets[0].qr_code), 'allowed');
    for (const version of [2, 3]) {
        assert.equal((await reissue(b.order)).status, 200);
        await isRenewed(b.order, version);
        await linkOf(b, version); // one that is too old before it was sent is not told
    }
    const viewer = await linkOf(b, 3);
    const { tickets } = await ticketsWithCodes(stack, viewer);
    assert.deepEqual(
        tickets.map((t) => t.status),
        ['entered', 'valid'],
    );
    assert.equal(await gate.status(tickets[1].qr_code), 'allowed');
    await until('booking knows who is inside', async () => (await stateOf(b.order)).entries_version === 5);

    const copy = '(type, entity, version, payload) SELECT type, entity, version, payload';
    await stack.sql.text(`INSERT INTO booking.events ${copy} FROM booking.events WHERE entity = '${b.order.order_number}' ORDER BY random()`);
    const last = await onSale(stack); // an event behind all others
    const heard = `SELECT 1 FROM notify.facts WHERE entity = 'exhibition/${last.id}' AND EXISTS (SELECT FROM entrance.exhibitions WHERE id = ${last.id})`;
    await until('all is heard again', () => stack.sql.value(heard));
    assert.equal((await stack.sql.row(`SELECT token_version FROM entrance.orders WHERE order_number = '${b.order.order_number}'`)).token_version, 3);
    assert.equal((await linkOf(b, 3)).order_token, viewer.order_token);
});

test('an older fact of booking does not bring the old tokens back', async () => {
    const b = await bought({ visit_date: day(9) });
    const { version } = await stateOf(b.order);
    // It hears of the new tokens later.
    await whilePaused(stack.booking, async () => {
        await stack.sql.text(`WITH o AS (UPDATE booking.orders SET version = version + 1 WHERE order_number = '${b.order.order_number}' RETURNING id, version)
            INSERT INTO booking.events (type, entity, version, payload)
            SELECT 'order.restated', '${b.order.order_number}', o.version, s.state FROM o JOIN booking.paid_order_states s ON s.id = o.id`);
        assert.equal((await reissue(b.order)).status, 200);
    });
    await isRenewed(b.order, 2);
    const known = `SELECT 1 FROM entrance.orders WHERE order_number = '${b.order.order_number}' AND version = ${version + 2}`;
    await until('the gate has heard both', () => stack.sql.value(known));
    for (const old of [b.viewer, b.order]) refused(await looks(old, b.tickets));
    for (const answer of await looks(await linkOf(b, 2), b.tickets)) assert.equal(answer.status, 200);
});
