// A gate that cannot read what it must know, or dies on the way: it says so, calls nobody a forger, and stores each scan once.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runAudit } from './lib/audit.mjs';
import { refused } from './lib/entering.mjs';
import { forgeCode, offlineScan, staffAt } from './lib/gate.mjs';
import { offlineOps } from './lib/offline.mjs';
import { payOps } from './lib/pay_ops.mjs';
import { useStack } from './lib/stack.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({ entrance: 1, supervised: true });
const ops = payOps(stack);
const { exhibitionWith, paid } = ops;
const { bought, boughtBefore, cutOff } = offlineOps(stack, ops);
const isReady = async () => (await fetch(`http://127.0.0.1:${stack.entrance[0].metrics}/readyz`)).status === 200;

describe('while the table of keys cannot be read', () => {
    const hide = () => stack.sql.text('ALTER TABLE entrance.keys RENAME TO keys_away');
    const show = () => stack.sql.text('ALTER TABLE entrance.keys_away RENAME TO keys');

    test('no true ticket hears that it is forged, and a gate without a key is not ready', { timeout: 60_000 }, async () => {
        const exhibition = await exhibitionWith();
        const { codes } = await bought(exhibition);
        const gate = staffAt(stack, exhibition.code);
        const [entrance] = stack.entrance;
        await hide();
        try {
            await entrance.kill();
            const busy = async () => (await gate.scan(codes.tickets[0])).code === 'BUSY';
            await until('it is back', async () => entrance.alive && (await fetch(`http://127.0.0.1:${entrance.metrics}/readyz`)).status, { every: 50 });
            for (let i = 0; i < 5; i++) await until('it says that it cannot tell', busy);
            refused(await gate.sync([offlineScan(codes.tickets[0])]), 503, 'BUSY');
            assert.equal(await isReady(), false);
            assert.equal(await stack.sql.value('SELECT count(*)::int FROM entrance.scans'), 0);
            assert.equal(await gate.status('nonsense'), 'invalid', 'what is no code of anybody is none of ours');
        } finally {
            await show();
        }
        await stack.ready();
        assert.equal(await gate.status(codes.tickets[0]), 'allowed');
    });

    test('a code of an unknown key is neither ours nor forged until it can be looked up', { timeout: 60_000 }, async () => {
        const exhibition = await exhibitionWith();
        const { codes } = await bought(exhibition);
        const gate = staffAt(stack, exhibition.code);
        const unknown = forgeCode(codes.group, (parts) => parts.writeUInt16BE(999, 2));
        for (let i = 0; i < 20; i++) assert.equal(await gate.status(unknown), 'invalid');
        await hide();
        try {
            await until('the last look is too old', async () => (await gate.scan(unknown)).code === 'BUSY');
            assert.equal(await gate.status(codes.tickets[0]), 'allowed', 'a key once known stays known');
        } finally {
            await show();
        }
        await until('it can be looked up', async () => (await gate.scan(unknown)).json.entrance_status === 'invalid');
    });
});

describe('an upload while svc-entrance dies', () => {
    const points = ['entrance.sync.before', 'entrance.sync.after', 'entrance.sync.lost'];
    for (const point of points)
        test(`${point}: repeated until it is answered, every scan is there once`, { timeout: 60_000 }, async () => {
            const exhibition = await exhibitionWith();
            const order = await boughtBefore(exhibition, { quantity: 3 });
            const scanner = await cutOff(exhibition);
            const [entrance] = stack.entrance;
            const reached = join(stack.dir, 'reached.');
            Object.assign(entrance.env, { FAULT: point, FAULT_ONCE: reached });
            await entrance.kill();
            await until('restarted', () => entrance.alive);
            await stack.ready();
            for (const [i, code] of [...order.codes.tickets, order.codes.tickets[0], order.codes.group].entries()) {
                scanner.claims = []; // it forgets whom it let in
                scanner.scan(code, { at: scanner.now() - 60_000 + i * 1000 });
            }
            const [first] = scanner.log;
            const found = await scanner.bring();
            assert.ok(existsSync(reached + point), 'reached');
            delete entrance.env.FAULT;
            delete entrance.env.FAULT_ONCE;
            const conflicts = found.map((r) => r.conflict);
            assert.deepEqual(conflicts, [undefined, undefined, undefined, 'already_entered', 'over_admitted'], JSON.stringify(found));
            const scans = await stack.sql.rows(
                `SELECT scan_id, admitted FROM entrance.scans WHERE exhibition_id = ${exhibition.id} ORDER BY scanned_at, scan_id`,
            );
            assert.equal(scans.length, 5);
            assert.ok(scans.some((s) => s.scan_id === first.row.scan_id && s.admitted === 1));
            await stack.ready();
            await until('booking knows', async () => {
                const inside = await stack.sql.value(`SELECT count(*) FROM booking.tickets t JOIN booking.orders o ON o.id = t.order_id
                    WHERE o.order_number = '${order.order_number}' AND t.status = 'entered'`);
                return Number(inside) === 3;
            });
        });
});

describe('the audit', () => {
    const audit = () => runAudit('entrance-audit', { ...stack.entrance[0].env, DATABASE_ADMIN_URL: stack.engines.env.DATABASE_ADMIN_URL });

    test('names a gate that has never heard of booking, and one that hears no more', { timeout: 60_000 }, async () => {
        await bought(await exhibitionWith());
        await until('nothing is wrong', audit, { every: 200 });
        const [entrance] = stack.entrance;
        entrance.supervised = false;
        await entrance.kill();
        const cursor = await stack.sql.value(`SELECT cursor FROM entrance.consumer_cursors WHERE source = 'booking'`);
        const setCursor = (text) => stack.sql.text(`UPDATE entrance.consumer_cursors SET cursor = '${text}' WHERE source = 'booking'`);
        await setCursor('');
        await assert.rejects(audit(), /heard: there are tickets/);
        await setCursor(cursor);
        await paid(await exhibitionWith());
        assert.ok(await audit(), 'what has just happened is on its way');
        await stack.sql.text(`UPDATE booking.events SET created_at = created_at - interval '6 minutes' WHERE type = 'order.paid'`);
        await assert.rejects(audit(), /behind: the gate has heard nothing after order.paid/);
        entrance.supervised = true;
        entrance.start();
        await stack.ready();
        await until('nothing is wrong', audit, { every: 200 });
    });
});
