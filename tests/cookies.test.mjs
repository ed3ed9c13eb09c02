// Staff in a browser: what it keeps, what it may do with that, which pages are refused, and what holds while svc-admin is away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addExhibition } from './lib/fixture.mjs';
import { addUser, cookiesOf, login, refusedSoon, signIn, timesTold } from './lib/session.mjs';
import { useStack } from './lib/stack.mjs';
import { until } from './lib/wait.mjs';

const LIST = '/api/admin/exhibitions';
const PUBLIC_URL = 'https://tickets.example/shop';
const stack = useStack({ admin: 1, entrance: 1, gatewayEnv: { PUBLIC_URL, GATEWAY_TRUSTED_PROXIES: '127.0.0.1' } }, { prepare });

let shop, boss, user;
async function prepare() {
    shop = await addExhibition(stack.sql);
    boss = { token: stack.token('superadmin') };
    user = await addUser(stack, boss, { role: 'manager', exhibition_codes: [shop.code] });
}

const enter = () => signIn(stack, user.username, user.password);
const refused = (answer, status, code) => assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
const rename = (options, venue = '서울') => stack.http.put(`${LIST}/${shop.id}`, { venue }, options);
const venue = () => stack.sql.value(`SELECT venue FROM booking.exhibitions WHERE id = ${shop.id}`);
const endSession = (options) => stack.http.call('POST', '/api/admin/logout', options);
const list = (options) => stack.http.get(LIST, options);
const endsSoon = (options) => refusedSoon(stack, () => list(options));
/** {name: its attributes}, sorted, of the cookies that an answer sets. */
const attributesOf = ({ headers }) =>
    Object.fromEntries(headers['set-cookie'].map((line) => [line.split('=')[0], line.split('; ').slice(1).sort().join('; ').replace(/=\d+/, '=…')]));
const GONE = { access_token: '', refresh_token: '', csrf_token: '' };

test('login sets three cookies, and shows no refresh token', async () => {
    const answer = await login(stack, user.username, user.password);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(attributesOf(answer), {
        access_token: 'HttpOnly; Max-Age=…; Path=/api; SameSite=Strict',
        refresh_token: 'HttpOnly; Max-Age=…; Path=/api/admin; SameSite=Strict',
        csrf_token: 'Max-Age=…; Path=/; SameSite=Strict',
    });
    const set = cookiesOf(answer);
    assert.equal(set.access_token, answer.json.access_token);
    assert.ok(!answer.text.includes(set.refresh_token) && !answer.text.includes(set.csrf_token));
    assert.equal(answer.headers['cache-control'], 'no-store');
    stack.mustNotLog(...Object.values(set));
});

test('over https they are for https only, and so are the pages that may write', async () => {
    const https = { 'X-Forwarded-Proto': 'https' };
    const answer = await login(stack, user.username, user.password, {}, { headers: https });
    assert.equal(answer.headers['set-cookie'].length, 3);
    assert.ok(answer.headers['set-cookie'].every((line) => line.endsWith('; Secure')));
    const { headers } = (await enter()).page;
    refused(await rename({ headers: { ...headers, ...https } }), 403, 'FORBIDDEN');
    assert.equal((await rename({ headers: { ...headers, ...https, Origin: stack.url.replace('http:', 'https:') } })).status, 200);
});

test('who works for as many exhibitions as one may, with the longest codes, is signed in like everybody', async () => {
    const codes = Array.from({ length: 30 }, (_, i) => `wide-${String(i).padStart(2, '0')}-`.padEnd(50, 'x'));
    for (const code of codes) await addExhibition(stack.sql, { code });
    const { username, password } = await addUser(stack, boss, { exhibition_codes: codes });
    const session = await signIn(stack, username, password);
    assert.equal((await session.refresh()).status, 200);
    const answer = await list({ headers: { Cookie: session.cookie() } });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json.exhibitions.map((e) => e.code).sort(), codes);
});

test('a failed login sets nothing', async () => {
    const answer = await login(stack, user.username, 'not-the-password');
    refused(answer, 401, 'UNAUTHENTICATED');
    assert.equal(answer.headers['set-cookie'], undefined);
});

test('cookies are read where staff may call, and only there', async () => {
    const session = await enter();
    const cookie = { headers: { Cookie: session.cookie() } };
    for (const target of [LIST, '/api/admin/sessions', `/api/admin/orders?exhibition=${shop.code}`]) {
        assert.equal((await stack.http.get(target, cookie)).status, 200, target);
        refused(await stack.http.get(target), 401, 'UNAUTHENTICATED');
    }
    assert.equal((await stack.http.call('HEAD', LIST, cookie)).status, 200);
    const stale = { headers: { Cookie: 'access_token=stale; csrf_token=x' } };
    refused(await list(stale), 401, 'UNAUTHENTICATED');
    assert.equal((await stack.http.get('/api/exhibitions', stale)).status, 200, 'visitors have none');
    refused(await stack.http.post('/api/orders/lookup', {}, stale), 422, 'VALIDATION_FAILED');
});

