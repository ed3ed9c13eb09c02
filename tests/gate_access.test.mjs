// Who may come to the gate: tokens of scanners and of staff, each under its own key; and who works on while the gate is away.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addExhibition, orderFor, visible } from './lib/fixture.mjs';
import { enroll, enrollWith, makeDevice, revoke, staffAt } from './lib/gate.mjs';
import { patiently } from './lib/http.mjs';
import { DEVICE_TOKEN_KEY, ORDER_TOKEN_KEY, SECRET_KEY } from './lib/keys.mjs';
import { whilePaused } from './lib/pause.mjs';
import { buy, cancel, makeOrder, orderOf, paymentOf } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { listTickets, picture, ticketsWithCodes } from './lib/tickets.mjs';
import { forge, orderToken, takeApart } from './lib/token.mjs';
import { inTime, parallel, tally, until } from './lib/wait.mjs';

const refused = (answer, status, code) => assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
const MINUTES = 60_000;
const CROWD = 24; // fewer than a gateway lets gates call at once: a quarter of its 128 threads

async function onSale(stack) {
    const exhibition = await addExhibition(stack.sql, { products: [{ total: 1000, price: 15_000 }] });
    await visible(stack.http, exhibition);
    return exhibition;
}

describe('tokens', () => {
    let exhibition, other, scanner;
    const prepare = async () => {
        [exhibition, other] = [await onSale(stack), await onSale(stack)];
        scanner = await enroll(stack, exhibition);
    };
    const stack = useStack({ payment: 1 }, { prepare });
    const keys = (token) => stack.http.get('/api/entrance/keys', { token });

    test('an enrolled scanner comes in, and renews its token', async () => {
        assert.equal((await keys(scanner.token)).status, 200);
        const { claims } = takeApart(scanner.token);
        assert.deepEqual([claims.role, claims.scope], ['device', exhibition.code]);
        const hours = (claims.exp * 1000 - Date.now()) / 3_600_000;
        assert.ok(hours > 23.9 && hours <= 24, `${hours} h`);
        const renewed = await stack.http.post('/api/entrance/devices', { renew: true }, { token: scanner.token });
        assert.equal(renewed.status, 200, renewed.text);
        stack.mustNotLog(renewed.json.token);
        assert.equal(renewed.json.device_id, scanner.device_id);
        assert.equal((await keys(renewed.json.token)).status, 200);
    });

    test('forged tokens of scanners are 401', async () => {
        const { header, claims, signature } = takeApart(scanner.token);
        const now = Math.floor(Date.now() / 1000);
        const signed = (changes, h = header, options = {}) => forge(h, { ...claims, ...changes }, { key: DEVICE_TOKEN_KEY, ...options });
        const attacks = {
            'alg none': forge({ ...header, alg: 'none' }, claims),
            'alg none with a signature': forge({ ...header, alg: 'none' }, claims, { signature }),
            'HS512 with the key': signed({}, { ...header, alg: 'HS512' }, { hash: 'sha512' }),
            'another key': signed({}, header, { key: 'another-key-of-the-proper-length-123' }),
            'the key of staff': signed({}, header, { key: SECRET_KEY }),
            'the key of orders': signed({}, header, { key: ORDER_TOKEN_KEY }),
            expired: signed({ exp: now - 1 }),
            'no expiry': signed({ exp: undefined }),
            'a role of staff under the key of devices': signed({ role: 'manager', scope: '*' }),
            'the role of a daemon': signed({ role: 'service' }),
            'the role of visitors': signed({ role: 'visitor' }),
            'no role': signed({ role: undefined }),
            'another exhibition, old signature': forge(header, { ...claims, scope: other.code }, { signature }),
            'no device': signed({ sub: undefined }),
            'device 0': signed({ sub: '0' }),
            'a device that there is not': signed({ sub: '2000000000' }),
            'another issuer': signed({ iss: 'elsewhere' }),
            'an order': orderToken('ORD20200101AAAAAAAAAA'),
            garbage: 'abc',
        };
        for (const [what, token] of Object.entries(attacks)) {
            const answer = await keys(token);
            assert.deepEqual([answer.status, answer.code], [401, 'UNAUTHENTICATED'], what);
            assert.equal(answer.headers['www-authenticate'], 'Bearer', what);
        }
        refused(await keys(undefined), 401, 'UNAUTHENTICATED');
        const body = { device_id: 'x', sent_at: new Date().toISOString(), scans: [] };
        refused(await stack.http.post('/api/entrance/sync', body), 401, 'UNAUTHENTICATED');
        refused(await stack.http.post('/api/entrance/devices', { renew: true }, { token: attacks['alg none'] }), 401, 'UNAUTHENTICATED');
        refused(await stack.http.post('/api/entrance/devices', { renew: true }), 401, 'UNAUTHENTICATED');
        refused(await stack.http.post('/api/entrance/devices', { exhibition: exhibition.code, name: '문' }), 401, 'UNAUTHENTICATED');
    });

    test('a token that says another exhibition than the scanner was made for is worth its own', async () => {
        const { header, claims } = takeApart(scanner.token);
        const wide = forge(header, { ...claims, scope: '*' }, { key: DEVICE_TOKEN_KEY }); // whoever has the key may sign it: the row still decides
        const answer = await stack.http.get(`/api/entrance/manifest?exhibition=${other.code}`, { token: wide });
        refused(answer, 404, 'NOT_FOUND');
    });

    test('the key of staff makes no scanners', async () => {
        const { header, claims } = takeApart(stack.token('staff'));
        refused(await keys(forge(header, { ...claims, role: 'device' }, { key: SECRET_KEY })), 401, 'UNAUTHENTICATED');
        refused(await keys(forge(header, claims, { key: DEVICE_TOKEN_KEY })), 401, 'UNAUTHENTICATED');
    });

    test('a scanner is no member of the staff, anywhere', async () => {
        const { token } = scanner;
        const order = await makeOrder(stack, exhibition);
        const calls = [
            ['GET', '/api/entrance/devices'],
            ['POST', '/api/entrance/devices', { exhibition: exhibition.code, name: '문' }],
            ['DELETE', `/api/entrance/devices/${scanner.id}`],
            ['POST', '/api/entrance/undo', { scan_id: 'x', reason: 'x' }],
            ['POST', '/api/entrance/reissue', { order_number: order.order_number, reason: 'x' }],
            ['GET', `/api/orders/${order.order_number}/tickets`],
        ];
        for (const [method, path, json] of calls) {
            const answer = await stack.http.call(method, path, { json, token });
            assert.deepEqual([answer.status, answer.code], [403, 'FORBIDDEN'], `${method} ${path}: ${answer.text}`);
        }
        assert.equal((await keys(token)).status, 200, 'and it is still a scanner');
    });

    test('which staff may what', async () => {
        const allowed = {
            'GET keys': ['staff', 'manager', 'superadmin'],
            'GET manifest': ['staff', 'manager', 'superadmin'],
            'GET stats': ['staff', 'manager', 'superadmin'],
            'POST scan': ['staff', 'manager', 'superadmin'],
            'POST sync': ['staff', 'manager', 'superadmin'],
            'POST undo': ['manager', 'superadmin'],
            'POST reissue': ['manager', 'superadmin'],
            'GET devices': ['manager', 'superadmin'],
            'POST devices': ['manager', 'superadmin'],
            'DELETE devices/999999999': ['manager', 'superadmin'],
        };
        const bodies = { devices: { exhibition: exhibition.code, name: '문' } };
        for (const [call, roles] of Object.entries(allowed)) {
            const [method, path] = call.split(' ');
            const may = [];
            for (const role of ['viewer', 'staff', 'finance', 'manager', 'superadmin']) {
                const json = method === 'POST' ? (bodies[path] ?? {}) : undefined;
                const { status } = await stack.http.call(method, `/api/entrance/${path}`, { json, token: stack.token(role, exhibition.code) });
                assert.notEqual(status, 401, call);
                if (status !== 403) may.push(role);
            }
            assert.deepEqual(may, roles, call);
        }
    });

    test('a code enrols once, for ten minutes, one scanner', async () => {
        const made = (await makeDevice(stack, exhibition)).json;
        stack.mustNotLog(made.enroll_code);
        const left = new Date(made.expires_at) - Date.now();
        assert.ok(left > 9 * MINUTES && left <= 10 * MINUTES, `${left} ms`);
        const answers = await parallel(10, 10, () => patiently(() => enrollWith(stack, made.enroll_code)));
        assert.deepEqual(
            tally(answers, (a) => a.status),
            { 200: 1, 404: 9 },
        );
        for (const a of answers.filter((one) => one.status === 200)) stack.mustNotLog(a.json.token);
        for (const wrong of ['0000000000', made.enroll_code.slice(1), 'x', '한글']) refused(await enrollWith(stack, wrong), 404, 'NOT_FOUND');
        const late = (await makeDevice(stack, exhibition)).json;
        await stack.sql.text(`UPDATE entrance.devices SET enroll_until = now() - interval '1 second' WHERE id = ${late.id}`);
        refused(await enrollWith(stack, late.enroll_code), 404, 'NOT_FOUND');
        for (const body of [{}, { enroll_code: made.enroll_code, renew: true }, { renew: false }, { enroll_code: 1 }, { exhibition: exhibition.code }]) {
            const answer = await stack.http.post('/api/entrance/devices', body, { token: stack.token('manager') });
            refused(answer, 422, 'VALIDATION_FAILED');
        }
    });

    test('a manager makes, sees and revokes scanners of their own exhibitions only; a repeat makes no second one', async () => {
        refused(
            await stack.http.post('/api/entrance/devices', { exhibition: other.code, name: '문' }, { token: stack.token('manager', exhibition.code) }),
            404,
            'NOT_FOUND',
        );
        const foreign = await enroll(stack, other);
        const token = stack.token('manager', exhibition.code);
        refused(await stack.http.delete(`/api/entrance/devices/${foreign.id}`, { token }), 404, 'NOT_FOUND');
        refused(await stack.http.get(`/api/entrance/devices?exhibition=${other.code}`, { token }), 404, 'NOT_FOUND');
        const body = { exhibition: exhibition.code, name: '후문' };
        const key = 'make-the-back-door';
        const [one, two] = [
            await stack.http.post('/api/entrance/devices', body, { token, key }),
            await stack.http.post('/api/entrance/devices', body, { token, key }),
        ];
        assert.equal(one.status, 201, one.text);
        assert.deepEqual(two.json, one.json);
        refused(await stack.http.post('/api/entrance/devices', { ...body, name: '옆문' }, { token, key }), 409, 'IDEMPOTENCY_MISMATCH');
        const list = (await stack.http.get('/api/entrance/devices', { token })).json.devices;
        assert.ok(list.some((d) => d.id === one.json.id && d.status === 'waiting' && d.name === '후문'));
        assert.ok(list.every((d) => d.exhibition === exhibition.code));
    });

    test('a key belongs to whoever used it first', async () => {
        const [one, foreign] = [await enroll(stack, exhibition), await enroll(stack, other)];
        const call = (json, token) => stack.http.post('/api/entrance/devices', json, { token, key: 'the-same-for-all' });
        const renewed = ({ token }) => call({ renew: true }, token);
        for (const who of [one, foreign, one]) {
            const { status, json } = await renewed(who);
            assert.deepEqual([status, json.device_id, json.exhibition], [200, who.device_id, who.exhibition.code]);
            stack.mustNotLog(json.token);
        }
        assert.equal((await revoke(stack, foreign)).status, 204);
        refused(await renewed(foreign), 401, 'UNAUTHENTICATED');

        const { header, claims } = takeApart(stack.token('manager', other.code));
        const colleague = forge(header, { ...claims, sub: '2' }, { key: SECRET_KEY });
        const made = await call({ exhibition: exhibition.code, name: '문' }, stack.token('manager', exhibition.code));
        assert.equal(made.status, 201, made.text);
        stack.mustNotLog(made.json.enroll_code);
        refused(await call({ exhibition: exhibition.code, name: '문' }, colleague), 404, 'NOT_FOUND');
    });

    test('a revoked scanner is refused at once', async () => {
        const lost = await enroll(stack, exhibition, '잃어버린 것');
        assert.equal((await lost.keys()).status, 200);
        assert.equal((await revoke(stack, lost)).status, 204);
        refused(await lost.keys(), 401, 'UNAUTHENTICATED');
        refused(await lost.scan('AXQAAQ'), 401, 'UNAUTHENTICATED');
        refused(await lost.sync([]), 401, 'UNAUTHENTICATED');
        refused(await stack.http.post('/api/entrance/devices', { renew: true }, { token: lost.token }), 401, 'UNAUTHENTICATED');
        assert.equal((await scanner.keys()).status, 200, 'others are not');
    });

    test('nobody scans in the name of another', async () => {
        const gate = staffAt(stack, exhibition.code);
        assert.equal(await gate.status('AXQAAQ'), 'invalid');
        refused(await gate.scan('AXQAAQ', { admin_id: 2 }), 403, 'FORBIDDEN');
        refused(await gate.scan('AXQAAQ', { admin_id: undefined }), 422, 'VALIDATION_FAILED');
        assert.equal(await scanner.status('AXQAAQ'), 'invalid');
        assert.equal(await scanner.status('AXQAAQ', { device_id: scanner.device_id, admin_id: 0 }), 'invalid');
        refused(await scanner.scan('AXQAAQ', { admin_id: 1 }), 403, 'FORBIDDEN');
        refused(await scanner.scan('AXQAAQ', { device_id: 'dev-1000000' }), 403, 'FORBIDDEN');
    });

    test('pictures have their own types, are never kept, and open to the tokens of their order only', async () => {
        const { order } = await buy(stack, exhibition);
        const { order: stranger } = await buy(stack, exhibition);
        const { tickets } = await ticketsWithCodes(stack, order);
        const view = orderToken(order.order_number, { scope: 'view' });
        for (const id of [tickets[0].id, order.order_number]) {
            for (const [format, type, head] of [
                ['svg', 'image/svg+xml', '<'],
                ['png', 'image/png', '\x89PNG'],
            ]) {
                for (const token of [order.order_token, view]) {
                    const { status, headers, bytes } = await picture(stack, id, format, token);
                    assert.deepEqual([status, headers['content-type'], headers['cache-control']], [200, type, 'private, no-store']);
                    assert.ok(bytes.toString('latin1').startsWith(head));
                }
                refused(await picture(stack, id, format), 403, 'TOKEN_REQUIRED');
                refused(await picture(stack, id, format, stranger.order_token), 403, 'TOKEN_REQUIRED');
                refused(await picture(stack, id, format, 'x'.repeat(200)), 403, 'TOKEN_REQUIRED');
            }
        }
        // Nobody learns which numbers there are.
        for (const id of ['999999999', 'ORD20200101AAAAAAAAAA', 'x', '-1']) refused(await picture(stack, id, 'png', view), 403, 'TOKEN_REQUIRED');
        const unheard = 'ORD20200101AAAAAAAAAA';
        for (const format of ['svg', 'png']) refused(await picture(stack, unheard, format, orderToken(unheard)), 404, 'NOT_FOUND');
        refused(await listTickets(stack, order, { orderToken: undefined }), 403, 'TOKEN_REQUIRED');
        assert.equal((await listTickets(stack, order, { orderToken: view })).status, 200);
        refused(await cancel(stack, { ...order, order_token: view }), 403, 'TOKEN_REQUIRED');
    });

    test('paths and questions are strict', async () => {
        const token = stack.token('superadmin');
        for (const path of ['/api/tickets/1', '/api/tickets/1/qr', '/api/tickets/1/qr.gif', '/api/entrance', '/api/entrance/', '/api/entrance/devices/1/x']) {
            refused(await stack.http.get(path, { token }), 404, 'NOT_FOUND');
        }
        for (const path of ['manifest?exhibitions=aaa', 'stats?from=1', 'devices?limit=1']) {
            refused(await stack.http.get(`/api/entrance/${path}`, { token }), 422, 'VALIDATION_FAILED');
        }
        for (const format of ['svg', 'png']) refused(await stack.http.get(`/api/tickets/1/qr.${format}?format=png`), 422, 'VALIDATION_FAILED');
        refused(await stack.http.get('/api/entrance/scan', { token }), 405, 'METHOD_NOT_ALLOWED');
        refused(await stack.http.post('/api/entrance/scan', { qr_code: 'x'.repeat(9000), admin_id: 1 }, { token }), 413, 'BODY_TOO_LARGE');
        refused(await stack.http.post('/api/entrance/sync', { pad: 'x'.repeat(131_072) }, { token }), 413, 'BODY_TOO_LARGE');
    });
});

