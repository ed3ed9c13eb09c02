// What somebody would type who wants more than he is given: SQL, headers, members, scripts and formulas, in every place of every staff call.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { operationOf, parametersOf } from './lib/contract.mjs';
import { addExhibition, orderFor, visible } from './lib/fixture.mjs';
import { raw } from './lib/http.mjs';
import { settled } from './lib/pay.mjs';
import { routes } from './lib/rights.mjs';
import { addUser, signIn } from './lib/session.mjs';
import { readCsv } from './lib/sheets.mjs';
import { useStack } from './lib/stack.mjs';
import { askOf, furnish, STAFF_CALLS } from './lib/staff_calls.mjs';
import { bookingHeard } from './lib/tickets.mjs';
import { until } from './lib/wait.mjs';

const DEBUG = { LOG_LEVEL: 'DEBUG' };
const stack = useStack(
    { payment: 1, notify: 1, admin: 1, bookingEnv: DEBUG, paymentEnv: DEBUG, entranceEnv: DEBUG, notifyEnv: DEBUG, adminEnv: DEBUG, gatewayEnv: DEBUG },
    { prepare, finish: () => assert.deepEqual(stack.pids(), pids, 'nobody died of it') },
);

let mine, foreign, boss, pids;
async function prepare() {
    [mine, foreign] = [await furnish(stack), await furnish(stack)];
    boss = { token: stack.token('superadmin') };
    pids = stack.pids();
}

