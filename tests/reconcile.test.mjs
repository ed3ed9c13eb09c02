// The programs that compare, and what staff sees of them: each difference that is planted is named, and nothing else is.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runAudit } from './lib/audit.mjs';
import { day } from './lib/fixture.mjs';
import { PRICE, accepted, refused, useGiving } from './lib/giving.mjs';
import { cancel, heard, settled } from './lib/pay.mjs';
import { until } from './lib/wait.mjs';

const { stack, paid, disagrees, cancelsOf, idOf } = useGiving();

describe('lists for people', () => {
    const token = (exhibitions) => stack.token('finance', exhibitions);
    const compare = (date = day()) =>
        runAudit('reconcile', stack.payment[0].env, date).then(
            () => [],
            (error) => error.message.split('\n').slice(1),
        );
    const audit = () =>
        runAudit('payment-audit', { DATABASE_ADMIN_URL: stack.engines.env.DATABASE_ADMIN_URL }).then(
            () => [],
            (error) => error.message.split('\n').slice(1),
        );
    const stored = (date, exhibitions) => stack.http.get(`/api/admin/reconciliation?date=${date}`, { token: token(exhibitions) });

    test('the comparison names what differs, stores it, and has it looked at', async () => {
        const one = await paid();
        const two = await paid({ left: 8 });
        accepted(await cancel(stack, two.order), 2 * PRICE, 0);
        await settled(stack, [one.order, two.order]);
        await until('nothing differs', async () => (await compare()).length === 0, { every: 500 });
        assert.deepEqual((await stored(day())).json.differences, []);
        await heard(stack); // nobody but the comparison shall find out

        await stack.toss.fault({ target: 'toss.webhook', mode: 'drop_webhook', times: 10 });
        await stack.toss.cancel(one.payment_key, { amount: 1_000 });
        await stack.sql.text(`UPDATE payment.refunds SET transaction_key = 'nobody''s' WHERE order_number = '${two.order.order_number}'`);
        const found = await compare();
        for (const name of ['unknown_cancel', 'cancel_not_listed'])
            assert.ok(
                found.some((line) => line.startsWith(`${name}: order ${name === 'unknown_cancel' ? '' : two.order.order_number}`)),
                found.join('\n'),
            );
        const all = (await stored(day())).json;
        assert.equal(all.differences.length, 3);
        assert.ok(all.compared >= 4);
        const own = (await stored(day(), one.exhibition.code)).json.differences;
        assert.partialDeepStrictEqual(own, [{ name: 'unknown_cancel', order_number: one.order.order_number, theirs: 1_000, ours: 0 }]);
        assert.deepEqual((await stored(day(), 'another')).json.differences, []);

        await until('the console was looked at', async () => (await cancelsOf(one.order)).length === 1, { ms: 20_000 });
        disagrees(one.order);
        const { transaction_key } = all.differences.find((d) => d.name === 'unknown_cancel' && d.order_number === two.order.order_number);
        await stack.sql.text(`UPDATE payment.refunds SET transaction_key = '${transaction_key}' WHERE order_number = '${two.order.order_number}'`);
        assert.equal((await cancelsOf(two.order)).length, 1, 'our own cancel is known by its reason');
        await stack.toss.reset();
        await until('nothing differs', async () => (await compare()).length === 0, { every: 500 });
    });

    test('days that are none, or were never compared', async () => {
        refused(await stored('2020-01-01'), 404, 'NOT_FOUND');
        for (const date of ['2020-02-30', 'x', '']) refused(await stored(date), 422, 'VALIDATION_FAILED');
        for (const role of ['staff', 'viewer'])
            refused(await stack.http.get(`/api/admin/reconciliation?date=${day()}`, { token: stack.token(role) }), 403, 'FORBIDDEN');
        for (const role of ['staff', 'viewer']) refused(await stack.http.get('/api/admin/payments/stuck', { token: stack.token(role) }), 403, 'FORBIDDEN');
        for (const query of ['cursor=x', 'cursor=1.attempt', 'limit=0', 'limit=201', 'limit=x']) {
            const answer = await stack.http.get(`/api/admin/payments/stuck?${query}`, { token: token() });
            refused(answer, 422, 'VALIDATION_FAILED');
            assert.match(answer.json.errors[0].message, query.startsWith('limit') ? /허용 범위/ : /형식/, query);
        }
    });

    test('the audit of our own books sees a won that is missing, and a saga that nobody takes up', async () => {
        const { order } = await paid();
        await heard(stack);
        await until('nothing differs', async () => (await audit()).length === 0, { every: 500 });
        const attempt = `(SELECT id FROM payment.attempts WHERE order_number = '${order.order_number}')`;
        const planted = [
            [
                `UPDATE payment.attempts SET balance = balance - 1 WHERE id = ${attempt}`,
                `UPDATE payment.attempts SET balance = balance + 1 WHERE id = ${attempt}`,
                /^ledger: .* account provider has 30000, should have 29999$/,
            ],
            [
                `UPDATE payment.attempts SET state = 'captured', due_at = NULL WHERE id = ${attempt}`,
                `UPDATE payment.attempts SET state = 'paid' WHERE id = ${attempt}`,
                /^sagas that nobody takes up: .* is captured and not due$/,
            ],
            [
                `UPDATE payment.ledger SET amount = amount + 1 WHERE attempt = ${attempt} AND credit = 'sales'`,
                `UPDATE payment.ledger SET amount = amount - 1 WHERE attempt = ${attempt} AND credit = 'sales'`,
                /^ledger: .* account sales has -30001, should have -30000$/,
            ],
            [
                `UPDATE payment.attempts SET state = 'failed' WHERE id = ${attempt}`,
                `UPDATE payment.attempts SET state = 'paid' WHERE id = ${attempt}`,
                /^order without money: .* is paid and has 0 paid attempts$/,
            ],
            [
                `UPDATE booking.tickets SET price = price + 1 WHERE order_id = ${await idOf(order)}`,
                `UPDATE booking.tickets SET price = price - 1 WHERE order_id = ${await idOf(order)}`,
                /^tickets: .* its tickets cost 30002, its payment has 30000 for them$/,
            ],
        ];
        for (const [change, back, said] of planted) {
            await stack.sql.text(change);
            const found = await audit();
            await stack.sql.text(back);
            assert.ok(
                found.some((line) => said.test(line)),
                `${change}\n${found.join('\n')}`,
            );
        }
        assert.deepEqual(await audit(), []);
    });
});
