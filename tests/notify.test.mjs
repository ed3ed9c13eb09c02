// Messages to buyers: each is told once, in the right words, whatever the provider does, and what did not arrive is seen by staff.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { day, phone } from './lib/fixture.mjs';
import { inbox, linked } from './lib/inbox.mjs';
import { addMessages, becomes, notifyAudit, received, stateOf } from './lib/notify.mjs';
import { buy, buyByDeposit, cancel, orderOf, quote, ticketsOf } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { ticketsWithCodes } from './lib/tickets.mjs';
import { onSale } from './lib/trouble.mjs';
import { until } from './lib/wait.mjs';

const REST_MS = 500;
const TIMEOUT_SECONDS = 3; // a provider that stutters still answers in time
const SILENCE_MS = TIMEOUT_SECONDS * 2000;
const stack = useStack({
    payment: 1,
    notify: 2,
    notifyEnv: {
        NOTIFY_RETRY_FIRST_MS: '200',
        NOTIFY_LOOK_UP_MS: '300',
        NOTIFY_REST_MS: String(REST_MS),
        NOTIFY_RATE: '100',
        RESULT_AFTER_SECONDS: '3',
        ALIMTALK_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    },
    sandboxEnv: { SANDBOX_RESULT_MS: '200' },
});

const CODES = {
    deposit: 'TICKET_DEPOSIT',
    deposit_due: 'TICKET_DEPOSIT_DUE',
    paid: 'TICKET_PAID',
    cancelled: 'TICKET_CANCELLED',
    refunded: 'TICKET_REFUNDED',
    refund_account: 'TICKET_REFUND_ACCT',
    reminder: 'TICKET_REMINDER',
};
const won = (amount) => `${amount.toLocaleString('en')}원`;

/** The one message of this template on a phone. */
async function told(number, key) {
    const arrived = async () => {
        const all = await inbox(stack, { phone: number, template: CODES[key] });
        return all.length > 0 && all;
    };
    const [first, ...more] = await until(`${key} arrives`, arrived, { ms: 20_000 }); // a deposit is looked at every 5 s
    assert.deepEqual(more, [], `${key} came once`);
    return first;
}

const has = (message, ...parts) => parts.forEach((part) => assert.ok(message.text.includes(part), `${part} in\n${message.text}`));
const dueNow = (order, event) =>
    stack.sql.text(`UPDATE notify.messages SET due_at = now() WHERE order_number = '${order.order_number}' AND event LIKE '${event}%' AND state = 'queued'`);
const planned = (order, event) =>
    until(`${event} is planned`, () => stack.sql.row(`SELECT * FROM notify.messages WHERE order_number = '${order.order_number}' AND event LIKE '${event}%'`));

/** An order of a buyer with a phone of their own: {order, phone}. */
async function bought(exhibition, purchase, options = {}) {
    const number = phone();
    const { order, ...rest } = await purchase(stack, exhibition, { customer_phone: number, ...options });
    return { order, phone: number, ...rest };
}

