// Buying: order, payment window, confirm, paid. One charge, the right answer, and books that agree, whatever the buyer does.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { booksAgree } from './lib/books.mjs';
import { addExhibition, visible } from './lib/fixture.mjs';
import { buy, cancel, checkout, confirm, heard, initialize, makeOrder, orderOf, paymentOf, settled } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { bookingHeard } from './lib/tickets.mjs';
import { orderToken } from './lib/token.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const PRICE = 15_000;
const orders = []; // whose books must agree in the end
const stack = useStack({ replicas: 2, payment: 2, connections: 128, gatewayEnv: { GATEWAY_THREADS: '256' } }, { finish: () => booksAgree(stack, orders) });

async function onSale(options) {
    const exhibition = await addExhibition(stack.sql, { products: [{ total: 100, price: PRICE }], ...options });
    await visible(stack.http, exhibition);
    return exhibition;
}
async function ordered(exhibition, options) {
    const order = await makeOrder(stack, exhibition ?? (await onSale()), options);
    orders.push(order);
    return order;
}
const refused = (answer, status, code) => assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
const statusOf = async (order) => (await orderOf(stack, order)).status;
/** The time of its hold is over. */
async function lapse(order) {
    await stack.sql.text(`UPDATE booking.orders SET expires_at = now() WHERE order_number = '${order.order_number}'`);
    await until('the hold lapses', async () => (await statusOf(order)) === 'expired', { ms: 15_000 });
}
/** What is heard of a deposit is looked up, at most every 5 s. */
const becomesPaid = (order) => until('paid', async () => (await statusOf(order)) === 'paid', { ms: 20_000 });

