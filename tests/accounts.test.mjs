// Staff sign in, stay signed in, and stop being signed in: passwords, locks, sessions.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { useAccounts } from './lib/accounts.mjs';
import { armPoints, listed } from './lib/fault_points.mjs';
import { Client } from './lib/http.mjs';
import { ADMIN_PASSWORD } from './lib/keys.mjs';
import { codeOf, setUpOtp } from './lib/otp.mjs';
import { addUser, login, Session, signIn } from './lib/session.mjs';
import { useStack } from './lib/stack.mjs';
import { parallel, tally } from './lib/wait.mjs';

const { stack, boss, user, enter, wrong, own, endsSoon, facts, bus, unlock } = useAccounts();

/** What somebody with the right password hears after one failure more. isFor: whether that failure locked the name for so many seconds. */
async function failAndTry({ username, password }) {
    const before = Date.now();
    assert.equal((await wrong({ username })).status, 401);
    const { status, code, headers } = await login(stack, username, password);
    const gone = Math.ceil((Date.now() - before) / 1000);
    const left = Number(headers['retry-after']);
    return { status, code, isFor: (seconds) => left <= seconds && left >= seconds - gone, said: `${left} s left, ${gone} s later` };
}

describe('signing in', () => {
    test('of several replicas that start together one makes the first account', async () => {
        assert.equal(Number(await stack.sql.value(`SELECT count(*) FROM admin.admin_users WHERE username = 'admin'`)), 1);
        const first = await signIn(stack, 'Admin', ADMIN_PASSWORD);
        assert.deepEqual(
            [first.admin.username, first.admin.role, first.admin.exhibition_codes, first.admin.otp_enabled],
            ['admin', 'superadmin', ['*'], false],
        );
        assert.ok(Date.now() - Date.parse(first.admin.last_login) < 10_000);
        assert.equal((await first.get('/api/admin/exhibitions')).status, 200);
    });

    test('whatever is wrong looks the same', async () => {
        const [kim, gone] = [await user(), await user({ is_active: false })];
        const answers = [
            await wrong(kim),
            await wrong({ username: 'nobody-is-called-so' }),
            await wrong(gone, gone.password),
            await wrong({ username: "'; --" }),
        ];
        const shown = answers.map(({ status, json }) => ({ status, ...json, request_id: undefined }));
        for (const one of shown) assert.deepEqual(one, shown[0]);
        assert.equal(shown[0].status, 401);
    });

    test('who signs in leaves a fact with the address, and no password', async () => {
        const kim = await user();
        const session = await enter(kim);
        const [{ payload }] = await facts(kim, 'login');
        assert.deepEqual([payload.user_id, payload.role, payload.client, typeof payload.after.session], [kim.id, 'staff', '127.0.0.1', 'string']);
        assert.equal((await session.get('/api/admin/exhibitions')).status, 200);
    });

    test('five failures lock the name for a minute, the next ones for longer, and a success forgets them', async () => {
        const kim = await user();
        for (const name of [kim, { username: `unknown-${randomUUID().slice(0, 8)}`, password: 'whatever it is' }]) {
            for (let i = 0; i < 4; i++) assert.equal((await wrong(name)).status, 401, `${i}`);
            const locked = await failAndTry(name);
            assert.deepEqual([locked.status, locked.code], [423, 'ACCOUNT_LOCKED'], 'even with the right password');
            assert.ok(locked.isFor(60), locked.said);
            await unlock();
            const longer = await failAndTry(name);
            assert.deepEqual([longer.status, longer.isFor(120)], [423, true], longer.said);
        }
        assert.deepEqual(
            (await facts(kim, 'login.locked')).map(({ payload }) => payload.after.failures),
            [5, 6],
        );
        await unlock();
        await enter(kim);
        for (let i = 0; i < 4; i++) assert.equal((await wrong(kim)).status, 401);
        await enter(kim);
    });

    test('many tries at once get no further than one after the other', async () => {
        const kim = await user();
        const answers = await parallel(40, 40, () => bus('login', { username: kim.username, password: 'wrong password' }, { timeout: 20_000 }));
        assert.deepEqual(
            tally(answers, (a) => a.status),
            { UNAUTHENTICATED: 5, ACCOUNT_LOCKED: 35 },
        );
    });

    test('bodies that are none', async () => {
        const fields = async (body) => (await stack.http.post('/api/admin/login', body)).json.errors.map((e) => e.field);
        assert.deepEqual(await fields({}), ['username', 'password']);
        assert.deepEqual(await fields({ username: 'a', password: 'b', role: 'superadmin' }), ['role']);
        assert.deepEqual(await fields({ username: ['a'], password: 1, otp: true }), ['username', 'password', 'otp']);
        assert.deepEqual(await fields({ username: 'x'.repeat(201), password: 'x'.repeat(201) }), ['username', 'password']);
    });

    test('an account has fifty sessions, the one used longest ago ends', async () => {
        const kim = await user();
        const first = await enter(kim);
        await stack.sql.text(`INSERT INTO admin.sessions (id, user_id, client, user_agent, used_at)
            SELECT 'session-of-a-test-' || i || '-${kim.id}', ${kim.id}, '', '', now() + interval '1 second' FROM generate_series(1, 49) i`);
        await enter(kim);
        await endsSoon(first);
        assert.deepEqual(
            (await facts(kim, 'login')).map(({ payload }) => payload.after.sessions_ended),
            [0, 1],
        );
        assert.equal(Number(await stack.sql.value(`SELECT count(*) FROM admin.sessions WHERE user_id = ${kim.id} AND ended_at IS NULL`)), 50);
    });
});

