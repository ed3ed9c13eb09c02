// Around the scanner: scans taken back, who may do what, bad input, tickets that refunds take, figures of a day.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { refused, useEntering } from './lib/entering.mjs';
import { day } from './lib/fixture.mjs';
import { enroll, revoke } from './lib/gate.mjs';
import { orderOf } from './lib/pay.mjs';
import { until } from './lib/wait.mjs';

const { stack, onSale, bought, inside, scansOf, gate } = useEntering();

describe('undo', () => {
    const manager = (exhibitions) => gate(exhibitions, 'manager');

    test('puts them outside again; who did it and why is kept', async () => {
        const ticket = await bought({ quantity: 2 });
        const { scan_id } = await gate().verdict(ticket.group);
        await until('booking knows', async () => (await orderOf(stack, ticket.order)).entrance_checked);
        const answer = await manager().undo(scan_id, { reason: '다른 사람' });
        assert.deepEqual(answer.json, { scan_id, order_number: ticket.order.order_number, withdrawn: 2, inside: 0 });
        await until('booking knows', async () => (await orderOf(stack, ticket.order)).entrance_checked === false);
        const { payload } = await stack.sql.row(`SELECT payload FROM entrance.events WHERE type = 'audit' AND entity = '${ticket.order.order_number}'`);
        assert.partialDeepStrictEqual(payload, {
            action: 'scan.undo',
            exhibition_code: ticket.exhibition.code,
            reason: '다른 사람',
            user_id: 1,
            before: { inside: 2 },
            after: { inside: 0 },
        });
        assert.equal(await gate().status(ticket.codes[1]), 'allowed');
    });

    test('once; a repeat with the key hears the same', async () => {
        const ticket = await bought();
        const { scan_id } = await gate().verdict(ticket.codes[0]);
        const key = randomUUID();
        const first = await manager().undo(scan_id, {}, { key });
        assert.equal(first.status, 200);
        assert.deepEqual((await manager().undo(scan_id, {}, { key })).json, first.json);
        refused(await manager().undo(scan_id), 409, 'INVALID_STATE');
        refused(await manager().undo(scan_id, { reason: 'x' }, { key }), 409, 'IDEMPOTENCY_MISMATCH');
    });

    test('the scan is told no more that it let somebody in', async () => {
        const ticket = await bought();
        const scan_id = randomUUID();
        assert.equal(await gate().status(ticket.codes[0], { scan_id }), 'allowed');
        assert.equal((await manager().undo(scan_id)).status, 200);
        refused(await gate().scan(ticket.codes[0], { scan_id }), 409, 'INVALID_STATE');
        assert.deepEqual(await inside(ticket), [false]);
        assert.equal(await gate().status(ticket.codes[0]), 'allowed');
        refused(await gate().scan(ticket.codes[0], { scan_id }), 409, 'INVALID_STATE');
    });

    test('of an id that several chose: the scanner is named', async () => {
        const exhibition = await onSale();
        const ticket = await bought({ exhibition, quantity: 3 });
        const [one, other] = [await enroll(stack, exhibition, 'A'), await enroll(stack, exhibition, 'B')];
        const scan_id = `counter ${exhibition.code}`;
        for (const [i, scanner] of [one, other, gate()].entries()) assert.equal(await scanner.status(ticket.codes[i], { scan_id }), 'allowed');
        const of = (device_id) => manager(exhibition.code).undo(scan_id, { device_id });
        refused(await of(undefined), 409, 'INVALID_STATE');
        refused(await of('dev-0'), 404, 'NOT_FOUND');
        assert.partialDeepStrictEqual((await of(other.device_id)).json, { scan_id, withdrawn: 1, inside: 2 });
        assert.deepEqual(await inside(ticket), [true, false, true]);
        assert.equal((await of('staff-1')).status, 200);
        assert.equal((await of(undefined)).status, 200, 'one alone is left');
        assert.deepEqual(await inside(ticket), [false, false, false]);
        refused(await of(undefined), 409, 'INVALID_STATE');
    });

    test('of what let nobody in, of nothing, of another exhibition, by staff', async () => {
        const [ticket, other] = [await bought(), await bought()];
        const { scan_id } = await gate().verdict(ticket.codes[0]);
        refused(await manager().undo((await gate().verdict(ticket.codes[0])).scan_id), 409, 'INVALID_STATE');
        refused(await manager().undo(randomUUID()), 404, 'NOT_FOUND');
        refused(await manager(other.exhibition.code).undo(scan_id), 404, 'NOT_FOUND');
        refused(await gate().undo(scan_id), 403, 'FORBIDDEN');
        refused(await (await enroll(stack, ticket.exhibition)).undo(scan_id), 403, 'FORBIDDEN');
        assert.deepEqual(await inside(ticket), [true]);
    });
});

