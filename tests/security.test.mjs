// What somebody would try who wants to be staff, or more than he is: each way in is a test of its own.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ADMIN_PASSWORD, SECRET_KEY } from './lib/keys.mjs';
import { logsHold } from './lib/logs.mjs';
import { makeGateway } from './lib/parts.mjs';
import { freePort } from './lib/ports.mjs';
import { rights, routes } from './lib/rights.mjs';
import { addUser, cookiesOf, login, signIn } from './lib/session.mjs';
import { useStack } from './lib/stack.mjs';
import { askOf, furnish, STAFF_CALLS } from './lib/staff_calls.mjs';
import { forge, takeApart } from './lib/token.mjs';
import { inTime, parallel, until } from './lib/wait.mjs';

const REVOKED_MS = 2000;
const DEBUG = { LOG_LEVEL: 'DEBUG' };
const stack = useStack(
    { payment: 1, notify: 1, admin: 1, bookingEnv: DEBUG, paymentEnv: DEBUG, entranceEnv: DEBUG, notifyEnv: DEBUG, adminEnv: DEBUG, gatewayEnv: DEBUG },
    { prepare },
);

let mine, foreign, boss, pids;
async function prepare() {
    [mine, foreign] = [await furnish(stack), await furnish(stack)];
    boss = { token: stack.token('superadmin') };
    pids = stack.pids();
}

const refused = (answer, status, code, what) => assert.deepEqual([answer.status, answer.code], [status, code], `${what ?? ''} ${answer.text}`);
const closed = routes().filter(({ path, op }) => op && /^\/api\/(admin|entrance)\//.test(path));
const open = new Set(['login', 'refresh', 'device.create']); // whoever comes has no token yet
const bodiless = ({ method, op }) => method === 'GET' || method === 'DELETE' || op === 'logout';
const isWrite = (call) => !call.startsWith('GET');

/** Each closed route, by a token that opens nothing. */
async function opensNothing(token, what) {
    const stored = await stack.sql.fingerprint();
    const targets = closed.filter(({ op }) => !open.has(op));
    const answers = await parallel(targets.length, 16, (i) => {
        const { method, path } = targets[i];
        return stack.http.call(method, path.replace(/:\w+/, '1'), { token, json: bodiless(targets[i]) ? undefined : {} });
    });
    answers.forEach((answer, i) => refused(answer, 401, 'UNAUTHENTICATED', `${what}: ${targets[i].method} ${targets[i].path}`));
    assert.deepEqual(await stack.sql.fingerprint(), stored);
}

describe('tokens', () => {
    const forged = (changes, head) => {
        const { header, claims } = takeApart(stack.token('superadmin'));
        return forge({ ...header, ...head }, { ...claims, ...changes }, { key: SECRET_KEY });
    };

    test('no token opens no route', () => opensNothing(undefined, 'no token'));

    test('an expired token opens no route', () => opensNothing(forged({ exp: Math.floor(Date.now() / 1000) - 1 }), 'expired'));

    test('a token under a wrong key opens no route', () => {
        const { header, claims } = takeApart(stack.token('superadmin'));
        return opensNothing(forge(header, claims, { key: 'another-key-of-the-proper-length-0123456789' }), 'wrong key');
    });

    test('alg none opens no route, however it is written', async () => {
        const { header, claims, signature } = takeApart(stack.token('superadmin'));
        for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
            await opensNothing(forge({ ...header, alg }, claims), alg);
            await opensNothing(forge({ ...header, alg }, claims, { signature }), `${alg} with a signature`);
        }
    });

    test('a better role under the old signature opens no route', async () => {
        const { header, claims, signature } = takeApart(stack.token('viewer', mine.code));
        await opensNothing(forge(header, { ...claims, role: 'superadmin' }, { signature }), 'role');
        await opensNothing(forge(header, { ...claims, scope: '*' }, { signature }), 'scope');
    });

    test('the key of staff makes no daemon, no scanner and no visitor', async () => {
        for (const role of ['service', 'device', 'visitor', 'root', '']) await opensNothing(forged({ role }), role);
    });

    test('in production a token that belongs to no session opens no route', async () => {
        const [SECRET, ORDER, DEVICE] = Array.from({ length: 3 }, () => randomBytes(32).toString('hex'));
        const listen = `127.0.0.1:${await freePort()}`;
        const keys = { SECRET_KEY: SECRET, ORDER_TOKEN_KEY: ORDER, DEVICE_TOKEN_KEY: DEVICE };
        const gateway = await makeGateway(stack, {
            ...keys,
            ENV: 'production',
            PUBLIC_URL: 'https://tickets.example',
            GATEWAY_RATE_LIMITS: 'on',
            GATEWAY_LISTEN: listen,
        });
        const { header, claims } = takeApart(stack.token('superadmin'));
        const statusOf = async (sid) => {
            const token = forge(header, { ...claims, sid }, { key: SECRET });
            return (await fetch(`http://${listen}/api/admin/exhibitions`, { headers: { Authorization: `Bearer ${token}` } })).status;
        };
        gateway.log = join(stack.dir, 'log', 'gateway-production.log');
        gateway.start();
        try {
            await until('it serves', async () => (await statusOf('AAAAAAAAAAAAAAAAAAAAAA')) === 200);
            assert.equal(await statusOf(''), 401);
        } finally {
            assert.equal(await gateway.stop(), undefined);
        }
    });
});

