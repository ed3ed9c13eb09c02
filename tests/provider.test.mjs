// Toss refuses, is slow, or is not there: what the buyer hears, and that it ends well without him.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { booksAgree } from './lib/books.mjs';
import { addExhibition, visible } from './lib/fixture.mjs';
import { checkout, confirm, initialize, makeOrder, orderOf, paymentOf } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const WAIT_MS = 3000; // of a confirm, instead of 10 s; what is answered before stands still for a moment at most
const TIMEOUT_S = 8; // of Toss, instead of 60 s; what is held back until a test has looked is not given up
const FAILURES = 5;
const OPEN_MS = 500;

const orders = [];
let exhibition;
const stack = useStack(
    {
        payment: 1,
        gatewayEnv: { GATEWAY_THREADS: '256' },
        paymentEnv: {
            CONFIRM_WAIT_MS: String(WAIT_MS),
            TOSS_TIMEOUT_SECONDS: String(TIMEOUT_S),
            RETRY_FIRST_MS: '200',
            BREAKER_FAILURES: String(FAILURES),
            BREAKER_OPEN_MS: String(OPEN_MS),
        },
    },
    {
        prepare: async () => {
            exhibition = await addExhibition(stack.sql, { products: [{ total: 1000, price: 15_000 }] });
            await visible(stack.http, exhibition);
        },
        finish: () => booksAgree(stack, orders),
    },
);

async function ordered() {
    const order = await makeOrder(stack, exhibition);
    orders.push(order);
    return order;
}
const opened = async (options) => checkout(stack, await ordered(), options);
const paymentStatus = async (bought) => (await paymentOf(stack, bought.order)).json.payment_status;
const paid = (bought) => until('paid by itself', async () => (await paymentStatus(bought)) === 'paid', { ms: 30_000 });
const fault = (mode, fields) => stack.toss.fault({ target: 'toss.confirm', mode, ...fields });

describe('Toss refuses', () => {
    for (const code of ['REJECT_CARD_PAYMENT', 'EXCEED_MAX_AMOUNT', 'INVALID_STOPPED_CARD']) {
        test(`${code}: the buyer hears why, and tries another card`, async () => {
            const bought = await opened();
            await fault('error', { code });
            const answer = await confirm(stack, bought);
            assert.deepEqual([answer.status, answer.code, answer.json.provider?.code], [502, 'PAYMENT_PROVIDER_ERROR', code], answer.text);
            assert.match(answer.json.provider.message, /[가-힣]/);
            assert.equal((await confirm(stack, bought)).json.provider.code, code, 'told again');
            await until('the order is free again', async () => (await orderOf(stack, bought.order)).status === 'reserved');
            assert.equal((await confirm(stack, await checkout(stack, bought.order))).status, 200);
        });
    }

    test('to open a window', async () => {
        const order = await ordered();
        await stack.toss.fault({ target: 'toss.create', mode: 'error', code: 'INVALID_REQUEST' });
        const answer = await initialize(stack, order);
        assert.deepEqual([answer.status, answer.json.provider?.code], [502, 'INVALID_REQUEST'], answer.text);
        assert.equal((await initialize(stack, order)).status, 200, 'the next one opens');
    });
});

