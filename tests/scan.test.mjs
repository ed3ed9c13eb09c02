// Before the scanner: who may go in, once, and what everybody else is told.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { refused, useEntering } from './lib/entering.mjs';
import { day } from './lib/fixture.mjs';
import { enroll, flipBit, forgeCode } from './lib/gate.mjs';
import { patiently } from './lib/http.mjs';
import { cancel, orderOf, settled } from './lib/pay.mjs';
import { attempt, payOps } from './lib/pay_ops.mjs';
import { readCode, renewed, ticketsWithCodes } from './lib/tickets.mjs';
import { until } from './lib/wait.mjs';

const { stack, onSale, bought, inside, scansOf, becomes, gate } = useEntering();

describe('one person', () => {
    test('goes in, with what the guide says; the second time is told the first', async () => {
        const ticket = await bought();
        const token = stack.token('staff');
        const asked = Date.now();
        const answer = await stack.http.post('/api/entrance/scan', { qr_code: ticket.codes[0], admin_id: 1 }, { token });
        const heard = Date.now();
        assert.equal(answer.status, 200, answer.text);
        const { entrance_time, scan_id, ...told } = answer.json;
        assert.deepEqual(told, {
            order_number: ticket.order.order_number,
            customer_name: '홍*동',
            visit_date: day(),
            entrance_status: 'allowed',
            message: '입장 처리되었습니다.',
            admitted: 1,
            remaining: 0,
            product: '대인',
        });
        assert.ok(Date.parse(entrance_time) >= asked && Date.parse(entrance_time) <= heard, `${entrance_time}`);
        assert.ok(scan_id.length >= 32);

        const again = await gate().verdict(ticket.codes[0]);
        assert.deepEqual([again.entrance_status, again.entrance_time, again.admitted], ['already_entered', entrance_time, 0]);
        assert.notEqual(again.scan_id, scan_id);
        const order = await until('booking knows', async () => {
            const read = await orderOf(stack, ticket.order);
            return read.entrance_checked && read;
        });
        assert.equal(new Date(order.entrance_time).getTime(), new Date(entrance_time).getTime());
        assert.deepEqual((await ticketsWithCodes(stack, ticket.order)).tickets[0].status, 'entered');
        const [row] = await scansOf(scan_id);
        assert.partialDeepStrictEqual(row, { verdict: 'allowed', claim: true, admitted: 1, admin_id: 1, device_id: 'staff-1', offline: false });
    });

    test('is told in English who asks so', async () => {
        const { codes } = await bought();
        const { message } = await gate().verdict(codes[0], {}, { headers: { 'Accept-Language': 'en' } });
        assert.equal(message, 'Admitted.');
    });

    test('every scan is kept, refused ones too', async () => {
        const ticket = await bought();
        const scan_id = randomUUID();
        await gate().status(flipBit(ticket.codes[0], 500), { scan_id, device_id: '정문 2' });
        assert.partialDeepStrictEqual(await scansOf(scan_id), [{ verdict: 'invalid', claim: false, admitted: 0, order_id: null, device_id: '정문 2' }]);
    });
});

describe('codes that are not ours', () => {
    const nothing = { order_number: null, customer_name: null, product: null, visit_date: null, admitted: 0, remaining: 0, entrance_status: 'invalid' };

    test('forged, cut off, changed by a bit, of another kind, anything', async () => {
        const ticket = await bought();
        const [code] = ticket.codes;
        const forged = [forgeCode(code), forgeCode(code, (parts) => parts.writeUInt16BE(999, 2)), forgeCode(ticket.group)];
        const cut = [code.slice(0, -1), code.slice(0, 70), code.slice(1), `${code}A`, `${code}=`, code.toUpperCase(), ` ${code}`, `${code}${code}`];
        const texts = [...forged, ...cut, 'x', '0', 'null', '홍길동', 'https://example.com/?q=1', "'; DROP TABLE scans --", 'A'.repeat(500)];
        for (const text of texts) {
            const { scan_id, message, ...told } = await gate().verdict(text);
            assert.deepEqual(told, nothing, text);
            assert.ok(scan_id && message);
        }
        for (let bit = 0; bit < 8 * 106; bit += 5) assert.equal(await gate().status(flipBit(code, bit)), 'invalid', `bit ${bit}`);
        assert.equal(await gate().status(code), 'allowed');
    });

    test('the code of one ticket says nothing about another', async () => {
        const ticket = await bought({ quantity: 2 });
        const swap = (parts) => parts.writeBigUInt64BE(BigInt(ticket.ids[1]), 4);
        assert.equal(await gate().status(forgeCode(ticket.codes[0], swap)), 'invalid');
        assert.deepEqual(await inside(ticket), [false, false]);
    });
});