test('the header counts before the cookie', async () => {
    const { headers } = (await enter()).page;
    refused(await list({ headers: { ...headers, Authorization: 'Bearer x' } }), 401, 'UNAUTHENTICATED');
    refused(await list({ headers: { ...headers, Authorization: 'Basic eDp5' } }), 401, 'UNAUTHENTICATED');
    assert.equal((await rename({ token: boss.token, headers: { Cookie: 'access_token=stale' } })).status, 200, 'no page is asked for its proof then');
});

test('a write by cookie comes from our own page', async () => {
    const [session, other] = [await enter(), await enter()];
    const Cookie = session.cookie();
    const [Origin, ours] = [stack.url, session.cookies.csrf_token];
    assert.notEqual(ours, other.cookies.csrf_token);
    await rename(boss, '부산');
    for (const [what, headers] of Object.entries({
        'a form of another site': { Origin: 'https://evil.example' },
        'another site that guessed': { Origin: 'https://evil.example', 'X-CSRF-Token': ours },
        'a page of another port': { Origin: 'http://127.0.0.1:1', 'X-CSRF-Token': ours },
        'a frame without origin': { Origin: 'null', 'X-CSRF-Token': ours },
        'no origin': { 'X-CSRF-Token': ours },
        'no token': { Origin },
        'an empty token': { Origin, 'X-CSRF-Token': '' },
        'the token of another session': { Origin, 'X-CSRF-Token': other.cookies.csrf_token },
        'half a token': { Origin, 'X-CSRF-Token': ours.slice(0, 20) },
    })) {
        const answer = await rename({ headers: { Cookie, ...headers } });
        assert.deepEqual([answer.status, answer.code], [403, 'FORBIDDEN'], what);
    }
    assert.equal(await venue(), '부산');
    assert.equal((await rename(session.page, '대구')).status, 200);
    assert.equal((await rename({ headers: { Cookie, Origin: 'https://tickets.example', 'X-CSRF-Token': ours } }, '광주')).status, 200, 'PUBLIC_URL');
    assert.equal(await venue(), '광주');
});

test('a token without a session is worth nothing as a cookie', async () => {
    refused(await list({ headers: { Cookie: `access_token=${boss.token}` } }), 401, 'UNAUTHENTICATED');
});

test('nobody is signed in by the page of another site, nor held up by old cookies', async () => {
    const options = (Origin) => ({ headers: { Origin, Cookie: 'access_token=stale; refresh_token=stale' } });
    refused(await login(stack, user.username, user.password, {}, options('https://evil.example')), 403, 'FORBIDDEN');
    assert.equal((await login(stack, user.username, user.password, {}, options(stack.url))).status, 200);
});

test('a refresh makes new cookies and keeps the proof of the page', async () => {
    const session = await enter();
    const before = { ...session.cookies };
    refused(await stack.http.call('POST', '/api/admin/refresh', { headers: { Cookie: session.cookie(), Origin: 'https://evil.example' } }), 403, 'FORBIDDEN');
    const answer = await session.refresh();
    assert.equal(answer.status, 200, answer.text);
    assert.notEqual(session.cookies.refresh_token, before.refresh_token);
    assert.equal(session.cookies.csrf_token, before.csrf_token);
    assert.ok(!answer.text.includes(session.cookies.refresh_token));
    assert.equal((await rename(session.page)).status, 200);
});

test('a refresh whose answer was lost is repeated by its key', async () => {
    const session = await enter();
    const { refresh_token } = session.cookies;
    const key = `refresh-${user.id}`;
    const first = await session.refresh({ key });
    const again = await session.refresh({ refresh_token, key });
    assert.deepEqual([again.status, cookiesOf(again).refresh_token], [200, cookiesOf(first).refresh_token]);
    assert.equal((await session.refresh()).status, 200);
});

test('a refresh that is refused takes the cookies back', async () => {
    const without = await stack.http.call('POST', '/api/admin/refresh');
    refused(without, 401, 'UNAUTHENTICATED');
    assert.deepEqual(cookiesOf(without), GONE);
    const stale = await stack.http.call('POST', '/api/admin/refresh', { headers: { Cookie: 'refresh_token=stale' } });
    refused(stale, 401, 'UNAUTHENTICATED');
    assert.deepEqual(cookiesOf(stale), GONE);
    assert.match(stale.headers['set-cookie'][0], /; Max-Age=0/);
});

test('logout takes the cookies back, and the token is refused within 2 s; other sessions go on', async () => {
    const [session, kept] = [await enter(), await enter()];
    refused(await endSession({ headers: { Cookie: session.cookie(), Origin: 'https://evil.example' } }), 403, 'FORBIDDEN');
    const answer = await endSession(session.page);
    assert.equal(answer.status, 204, answer.text);
    assert.deepEqual(cookiesOf(answer), GONE);
    await endsSoon({ token: session.token });
    refused(await list(session.page), 401, 'UNAUTHENTICATED');
    refused(await session.refresh(), 401, 'UNAUTHENTICATED');
    assert.equal((await kept.get(LIST)).status, 200);
});

