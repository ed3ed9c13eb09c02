// A purchase, step by step. A "bought" is what the buyer's browser brings back from Toss, with the order: what confirm needs.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { orderFor } from './fixture.mjs';
import { until } from './wait.mjs';

/** An account for refunds that nobody else uses. */
export const refundAccount = () => ({ bank: '88', account_number: `110${randomInt(1e8, 1e9)}`, holder_name: '홍길동' });

/** → {order_number, order_token, total_amount, …}. Options: those of orderFor(). */
export async function makeOrder(stack, exhibition, options) {
    const body = orderFor(exhibition, options);
    stack.mustNotLog(body.customer_phone);
    const answer = await stack.http.post('/api/orders', body);
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
}

/** The answer. Members of the body may be given otherwise. */
export function initialize(stack, order, { key, ...members } = {}) {
    const body = { order_number: order.order_number, amount: order.total_amount, customer_name: '홍길동', ...members };
    return stack.http.post('/api/payments/initialize', body, { key });
}

/** Opens a window and does what a buyer does in it. method: card | transfer | virtual_account. → a bought. */
export async function checkout(stack, order, { method = 'card', result = 'success' } = {}) {
    const answer = await initialize(stack, order, { method });
    assert.equal(answer.status, 200, answer.text);
    return { order, ...(await stack.toss.checkout(answer.json.payment_key, { result, method })) };
}

/** The answer. Members of the body may be given otherwise. */
export function confirm(stack, bought, { key, ...members } = {}) {
    const { payment_key, order_id, amount } = bought;
    return stack.http.post('/api/payments/confirm', { payment_key, order_id, amount, ...members }, { key });
}

/** Order, window, confirm: → a bought with `confirmed`, the body of the confirm (of 200). */
export async function buy(stack, exhibition, { method, ...options } = {}) {
    const bought = await checkout(stack, await makeOrder(stack, exhibition, options), { method });
    const answer = await confirm(stack, bought);
    assert.equal(answer.status, 200, answer.text);
    if (answer.json.virtual_account) stack.mustNotLog(answer.json.virtual_account.account_number);
    return { ...bought, confirmed: answer.json };
}

/** Bought by deposit account, and deposited. */
export async function buyByDeposit(stack, exhibition, options) {
    const bought = await buy(stack, exhibition, { ...options, method: 'virtual_account' });
    await stack.toss.deposit(bought.payment_key);
    await until('the deposit is known', async () => (await orderOf(stack, bought.order)).status === 'paid', { ms: 20_000 });
    return bought;
}

// A question that nobody could answer in its two seconds (503, 504) is asked again.
const ask = async (stack, target, order) => (await stack.http.settle('GET', target, { orderToken: order.order_token })).answer;

export const orderOf = async (stack, order) => (await ask(stack, `/api/orders/${order.order_number}`, order)).json;
/** The answer. */
export const paymentOf = (stack, order) => ask(stack, `/api/payments/${order.order_number}`, order);

/** The answer. Body: {reason, tickets, quote_id, refund_account}. */
export function cancel(stack, order, { key, ...members } = {}) {
    const body = { reason: '일정 변경', ...members };
    if (body.refund_account) stack.mustNotLog(body.refund_account.account_number);
    return stack.http.post(`/api/orders/${order.order_number}/cancel`, body, { orderToken: order.order_token, key });
}

/** The answer of refund-quote; `tickets`: ids. */
export function quote(stack, order, tickets) {
    const query = tickets ? `?tickets=${tickets.join(',')}` : '';
    return ask(stack, `/api/orders/${order.order_number}/refund-quote${query}`, order);
}

/** Ids of the tickets of a paid order. */
export async function ticketsOf(stack, order) {
    const rows = await stack.sql.rows(`SELECT t.id FROM booking.tickets t JOIN booking.orders o ON o.id = t.order_id
        WHERE o.order_number = '${order.order_number}' ORDER BY t.id`);
    return rows.map((row) => row.id);
}

const AT_REST = `'ready', 'waiting', 'paid', 'failed', 'returned'`;
const ENDED = `'done', 'rejected', 'dropped', 'needs_account'`;

/** Sagas of these orders that still have something to do: [{order_number, saga, state, failure_code}]. */
export function unsettled(stack, orders) {
    const numbers = orders.map((o) => `'${o.order_number}'`).join(', ');
    return stack.sql.rows(`SELECT order_number, 'attempt' AS saga, state, failure_code FROM payment.attempts
            WHERE order_number IN (${numbers}) AND state NOT IN (${AT_REST})
        UNION ALL SELECT order_number, 'refund', state, failure_code FROM payment.refunds
            WHERE order_number IN (${numbers}) AND state NOT IN (${ENDED})`);
}

/** Until no payment that has ended is about to be looked at once more, for money that came late. */
export function looked(stack, ms) {
    const due = `SELECT count(*)::int AS n FROM payment.attempts WHERE state IN ('paid', 'failed') AND due_at IS NOT NULL`;
    return until('nothing is about to be looked up', async () => (await stack.sql.value(due)) === 0, { ms, every: 200 });
}

const FAR_MS = 30_000; // until a webhook that nobody took comes again

/** Until Toss has told all that has happened, and whoever was told has looked: what is seen of payments from here on has causes of its own. */
export function heard(stack, { ms = 30_000 } = {}) {
    const open = `SELECT count(*)::int FROM payment.attempts WHERE lease_until > now()
        OR state NOT IN ('opening', 'ready', 'returning', 'returned') AND asked_at > coalesce(looked_at, '-infinity')`;
    const told = ({ state, next_in_ms }) => ['delivered', 'dropped'].includes(state) || next_in_ms > FAR_MS;
    return until('all has been heard', async () => (await stack.toss.webhooks()).every(told) && (await stack.sql.value(open)) === 0, { ms, every: 100 });
}

/** Until nothing is under way for one order, or for several any more; returns the (first) order. */
export async function settled(stack, orders, { ms = 30_000 } = {}) {
    const all = [orders].flat();
    await until(
        'everything is settled',
        async () => {
            const open = await unsettled(stack, all);
            assert.deepEqual(open.slice(0, 5), []);
            return true;
        },
        { ms, every: 100 },
    );
    return orderOf(stack, all[0]);
}
