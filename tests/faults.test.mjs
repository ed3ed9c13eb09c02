// The rush, smaller, on three replicas, while everything that can break breaks. Never oversold, nothing lost, every 201 true.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { orderFor } from './lib/fixture.mjs';
import { program } from './lib/paths.mjs';
import { whilePaused } from './lib/pause.mjs';
import { useStack } from './lib/stack.mjs';
import { busyWhile, onSale, survives } from './lib/trouble.mjs';
import { sleep, until } from './lib/wait.mjs';

const REPLICAS = 3;
const RUSH = { places: 60, requests: 600, connections: 120 };
const stack = useStack({
    replicas: REPLICAS,
    supervised: true,
    connections: 160,
    gatewayEnv: { GATEWAY_THREADS: '256', GATEWAY_ACCESS_LOG: 'off' },
});

// ---- one order's whole life, every step repeated until its outcome is known

const pay = async (op, body, caller = 'payment') => {
    const reply = await stack.bus.settle(op, body, { caller, key: randomUUID() });
    assert.equal(reply.status, 'OK', `${op}: ${JSON.stringify(reply)}`);
    return reply.body;
};
async function reserve(exhibition) {
    const { answer } = await stack.http.settle('POST', '/api/orders', { json: orderFor(exhibition, { quantity: 2 }) });
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
}
const start = async ({ order_number, total_amount: amount }) => {
    const attempt_id = `att-${randomUUID()}`;
    await pay('begin_payment', { attempt_id, order_number, amount });
    return attempt_id;
};
async function wholeLife(exhibition) {
    const order = await reserve(exhibition);
    const { order_number, total_amount: amount } = order;
    await pay('payment_failed', { attempt_id: await start(order), reason: 'refused' });
    const attempt_id = await start(order);
    await pay('await_deposit', { attempt_id });
    const paid = await pay('mark_paid', { attempt_id, amount });
    assert.equal(paid.verdict, 'paid');
    const { tickets } = await pay('payment_order', { order_number });
    const note = (version, entered) => pay('note_entries', { orders: [{ order_number, version, token_version: 1, qr_code: 'code', entered }] }, 'entrance');
    await note(1, [{ ticket: tickets[0].id, at: new Date().toISOString() }]);
    await note(2, []);
    const body = () => ({ refund_id: `ref-${randomUUID()}`, order_number });
    const refused = body();
    await pay('void_tickets', { ...refused, tickets: tickets.map((t) => t.id) });
    await pay('unvoid_tickets', { refund_id: refused.refund_id });
    const refund = body();
    await pay('void_tickets', { ...refund, tickets: tickets.map((t) => t.id) });
    const released = await pay('release', { ...refund, reason: 'refund', payment_status: 'refunded', amount });
    assert.equal(released.status, 'cancelled');

    const other = await reserve(exhibition);
    const cancelled = await pay('cancel_unpaid', { order_number: other.order_number, reason: 'x' });
    assert.equal(cancelled.status, 'cancelled');
}
/** Who is told that all is sold out asks again: what a replica took at the gate and died with is back on sale within a second. */
const reserveLast = (exhibition) => until('the place is on sale', () => reserve(exhibition), { ms: 15_000 });
/** Money for an order that lapsed meanwhile and whose place somebody else has. */
async function tooLate(exhibition) {
    const order = await reserveLast(exhibition);
    await lapse(order);
    const attempt_id = await start(order);
    await stack.sql.text(`UPDATE booking.exhibitions SET hold_seconds = 600 WHERE id = ${exhibition.id}`);
    await reserveLast(exhibition);
    assert.equal((await pay('mark_paid', { attempt_id, amount: order.total_amount })).verdict, 'refund');
    assert.equal((await pay('refund_settled', { attempt_id })).payment_status, 'refunded');
}
/** Payments were not possible for a minute, as far as the database knows. */
async function outage() {
    await pay('payment_health', { up: true });
    await stack.sql.text(`UPDATE booking.payment_health SET up_at = now() - interval '1 minute'`);
    await pay('payment_health', { up: true });
    await until('all have their time back', async () => !(await stack.sql.value('SELECT count(*) FROM booking.payment_outages WHERE NOT done')), {
        ms: 15_000,
    });
    await stack.sql.text('DELETE FROM booking.payment_health'); // nobody reports from here on
}
async function lapse(order) {
    await until('lapsed', async () => (await stack.sql.value(`SELECT status FROM booking.orders WHERE order_number = '${order.order_number}'`)) === 'expired', {
        ms: 15_000,
    });
}

// ---- every fault point of the program

const points = execFileSync(program('svc-booking'), ['--fault-points'])
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[0]);

test('there are fault points', () => assert.ok(points.length >= 10, points.join(' ')));

for (const point of points) {
    test(`fault point ${point}`, { timeout: 180_000 }, async () => {
        const reached = join(stack.dir, 'reached.');
        for (const booking of stack.booking) Object.assign(booking.env, { FAULT: point, FAULT_ONCE: reached });
        await Promise.all(stack.booking.map((booking) => booking.kill()));
        await until('restarted', () => stack.booking.every((b) => b.alive));
        await stack.ready();
        const lives = await onSale(stack, { products: [{ total: 1000 }] });
        const short = await onSale(stack, { products: [{ total: 2 }], hold_seconds: 1 });
        await survives(stack, RUSH, async () => {
            await Promise.all([wholeLife(lives), wholeLife(lives), tooLate(short)]);
            await outage();
            await until(`${point} is reached`, () => existsSync(reached + point), { ms: 15_000 });
        });
        for (const booking of stack.booking) {
            delete booking.env.FAULT;
            delete booking.env.FAULT_ONCE;
        }
    });
}

// ---- whole processes and engines

const SECONDS = 6;
const troubled = (name, trouble) =>
    test(name, { timeout: 180_000 }, async (t) => {
        await survives(stack, RUSH, async () => t.diagnostic(`${await busyWhile(stack, trouble)} orders meanwhile`));
    });

troubled('kill -9 of a replica every second', async () => {
    for (let i = 0; i < SECONDS; i++) {
        await stack.booking[i % REPLICAS].kill();
        await sleep(1000);
    }
});

troubled('a replica paused for so long that its connection is made anew', () => whilePaused([stack.booking[0]], () => sleep(13_000)));

troubled('Redis flushed', async () => {
    for (let i = 0; i < 3; i++) {
        await stack.redis.command('FLUSHALL');
        await sleep(700);
    }
});

troubled('Redis hung', () => whilePaused([stack.engines.process('redis')], () => sleep(4000)));

troubled('Redis killed', async () => {
    await stack.engines.kill('redis');
    await sleep(2000);
    await stack.engines.startAgain();
});

troubled('PostgreSQL restarted', async () => {
    await stack.engines.restart('postgres');
});

troubled('PostgreSQL killed', async () => {
    await stack.engines.kill('postgres');
    await stack.engines.startAgain();
});
