// What a message says is true when it leaves: words of now, refusals are told, nothing useless is sent again, and a lost event is found.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { day, phone } from './lib/fixture.mjs';
import { inbox } from './lib/inbox.mjs';
import { addMessages, becomes, notifyAudit, notifyAuditOnce, received } from './lib/notify.mjs';
import { buy, cancel, orderOf, quote, ticketsOf } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { onSale } from './lib/trouble.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({
    payment: 1,
    notify: 2,
    notifyEnv: { NOTIFY_RETRY_FIRST_MS: '200', NOTIFY_LOOK_UP_MS: '300', NOTIFY_RATE: '100', RESULT_AFTER_SECONDS: '2' },
    sandboxEnv: { SANDBOX_RESULT_MS: '200' },
});
const FREE = [{ days_before: 0, fee_percent: 0 }];

const rowOf = (order, event) => stack.sql.row(`SELECT * FROM notify.messages WHERE order_number = '${order.order_number}' AND event LIKE '${event}%'`);
const planned = (order, event) => until(`${event} is planned`, () => rowOf(order, event));
const told = (number, template) =>
    until(
        `${template} arrives`,
        async () => {
            const [message] = await inbox(stack, { phone: number, template });
            return message;
        },
        { ms: 60_000 }, // what was refused some times rests for 36 s
    );
async function bought(exhibition, options = {}) {
    const number = phone();
    stack.mustNotLog(number);
    return { phone: number, ...(await buy(stack, exhibition, { customer_phone: number, ...options })) };
}
const restart = async (change) => {
    for (const daemon of stack.notify) await daemon.stop();
    await change();
    for (const daemon of stack.notify) daemon.start();
    await stack.ready();
};

describe('words of now', () => {
    test('tickets given back, another venue, another phone: the reminder says what is true then', async () => {
        const exhibition = await onSale(stack, { venue: '옛 전시장', products: [{ total: 10, price: 10000 }], refund_policy: FREE });
        const b = await bought(exhibition, { quantity: 3, visit_date: day(20) });
        const before = await planned(b.order, 'reminder');
        assert.equal(before.vars.매수, '3매');
        assert.equal(before.vars.장소, '옛 전시장');
        const tickets = (await ticketsOf(stack, b.order)).slice(0, 2);
        const { json } = await quote(stack, b.order, tickets);
        assert.equal((await cancel(stack, b.order, { tickets, quote_id: json.quote_id })).status, 202);
        await told(b.phone, 'TICKET_REFUNDED');
        await until('it counts what is left', async () => (await rowOf(b.order, 'reminder')).vars.매수 === '1매');
        await stack.sql.text(`UPDATE booking.exhibitions SET venue = '새 전시장' WHERE id = ${exhibition.id}`);
        await until('it knows the venue', async () => (await rowOf(b.order, 'reminder')).vars.장소 === '새 전시장');
        const after = await rowOf(b.order, 'reminder');
        assert.equal(after.own_id, before.own_id);
        assert.deepEqual([after.due_at, after.useful_until, after.state], [before.due_at, before.useful_until, 'queued']);
        await stack.sql.text(`UPDATE notify.messages SET due_at = now() WHERE id = ${after.id}`);
        const message = await told(b.phone, 'TICKET_REMINDER');
        assert.ok(message.text.includes('새 전시장') && message.text.includes('1매'), message.text);
        await notifyAudit(stack);
    });

    test('a slot that is moved takes the reminder along', async () => {
        const [eve, date, laterEve, later] = [day(5), day(6), day(7), day(8)];
        const exhibition = await onSale(stack, { slots: [{ date, starts_at: '14:00', ends_at: '15:00', capacity: 10 }] });
        const b = await bought(exhibition, { slot_id: exhibition.slots[0].id });
        const due = async () => new Date((await rowOf(b.order, 'reminder')).due_at).getTime();
        await planned(b.order, 'reminder');
        assert.equal(await due(), Date.parse(`${eve}T10:00:00+09:00`));
        await stack.sql.text(`UPDATE booking.time_slots SET date = '${later}' WHERE id = ${exhibition.slots[0].id}`);
        await until('it is due later', async () => (await due()) === Date.parse(`${laterEve}T10:00:00+09:00`));
        const { vars, useful_until } = await rowOf(b.order, 'reminder');
        assert.ok(vars.관람일시.startsWith(later), vars.관람일시);
        assert.equal(new Date(useful_until).getTime(), Date.parse(`${later}T00:00:00+09:00`));
    });

    test('a message that could not leave says what is true when it does, or is not sent any more', async () => {
        const exhibition = await onSale(stack, { products: [{ total: 10, price: 10000 }], refund_policy: FREE });
        await stack.toss.fault({ target: 'alimtalk.send', mode: 'rate_limited', times: 0 });
        const [stays, leaves] = [await bought(exhibition, { quantity: 2, visit_date: day(9) }), await bought(exhibition, { visit_date: day(9) })];
        for (const b of [stays, leaves]) await until('it is tried', async () => (await planned(b.order, 'paid')).sends > 0);
        const tickets = (await ticketsOf(stack, stays.order)).slice(0, 1);
        for (const [b, some] of [[stays, tickets], [leaves]]) {
            const { json } = await quote(stack, b.order, some);
            assert.equal((await cancel(stack, b.order, { tickets: some, quote_id: json.quote_id })).status, 202);
        }
        // Not while a try is under way: it says what it began with, and would leave when the faults are over.
        const atRest = async (order) => {
            const row = await rowOf(order, 'paid');
            return ['queued', 'dropped', 'failed'].includes(row.state) && row;
        };
        await until('one is of no use', async () => {
            const row = await atRest(leaves.order);
            return row && (row.state !== 'queued' || new Date(row.useful_until) <= new Date());
        });
        await until('the other counts what is left', async () => (await atRest(stays.order)).vars.매수 === '1매');
        await stack.toss.reset();
        const message = await told(stays.phone, 'TICKET_PAID');
        assert.ok(message.text.includes('1매'), message.text);
        for (const b of [stays, leaves]) await told(b.phone, 'TICKET_REFUNDED'); // no cancel is left for the faults of the next tests
        assert.deepEqual(await inbox(stack, { phone: leaves.phone, template: 'TICKET_PAID' }), []);
    });
});

