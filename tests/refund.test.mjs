// Giving back: what it costs, the way of the money, and what happens when the bank, the console, the clock or the buyer interfere.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { day } from './lib/fixture.mjs';
import { PRICE, STEPS, accepted, refused, useGiving } from './lib/giving.mjs';
import { buy, cancel, checkout, confirm, initialize, makeOrder, orderOf, paymentOf, quote, refundAccount, settled } from './lib/pay.mjs';
import { until } from './lib/wait.mjs';

const {
    stack,
    orders,
    onSale,
    paid,
    disagrees,
    statesOf,
    cancelsOf,
    atToss,
    idOf,
    ticketStates,
    enter,
    available,
    refundRow,
    reaches,
    becomes,
    nextCancel,
    byStaff,
    stuckOf,
} = useGiving();

describe('what it costs', () => {
    test('the step of the day, per ticket, rounded down', async () => {
        const exhibition = await onSale({ products: [{ total: 100, price: 9_999 }] });
        const { order, tickets } = await paid({ exhibition, quantity: 3 });
        const all = (await quote(stack, order)).json;
        assert.partialDeepStrictEqual(all, { refund_amount: 3 * 9_000, fee: 3 * 999, policy_step: STEPS[1], tickets });
        const one = (await quote(stack, order, [tickets[1]])).json;
        assert.partialDeepStrictEqual(one, { refund_amount: 9_000, fee: 999, tickets: [tickets[1]] });
        assert.notEqual(one.quote_id, all.quote_id);
        assert.deepEqual((await quote(stack, order)).json, all, 'nothing changes by asking');
        const early = await paid({ exhibition, left: 7 });
        assert.partialDeepStrictEqual((await quote(stack, early.order)).json, { fee: 0, policy_step: STEPS[0] });
    });

    test('after the last step it is closed; without steps it is free', async () => {
        const late = await paid({ left: 0 });
        refused(await quote(stack, late.order), 409, 'REFUND_CLOSED');
        refused(await cancel(stack, late.order), 409, 'REFUND_CLOSED');
        const free = await paid({ exhibition: await onSale({ refund_policy: [] }), left: 0 });
        assert.partialDeepStrictEqual((await quote(stack, free.order)).json, { refund_amount: 2 * PRICE, fee: 0, policy_step: null });
    });

    test('the policy is that of the day of purchase, and one that cannot be read is closed', async () => {
        const { order, exhibition } = await paid();
        await stack.sql.text(`UPDATE booking.exhibitions SET refund_policy = '[]' WHERE id = ${exhibition.id}`);
        assert.equal((await quote(stack, order)).json.fee, 3_000);
        await stack.sql.text(`UPDATE booking.orders SET refund_policy = '[{"days_before":-3}]' WHERE order_number = '${order.order_number}'`);
        refused(await quote(stack, order), 409, 'REFUND_CLOSED');
        refused(await cancel(stack, order), 409, 'REFUND_CLOSED');
    });

    test('who may ask, for what', async () => {
        const { order, tickets } = await paid();
        const other = await paid();
        refused(await quote(stack, { ...order, order_token: undefined }), 403, 'TOKEN_REQUIRED');
        refused(await quote(stack, { ...order, order_token: other.order.order_token }), 403, 'TOKEN_REQUIRED');
        refused(await cancel(stack, { ...order, order_token: other.order.order_token }), 403, 'TOKEN_REQUIRED');
        refused(await quote(stack, order, [other.tickets[0]]), 422, 'VALIDATION_FAILED');
        refused(await cancel(stack, order, { tickets: [tickets[0], other.tickets[0]] }), 422, 'VALIDATION_FAILED');
        assert.deepEqual(await ticketStates(order), ['valid', 'valid']);
        await stack.sql.text(`UPDATE booking.orders SET token_version = token_version + 1 WHERE order_number = '${order.order_number}'`);
        refused(await quote(stack, order), 403, 'TOKEN_REQUIRED');
        await stack.sql.text(`UPDATE booking.orders SET token_version = token_version - 1 WHERE order_number = '${order.order_number}'`);
    });
});