describe('a session', () => {
    test('is refreshed; its refresh token is good once, and whoever brings it again ends the session', async () => {
        const kim = await user();
        const session = await enter(kim);
        const used = session.cookies.refresh_token;
        assert.equal((await session.refresh()).status, 200);
        assert.notEqual(session.cookies.refresh_token, used);
        assert.equal((await own(session)).status, 200);
        assert.equal((await session.refresh({ refresh_token: used })).status, 401);
        assert.equal((await session.refresh()).status, 401, 'the right one is no good any more');
        await endsSoon(session);
        assert.equal((await facts(kim, 'refresh.reused')).length, 1);
    });

    test('whose answer to a refresh was lost goes on under the same key', async () => {
        const session = await enter(await user());
        const [used, key] = [session.cookies.refresh_token, randomUUID()];
        assert.equal((await session.refresh({ key })).status, 200);
        const again = new Session(stack, await session.refresh({ refresh_token: used, key }));
        assert.equal(again.cookies.refresh_token, session.cookies.refresh_token);
        assert.equal((await again.refresh()).status, 200);
        assert.equal((await session.refresh({ refresh_token: used, key })).status, 401, 'the one before the last is no repeat');
    });

    test('refreshed by many at once is refreshed once, and has ended', async () => {
        const session = await enter(await user());
        const used = session.cookies.refresh_token;
        const headers = { Cookie: `refresh_token=${used}` };
        const answers = await parallel(12, 12, async () => (await stack.http.settle('POST', '/api/admin/refresh', { headers })).answer);
        assert.deepEqual(
            tally(answers, (a) => a.status),
            { 200: 1, 401: 11 },
        );
        await endsSoon(session);
    });

    test('refused tokens are refused whatever is wrong with them', async () => {
        const session = await enter(await user());
        const good = session.cookies.refresh_token;
        const other = (await enter(await user())).cookies.refresh_token;
        for (const refresh_token of ['x', good.slice(0, -1), `${good}A`, good.slice(0, 40) + other.slice(40), other.slice(0, 40) + good.slice(40)])
            assert.equal((await session.refresh({ refresh_token })).status, 401, refresh_token);
        assert.equal((await session.refresh()).status, 200, 'and it goes on');
    });

    test('that nobody uses, or that is a week old, has ended', async () => {
        for (const column of ['used_at', 'created_at']) {
            const session = await enter(await user());
            const age = column === 'used_at' ? '12 hours' : '7 days';
            await stack.sql.text(`UPDATE admin.sessions SET ${column} = now() - interval '${age}' WHERE user_id = ${session.admin.id}`);
            assert.equal((await session.refresh()).status, 401, column);
        }
    });

    test('ends with a logout, at once for its refresh token and within two seconds for its access token', async () => {
        const kim = await user();
        const session = await enter(kim);
        assert.equal((await stack.http.post('/api/admin/logout', undefined, { token: session.token })).status, 204);
        assert.equal((await session.refresh()).status, 401);
        await endsSoon(session, '/api/admin/exhibitions');
        assert.equal((await facts(kim, 'logout')).length, 1);
    });

    test('is shown to its owner, and to superadmins; so is it ended', async () => {
        const [kim, lee] = [await user(), await user({ role: 'manager' })];
        const [one, two, three] = [await enter(kim), await enter(kim), await enter(kim)];
        const foreign = await enter(lee);
        const list = (await own(one)).json.sessions;
        assert.equal(list.length, 3);
        assert.deepEqual(
            list.filter((s) => s.current).map((s) => s.client),
            ['127.0.0.1'],
        );
        const [{ id }] = (await own(two)).json.sessions.filter((s) => s.current);
        const end = (path, token) => stack.http.delete(`/api/admin/sessions${path}`, { token });
        assert.equal((await end(`/${id}`, foreign.token)).status, 404);
        assert.equal((await stack.http.get(`/api/admin/sessions?user=${kim.id}`, { token: foreign.token })).status, 404);
        assert.equal((await stack.http.get(`/api/admin/sessions?user=${kim.id}`, boss)).json.sessions.length, 3);
        assert.equal((await stack.http.get('/api/admin/sessions?user=x', boss)).status, 422);
        assert.equal((await end(`/${id}`, one.token)).status, 204);
        assert.equal((await end(`/${id}`, one.token)).status, 404, 'it has ended');
        assert.equal((await end('', one.token)).status, 204);
        await endsSoon(two);
        await endsSoon(three);
        assert.equal((await own(one)).json.sessions.length, 1);
        const [{ id: last }] = (await own(foreign)).json.sessions;
        assert.equal((await end(`/${last}`, boss.token)).status, 204);
        await endsSoon(foreign);
        assert.equal((await facts(lee, 'session.delete'))[0].payload.user_id, 1);
    });
});