describe('the wrong place and the wrong time', () => {
    test('another exhibition: by staff, by a scanner, by staff of several', async () => {
        const [ticket, other] = [await bought(), await bought()];
        const foreign = { order_number: null, customer_name: null, product: null, entrance_status: 'wrong_exhibition', admitted: 0 };
        for (const scanner of [gate(other.exhibition.code), await enroll(stack, other.exhibition)]) {
            const told = await scanner.verdict(ticket.codes[0]);
            assert.partialDeepStrictEqual(told, foreign);
            assert.match(told.message, /시험 전시/);
        }
        assert.equal(await gate(`${other.exhibition.code},${ticket.exhibition.code}`).status(ticket.codes[0]), 'allowed');
        assert.equal(await gate(`${other.exhibition.code},no-such`).status(ticket.group), 'wrong_exhibition');
        assert.equal(await gate('no-such').status(other.group), 'wrong_exhibition');
    });

    test('another day', async () => {
        for (const [left, verdict] of [
            [1, 'not_today'],
            [0, 'allowed'],
        ]) {
            const ticket = await bought({ visit_date: day(left) });
            assert.partialDeepStrictEqual(await gate().verdict(ticket.codes[0]), { entrance_status: verdict, visit_date: day(left) });
        }
    });

    test('without a day any day of the exhibition', async () => {
        const ticket = await bought({ visit_date: undefined });
        const { exhibition } = ticket;
        const move = async (from, to) => {
            await stack.sql.text(`UPDATE booking.exhibitions SET start_date = '${day(from)}', end_date = '${day(to)}' WHERE id = ${exhibition.id}`);
            await until('the gate knows', () => stack.sql.value(`SELECT start_date = '${day(from)}' FROM entrance.exhibitions WHERE id = ${exhibition.id}`));
        };
        await move(1, 9);
        assert.equal(await gate().status(ticket.codes[0]), 'not_today');
        await move(0, 9);
        assert.partialDeepStrictEqual(await gate().verdict(ticket.codes[0]), { entrance_status: 'allowed', visit_date: null });
    });

    test('another slot, and the tolerance of the exhibition', async () => {
        const whole = { date: day(), starts_at: '00:00', ends_at: '24:00', capacity: 10 };
        const exhibition = await onSale({ slots: [whole] });
        const ticket = await bought({ exhibition, slot_id: exhibition.slots[0].id, quantity: 2 });
        const seoul = (minutes) => {
            const now = new Date(Date.now() + 9 * 3_600_000);
            return now.getUTCHours() * 60 + now.getUTCMinutes() + minutes;
        };
        const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
        /** A slot of an hour, two hours away from now, and how far the tolerance must reach. */
        const ahead = seoul(0) < 12 * 60;
        const begins = ahead ? seoul(120) : seoul(-180);
        await stack.sql.text(
            `UPDATE booking.time_slots SET starts_at = '${clock(begins)}', ends_at = '${clock(begins + 60)}' WHERE id = ${exhibition.slots[0].id}`,
        );
        await until('the gate knows', () => stack.sql.value(`SELECT starts_at = '${clock(begins)}' FROM entrance.slots WHERE id = ${exhibition.slots[0].id}`));
        assert.equal(await gate().status(ticket.codes[0]), 'wrong_slot');
        const column = ahead ? 'before' : 'after';
        const tolerance = async (minutes) => {
            await stack.sql.text(`UPDATE booking.exhibitions SET entry_${column}_minutes = ${minutes} WHERE id = ${exhibition.id}`);
            await until('the gate knows', () => stack.sql.value(`SELECT ${column}_minutes = ${minutes} FROM entrance.exhibitions WHERE id = ${exhibition.id}`));
        };
        await tolerance(115);
        assert.equal(await gate().status(ticket.codes[0]), 'wrong_slot');
        await tolerance(125);
        assert.equal(await gate().status(ticket.codes[0]), 'allowed');
    });
});

