// Giving back, when something else happens to the same money or the same order in the meantime.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { PRICE, accepted, refused, useGiving } from './lib/giving.mjs';
import { pausedFor } from './lib/pause.mjs';
import { buy, cancel, checkout, confirm, heard, makeOrder, refundAccount, settled } from './lib/pay.mjs';
import { until } from './lib/wait.mjs';

const SLOW_MS = 2800; // longer than a transaction may stand idle, and less than a call waits
const CALL_MS = 4000; // a call of svc-payment to booking waits
const RETRY_MS = 2000; // the shortest wait between two tries of a step
const LOOKED_UP = { ms: 20_000 }; // what is heard of a payment is looked up, at most every 5 s

const { stack, orders, onSale, paid, statesOf, cancelsOf, atToss, ticketStates, refundRow, reaches, becomes, nextCancel, byStaff } = useGiving();

describe('money that must go back', () => {
    test('goes back to the last won, whatever the console took of it', async () => {
        const order = await makeOrder(stack, await onSale());
        orders.push(order);
        const bought = await checkout(stack, order);
        await stack.toss.fault({ target: 'toss.confirm', mode: 'error', code: 'REJECT_CARD_COMPANY', execute: true });
        await stack.toss.fault({ target: 'toss.cancel', mode: 'error', code: 'NOT_AVAILABLE_BANK', times: 0 });
        await confirm(stack, bought);
        const { payment_key } = bought;
        const refund = () => stack.sql.row(`SELECT state, failure_code FROM payment.refunds WHERE order_number = '${order.order_number}'`);
        await until('refused for now', async () => (await refund())?.failure_code === 'NOT_AVAILABLE_BANK', LOOKED_UP);
        await stack.toss.cancel(payment_key, { amount: 5_000 });
        await stack.toss.reset();
        await settled(stack, order);
        const { balanceAmount, cancels } = await atToss({ payment_key });
        assert.deepEqual([balanceAmount, cancels.map((c) => c.cancelAmount)], [0, [5_000, order.total_amount - 5_000]]);
        const { state } = await stack.sql.row(`SELECT state FROM payment.attempts WHERE order_number = '${order.order_number}'`);
        assert.equal(state, 'returned');
    });
});

describe('two refunds of one payment', () => {
    const WAY_OF_A_REFUND = 5; // requested, voided, sent, refunded, done

    test('the second rests until the first is through', async () => {
        const { order, tickets } = await paid({ left: 8 });
        await stack.toss.fault({ target: 'toss.cancel', mode: 'delay', ms: 2500 });
        accepted(await cancel(stack, order, { tickets: [tickets[0]] }), PRICE, 0);
        const since = Date.now();
        const { refund_id } = accepted(await cancel(stack, order, { tickets: [tickets[1]] }), PRICE, 0);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
        const { version } = await refundRow(refund_id);
        const tries = 1 + Math.floor((Date.now() - since) / RETRY_MS);
        assert.ok(Number(version) <= WAY_OF_A_REFUND + tries, `moved ${version} times, ${tries} of them in vain at most`);
    });

    test('each gets its account', async () => {
        const { order, tickets } = await paid({ deposit: true });
        const ids = [];
        for (const id of tickets) ids.push(accepted(await byStaff(order, { tickets: [id], waive_fee: true }), PRICE, 0).refund_id);
        for (const id of ids) await reaches(id, 'needs_account');
        const second = accepted(await cancel(stack, order, { tickets: [tickets[1]], refund_account: refundAccount() }), PRICE, 0);
        assert.equal(second.refund_id, ids[1]);
        await reaches(ids[1], 'done');
        assert.equal((await refundRow(ids[0])).state, 'needs_account');
        assert.equal(accepted(await cancel(stack, order, { refund_account: refundAccount() }), PRICE, 0).refund_id, ids[0]);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
    });
});

describe('a wish that is only noted', () => {
    test('takes the account from its repeat', async () => {
        const { order, payment_key } = await buy(stack, await onSale(), { method: 'virtual_account' });
        orders.push(order);
        await stack.toss.fault({ target: 'toss.webhook', mode: 'drop_webhook', times: 2 });
        await stack.toss.hold('toss.get', { times: 0 }); // nobody sees that the deposit has come
        await stack.toss.deposit(payment_key);
        const { refund_id } = accepted(await cancel(stack, order), 0, 0);
        assert.equal(accepted(await cancel(stack, order, { refund_account: refundAccount() }), 0, 0).refund_id, refund_id);
        await stack.toss.reset();
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
    });

    test('is what staff says when both say it', async () => {
        const order = await makeOrder(stack, await onSale());
        orders.push(order);
        const bought = await checkout(stack, order);
        await stack.toss.hold('toss.confirm');
        const confirming = confirm(stack, bought);
        await becomes(order, 'paying');
        const { refund_id } = accepted(await cancel(stack, order), 0, 0);
        assert.equal(accepted(await byStaff(order, { waive_fee: true }), 0, 0).refund_id, refund_id);
        await stack.toss.reset();
        await confirming;
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
        assert.partialDeepStrictEqual(await refundRow(refund_id), { kind: 'staff', fee_waived: true });
    });
});

