// A minute of trouble: three replicas, one of them killed every second, while one rush follows the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rush } from '../lib/rush.mjs';
import { useStack } from '../lib/stack.mjs';
import { busyWhile, HOME_MS, isTrue, onSale } from '../lib/trouble.mjs';
import { sleep } from '../lib/wait.mjs';

const REPLICAS = 3;
const KILLS = 60;
const PLACES = 100;
const CROWD = { requests: 2000, connections: 300 };

const stack = useStack({
    replicas: REPLICAS,
    payment: 1,
    supervised: true,
    connections: 400,
    gatewayEnv: { GATEWAY_THREADS: '512', GATEWAY_ACCESS_LOG: 'off' },
});

test('60 kills in 60 s', { timeout: 300_000 }, async (t) => {
    let over = false;
    const rushes = (async () => {
        const held = [];
        while (!over) {
            const exhibition = await onSale(stack, { products: [{ total: PLACES }] });
            held.push({ exhibition, results: await rush(stack.http, exhibition, CROWD) });
        }
        return held;
    })();
    const orders = await busyWhile(stack, async () => {
        for (let i = 0; i < KILLS; i++) {
            await stack.booking[i % REPLICAS].kill();
            await sleep(1000);
        }
    });
    over = true;
    const held = await rushes;
    const attempts = held.flatMap((h) => h.results).reduce((sum, r) => sum + r.attempts, 0);
    t.diagnostic(`${held.length} rushes with ${attempts} requests, ${orders} other orders meanwhile`);
    for (const { exhibition, results } of held) await isTrue(stack, exhibition, results, PLACES);
    await stack.audit(HOME_MS);
    assert.ok(stack.booking.every((booking) => booking.starts > KILLS / REPLICAS));
});
