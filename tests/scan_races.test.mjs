// The same ticket at several gates, and a ticket that is scanned while its money goes back: exactly one wins, whoever dies meanwhile.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { auditsAgree, booksAgree } from './lib/books.mjs';
import { addExhibition, day, visible } from './lib/fixture.mjs';
import { staffAt } from './lib/gate.mjs';
import { patiently } from './lib/http.mjs';
import { buy, cancel, orderOf, settled } from './lib/pay.mjs';
import { payOps } from './lib/pay_ops.mjs';
import { program } from './lib/paths.mjs';
import { useStack } from './lib/stack.mjs';
import { ticketsWithCodes } from './lib/tickets.mjs';
import { parallel, sleep, tally, until } from './lib/wait.mjs';

const CROWD = 100;
const ROUNDS = 200;
const WIDTH = 8;
const UNDOING = 120;
const HANDICAP_MS = 5;
const gatewayEnv = { GATEWAY_THREADS: '256', INFLIGHT_SCANS_PERCENT: '60' };

const onSale = async (stack) => {
    const exhibition = await addExhibition(stack.sql, { products: [{ total: 10_000, price: 10_000 }], refund_policy: [{ days_before: 0, fee_percent: 0 }] });
    await visible(stack.http, exhibition);
    return exhibition;
};
const withCodes = async (stack, order) => {
    const { tickets, order_qr_code } = await ticketsWithCodes(stack, order);
    return { order, codes: tickets.map((t) => t.qr_code), ids: tickets.map((t) => t.id), group: order_qr_code };
};
/** What the gate has of an order: tickets inside, and people let in by the scans that count. */
const gateOf = (stack, order) =>
    stack.sql.row(`SELECT (SELECT count(*)::int FROM entrance.tickets t WHERE t.order_id = o.id AND t.entered_at IS NOT NULL) AS inside,
            (SELECT coalesce(sum(admitted), 0)::int FROM entrance.scans s WHERE s.order_id = o.id AND s.claim AND s.undone_at IS NULL) AS admitted,
            (SELECT count(*)::int FROM entrance.scans s WHERE s.order_id = o.id) AS scans
        FROM entrance.orders o WHERE o.order_number = '${order.order_number}'`);
const nobodyIsMissing = (stack, order, checked) =>
    until(`booking knows who of ${order.order_number} is inside`, async () => (await orderOf(stack, order)).entrance_checked === checked);

/** Of two that race again and again whoever has won more begins later: so each wins now and then, however long its way takes here. */
function evenRace() {
    let lead = 0; // of the first
    return async (first, second, firstHasWon) => {
        const after = (rounds, begin) => sleep(rounds * HANDICAP_MS).then(begin);
        const answers = await Promise.all([after(Math.max(0, lead), first), after(Math.max(0, -lead), second)]);
        lead += firstHasWon(...answers) ? 1 : -1;
        return answers;
    };
}