describe('the way of the money', () => {
    test('all of it: what was quoted goes back, once, and the places are free', async () => {
        const { order, exhibition, payment_key } = await paid();
        const before = await available(exhibition);
        const { quote_id, refund_amount, fee } = (await quote(stack, order)).json;
        const key = randomUUID();
        const answer = await cancel(stack, order, { quote_id, key });
        accepted(answer, refund_amount, fee);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
        assert.deepEqual(await cancelsOf(order), [['done', 27_000, 3_000]]);
        assert.equal((await atToss({ payment_key })).balanceAmount, 3_000, 'the fee stays');
        assert.equal(await available(exhibition), before + 2);
        assert.equal((await cancel(stack, order, { quote_id, key })).text, answer.text, 'the same key tells the same');
        refused(await cancel(stack, order, { key }), 409, 'IDEMPOTENCY_MISMATCH');
        refused(await cancel(stack, order), 409, 'INVALID_STATE');
        assert.equal((await atToss({ payment_key })).cancels.length, 1);
    });

    test('ticket by ticket; the last one ends the order', async () => {
        const { order, tickets } = await paid({ quantity: 3, left: 8 });
        accepted(await cancel(stack, order, { tickets: [tickets[1]] }), PRICE, 0);
        assert.deepEqual(await statesOf(order), ['partially_cancelled', 'partially_refunded']);
        assert.deepEqual(await ticketStates(order), ['valid', 'void', 'valid']);
        refused(await cancel(stack, order, { tickets: [tickets[1]] }), 409, 'INVALID_STATE');
        refused(await cancel(stack, order, { tickets }), 409, 'INVALID_STATE');
        assert.deepEqual((await quote(stack, order)).json.tickets, [tickets[0], tickets[2]]);
        accepted(await cancel(stack, order), 2 * PRICE, 0);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
    });

    test('two at once', async () => {
        const { order, tickets } = await paid({ quantity: 3, left: 8 });
        const answers = await Promise.all([tickets[0], tickets[1]].map((id) => cancel(stack, order, { tickets: [id] })));
        for (const answer of answers) accepted(answer, PRICE, 0);
        assert.deepEqual(await statesOf(order), ['partially_cancelled', 'partially_refunded']);
        const same = await Promise.all(Array.from({ length: 6 }, () => cancel(stack, order, { tickets: [tickets[2]] })));
        assert.deepEqual(same.map((a) => a.status).sort(), [202, 409, 409, 409, 409, 409]);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
        assert.equal((await paymentOf(stack, order)).json.cancels.length, 3);
        const both = await paid({ left: 8 });
        await Promise.all(both.tickets.map((id) => cancel(stack, both.order, { tickets: [id] })));
        assert.deepEqual(await statesOf(both.order), ['cancelled', 'refunded'], 'whichever was the last one');
    });

    test('a quote that is no longer true', async () => {
        const { order, tickets } = await paid({ quantity: 2 });
        const { quote_id } = (await quote(stack, order)).json;
        refused(await cancel(stack, order, { quote_id, tickets: [tickets[0]] }), 409, 'QUOTE_CHANGED');
        refused(await cancel(stack, order, { quote_id: 'x' }), 409, 'QUOTE_CHANGED');
        await stack.sql.text(`UPDATE booking.orders SET visit_date = '${day(9)}' WHERE order_number = '${order.order_number}'`);
        refused(await cancel(stack, order, { quote_id }), 409, 'QUOTE_CHANGED');
        assert.deepEqual(await ticketStates(order), ['valid', 'valid']);
        accepted(await cancel(stack, order, { quote_id: (await quote(stack, order)).json.quote_id }), 2 * PRICE, 0);
    });

    test('unpaid, and for nothing', async () => {
        const exhibition = await onSale();
        const order = await makeOrder(stack, exhibition);
        const key = randomUUID();
        const answer = await cancel(stack, order, { key });
        assert.deepEqual([answer.status, answer.json], [200, { order_number: order.order_number, status: 'cancelled' }]);
        assert.equal((await cancel(stack, order, { key })).text, answer.text);
        refused(await cancel(stack, order), 409, 'INVALID_STATE');
        const free = await makeOrder(stack, await onSale({ products: [{ total: 5, price: 0 }] }), { visit_date: day(3) });
        orders.push(free);
        assert.equal((await initialize(stack, free)).status, 200);
        accepted(await cancel(stack, free), 0, 0);
        assert.deepEqual(await statesOf(free), ['cancelled', 'refunded']);
        assert.deepEqual(await stack.toss.calls({ order_id: `F${free.order_number}` }), [], 'Toss never hears of it');
    });

    test('somebody is inside', async () => {
        const { order, tickets } = await paid();
        await enter(order, tickets[0]);
        for (const answer of [await quote(stack, order), await cancel(stack, order), await cancel(stack, order, { tickets: [tickets[0]] })]) {
            refused(answer, 409, 'INVALID_STATE');
            assert.deepEqual(answer.json.entered, [tickets[0]]);
        }
        accepted(await cancel(stack, order, { tickets: [tickets[1]] }), 13_500, 1_500);
        assert.deepEqual(await statesOf(order), ['partially_cancelled', 'partially_refunded']);
        assert.deepEqual(await ticketStates(order), ['entered', 'void']);
    });

    test('in between somebody goes in', async () => {
        const { order, tickets } = await paid();
        const id = await idOf(order);
        const refund_id = `${'0'.repeat(24)}${String(id).padStart(8, '0')}`;
        await stack.sql.text(`
            INSERT INTO payment.refunds (refund_id, kind, attempt, order_number, exhibition_id, tickets, amount, reason, state, due_at)
            SELECT '${refund_id}', 'buyer', id, order_number, exhibition_id, '{${tickets}}', ${2 * PRICE}, 'x', 'requested', now() + interval '1 hour'
            FROM payment.attempts WHERE order_number = '${order.order_number}'`);
        await enter(order, tickets[1]);
        await stack.sql.text(`UPDATE payment.refunds SET due_at = now() WHERE refund_id = '${refund_id}'`);
        await settled(stack, order);
        assert.deepEqual(await cancelsOf(order), [['rejected', 2 * PRICE, 0]]);
        assert.deepEqual(await ticketStates(order), ['valid', 'entered']);
    });
});