describe('what a buyer is told', () => {
    test('paid: with a link that opens the tickets and cannot cancel', async (t) => {
        const exhibition = await onSale(stack, { name: '조선의 색 — 오방', venue: '한빛박물관', products: [{ total: 10, price: 15000 }] });
        const visit_date = day(3);
        const b = await bought(exhibition, buy, { quantity: 2, visit_date });
        const paidAt = Date.now();
        const message = await told(b.phone, 'paid');
        t.diagnostic(`${Date.now() - paidAt} ms after the payment`);
        has(message, '홍길동님', '조선의 색 — 오방', '한빛박물관', visit_date, '2매', won(30000), b.order.order_number);
        const link = linked(message);
        assert.equal(link.path, '/ticket/');
        assert.equal(link.order_number, b.order.order_number);
        const viewer = { ...b.order, order_token: link.order_token };
        assert.equal((await ticketsWithCodes(stack, viewer)).tickets.length, 2);
        const refused = await cancel(stack, viewer);
        assert.equal(refused.status, 403);
        assert.equal(refused.code, 'TOKEN_REQUIRED');
        assert.equal((await orderOf(stack, b.order)).status, 'paid');
        const stored = await stack.sql.text(`SELECT * FROM notify.messages WHERE order_number = '${b.order.order_number}'`);
        assert.ok(!stored.includes(link.order_token), 'no token rests in the database');
    });

    test('the day before a visit, at ten in Seoul; not to whom has given everything back', async () => {
        const exhibition = await onSale(stack, { products: [{ total: 10, price: 15000 }], refund_policy: [{ days_before: 0, fee_percent: 0 }] });
        const [eve, visit_date] = [day(4), day(5)];
        const [goes, givesBack] = [await bought(exhibition, buy, { visit_date }), await bought(exhibition, buy, { visit_date })];
        for (const b of [goes, givesBack]) {
            const { due_at } = await planned(b.order, 'reminder');
            assert.equal(new Date(due_at).getTime(), Date.parse(`${eve}T10:00:00+09:00`));
        }
        const { json } = await quote(stack, givesBack.order);
        assert.equal((await cancel(stack, givesBack.order, { quote_id: json.quote_id })).status, 202);
        await told(givesBack.phone, 'refunded');
        await until('it is dropped', async () => (await planned(givesBack.order, 'reminder')).state === 'dropped');
        await dueNow(goes.order, 'reminder');
        const message = await told(goes.phone, 'reminder');
        has(message, '내일은', goes.order.order_number);
        assert.equal(linked(message).order_number, goes.order.order_number);
    });

    test('too late for a reminder: it is never begun', async () => {
        const exhibition = await onSale(stack);
        const b = await bought(exhibition, buy, { visit_date: day() });
        await told(b.phone, 'paid');
        assert.equal(await stack.sql.value(`SELECT count(*)::int AS n FROM notify.messages WHERE order_number = '${b.order.order_number}'`), 1);
    });

    test('a deposit account, its end, and the money that came', async () => {
        const exhibition = await onSale(stack, { products: [{ total: 10, price: 9000 }] });
        const b = await bought(exhibition, buy, { method: 'virtual_account' });
        const account = b.confirmed.virtual_account;
        const message = await told(b.phone, 'deposit');
        has(message, won(9000), b.order.order_number);
        const stored = await planned(b.order, 'deposit/');
        assert.equal(stored.vars.계좌번호, await stack.sql.value(`SELECT account_number FROM payment.attempts WHERE order_number = '${b.order.order_number}'`));
        has(message, stored.vars.계좌번호);
        const { due_at } = await planned(b.order, 'deposit_due');
        assert.equal(new Date(due_at).getTime(), Date.parse(account.due) - 3 * 3600_000);
        await dueNow(b.order, 'deposit_due');
        has(await told(b.phone, 'deposit_due'), '입금 기한이 다가왔습니다', won(9000));
        await stack.toss.deposit(b.payment_key);
        has(await told(b.phone, 'paid'), b.order.order_number);
        const other = await bought(exhibition, buyByDeposit);
        await told(other.phone, 'paid');
        await until('the warning is dropped', async () => (await planned(other.order, 'deposit_due')).state === 'dropped');
    });

    test('some tickets given back: what comes back, what it cost, and that it is done', async () => {
        const exhibition = await onSale(stack, { products: [{ total: 10, price: 10000 }], refund_policy: [{ days_before: 0, fee_percent: 10 }] });
        const b = await bought(exhibition, buy, { quantity: 3, visit_date: day(9) });
        const tickets = (await ticketsOf(stack, b.order)).slice(0, 2);
        const { json } = await quote(stack, b.order, tickets);
        assert.equal((await cancel(stack, b.order, { tickets, quote_id: json.quote_id })).status, 202);
        has(await told(b.phone, 'cancelled'), '2매', won(18000), won(2000));
        has(await told(b.phone, 'refunded'), won(18000));
        assert.equal((await planned(b.order, 'reminder')).state, 'queued', 'one still goes');
    });

    test('a refund that needs an account says so', async () => {
        const exhibition = await onSale(stack, { products: [{ total: 10, price: 10000 }], refund_policy: [{ days_before: 0, fee_percent: 0 }] });
        const b = await bought(exhibition, buyByDeposit, { visit_date: day(9) });
        const { json } = await quote(stack, b.order);
        const refund_account = { bank: '88', account_number: '0000000000', holder_name: '홍길동' };
        const answer = await stack.http.post(
            `/api/orders/${b.order.order_number}/cancel`,
            { reason: '일정 변경', quote_id: json.quote_id, refund_account },
            { orderToken: b.order.order_token },
        );
        assert.equal(answer.status, 202, answer.text);
        has(await told(b.phone, 'refund_account'), '계좌', won(10000));
        await told(b.phone, 'cancelled');
    });
});