describe('at several gates', () => {
    const stack = useStack({ entrance: 2, connections: 200, gatewayEnv }, { finish: () => auditsAgree(stack) });
    const { paid } = payOps(stack);
    const gate = () => staffAt(stack);
    const ticketFor = async (quantity) => withCodes(stack, await paid(await onSale(stack), { visit_date: day(), quantity }));
    const crowd = (scan) => Promise.all(Array.from({ length: CROWD }, (_, i) => scan(i)));

    test('a hundred scans of one ticket at two replicas: one goes in, all others hear when', { timeout: 60_000 }, async () => {
        const one = gate();
        const hasTold = async (replica) => /entrance_scans_total\{verdict="already_entered"\} [1-9]/.test(await stack.metrics(replica));
        do {
            const ticket = await ticketFor(1);
            const told = await crowd(() => one.verdict(ticket.codes[0]));
            assert.deepEqual(
                tally(told, (t) => t.entrance_status),
                { allowed: 1, already_entered: CROWD - 1 },
            );
            assert.equal(new Set(told.map((t) => t.entrance_time)).size, 1);
            assert.deepEqual(await gateOf(stack, ticket.order), { inside: 1, admitted: 1, scans: CROWD });
        } while (!(await Promise.all(stack.entrance.map(hasTold))).every(Boolean)); // a replica that stands still for a moment is not asked
    });

    test('a hundred with the code of an order of seven: seven go in', async () => {
        const order = await ticketFor(7);
        const one = gate();
        const told = await crowd(() => one.verdict(order.group, { count: 1 }));
        assert.equal(
            told.reduce((sum, t) => sum + t.admitted, 0),
            7,
        );
        assert.deepEqual(await gateOf(stack, order.order), { inside: 7, admitted: 7, scans: CROWD });
    });

    test('tickets and the code of the order at once: nobody twice, nobody too many', async () => {
        const one = gate();
        await parallel(20, 5, async () => {
            const order = await ticketFor(4);
            const scans = [...order.codes, ...order.codes]
                .map((code) => [code, {}])
                .concat(Array.from({ length: 4 }, (_, i) => [order.group, { count: 1 + (i % 3) }]));
            const told = await Promise.all(scans.map(([code, members]) => one.verdict(code, members)));
            const admitted = told.reduce((sum, t) => sum + t.admitted, 0);
            const seen = await gateOf(stack, order.order);
            assert.deepEqual([admitted, seen.inside, seen.admitted], [4, 4, 4]);
            for (const code of order.codes) assert.ok(told.filter((t, i) => scans[i][0] === code && t.admitted).length <= 1);
        });
    });

    test('scans and their undoing at once', { timeout: 60_000 }, async () => {
        const [one, manager] = [gate(), staffAt(stack, '*', 'manager')];
        const ticket = await ticketFor(1);
        let [scans, undone] = [0, 0];
        await parallel(12, 12, async () => {
            while (scans < UNDOING || undone < 2) {
                scans++;
                const told = await one.verdict(ticket.codes[0]);
                if (!told.admitted) continue;
                const { status, json } = await patiently(() => manager.undo(told.scan_id));
                assert.deepEqual([status, json.withdrawn], [200, 1]);
                undone++;
            }
        });
        assert.deepEqual(await gateOf(stack, ticket.order), { inside: 0, admitted: 0, scans });
    });

    test('many scans under few names: one each', async () => {
        const order = await ticketFor(5);
        const one = gate();
        const names = Array.from({ length: 10 }, () => randomUUID());
        const told = await crowd((i) => one.verdict(order.codes[i % 5], { scan_id: names[i % 10] }));
        names.forEach((name) => assert.equal(new Set(told.filter((t) => t.scan_id === name).map((t) => JSON.stringify(t))).size, 1));
        assert.deepEqual(await gateOf(stack, order.order), { inside: 5, admitted: 5, scans: 10 });
    });

    test(`${ROUNDS} rounds of a scan against a void of the same ticket: one wins each`, async () => {
        const one = gate();
        const exhibition = await onSale(stack);
        const race = evenRace();
        const winners = await parallel(ROUNDS, WIDTH, async (i) => {
            const { order, codes, ids } = await withCodes(stack, await paid(exhibition, { visit_date: day() }));
            const refund = { refund_id: randomUUID(), order_number: order.order_number, tickets: ids };
            const call = (op, body, replica) => stack.bus.settle(op, body, { service: 'entrance', caller: 'payment', replica });
            const [told, voided] = await race(
                () => one.verdict(codes[0]),
                () => call('void', refund, i % 2),
                ({ entrance_status }) => entrance_status === 'allowed',
            );
            const { inside } = await gateOf(stack, order);
            const winner = `${told.entrance_status} ${voided.status} ${inside}`;
            if (voided.status === 'OK') await call('unvoid', { refund_id: refund.refund_id });
            return winner;
        });
        const counted = tally(winners, (w) => w);
        assert.deepEqual(Object.keys(counted).sort(), ['allowed INVALID_STATE 1', 'cancelled OK 0'], JSON.stringify(counted));
    });
});

describe('while money goes back', () => {
    const stack = useStack({ entrance: 2, payment: 1, gatewayEnv }, { finish: () => auditsAgree(stack) });
    const gate = () => staffAt(stack);
    const attemptOf = (order) => stack.sql.value(`SELECT attempt_id FROM payment.attempts WHERE order_number = '${order.order_number}' AND state = 'paid'`);

    test(`${ROUNDS} rounds of a scan against a refund: somebody is inside or has the money back`, async (t) => {
        const one = gate();
        const exhibition = await onSale(stack);
        const race = evenRace();
        const rounds = await parallel(ROUNDS, WIDTH, async () => {
            const { order, codes } = await withCodes(stack, (await buy(stack, exhibition, { visit_date: day() })).order);
            const [told, asked] = await race(
                () => one.verdict(codes[0]),
                () => patiently(() => cancel(stack, order)),
                ({ entrance_status }) => entrance_status === 'allowed',
            );
            assert.ok([202, 409].includes(asked.status), asked.text);
            return { order, status: told.entrance_status };
        });
        const orders = rounds.map(({ order }) => order);
        await booksAgree(stack, orders);
        await parallel(ROUNDS, WIDTH, async (i) => {
            const { order, status } = rounds[i];
            const shown = await orderOf(stack, order);
            const [{ inside }, [payment]] = [await gateOf(stack, order), await stack.toss.payments({ order_id: await attemptOf(order) })];
            const seen = [status, inside, shown.status, payment.balanceAmount];
            if (status === 'allowed') assert.deepEqual(seen, ['allowed', 1, 'paid', 10_000]);
            else assert.deepEqual(seen, ['cancelled', 0, 'cancelled', 0]);
            await nobodyIsMissing(stack, order, inside === 1);
        });
        const won = tally(rounds, ({ status }) => status);
        t.diagnostic(JSON.stringify(won));
        assert.ok(won.allowed > 0 && won.cancelled > 0, `both win now and then: ${JSON.stringify(won)}`);
    });
    test('undone, and then refunded', async () => {
        const { order, codes } = await withCodes(stack, (await buy(stack, await onSale(stack), { visit_date: day() })).order);
        const { scan_id } = await gate().verdict(codes[0]);
        await nobodyIsMissing(stack, order, true);
        const refused = await cancel(stack, order);
        assert.equal(refused.status, 409, refused.text);
        assert.equal((await staffAt(stack, '*', 'manager').undo(scan_id)).status, 200);
        await nobodyIsMissing(stack, order, false);
        assert.equal((await cancel(stack, order)).status, 202);
        assert.equal((await settled(stack, order)).payment_status, 'refunded');
        assert.equal(await gate().status(codes[0]), 'cancelled');
        await booksAgree(stack, [order]);
    });
});

