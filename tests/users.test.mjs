// Accounts of others: who may make, change and delete which, and what becomes of people who are signed in meanwhile.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { cpuUs } from '../bench/measure.mjs';
import { addExhibition } from './lib/fixture.mjs';
import { addUser, codesKnown, login, refusedSoon, signIn } from './lib/session.mjs';
import { useStack } from './lib/stack.mjs';
import { parallel, tally } from './lib/wait.mjs';

const USERS = '/api/admin/users';
const CODES = ['aaa', 'bbb', 'ccc', 'other'];
const stack = useStack({ admin: 2 }, { prepare });

let boss;
async function prepare() {
    boss = { token: stack.token('superadmin') };
    for (const code of CODES) await addExhibition(stack.sql, { code });
    await codesKnown(stack, CODES);
}

const wish = (members) => ({
    username: `u-${randomUUID().slice(0, 13)}`,
    password: `pass-${randomUUID()}`,
    role: 'staff',
    exhibition_codes: ['aaa'],
    ...members,
});
const make = (members, who = boss) => stack.http.post(USERS, wish(members), who);
const change = ({ id }, json, who = boss) => stack.http.put(`${USERS}/${id}`, json, who);
const remove = ({ id }, who = boss) => stack.http.delete(`${USERS}/${id}`, who);
const enter = (account) => signIn(stack, account.username, account.password);
/** Somebody of that role who is signed in: an account with `token`. */
const person = async (members) => {
    const account = await addUser(stack, boss, members);
    return Object.assign(account, { token: (await enter(account)).token });
};
const endsSoon = (session, path = '/api/admin/sessions') => refusedSoon(stack, () => stack.http.get(path, { token: session.token }));
/** A call whose locks others hold: who waits for them too long is told that nothing was done, and comes again. */
const contended = async (method, target, options) => (await stack.http.settle(method, target, options)).answer;
const rowOf = ({ id }) => stack.sql.rows(`SELECT to_jsonb(u) - 'last_login' AS u FROM admin.admin_users u WHERE id = ${id}`);
const faultsOf = async (answer) => ((await answer).json.errors ?? []).map((e) => e.field);
/** All of a list, by pages of `limit`. */
async function listed(who, query = '', limit = 50) {
    const users = [];
    for (let cursor = ''; cursor !== null;) {
        const { json } = await stack.http.get(`${USERS}?limit=${limit}${cursor && `&cursor=${cursor}`}${query}`, who);
        users.push(...json.users);
        cursor = json.next_cursor;
    }
    return users.map((u) => u.id);
}