describe('facts in whatever order', () => {
    /** Everything is told once more, from the beginning. */
    const rewind = async (forget = '') => {
        for (const daemon of stack.notify) await daemon.stop();
        await stack.sql.text(`BEGIN; ${forget} UPDATE notify.consumer_cursors SET cursor = ''; COMMIT`);
        for (const daemon of stack.notify) daemon.start();
        await stack.ready();
    };
    const caughtUp = () =>
        until('all facts are heard', async () => {
            const open = await stack.sql.value(`SELECT count(*)::int AS n FROM (
                    SELECT 'booking' AS source, xid, id FROM booking.events WHERE type = 'order.paid'
                    UNION ALL SELECT 'payment', xid, id FROM payment.events WHERE type IN ('payment.paid', 'refund.done')) e
                JOIN (SELECT source, CASE cursor WHEN '' THEN '0:0' ELSE cursor END AS cursor FROM notify.consumer_cursors) c USING (source)
                WHERE (e.xid, e.id) > (split_part(c.cursor, ':', 1)::xid8, split_part(c.cursor, ':', 2)::bigint)`);
            return open === 0;
        });
    const count = () => stack.sql.value(`SELECT count(*)::int AS n FROM notify.messages`);

    test('everything told again, to one who remembers and to one who has forgotten', async () => {
        const exhibition = await onSale(stack);
        const b = await bought(exhibition, buy);
        await told(b.phone, 'paid');
        await caughtUp();
        const earlier = await count();
        await rewind();
        await caughtUp();
        assert.equal(await count(), earlier);
        await rewind('DELETE FROM notify.facts;');
        await caughtUp();
        await notifyAudit(stack);
        assert.equal(await count(), earlier);
        await told(b.phone, 'paid');
    });

    test('late, twice and backwards', async () => {
        for (const daemon of stack.notify) await daemon.stop();
        const exhibition = await onSale(stack);
        const b = await bought(exhibition, buy);
        await stack.sql.text(`INSERT INTO booking.events (type, entity, version, payload) SELECT type, entity, version, payload FROM booking.events
            WHERE entity IN ('${b.order.order_number}', 'exhibition/${exhibition.id}') ORDER BY id DESC`);
        // As if the exhibition were heard of last of all.
        await stack.sql.text(`BEGIN; DELETE FROM booking.events WHERE entity = 'exhibition/${exhibition.id}';
            UPDATE booking.exhibitions SET venue = '나중에 들은 곳' WHERE id = ${exhibition.id}; COMMIT`);
        for (const daemon of stack.notify) daemon.start();
        await stack.ready();
        has(await told(b.phone, 'paid'), '나중에 들은 곳');
        await notifyAudit(stack);
    });
});

