// From paid to inside, as a buyer and the staff at the gate live it: every daemon, over HTTP alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { day, phone } from './lib/fixture.mjs';
import { enroll, staffAt } from './lib/gate.mjs';
import { linked, message } from './lib/inbox.mjs';
import { buy, cancel, orderOf } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { ticketsWithCodes } from './lib/tickets.mjs';
import { onSale } from './lib/trouble.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({ payment: 1, entrance: 1, notify: 1 });

test('order, pay, codes, message, link, entry, second scan', async (t) => {
    const exhibition = await onSale(stack, { products: [{ total: 10, price: 15000, name: '일반 관람권' }] });
    const scanner = await enroll(stack, exhibition, '정문');
    const customer_phone = phone();
    stack.mustNotLog(customer_phone);

    const { order } = await buy(stack, exhibition, { customer_phone, quantity: 2, visit_date: day() });
    const paidAt = Date.now();
    const shown = await ticketsWithCodes(stack, order);
    const codesAfter = Date.now() - paidAt;
    const told = await message(stack, customer_phone, 'TICKET_PAID');
    t.diagnostic(`codes ${codesAfter} ms after the payment, the message ${Date.now() - paidAt} ms`);

    const link = linked(told);
    assert.equal(link.path, '/ticket/');
    assert.equal(link.order_number, order.order_number);
    const viewer = { ...order, order_token: link.order_token };
    assert.deepEqual(await ticketsWithCodes(stack, viewer), shown);
    const refused = await cancel(stack, viewer);
    assert.equal(refused.status, 403);
    assert.equal(refused.code, 'TOKEN_REQUIRED');
    assert.equal((await orderOf(stack, order)).status, 'paid');

    const [first, second] = shown.tickets;
    const admitted = await scanner.verdict(first.qr_code);
    assert.deepEqual(
        { ...admitted, entrance_time: undefined, scan_id: undefined },
        {
            order_number: order.order_number,
            customer_name: '홍*동',
            entrance_status: 'allowed',
            message: '입장 처리되었습니다.',
            admitted: 1,
            remaining: 0,
            product: '일반 관람권',
            visit_date: day(),
            entrance_time: undefined,
            scan_id: undefined,
        },
    );
    const again = await scanner.verdict(first.qr_code);
    assert.equal(again.entrance_status, 'already_entered');
    assert.equal(again.entrance_time, admitted.entrance_time);
    assert.equal(again.admitted, 0);

    const entered = await until('the order says so', async () => {
        const o = await orderOf(stack, order);
        return o.entrance_checked && o;
    });
    assert.equal(entered.entrance_time, admitted.entrance_time);
    assert.deepEqual(
        (await ticketsWithCodes(stack, order)).tickets.map(({ status }) => status),
        ['entered', 'valid'],
    );
    assert.equal(await staffAt(stack, exhibition.code).status(second.qr_code), 'allowed');
});

test('a family of four: one code lets three in, then the fourth', async () => {
    const exhibition = await onSale(stack, { products: [{ total: 10 }] });
    const scanner = await enroll(stack, exhibition);
    const { order } = await buy(stack, exhibition, { quantity: 4 });
    const { order_qr_code: code } = await ticketsWithCodes(stack, order);
    const of = ({ entrance_status, admitted, remaining }) => [entrance_status, admitted, remaining];
    assert.deepEqual(of(await scanner.verdict(code, { count: 3 })), ['allowed', 3, 1]);
    assert.deepEqual(of(await scanner.verdict(code, { count: 2 })), ['allowed', 1, 0]);
    assert.deepEqual(of(await scanner.verdict(code)), ['already_entered', 0, 0]);
});