describe('a refund that is refused', () => {
    const onSaleFree = () => onSale(stack, { products: [{ total: 10, price: 10000 }], refund_policy: FREE });
    const refuse = (code, times = 1) => stack.toss.fault({ target: 'toss.cancel', mode: 'error', code, times });

    test('at once: the buyer is told that the tickets stay', async () => {
        const b = await bought(await onSaleFree(), { quantity: 2, visit_date: day(9) });
        await told(b.phone, 'TICKET_PAID');
        await refuse('NOT_CANCELABLE_PAYMENT');
        const { json } = await quote(stack, b.order);
        assert.equal((await cancel(stack, b.order, { quote_id: json.quote_id })).status, 202);
        const message = await told(b.phone, 'TICKET_REFUND_NO');
        assert.ok(message.text.includes('2매') && message.text.includes('취소되지 않은 입장권'), message.text);
        assert.equal((await orderOf(stack, b.order)).status, 'paid');
        await until('the reminder is back', async () => (await rowOf(b.order, 'reminder')).state === 'queued');
    });

    test('later, after the cancel was told', async () => {
        const b = await bought(await onSaleFree(), { visit_date: day(9) });
        await refuse('PROVIDER_ERROR', 2); // for some seconds
        await refuse('NOT_CANCELABLE_PAYMENT');
        const { json } = await quote(stack, b.order);
        assert.equal((await cancel(stack, b.order, { quote_id: json.quote_id })).status, 202);
        await told(b.phone, 'TICKET_CANCELLED');
        await told(b.phone, 'TICKET_REFUND_NO');
        assert.deepEqual(await inbox(stack, { phone: b.phone, template: 'TICKET_REFUNDED' }), []);
    });
});

describe('sent again', () => {
    const resend = (id, exhibition, body = { reason: '전화로 확인' }) =>
        stack.http.post(`/api/admin/notifications/${id}/resend`, body, { token: stack.token('MANAGER', exhibition.code) });

    test('only with a reason, only what still makes sense, with the words of now', async () => {
        const exhibition = await onSale(stack, { products: [{ total: 10, price: 10000 }], refund_policy: FREE });
        const number = '01088883018'; // neither Alimtalk nor a text message reaches it
        const bad = { customer_phone: number };
        const unpaid = await buy(stack, exhibition, { ...bad, method: 'virtual_account' });
        const goes = await buy(stack, exhibition, { ...bad, quantity: 2, visit_date: day(9) });
        for (const [b, event] of [
            [unpaid, 'deposit/'],
            [goes, 'paid'],
        ])
            await until('it fails', async () => (await planned(b.order, event)).state === 'failed', { ms: 20_000 });
        const account = await rowOf(unpaid.order, 'deposit/');
        const ticket = await rowOf(goes.order, 'paid');

        assert.equal((await resend(account.id, exhibition, {})).status, 422);
        assert.equal((await cancel(stack, unpaid.order)).status, 202);
        await until('it is heard of', () =>
            stack.sql.value(`SELECT state ->> 'status' = 'cancelled' AS heard FROM notify.facts WHERE entity = '${unpaid.order.order_number}'`),
        );
        const answer = await resend(account.id, exhibition);
        assert.deepEqual([answer.status, answer.code], [409, 'INVALID_STATE'], 'nobody is told to pay for it');

        const fresh = phone();
        await stack.sql.text(`UPDATE booking.exhibitions SET venue = '새 전시장' WHERE id = ${exhibition.id};
            UPDATE notify.facts SET state = jsonb_set(state, '{customer_phone}', '"${fresh}"') WHERE entity = '${goes.order.order_number}'`);
        await until('the venue is heard of', () =>
            stack.sql.value(`SELECT state ->> 'venue' = '새 전시장' AS heard FROM notify.facts WHERE entity = 'exhibition/${exhibition.id}'`),
        );
        assert.equal((await resend(ticket.id, exhibition)).status, 200);
        assert.ok((await told(fresh, 'TICKET_PAID')).text.includes('새 전시장'));
    });

    test('not when its time is over', async () => {
        const exhibition = await onSale(stack);
        const [own_id] = await addMessages(stack, { phone: '01088883018', exhibition_id: exhibition.id });
        const { id } = await becomes(stack, own_id, 'failed');
        await stack.sql.text(`UPDATE notify.messages SET useful_until = now() WHERE id = ${id}`);
        assert.equal((await resend(id, exhibition)).code, 'INVALID_STATE');
    });
});

