// Scanners: made by a manager, enrolled once, renewed, revoked.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { enroll, enrollWith, makeDevice, offlineScan, revoke } from './lib/gate.mjs';
import { payOps } from './lib/pay_ops.mjs';
import { useStack } from './lib/stack.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({ entrance: 1 });
const { exhibitionWith } = payOps(stack);

test('a scanner is made by a manager, enrolled once, and has a token of a day', async () => {
    const exhibition = await exhibitionWith();
    const made = await until('made', async () => {
        const answer = await makeDevice(stack, exhibition, '남문');
        return answer.status === 201 && answer.json;
    });
    const left = Date.parse(made.expires_at) - Date.now();
    assert.ok(left > 9 * 60_000 && left <= 10 * 60_000, `${left}`);
    const typed = `${made.enroll_code.slice(0, 5)}-${made.enroll_code.slice(5)}`.toLowerCase();
    const got = await enrollWith(stack, typed);
    assert.equal(got.status, 200, got.text);
    assert.deepEqual([got.json.name, got.json.exhibition, got.json.device_id], ['남문', exhibition.code, `dev-${made.id}`]);
    const lives = Date.parse(got.json.expires_at) - Date.now();
    assert.ok(lives > 23.9 * 3_600_000 && lives <= 24 * 3_600_000, `${lives}`);
    assert.equal((await enrollWith(stack, made.enroll_code)).status, 404, 'used');
    assert.equal((await enrollWith(stack, '0000000000')).status, 404, 'no such code');
    assert.equal((await stack.http.get('/api/entrance/keys', { token: got.json.token })).status, 200);
});

test('a scanner hears its token again with the key of a lost answer, nobody else does', async () => {
    const exhibition = await exhibitionWith();
    const made = await until('made', async () => {
        const answer = await makeDevice(stack, exhibition);
        return answer.status === 201 && answer.json;
    });
    const key = randomUUID();
    const body = { enroll_code: made.enroll_code };
    const ask = (options) => stack.http.post('/api/entrance/devices', body, options);
    const first = await ask({ key });
    const again = await ask({ key });
    assert.deepEqual([again.status, again.json], [200, first.json]);
    assert.equal((await ask({ key: randomUUID() })).status, 404);
    const stored = await stack.sql.rows(`SELECT answer FROM entrance.idempotency WHERE answer LIKE '%"id":${made.id},%'`);
    assert.ok(stored.length > 0);
    for (const { answer } of stored) assert.ok(!answer.includes(made.enroll_code) && !answer.includes(first.json.token), answer);
});

test('a scanner is not enrolled after ten minutes', async () => {
    const exhibition = await exhibitionWith();
    const made = await until('made', async () => {
        const answer = await makeDevice(stack, exhibition);
        return answer.status === 201 && answer.json;
    });
    await stack.sql.text(`UPDATE entrance.devices SET enroll_until = now() WHERE id = ${made.id}`);
    assert.equal((await enrollWith(stack, made.enroll_code)).status, 404);
    const list = (await stack.http.get(`/api/entrance/devices?exhibition=${exhibition.code}`, { token: stack.token('manager', exhibition.code) })).json;
    assert.deepEqual(
        list.devices.map((d) => d.status),
        ['lapsed'],
    );
});

test('a scanner is renewed, and refused everywhere from the moment it is revoked', async () => {
    const exhibition = await exhibitionWith();
    const scanner = await enroll(stack, exhibition);
    const renew = () => stack.http.post('/api/entrance/devices', { renew: true }, { token: scanner.token });
    const renewed = await renew();
    assert.equal(renewed.status, 200, renewed.text);
    assert.equal((await stack.http.get('/api/entrance/keys', { token: renewed.json.token })).status, 200);
    assert.equal((await revoke(stack, scanner)).status, 204);
    assert.equal((await revoke(stack, scanner)).status, 204, 'again');
    for (const token of [scanner.token, renewed.json.token]) {
        const ask = (path) => stack.http.get(`/api/entrance/${path}`, { token });
        assert.equal((await ask('keys')).status, 401);
        assert.equal((await ask('manifest')).status, 401);
    }
    assert.equal((await renew()).status, 401);
    assert.equal((await scanner.sync([offlineScan('x')])).status, 401);
    assert.equal(Number(await stack.sql.value(`SELECT count(*) FROM entrance.scans WHERE device_id = '${scanner.device_id}'`)), 0);
});

test('a scanner is the affair of managers of its exhibition, and leaves a fact of it', async () => {
    const [exhibition, other] = [await exhibitionWith(), await exhibitionWith()];
    const scanner = await enroll(stack, exhibition);
    const as = (role, of = exhibition) => ({ token: stack.token(role, of.code) });
    const make = (options) => stack.http.post('/api/entrance/devices', { exhibition: exhibition.code, name: 'x' }, options);
    assert.equal((await make({})).status, 401);
    assert.equal((await make(as('staff'))).status, 403);
    assert.equal((await make({ token: scanner.token })).status, 403);
    assert.equal((await make(as('manager', other))).status, 404);
    assert.equal((await stack.http.post('/api/entrance/devices', { renew: true }, as('manager'))).status, 403);
    assert.equal((await stack.http.delete(`/api/entrance/devices/${scanner.id}`, as('manager', other))).status, 404);
    assert.equal((await stack.http.get(`/api/entrance/devices?exhibition=${exhibition.code}`, as('manager', other))).status, 404);
    assert.deepEqual((await stack.http.get('/api/entrance/devices', as('manager', other))).json.devices, []);
    const facts = await stack.sql.rows(`SELECT version, payload ->> 'role' AS role FROM entrance.events
        WHERE type = 'audit' AND entity = 'device:${scanner.id}' ORDER BY version`);
    assert.deepEqual(facts, [
        { version: 1, role: 'manager' },
        { version: 2, role: 'visitor' },
    ]);
});

test('what somebody typed as a name is masked in the facts', async () => {
    const scanner = await enroll(stack, await exhibitionWith(), '정문 (010) 4302-1005');
    assert.equal((await revoke(stack, scanner)).status, 204);
    const told = await stack.sql.rows(`SELECT coalesce(payload #>> '{after,name}', payload #>> '{before,name}') AS name FROM entrance.events
        WHERE type = 'audit' AND entity = 'device:${scanner.id}'`);
    assert.deepEqual(told, Array(3).fill({ name: '정문 (010) ****-**05' }));
});

test('bodies that are none of the three', async () => {
    const token = stack.token('superadmin');
    const bodies = [{}, { exhibition: 'x' }, { name: 'x' }, { renew: false }, { renew: true, enroll_code: 'x' }, { enroll_code: 'x', name: 'y' }, { more: 1 }];
    for (const body of bodies) {
        const answer = await stack.bus.call('device.create', body, { service: 'entrance', role: 'superadmin', scope: '*', userId: 1 });
        assert.equal(answer.status, 'VALIDATION_FAILED', `${JSON.stringify(body)}: ${JSON.stringify(answer)}`);
    }
    assert.equal((await stack.http.delete('/api/entrance/devices/999999999', { token })).status, 404);
});