describe('the provider in trouble', () => {
    const modes = [
        ['drop_before'],
        ['drop_after_success'],
        ['timeout_before', { ms: SILENCE_MS }],
        ['timeout_after_success', { ms: SILENCE_MS }],
        ['error', { code: '-9999' }],
        ['error', { code: '-9999', execute: true }],
        ['error', { code: '-7000' }],
        ['bad_gateway'],
        ['bad_gateway', { execute: true }],
        ['rate_limited'],
        ['truncated'],
        ['garbage'],
        ['huge'],
        ['slow_body', { ms: SILENCE_MS }],
    ];
    for (const [mode, fields = {}] of modes)
        test(`${mode} ${JSON.stringify(fields)}: told once, later`, async () => {
            await stack.toss.fault({ target: 'alimtalk.send', mode, ...fields });
            const [own_id] = await addMessages(stack);
            await becomes(stack, own_id, 'delivered');
            assert.equal((await received(stack, own_id)).length, 1);
        });

    test('results and look-ups that fail harm nothing', async () => {
        for (const target of ['alimtalk.list', 'alimtalk.result'])
            for (const mode of ['garbage', 'huge', 'drop_before', 'error']) await stack.toss.fault({ target, mode });
        await stack.toss.fault({ target: 'alimtalk.send', mode: 'drop_after_success' });
        const [own_id] = await addMessages(stack);
        await becomes(stack, own_id, 'delivered');
        assert.equal((await received(stack, own_id)).length, 1);
        await stack.toss.reset();
    });

    test('away altogether: everything waits and is told once when it is back', async () => {
        await stack.sandbox.kill();
        stack.sandbox.deaths.length = 0;
        const ids = await addMessages(stack, { count: 20 });
        await until('it is tried', async () => (await stateOf(stack, ids[0])).tries > 1);
        stack.sandbox.start();
        await stack.ready();
        for (const own_id of ids) {
            await becomes(stack, own_id, 'delivered');
            assert.equal((await received(stack, own_id)).length, 1);
        }
    });

    test('a message in a number nobody has fails alone, its batch goes on', async () => {
        const good = await addMessages(stack, { count: 3, phone: '01099990000' });
        const [bad] = await addMessages(stack, { phone: '01099995000' });
        await becomes(stack, bad, 'failed');
        for (const own_id of good) await becomes(stack, own_id, 'delivered');
    });
});

