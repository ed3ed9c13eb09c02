// 5,000 requests from 500 connections for 100 places: sold is 100, everyone else is told so.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addExhibition, visible } from './lib/fixture.mjs';
import { checkRush, rush, sellRest } from './lib/rush.mjs';
import { useStack } from './lib/stack.mjs';
import { parallel } from './lib/wait.mjs';

const PLACES = 100;
const REQUESTS = 5000;
const CONNECTIONS = 500;
const REPEATS = 200;

for (const replicas of [1, 3]) {
    describe(`${replicas} replica(s) of booking`, () => {
        const stack = useStack({ replicas, connections: CONNECTIONS, gatewayEnv: { GATEWAY_THREADS: '800', GATEWAY_ACCESS_LOG: 'off' } });

        test('the rush', { timeout: 180_000 }, async (t) => {
            const exhibition = await addExhibition(stack.sql, { products: [{ total: PLACES }] });
            await visible(stack.http, exhibition);
            const started = Date.now();
            const results = await rush(stack.http, exhibition, { requests: REQUESTS, connections: CONNECTIONS });
            const seconds = (Date.now() - started) / 1000;
            const attempts = results.reduce((sum, r) => sum + r.attempts, 0);
            t.diagnostic(`${attempts} requests in ${seconds.toFixed(1)} s, ${attempts - REQUESTS} of them repeated`);
            results.push(...(await sellRest(stack, exhibition)));
            await checkRush(stack, exhibition, results, PLACES);

            const won = results.filter((r) => r.answer.status === 201);
            await parallel(REPEATS, 50, async (i) => {
                const { body, key, answer } = won[i % won.length];
                const { answer: again } = await stack.http.settle('POST', '/api/orders', { json: body, key });
                assert.deepEqual(again.json, answer.json, 'a repeat finds its own order when all is sold out');
            });
            await stack.audit();
        });
    });
}