describe('who may scan', () => {
    test('staff in their own name, managers, superadmins; nobody else', async () => {
        const ticket = await bought();
        const [code] = ticket.codes;
        refused(await stack.http.post('/api/entrance/scan', { qr_code: code, admin_id: 1 }), 401, 'UNAUTHENTICATED');
        for (const role of ['viewer', 'finance']) refused(await gate('*', role).scan(code), 403, 'FORBIDDEN');
        refused(await gate().scan(code, { admin_id: 2 }), 403, 'FORBIDDEN');
        for (const device_id of ['dev-5', 'staff-2']) {
            refused(await gate().scan(code, { device_id }), 403, 'FORBIDDEN');
            refused(await gate().sync([], { device_id, scans: [{}] }), 403, 'FORBIDDEN');
        }
        assert.deepEqual(await inside(ticket), [false]);
        for (const role of ['staff', 'manager', 'superadmin']) assert.match(await gate('*', role).status(code), /^allowed$|^already_entered$/);
    });

    test('an enrolled scanner in its own name, until it is revoked', async () => {
        const ticket = await bought({ quantity: 3 });
        const scanner = await enroll(stack, ticket.exhibition);
        const { scan_id } = await scanner.verdict(ticket.codes[0]);
        assert.partialDeepStrictEqual(await scansOf(scan_id), [{ device_id: scanner.device_id, admin_id: 0, exhibition_id: ticket.exhibition.id }]);
        assert.equal(await scanner.status(ticket.codes[1], { admin_id: 0, device_id: scanner.device_id }), 'allowed');
        refused(await scanner.scan(ticket.codes[2], { admin_id: 1 }), 403, 'FORBIDDEN');
        refused(await scanner.scan(ticket.codes[2], { device_id: 'dev-0' }), 403, 'FORBIDDEN');
        assert.equal((await revoke(stack, scanner)).status, 204);
        refused(await scanner.scan(ticket.codes[2]), 401, 'UNAUTHENTICATED');
        assert.deepEqual(await inside(ticket), [true, true, false]);
    });
});

describe('bad input', () => {
    test('of a scan', async () => {
        const { codes, ...ticket } = await bought();
        const [qr_code] = codes;
        const scan = (json) => stack.http.post('/api/entrance/scan', json, { token: stack.token('staff') });
        const good = { qr_code, admin_id: 1 };
        const bad = [
            { admin_id: 1 },
            { qr_code },
            { ...good, qr_code: '' },
            { ...good, qr_code: 'A'.repeat(501) },
            { ...good, qr_code: 7 },
            { ...good, qr_code: null },
            { ...good, qr_code: 'a\u0000b' },
            { ...good, admin_id: 0 },
            { ...good, admin_id: '1' },
            { ...good, admin_id: 1.5 },
            { ...good, count: 0 },
            { ...good, count: 101 },
            { ...good, count: -1 },
            { ...good, count: '2' },
            { ...good, scan_id: '' },
            { ...good, scan_id: 'x'.repeat(65) },
            { ...good, scan_id: 5 },
            { ...good, device_id: '' },
            { ...good, device_id: 'x'.repeat(65) },
            { ...good, proof_seen: 'yes' },
            { ...good, more: 1 },
            [],
        ];
        for (const json of bad) refused(await scan(json), 422, 'VALIDATION_FAILED');
        refused(await stack.http.post('/api/entrance/scan', undefined, { body: '{', token: stack.token('staff') }), 400, 'MALFORMED_JSON');
        assert.deepEqual(await inside(ticket), [false]);
    });

    test('of an undo', async () => {
        const undo = (json) => stack.http.post('/api/entrance/undo', json, { token: stack.token('manager') });
        for (const json of [
            {},
            { scan_id: 'x' },
            { reason: 'x' },
            { scan_id: '', reason: 'x' },
            { scan_id: 'x', reason: '' },
            { scan_id: 'x', reason: ' \u3000\n' },
            { scan_id: 'x', reason: 'x'.repeat(201) },
            { scan_id: 1, reason: 'x' },
            { scan_id: 'x', reason: 'x', device_id: '' },
            { scan_id: 'x', reason: 'x', device_id: 7 },
            { scan_id: 'x', reason: 'x', more: 1 },
        ])
            refused(await undo(json), 422, 'VALIDATION_FAILED');
    });

    test('of voids, and who may call them', async () => {
        const ticket = await bought();
        const { order_number } = ticket.order;
        const call = (op, body, options) => stack.bus.call(op, body, { service: 'entrance', caller: 'payment', ...options });
        const good = { refund_id: randomUUID(), order_number, tickets: ticket.ids };
        const bad = [
            {},
            { ...good, refund_id: '' },
            { ...good, refund_id: 'x'.repeat(65) },
            { ...good, order_number: 5 },
            { ...good, tickets: [] },
            { ...good, tickets: [0] },
            { ...good, tickets: ['1'] },
            { ...good, tickets: null },
            { ...good, not_entered: 1 },
            { ...good, more: 1 },
        ];
        for (const body of bad) assert.equal((await call('void', body)).status, 'VALIDATION_FAILED', JSON.stringify(body));
        for (const body of [{}, { refund_id: 1 }, { refund_id: 'x', more: 1 }]) assert.equal((await call('unvoid', body)).status, 'VALIDATION_FAILED');
        for (const op of ['void', 'unvoid'])
            for (const caller of ['gateway', 'notify', 'admin']) assert.equal((await call(op, good, { caller, role: 'service' })).status, 'FORBIDDEN');
        for (const unheard of [{ order_number: 'ORD20261122XXXXXXXXXX' }, { tickets: [...ticket.ids, 999_999_999] }])
            assert.equal((await call('void', { ...good, ...unheard })).status, 'BUSY');
        assert.equal(await gate().status(ticket.codes[0]), 'allowed');
    });
});