describe('while a payment is under way', () => {
    test('paid in the end: given back by the rules of the day', async () => {
        const order = await makeOrder(stack, await onSale(), { quantity: 2, visit_date: day(3) });
        orders.push(order);
        const bought = await checkout(stack, order);
        await stack.toss.hold('toss.confirm');
        const confirming = confirm(stack, bought);
        await becomes(order, 'paying');
        const [first, second] = [await cancel(stack, order), await cancel(stack, order)];
        assert.equal(accepted(first, 0, 0).refund_id, accepted(second, 0, 0).refund_id, 'a wish is noted once');
        refused(await cancel(stack, order, { tickets: [1] }), 409, 'INVALID_STATE');
        await stack.toss.reset();
        assert.equal((await confirming).status, 200);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
        assert.deepEqual(await cancelsOf(order), [['done', 27_000, 3_000]]);
    });

    test('refused in the end: simply cancelled', async () => {
        const order = await makeOrder(stack, await onSale(), { visit_date: day(3) });
        orders.push(order);
        const bought = await checkout(stack, order);
        await stack.toss.fault({ target: 'toss.confirm', mode: 'timeout_before' });
        await stack.toss.fault({ target: 'toss.confirm', mode: 'error', code: 'REJECT_CARD_COMPANY' });
        const confirming = confirm(stack, bought);
        await becomes(order, 'paying');
        accepted(await cancel(stack, order), 0, 0);
        await confirming;
        const states = await statesOf(order);
        assert.equal(states[0], 'cancelled', states.join());
    });

    test('an account that waits is closed', async () => {
        const bought = await buy(stack, await onSale(), { method: 'virtual_account', visit_date: day(3) });
        orders.push(bought.order);
        accepted(await cancel(stack, bought.order), 0, 0);
        assert.equal((await statesOf(bought.order))[0], 'cancelled');
        assert.equal((await atToss(bought)).status, 'CANCELED');
        assert.deepEqual(await cancelsOf(bought.order), [], 'nothing to give back');
    });

    test('a deposit that the bank took back', async () => {
        const { order, payment_key } = await paid({ deposit: true });
        await stack.toss.deposit(payment_key, { reverse: true });
        await becomes(order, 'awaiting_deposit');
        refused(await quote(stack, order), 409, 'INVALID_STATE');
        refused(await cancel(stack, order, { refund_account: refundAccount() }), 409, 'INVALID_STATE');
        await stack.toss.deposit(payment_key);
        await becomes(order, 'paid');
        accepted(await cancel(stack, order, { refund_account: refundAccount() }), 27_000, 3_000);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
    });
});