describe('another role, another exhibition', () => {
    test('who only reads changes nothing', async () => {
        const token = stack.token('viewer', mine.code);
        const may = new Set(rights().flatMap(({ service, op, roles }) => (roles.includes('viewer') ? [`${service} ${op}`] : [])));
        const stored = await stack.sql.fingerprint();
        for (const { method, path } of closed.filter(({ method: m, service, op }) => m !== 'GET' && !may.has(`${service} ${op}`))) {
            const answer = await stack.http.call(method, path.replace(/:\w+/, String(mine.order_id)), { token, json: method === 'DELETE' ? undefined : {} });
            refused(answer, 403, 'FORBIDDEN', `${method} ${path}`);
        }
        assert.deepEqual(await stack.sql.fingerprint(), stored);
    });

    test('a manager changes nothing of another exhibition, and hears that it is not there', async () => {
        const token = stack.token('manager', mine.code);
        for (const ask of STAFF_CALLS.filter(({ about, call }) => (about ?? 'one') === 'one' && isWrite(call))) {
            const { method, target, json } = await askOf(ask, foreign, 'manager');
            const stored = await stack.sql.fingerprint();
            const [status, code] = (ask.beyond ?? '404 NOT_FOUND').split(' ');
            refused(await stack.http.call(method, target, { token, json }), Number(status), code, ask.call);
            assert.deepEqual(await stack.sql.fingerprint(), stored, ask.call);
        }
    });
});

describe('sessions', () => {
    const works = async (session) => (await session.get('/api/admin/exhibitions')).status === 200;
    const byCookie = (session) => stack.http.get('/api/admin/exhibitions', { headers: { Cookie: session.cookie(['access_token']) } });
    /** Until its token is refused; how many ms that took. */
    const stops = async (session) => {
        const since = Date.now();
        await until('its token is refused', async () => (await session.get('/api/admin/exhibitions')).status === 401);
        return Date.now() - since;
    };

    async function revoked() {
        const user = await addUser(stack, boss, { role: 'manager' });
        const [lost, kept] = [await signIn(stack, user.username, user.password), await signIn(stack, user.username, user.password)];
        assert.ok((await works(lost)) && (await byCookie(lost)).status === 200);
        const { sessions } = (await kept.get('/api/admin/sessions')).json;
        const other = sessions.find((s) => !s.current);
        assert.equal((await stack.http.delete(`/api/admin/sessions/${other.id}`, { token: kept.token })).status, 204);
        const ms = await stops(lost);
        refused(await byCookie(lost), 401, 'UNAUTHENTICATED');
        refused(await lost.refresh(), 401, 'UNAUTHENTICATED');
        assert.ok(await works(kept));
        return ms;
    }
    test('a revoked session is refused within 2 s, by token, by cookie and by refresh token', () => inTime(REVOKED_MS, revoked));

    test('an old refresh token ends the session of whoever has the new one', async () => {
        const user = await addUser(stack, boss);
        const session = await signIn(stack, user.username, user.password);
        const { refresh_token: old } = session.cookies;
        assert.equal((await session.refresh()).status, 200);
        assert.notEqual(session.cookies.refresh_token, old);
        assert.ok(await works(session));
        refused(await session.refresh({ refresh_token: old }), 401, 'UNAUTHENTICATED');
        await stops(session);
        refused(await session.refresh(), 401, 'UNAUTHENTICATED');
    });

    test('a refresh token that is made up, cut or changed opens nothing', async () => {
        const user = await addUser(stack, boss);
        const session = await signIn(stack, user.username, user.password);
        const { refresh_token: real } = session.cookies;
        const flipped = real.slice(0, 5) + (real[5] === 'A' ? 'B' : 'A') + real.slice(6);
        for (const refresh_token of ['x', real.slice(0, -1), `${real}A`, flipped, session.token, real.split('').reverse().join('')]) {
            refused(await session.refresh({ refresh_token }), 401, 'UNAUTHENTICATED', refresh_token);
        }
        refused(await stack.http.call('POST', '/api/admin/refresh'), 401, 'UNAUTHENTICATED');
        assert.equal((await session.refresh()).status, 200, 'attempts of others end nothing');
    });

    test('who lost role or account stops within 2 s', async () => {
        for (const change of [{ role: 'viewer' }, { is_active: false }, { exhibition_codes: [foreign.code] }]) {
            await inTime(REVOKED_MS, async () => {
                const user = await addUser(stack, boss, { role: 'manager', exhibition_codes: [mine.code] });
                const session = await signIn(stack, user.username, user.password);
                assert.ok(await works(session));
                assert.equal((await stack.http.put(`/api/admin/users/${user.id}`, change, boss)).status, 200);
                return stops(session);
            });
        }
    });
});

