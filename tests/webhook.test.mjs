// Webhooks and deposit accounts: what Toss tells us, and what somebody else tells us in its name. Nothing is believed, everything is asked for.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { booksAgree } from './lib/books.mjs';
import { addExhibition, visible } from './lib/fixture.mjs';
import { whilePaused } from './lib/pause.mjs';
import { buy, buyByDeposit, checkout, confirm, heard, makeOrder, orderOf, paymentOf, settled } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const PRICE = 15_000;
const HOUR_MS = 3_600_000;
const SCALE = 360; // of Toss's time limits: an hour takes ten seconds, a payment window lives five

/** What the tests of one stack share. */
function desk(stack) {
    const orders = [];
    const onSale = async (options) => {
        const exhibition = await addExhibition(stack.sql, { products: [{ total: 100, price: PRICE }], ...options });
        await visible(stack.http, exhibition);
        return exhibition;
    };
    const keep = (bought) => {
        orders.push(bought.order);
        return bought;
    };
    return {
        orders,
        onSale,
        statusOf: async (order) => (await orderOf(stack, order)).status,
        opened: async () => keep(await checkout(stack, await makeOrder(stack, await onSale()))),
        paid: async () => keep(await buy(stack, await onSale())),
        waiting: async (exhibition) => keep(await buy(stack, await onSale(exhibition), { method: 'virtual_account' })),
        deposited: async () => keep(await buyByDeposit(stack, await onSale())),
        atToss: async (bought) => (await stack.toss.payments({ payment_key: bought.payment_key }))[0],
        looks: async (bought) => (await stack.toss.calls({ payment_key: bought.payment_key })).filter((c) => c.method === 'GET').length,
        /** Verdicts on what was said about a payment, in the order of arrival. */
        verdicts: async (bought) =>
            (
                await stack.sql.rows(`SELECT w.verdict FROM payment.webhooks w JOIN payment.attempts a ON a.id = w.attempt
                    WHERE a.payment_key = '${bought.payment_key}' ORDER BY w.id`)
            ).map((w) => w.verdict),
        say: (body, { id = `whtrans_${randomUUID()}`, headers } = {}) =>
            stack.http.post('/api/payments/webhook', body, { headers: { 'Tosspayments-Webhook-Transmission-Id': id, ...headers } }),
    };
}
const changed = (payment, status) => ({ eventType: 'PAYMENT_STATUS_CHANGED', createdAt: '2026-11-22T10:00:00.123456', data: { ...payment, status } });
const callback = (bought, status, secret) => ({ createdAt: '2026-11-22T10:00:00.123456', secret, status, transactionKey: 'x', orderId: bought.order_id });

describe('said by Toss', () => {
    const stack = useStack({ payment: 2, paymentEnv: { DEPOSIT_POLL_SECONDS: '2' } }, { finish: () => booksAgree(stack, d.orders) });
    const d = desk(stack);

    test('before its own answer to the confirm', async () => {
        const bought = await d.opened();
        await stack.toss.fault({ target: 'toss.webhook', mode: 'webhook_first' });
        const answer = await confirm(stack, bought);
        assert.deepEqual([answer.status, answer.json?.status], [200, 'paid'], answer.text);
        assert.equal((await stack.toss.confirms({ order_id: bought.order_id })).length, 1);
    });

    for (const mode of ['duplicate_webhook', 'reorder_webhook', 'drop_webhook']) {
        test(`a deposit, with ${mode}`, async () => {
            const bought = await d.waiting();
            await stack.toss.fault({ target: 'toss.webhook', mode, times: 2 });
            await stack.toss.deposit(bought.payment_key);
            await until('paid', async () => (await d.statusOf(bought.order)) === 'paid', { ms: 20_000 });
        });
    }

    test('a deposit that the bank takes back: the tickets are suspended until it comes again', async () => {
        const bought = await d.deposited();
        const tickets = () =>
            stack.sql.value(`SELECT string_agg(DISTINCT t.status, ',') FROM booking.tickets t JOIN booking.orders o ON o.id = t.order_id
                WHERE o.order_number = '${bought.order.order_number}'`);
        assert.equal(await tickets(), 'valid');
        await stack.toss.deposit(bought.payment_key, { reverse: true });
        await until('suspended', async () => (await d.statusOf(bought.order)) === 'awaiting_deposit', { ms: 20_000 });
        assert.equal(await tickets(), 'suspended');
        await settled(stack, bought.order);
        assert.equal((await paymentOf(stack, bought.order)).json.payment_status, 'waiting_for_deposit');
        await stack.toss.deposit(bought.payment_key);
        await until('paid again', async () => (await d.statusOf(bought.order)) === 'paid', { ms: 20_000 });
        assert.equal(await tickets(), 'valid');
    });
});