describe('deposits go back to an account', () => {
    test('which is needed at once, reaches Toss, and is stored sealed', async () => {
        const { order, payment_key, tickets } = await paid({ deposit: true });
        const missing = await cancel(stack, order);
        refused(missing, 422, 'VALIDATION_FAILED');
        assert.deepEqual(
            missing.json.errors.map((e) => e.field),
            ['refund_account'],
        );
        const account = refundAccount();
        for (const [wrong, field] of [
            [{ bank: '8' }, 'bank'],
            [{ account_number: '9876543210a' }, 'account_number'],
            [{ holder_name: ' ' }, 'holder_name'],
            [{ more: 1 }, 'more'],
        ]) {
            const answer = await cancel(stack, order, { refund_account: { ...account, ...wrong } });
            refused(answer, 422, 'VALIDATION_FAILED');
            assert.deepEqual(
                answer.json.errors.map((e) => e.field),
                [`refund_account.${field}`],
            );
        }
        const hyphens = account.account_number.replace(/^(...)/, '$1-');
        const { refund_id } = accepted(
            await cancel(stack, order, { tickets: [tickets[0]], refund_account: { ...account, account_number: hyphens } }),
            13_500,
            1_500,
        );
        const { account: sealed } = await refundRow(refund_id);
        assert.ok(sealed && !sealed.includes(account.account_number));
        assert.deepEqual(await statesOf(order), ['partially_cancelled', 'partially_refunded']);
        assert.equal((await atToss({ payment_key })).balanceAmount, 2 * PRICE - 13_500);
        await stack.sql.text(`UPDATE payment.refunds SET done_at = now() - interval '31 days' WHERE refund_id = '${refund_id}'`);
        await until('the account is forgotten', async () => (await refundRow(refund_id)).account === null, { ms: 90_000, every: 500 });
    });

    test('one that the bank does not know is asked for again, from the buyer', async () => {
        const { order, exhibition } = await paid({ deposit: true });
        await nextCancel('INVALID_REFUND_ACCOUNT_NUMBER');
        const { refund_id } = accepted(await cancel(stack, order, { refund_account: refundAccount() }), 27_000, 3_000);
        await reaches(refund_id, 'needs_account');
        assert.equal((await refundRow(refund_id)).account, null);
        assert.deepEqual(await cancelsOf(order), [['needs_account', 27_000, 3_000]]);
        const [row] = await stuckOf(order, { exhibitions: exhibition.code });
        assert.partialDeepStrictEqual(row, {
            kind: 'buyer',
            state: 'needs_account',
            last_error: 'INVALID_REFUND_ACCOUNT_NUMBER',
            next_at: null,
            amount: 27_000,
        });
        assert.match(row.next_step, /계좌/);
        assert.match((await stuckOf(order, { headers: { 'Accept-Language': 'en' } }))[0].next_step, /account/);
        refused(await cancel(stack, order), 409, 'INVALID_STATE');
        assert.equal(accepted(await cancel(stack, order, { refund_account: refundAccount() }), 27_000, 3_000).refund_id, refund_id);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
        assert.deepEqual(await stuckOf(order), []);
    });

    test('staff cancels without one and gives it later', async () => {
        const { order } = await paid({ deposit: true });
        const { refund_id } = accepted(await byStaff(order, { waive_fee: true }), 2 * PRICE, 0);
        await reaches(refund_id, 'needs_account');
        accepted(await byStaff(order, { refund_account: refundAccount() }), 2 * PRICE, 0);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
    });

    test('a bank that is closed is asked again', async () => {
        const { order } = await paid({ deposit: true });
        await nextCancel('NOT_AVAILABLE_BANK');
        accepted(await cancel(stack, order, { refund_account: refundAccount() }), 27_000, 3_000);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
    });
});