describe('a password', () => {
    const change = (session, current_password, new_password) =>
        stack.http.put('/api/admin/password', { current_password, new_password }, { token: session.token });

    test('is changed by whoever knows it: the others are signed out, this session goes on', async () => {
        const kim = await user();
        const [mine, other] = [await enter(kim), await enter(kim)];
        const wanted = `changed-${randomUUID()}`;
        stack.mustNotLog(wanted);
        assert.equal((await change(mine, kim.password, wanted)).status, 204);
        assert.equal((await other.refresh()).status, 401);
        await endsSoon(mine);
        assert.equal((await mine.refresh()).status, 200);
        assert.equal((await own(mine)).json.sessions.length, 1);
        assert.equal((await login(stack, kim.username, kim.password)).status, 401);
        assert.equal((await login(stack, kim.username, wanted)).status, 200);
        assert.equal((await change(mine, kim.password, wanted)).status, 204, 'it is the new one already: an answer was lost');
        const [{ payload }] = await facts(kim, 'password.change');
        assert.equal(payload.after.password_changed, true);
    });

    test('has its rules', async () => {
        const kim = await user({ username: `min-${randomUUID().slice(0, 8)}` });
        const session = await enter(kim);
        for (const bad of ['123456789', 'x'.repeat(129), `the ${kim.username.toUpperCase()}!`]) {
            const answer = await change(session, kim.password, bad);
            assert.deepEqual([answer.status, answer.json.errors[0].field], [422, 'new_password'], bad);
        }
        assert.equal((await login(stack, kim.username, kim.password)).status, 200);
    });

    test('cannot be tried out by whoever took a session: failures lock here too, apart from those at the door', async () => {
        const kim = await user();
        const session = await enter(kim);
        for (let i = 0; i < 5; i++) {
            const answer = await change(session, 'wrong password', 'another password');
            assert.deepEqual([answer.status, answer.json.errors[0].field], [422, 'current_password']);
        }
        assert.equal((await change(session, kim.password, 'another password')).status, 423);
        assert.equal((await stack.http.post('/api/admin/otp', { password: kim.password }, { token: session.token })).status, 423);
        const next = await enter(kim);
        await unlock();
        for (let i = 0; i < 5; i++) assert.equal((await wrong(kim)).status, 401);
        assert.equal((await wrong(kim)).status, 423);
        assert.equal((await change(next, kim.password, `changed-${randomUUID()}`)).status, 204, 'a stranger at the door holds up nobody who is in');
    });
});

