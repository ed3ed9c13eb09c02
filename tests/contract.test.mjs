// What every call has in common, walked through the contract itself: no token, wrong bodies, limits, nobody at home.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operations } from './lib/contract.mjs';
import { useStack } from './lib/stack.mjs';
import { parallel } from './lib/wait.mjs';

const NUMBER = 'ORD20200101AAAAAAAAAA';
const target = (op) => op.path.replace('{code}', 'nowhere').replace('{order_number}', NUMBER).replace('{id}', '999999');
const having = (status) => operations.filter((op) => op.answers.has(status) && op.path.startsWith('/api/'));
const isStaff = (op) => op.path.startsWith('/api/admin/');

async function each(stack, ops, status, options) {
    const token = stack.token('superadmin');
    const answers = await parallel(ops.length, 16, (i) => {
        const body = ops[i].request ? '{}' : undefined;
        return stack.http.call(ops[i].method.toUpperCase(), target(ops[i]), { body, token: isStaff(ops[i]) ? token : undefined, ...options });
    });
    const wrong = answers.map((a, i) => [ops[i].id, a.status]).filter(([, s]) => ![status].flat().includes(s));
    assert.deepEqual(wrong, []);
}

describe('every call', () => {
    const stack = useStack();

    test('of staff needs a token', () => each(stack, having(401), 401, { token: undefined }));
    test('refuses what is not JSON', () =>
        each(
            stack,
            having(415).filter((op) => !op.path.endsWith('/cancel')),
            400,
            { body: '{' },
        ));
    test('refuses other media types', () =>
        each(
            stack,
            having(415).filter((op) => !op.path.endsWith('/cancel')),
            415,
            { body: '{}', type: 'text/plain' },
        ));
    test('refuses large bodies', () =>
        each(
            stack,
            having(413).filter((op) => !op.path.endsWith('/cancel')),
            413,
            { body: ' '.repeat(2_000_000) },
        ));

    test('that was sent and not answered is 504, later ones 503', { timeout: 60_000 }, async () => {
        const called = having(504);
        const cancel = (op) => op.path.endsWith('/cancel'); // needs the token of an order
        stack.booking[0].signal('SIGSTOP');
        try {
            await each(
                stack,
                called.filter((op) => !cancel(op)),
                [503, 504],
            );
        } finally {
            stack.booking[0].signal('SIGCONT');
        }
        await stack.ready();
    });
});

describe('limits', () => {
    const names = ['READS', 'ORDERS', 'LOOKUPS', 'STAFF', 'FILES'];
    const tight = names.flatMap((n) => [
        [`LIMIT_${n}_BURST`, '1'],
        [`LIMIT_${n}_PER_MINUTE`, '1'],
    ]);
    const stack = useStack({ gatewayEnv: { GATEWAY_RATE_LIMITS: 'on', ...Object.fromEntries(tight) } });

    test('hold for every call that documents them', async () => {
        for (const op of ['/api/exhibitions', '/openapi.yaml', '/api/admin/orders']) await stack.http.get(op).catch(() => {});
        await stack.http.post('/api/orders', {});
        await stack.http.post('/api/orders/lookup', {});
        await each(stack, having(429), 429);
    });
});