describe('what does not arrive', () => {
    const SENT = /01099993019/;

    test('not a user of KakaoTalk: a text message, in characters it can hold', async () => {
        const [own_id] = await addMessages(stack, { phone: '01099993019' });
        await becomes(stack, own_id, 'fallback_sent');
        const [message, ...more] = await received(stack, own_id);
        assert.deepEqual(more, []);
        assert.match(message.phone, SENT);
        assert.notEqual(message.kind, 'alimtalk');
        has(message, '빛의 정원 - 특별전', '/ticket/#o=');
    });

    test('no text message either: staff see it and send it again, once per key', async () => {
        const exhibition = await onSale(stack);
        const other = await onSale(stack);
        const [own_id] = await addMessages(stack, { phone: '01099993018', exhibition_id: exhibition.id });
        const row = await becomes(stack, own_id, 'failed');
        const path = '/api/admin/notifications';
        const list = (query, token) => stack.http.get(`${path}?${new URLSearchParams(query)}`, { token });
        const manager = stack.token('MANAGER', exhibition.code);
        const seen = await list({ state: 'failed' }, manager);
        assert.equal(seen.status, 200, seen.text);
        assert.deepEqual(
            seen.json.notifications.map((m) => m.id),
            [row.id],
        );
        const [shown] = seen.json.notifications;
        assert.equal(shown.phone, '010-****-**18');
        assert.equal(shown.template, 'paid');
        assert.equal((await list({ q: '010-9999-3018' }, stack.token('STAFF'))).json.notifications[0].id, row.id);
        assert.deepEqual((await list({ q: 'ORD1' }, manager)).json.notifications, []);
        assert.deepEqual((await list({}, stack.token('MANAGER', other.code))).json.notifications, []);
        assert.equal((await list({ exhibition: exhibition.code }, stack.token('MANAGER', other.code))).status, 404);
        assert.equal((await list({ state: 'odd' }, manager)).status, 422);
        assert.equal((await list({ limit: '0' }, manager)).status, 422);
        assert.equal((await list({ cursor: 'x' }, manager)).status, 422);
        assert.equal((await list({}, stack.token('VIEWER'))).status, 403);

        const resend = (id, token, key = randomUUID()) => stack.http.post(`${path}/${id}/resend`, { reason: '전화로 확인' }, { token, key });
        assert.equal((await resend(row.id, stack.token('STAFF', exhibition.code))).status, 403);
        assert.equal((await resend(row.id, stack.token('MANAGER', other.code))).status, 404);
        assert.equal((await resend(999999999, stack.token('SUPERADMIN'))).status, 404);
        await stack.sql.text(`UPDATE notify.messages SET phone = '01099990000' WHERE id = ${row.id}`);
        const key = randomUUID();
        const first = await resend(row.id, manager, key);
        assert.equal(first.status, 200, first.text);
        assert.equal(first.json.state, 'queued');
        const again = await resend(row.id, manager, key);
        assert.deepEqual(again.json, first.json);
        await becomes(stack, own_id, 'delivered');
        assert.equal((await received(stack, own_id)).filter((m) => m.state === 'delivered').length, 1);
        assert.equal((await resend(row.id, manager)).status, 409);
        const facts = await stack.sql.rows(`SELECT payload FROM notify.events WHERE entity = 'notification:${row.id}'`);
        assert.equal(facts.length, 1);
        assert.equal(facts[0].payload.reason, '전화로 확인');
    });

    test('pages of the list', async () => {
        const exhibition = await onSale(stack);
        await addMessages(stack, { count: 5, exhibition_id: exhibition.id });
        const token = stack.token('STAFF', exhibition.code);
        const ids = [];
        for (let cursor = ''; cursor !== null;) {
            const { json } = await stack.http.get(`/api/admin/notifications?limit=2&cursor=${cursor}`, { token });
            ids.push(...json.notifications.map((m) => m.id));
            cursor = json.next_cursor;
        }
        assert.equal(new Set(ids).size, 5);
        assert.deepEqual(
            ids,
            ids.toSorted((a, b) => b - a),
        );
    });

    test('too late: never sent, and seen by staff', async () => {
        await stack.sandbox.kill();
        stack.sandbox.deaths.length = 0;
        const [tried, late] = await addMessages(stack, { count: 2 });
        await until('it is tried', async () => (await stateOf(stack, tried)).sends > 0);
        await stack.sql.text(`UPDATE notify.messages SET useful_until = now(), sends = CASE WHEN own_id = '${late}' THEN 0 ELSE sends END
            WHERE own_id IN ('${tried}', '${late}') AND state = 'queued'`);
        await becomes(stack, late, ['failed', 'queued', 'sending', 'unknown']);
        await until('it is given up', async () => {
            await stack.sql.text(`UPDATE notify.messages SET useful_until = now() WHERE own_id IN ('${tried}', '${late}') AND state = 'queued'`);
            return (await stateOf(stack, tried)).state === 'failed';
        });
        stack.sandbox.start();
        await stack.ready();
        assert.equal((await received(stack, tried)).length, 0);
        assert.equal((await stateOf(stack, tried)).result, 'too_late');
    });
});