const refused = (answer, status, code, what) => assert.deepEqual([answer.status, answer.code], [status, code], `${what ?? ''} ${answer.text}`);
const closed = routes().filter(({ path, op }) => op && /^\/api\/(admin|entrance)\//.test(path));
const isWrite = (call) => !call.startsWith('GET');
const isStream = (path) => path === '/api/admin/live';
/** The tables of all services: whoever drops one is seen. */
const SCHEMAS = ['booking', 'payment', 'entrance', 'notify', 'admin'];
const tables = () =>
    stack.sql.value(`SELECT string_agg(schemaname || '.' || tablename, ' ' ORDER BY 1) FROM pg_tables WHERE schemaname = ANY ('{${SCHEMAS}}')`);

describe('injection', () => {
    const SQL = [
        "' OR '1'='1",
        "'; DROP TABLE booking.orders; --",
        '1 UNION SELECT * FROM booking.orders',
        '$$;SELECT pg_sleep(9);$$',
        '\\',
        '%',
        "') OR TRUE --",
    ];
    const readers = STAFF_CALLS.filter(({ call }) => !isWrite(call) && !isStream(call.split(' ')[1]));

    test('SQL in every parameter of a query is a value, or none', { timeout: 180_000 }, async () => {
        const state = async () => [await tables(), await stack.sql.value('SELECT count(*) FROM booking.orders')];
        const first = await state(); // an export is a fact of its own
        let asked = 0;
        for (const ask of readers) {
            const { target } = await askOf(ask, mine, 'superadmin');
            const [path, query] = target.split('?');
            const names = parametersOf('GET', path);
            for (const name of names) {
                for (const text of SQL) {
                    const parameters = new URLSearchParams(query);
                    parameters.set(name, text);
                    const answer = await stack.http.get(`${path}?${parameters}`, boss);
                    assert.ok(answer.status < 500, `${path}?${parameters}: ${answer.text}`);
                    assert.ok(
                        name === 'q' || name === 'user' || answer.status >= 400 || !answer.text.includes(mine.order.order_number),
                        `${path}?${parameters}: ${answer.text}`,
                    );
                    asked++;
                }
            }
        }
        assert.ok(asked > 100, `${asked}`);
        assert.deepEqual(await state(), first);
    });

    test('a search finds what it says, not what SQL would make of it', async () => {
        for (const q of [...SQL, '_', '%%', '*', 'ORD%', 'ORD_']) {
            const { status, json } = await stack.http.get(`/api/admin/orders?${new URLSearchParams({ q })}`, boss);
            assert.deepEqual([status, json.orders ?? []], [status === 200 ? 200 : 422, []], q);
        }
    });

    test('SQL in every path is not found', async () => {
        const there = await tables();
        for (const { method, path } of closed.filter((route) => route.path.includes(':'))) {
            for (const text of SQL) {
                const target = path.replace(/:\w+/, encodeURIComponent(text));
                const answer = await stack.http.call(method, target, { ...boss, json: isWrite(method) && method !== 'DELETE' ? {} : undefined });
                assert.ok([400, 404, 422].includes(answer.status), `${method} ${target}: ${answer.text}`);
            }
        }
        assert.equal(await tables(), there);
    });

    test('SQL in every text of a body is kept as it is, or refused', { timeout: 180_000 }, async () => {
        const there = await tables();
        for (const ask of STAFF_CALLS.filter(({ json }) => json)) {
            const { method, target, json } = await askOf(ask, mine, 'superadmin');
            for (const name of Object.keys(json).filter((member) => typeof json[member] === 'string')) {
                for (const text of SQL) {
                    const answer = await stack.http.call(method, target, { ...boss, json: { ...json, [name]: text } });
                    assert.ok(answer.status < 500, `${ask.call} ${name}=${text}: ${answer.text}`);
                    if (answer.status < 300 && answer.text.startsWith('{') && name in answer.json) assert.equal(answer.json[name], text, `${ask.call} ${name}`);
                }
            }
        }
        assert.equal(await tables(), there);
        await stack.audit(10_000);
    });

    test('no parameter becomes a header of an answer', async () => {
        const text = 'x%0d%0aX-Injected:%20yes%0d%0aSet-Cookie:%20a=b';
        for (const { method, path } of closed.filter(({ path: p }) => !isStream(p))) {
            const target = path.replace(/:\w+/, text);
            const names = parametersOf(method, target.replaceAll('%', '')) ?? [];
            for (const query of ['', ...names.map((name) => `?${name}=${text}`)]) {
                const answer = await stack.http.call(method, target + query, { ...boss, json: isWrite(method) && method !== 'DELETE' ? {} : undefined });
                assert.equal(answer.headers['x-injected'], undefined, `${method} ${target}${query}`);
                assert.ok(answer.status >= 400 || !path.includes(':'), `${method} ${target}${query}: ${answer.status}`);
            }
        }
    });

    test('no header becomes another', async () => {
        for (const name of ['X-Request-Id', 'Idempotency-Key', 'User-Agent', 'Origin', 'X-CSRF-Token', 'Cookie', 'Authorization']) {
            for (const [end, value] of [
                ['LF', 'abcdefgh\nX-Injected: yes'],
                ['CR', 'abcdefgh\rX-Injected: yes'],
                ['NUL', 'abcdefgh\0X-Injected: yes'],
            ]) {
                const head = `GET /api/admin/exhibitions HTTP/1.1\r\nHost: x\r\n${name}: ${value}\r\nConnection: close\r\n\r\n`;
                const { answers } = await raw(stack.port, head, { target: '/api/admin/exhibitions' });
                for (const { headers } of answers) assert.equal(headers['x-injected'], undefined, `${name} ${end}`);
            }
        }
    });
});

describe('bodies that say more than they may', () => {
    const EXTRA = {
        role: 'superadmin',
        id: 1,
        user_id: 1,
        is_active: true,
        exhibition_codes: ['*'],
        version: 99,
        password_hash: 'x',
        otp_secret: 'x',
        created_at: '2020-01-01',
        last_login: null,
    };

    test('a member that a call does not name is refused, whatever it is', { timeout: 180_000 }, async () => {
        // What was done to the order above goes on by itself for a while: a refund, new codes.
        await settled(stack, mine.order);
        await bookingHeard(stack);
        for (const ask of STAFF_CALLS.filter(({ json, call }) => json && call !== 'POST /api/admin/retention')) {
            const { method, target, json } = await askOf(ask, mine, 'manager');
            const allowed = Object.keys(operationOf(method, target)?.body?.properties ?? {});
            const first = await stack.sql.fingerprint();
            for (const [name, value] of Object.entries(EXTRA).filter(([member]) => !allowed.includes(member) && !(member in json))) {
                const answer = await stack.http.call(method, target, { ...boss, json: { ...json, [name]: value } });
                refused(answer, 422, 'VALIDATION_FAILED', `${ask.call} ${name}`);
            }
            assert.deepEqual(await stack.sql.fingerprint(), first, ask.call);
        }
    });

    test('nobody raises himself or a friend', async () => {
        const user = await addUser(stack, boss, { role: 'manager', exhibition_codes: [mine.code] });
        const session = await signIn(stack, user.username, user.password);
        const as = { token: session.token };
        const stored = () => stack.sql.row(`SELECT role, exhibition_codes, is_active FROM admin.admin_users WHERE id = ${user.id}`);
        const first = await stored();
        for (const change of [{ role: 'superadmin' }, { exhibition_codes: ['*'] }, { exhibition_codes: [mine.code, foreign.code] }, { is_active: false }]) {
            const { status } = await stack.http.put(`/api/admin/users/${user.id}`, change, as);
            assert.ok([403, 404, 409, 422].includes(status), `${JSON.stringify(change)}: ${status}`);
        }
        assert.deepEqual(await stored(), first);
        const count = () => stack.sql.value('SELECT count(*)::int AS n FROM admin.admin_users');
        const all = await count();
        for (const members of [
            { role: 'superadmin', exhibition_codes: ['*'] },
            { role: 'manager', exhibition_codes: [mine.code] },
            { role: 'staff', exhibition_codes: ['*'] },
            { role: 'staff', exhibition_codes: [mine.code, foreign.code] },
        ]) {
            const json = { username: `u-${randomUUID().slice(0, 13)}`, password: `pass-${randomUUID()}`, ...members };
            const { status } = await stack.http.post('/api/admin/users', json, as);
            assert.ok([403, 404, 422].includes(status), `${JSON.stringify(members)}: ${status}`);
        }
        assert.equal(await count(), all);
    });
});

describe('what others typed', () => {
    const SCRIPT = '<script>alert(1)</script>';
    let shop; // without slots, whatever others have done to `mine`
    before(async () => {
        shop = await addExhibition(stack.sql, { max_per_phone: 0 });
        await visible(stack.http, shop);
    });

    test('a script in a name comes back as JSON that no browser runs', async () => {
        const name = SCRIPT;
        const made = await stack.http.post(
            '/api/admin/exhibitions',
            { ...STAFF_CALLS.find(({ call }) => call === 'POST /api/admin/exhibitions').json(), name, description: name },
            boss,
        );
        assert.equal(made.status, 201, made.text);
        const { order_number } = (await stack.http.post('/api/orders', orderFor(shop, { customer_name: name }))).json;
        await stack.http.patch(`/api/admin/orders/${mine.order_id}`, { memo: name }, boss);
        const id = await stack.sql.value(`SELECT id FROM booking.orders WHERE order_number = '${order_number}'`);
        const detail = `/api/admin/orders/${mine.order_id}`;
        await until('visitors see it', async () => (await stack.http.get(`/api/exhibitions/${made.json.code}`)).status === 200);
        const shown = [
            `/api/admin/exhibitions/${made.json.id}`,
            '/api/exhibitions',
            `/api/exhibitions/${made.json.code}`,
            detail,
            `/api/admin/orders?q=${order_number}`,
            `/api/admin/orders/${id}`,
            '/api/admin/audit',
        ];
        for (const target of shown) {
            const answer = await stack.http.get(target, boss);
            assert.equal(answer.status, 200, `${target}: ${answer.text}`);
            assert.match(answer.headers['content-type'], /^application\/json/, target);
            assert.equal(answer.headers['x-content-type-options'], 'nosniff', target);
            assert.match(answer.headers['content-security-policy'], /default-src 'none'|frame-ancestors 'none'/, target);
        }
        assert.equal((await stack.http.get(detail, boss)).json.memo, name, 'it is kept as it was typed');
        for (const target of [`/api/${encodeURIComponent(SCRIPT)}`, `/api/admin/orders?q=${encodeURIComponent(SCRIPT)}&${encodeURIComponent(SCRIPT)}=1`]) {
            const answer = await stack.http.get(target, boss);
            assert.ok(answer.status >= 400);
            assert.match(answer.headers['content-type'], /^application\/problem\+json/, target);
        }
    });

    test('a formula in a name is a text in the sheet', async () => {
        const names = ['=1+1', '+82', '-2+3', '@SUM(A1)', '=HYPERLINK("http://evil.example","x")', "=cmd|' /C calc'!A0", '"=1"', '=1,2'];
        const numbers = {};
        for (const customer_name of names) {
            const answer = await stack.http.post('/api/orders', orderFor(shop, { customer_name }));
            assert.equal(answer.status, 201, answer.text);
            numbers[answer.json.order_number] = customer_name;
        }
        const { status, headers, text } = await stack.http.get(`/api/admin/orders/export?format=csv&exhibition=${shop.code}`, boss);
        assert.equal(status, 200);
        assert.match(headers['content-type'], /^text\/csv/);
        assert.match(headers['content-disposition'], /^attachment; filename="[\w.-]+\.csv"$/);
        assert.equal(headers['x-content-type-options'], 'nosniff');
        const rows = readCsv(text);
        assert.ok(rows.length > names.length);
        const dangerous = rows.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell) && !/^-?\d+$/.test(cell));
        assert.deepEqual(dangerous, []);
        const numbered = rows.filter((row) => row.some((cell) => cell in numbers));
        assert.equal(numbered.length, names.length);
        assert.ok(numbered.filter((row) => row.some((cell) => /^'[=+\-@]/.test(cell))).length >= names.length - 1, JSON.stringify(numbered));
    });
});