describe('what became of the order', () => {
    test('cancelled, in part and as a whole', async () => {
        const ticket = await bought({ quantity: 2 });
        const ask = async (tickets) => {
            const answer = await cancel(stack, ticket.order, { tickets });
            assert.equal(answer.status, 202, answer.text);
            await settled(stack, ticket.order);
        };
        await ask([ticket.ids[0]]);
        assert.partialDeepStrictEqual(await gate().verdict(ticket.codes[0]), { entrance_status: 'cancelled', order_number: ticket.order.order_number });
        assert.partialDeepStrictEqual(await gate().verdict(ticket.group, { scan_id: randomUUID() }), { entrance_status: 'allowed', admitted: 1, remaining: 0 });
        const whole = await bought();
        await cancel(stack, whole.order);
        await settled(stack, whole.order);
        assert.deepEqual([await gate().status(whole.codes[0]), await gate().status(whole.group)], ['cancelled', 'cancelled']);
    });

    test('suspended while the bank has its deposit back, unpaid when it does not come again', async () => {
        const { paid, done } = payOps(stack);
        const order = await paid(await onSale(), { visit_date: day() });
        const { tickets, order_qr_code } = await ticketsWithCodes(stack, order);
        const told = async () => [await gate().status(tickets[0].qr_code), await gate().status(order_qr_code)];
        const attempt_id = attempt();
        await done('await_deposit', { attempt_id, reverses: order.attempt });
        await becomes({ order }, 'awaiting_deposit');
        assert.deepEqual(await told(), ['suspended', 'suspended']);
        await done('payment_failed', { attempt_id, reason: 'past its date' });
        await becomes({ order }, 'expired');
        assert.deepEqual(await told(), ['unpaid', 'unpaid']);
        assert.deepEqual(await inside({ order }), [false]);
    });

    test('suspended and paid again: in', async () => {
        const ticket = await bought({ deposit: true });
        await stack.toss.deposit(ticket.payment_key, { reverse: true });
        await becomes(ticket, 'awaiting_deposit');
        assert.deepEqual([await gate().status(ticket.codes[0]), await gate().status(ticket.group)], ['suspended', 'suspended']);
        await stack.toss.deposit(ticket.payment_key);
        await becomes(ticket, 'paid');
        assert.equal(await gate().status(ticket.codes[0]), 'allowed');
    });

    test('issued anew: the old code is told so, the new one goes in', async () => {
        const ticket = await bought();
        const { order_number } = ticket.order;
        const answer = await stack.http.post('/api/entrance/reissue', { order_number, reason: '유출' }, { token: stack.token('manager') });
        assert.deepEqual([answer.status, answer.json.tickets], [200, 1]);
        const { tickets, order_qr_code } = await ticketsWithCodes(stack, renewed(ticket.order));
        assert.deepEqual([await gate().status(ticket.codes[0]), await gate().status(ticket.group)], ['replaced', 'replaced']);
        assert.equal(readCode(tickets[0].qr_code).version, 2);
        assert.equal(await gate().status(tickets[0].qr_code), 'allowed');
        assert.equal(await gate().status(order_qr_code), 'already_entered');
    });

    test('a proof is asked for, and enough when it was seen', async () => {
        const exhibition = await onSale();
        await stack.sql.text(`UPDATE booking.products SET proof_required = true WHERE id = ${exhibition.products[0].id}`);
        const ticket = await bought({ exhibition });
        await until('the gate knows', () => stack.sql.value(`SELECT proof_required FROM entrance.products WHERE id = ${exhibition.products[0].id}`));
        assert.deepEqual([await gate().status(ticket.codes[0]), await gate().status(ticket.group)], ['proof_needed', 'proof_needed']);
        assert.equal(await gate().status(ticket.codes[0], { proof_seen: false }), 'proof_needed');
        assert.deepEqual(await inside(ticket), [false]);
        assert.equal(await gate().status(ticket.codes[0], { proof_seen: true }), 'allowed');
    });
});