describe('said by somebody', () => {
    const stack = useStack({ payment: 1, paymentEnv: { DEPOSIT_POLL_SECONDS: '600' } }, { finish: () => booksAgree(stack, d.orders) });
    const d = desk(stack);
    /** Until whoever was told looks no more. */
    const calm = async (bought) => {
        await heard(stack);
        await settled(stack, bought.order);
    };
    /** Of which Toss itself has told everything. */
    const known = async (bought) => {
        await calm(bought);
        return bought;
    };

    test('a payment that never was is not paid', async () => {
        const bought = await d.opened();
        const forged = { ...(await d.atToss(bought)), approvedAt: '2026-11-22T10:00:00+09:00', balanceAmount: PRICE };
        for (const status of ['DONE', 'CANCELED', 'PARTIAL_CANCELED', 'NEW_STATUS']) assert.equal((await d.say(changed(forged, status))).status, 200);
        assert.equal((await d.say(callback(bought, 'DONE', 'ps_forged'))).status, 200);
        await until('all are stored', async () => (await d.verdicts(bought)).length === 5);
        await calm(bought);
        const steps = await stack.sql.value(`SELECT version FROM payment.attempts WHERE payment_key = '${bought.payment_key}'`);
        assert.equal(Number(steps), 2, 'an open window has nothing to look at');
        assert.equal(await d.statusOf(bought.order), 'reserved');
        assert.equal((await confirm(stack, bought)).status, 200, 'and can still be');
    });

    test('a refund that never was', async () => {
        const bought = await known(await d.paid());
        const forged = { ...(await d.atToss(bought)), balanceAmount: 0, cancels: [{ cancelAmount: PRICE, cancelReason: 'x', transactionKey: 'x' }] };
        await d.say(changed(forged, 'CANCELED'));
        await until('looked at', async () => (await d.looks(bought)) > 0, { ms: 15_000 });
        await calm(bought);
        assert.partialDeepStrictEqual(await orderOf(stack, bought.order), { status: 'paid', payment_status: 'paid' });
    });

    test('a deposit: with a wrong secret nobody even looks', async () => {
        const bought = await known(await d.waiting());
        await d.say(callback(bought, 'DONE', 'ps_wrong'));
        await d.say(changed({ ...(await d.atToss(bought)), secret: 'ps_wrong' }, 'DONE'));
        assert.deepEqual((await d.verdicts(bought)).slice(-2), ['wrong_secret', 'wrong_secret']);
        const { secret } = await d.atToss(bought);
        const before = await d.looks(bought);
        await d.say(callback(bought, 'DONE', secret));
        await until('looked at', async () => (await d.looks(bought)) > before, { ms: 15_000 });
        await calm(bought);
        assert.equal(await d.statusOf(bought.order), 'awaiting_deposit', 'Toss says that there is no deposit');
        stack.mustNotLog(secret);
    });

    test('the same, again and again: one row, one look', async () => {
        const bought = await known(await d.waiting());
        const { secret } = await d.atToss(bought);
        const id = `whtrans_${randomUUID()}`;
        const before = await d.looks(bought);
        await parallel(20, 10, () => d.say(callback(bought, 'DONE', secret), { id }));
        await until('looked at', async () => (await d.looks(bought)) > before, { ms: 15_000 });
        await calm(bought);
        const verdicts = await stack.sql.rows(`SELECT verdict FROM payment.webhooks WHERE transmission_id = '${id}'`);
        assert.deepEqual(verdicts, [{ verdict: 'look' }]);
        assert.equal((await d.looks(bought)) - before, 1);
    });

    test('a flood of news about one payment is looked up once in 5 s', async () => {
        const bought = await known(await d.waiting());
        const { secret } = await d.atToss(bought);
        const before = await d.looks(bought);
        const since = Date.now();
        await parallel(100, 10, () => d.say(callback(bought, 'DONE', secret)));
        await until('looked at', async () => (await d.looks(bought)) > before, { ms: 15_000 });
        await calm(bought);
        assert.ok((await d.looks(bought)) - before <= 1 + (Date.now() - since) / 5000);
    });

    test('about payments of others, and about things that are no payments', async () => {
        const bodies = [
            changed({ paymentKey: 'tnobody', orderId: 'T0000000000000000' }, 'DONE'),
            callback({ order_id: 'T0000000000000000' }, 'DONE', 'ps_x'),
            { eventType: 'METHOD_UPDATED', createdAt: '2026-11-22T10:00:00.123456', data: { customerKey: 'x' } },
            { eventType: 'payout.changed', version: '1', eventId: 'x', entityType: 'payout', entityBody: {} },
            { eventType: 'PAYMENT_STATUS_CHANGED', data: null },
            { eventType: 'NEW_EVENT', data: [] },
            { eventType: 'x'.repeat(90), data: { orderId: 7, paymentKey: {}, status: [] } },
            { eventType: 'NEW_EVENT', data: { orderId: "'; DROP TABLE payment.webhooks; --", status: 'DONE' } },
        ];
        await heard(stack);
        const calls = (await stack.toss.calls()).length;
        const kept = () => stack.sql.value('SELECT count(*)::int FROM payment.webhooks');
        const before = await kept();
        for (const body of bodies) {
            const answer = await d.say(body);
            assert.deepEqual([answer.status, answer.json], [200, {}], JSON.stringify(body).slice(0, 200));
        }
        assert.equal((await stack.toss.calls()).length, calls, 'Toss is not asked about them');
        assert.equal(await kept(), before, 'and nobody can fill the table with them');
    });

    test('what is no webhook at all', async () => {
        for (const body of ['', '{', '[]', '"x"', 'null', '{}', '{"eventType":5}', '{"eventType":"A"}x', '['.repeat(5000)]) {
            const answer = await stack.http.call('POST', '/api/payments/webhook', { body });
            assert.deepEqual([answer.status, answer.code], [400, 'MALFORMED_JSON'], body.slice(0, 50));
        }
        const large = await stack.http.post('/api/payments/webhook', { x: 'x'.repeat(65_536) });
        assert.deepEqual([large.status, large.code], [413, 'BODY_TOO_LARGE']);
        for (const id of ['x'.repeat(3000), '']) assert.equal((await d.say({ eventType: 'A' }, { id })).status, 200, 'a strange id is none');
    });

    test('the body of a webhook is not kept', async () => {
        const mark = `mark${randomUUID()}`;
        stack.mustNotLog(mark);
        const bought = await d.paid();
        await d.say({ ...changed(await d.atToss(bought), 'DONE'), card: mark, secret: mark });
        const found = await stack.sql.value(`SELECT count(*)::int FROM payment.webhooks w WHERE w::text LIKE '%${mark}%'`);
        assert.equal(found, 0);
    });
});

