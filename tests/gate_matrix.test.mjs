// From paid to inside while everything that can die dies: no ticket missing or doubled, no message lost, money and entry agree.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { booksAgree } from './lib/books.mjs';
import { Buyer } from './lib/buyer.mjs';
import { armPoints, listed } from './lib/fault_points.mjs';
import { enroll, offlineScan, staffAt } from './lib/gate.mjs';
import { inbox } from './lib/inbox.mjs';
import { orderOf } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { bookingHeard, ticketsWithCodes } from './lib/tickets.mjs';
import { onSale } from './lib/trouble.mjs';
import { parallel, sleep, until } from './lib/wait.mjs';

const FLOWS = 20;
const LIMIT_MS = 60_000 * 1.5; // from the first fault until everything agrees: a minute, on a machine that other tests share
const PATIENCE_MS = 30_000;

// What takes minutes takes seconds.
const stack = useStack({
    replicas: 2,
    payment: 2,
    entrance: 2,
    notify: 2,
    supervised: true,
    connections: 100,
    paymentEnv: { TOSS_TIMEOUT_SECONDS: '2', RETRY_FIRST_MS: '200' },
    notifyEnv: { ALIMTALK_TIMEOUT_SECONDS: '2', NOTIFY_RETRY_FIRST_MS: '200', NOTIFY_LOOK_UP_MS: '500', NOTIFY_RATE: '100', RESULT_AFTER_SECONDS: '5' },
    sandboxEnv: { SANDBOX_TIME_SCALE: '40' },
});
const points = [...listed('svc-entrance', 'entrance.'), ...listed('svc-notify', 'notify.'), ...listed('svc-booking', 'booking.entries.')];
const services = ['booking', 'entrance', 'notify'];

// Answers that were lost on the way are looked up; without them nobody goes that way.
const lostAnswer = { target: 'alimtalk.send', mode: 'timeout_after_success', ms: 4000, times: 2 };
const lostCall = { target: 'alimtalk.send', mode: 'drop_before', times: 2 };

// ---- who does what; each tells who is inside in the end

/** The answer of a call of the gate, repeated as it is until its outcome is known. */
const known = (call) =>
    until(
        'an outcome at the gate',
        async () => {
            const answer = await call().catch(() => undefined);
            return answer && answer.status < 500 && answer;
        },
        { ms: PATIENCE_MS, every: 50 },
    );

async function scans(gate, qr_code, members) {
    const body = { scan_id: randomUUID(), ...members };
    const answer = await known(() => gate.device.scan(qr_code, body));
    assert.equal(answer.status, 200, answer.text);
    return { ...answer.json, scan_id: body.scan_id };
}

async function synced(gate, ...list) {
    const answer = await known(() => gate.device.sync(list));
    assert.equal(answer.status, 200, answer.text);
    return answer.json.results;
}

const walks = [
    async function entersOneByOne(b, gate, { tickets }) {
        for (const { qr_code } of tickets) assert.equal((await scans(gate, qr_code)).entrance_status, 'allowed');
        for (const { qr_code } of tickets) assert.equal((await scans(gate, qr_code)).entrance_status, 'already_entered');
        return tickets.length;
    },
    async function entersTogether(b, gate, { order_qr_code, tickets }) {
        assert.equal((await scans(gate, order_qr_code)).admitted, tickets.length);
        return tickets.length;
    },
    async function entersOffline(b, gate, { tickets: [first, second] }) {
        const list = [offlineScan(first.qr_code), offlineScan(second.qr_code)];
        for (const one of [list, list.toReversed()]) await synced(gate, ...one);
        return 2;
    },
    async function isScannedByMistake(b, gate, { tickets: [first] }) {
        const { scan_id } = await scans(gate, first.qr_code);
        const answer = await known(() => gate.manager.undo(scan_id, {}, { key: scan_id }));
        assert.equal(answer.status, 200, answer.text);
        // Booking hears of an entry, and of its end, a moment later: until then it may think that somebody is inside.
        await bookingHeard(stack, { ms: PATIENCE_MS, of: b.order });
        assert.equal((await orderOf(stack, b.order)).entrance_checked, false);
        await b.cancel();
        return 0;
    },
    async function givesBack(b, gate, { tickets: [first] }) {
        await b.cancel();
        assert.notEqual((await scans(gate, first.qr_code)).entrance_status, 'allowed');
        return 0;
    },
    async function givesOneBackAndEnters(b, gate, { tickets: [first, second] }) {
        await b.cancel({ tickets: [first.id] });
        assert.equal((await scans(gate, second.qr_code)).entrance_status, 'allowed');
        return 1;
    },
];

