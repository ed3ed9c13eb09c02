// The rush, smaller, on three replicas, while everything that can break breaks. Never oversold, nothing lost, every 201 true.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addExhibition, orderFor, visible } from './lib/fixture.mjs';
import { program } from './lib/paths.mjs';
import { checkRush, rush, sellRest } from './lib/rush.mjs';
import { useStack } from './lib/stack.mjs';
import { parallel, sleep, until } from './lib/wait.mjs';

const REPLICAS = 3;
const PLACES = 60;
const RUSH = { requests: 600, connections: 120 };
const HOME_MS = 15_000; // no stock is lost this long after the trouble

const stack = useStack({ replicas: REPLICAS, supervised: true, connections: 160, gatewayEnv: { GATEWAY_THREADS: '256', GATEWAY_ACCESS_LOG: 'off' } });

async function newExhibition(options) {
    const exhibition = await addExhibition(stack.sql, { products: [{ total: PLACES }], ...options });
    await visible(stack.http, exhibition);
    return exhibition;
}

/** The rush for a fresh exhibition while `trouble` happens, and everything that must hold afterwards. */
async function survives(trouble) {
    const exhibition = await newExhibition();
    const [results] = await Promise.all([rush(stack.http, exhibition, { ...RUSH, patience: 60_000 }), trouble(exhibition)]);
    await stack.ready(20_000);
    results.push(...(await sellRest(stack, exhibition, HOME_MS)));
    await checkRush(stack, exhibition, results, PLACES);
    const won = results.filter((r) => r.answer.status === 201);
    await parallel(Math.min(won.length, 20), 10, async (i) => {
        const { answer } = await stack.http.settle('POST', '/api/orders', { json: won[i].body, key: won[i].key });
        const { order_number, order_token } = won[i].answer.json; // expires_at may differ: an outage gives time back
        assert.partialDeepStrictEqual(answer.json, { order_number, order_token }, 'a retry finds its own order when all is sold out');
    });
    await stack.audit(HOME_MS);
}

// ---- one order's whole life, every step repeated until its outcome is known

const pay = async (op, body) => {
    const reply = await stack.bus.settle(op, body, { caller: 'payment', key: randomUUID() });
    assert.equal(reply.status, 'OK', `${op}: ${JSON.stringify(reply)}`);
    return reply.body;
};
async function reserve(exhibition) {
    const { answer } = await stack.http.settle('POST', '/api/orders', { json: orderFor(exhibition, { quantity: 2 }) });
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
}
async function wholeLife(exhibition) {
    const order = await reserve(exhibition);
    const start = async () => {
        const attempt_id = `att-${randomUUID()}`;
        await pay('begin_payment', { attempt_id, order_number: order.order_number, amount: order.total_amount });
        return attempt_id;
    };
    await pay('payment_failed', { attempt_id: await start(), reason: 'refused' });
    const attempt_id = await start();
    await pay('await_deposit', { attempt_id });
    const paid = await pay('mark_paid', { attempt_id, amount: order.total_amount });
    assert.equal(paid.verdict, 'paid');
    const from = new Date().toISOString();
    await pay('extend_holds', { from, to: new Date(Date.now() + 1000).toISOString() });
    const released = await pay('release', { order_number: order.order_number, reason: 'refund' });
    assert.equal(released.status, 'cancelled');

    const other = await reserve(exhibition);
    const { answer } = await stack.http.settle('POST', `/api/orders/${other.order_number}/cancel`, { json: { reason: 'x' }, orderToken: other.order_token });
    assert.equal(answer.status, 200, answer.text);
}
async function lapse(exhibition) {
    const order = await reserve(exhibition);
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
    test(`fault point ${point}`, { timeout: 90_000 }, async () => {
        const mark = join(stack.dir, `${point}.reached`);
        for (const booking of stack.booking) Object.assign(booking.env, { FAULT: point, FAULT_ONCE: mark });
        await Promise.all(stack.booking.map((booking) => booking.kill()));
        await until('restarted', () => stack.booking.every((b) => b.alive));
        await stack.ready();
        const lives = await newExhibition({ products: [{ total: 1000 }] });
        const short = await newExhibition({ products: [{ total: 1000 }], hold_seconds: 1 });
        await survives(async () => {
            await Promise.all([wholeLife(lives), wholeLife(lives), lapse(short)]);
            await until(`${point} is reached`, () => existsSync(mark), { ms: 15_000 });
        });
        for (const booking of stack.booking) {
            delete booking.env.FAULT;
            delete booking.env.FAULT_ONCE;
        }
    });
}

// ---- whole processes and engines

const SECONDS = 6;
// The rush ends when it ends: keep another one under way for as long as the trouble lasts.
async function busyWhile(trouble) {
    const exhibition = await newExhibition({ products: [{ total: 100_000 }] });
    let over = false;
    const buyers = parallel(20, 20, async () => {
        const made = [];
        while (!over) {
            const key = randomUUID();
            const { answer } = await stack.http.settle('POST', '/api/orders', { json: orderFor(exhibition), key });
            assert.equal(answer.status, 201, answer.text);
            made.push(answer.json.order_number);
        }
        return made;
    });
    try {
        await trouble();
    } finally {
        over = true;
    }
    const made = (await buyers).flat();
    const stored = new Set((await stack.sql.rows(`SELECT order_number FROM booking.orders WHERE exhibition_id = ${exhibition.id}`)).map((o) => o.order_number));
    assert.equal(stored.size, made.length, 'as many orders as clients were told of');
    assert.ok(
        made.every((number) => stored.has(number)),
        'every 201 is in the database',
    );
    return made.length;
}
const troubled = (name, trouble) =>
    test(name, { timeout: 90_000 }, async (t) => {
        await survives(async () => t.diagnostic(`${await busyWhile(trouble)} orders meanwhile`));
    });

troubled('kill -9 of a replica every second', async () => {
    for (let i = 0; i < SECONDS; i++) {
        await stack.booking[i % REPLICAS].kill();
        await sleep(1000);
    }
});

troubled('a replica paused for 5 s', async () => {
    stack.booking[0].signal('SIGSTOP');
    await sleep(5000);
    stack.booking[0].signal('SIGCONT');
});

troubled('Redis flushed', async () => {
    for (let i = 0; i < 3; i++) {
        await stack.redis.command('FLUSHALL');
        await sleep(700);
    }
});

troubled('Redis hung', async () => {
    stack.engines.signal('redis', 'SIGSTOP');
    await sleep(4000);
    stack.engines.signal('redis', 'SIGCONT');
});

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