describe('when things go wrong', () => {
    const ENOUGH = 9; // to say what is usual

    test('five hundred who sign in at once are told quickly, and nobody else waits for them', async () => {
        const kim = await user();
        const crowd = new Client(stack.port, { connections: 500 });
        const come = () => parallel(500, 500, () => crowd.post('/api/admin/login', { username: kim.username, password: kim.password }));
        const took = [];
        let [busy, served] = [true, true];
        const others = (async () => {
            while (busy && served) {
                const start = Date.now();
                served = (await stack.http.get('/api/admin/exhibitions', boss)).status === 200;
                took.push(Date.now() - start);
            }
        })();
        const began = Date.now();
        let answers, seconds;
        try {
            answers = await come();
            seconds = (Date.now() - began) / 1000;
            while (served && took.length < ENOUGH) await come(); // one who waited long may have met a machine that stood still
        } finally {
            busy = false;
            crowd.close();
        }
        await others;
        assert.ok(served, 'nobody else is refused');
        took.sort((a, b) => a - b);
        const counts = tally(answers, (a) => a.status);
        assert.ok(seconds < 10, `${seconds} s`);
        assert.ok(counts[200] > 0 && counts[503] > 0, JSON.stringify(counts));
        assert.equal(counts[200] + counts[503] + (counts[504] ?? 0), 500, JSON.stringify(counts));
        assert.ok(answers.filter((a) => a.status === 503).every((a) => Number(a.headers['retry-after']) > 0));
        assert.ok(took[Math.floor(took.length / 2)] < 500, `others waited ${took}`);
        await enter(kim);
    });

    test('what is right but has no effect, because the database is busy, locks nobody out', async () => {
        const [kim, lee] = [await user(), await user()];
        const [session, other] = [await enter(kim), await enter(lee)];
        const call = (method, path, json, { token } = session) => stack.http.call(method, `/api/admin/${path}`, { json, token });
        const { secret } = (await call('POST', 'otp', { password: kim.password })).json;
        const [otp] = (await setUpOtp(stack, other, lee.password)).recovery_codes;
        assert.equal((await other.refresh()).status, 200);
        const failures = () => stack.sql.value('SELECT coalesce(sum(failures), 0) FROM admin.login_failures');
        const before = await failures();
        await stack.sql.text(`CREATE FUNCTION admin.busy_of_a_test() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN IF NEW.id IN (${kim.id}, ${lee.id}) THEN RAISE 'busy' USING ERRCODE = '40001'; END IF; RETURN NEW; END$$;
            CREATE TRIGGER busy BEFORE UPDATE ON admin.admin_users FOR EACH ROW EXECUTE FUNCTION admin.busy_of_a_test()`);
        const ways = {
            login: () => login(stack, kim.username, kim.password),
            'another password': () => call('PUT', 'password', { current_password: kim.password, new_password: `changed-${randomUUID()}` }),
            'a secret': () => call('POST', 'otp', { password: kim.password }),
            'its code': () => call('POST', 'otp', { code: codeOf(secret) }),
            'another role': () => call('PUT', `users/${kim.id}`, { role: 'viewer' }, boss),
            'no second factor': () => call('DELETE', 'otp', { password: lee.password, otp }, other),
        };
        try {
            for (const [what, way] of Object.entries(ways)) for (let i = 0; i < 6; i++) assert.equal((await way()).status, 503, `${what} ${i}`);
        } finally {
            await stack.sql.text('DROP FUNCTION admin.busy_of_a_test CASCADE');
        }
        assert.equal(await failures(), before);
        for (const what of ['no second factor', 'its code']) assert.ok((await ways[what]()).status < 300, what);
    });

    test('without svc-admin nobody signs in, and whoever has goes on', async () => {
        const kim = await user();
        const session = await enter(kim);
        for (const daemon of stack.admin) await daemon.stop();
        await stack.missed('admin');
        const refused = await wrong(kim);
        assert.deepEqual([refused.status, refused.code, Number(refused.headers['retry-after']) > 0], [503, 'BUSY', true]);
        assert.equal((await session.get('/api/admin/exhibitions')).status, 200);
        for (const daemon of stack.admin) daemon.start();
        await stack.ready();
        assert.equal((await session.refresh()).status, 200);
    });

    test('no table tells a password, a token or a code', async () => {
        const kim = await user();
        const session = await enter(kim);
        const { secret, recovery_codes } = await setUpOtp(stack, session, kim.password);
        const all = [];
        for (const table of ['events', 'idempotency', 'admin_users', 'sessions', 'login_failures', 'recovery_codes'])
            all.push(JSON.stringify(await stack.sql.rows(`SELECT to_jsonb(t) AS row FROM admin.${table} t`)));
        const text = all.join('\n');
        for (const hidden of [kim.password, ADMIN_PASSWORD, 'wrong password', secret, recovery_codes[0], session.token, session.cookies.refresh_token])
            assert.ok(!text.includes(hidden), hidden);
    });
});