describe('by staff', () => {
    test('past the last day with its fee, or without', async () => {
        const exhibition = await onSale();
        const [one, two] = [await paid({ exhibition, left: 0 }), await paid({ exhibition, left: 0 })];
        accepted(await byStaff(one.order), 27_000, 3_000);
        accepted(await byStaff(two.order, { waive_fee: true, tickets: [two.tickets[0]] }, { role: 'finance' }), PRICE, 0);
        assert.deepEqual(await statesOf(one.order), ['cancelled', 'refunded']);
        assert.deepEqual(await statesOf(two.order), ['partially_cancelled', 'partially_refunded']);
        const facts = await stack.sql.rows(`SELECT payload FROM payment.events WHERE type = 'audit' AND entity = '${two.order.order_number}'`);
        assert.equal(facts.length, 1);
        assert.partialDeepStrictEqual(facts[0].payload, { action: 'order.patch', exhibition_code: exhibition.code, reason: '고객 요청', role: 'finance' });
        assert.equal(facts[0].payload.after.fee_waived, true);
    });

    test('who may, and what is passed on', async () => {
        const { order, exhibition } = await paid();
        for (const role of ['staff', 'viewer']) refused(await byStaff(order, {}, { role }), 403, 'FORBIDDEN');
        refused(await byStaff(order, {}, { exhibitions: 'another' }), 404, 'NOT_FOUND');
        refused(await byStaff(order, { reason: undefined }), 422, 'VALIDATION_FAILED');
        refused(await byStaff(order, { unknown: 1 }), 422, 'VALIDATION_FAILED');
        const path = `/api/admin/orders/${await idOf(order)}`;
        const noted = await stack.http.patch(path, { memo: '단골' }, { token: stack.token('staff', exhibition.code) });
        assert.deepEqual([noted.status, noted.json.memo], [200, '단골']);
        refused(await stack.http.patch(path, { memo: 'x' }, { token: stack.token('finance') }), 403, 'FORBIDDEN');
        refused(await stack.http.patch(path, { status: 'paid', reason: 'x' }, { token: stack.token('manager') }), 409, 'INVALID_STATE');
        const unpaid = await makeOrder(stack, exhibition);
        const gone = await byStaff(unpaid);
        assert.deepEqual([gone.status, gone.json?.status], [200, 'cancelled'], gone.text);
        refused(await byStaff(unpaid), 409, 'INVALID_STATE');
        refused(
            await stack.http.patch('/api/admin/orders/999999999', { status: 'cancelled', reason: 'x' }, { token: stack.token('manager') }),
            404,
            'NOT_FOUND',
        );
        const key = randomUUID();
        const first = await byStaff(order, {}, { key });
        accepted(first, 27_000, 3_000);
        assert.equal((await byStaff(order, {}, { key })).text, first.text);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
    });
});