describe('a family of four with the code of the order', () => {
    const family = async () => {
        const exhibition = await onSale();
        const [adult, child] = exhibition.products;
        const items = [
            { product_id: adult.id, quantity: 2 },
            { product_id: child.id, quantity: 2 },
        ];
        return bought({ exhibition, items });
    };

    test('enters as three and one', async () => {
        const order = await family();
        const told = async (count) => {
            const { entrance_status, admitted, remaining, product } = await gate().verdict(order.group, { count });
            return [entrance_status, admitted, remaining, product];
        };
        assert.deepEqual(await told(3), ['allowed', 3, 1, '대인 2, 소인 1']);
        assert.deepEqual(await inside(order), [true, true, true, false]);
        assert.deepEqual(await told(1), ['allowed', 1, 0, '소인 1']);
        assert.deepEqual((await told(1)).slice(0, 3), ['already_entered', 0, 0]);
        assert.equal(await gate().status(order.codes[2]), 'already_entered');
    });

    test('all at once; and when one is inside already', async () => {
        const [one, other] = [await family(), await family()];
        assert.partialDeepStrictEqual(await gate().verdict(one.group), { admitted: 4, remaining: 0 });
        assert.equal(await gate().status(other.codes[1]), 'allowed');
        assert.partialDeepStrictEqual(await gate().verdict(other.group, { count: 4 }), { entrance_status: 'allowed', admitted: 3, remaining: 0 });
    });

    test('whoever has a ticket of their own goes in while a place is left', async () => {
        const order = await family();
        await gate().verdict(order.group, { count: 3 });
        assert.equal(await gate().status(order.codes[1]), 'allowed');
        assert.deepEqual(await inside(order), [true, true, true, true]);
        for (const code of [...order.codes, order.group]) assert.equal(await gate().status(code), 'already_entered');
    });
});

describe('a scan that is repeated', () => {
    test('under its scan_id or the key hears the same, and happens once', async () => {
        for (const name of [() => [{ scan_id: randomUUID() }, {}], () => [{}, { key: randomUUID() }]]) {
            const ticket = await bought();
            const [members, options] = name();
            const first = await gate().verdict(ticket.codes[0], members, options);
            assert.equal(first.entrance_status, 'allowed');
            assert.deepEqual(await gate().verdict(ticket.codes[0], members, options), first);
            assert.equal((await gate().verdict(ticket.codes[0])).entrance_status, 'already_entered');
            assert.equal((await scansOf(first.scan_id)).length, 1);
        }
    });

    test('with another code is refused', async () => {
        const [one, other] = [await bought(), await bought()];
        const scan_id = randomUUID();
        await gate().verdict(one.codes[0], { scan_id });
        refused(await gate().scan(other.codes[0], { scan_id }), 409, 'IDEMPOTENCY_MISMATCH');
        assert.equal(await gate().status(other.codes[0]), 'allowed');
    });

    test('by another scanner that chose the same id is another scan', async () => {
        const [ticket, elsewhere] = [await bought({ quantity: 2 }), await bought()];
        const [one, other] = [await enroll(stack, ticket.exhibition, 'A'), await enroll(stack, ticket.exhibition, 'B')];
        const stranger = await enroll(stack, elsewhere.exhibition);
        const scan_id = '1';
        const first = await one.verdict(ticket.codes[0], { scan_id });
        assert.equal(first.entrance_status, 'allowed');
        assert.partialDeepStrictEqual(await stranger.verdict(ticket.codes[0], { scan_id }), { entrance_status: 'wrong_exhibition', order_number: null });
        assert.equal(await other.status(ticket.codes[0], { scan_id }), 'already_entered');
        assert.equal(await gate().status(ticket.codes[1], { scan_id, device_id: '문' }), 'allowed');
        assert.equal(await gate().status(ticket.codes[1], { scan_id, device_id: '다른 문' }), 'allowed', 'staff are one, whatever they hold');
        assert.deepEqual(await one.verdict(ticket.codes[0], { scan_id }), first);
        assert.equal((await scansOf(scan_id)).length, 4);
    });

    test('under the key with another body is refused', async () => {
        const ticket = await bought({ quantity: 3 });
        const key = randomUUID();
        const first = await gate().verdict(ticket.group, { count: 1 }, { key });
        refused(await gate().scan(ticket.group, { count: 2 }, { key }), 409, 'IDEMPOTENCY_MISMATCH');
        assert.deepEqual(await gate().verdict(ticket.group, { count: 1 }, { key }), first);
        const answers = await Promise.all([1, 2].map((count) => patiently(() => gate().scan(ticket.group, { count }, { key: `${key}-both` }))));
        assert.deepEqual(answers.map((a) => a.status).sort(), [200, 409]);
    });

    test('by many at once is one scan', async () => {
        const ticket = await bought();
        const scan_id = randomUUID();
        const answers = await Promise.all(Array.from({ length: 40 }, () => gate().verdict(ticket.codes[0], { scan_id })));
        for (const answer of answers) assert.deepEqual(answer, answers[0]);
        assert.equal(answers[0].entrance_status, 'allowed');
    });
});