test('logout needs no access token that is still good, and takes the cookies back whatever it finds', async () => {
    const session = await enter();
    const answer = await endSession({ headers: { Cookie: session.cookie(['refresh_token']), Origin: stack.url } });
    assert.deepEqual([answer.status, cookiesOf(answer)], [204, GONE]);
    refused(await session.refresh(), 401, 'UNAUTHENTICATED');
    const [{ payload }] = await stack.sql.rows(`SELECT payload FROM admin.events WHERE payload ->> 'action' = 'logout' ORDER BY id DESC LIMIT 1`);
    assert.deepEqual([payload.user_id, payload.role], [user.id, 'manager']);
    for (const Cookie of ['refresh_token=stale', 'access_token=stale', 'other=1']) {
        const stale = await endSession({ headers: { Cookie, Origin: stack.url } });
        refused(stale, 401, 'UNAUTHENTICATED');
        assert.deepEqual(cookiesOf(stale), GONE);
    }
});

test('a gateway that starts while svc-admin is away lets no staff in, until it knows who was thrown out', async () => {
    const [session, over] = [await enter(), await enter()];
    assert.equal((await endSession({ token: over.token })).status, 204);
    const [admin] = stack.admin;
    await Promise.all([admin.stop(), stack.gateway.stop()]);
    stack.gateway.start();
    try {
        await until('it serves visitors and gates', async () => {
            const { status, json } = await stack.http.get('/readyz');
            return status === 200 && json.services.entrance === 'up';
        });
        for (const { token } of [session, over]) {
            const answer = await list({ token });
            refused(answer, 503, 'BUSY');
            assert.equal(answer.headers['retry-after'], '1');
        }
        assert.equal((await list(boss)).status, 200, 'of a token without a session there is nothing to know');
        const gate = await stack.http.get(`/api/entrance/stats?exhibition=${shop.code}`, { token: session.token });
        assert.equal(gate.status, 200, `the gate goes on: ${gate.text}`);
    } finally {
        admin.start();
    }
    await stack.ready();
    refused(await list({ token: over.token }), 401, 'UNAUTHENTICATED');
    assert.equal((await session.get(LIST)).status, 200);
});

test('a gateway asks each second which sessions have ended', async () => {
    const since = [];
    for (let i = 0; i < 4; i++) {
        const before = await timesTold(stack);
        await until('it is told', async () => (await timesTold(stack)) > before, { every: 10 });
        since.push(Date.now());
    }
    const fastest = Math.min(...since.slice(1).map((at, i) => at - since[i])); // of several: the machine may stand still
    assert.ok(fastest < 1500, `${fastest} ms from one question to the next`);
});

test('a gateway that starts anew knows which sessions have ended', async () => {
    const [session, kept] = [await enter(), await enter()];
    assert.equal((await endSession({ token: session.token })).status, 204);
    await endsSoon({ token: session.token });
    assert.equal(await stack.gateway.stop(), undefined);
    stack.gateway.start();
    await until('it serves', async () => (await stack.http.get('/healthz').catch(() => ({}))).status === 200);
    const { status } = await until('it has heard', async () => {
        const answer = await list({ token: session.token });
        return answer.status !== 503 && answer;
    });
    assert.equal(status, 401);
    assert.equal((await kept.get(LIST)).status, 200);
});

test('who may not is refused even while the service is away', async () => {
    const notes = '/api/admin/notifications'; // there is no svc-notify here
    refused(await stack.http.get(notes), 401, 'UNAUTHENTICATED');
    refused(await stack.http.get(notes, { token: stack.token('viewer', shop.code) }), 403, 'FORBIDDEN');
    refused(await stack.http.get(notes, boss), 503, 'BUSY');
});

test('without svc-admin staff go on, and who was thrown out stays out', async () => {
    const [session, over] = [await enter(), await enter()];
    assert.equal((await endSession({ token: over.token })).status, 204);
    await endsSoon({ token: over.token });
    const [admin] = stack.admin;
    assert.equal(await admin.stop(), undefined);
    try {
        await stack.missed('admin');
        assert.equal((await stack.http.get('/readyz')).json.status, 'degraded');
        assert.equal((await rename(session.page, '제주')).status, 200);
        assert.equal(await venue(), '제주');
        assert.equal((await session.get(`/api/admin/orders?exhibition=${shop.code}`)).status, 200);
        refused(await list({ token: over.token }), 401, 'UNAUTHENTICATED');
        refused(await login(stack, user.username, user.password), 503, 'BUSY');
        refused(await session.refresh(), 503, 'BUSY');
    } finally {
        admin.start();
    }
    await stack.ready();
    assert.equal((await session.refresh()).status, 200, 'the refresh that was not heard used nothing up');
});