describe('what others do', () => {
    const isRefunded = (order) => until('refunded', async () => (await orderOf(stack, order)).payment_status === 'refunded', { ms: 20_000 });
    /** What booking was told to be back of the payment: sheets show it. */
    const toldBack = (order) =>
        stack.sql.value(`SELECT max(r.refunded)::int FROM booking.refunds r JOIN booking.orders o ON o.id = r.order_id
            WHERE o.order_number = '${order.order_number}'`);

    test('all of it cancelled in the console', async () => {
        const { order, exhibition, payment_key, tickets } = await paid();
        const before = await available(exhibition);
        await stack.toss.cancel(payment_key, { reason: '전화 요청' });
        await isRefunded(order);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
        assert.deepEqual(await cancelsOf(order), [['done', 2 * PRICE, 0]]);
        assert.equal(await toldBack(order), 2 * PRICE);
        assert.equal(await available(exhibition), before + tickets.length);
        refused(await cancel(stack, order), 409, 'INVALID_STATE');
    });

    test('all of it, with somebody inside', async () => {
        const { order, payment_key, tickets } = await paid();
        await enter(order, tickets[0]);
        await stack.toss.cancel(payment_key);
        await isRefunded(order);
        await settled(stack, order);
        assert.deepEqual(await ticketStates(order), ['entered', 'void']);
        disagrees(order); // a ticket was used whose money went back
    });

    test('a part of it: named for a person, noted once, and never given back twice', async () => {
        const { order, exhibition, payment_key } = await paid({ left: 8 });
        await stack.toss.fault({ target: 'toss.webhook', mode: 'duplicate_webhook', times: 2 });
        await stack.toss.cancel(payment_key, { amount: 10_000 });
        await until('known', async () => (await cancelsOf(order)).length === 1, { ms: 20_000 });
        await settled(stack, order);
        assert.deepEqual(await cancelsOf(order), [['done', 10_000, 0]]);
        assert.deepEqual(await ticketStates(order), ['valid', 'valid'], 'for which tickets nobody has said');
        const [row] = await stuckOf(order, { exhibitions: exhibition.code });
        assert.partialDeepStrictEqual(row, { kind: 'external', state: 'done', amount: 10_000, next_at: null });
        assert.deepEqual(await stuckOf(order, { exhibitions: 'another' }), []);
        accepted(await cancel(stack, order), 2 * PRICE - 10_000, 0);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
        assert.equal((await atToss({ payment_key })).balanceAmount, 0);
        assert.equal(await toldBack(order), 2 * PRICE, 'the part from the console too');
        assert.deepEqual(await stuckOf(order), []);
    });

    test('the console is faster than our cancel', async () => {
        const { order, payment_key, tickets } = await paid({ left: 8, quantity: 3 });
        await stack.toss.hold('toss.cancel');
        await stack.toss.fault({ target: 'toss.webhook', mode: 'drop_webhook', times: 1 });
        accepted(await cancel(stack, order, { tickets: [tickets[0]] }), PRICE, 0);
        await stack.toss.called('toss.cancel', payment_key);
        await stack.toss.cancel(payment_key, { amount: 5_000 });
        await stack.toss.reset();
        await settled(stack, order);
        assert.deepEqual((await cancelsOf(order)).map((c) => c[1]).sort(), [PRICE, 5_000]);
        assert.equal((await atToss({ payment_key })).balanceAmount, 3 * PRICE - PRICE - 5_000);
        disagrees(order); // nobody has said which ticket the 5,000 won were for
    });

    test('Toss refuses: the tickets are valid again, and a person hears of it', async () => {
        const { order, exhibition } = await paid();
        await nextCancel('NOT_CANCELABLE_PAYMENT');
        const { refund_id } = accepted(await cancel(stack, order), 27_000, 3_000);
        await reaches(refund_id, 'rejected');
        assert.deepEqual(await statesOf(order), ['paid', 'paid']);
        assert.deepEqual(await ticketStates(order), ['valid', 'valid']);
        assert.deepEqual(await cancelsOf(order), [['rejected', 27_000, 3_000]]);
        const [row] = await stuckOf(order, { exhibitions: exhibition.code });
        assert.partialDeepStrictEqual(row, { state: 'rejected', last_error: 'NOT_CANCELABLE_PAYMENT', next_at: null });
        accepted(await cancel(stack, order), 27_000, 3_000);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
        assert.deepEqual(await stuckOf(order), []);
    });

    for (const [mode, code] of [['timeout_after_success'], ['timeout_before'], ['error', 'PROVIDER_ERROR'], ['error', 'FAILED_REFUND_PROCESS']])
        test(`an outcome that nobody knows (${code ?? mode}) is looked up, never guessed`, async () => {
            const { order, payment_key } = await paid();
            await stack.toss.fault({ target: 'toss.cancel', mode, code });
            accepted(await cancel(stack, order), 27_000, 3_000);
            assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
            assert.equal((await atToss({ payment_key })).cancels.length, 1);
        });
});
