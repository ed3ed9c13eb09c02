// Booking's calls as the payment service makes them, and what became of an order.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { addExhibition, orderFor, visible } from './fixture.mjs';
import { until } from './wait.mjs';

export const PRICE = 1000;
export const attempt = () => `att-${randomUUID()}`;
export const refund = () => `ref-${randomUUID()}`;

/** The calls over one stack. */
export function payOps(stack) {
    let shared;
    const ops = {
        exhibitionWith: async (options) => {
            const exhibition = await addExhibition(stack.sql, { products: [{ total: 1000, price: PRICE }], ...options });
            await visible(stack.http, exhibition);
            return exhibition;
        },
        /** An order of `of`, or of an exhibition that everybody shares. */
        reserve: async (of, options) => {
            shared ??= ops.exhibitionWith();
            const answer = await stack.http.post('/api/orders', orderFor(of ?? (await shared), options));
            assert.equal(answer.status, 201, answer.text);
            return answer.json;
        },
        call: (op, body, options) => stack.bus.call(op, body, { caller: 'payment', ...options }),
        /** The answer's body; anything but OK fails. */
        done: async (op, body, options) => {
            const reply = await ops.call(op, body, options);
            assert.equal(reply.status, 'OK', `${op} ${JSON.stringify(body)}: ${JSON.stringify(reply)}`);
            return reply.body;
        },
        refused: async (op, body, status, options) => {
            const reply = await ops.call(op, body, options);
            assert.equal(reply.status, status, `${op} ${JSON.stringify(body)}: ${JSON.stringify(reply)}`);
            return reply.body;
        },
        begin: (order, attempt_id) => ops.done('begin_payment', { attempt_id, order_number: order.order_number, amount: order.total_amount }),
        /** An order with its money and tickets: {...order, attempt, tickets: [ids]}. */
        paid: async (of, options) => {
            const order = { ...(await ops.reserve(of, options)), attempt: attempt() };
            if (order.total_amount > 0) await ops.begin(order, order.attempt);
            const { order_number, total_amount: amount } = order;
            await ops.done('mark_paid', { attempt_id: order.attempt, order_number, amount, payment_method: 'card', payment_key: 'pk-1' });
            return { ...order, tickets: (await ops.ticketsOf(order)).map((t) => t.id) };
        },
        /** The gate tells that these, besides whoever is, are inside: tickets of one order. */
        enter: async (...tickets) => {
            const note = await stack.sql.row(`SELECT order_number, entries_version + 1 AS version, token_version,
                (SELECT json_agg(json_build_object('ticket', id, 'at', now())) FROM booking.tickets
                 WHERE order_id = o.id AND (status = 'entered' OR id IN (${tickets}))) AS entered
                FROM booking.orders o WHERE id = (SELECT order_id FROM booking.tickets WHERE id = ${tickets[0]})`);
            await ops.done('note_entries', { orders: [note] }, { caller: 'entrance' });
        },
        stateOf: (order) => stack.sql.row(`SELECT * FROM booking.orders WHERE order_number = '${order.order_number}'`),
        ticketsOf: (order) =>
            stack.sql.rows(`SELECT t.* FROM booking.tickets t JOIN booking.orders o ON o.id = t.order_id
            WHERE o.order_number = '${order.order_number}' ORDER BY t.id`),
        ticketStates: async (order) => (await ops.ticketsOf(order)).map((t) => t.status),
        /** Types of the order's events by version, without "order." */
        eventsOf: async (order) =>
            (await stack.sql.rows(`SELECT type, version FROM booking.events WHERE entity = '${order.order_number}' ORDER BY version`)).map((e, i) => {
                assert.equal(e.version, i + 1, 'a fact per version');
                return e.type.replace('order.', '');
            }),
        available: async (exhibition) => (await stack.sql.pool(exhibition.products[0].pool_id)).available,
        /** The time of these holds is over. */
        overdue: (...orders) =>
            stack.sql.text(`UPDATE booking.orders SET expires_at = now() - interval '1 second'
                WHERE order_number IN (${orders.map((o) => `'${o.order_number}'`)})`),
        expireNow: async (order) => {
            await ops.overdue(order);
            await until('expired', async () => (await ops.stateOf(order)).status === 'expired', { ms: 15_000 });
        },
    };
    return ops;
}