describe('the last hour of a deposit account', () => {
    const stack = useStack(
        { payment: 1, paymentEnv: { DEPOSIT_POLL_SECONDS: '1' }, sandboxEnv: { SANDBOX_TIME_SCALE: String(SCALE), WEBHOOK_STATUS_CHANGED: 'off' } },
        { finish: () => booksAgree(stack, d.orders) },
    );
    const d = desk(stack);
    // Who does not confirm within 1.7 s of the window is too late, and orders once more.
    const issued = () => until('an account is issued', () => d.waiting({ deposit_hours: 1 }), { ms: 60_000 });
    const due = (bought) => Date.parse(bought.confirmed.virtual_account.due);
    const isOver = (bought) => until('the account is over', () => Date.now() > due(bought), { ms: (2 * HOUR_MS) / SCALE });
    const available = async (bought) =>
        await stack.sql.value(`SELECT p.available FROM booking.pools p JOIN booking.products x ON x.pool_id = p.id
        JOIN booking.order_items i ON i.product_id = x.id JOIN booking.orders o ON o.id = i.order_id WHERE o.order_number = '${bought.order.order_number}'`);

    test('nobody deposits: the account is closed, then the places are free', async () => {
        const bought = await issued();
        const free = await available(bought);
        await isOver(bought);
        const status = await until(
            'given up',
            async () => {
                const now = await d.statusOf(bought.order);
                return now !== 'awaiting_deposit' && now;
            },
            { ms: 20_000 },
        );
        assert.ok(['expired', 'cancelled'].includes(status), status);
        assert.equal((await d.atToss(bought)).status, 'CANCELED');
        assert.equal(await available(bought), free + 1);
        await assert.rejects(stack.toss.deposit(bought.payment_key, { late: true }), 'a closed account takes no money');
    });

    test('a deposit at the last moment, that comes after it', async () => {
        const bought = await issued();
        await stack.toss.fault({ target: 'toss.get', mode: 'drop_before', times: 0 }); // nobody sees that it is over
        await isOver(bought);
        await stack.toss.deposit(bought.payment_key, { late: true });
        await stack.toss.reset();
        await until('settled with the money', async () => (await d.statusOf(bought.order)) === 'paid', { ms: 20_000 });
    });
});

describe('at the gateway', () => {
    const stack = useStack({
        payment: 1,
        gatewayEnv: { TOSS_WEBHOOK_SOURCES: '10.0.0.0/8, 192.0.2.7', GATEWAY_TRUSTED_PROXIES: '127.0.0.0/8', INFLIGHT_WEBHOOKS_PERCENT: '2' },
    });
    const from = (address) => stack.http.post('/api/payments/webhook', { eventType: 'A' }, { headers: { 'X-Forwarded-For': address } });

    test('webhooks come from the addresses of the list only', async () => {
        for (const address of ['10.1.2.3', '192.0.2.7']) assert.equal((await from(address)).status, 200, address);
        for (const address of ['192.0.2.8', '203.0.113.1', '2001:db8::1']) {
            const answer = await from(address);
            assert.deepEqual([answer.status, answer.code], [403, 'FORBIDDEN'], address);
        }
        assert.equal((await stack.http.post('/api/payments/webhook', { eventType: 'A' })).status, 403, 'nor from the proxy itself');
    });

    test('they hold their own share of it, and no more', async () => {
        const exhibition = await desk(stack).onSale();
        await whilePaused(stack.payment, async () => {
            const answers = parallel(8, 8, () => from('10.1.2.3'));
            await makeOrder(stack, exhibition);
            // Two are let in, one message is under way at a time: the second never left.
            assert.deepEqual(
                tally(await answers, (a) => a.code),
                { OUTCOME_UNKNOWN: 1, BUSY: 7 },
            );
        });
        await until('webhooks are taken again', async () => (await from('10.1.2.3')).status === 200);
    });
});