describe('a process that dies when all is done and nothing is said', () => {
    const mortal = useStack({ admin: 1, supervised: true });
    const points = listed('svc-admin', 'admin.').filter(({ point }) => /^admin\.(login|refresh|password|otp|user)\./.test(point));

    test('leaves nobody outside, and does nothing twice', { timeout: 120_000 }, async () => {
        const chief = { token: mortal.token('superadmin') };
        const kim = await addUser(mortal, chief);
        const unreached = await armPoints(mortal, ['admin'], points, 'accounts');
        const settle = async (method, path, json, options = {}) => (await mortal.http.settle(method, `/api/admin/${path}`, { json, ...options })).answer;
        const refreshed = async ({ cookies }) =>
            new Session(mortal, await settle('POST', 'refresh', undefined, { headers: { Cookie: `refresh_token=${cookies.refresh_token}` } }));
        let session = new Session(mortal, await settle('POST', 'login', { username: kim.username, password: kim.password }));
        // What was done may have made the old token worthless before it is told: a new one hears it under the same key.
        const act = async (method, path, json) => {
            const key = randomUUID();
            const answer = await settle(method, path, json, { token: session.token, key });
            session = await refreshed(session);
            return answer.status === 401 ? settle(method, path, json, { token: session.token, key }) : answer;
        };
        const { secret } = (await act('POST', 'otp', { password: kim.password })).json;
        const { recovery_codes } = (await act('POST', 'otp', { code: codeOf(secret) })).json;
        assert.equal(recovery_codes.length, 10);
        assert.equal((await act('DELETE', 'otp', { password: kim.password, otp: recovery_codes[0] })).status, 204);
        const wanted = { username: `u-${randomUUID().slice(0, 13)}`, password: `pass-${randomUUID()}`, role: 'viewer', exhibition_codes: ['*'] };
        assert.equal((await act('PUT', 'password', { current_password: kim.password, new_password: wanted.password })).status, 204);
        await signIn(mortal, kim.username, wanted.password);
        assert.equal((await settle('POST', 'users', wanted, chief)).status, 201);
        assert.equal(Number(await mortal.sql.value(`SELECT count(*) FROM admin.events WHERE payload ->> 'action' = 'user.create'`)), 2);
        assert.deepEqual(unreached(), []);
    });
});