describe('look-ups', () => {
    test('a ticket whose answer was lost does not wait for a crowd of others', async (t) => {
        const bulk = await addMessages(stack, { count: 2000, template: 'notice', priority: 4 });
        const list = bulk.map((id) => `'${id}'`).join(', ');
        const left = () => stack.sql.value(`SELECT count(*)::int AS n FROM notify.messages WHERE own_id IN (${list}) AND state <> 'delivered'`);
        await until('they are told', async () => (await left()) === 0, { ms: 30_000 });
        // As if every answer had been lost: the triggers of the database know no such move.
        await stack.sql.text(`ALTER TABLE notify.messages DISABLE TRIGGER messages_move;
            UPDATE notify.messages SET state = 'unknown', due_at = now() - interval '1 hour', ended_at = NULL, request_id = NULL WHERE own_id IN (${list});
            ALTER TABLE notify.messages ENABLE TRIGGER messages_move`);
        await stack.toss.fault({ target: 'alimtalk.send', mode: 'drop_after_success' });
        const [own_id] = await addMessages(stack);
        const ticket = await becomes(stack, own_id, 'delivered');
        assert.equal((await received(stack, own_id)).length, 1);
        await until('the crowd is known', async () => (await left()) === 0, { ms: 60_000 });
        const after = await stack.sql.value(`SELECT count(*)::int FROM notify.messages WHERE own_id IN (${list}) AND ended_at > '${ticket.ended_at}'`);
        t.diagnostic(`${after} of the crowd were known after it`);
        assert.ok(after > 0, 'the crowd was still being looked up');
    });
});

describe('the audit can fail', () => {
    const fails = (pattern) =>
        until('the audit names it', () =>
            notifyAuditOnce(stack).then(
                () => false,
                (error) => pattern.test(error.message),
            ),
        );

    test('an event that was lost, a consumer that has gone', async () => {
        await notifyAudit(stack);
        const exhibition = await onSale(stack);
        let lost;
        await restart(async () => {
            lost = await bought(exhibition);
            await stack.sql.text(`UPDATE notify.consumer_cursors SET cursor = (SELECT xid || ':' || id FROM booking.events ORDER BY xid DESC, id DESC LIMIT 1)
                WHERE source = 'booking'`);
        });
        await fails(new RegExp(`paid and not told: order ${lost.order.order_number} is paid`));
        await restart(() => stack.sql.text(`UPDATE notify.consumer_cursors SET cursor = '' WHERE source = 'booking'`));
        await told(lost.phone, 'TICKET_PAID');
        await notifyAudit(stack);

        let refunded;
        const { json } = await quote(stack, lost.order);
        await restart(async () => {
            assert.equal((await cancel(stack, lost.order, { quote_id: json.quote_id })).status, 202);
            refunded = await until('the money is back', () =>
                stack.sql.value(`SELECT refund_id FROM payment.refunds WHERE order_number = '${lost.order.order_number}' AND state = 'done'`),
            );
            await stack.sql.text(`UPDATE notify.consumer_cursors SET cursor = (SELECT xid || ':' || id FROM payment.events ORDER BY xid DESC, id DESC LIMIT 1)
                WHERE source = 'payment'`);
        });
        await fails(new RegExp(`given back and not told: refund ${refunded}`));
        await restart(() => stack.sql.text(`UPDATE notify.consumer_cursors SET cursor = '' WHERE source = 'payment'`));
        await told(lost.phone, 'TICKET_REFUNDED');
        await notifyAudit(stack);

        for (const daemon of stack.notify) await daemon.stop();
        await stack.sql.text(`UPDATE booking.exhibitions SET venue = '한 시간 전' WHERE id = ${exhibition.id};
            UPDATE booking.events SET created_at = now() - interval '1 hour' WHERE entity = 'exhibition/${exhibition.id}'`);
        await fails(/events nobody takes: booking/);
        for (const daemon of stack.notify) daemon.start();
        await stack.ready();
        await notifyAudit(stack);
    });
});