describe('Toss is slow', () => {
    test('202, and paid without the buyer', async () => {
        const bought = await opened();
        await stack.toss.hold('toss.confirm');
        const answer = await confirm(stack, bought);
        assert.deepEqual([answer.status, answer.json], [202, { order_number: bought.order.order_number, payment_status: 'paying' }], answer.text);
        assert.equal(await paymentStatus(bought), 'paying');
        const confirms = async () => (await stack.toss.confirms({ order_id: bought.order_id })).length;
        assert.equal(await confirms(), 1);
        await stack.toss.reset();
        await paid(bought);
        assert.equal((await confirm(stack, bought)).status, 200);
        assert.equal(await confirms(), 0, 'no other since');
    });

    const UNKNOWN = ['timeout_after_success', 'timeout_before', 'drop_after_success', 'drop_before', 'truncated', 'garbage', 'huge', 'rate_limited'];
    for (const mode of UNKNOWN) {
        test(`${mode}: the outcome is found out, there is one charge`, async () => {
            const bought = await opened();
            await fault(mode);
            const answer = await confirm(stack, bought);
            assert.ok([200, 202].includes(answer.status), answer.text);
            await paid(bought);
            const [payment] = await stack.toss.payments({ order_id: bought.order_id });
            assert.equal(payment.status, 'DONE');
        });
    }

    test('an error that was answered sticks to its key: the confirm is repeated under another', async () => {
        const bought = await opened();
        await fault('error', { code: 'PROVIDER_ERROR' });
        await confirm(stack, bought);
        await paid(bought);
        assert.equal((await stack.toss.confirms({ order_id: bought.order_id })).length, 2);
    });

    test('confirmed, and cancelled in the console before we know of it: the books show both', async () => {
        const bought = await opened();
        await fault('timeout_after_success');
        const confirming = confirm(stack, bought);
        await until('charged', async () => (await stack.toss.payments({ order_id: bought.order_id }))[0].status === 'DONE');
        await stack.toss.cancel(bought.payment_key);
        await confirming;
        await until('refunded', async () => (await paymentStatus(bought)) === 'refunded', { ms: 30_000 });
        assert.equal((await orderOf(stack, bought.order)).status, 'cancelled');
    });

    // Confirms have a share of the gateway's threads, lanes and workers of their own.
    test('while 60 confirms hang, orders are taken as quickly as ever', async () => {
        const boughts = await parallel(60, 10, () => opened());
        await stack.toss.hold('toss.confirm', { times: 0 });
        try {
            const confirming = parallel(60, 60, (i) => confirm(stack, boughts[i]));
            const placed = await parallel(40, 4, () => ordered());
            assert.equal(placed.length, 40);
            const told = tally(await confirming, (a) => a.status);
            assert.deepEqual(told, { 202: 60 });
        } finally {
            await stack.toss.reset();
        }
        await parallel(60, 10, (i) => paid(boughts[i]));
    });
});

describe('Toss is not there', () => {
    test('new payments are refused at once, those begun wait, and all is paid when it is back', { timeout: 90_000 }, async () => {
        const boughts = await parallel(3, 3, () => opened());
        const late = await opened();
        await stack.toss.fault({ target: '*', mode: 'drop_before', times: 0 });
        const told = await parallel(3, 3, (i) => confirm(stack, boughts[i]));
        assert.deepEqual(
            tally(told, (a) => a.status),
            { 202: 3 },
        );
        const order = await ordered();
        const refused = await until('the circuit opens', async () => {
            const answer = await initialize(stack, order);
            assert.notEqual(answer.status, 200);
            return answer.status === 503 && answer;
        });
        assert.deepEqual([refused.code, Number(refused.headers['retry-after']) > 0], ['BUSY', true]);
        const windows = () => stack.sql.value(`SELECT count(*)::int FROM payment.attempts WHERE order_number = '${order.order_number}'`);
        const asked = async () => (await stack.toss.calls()).filter((call) => call.target === 'toss.create').length;
        const [before, tried] = [await windows(), await asked()];
        const since = Date.now();
        const answers = await parallel(20, 20, () => initialize(stack, order));
        assert.deepEqual(
            tally(answers, (a) => a.code),
            { BUSY: 20 },
        );
        assert.equal(await windows(), before, 'quickly: no window is begun for which to wait');
        const tries = (await asked()) - tried;
        assert.ok(tries <= 2 + (Date.now() - since) / OPEN_MS, `Toss is left alone but for a try now and then: ${tries}`);
        assert.equal((await confirm(stack, late)).status, 202, 'accepted, done when it is back');
        await stack.toss.reset();
        await Promise.all([...boughts, late].map(paid));
        await until('windows open again', async () => (await initialize(stack, order)).status === 200, { ms: 15_000 });
    });
});