/** The buyer's own clicks at the provider have nobody who repeats them: it dies only while nobody clicks. */
const clicks = {
    now: 0,
    closed: undefined,
    async make(work) {
        while (this.closed) await this.closed;
        this.now++;
        return work().finally(() => this.now--);
    },
    async pauseFor(work) {
        let open;
        this.closed = new Promise((resolve) => (open = resolve));
        await until('nobody clicks', () => this.now === 0, { ms: PATIENCE_MS });
        await work();
        this.closed = undefined;
        open();
    },
};

async function visit(gate, exhibition, walk) {
    const buyer = new Buyer(stack, exhibition, { quantity: 2 });
    await buyer.reserve();
    await clicks.make(() => buyer.pay('card'));
    const codes = await ticketsWithCodes(stack, buyer.order, { ms: PATIENCE_MS });
    return { buyer, inside: await walk(buyer, gate, codes), walk: walk.name };
}

// ---- what must hold

/** Each ticket row has one code, and as many people are inside as went in; booking says the same. */
async function entriesAgree(visits) {
    for (const { buyer, inside, walk } of visits) {
        const of = `order_number = '${buyer.order.order_number}'`;
        const counted = () =>
            stack.sql.row(`SELECT
                (SELECT count(*)::int FROM entrance.tickets t JOIN entrance.orders o ON o.id = t.order_id WHERE ${of}) AS tickets,
                (SELECT count(*)::int FROM entrance.codes c JOIN entrance.orders o ON o.id = c.order_id WHERE ${of} AND NOT c.replaced) AS codes,
                (SELECT count(t.entered_at)::int FROM entrance.tickets t JOIN entrance.orders o ON o.id = t.order_id WHERE ${of}) AS inside,
                (SELECT count(*)::int FROM booking.tickets t JOIN booking.orders o ON o.id = t.order_id WHERE ${of} AND t.status = 'entered') AS told`);
        await until(
            `${walk}: booking knows who is inside`,
            async () => {
                assert.deepEqual(await counted(), { tickets: 2, codes: 3, inside, told: inside }, walk);
                return true;
            },
            { ms: 10_000, every: 200 },
        );
    }
}

/** Each of them has the message with the link once, or hears that the order is cancelled: then the link may have lost its use before it
 * was sent. The provider may show one twice only under one id of ours. */
async function messagesAgree(visits) {
    for (const { buyer } of visits) {
        const { status } = await orderOf(stack, buyer.order);
        const template = status === 'cancelled' ? 'TICKET_CANCELLED' : 'TICKET_PAID';
        const ids = await until(
            `${template} of ${buyer.order.order_number}`,
            async () => {
                const got = await inbox(stack, { phone: buyer.phone, template });
                return got.some((m) => m.state === 'delivered') && got.map((m) => m.own_id);
            },
            { ms: PATIENCE_MS, every: 200 },
        );
        assert.equal(new Set(ids).size, 1, `${ids}`);
    }
}

test('replicas die at every fault point, answers of the provider are lost', { timeout: 3 * LIMIT_MS }, async (t) => {
    const start = Date.now();
    const left = () => LIMIT_MS - (Date.now() - start);
    const exhibition = await onSale(stack, { products: [{ total: 100_000, price: 10_000 }], max_per_phone: 0 });
    const gate = { device: await enroll(stack, exhibition), manager: staffAt(stack, exhibition.code, 'manager') };
    const missing = await armPoints(stack, services, points, 'gate');
    await stack.toss.reset();
    for (const fault of [lostAnswer, lostCall]) await stack.toss.fault(fault);
    const visits = [];
    let next = 0;
    const crowd = parallel(FLOWS, FLOWS, async () => {
        do {
            visits.push(await visit(gate, exhibition, walks[next++ % walks.length]));
        } while (left() > LIMIT_MS / 2 && missing().length > 0);
    });
    const provider = (async () => {
        for (let i = 0; i < 3; i++) {
            await sleep(3000);
            await clicks.pauseFor(async () => {
                await stack.sandbox.kill();
                await until('the provider is back', async () => (await fetch(`${stack.sandbox.url}/inbox`)).ok, { ms: PATIENCE_MS });
            });
        }
    })();
    await Promise.all([crowd, provider]);
    await stack.ready(left());
    await entriesAgree(visits);
    await messagesAgree(visits);
    await booksAgree(
        stack,
        visits.map(({ buyer }) => buyer.order),
        { ms: left() },
    );
    t.diagnostic(`${points.length} points, ${visits.length} visits, ${((Date.now() - start) / 1000).toFixed(1)} s`);
    assert.deepEqual(missing(), [], 'points never reached');
});