describe('the way through', () => {
    for (const method of ['card', 'transfer']) {
        test(`by ${method}`, async () => {
            const exhibition = await onSale();
            const order = await ordered(exhibition, { quantity: 2 });
            const opened = await initialize(stack, order, { method });
            assert.equal(opened.status, 200, opened.text);
            assert.ok(opened.json.checkout_url.startsWith(stack.sandbox.url), opened.text);
            assert.equal(await statusOf(order), 'reserved', 'an open window changes nothing');

            const back = await stack.toss.checkout(opened.json.payment_key, { method });
            const url = new URL(back.redirect_url);
            assert.equal(`${url.origin}${url.pathname}`, `${stack.url}/${exhibition.code}/complete/`);
            assert.deepEqual([url.searchParams.get('orderId'), url.searchParams.get('amount')], [back.order_id, String(2 * PRICE)]);
            assert.ok(!back.redirect_url.includes(order.order_token), 'the token stays with the page');

            const answer = await confirm(stack, back);
            assert.equal(answer.status, 200, answer.text);
            assert.partialDeepStrictEqual(answer.json, { order_number: order.order_number, status: 'paid', payment_status: 'paid', method });
            assert.ok(answer.json.approved_at && answer.json.receipt_url, answer.text);
            assert.partialDeepStrictEqual(await orderOf(stack, order), { status: 'paid', payment_status: 'paid', payment_method: method });
            const payment = await paymentOf(stack, order);
            assert.partialDeepStrictEqual(payment.json, { payment_status: 'paid', method, amount: 2 * PRICE, cancels: [] });
            assert.equal((await stack.toss.confirms({ order_id: back.order_id })).length, 1);
        });
    }

    test('by deposit account: told where to, waited for, paid', async () => {
        const bought = await buy(stack, await onSale(), { method: 'virtual_account' });
        orders.push(bought.order);
        assert.partialDeepStrictEqual(bought.confirmed, { status: 'awaiting_deposit', payment_status: 'waiting_for_deposit', approved_at: null });
        const account = bought.confirmed.virtual_account;
        assert.match(account.account_number, /^X?\d{6,20}$/);
        assert.ok(Date.parse(account.due) > Date.now(), account.due);
        assert.equal(account.holder, '홍*동', 'a confirm needs no token of the order');
        assert.deepEqual((await paymentOf(stack, bought.order)).json.virtual_account, { ...account, holder: '홍길동' });
        assert.deepEqual((await confirm(stack, bought)).json, bought.confirmed, 'a repeat tells the same');
        await stack.toss.deposit(bought.payment_key);
        await becomesPaid(bought.order);
        assert.partialDeepStrictEqual((await confirm(stack, bought)).json, { status: 'paid', payment_status: 'paid', method: 'virtual_account' });
    });

    test('an order of 0 won is paid at once, and Toss never hears of it', async () => {
        const order = await ordered(await onSale({ products: [{ total: 10, price: 0 }] }));
        const opened = await initialize(stack, order);
        assert.deepEqual([opened.status, opened.json?.payment_key], [200, null], opened.text);
        assert.match(opened.json.checkout_url, /\/complete\//);
        assert.partialDeepStrictEqual(await orderOf(stack, order), { status: 'paid', payment_status: 'paid', total_amount: 0 });
        assert.deepEqual(await stack.toss.calls({ order_id: `F${order.order_number}` }), []);
    });

    test('our own part of a confirm', async (t) => {
        const exhibition = await onSale();
        const times = [];
        for (let i = 0; i < 10; i++) {
            const bought = await checkout(stack, await ordered(exhibition));
            const since = performance.now();
            assert.equal((await confirm(stack, bought)).status, 200);
            times.push(performance.now() - since);
        }
        times.sort((a, b) => a - b);
        t.diagnostic(`confirm against a sandbox that answers at once: median ${times[5].toFixed(1)} ms, slowest ${times[9].toFixed(1)} ms (aim: < 300)`);
    });
});

describe('one charge', () => {
    test('50 parallel confirms on two replicas', async () => {
        const bought = await checkout(stack, await ordered());
        const answers = await parallel(50, 50, () => confirm(stack, bought));
        assert.deepEqual(
            tally(answers, (a) => a.status),
            { 200: 50 },
        );
        assert.equal(new Set(answers.map((a) => a.text)).size, 1, 'all hear the same');
        assert.equal((await stack.toss.confirms({ order_id: bought.order_id })).length, 1);
    });

    test('repeats, with the same key and without one', async () => {
        const order = await ordered();
        const key = randomUUID();
        const opened = [await initialize(stack, order, { key }), await initialize(stack, order, { key }), await initialize(stack, order)];
        assert.deepEqual([...new Set(opened.map((a) => a.text))].length, 1, 'the window that is open is told again');
        const bought = { order, ...(await stack.toss.checkout(opened[0].json.payment_key)) };
        const answers = [await confirm(stack, bought, { key }), await confirm(stack, bought, { key }), await confirm(stack, bought)];
        assert.equal(new Set(answers.map((a) => a.text)).size, 1);
        refused(await initialize(stack, order), 409, 'INVALID_STATE');
        assert.equal((await stack.toss.confirms({ order_id: bought.order_id })).length, 1);
    });

    test('two windows of one order: the second card is not charged', async () => {
        const order = await ordered();
        const [card, transfer] = [await checkout(stack, order), await checkout(stack, order, { method: 'transfer' })];
        assert.notEqual(card.payment_key, transfer.payment_key);
        assert.equal((await confirm(stack, card)).status, 200);
        refused(await confirm(stack, transfer), 409, 'INVALID_STATE');
        assert.equal((await stack.toss.confirms({ order_id: transfer.order_id })).length, 0);
    });

    test('a card while a deposit account is open', async () => {
        const order = await ordered();
        const [card, deposit] = [await checkout(stack, order), await checkout(stack, order, { method: 'virtual_account' })];
        const issued = await confirm(stack, deposit);
        assert.equal(issued.json.status, 'awaiting_deposit', issued.text);
        stack.mustNotLog(issued.json.virtual_account.account_number);
        refused(await confirm(stack, card), 409, 'INVALID_STATE');
        assert.equal((await stack.toss.confirms({ order_id: card.order_id })).length, 0);
        await stack.toss.deposit(deposit.payment_key);
        await becomesPaid(order);
    });

    test('cancelled while the confirm is under way: paid, then given back', async () => {
        const exhibition = await onSale();
        const bought = await checkout(stack, await ordered(exhibition));
        await stack.toss.hold('toss.confirm');
        const confirming = confirm(stack, bought);
        await until('being paid', async () => (await statusOf(bought.order)) === 'paying');
        const noted = await cancel(stack, bought.order);
        assert.equal(noted.status, 202, noted.text);
        await stack.toss.reset();
        assert.equal((await confirming).status, 200);
        await settled(stack, bought.order);
        assert.partialDeepStrictEqual(await orderOf(stack, bought.order), { status: 'cancelled', payment_status: 'refunded' });
        const again = await confirm(stack, bought);
        assert.partialDeepStrictEqual(again.json, { status: 'cancelled', payment_status: 'refunded' }, 'a page that is loaded again');
    });
});

describe('what is not paid for', () => {
    test('another amount: at the start, at the end, and in the address of the page', async () => {
        const order = await ordered();
        for (const amount of [PRICE - 1, PRICE + 1, 0, 2 * PRICE]) refused(await initialize(stack, order, { amount }), 400, 'AMOUNT_MISMATCH');
        const forged = await checkout(stack, order, { result: 'tamper' });
        assert.notEqual(forged.amount, PRICE);
        refused(await confirm(stack, forged), 400, 'AMOUNT_MISMATCH');
        for (const amount of [0, 1, PRICE * 2]) refused(await confirm(stack, forged, { amount }), 400, 'AMOUNT_MISMATCH');
        assert.equal((await stack.toss.confirms({ order_id: forged.order_id })).length, 0);
        assert.equal(await statusOf(order), 'reserved');
        assert.equal((await confirm(stack, forged, { amount: PRICE })).status, 200, 'what was authenticated is the true amount');
    });

    test("somebody else's payment", async () => {
        const [mine, other] = [await checkout(stack, await ordered()), await checkout(stack, await ordered())];
        const never = { payment_key: 'tviva20260101000000AbCd1', order_id: 'T0000000000000000', amount: PRICE };
        for (const mixed of [
            { ...mine, payment_key: other.payment_key },
            { ...mine, order_id: other.order_id },
            { ...mine, order_id: mine.order.order_number },
            never,
        ])
            refused(await confirm(stack, mixed), 404, 'NOT_FOUND');
        assert.equal((await stack.toss.confirms({ order_id: mine.order_id })).length + (await stack.toss.confirms({ order_id: other.order_id })).length, 0);
    });

    test('an order that is not there, or not there for this caller', async () => {
        refused(await initialize(stack, { order_number: 'ORD20200101AAAAAAAAAA', total_amount: PRICE }), 404, 'NOT_FOUND');
        const order = await ordered();
        const get = (token) => stack.http.get(`/api/payments/${order.order_number}`, { orderToken: token });
        for (const token of [undefined, orderToken('ORD20200101AAAAAAAAAA'), `${order.order_token}x`]) refused(await get(token), 403, 'TOKEN_REQUIRED');
        const never = 'ORD20200101AAAAAAAAAA';
        for (const target of [`/api/payments/${never}`, `/api/orders/${never}/refund-quote`])
            refused(await stack.http.get(target, { orderToken: orderToken(never) }), 404, 'NOT_FOUND');
    });

    test('the hold lapsed and the places are gone: 409, and Toss is not asked', async () => {
        const exhibition = await onSale({ products: [{ total: 1, price: PRICE }] });
        const bought = await checkout(stack, await ordered(exhibition));
        await lapse(bought.order);
        const next = await until('the place is free', () => ordered(exhibition).catch(() => false));
        assert.ok(next);
        refused(await confirm(stack, bought), 409, 'ORDER_EXPIRED');
        refused(await confirm(stack, bought), 409, 'ORDER_EXPIRED');
        assert.equal((await stack.toss.confirms({ order_id: bought.order_id })).length, 0);
        refused(await initialize(stack, bought.order), 409, 'ORDER_EXPIRED');
    });

    test('the hold lapsed and there are places: paid', async () => {
        const exhibition = await onSale();
        const bought = await checkout(stack, await ordered(exhibition));
        await lapse(bought.order);
        const answer = await confirm(stack, bought);
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.status, 'paid');
    });

    test('a window that the buyer closed, or whose card was refused', async () => {
        for (const result of ['cancel', 'fail']) {
            const order = await ordered();
            const gone = await checkout(stack, order, { result });
            const url = new URL(gone.redirect_url);
            assert.match(url.pathname, /\/payment\/$/);
            assert.ok(url.searchParams.get('code'), gone.redirect_url);
            assert.equal(await statusOf(order), 'reserved');
            assert.equal((await confirm(stack, await checkout(stack, order, { method: 'transfer' }))).status, 200, 'the order can still be paid');
        }
    });
});