describe('guessing', () => {
    const TRIES = 5;
    const attempts = async (username, n) => {
        const answers = [];
        for (let i = 0; i < n; i++) answers.push(await login(stack, username, `wrong-password-${i}`));
        return answers;
    };
    const without = ({ json: { request_id, detail, ...rest } }) => assert.ok(request_id && detail) ?? rest;

    test('after 5 failures nobody gets in, not even with the password; unknown names look the same', async () => {
        const user = await addUser(stack, boss);
        const unknown = `u-${randomUUID().slice(0, 13)}`;
        const [known, nobody] = [await attempts(user.username, TRIES + 1), await attempts(unknown, TRIES + 1)];
        assert.deepEqual(
            known.map((a) => a.status),
            [401, 401, 401, 401, 401, 423],
        );
        assert.deepEqual(known.map(without), nobody.map(without));
        assert.deepEqual(
            known.map((a) => a.json.detail),
            nobody.map((a) => a.json.detail),
        );
        refused(await login(stack, user.username, user.password), 423, 'ACCOUNT_LOCKED');
        for (const answer of [known.at(-1), nobody.at(-1)]) {
            const wait = Number(answer.headers['retry-after']);
            assert.ok(wait > 30 && wait <= 60, `Retry-After ${wait}`);
        }
        assert.equal((await signIn(stack, 'admin', ADMIN_PASSWORD)).admin.username, 'admin', 'others are not locked');
    });

    test('who has found a session open guesses its password no better', async () => {
        const new_password = `next-${randomUUID()}`;
        for (const [method, path, members] of [
            ['PUT', 'password', { current_password: 'wrong-password-0', new_password }],
            ['POST', 'otp', { password: 'wrong-password-0' }],
        ]) {
            const user = await addUser(stack, boss);
            const { token } = await signIn(stack, user.username, user.password);
            const statuses = [];
            for (let i = 0; i <= TRIES; i++) statuses.push((await stack.http.call(method, `/api/admin/${path}`, { json: members, token })).status);
            assert.equal(statuses.at(-1), 423, `${method} ${path}: ${statuses}`);
            assert.ok(!statuses.slice(0, TRIES).some((status) => status < 400), `${statuses}`);
            assert.equal((await login(stack, user.username, user.password)).status, 200, 'the owner gets in');
        }
    });

    test('a wrong password takes as long for a name that there is as for one that there is not', async (t) => {
        const PAIRS = 12;
        const users = await parallel(3, 1, () => addUser(stack, boss));
        const names = { known: (i) => users[i % users.length].username, unknown: () => `u-${randomUUID().slice(0, 13)}` };
        const times = { known: [], unknown: [] };
        for (let i = 0; i < PAIRS; i++) {
            for (const kind of Object.keys(times)) {
                const start = performance.now();
                refused(await login(stack, names[kind](i), 'wrong-password-0'), 401, 'UNAUTHENTICATED');
                times[kind].push(performance.now() - start);
            }
        }
        const [known, unknown] = Object.values(times).map((list) => list.sort((a, b) => a - b)[PAIRS / 4]);
        t.diagnostic(`known ${known.toFixed(1)} ms, unknown ${unknown.toFixed(1)} ms`);
        assert.ok(unknown > known / 2 && unknown < known * 2, `known ${known} ms, unknown ${unknown} ms`);
        assert.ok(unknown > 10, 'a password is hashed for it');
    });
});

