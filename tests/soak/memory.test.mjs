// The memory of the daemons: small when idle, and the same after a million requests of every kind.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rssMb, wrk } from '../../bench/measure.mjs';
import { addExhibition, day, orderFor, visible } from '../lib/fixture.mjs';
import { useStack } from '../lib/stack.mjs';
import { parallel, sleep } from '../lib/wait.mjs';

const IDLE_MB = 30;
const REQUESTS = 1_000_000;
const WARM = 300_000; // every buffer has met its largest content, every thread has an arena
const GROWTH = 1.05;
const CONNECTIONS = 128;
const SECONDS = 15; // of one round of load
const HOLD_SECONDS = 20; // orders of one round lapse in the next

const stack = useStack({ gatewayEnv: { GATEWAY_ACCESS_LOG: 'off' } });
const resident = () => Object.fromEntries(stack.daemons.map((daemon) => [daemon.name, rssMb(daemon.pid)]));
const show = (sizes) =>
    Object.entries(sizes)
        .map(([name, mb]) => `${name} ${mb.toFixed(1)} MB`)
        .join(', ');

test('idle daemons are small', async (t) => {
    await sleep(3000);
    const sizes = resident();
    t.diagnostic(show(sizes));
    for (const { name } of stack.booking) assert.ok(sizes[name] < IDLE_MB, `${name} has ${sizes[name]} MB`);
});

/** 4096 requests: half of them read the catalogue, the others order, read orders, and are refused for all reasons. */
async function mixture() {
    const date = day(2);
    const exhibition = await addExhibition(stack.sql, {
        products: [{ total: 100_000_000 }, { total: 0 }],
        hold_seconds: HOLD_SECONDS,
        max_per_phone: 0,
        max_per_order: 10,
    });
    const timed = await addExhibition(stack.sql, { slots: [{ date, starts_at: '10:00', ends_at: '11:00', capacity: 50 }] });
    await visible(stack.http, exhibition);
    await visible(stack.http, timed);
    const made = await parallel(200, 16, async () => (await stack.http.post('/api/orders', orderFor(exhibition))).json);
    const lookup = (phone) => ({ order_number: made[0].order_number, customer_phone: phone });
    const base = `/api/exhibitions/${exhibition.code}`;
    const kinds = [
        () => ['GET', '/api/exhibitions'],
        () => ['GET', base],
        () => ['GET', `${base}/products`],
        () => ['GET', `/api/exhibitions/${timed.code}/slots?date=${date}`],
        () => ['GET', `/api/exhibitions/${timed.code}/slots?month=${date.slice(0, 7)}`],
        () => ['POST', '/api/orders', orderFor(exhibition)],
        () => ['POST', '/api/orders', orderFor(exhibition, { quantity: 3, customer_email: 'kim@example.com' })],
        (i) => ['GET', `/api/orders/${made[i % made.length].order_number}`],
        (i) => ['GET', `/api/orders/${made[(i * 7) % made.length].order_number}`],
    ];
    const refusals = [
        () => ['POST', '/api/orders', orderFor(exhibition, { product: 1 })], // sold out
        () => ['POST', '/api/orders', orderFor(exhibition, { quantity: 11 })],
        () => ['POST', '/api/orders', orderFor(exhibition, { customer_phone: '12', customer_name: '', nonsense: 1 })],
        () => ['POST', '/api/orders', '{"exhibition_code": '],
        () => ['POST', '/api/orders', `{"customer_name":"${'가'.repeat(20_000)}"}`],
        () => ['POST', '/api/orders/lookup', lookup('01000000000')],
        () => ['GET', '/api/orders/ORD20200101AAAAAAAAAA'],
        () => ['GET', '/api/nothing/%2e%2e/here'],
        () => ['DELETE', '/api/orders'],
        () => ['GET', '/api/admin/orders?limit=5'],
    ];
    return Array.from({ length: 4096 }, (_, i) => (i % 10 === 9 ? refusals[Math.floor(i / 10) % refusals.length] : kinds[i % 10])(i));
}

test('a million requests leave no memory behind', { timeout: 30 * 60_000 }, async (t) => {
    const file = join(stack.dir, 'mixture.tsv');
    const text = (body) => (typeof body === 'object' ? JSON.stringify(body) : (body ?? ''));
    const requests = await mixture();
    writeFileSync(file, requests.map(([method, target, body]) => `${[method, target, text(body)].join('\t')}\n`).join(''));
    const pids = stack.pids();
    let [served, warm] = [0, undefined];
    while (served < REQUESTS) {
        const round = await wrk(stack.url, {
            connections: CONNECTIONS,
            seconds: SECONDS,
            script: '../tests/soak/mix.lua',
            args: [file],
        });
        served += round.ok + round.failed;
        t.diagnostic(`${served} requests: ${show(resident())}`);
        if (served >= WARM) warm ??= resident();
    }
    for (const [name, mb] of Object.entries(resident())) assert.ok(mb <= warm[name] * GROWTH, `${name} grew from ${warm[name]} to ${mb} MB`);
    assert.deepEqual(stack.pids(), pids);
    await stack.audit(30_000);
});