describe('an account', () => {
    test('is made, changed, deleted; each leaves a fact with before and after, and no hash', async () => {
        const made = await make({ username: `Kim.${randomUUID().slice(0, 8)}`, exhibition_codes: ['aaa', 'bbb'] });
        assert.equal(made.status, 201);
        const { id, username, created_at, ...shown } = made.json;
        assert.ok(username.startsWith('kim.') && created_at);
        assert.deepEqual(shown, { role: 'staff', exhibition_codes: ['aaa', 'bbb'], is_active: true, last_login: null, otp_enabled: false });
        const changed = await change(made.json, { role: 'admin', exhibition_codes: ['*'] });
        assert.deepEqual([changed.status, changed.json.role, changed.json.exhibition_codes], [200, 'manager', ['*']], "the guide's admin is a manager");
        for (const same of [{}, { role: 'manager', exhibition_codes: ['*'], is_active: true, otp_enabled: false }])
            assert.deepEqual((await change(made.json, same)).json, changed.json, 'no change, and no fact');
        assert.equal((await remove(made.json)).status, 204);
        assert.equal((await remove(made.json)).status, 404);
        assert.equal((await change(made.json, {})).status, 404);
        const facts = await stack.sql.rows(`SELECT payload FROM admin.events WHERE entity = 'user:${id}' ORDER BY id`);
        assert.deepEqual(
            facts.map(({ payload: p }) => [p.action, p.user_id, p.before?.user.role, p.after?.user.role]),
            [
                ['user.create', 1, undefined, 'staff'],
                ['user.update', 1, 'staff', 'manager'],
                ['user.delete', 1, 'manager', undefined],
            ],
        );
        assert.ok(!JSON.stringify(facts).includes('$y$'));
    });

    test('with a name that is taken is refused, and made once under one key', async () => {
        const [json, key] = [wish(), randomUUID()];
        const answers = await parallel(5, 5, () => contended('POST', USERS, { json, ...boss, key }));
        for (const answer of answers) assert.deepEqual([answer.status, answer.json], [201, answers[0].json]);
        const taken = await stack.http.post(USERS, { ...json, username: json.username.toUpperCase() }, boss);
        assert.deepEqual([taken.status, taken.code], [409, 'IN_USE']);
        const other = await stack.http.post(USERS, { ...json, role: 'viewer' }, { ...boss, key });
        assert.deepEqual([other.status, other.code], [409, 'IDEMPOTENCY_MISMATCH']);
        const racers = await parallel(6, 6, () => contended('POST', USERS, { json: { ...json, username: `r-${json.username}` }, ...boss }));
        assert.deepEqual(
            tally(racers, (a) => a.status),
            { 201: 1, 409: 5 },
        );
    });

    test('takes nothing but what may be said of it', async () => {
        assert.deepEqual(await faultsOf(stack.http.post(USERS, {}, boss)), ['username', 'role', 'exhibition_codes', 'password']);
        const kim = await addUser(stack, boss);
        const before = await rowOf(kim);
        for (const member of ['id', 'username', 'password_hash', 'version', 'otp_secret', 'last_login', 'created_at', 'failures', 'is_superadmin']) {
            assert.deepEqual(await faultsOf(change(kim, { [member]: 1 })), [member]);
            if (member !== 'username') assert.deepEqual(await faultsOf(make({ [member]: 1 })), [member]);
        }
        const bad = [
            [{ username: 'a' }, 'username'],
            [{ username: 'kim min' }, 'username'],
            [{ username: '<script>' }, 'username'],
            [{ username: '관리자' }, 'username'],
            [{ password: 'short' }, 'password'],
            [{ username: 'longenough', password: 'my-LongEnough-one' }, 'password'],
            [{ role: 'owner' }, 'role'],
            [{ role: 'enrolling' }, 'role'],
            [{ role: 'device' }, 'role'],
            [{ exhibition_codes: [] }, 'exhibition_codes'],
            [{ exhibition_codes: ['aaa', 'aaa'] }, 'exhibition_codes'],
            [{ exhibition_codes: ['*', 'aaa'] }, 'exhibition_codes'],
            [{ exhibition_codes: ['a,b'] }, 'exhibition_codes'],
            [{ exhibition_codes: ['aaa', 'nowhere'] }, 'exhibition_codes'],
            [{ exhibition_codes: Array.from({ length: 31 }, (_, i) => `e${i}`) }, 'exhibition_codes'],
            [{ exhibition_codes: ['aaa'], role: 'superadmin' }, 'exhibition_codes'],
            [{ is_active: 'yes' }, 'is_active'],
        ];
        for (const [members, field] of bad) assert.deepEqual(await faultsOf(make(members)), [field], JSON.stringify(members));
        const chief = await addUser(stack, boss, { role: 'superadmin', exhibition_codes: ['*'] });
        assert.deepEqual(await faultsOf(change(chief, { password: 'short', exhibition_codes: ['aaa'] })), ['password'], 'one refusal is the answer');
        const saying = async (password) => (await make({ username: 'longenough', password })).json.errors[0].message;
        assert.match(await saying('short'), /10–128/);
        assert.match(await saying('x'.repeat(129)), /10–128/);
        assert.match(await saying('my-LongEnough-one'), /아이디/);
        assert.deepEqual(await rowOf(kim), before);
    });

    test('is listed to those who may manage it, page by page', async () => {
        const { code } = await addExhibition(stack.sql);
        const ids = [];
        for (const role of ['staff', 'finance', 'viewer', 'staff', 'manager']) ids.push((await addUser(stack, boss, { role, exhibition_codes: [code] })).id);
        const manager = await person({ role: 'manager', exhibition_codes: [code, 'other'] });
        assert.deepEqual(await listed(manager, '', 2), ids.slice(0, 4));
        const first = (await stack.http.get(`${USERS}?limit=1`, manager)).json;
        assert.deepEqual([first.users.map((u) => u.id), first.next_cursor], [[ids[0]], String(ids[0])], 'full pages, and nobody else in the cursor');
        assert.deepEqual(await listed(manager, '&role=staff'), [ids[0], ids[3]]);
        assert.deepEqual(await listed(manager, '&exhibition=other'), []);
        const all = await listed(boss, `&exhibition=${code}`, 3);
        assert.deepEqual(all.slice(all.indexOf(ids[0])), [...ids, manager.id]);
        assert.equal((await stack.http.get(`${USERS}?exhibition=foreign`, manager)).status, 404);
        for (const query of ['limit=0', 'limit=201', 'limit=x', 'cursor=x', 'role=owner', 'more=1'])
            assert.equal((await stack.http.get(`${USERS}?${query}`, boss)).status, 422, query);
    });
});