describe('a deposit that the bank takes back', () => {
    const undone = async ({ order, payment_key }, refund_id) => {
        await becomes(order, 'awaiting_deposit');
        await reaches(refund_id, 'rejected');
        assert.equal((await refundRow(refund_id)).failure_code, 'NO_MONEY');
        assert.deepEqual(await ticketStates(order), ['suspended', 'suspended']);
        await stack.toss.deposit(payment_key);
        await becomes(order, 'paid');
        assert.deepEqual(await ticketStates(order), ['valid', 'valid']);
    };

    test('while it is given back', async () => {
        const bought = await paid({ deposit: true });
        await nextCancel('NOT_AVAILABLE_BANK', { times: 0 });
        const { refund_id } = accepted(await cancel(stack, bought.order, { refund_account: refundAccount() }), 27_000, 3_000);
        await until('refused for now', async () => (await refundRow(refund_id)).failure_code === 'NOT_AVAILABLE_BANK');
        await stack.toss.deposit(bought.payment_key, { reverse: true });
        await stack.toss.reset();
        await undone(bought, refund_id);
    });

    test('before we know', async () => {
        const bought = await paid({ deposit: true });
        await heard(stack); // or the deposit, looked up again, tells
        await stack.toss.fault({ target: 'toss.webhook', mode: 'drop_webhook', times: 2 });
        await stack.toss.deposit(bought.payment_key, { reverse: true });
        const { refund_id } = accepted(await cancel(stack, bought.order, { refund_account: refundAccount() }), 27_000, 3_000);
        await undone(bought, refund_id);
    });

    test('and whose account our cancel then closes, is no refund', async () => {
        const { order, payment_key } = await paid({ deposit: true, left: 8 });
        await heard(stack);
        await stack.toss.hold('toss.cancel');
        await stack.toss.fault({ target: 'toss.webhook', mode: 'drop_webhook', times: 2 });
        const { refund_id } = accepted(await cancel(stack, order, { refund_account: refundAccount() }), 2 * PRICE, 0);
        await reaches(refund_id, 'sent');
        await stack.toss.called('toss.cancel', payment_key);
        await stack.toss.deposit(payment_key, { reverse: true });
        await stack.toss.reset();
        await reaches(refund_id, 'rejected');
        await until(
            'no order',
            async () => (await stack.sql.row(`SELECT state FROM payment.attempts WHERE order_number = '${order.order_number}'`)).state === 'failed',
            LOOKED_UP,
        );
        assert.equal((await atToss({ payment_key })).status, 'CANCELED');
        assert.deepEqual(await ticketStates(order), ['void', 'void']);
    });
});

describe('a refusal', () => {
    test('is not believed when the money is back', async () => {
        const { order, tickets } = await paid({ left: 8 });
        await stack.toss.fault({ target: 'toss.cancel', mode: 'error', code: 'NOT_CANCELABLE_PAYMENT', execute: true });
        accepted(await cancel(stack, order, { tickets: [tickets[0]] }), PRICE, 0);
        assert.deepEqual(await statesOf(order), ['partially_cancelled', 'partially_refunded']);
        assert.deepEqual(await ticketStates(order), ['void', 'valid']);
    });

    test('that was none after all is booked', async () => {
        const { order, payment_key } = await paid({ left: 8 });
        await nextCancel('NOT_CANCELABLE_PAYMENT');
        const { refund_id } = accepted(await cancel(stack, order), 2 * PRICE, 0);
        await reaches(refund_id, 'rejected');
        await stack.toss.cancel(payment_key, { reason: `late [${refund_id}]` });
        await until('booked', async () => (await cancelsOf(order)).length === 2, LOOKED_UP);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
    });
});

/** The answer to `ask(key)` while booking stands still, and its key. A machine that makes that last longer than a call waits makes another answer true: once more then. */
async function whileBookingIsSlow(make, ask) {
    for (let tries = 1; ; tries++) {
        const subject = await make();
        const key = randomUUID();
        const since = performance.now();
        const answer = await pausedFor(stack.booking, SLOW_MS, () => ask(subject, key));
        if (performance.now() - since < CALL_MS || tries === 5) return { subject, key, answer };
    }
}

describe('an order without money', () => {
    test('is given up whole or not at all, by whoever may refund', async () => {
        const order = await makeOrder(stack, await onSale());
        refused(await cancel(stack, order, { tickets: [999_999] }), 409, 'INVALID_STATE');
        refused(await byStaff(order, { refund_account: refundAccount() }), 422, 'VALIDATION_FAILED');
        const gone = await byStaff(order, {}, { role: 'finance' });
        assert.deepEqual([gone.status, gone.json?.status], [200, 'cancelled'], gone.text);
        refused(await byStaff(order, {}, { role: 'finance' }), 409, 'INVALID_STATE');
    });

    for (const [who, give] of [
        ['its buyer', (order, key) => cancel(stack, order, { key })],
        ['staff', (order, key) => byStaff(order, {}, { key })],
    ])
        test(`is given up by ${who} while booking is slow`, async () => {
            const free = async () => makeOrder(stack, await onSale());
            const { subject: order, key, answer } = await whileBookingIsSlow(free, give);
            assert.deepEqual([answer.status, answer.json.status], [200, 'cancelled'], answer.text);
            assert.equal((await give(order, key)).text, answer.text);
            refused(await give(order), 409, 'INVALID_STATE');
        });

    test('is paid, and given back while booking is slow', async () => {
        const sold = async () => (await paid({ left: 8 })).order;
        const { subject: order, key, answer } = await whileBookingIsSlow(sold, (o, k) => cancel(stack, o, { key: k }));
        accepted(answer, 2 * PRICE, 0);
        assert.equal((await cancel(stack, order, { key })).text, answer.text);
        assert.deepEqual(await statesOf(order), ['cancelled', 'refunded']);
    });
});
