// Four books keep the same money: booking's order, svc-payment's rows, its ledger, and Toss. They must agree.
import assert from 'node:assert/strict';
import { runAudit } from './audit.mjs';
import { day } from './fixture.mjs';
import { orderOf, paymentOf, settled } from './pay.mjs';
import { HOME_MS } from './trouble.mjs';
import { parallel, until } from './wait.mjs';

const WIDTH = 16;
const sum = (items, of) => items.reduce((total, item) => total + Number(of(item)), 0);

/** Won that each book says we hold for an order. */
async function heldBy(stack, order) {
    const number = `'${order.order_number}'`;
    const shown = await orderOf(stack, order);
    const answer = await paymentOf(stack, order);
    const rows = await stack.sql.row(`SELECT
        (SELECT coalesce(sum(price), 0) FROM booking.tickets t JOIN booking.orders o ON o.id = t.order_id
            WHERE o.order_number = ${number} AND t.status <> 'void') AS tickets,
        (SELECT coalesce(json_object_agg(account, won), '{}') FROM (
            SELECT account, sum(won) AS won FROM payment.ledger l JOIN payment.attempts a ON a.id = l.attempt,
                LATERAL (VALUES (l.debit, l.amount), (l.credit, -l.amount)) p (account, won)
            WHERE a.order_number = ${number} GROUP BY account) x) AS ledger,
        (SELECT coalesce(json_agg(attempt_id), '[]') FROM payment.attempts WHERE order_number = ${number} AND payment_key IS NOT NULL) AS attempts`);
    const toss = (await Promise.all(rows.attempts.map((order_id) => stack.toss.payments({ order_id })))).flat();
    const charged = toss.filter((p) => ['DONE', 'CANCELED', 'PARTIAL_CANCELED'].includes(p.status) && p.approvedAt);
    return {
        shown,
        answer,
        rows,
        toss: sum(charged, (p) => p.balanceAmount),
        charged: sum(charged, (p) => p.totalAmount),
        live: charged.filter((p) => p.balanceAmount > 0).length,
    };
}

async function agrees(stack, order) {
    const { shown, answer, rows, toss, charged, live } = await heldBy(stack, order);
    const name = `${order.order_number} (${shown.status}, ${shown.payment_status})`;
    const { provider = 0, received = 0, owed = 0, sales = 0, fees = 0 } = rows.ledger;
    assert.equal(provider, toss, `${name}: the ledger holds what Toss holds`);
    assert.deepEqual([received, owed], [0, 0], `${name}: no money without a place`);
    assert.equal(0 - sales, Number(rows.tickets), `${name}: what was sold is what the valid tickets cost`);
    assert.equal(provider + sales + fees, 0, `${name}: debits and credits`);
    assert.ok(live <= 1, `${name}: charged ${live} times`);
    if (['reserved', 'paying', 'awaiting_deposit', 'expired'].includes(shown.status)) assert.equal(toss, 0, `${name}: no order, no money`);
    if (shown.status === 'paid') assert.equal(toss, shown.total_amount, `${name}: paid in full`);
    if (answer.status === 404) {
        assert.equal(toss, 0, `${name}: money that svc-payment does not show`);
        return;
    }
    assert.equal(answer.json.payment_status, shown.payment_status, `${name}: both services say the same`);
    const back = sum(
        answer.json.cancels.filter((c) => c.status === 'done'),
        (c) => c.amount,
    );
    if (['paid', 'partially_refunded', 'refunded'].includes(shown.payment_status))
        assert.equal(toss, charged - back, `${name}: the refunds shown are those at Toss`);
}

/**
 * Order, payment, ledger and Toss agree about each of these orders, once everything has settled; the audits of all services
 * and today's comparison with Toss's list of transactions find nothing.
 */
export async function booksAgree(stack, orders, { ms = 30_000 } = {}) {
    await settled(stack, orders, { ms });
    await parallel(orders.length, WIDTH, (i) => until('the books agree', () => agrees(stack, orders[i]).then(() => true), { ms: HOME_MS, every: 200 }));
    await auditsAgree(stack);
}

/** What holds over all orders of a stack: each service is asked for differences by its own program. */
export async function auditsAgree(stack, patience = HOME_MS) {
    await stack.audit(patience);
    const { DATABASE_ADMIN_URL } = stack.engines.env;
    const calm = async ([daemon], name, ...args) => {
        const run = () => runAudit(name, { ...daemon.env, DATABASE_ADMIN_URL }, ...args);
        if (daemon) await until(`${name} finds 0 differences`, run, { ms: patience, every: 500 });
    };
    await calm(stack.payment, 'payment-audit');
    await calm(stack.payment, 'reconcile', day());
    await calm(stack.entrance, 'entrance-audit');
    await calm(stack.notify, 'notify-audit');
    await calm(stack.admin, 'admin-audit');
}
