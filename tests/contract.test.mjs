// What every call has in common, walked through the contract itself: no token, wrong bodies, limits, nobody at home.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operations } from './lib/contract.mjs';
import { DEVICE_TOKEN_KEY } from './lib/keys.mjs';
import { whilePaused } from './lib/pause.mjs';
import { useStack } from './lib/stack.mjs';
import { forge, orderToken } from './lib/token.mjs';
import { parallel, until } from './lib/wait.mjs';

const NUMBER = 'ORD20200101AAAAAAAAAA';
const DATED = ['listSlots', 'staffReconciliation']; // cannot be asked without a date
const target = (op) => pathOf(op) + (DATED.includes(op.id) ? '?date=2026-12-01' : '');
const pathOf = (op) => op.path.replace('{code}', 'nowhere').replace('{order_number}', NUMBER).replace('{id}', '999999');
const having = (status) => operations.filter((op) => op.answers.has(status) && op.path.startsWith('/api/'));
const isAdmin = (op) => op.path.startsWith('/api/admin/');
const isStaff = (op) => isAdmin(op) || op.path.startsWith('/api/entrance/');
const SIGNING_IN = ['staffLogin', 'staffRefresh']; // look at no access token
const needsToken = (op) => !['createDevice', ...SIGNING_IN].includes(op.id); // a device that enrols has none yet
const REFRESH = { headers: { Cookie: 'refresh_token=x' } };
/** Of no scanner that there is: nobody asks before the gateway refuses it. */
function scannerToken() {
    const exp = Math.floor(Date.now() / 1000) + 3600;
    const claims = { iss: 'exhibition', sub: '1', role: 'device', scope: 'nowhere', sid: '', exp };
    return forge({ alg: 'HS256', typ: 'JWT' }, claims, { key: DEVICE_TOKEN_KEY });
}
const LANE = 16; // calls under way at once in the gateway's narrowest lane

/** [id, status] of each of these calls. */
async function statusesOf(stack, ops, options) {
    const token = stack.token('superadmin');
    const answers = await parallel(ops.length, LANE, (i) => {
        const body = ops[i].request ? '{}' : undefined;
        const proof = ops[i].id === 'staffRefresh' ? REFRESH : isStaff(ops[i]) ? { token } : { orderToken: orderToken(NUMBER) };
        return stack.http.call(ops[i].method.toUpperCase(), target(ops[i]), { body, ...proof, ...options });
    });
    return answers.map((a, i) => [ops[i].id, a.status]);
}

async function each(stack, ops, status, options) {
    const wrong = (await statusesOf(stack, ops, options)).filter(([, s]) => s !== status);
    assert.deepEqual(wrong, []);
}

describe('every call', () => {
    const stack = useStack({ payment: 1, notify: 1, admin: 1 });
    const behind = () => [...stack.booking, ...stack.entrance, ...stack.payment, ...stack.notify, ...stack.admin];

    const closed = having(401).filter(needsToken);
    test('of staff and of the gate needs a token', () => each(stack, closed, 401, { token: undefined }));
    test('of staff refuses scanners', () =>
        each(
            stack,
            having(403).filter((op) => isAdmin(op) && needsToken(op)),
            403,
            { token: scannerToken() },
        ));
    test('refuses what is not JSON', () => each(stack, having(415), 400, { body: '{' }));
    test('refuses other media types', () => each(stack, having(415), 415, { body: '{}', type: 'text/plain' }));
    test('refuses large bodies', () => each(stack, having(413), 413, { body: ' '.repeat(2_000_000) }));

    test('that was sent and not answered is 504', { timeout: 180_000 }, async () => {
        // Most are sent before the silence is noticed. Who comes later is told that the service is busy and was not sent: once more.
        let left = having(504);
        for (let rounds = Math.ceil(left.length / LANE) + 10; left.length > 0; rounds--) {
            assert.ok(rounds > 0, `never sent: ${left.map((op) => op.id)}`);
            const group = left.slice(0, LANE);
            const statuses = new Map(await whilePaused(behind(), () => statusesOf(stack, group)));
            assert.deepEqual(
                [...statuses].filter(([, status]) => ![504, 503].includes(status)),
                [],
            );
            left = left.filter(({ id }) => statuses.get(id) !== 504);
            await stack.ready();
        }
    });

    test('is 503 while nobody is there and nothing is known yet', { timeout: 60_000 }, async () => {
        for (const daemon of [stack.gateway, ...behind().reverse()]) assert.equal(await daemon.stop(), undefined);
        stack.gateway.start();
        await until('it answers', async () => (await stack.http.get('/healthz')).status === 200);
        await each(stack, having(503), 503);
        behind().forEach((daemon) => daemon.start());
        await stack.ready();
    });
});

describe('limits', () => {
    const names = ['READS', 'ORDERS', 'LOOKUPS', 'PAYMENTS', 'WEBHOOKS', 'STAFF', 'LOGINS', 'EXPORTS', 'LIVE', 'SCANS', 'FILES'];
    const tight = names.flatMap((n) => [
        [`LIMIT_${n}_BURST`, '1'],
        [`LIMIT_${n}_PER_MINUTE`, '1'],
    ]);
    const stack = useStack({ gatewayEnv: { GATEWAY_RATE_LIMITS: 'on', ...Object.fromEntries(tight) } });

    test('hold for every call that documents them', async () => {
        for (const op of ['/api/exhibitions', '/openapi.yaml', '/api/admin/orders', '/api/admin/orders/export', '/api/admin/live'])
            await stack.http.get(op).catch(() => {});
        await stack.http.post('/api/orders', {});
        await stack.http.post('/api/admin/login', {});
        await stack.http.post('/api/orders/lookup', {});
        await stack.http.post('/api/payments/confirm', {});
        await stack.http.post('/api/payments/webhook', {});
        await stack.http.get('/api/entrance/keys');
        await each(stack, having(429), 429);
    });
});