describe("another site's page", () => {
    const PATH = '/api/admin/exhibitions';
    const wish = () => STAFF_CALLS.find(({ call }) => call === `POST ${PATH}`).json();
    const post = (headers) => stack.http.post(PATH, wish(), { headers });

    test('nothing is written by cookie without our origin and the token of our page', async () => {
        const session = await signIn(stack, 'admin', ADMIN_PASSWORD);
        const another = await signIn(stack, 'admin', ADMIN_PASSWORD);
        const { Cookie, Origin, 'X-CSRF-Token': token } = session.page.headers;
        const stored = await stack.sql.fingerprint();
        const attacks = {
            'the cookie alone': { Cookie },
            'no origin': { Cookie, 'X-CSRF-Token': token },
            'no token': { Cookie, Origin },
            'another origin': { Cookie, Origin: 'https://evil.example', 'X-CSRF-Token': token },
            'an origin like ours': { Cookie, Origin: `${Origin}.evil.example`, 'X-CSRF-Token': token },
            'another port': { Cookie, Origin: Origin.replace(/\d$/, (d) => (Number(d) + 1) % 10), 'X-CSRF-Token': token },
            'no origin at all': { Cookie, Origin: 'null', 'X-CSRF-Token': token },
            "another session's token": { Cookie, Origin, 'X-CSRF-Token': another.cookies.csrf_token },
            'a token of ones own in both places': { Cookie: `${session.cookie(['access_token'])}; csrf_token=mine`, Origin, 'X-CSRF-Token': 'mine' },
            'an empty token': { Cookie, Origin, 'X-CSRF-Token': '' },
        };
        for (const [what, headers] of Object.entries(attacks)) refused(await post(headers), 403, 'FORBIDDEN', what);
        assert.deepEqual(await stack.sql.fingerprint(), stored);
        assert.equal((await post(session.page.headers)).status, 201);
        assert.equal((await stack.http.get(PATH, { headers: { Cookie } })).status, 200, 'what only reads needs no proof');
    });

    test('a page of another site signs nobody in and renews nothing', async () => {
        const session = await signIn(stack, 'admin', ADMIN_PASSWORD);
        const headers = { Origin: 'https://evil.example' };
        const answer = await login(stack, 'admin', ADMIN_PASSWORD, {}, { headers });
        refused(answer, 403, 'FORBIDDEN');
        assert.deepEqual(cookiesOf(answer), {});
        const Cookie = session.cookie(['refresh_token']);
        refused(await stack.http.call('POST', '/api/admin/refresh', { headers: { ...headers, Cookie } }), 403, 'FORBIDDEN');
        assert.equal((await session.refresh()).status, 200, 'and the token is still good');
    });

    test('cookies are for our pages, and those with tokens for no script', async () => {
        const { headers } = await login(stack, 'admin', ADMIN_PASSWORD);
        const cookies = Object.fromEntries(headers['set-cookie'].map((line) => [line.split('=')[0], line]));
        for (const [name, path] of [
            ['access_token', '/api'],
            ['refresh_token', '/api/admin'],
            ['csrf_token', '/'],
        ]) {
            assert.match(cookies[name], new RegExp(`; Path=${path}(;|$)`), name);
            assert.match(cookies[name], /; SameSite=Strict(;|$)/, name);
            assert.equal(/; HttpOnly(;|$)/.test(cookies[name]), name !== 'csrf_token', name);
            assert.doesNotMatch(cookies[name], /; Secure/, 'by http in development');
            assert.doesNotMatch(cookies[name], /; Domain=/, name);
        }
    });

    test('cookies open nothing but the routes of staff', async () => {
        const session = await signIn(stack, 'admin', ADMIN_PASSWORD);
        const target = `/api/orders/${mine.order.order_number}`;
        const answer = await stack.http.get(target, { headers: { Cookie: session.cookie() } });
        assert.equal(answer.json.customer_email ?? null, null, 'a visitor without the token of the order');
        assert.match(answer.json.customer_phone, /\*/);
    });
});

test('no password, token, cookie or code of anybody is in a log, of what was served above', async () => {
    const user = await addUser(stack, boss);
    const session = await signIn(stack, user.username, user.password);
    const wrong = `wrong-${randomUUID()}`;
    refused(await login(stack, user.username, wrong), 401, 'UNAUTHENTICATED');
    refused(await login(stack, user.username, user.password, { password: { nested: wrong } }), 422, 'VALIDATION_FAILED');
    const new_password = `next-${randomUUID()}`;
    const changed = await stack.http.put('/api/admin/password', { current_password: user.password, new_password }, { token: session.token });
    assert.ok(changed.status < 300, changed.text);
    await stack.http.get(`/api/admin/orders?q=${session.token.slice(0, 60)}`, boss);
    stack.mustNotLog(wrong, new_password, boss.token);
    await until('the lines are written', () => stack.gateway.output().includes('/api/admin/password'));
    assert.deepEqual(logsHold(join(stack.dir, 'log'), stack.unloggable), []);
    assert.deepEqual(stack.pids(), pids, 'and nobody died of all that');
});