describe('what only the operator can mend', () => {
    const resting = async (what) =>
        (await Promise.all(stack.notify.map((d) => stack.metrics(d)))).some((text) => text.includes(`notify_resting{what="${what}"} 1`));

    for (const state of ['changed', 'missing', 'requested'])
        test(`a template ${state} at the provider: an alarm, its messages wait, others go on`, async () => {
            await stack.toss.template('TICKET_PAID', state);
            const waiting = await addMessages(stack, { count: 3 });
            await until('the alarm is up', () => resting('paid'));
            const [other] = await addMessages(stack, { template: 'notice', priority: 4 });
            await becomes(stack, other, 'delivered');
            for (const own_id of waiting) {
                const row = await becomes(stack, own_id, 'queued'); // the other replica may be finding out
                assert.equal(row.tries, 0, 'nothing is burnt');
            }
            await stack.toss.template('TICKET_PAID', 'approved');
            for (const own_id of waiting) {
                await becomes(stack, own_id, 'delivered');
                assert.equal((await received(stack, own_id)).length, 1);
            }
            await until('the alarm is over', async () => !(await resting('paid')));
        });

    test('our keys are refused: everything waits, and goes on', async () => {
        await stack.toss.fault({ target: 'alimtalk.send', mode: 'error', code: '-1001', times: 0 });
        const ids = await addMessages(stack, { count: 5 });
        await until('the alarm is up', () => resting('provider'));
        await stack.toss.reset();
        for (const own_id of ids) {
            await becomes(stack, own_id, 'delivered');
            assert.equal((await received(stack, own_id)).length, 1);
        }
        assert.ok(stack.notify.some((d) => d.output().includes('all messages wait')));
    });

    test('no sender of text messages: sent without', async () => {
        await stack.toss.fault({ target: 'alimtalk.send', mode: 'error', code: '-1003' });
        const [own_id] = await addMessages(stack);
        await becomes(stack, own_id, 'delivered');
        assert.equal((await received(stack, own_id)).length, 1);
    });
});

describe('a crowd', () => {
    // A request tells 100: by two replicas 10,000 are told in 12 s at least, however late the ticket is bought.
    before(async () => {
        for (const daemon of stack.notify) await daemon.stop();
        for (const daemon of stack.notify) daemon.start({ NOTIFY_RATE: '4' });
        await stack.ready();
    });

    test('10,000 bulk messages do not keep a ticket back', { timeout: 120_000 }, async (t) => {
        const exhibition = await onSale(stack);
        const vars = JSON.stringify({ 전시명: '빛의 정원', 안내내용: '오늘은 한 시간 일찍 닫습니다.' });
        await stack.sql.text(`INSERT INTO notify.messages (order_number, event, own_id, template, priority, exhibition_id, phone, vars, useful_until)
            SELECT '', 'crowd/' || i, 'crowd' || lpad(i::text, 15, '0'), 'notice', 4, ${exhibition.id}, '010' || lpad(i::text, 4, '0') || '0000', '${vars}',
            now() + interval '1 day' FROM generate_series(0, 9999) i`);
        const sent = `SELECT count(*)::int AS n FROM notify.messages WHERE event LIKE 'crowd/%' AND sends > 0`;
        await until('the crowd is under way', async () => (await stack.sql.value(sent)) > 0);
        const b = await bought(exhibition, buy);
        const paidAt = Date.now();
        await told(b.phone, 'paid');
        t.diagnostic(`the ticket came after ${Date.now() - paidAt} ms`);
        const left = await stack.sql.value(`SELECT count(*)::int FROM notify.messages m, notify.messages ticket
            WHERE ticket.order_number = '${b.order.order_number}' AND ticket.event = 'paid'
            AND m.event LIKE 'crowd/%' AND coalesce(m.first_sent_at > ticket.first_sent_at, true)`);
        assert.ok(left > 5000, `before most of the crowd: ${left}`);
        const open = `SELECT count(*)::int AS n FROM notify.messages WHERE event LIKE 'crowd/%' AND state <> 'delivered'`;
        await until('the crowd is told', async () => (await stack.sql.value(open)) === 0, { ms: 90_000, every: 500 });
        assert.equal(await stack.sql.value(`SELECT max(sends)::int AS n FROM notify.messages WHERE event LIKE 'crowd/%'`), 1);
    });

    test('facts and messages agree', () => notifyAudit(stack));
});
