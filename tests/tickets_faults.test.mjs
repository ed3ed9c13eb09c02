// Whatever dies between a payment and its codes: no ticket is without its code, none has two, and booking hears of each.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runAudit } from './lib/audit.mjs';
import { day } from './lib/fixture.mjs';
import { staffAt } from './lib/gate.mjs';
import { pausedFor } from './lib/pause.mjs';
import { payOps, refund } from './lib/pay_ops.mjs';
import { program } from './lib/paths.mjs';
import { useStack } from './lib/stack.mjs';
import { ticketsWithCodes } from './lib/tickets.mjs';
import { parallel, until } from './lib/wait.mjs';

const ORDERS = 30;
const RECOVERS_MS = 20_000;
const stack = useStack({ entrance: 2, supervised: true });
const SLOW_MS = 2800; // longer than a transaction may stand idle, and less than a call waits
const { exhibitionWith, paid, done, stateOf } = payOps(stack);

/** Sold, and every third given back in part, while `trouble` happens; then everything must be as if nothing had happened. */
async function survives(trouble) {
    const exhibition = await exhibitionWith();
    const selling = parallel(ORDERS, 6, async (i) => {
        const order = await paid(exhibition, { quantity: 2 });
        if (i % 3 === 0) await done('void_tickets', { refund_id: refund(), order_number: order.order_number, tickets: order.tickets.slice(0, 1) });
        return order;
    });
    const [orders] = await Promise.all([selling, trouble()]);
    await stack.ready();
    await parallel(ORDERS, 6, (i) => {
        const wanted = (list) => list.tickets.map((t) => t.status).join() === (i % 3 === 0 ? 'void,valid' : 'valid,valid');
        return ticketsWithCodes(stack, orders[i], { ms: RECOVERS_MS, wanted });
    });
    const all = await stack.sql.row(`SELECT count(*) AS codes, count(DISTINCT (kind, ref)) AS refs FROM entrance.codes WHERE exhibition_id = ${exhibition.id}`);
    assert.deepEqual(all, { codes: ORDERS * 3, refs: ORDERS * 3 });
    const behind = `SELECT count(*) FROM booking.orders WHERE exhibition_id = ${exhibition.id} AND qr_code IS NULL`;
    await until('booking has all codes', async () => (await stack.sql.value(behind)) === 0, { ms: RECOVERS_MS });
    const { DATABASE_ADMIN_URL } = stack.engines.env;
    await until('the audit finds nothing', () => runAudit('entrance-audit', { ...stack.entrance[0].env, DATABASE_ADMIN_URL }), { every: 500 });
}

const points = execFileSync(program('svc-entrance'), ['--fault-points'])
    .toString()
    .split('\n')
    .map((line) => line.split('\t')[0])
    .filter((point) => /^entrance\.(facts|teller)\./.test(point));

test('there are fault points', () => assert.ok(points.length >= 4, points.join(' ')));

for (const point of points) {
    test(`fault point ${point}`, { timeout: 90_000 }, async () => {
        const reached = join(stack.dir, 'reached.');
        for (const daemon of stack.entrance) Object.assign(daemon.env, { FAULT: `${point}:2`, FAULT_ONCE: reached });
        await Promise.all(stack.entrance.map((daemon) => daemon.kill()));
        await until('restarted', () => stack.entrance.every((daemon) => daemon.alive));
        await stack.ready();
        const passesOnceMore = async () => existsSync(reached + point) || !(await paid());
        await survives(() => until(`${point} is reached`, passesOnceMore, { ms: RECOVERS_MS }));
        for (const daemon of stack.entrance) {
            delete daemon.env.FAULT;
            delete daemon.env.FAULT_ONCE;
        }
    });
}

test('what slow booking has heard is not told again', async () => {
    const order = await paid(undefined, { visit_date: day() });
    const { tickets } = await ticketsWithCodes(stack, order);
    await until('booking has the code', async () => (await stateOf(order)).qr_code);
    const failures = () => stack.entrance.flatMap((daemon) => daemon.output().match(/"message":"statement failed".*/g) ?? []);
    const before = failures().length;
    assert.equal(await pausedFor(stack.booking, SLOW_MS, () => staffAt(stack).status(tickets[0].qr_code)), 'allowed');
    await until('booking knows who is inside', async () => (await stateOf(order)).entrance_checked);
    assert.deepEqual(failures().slice(before), []);
});

const killing = (name, daemons) =>
    test(`kill -9 of ${name}`, { timeout: 90_000 }, () =>
        survives(async () => {
            for (let i = 0; i < 4; i++) {
                await Promise.all(daemons().map((daemon) => daemon.kill()));
                await until('it is back', () => daemons().every((daemon) => daemon.alive));
                const applied = await stack.sql.value('SELECT cursor FROM entrance.consumer_cursors');
                await exhibitionWith().catch(() => {}); // there is something to hear of
                await until('it works again', async () => (await stack.sql.value('SELECT cursor FROM entrance.consumer_cursors')) !== applied, {
                    ms: RECOVERS_MS,
                });
            }
        }),
    );
killing('one replica', () => stack.entrance.slice(0, 1));
killing('both replicas', () => stack.entrance);

test('PostgreSQL killed', { timeout: 90_000 }, async () => {
    const exhibition = await exhibitionWith();
    await parallel(10, 5, () => paid(exhibition));
    await stack.engines.kill('postgres');
    await stack.engines.startAgain();
    await stack.ready();
    await survives(async () => {});
});