describe('a manager', () => {
    test('manages whoever stands below managers, within the own exhibitions', async () => {
        const manager = await person({ role: 'manager', exhibition_codes: ['aaa', 'bbb'] });
        for (const role of ['staff', 'finance', 'viewer']) {
            const made = await make({ role, exhibition_codes: ['bbb'] }, manager);
            assert.equal(made.status, 201, role);
            assert.equal((await change(made.json, { exhibition_codes: ['aaa', 'bbb'], password: `pass-${randomUUID()}` }, manager)).status, 200);
            for (const more of ['manager', 'superadmin']) assert.equal((await change(made.json, { role: more }, manager)).status, 403);
            for (const exhibition_codes of [['ccc'], ['aaa', 'ccc'], ['*']]) assert.equal((await change(made.json, { exhibition_codes }, manager)).status, 403);
            assert.equal((await remove(made.json, manager)).status, 204);
        }
        assert.equal((await make({ role: 'manager' }, manager)).status, 403);
        assert.equal((await make({ exhibition_codes: ['ccc'] }, manager)).status, 403);
        const out = [
            { role: 'manager' },
            { role: 'superadmin', exhibition_codes: ['*'] },
            { exhibition_codes: ['ccc'] },
            { exhibition_codes: ['aaa', 'ccc'] },
            { exhibition_codes: ['*'] },
        ];
        for (const members of out) {
            const other = await addUser(stack, boss, { exhibition_codes: ['aaa'], ...members });
            const before = await rowOf(other);
            assert.equal((await change(other, { is_active: false }, manager)).status, 404, JSON.stringify(members));
            assert.equal((await remove(other, manager)).status, 404, JSON.stringify(members));
            assert.deepEqual(await rowOf(other), before);
        }
    });

    test('sets passwords, but second factors are taken away by superadmins alone', async () => {
        const manager = await person({ role: 'manager' });
        const kim = await addUser(stack, boss, { role: 'finance' });
        assert.equal((await change(kim, { otp_enabled: false }, manager)).status, 403);
        assert.equal((await change(kim, { password: `pass-${randomUUID()}` }, manager)).status, 200);
        assert.equal((await change(kim, { otp_enabled: false })).status, 200);
    });

    test('who asks for passwords of nobody costs no hash', async () => {
        const manager = await person({ role: 'manager' });
        const before = cpuUs(stack.admin[0].pid);
        const answers = await parallel(64, 4, () => change({ id: 999999 }, { password: 'whatever it is' }, manager));
        assert.deepEqual(
            tally(answers, (a) => a.status),
            { 404: 64 },
        );
        const took = cpuUs(stack.admin[0].pid) - before;
        assert.ok(took < 640_000, `${took} µs of the processor: 64 hashes take longer`);
    });

    test('is nobody to the others', async () => {
        const kim = await addUser(stack, boss);
        for (const role of ['staff', 'finance', 'viewer']) {
            const other = await person({ role });
            assert.equal((await stack.http.get(USERS, other)).status, 403);
            assert.equal((await make({}, other)).status, 403);
            assert.equal((await change(kim, {}, other)).status, 403);
            assert.equal((await remove(kim, other)).status, 403);
        }
    });
});