describe('tickets that a refund takes', () => {
    const call = (op, body) => stack.bus.call(op, body, { service: 'entrance', caller: 'payment' });
    const done = async (op, body) => {
        const reply = await call(op, body);
        assert.equal(reply.status, 'OK', JSON.stringify(reply));
        return reply.body;
    };
    const refundOf = ({ order, ids }, members) => ({ refund_id: `ref-${randomUUID()}`, order_number: order.order_number, tickets: ids, ...members });

    test('nobody enters with them, and everybody again when it did not come about', async () => {
        const ticket = await bought({ quantity: 3 });
        const refund = refundOf(ticket, { tickets: [ticket.ids[1], ticket.ids[0], ticket.ids[1]] });
        const told = { refund_id: refund.refund_id, tickets: ticket.ids.slice(0, 2) };
        assert.deepEqual([await done('void', refund), await done('void', refund)], [told, told]);
        assert.equal(await gate().status(ticket.codes[0]), 'cancelled');
        assert.partialDeepStrictEqual(await gate().verdict(ticket.group), { admitted: 1, remaining: 0 });
        assert.equal((await call('void', { ...refund, tickets: ticket.ids })).status, 'IDEMPOTENCY_MISMATCH');
        assert.deepEqual((await call('void', refundOf(ticket, { tickets: [ticket.ids[0]] }))).body.entered, [], 'one refund at a time');

        const { refund_id } = refund;
        assert.deepEqual([await done('unvoid', { refund_id }), await done('unvoid', { refund_id })], [told, told]);
        assert.equal((await call('void', refund)).status, 'INVALID_STATE');
        assert.equal(await gate().status(ticket.codes[0]), 'allowed');
    });

    test('who is inside is named, and nothing taken', async () => {
        const ticket = await bought({ quantity: 2 });
        await gate().verdict(ticket.codes[1]);
        const reply = await call('void', refundOf(ticket));
        assert.deepEqual([reply.status, reply.body.entered], ['INVALID_STATE', [ticket.ids[1]]]);
        const some = refundOf(ticket, { not_entered: true });
        assert.deepEqual((await done('void', some)).tickets, [ticket.ids[0]]);
        assert.deepEqual((await done('void', some)).tickets, [ticket.ids[0]]);
        assert.deepEqual((await done('void', refundOf(ticket, { not_entered: true }))).tickets, [], 'nobody is left');
        assert.equal(await gate().status(ticket.codes[0]), 'cancelled');
    });

    test('a refund that took nothing gives nothing back', async () => {
        const refund_id = `ref-${randomUUID()}`;
        assert.deepEqual(await done('unvoid', { refund_id }), { refund_id, tickets: [] });
    });
});

describe('figures', () => {
    test('of a day', async () => {
        const exhibition = await onSale();
        const [one, other] = [await bought({ exhibition, quantity: 3 }), await bought({ exhibition })];
        await gate(exhibition.code).verdict(one.group, { count: 2 });
        const undone = await gate(exhibition.code).verdict(other.codes[0]);
        await gate(exhibition.code).verdict(other.codes[0]);
        await gate(exhibition.code).verdict('nonsense');
        await gate(exhibition.code, 'manager').undo(undone.scan_id);
        const { json } = await gate(exhibition.code).stats(exhibition);
        const { admitted, ...rest } = json;
        assert.deepEqual(rest, {
            exhibition: exhibition.code,
            date: day(),
            inside: 2,
            refused: { already_entered: 1, invalid: 1 },
            conflicts: {},
            expected: 4,
        });
        assert.equal(
            admitted.reduce((sum, { count }) => sum + count, 0),
            2,
        );
        assert.ok(admitted.every(({ at }) => new Date(at) % 600_000 === 0));
        assert.partialDeepStrictEqual((await gate(exhibition.code).stats(exhibition, day(1))).json, { inside: 0, admitted: [], refused: {}, expected: 0 });
        const scanner = await enroll(stack, exhibition);
        const own = await stack.http.get('/api/entrance/stats', { token: scanner.token });
        assert.deepEqual(own.json, json);
    });

    test('of another exhibition, of none, of no day', async () => {
        const [exhibition, other] = [await onSale(), await onSale()];
        refused(await gate(exhibition.code).stats(other), 404, 'NOT_FOUND');
        refused(await gate().stats({ code: 'no-such' }), 404, 'NOT_FOUND');
        refused(await gate().stats(exhibition, '2026-02-30'), 422, 'VALIDATION_FAILED');
        refused(await stack.http.get('/api/entrance/stats', { token: stack.token('staff') }), 422, 'VALIDATION_FAILED');
    });
});
