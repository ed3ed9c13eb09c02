// What tests of refunds share: orders that are paid, and what became of them in every book.
import assert from 'node:assert/strict';
import { booksAgree } from './books.mjs';
import { addExhibition, day, visible } from './fixture.mjs';
import { offlineScan, staffAt } from './gate.mjs';
import { buy, buyByDeposit, orderOf, paymentOf, settled, ticketsOf } from './pay.mjs';
import { useStack } from './stack.mjs';
import { ticketsWithCodes } from './tickets.mjs';
import { until } from './wait.mjs';

export const PRICE = 15_000;
export const STEPS = [
    { days_before: 7, fee_percent: 0 },
    { days_before: 1, fee_percent: 10 },
];

const WAIT_MS = 30_000; // a step that failed twice is tried again after 15 s, a payment is looked up every 5 s at most

/** Two replicas of everything; the books of all orders that paid() made agree in the end. */
export function useGiving() {
    const orders = [];
    // What Toss holds back is given up late: a test and a machine that stands still for a moment must come first.
    const paymentEnv = { DEPOSIT_POLL_SECONDS: '1', TOSS_TIMEOUT_SECONDS: '8' };
    const stack = useStack({ replicas: 2, payment: 2, paymentEnv }, { finish: () => booksAgree(stack, orders) });

    const giving = {
        stack,
        orders,
        onSale: async (options) => {
            const exhibition = await addExhibition(stack.sql, { products: [{ total: 100, price: PRICE }], refund_policy: STEPS, ...options });
            await visible(stack.http, exhibition);
            return exhibition;
        },
        /** A paid order with its tickets; `left`: days until the visit. */
        paid: async ({ exhibition, left = 3, quantity = 2, deposit = false } = {}) => {
            const at = exhibition ?? (await giving.onSale());
            const bought = await (deposit ? buyByDeposit : buy)(stack, at, { quantity, visit_date: day(left) });
            orders.push(bought.order);
            return { ...bought, exhibition: at, tickets: await ticketsOf(stack, bought.order) };
        },
        /** Nobody but a person could make its books agree. */
        disagrees: (order) => orders.splice(orders.indexOf(order), 1),
        /** Status and payment status once nothing is under way. */
        statesOf: async (order) => {
            const { status, payment_status } = await settled(stack, order);
            return [status, payment_status];
        },
        cancelsOf: async (order) => (await paymentOf(stack, order)).json.cancels.map((c) => [c.status, c.amount, c.fee]),
        atToss: async (bought) => (await stack.toss.payments({ payment_key: bought.payment_key }))[0],
        idOf: async (order) => (await stack.sql.row(`SELECT id FROM booking.orders WHERE order_number = '${order.order_number}'`)).id,
        ticketStates: async (order) =>
            (
                await stack.sql.rows(`SELECT t.status FROM booking.tickets t JOIN booking.orders o ON o.id = t.order_id
                    WHERE o.order_number = '${order.order_number}' ORDER BY t.id`)
            ).map((t) => t.status),
        /** Somebody goes in with this ticket, whatever its day: told by a scanner that was cut off. */
        enter: async (order, ticket) => {
            const { tickets } = await ticketsWithCodes(stack, order, { ms: WAIT_MS });
            const { qr_code } = tickets.find(({ id }) => id === ticket);
            const { status, text } = await staffAt(stack).sync([offlineScan(qr_code)]);
            assert.equal(status, 200, text);
            await until(
                'booking knows who is inside',
                async () => (await stack.sql.value(`SELECT status FROM booking.tickets WHERE id = ${ticket}`)) === 'entered',
                { ms: WAIT_MS },
            );
        },
        available: async (exhibition) => (await stack.sql.pool(exhibition.products[0].pool_id)).available,
        refundRow: (id) => stack.sql.row(`SELECT * FROM payment.refunds WHERE refund_id = '${id}'`),
        reaches: (id, state) => until(`refund ${state}`, async () => (await giving.refundRow(id)).state === state, { ms: WAIT_MS }),
        becomes: (order, status) => until(`order ${status}`, async () => (await orderOf(stack, order)).status === status, { ms: WAIT_MS }),
        /** An error of Toss for the next cancel (`times`: so many, 0: all until reset), nothing executed. */
        nextCancel: (code, { times } = {}) => stack.toss.fault({ target: 'toss.cancel', mode: 'error', code, times }),
        /** Cancelled by staff. `exhibitions`: their scope. */
        byStaff: async (order, body, { role = 'manager', exhibitions, key } = {}) => {
            const json = { status: 'cancelled', reason: '고객 요청', ...body };
            if (json.refund_account) stack.mustNotLog(json.refund_account.account_number);
            return stack.http.patch(`/api/admin/orders/${await giving.idOf(order)}`, json, { token: stack.token(role, exhibitions), key });
        },
        /** The order's rows in the list of what is stuck. */
        stuckOf: async (order, { exhibitions, headers } = {}) => {
            const answer = await stack.http.get('/api/admin/payments/stuck?limit=200', { token: stack.token('finance', exhibitions), headers });
            assert.equal(answer.status, 200, answer.text);
            return answer.json.stuck.filter((row) => row.order_number === order.order_number);
        },
    };
    return giving;
}

export const refused = (answer, status, code) => assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
/** The body of a 202 with these amounts. */
export function accepted(answer, amount, fee) {
    assert.equal(answer.status, 202, answer.text);
    assert.deepEqual([answer.json.refund_amount, answer.json.fee], [amount, fee], answer.text);
    return answer.json;
}