describe('a gate', () => {
    const stack = useStack({ entrance: 1, gatewayEnv: { GATEWAY_RATE_LIMITS: 'on' } });

    test('is one address with many scans', { timeout: 60_000 }, async () => {
        const exhibition = await onSale(stack);
        const scanner = await enroll(stack, exhibition);
        const answers = await parallel(1000, CROWD, () => scanner.scan('AXQAAQ'));
        assert.deepEqual(
            tally(answers, (a) => a.status),
            { 200: 1000 },
        );
    });
});

describe('without svc-entrance or svc-notify', () => {
    const stack = useStack({ payment: 1, notify: 1, supervised: true });
    /** Until the gateway has noticed that nobody is there; it serves all the same. */
    const missed = (service) =>
        until(
            `${service} is missed`,
            async () => {
                const { status, json } = await stack.http.get('/readyz');
                return status === 200 && json.status === 'degraded' && json.services[service] === 'down';
            },
            { ms: 15_000 },
        );

    test('people order and pay; refunds wait, tickets and scans are told to; nothing is lost', { timeout: 90_000 }, async () => {
        const exhibition = await onSale(stack);
        const scanner = await enroll(stack, exhibition);
        const { order: early } = await buy(stack, exhibition);
        const { tickets } = await ticketsWithCodes(stack, early);
        const [entrance] = stack.entrance;
        entrance.supervised = false;
        await entrance.kill();
        await missed('entrance');

        const { order } = await buy(stack, exhibition);
        assert.equal((await orderOf(stack, order)).status, 'paid');
        refused(await listTickets(stack, order), 503, 'BUSY');
        refused(await picture(stack, tickets[0].id, 'png', early.order_token), 503, 'BUSY');
        refused(await scanner.scan(tickets[0].qr_code), 503, 'BUSY');
        assert.equal((await stack.http.post('/api/orders', orderFor(exhibition))).status, 201);
        const given = await cancel(stack, order);
        assert.equal(given.status, 202, given.text);
        assert.equal((await cancel(stack, await makeOrder(stack, exhibition))).status, 200, 'what was not paid needs no gate');
        assert.equal((await paymentOf(stack, order)).json.cancels[0].status, 'refunding');

        entrance.supervised = true;
        entrance.start();
        await stack.ready();
        await until('the refund is done', async () => (await paymentOf(stack, order)).json.cancels[0].status === 'done', { ms: 60_000 });
        assert.equal(await scanner.status(tickets[0].qr_code), 'allowed');
    });

    test('without svc-notify everything works', { timeout: 60_000 }, async () => {
        const exhibition = await onSale(stack);
        const [notify] = stack.notify;
        notify.supervised = false;
        await notify.kill();
        await missed('notify');
        const { order } = await buy(stack, exhibition, { quantity: 2 });
        const { tickets } = await ticketsWithCodes(stack, order);
        assert.equal(await staffAt(stack, exhibition.code).status(tickets[0].qr_code), 'allowed');
        assert.equal((await cancel(stack, order, { tickets: [tickets[1].id] })).status, 202);
        const token = stack.token('manager');
        refused(await stack.http.get('/api/admin/notifications', { token }), 503, 'BUSY');
        notify.supervised = true;
        notify.start();
        await stack.ready();
    });

    test('a gate that hangs is an outcome unknown, and the same scan id finds it', { timeout: 60_000 }, async () => {
        const exhibition = await onSale(stack);
        const scanner = await enroll(stack, exhibition);
        const { order } = await buy(stack, exhibition);
        const { tickets } = await ticketsWithCodes(stack, order);
        const inTheDark = () =>
            whilePaused(stack.entrance, async () => {
                const started = Date.now();
                const answer = await scanner.scan(tickets[0].qr_code, { scan_id: 'in-the-dark' });
                const ms = Date.now() - started;
                assert.equal((await makeOrder(stack, exhibition)).status, 'reserved');
                return { answer, ms };
            });
        const waits = async () => {
            await stack.ready();
            const { answer, ms } = await inTheDark();
            if (answer.status === 503) return Infinity; // the gateway had missed the gate before the scan could leave
            refused(answer, 504, 'OUTCOME_UNKNOWN');
            return ms;
        };
        await inTime(4000, waits, 5); // a gate waits no longer
        await stack.ready();
        assert.equal(await scanner.status(tickets[0].qr_code, { scan_id: 'in-the-dark' }), 'allowed');
        assert.equal(await scanner.status(tickets[0].qr_code), 'already_entered');
    });
});
