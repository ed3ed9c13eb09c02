// The second factor of staff: set up, asked for, good once, and taken away.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { useAccounts } from './lib/accounts.mjs';
import { codeOf, forgetSteps, setUpOtp } from './lib/otp.mjs';
import { login } from './lib/session.mjs';
import { parallel, tally } from './lib/wait.mjs';

const { stack, boss, user, enter, own, endsSoon, facts, bus, unlock } = useAccounts();

describe('a second factor', () => {
    test('is asked for once it is confirmed, and each code is good once', async () => {
        const kim = await user();
        const [session, other] = [await enter(kim), await enter(kim)];
        const { secret, recovery_codes, code } = await setUpOtp(stack, session, kim.password);
        assert.equal(new Set(recovery_codes).size, 10);
        assert.equal((await other.refresh()).status, 401);
        assert.equal((await session.refresh()).status, 200);
        const without = await login(stack, kim.username, kim.password);
        assert.deepEqual([without.status, without.json.otp_required], [401, true]);
        assert.match(without.json.detail, /^인증번호/);
        const guess = await login(stack, kim.username, 'wrong password', { otp: codeOf(secret, 1) });
        assert.deepEqual([guess.code, guess.json.otp_required], ['UNAUTHENTICATED', undefined]);
        assert.match(guess.json.detail, /올바르지 않습니다/);
        const english = await login(stack, kim.username, 'wrong password', {}, { headers: { 'Accept-Language': 'en' } });
        assert.equal(english.json.detail, 'The username, the password or the code is not right.');
        assert.equal((await login(stack, kim.username, kim.password, { otp: code })).status, 401, 'it confirmed');
        const otp = codeOf(secret, 1);
        const answers = await parallel(6, 6, () => bus('login', { username: kim.username, password: kim.password, otp }));
        assert.equal(tally(answers, (a) => a.status).OK, 1);
        await unlock();
        const recovery = await parallel(3, 3, () => bus('login', { username: kim.username, password: kim.password, otp: recovery_codes[3] }));
        assert.equal(tally(recovery, (a) => a.status).OK, 1);
        const rows = JSON.stringify(await stack.sql.rows(`SELECT to_jsonb(u) AS u FROM admin.admin_users u WHERE id = ${kim.id}`));
        assert.ok(!rows.includes(secret));
        assert.equal(Number(await stack.sql.value(`SELECT count(*) FROM admin.recovery_codes WHERE user_id = ${kim.id}`)), 9);
    });

    test('a password that is right without its code is no failure, and forgives none', async () => {
        const kim = await user();
        const session = await enter(kim);
        await setUpOtp(stack, session, kim.password);
        assert.equal((await session.refresh()).status, 200);
        for (let i = 0; i < 8; i++) assert.equal((await login(stack, kim.username, kim.password)).status, 401);
        for (let i = 0; i < 5; i++) {
            assert.equal((await login(stack, kim.username, kim.password, { otp: '000000' })).status, 401);
            if (i < 4) assert.equal((await login(stack, kim.username, kim.password)).json.otp_required, true);
        }
        assert.equal((await login(stack, kim.username, kim.password)).status, 423);
        const remove = () => stack.http.delete('/api/admin/otp', { token: session.token, json: { password: kim.password, otp: '000000' } });
        for (let i = 0; i < 5; i++) assert.equal((await remove()).status, 422);
        assert.equal((await remove()).status, 423);
    });

    test('that is being set up is not guessed', async () => {
        const kim = await user();
        const session = await enter(kim);
        const ask = (json) => stack.http.post('/api/admin/otp', json, { token: session.token });
        const { secret } = (await ask({ password: kim.password })).json;
        const guess = { json: { code: '000000' }, token: session.token };
        const guesses = await parallel(12, 12, async () => (await stack.http.settle('POST', '/api/admin/otp', guess)).answer);
        assert.deepEqual(
            tally(guesses, (a) => a.status),
            { 422: 5, 423: 7 },
        );
        assert.equal((await ask({ code: codeOf(secret) })).status, 423);
        await unlock();
        assert.equal((await ask({ code: codeOf(secret) })).status, 200);
    });

    test('is set up by whoever knows the password, and told again to whoever repeats the call', async () => {
        const kim = await user();
        const session = await enter(kim);
        const ask = (json, key) => stack.http.post('/api/admin/otp', json, { token: session.token, key });
        assert.equal((await ask({ code: '123456' })).status, 409, 'there is nothing to confirm');
        assert.equal((await ask({ password: 'wrong password' })).status, 422);
        assert.equal((await ask({})).status, 422);
        assert.equal((await ask({ password: kim.password, code: '123456' })).status, 422);
        const keys = [randomUUID(), randomUUID()];
        const begun = await ask({ password: kim.password }, keys[0]);
        assert.match(begun.json.uri, new RegExp(`^otpauth://totp/Exhibition:${kim.username}\\?secret=${begun.json.secret}&`));
        assert.deepEqual((await ask({ password: kim.password }, keys[0])).json, begun.json);
        assert.equal((await ask({ password: 'wrong password' }, keys[0])).status, 422, 'the password is asked before the key');
        const wrongCode = await ask({ code: '000000' });
        assert.deepEqual([wrongCode.status, wrongCode.json.errors[0].field], [422, 'code']);
        const code = codeOf(begun.json.secret);
        const confirmed = await ask({ code }, keys[1]);
        assert.equal(confirmed.status, 200, confirmed.text);
        assert.deepEqual((await ask({ code }, keys[1])).json, confirmed.json);
        assert.equal((await ask({ password: kim.password })).status, 409);
        const stored = JSON.stringify(await stack.sql.rows('SELECT * FROM admin.idempotency'));
        for (const text of [begun.json.secret, ...confirmed.json.recovery_codes]) assert.ok(!stored.includes(text));
    });

    test('is taken away by whoever has both, or by a superadmin', async () => {
        const kim = await user();
        const session = await enter(kim);
        const { recovery_codes } = await setUpOtp(stack, session, kim.password);
        const remove = (password, otp) => stack.http.delete('/api/admin/otp', { token: session.token, json: { password, otp } });
        assert.equal((await session.refresh()).status, 200);
        assert.equal((await remove('wrong password', recovery_codes[0])).json.errors[0].field, 'password');
        assert.equal((await remove(kim.password, '000000')).json.errors[0].field, 'otp');
        assert.equal((await remove(kim.password, recovery_codes[0])).status, 204);
        assert.equal((await session.refresh()).status, 200);
        assert.equal((await remove(kim.password, recovery_codes[0])).status, 204, 'there is none');
        const again = await enter(kim);
        await setUpOtp(stack, again, kim.password);
        assert.equal((await stack.http.put(`/api/admin/users/${kim.id}`, { otp_enabled: true }, boss)).status, 422);
        assert.equal((await stack.http.put(`/api/admin/users/${kim.id}`, { otp_enabled: false }, boss)).json.otp_enabled, false);
        await endsSoon(again);
        await enter(kim);
        assert.equal((await facts(kim, 'otp.enable')).length + (await facts(kim, 'otp.disable')).length, 3);
    });

    test('that a role demands is set up first: until then nothing else opens', async () => {
        const kim = await user({ role: 'finance' });
        const session = await enter(kim);
        const orders = () => session.get('/api/admin/orders');
        assert.equal((await orders()).status, 403);
        assert.equal((await own(session)).status, 200);
        assert.equal((await session.refresh()).json.otp_setup_required, true);
        const { secret } = await setUpOtp(stack, session, kim.password);
        assert.equal((await session.refresh()).json.otp_setup_required, false);
        assert.equal((await orders()).status, 200);
        await forgetSteps(stack, kim);
        const next = await enter(kim, { otp: codeOf(secret) });
        assert.equal((await next.get('/api/admin/orders')).status, 200);
    });
});