describe('nobody', () => {
    test('changes or deletes the own account', async () => {
        for (const role of ['superadmin', 'manager']) {
            const one = await person({ role });
            for (const json of [{ role: 'staff' }, { exhibition_codes: ['*'] }, { is_active: true }, { password: 'another-password' }, {}])
                assert.equal((await change(one, json, one)).status, 403, JSON.stringify(json));
            assert.equal((await remove(one, one)).status, 403);
        }
    });

    test('takes the last superadmin away, not even two who do it to each other', async () => {
        const ids = async () => (await stack.sql.rows(`SELECT id FROM admin.admin_users WHERE role = 'superadmin' AND is_active`)).map((row) => row.id);
        let last = await person({ role: 'superadmin' });
        for (const id of await ids()) if (id !== last.id) assert.equal((await remove({ id }, last)).status, 204);
        const acts = [
            ({ token }, { id }) => contended('DELETE', `${USERS}/${id}`, { token }),
            ({ token }, { id }) => contended('PUT', `${USERS}/${id}`, { json: { is_active: false }, token }),
            ({ token }, { id }) => contended('PUT', `${USERS}/${id}`, { json: { role: 'viewer', exhibition_codes: ['*'] }, token }),
        ];
        for (const act of acts) {
            const rival = await person({ role: 'superadmin' });
            const answers = await Promise.all([act(last, rival), act(rival, last)]);
            assert.equal(answers.filter((a) => a.status < 300).length, 1, answers.map((a) => a.text).join());
            assert.deepEqual(
                answers.filter((a) => a.status >= 300).map((a) => a.code),
                ['UNAUTHENTICATED'],
            );
            const left = await ids();
            assert.equal(left.length, 1);
            last = left[0] === rival.id ? rival : last;
            assert.deepEqual([(await act(boss, last)).code, await ids()], ['INVALID_STATE', left]);
        }
    });
});

describe('who is a superadmin no more', () => {
    test('is told which exhibitions are left, or stays', async () => {
        const kim = await addUser(stack, boss, { exhibition_codes: ['aaa'] });
        assert.deepEqual((await change(kim, { role: 'superadmin' })).json.exhibition_codes, ['*']);
        assert.deepEqual(await faultsOf(change(kim, { role: 'viewer' })), ['exhibition_codes']);
        assert.deepEqual((await change(kim, { role: 'viewer', exhibition_codes: ['aaa'] })).json.exhibition_codes, ['aaa']);
    });
});

describe('somebody who is signed in', () => {
    test('has other rights with the next refresh, and no others than those within two seconds', async () => {
        const kim = await addUser(stack, boss, { role: 'manager' });
        const session = await enter(kim);
        const list = () => stack.http.get(USERS, { token: session.token });
        assert.equal((await list()).status, 200);
        assert.equal((await change(kim, { role: 'viewer', exhibition_codes: ['aaa'] })).status, 200);
        await endsSoon(session, USERS);
        assert.equal((await session.refresh()).status, 200);
        assert.equal((await list()).status, 403);
        assert.equal((await session.get('/api/admin/orders?exhibition=bbb')).status, 404);
    });

    test('is signed out by a new password, by being switched off, by being deleted', async () => {
        const acts = [(kim) => change(kim, { password: 'the-new-password' }), (kim) => change(kim, { is_active: false }), (kim) => remove(kim)];
        for (const act of acts) {
            const kim = await addUser(stack, boss);
            const session = await enter(kim);
            assert.ok((await act(kim)).status < 300);
            assert.equal((await session.refresh()).status, 401);
            await endsSoon(session);
            assert.equal((await login(stack, kim.username, kim.password)).status, 401);
        }
    });

    test('changes no accounts from the moment the own one is gone or another, whatever the token says', async () => {
        const acts = [(kim) => change(kim, { is_active: false }), (kim) => remove(kim), (kim) => change(kim, { role: 'manager', exhibition_codes: ['*'] })];
        for (const act of acts) {
            const kim = await person({ role: 'superadmin' });
            const other = await addUser(stack, boss);
            const before = await rowOf(other);
            assert.ok((await act(kim)).status < 300);
            const answers = [await make({}, kim), await change(other, { is_active: false }, kim), await remove(other, kim)];
            assert.deepEqual(
                answers.map((a) => a.status),
                [401, 401, 401],
            );
            assert.deepEqual(await rowOf(other), before);
        }
    });

    test('and forgot the password gets a new one, which ends the lock', async () => {
        const kim = await addUser(stack, boss);
        for (let i = 0; i < 5; i++) await login(stack, kim.username, 'what was it');
        assert.equal((await login(stack, kim.username, kim.password)).status, 423);
        const password = `pass-${randomUUID()}`;
        assert.equal((await change(kim, { password })).status, 200);
        assert.equal((await login(stack, kim.username, password)).status, 200);
    });

    test('keeps the session when nothing changes what it may do', async () => {
        const kim = await addUser(stack, boss);
        const session = await enter(kim);
        assert.equal((await change(kim, { is_active: true, role: 'staff' })).status, 200);
        assert.equal(Number(await stack.sql.value(`SELECT version FROM admin.sessions WHERE user_id = ${kim.id}`)), 1);
        assert.equal((await session.get('/api/admin/exhibitions')).status, 200);
    });
});