describe('bad input', () => {
    const long = (n) => 'x'.repeat(n);
    const ROWS = ['attempts', 'refunds', 'ledger', 'webhooks', 'idempotency', 'events'];
    const rows = async () => [
        await stack.sql.row(`SELECT ${ROWS.map((t) => `(SELECT count(*) FROM payment.${t}) AS ${t}`).join(', ')}`),
        await stack.sql.fingerprint(),
    ];
    const good = { order_number: 'ORD20200101AAAAAAAAAA', amount: 1000, customer_name: '홍길동' };
    const confirming = { payment_key: 'tviva20260101000000AbCd1', order_id: 'T0000000000000000', amount: 1000 };
    const BODIES = {
        '/api/payments/initialize': [
            {},
            [],
            { ...good, order_number: undefined },
            { ...good, order_number: 5 },
            { ...good, order_number: long(51) },
            { ...good, amount: undefined },
            { ...good, amount: '1000' },
            { ...good, amount: -1 },
            { ...good, amount: 1000.5 },
            { ...good, customer_name: undefined },
            { ...good, customer_name: '' },
            { ...good, customer_name: long(101) },
            { ...good, customer_name: null },
            { ...good, method: 'bitcoin' },
            { ...good, method: 1 },
            { ...good, unknown: 1 },
        ],
        '/api/payments/confirm': [
            {},
            { ...confirming, payment_key: undefined },
            { ...confirming, payment_key: '' },
            { ...confirming, payment_key: long(201) },
            { ...confirming, payment_key: 1 },
            { ...confirming, order_id: undefined },
            { ...confirming, order_id: long(65) },
            { ...confirming, amount: '1000' },
            { ...confirming, amount: -1 },
            { ...confirming, amount: null },
            { ...confirming, orderId: 'x' },
        ],
        [`/api/orders/${good.order_number}/cancel`]: [
            {},
            { reason: '' },
            { reason: long(201) },
            { reason: 5 },
            { reason: 'x', tickets: 'all' },
            { reason: 'x', tickets: [0] },
            { reason: 'x', tickets: ['1'] },
            { reason: 'x', tickets: [1, 1] },
            { reason: 'x', quote_id: long(101) },
            { reason: 'x', refund_account: {} },
            { reason: 'x', refund_account: { bank: '88', account_number: 'abc', holder_name: 'x' } },
            { reason: 'x', refund_account: { bank: '88', account_number: long(31), holder_name: 'x' } },
            { reason: 'x', unknown: true },
        ],
    };

    for (const [target, bodies] of Object.entries(BODIES)) {
        test(`to ${target.replace(good.order_number, '…')} changes nothing`, async () => {
            await settled(stack, orders);
            await heard(stack);
            await bookingHeard(stack);
            const before = await rows();
            const orderToken_ = orderToken(good.order_number);
            for (const body of bodies) {
                const answer = await stack.http.post(target, body, { orderToken: orderToken_ });
                assert.ok([400, 422].includes(answer.status), `${JSON.stringify(body).slice(0, 200)} → ${answer.status} ${answer.text}`);
            }
            for (const [body, code] of [
                ['', 'MALFORMED_JSON'],
                ['{"a":', 'MALFORMED_JSON'],
                [`{"a":"\\u0000"}`, 'VALIDATION_FAILED'],
                [`${'['.repeat(200)}${']'.repeat(200)}`, undefined],
                [Buffer.from('{"customer_name":"\xff\xfe"}', 'latin1'), undefined],
            ]) {
                const answer = await stack.http.call('POST', target, { body, orderToken: orderToken_ });
                assert.ok([400, 422].includes(answer.status), `${body} → ${answer.text}`);
                if (code) assert.equal(answer.code, code, `${body} → ${answer.text}`);
            }
            assert.deepEqual(await rows(), before);
        });
    }

    test('in the query of a quote', async () => {
        const order = await ordered();
        const ask = (query) => stack.http.get(`/api/orders/${order.order_number}/refund-quote${query}`, { orderToken: order.order_token });
        for (const query of ['?tickets=a', '?tickets=1,', '?tickets=1,,2', '?tickets=-1', '?tickets=1,1', '?tickets=99999999999999999999', '?x=1'])
            refused(await ask(query), 422, 'VALIDATION_FAILED');
        refused(await ask(''), 409, 'INVALID_STATE');
    });
});