describe('while replicas of the gate die', () => {
    const stack = useStack({ entrance: 2, supervised: true, gatewayEnv }, { finish: () => auditsAgree(stack) });
    const { paid } = payOps(stack);
    const points = execFileSync(program('svc-entrance'), ['--fault-points'])
        .toString()
        .split('\n')
        .map((line) => line.split('\t')[0])
        .filter((point) => /^entrance\.(scan|undo|void)\./.test(point));
    /** Repeated under its name until the outcome is known. */
    const settle = async (path, json, role = 'staff') => {
        const { answer } = await stack.http.settle('POST', `/api/entrance/${path}`, { json, token: stack.token(role) });
        assert.equal(answer.status, 200, answer.text);
        return answer.json;
    };
    const refundCall = async (op, body) => {
        const reply = await stack.bus.settle(op, body, { service: 'entrance', caller: 'payment' });
        assert.equal(reply.status, 'OK', JSON.stringify(reply));
        return reply.body;
    };

    /** In, out again, a refund that does not come about, in by the code of the order: all of it once. */
    const visit = async (exhibition) => {
        const { order, codes, ids, group } = await withCodes(stack, await paid(exhibition, { visit_date: day(), quantity: 3 }));
        const scan = (qr_code, more) => settle('scan', { qr_code, admin_id: 1, scan_id: randomUUID(), ...more });
        const first = await scan(codes[0]);
        assert.equal(first.entrance_status, 'allowed');
        assert.equal((await settle('undo', { scan_id: first.scan_id, reason: 'x' }, 'manager')).withdrawn, 1);
        const refund = { refund_id: randomUUID(), order_number: order.order_number, tickets: ids.slice(1) };
        assert.deepEqual((await refundCall('void', refund)).tickets, ids.slice(1));
        assert.equal((await scan(codes[1])).entrance_status, 'cancelled');
        await refundCall('unvoid', { refund_id: refund.refund_id });
        assert.equal((await scan(group, { count: 2 })).admitted, 2);
        assert.equal((await scan(codes[0])).admitted + (await scan(codes[1])).admitted + (await scan(codes[2])).admitted, 1);
        assert.deepEqual(await gateOf(stack, order), { inside: 3, admitted: 3, scans: 6 });
        await nobodyIsMissing(stack, order, true);
    };

    test('there are fault points', () => assert.equal(points.length, 9, points.join(' ')));

    for (const point of points) {
        test(`fault point ${point}`, { timeout: 60_000 }, async () => {
            const exhibition = await onSale(stack);
            const reached = join(stack.dir, 'reached.');
            for (const replica of stack.entrance) Object.assign(replica.env, { FAULT: point, FAULT_ONCE: reached });
            await Promise.all(stack.entrance.map((replica) => replica.kill()));
            await stack.ready();
            await parallel(12, 6, () => visit(exhibition));
            assert.ok(existsSync(reached + point), 'reached');
        });
    }

    test('kill -9 of one after the other', { timeout: 60_000 }, async () => {
        for (const replica of stack.entrance) for (const name of ['FAULT', 'FAULT_ONCE']) delete replica.env[name];
        const exhibition = await onSale(stack);
        let visiting = true;
        const visits = parallel(40, 8, () => visit(exhibition)).finally(() => (visiting = false));
        for (let i = 0; visiting; i++) {
            await sleep(300);
            await stack.entrance[i % 2].kill();
            await stack.ready();
        }
        await visits;
    });
});
