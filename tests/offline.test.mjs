// What a scanner loads, and how it decides alone: docs/offline.md is proven by lib/offline_client.mjs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { day } from './lib/fixture.mjs';
import { enroll, flipBit, forgeCode, openValue, rowId, staffAt } from './lib/gate.mjs';
import { patiently } from './lib/http.mjs';
import { offlineOps } from './lib/offline.mjs';
import { OfflineScanner } from './lib/offline_client.mjs';
import { program } from './lib/paths.mjs';
import { payOps } from './lib/pay_ops.mjs';
import { useStack } from './lib/stack.mjs';
import { readCode, renewed, ticketsWithCodes } from './lib/tickets.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const run = promisify(execFile);
const stack = useStack({ entrance: 1 });
const ops = payOps(stack);
const { exhibitionWith, done } = ops;
const { bought, codesOf, cutOff, toldToScanners } = offlineOps(stack, ops);

// ---- what it loads

describe('the manifest', () => {
    const rowsOf = (exhibition) =>
        stack.sql.rows(`SELECT encode(code_id, 'hex') AS id, left(state, 1) AS state, used FROM entrance.code_states WHERE exhibition_id = ${exhibition.id}`);
    const asTable = (scanner) =>
        Object.fromEntries([...scanner.rows].map(([id, { state, used }]) => [Buffer.from(id, 'base64url').toString('hex'), `${state}${used}`]));

    test('has no gap while tickets are sold, used, given back and issued anew', async () => {
        const exhibition = await exhibitionWith();
        const gate = staffAt(stack, exhibition.code);
        const scanner = new OfflineScanner(await enroll(stack, exhibition));
        let [over, looks] = [false, 0];
        const sells = parallel(60, 6, async (i) => {
            await until('the scanner looks meanwhile', () => 5 * looks >= i);
            const order = await bought(exhibition, { quantity: 2 });
            if (i % 3 === 0) assert.equal(await gate.status(order.codes.tickets[0]), 'allowed');
            if (i % 3 === 1) {
                const body = { order_number: order.order_number, reason: '유출' };
                const token = stack.token('manager', exhibition.code);
                assert.equal((await patiently(() => stack.http.post('/api/entrance/reissue', body, { token }))).status, 200);
            }
            if (i % 3 === 2) {
                const away = { refund_id: `ref-${randomUUID()}`, order_number: order.order_number, tickets: [order.tickets[0]] };
                await done('void_tickets', away);
            }
        });
        // Changed by a transaction that began long before others which are over: whoever counts on when rows were written misses it.
        const slow = (async () => {
            while (!over) {
                await stack.sql.text(`BEGIN; SELECT entrance.note_changes(ARRAY(
                    SELECT id FROM entrance.orders WHERE exhibition_id = ${exhibition.id} ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED));
                    SELECT pg_sleep(0.3); COMMIT`);
            }
        })();
        const reads = (async () => {
            for (; !over; looks++) await scanner.load(day());
        })();
        try {
            await sells;
            await until('booking has told', async () => {
                const { cancelled } = await stack.sql.row(
                    `SELECT count(*) AS cancelled FROM entrance.code_states WHERE exhibition_id = ${exhibition.id} AND state = 'cancelled'`,
                );
                return Number(cancelled) === 20;
            });
        } finally {
            over = true;
            await Promise.allSettled([slow, reads]);
        }
        await Promise.all([slow, reads]);
        assert.ok(looks > 10);
        await toldToScanners(exhibition);
        await scanner.load(day());
        const expected = Object.fromEntries((await rowsOf(exhibition)).map(({ id, state, used }) => [id, `${state}${used}`]));
        assert.deepEqual(asTable(scanner), expected);
        assert.deepEqual(
            tally(Object.values(expected), (v) => v),
            { v0: 120, v1: 40, r0: 60, c0: 20 },
        );
    });

    test('has codes of the day and of any day, for who is there', async () => {
        const exhibition = await exhibitionWith({ visit_date_required: false });
        const other = await exhibitionWith();
        const [any, today, tomorrow] = [
            await bought(exhibition),
            await bought(exhibition, { visit_date: day() }),
            await bought(exhibition, { visit_date: day(1) }),
        ];
        const scanner = await enroll(stack, exhibition);
        const has = async (query, orders) => {
            await toldToScanners(exhibition);
            const { rows } = await scanner.manifest(query);
            const wanted = orders.flatMap(({ codes }) => [...codes.tickets, codes.group].map(rowId));
            assert.deepEqual([...rows.keys()].sort(), wanted.sort());
        };
        await has({}, [any, today]);
        await has({ date: day(1) }, [any, tomorrow]);
        await has({ exhibition, date: day(2) }, [any]);
        const ask = (query, token) => stack.http.get(`/api/entrance/manifest?${query}`, { token });
        assert.equal((await ask(`exhibition=${other.code}`, scanner.token)).status, 404);
        assert.equal((await ask(`exhibition=${exhibition.code}`, stack.token('staff', other.code))).status, 404);
        assert.equal((await ask(`exhibition=${exhibition.code}`, stack.token('staff', exhibition.code))).status, 200);
        assert.equal((await ask(`exhibition=${exhibition.code}`, stack.token('viewer', exhibition.code))).status, 403);
        assert.equal((await ask('', stack.token('staff', '*'))).status, 422, 'which exhibition?');
        for (const query of ['date=2026-13-01', 'date=x', 'cursor=x', 'cursor=1:', 'cursor=-1:1', `cursor=${'9'.repeat(20)}:1`])
            assert.equal((await ask(query, scanner.token)).status, 422, query);
        assert.equal((await ask(`cursor=${'9'.repeat(19)}:1`, scanner.token)).status, 200, 'behind everything');
    });

    test('tells nothing of anybody to whom one has not got the code', async () => {
        const exhibition = await exhibitionWith();
        const order = await bought(exhibition, { quantity: 3, customer_name: '남궁민수' });
        const scanner = await enroll(stack, exhibition);
        await toldToScanners(exhibition);
        const { text, json } = await stack.http.get('/api/entrance/manifest', { token: scanner.token });
        const codes = [...order.codes.tickets, order.codes.group];
        assert.equal(json.rows.length, 4);
        for (const secret of ['남궁', '민수', order.order_number, ...codes, ...codes.map((c) => c.slice(-86))]) assert.ok(!text.includes(secret), secret);
        for (const [id, value] of json.rows) {
            const own = codes.find((code) => rowId(code) === id);
            const { order_number, name, products } = openValue(own, value);
            assert.deepEqual([order_number, name], [order.order_number, '남**수']);
            assert.equal(products, own === order.codes.group ? `${exhibition.products[0].id}*3` : '');
            for (const code of codes.filter((c) => c !== own)) assert.throws(() => openValue(code, value));
            assert.throws(() => openValue(flipBit(own, 847), value));
            assert.throws(() => openValue(id, value));
        }
    });

    test('50,000 tickets are less than 10 MB, a page less than 1 MiB', { timeout: 120_000 }, async (t) => {
        const ORDERS = 25_000; // of two: those of one are smaller in all, for the code of an order of one has no value
        const exhibition = await exhibitionWith();
        const scanner = await enroll(stack, exhibition);
        await stack.sql.text(`BEGIN; SET LOCAL search_path = entrance;
            INSERT INTO orders (id, version, order_number, exhibition_id, status, customer_name, token_version)
            SELECT 1e12 + i, 1, 'ORD20261122' || lpad(i::text, 10, '0'), ${exhibition.id}, 'paid', '남궁민수', 1 FROM generate_series(1, ${ORDERS}) i;
            INSERT INTO tickets (id, order_id, exhibition_id, product_id, status)
            SELECT 1e12 + 2 * i + k, 1e12 + i, ${exhibition.id}, ${exhibition.products[0].id}, 'valid' FROM generate_series(1, ${ORDERS}) i, generate_series(0, 1) k;
            INSERT INTO codes (code_id, code, kind, ref, order_id, exhibition_id, version, issued_at)
            SELECT decode(md5(kind || ref), 'hex'), rpad(kind || ref, 142, 'A'), kind::"char", ref, order_id, ${exhibition.id}, 1, now()
            FROM (SELECT 't' AS kind, id AS ref, order_id FROM tickets WHERE exhibition_id = ${exhibition.id}
                  UNION ALL SELECT 'o', id, id FROM orders WHERE exhibition_id = ${exhibition.id}) c;
            SELECT note_changes(array_agg(id)) FROM orders WHERE exhibition_id = ${exhibition.id};
            COMMIT; ANALYZE entrance.orders, entrance.tickets, entrance.codes`);
        await toldToScanners(exhibition);
        const rows = new Set();
        const began = Date.now();
        let [bytes, longest, cursor] = [0, 0, ''];
        for (let page = { more: true }; page.more; cursor = page.cursor) {
            const target = `/api/entrance/manifest?cursor=${encodeURIComponent(cursor)}`;
            const answer = await patiently(() => stack.http.get(target, { token: scanner.token }));
            assert.equal(answer.status, 200, answer.text);
            page = answer.json;
            bytes += answer.text.length;
            longest = Math.max(longest, answer.text.length);
            for (const [id] of page.rows) rows.add(id);
        }
        t.diagnostic(`${bytes} bytes, ${Date.now() - began} ms`);
        assert.equal(rows.size, 3 * ORDERS);
        assert.ok(bytes < 10_000_000, `${bytes}`);
        assert.ok(longest < 1 << 20, `${longest}`);
    });
});

// ---- what it decides alone

describe('a scanner that is cut off', () => {
    test('knows tickets and their names, and refuses as we would', async () => {
        const exhibition = await exhibitionWith({
            products: [
                { total: 1000, price: 1000 },
                { total: 1000, price: 1000 },
            ],
        });
        await stack.sql.text(`UPDATE booking.products SET proof_required = true WHERE id = ${exhibition.products[1].id}`);
        const other = await exhibitionWith();
        const [family, pupil, later, stranger] = [
            await bought(exhibition, { quantity: 4, customer_name: '홍길동' }),
            await bought(exhibition, { product: 1 }),
            await bought(exhibition, { visit_date: day(2) }),
            await bought(other),
        ];
        const gate = staffAt(stack, exhibition.code);
        const [used, leaked, returned] = [await bought(exhibition), await bought(exhibition), await bought(exhibition)];
        assert.equal(await gate.status(used.codes.tickets[0]), 'allowed');
        const manager = { token: stack.token('manager', exhibition.code) };
        await stack.http.post('/api/entrance/reissue', { order_number: leaked.order_number, reason: '유출' }, manager);
        await done('void_tickets', { refund_id: `ref-${randomUUID()}`, order_number: returned.order_number, tickets: returned.tickets });
        await until('it is known', async () => (await ticketsWithCodes(stack, returned)).tickets[0].status === 'void');
        await until('the proof is known', () =>
            stack.sql.value(`SELECT bool_or(proof_required) FROM entrance.products WHERE exhibition_id = ${exhibition.id}`),
        );
        const scanner = await cutOff(exhibition);

        const first = scanner.scan(family.codes.tickets[2]);
        assert.deepEqual([first.verdict, first.name, first.order_number], ['allowed', '홍*동', family.order_number]);
        const verdict = (code, options) => scanner.scan(code, options).verdict;
        assert.equal(verdict(family.codes.tickets[2]), 'already_entered');
        const group = scanner.scan(family.codes.group, { count: 2 });
        assert.deepEqual([group.verdict, group.admitted], ['allowed', 2]);
        assert.equal(scanner.scan(family.codes.group).admitted, 1, 'whoever is left');
        assert.equal(verdict(family.codes.group), 'already_entered');
        assert.equal(verdict(family.codes.tickets[0]), 'already_entered', 'all of the order are inside');
        assert.equal(verdict(pupil.codes.tickets[0]), 'proof_needed');
        assert.equal(verdict(pupil.codes.tickets[0], { proof_seen: true }), 'allowed');
        assert.equal(verdict(later.codes.tickets[0]), 'not_today');
        assert.equal(verdict(stranger.codes.tickets[0]), 'wrong_exhibition');
        assert.equal(verdict(used.codes.tickets[0]), 'already_entered');
        assert.equal(verdict(leaked.codes.tickets[0]), 'replaced');
        assert.equal(verdict(returned.codes.tickets[0]), 'cancelled');
        const real = used.codes.group;
        for (const forged of [forgeCode(real), flipBit(real, 100), flipBit(real, 800), real.slice(0, -1), 'x', '']) assert.equal(verdict(forged), 'invalid');
        assert.equal(verdict((await codesOf(renewed(leaked))).tickets[0]), 'allowed', 'the newer code');

        const brought = await scanner.bring();
        const wrong = brought.filter((r) => r.result !== 'accepted');
        assert.deepEqual(
            wrong.map((r) => [r.result, r.field]),
            [['rejected', 'qr_code']],
            'only what is no text at all',
        );
        const inside = await stack.sql.rows(`SELECT t.order_id, count(*) AS n FROM entrance.tickets t JOIN entrance.orders o ON o.id = t.order_id
            WHERE t.exhibition_id = ${exhibition.id} AND entered_at IS NOT NULL GROUP BY 1 ORDER BY 1`);
        assert.deepEqual(
            inside.map((o) => Number(o.n)),
            [4, 1, 1, 1],
        );
        await toldToScanners(exhibition);
        await scanner.load(day());
        assert.equal(scanner.claims.length, 0, 'the manifest has it');
        assert.equal(scanner.scan(family.codes.tickets[1]).verdict, 'already_entered');
    });

    test('keeps to days and slots with their tolerance', async () => {
        const slots = [
            { date: day(1), starts_at: '10:00', ends_at: '11:00', capacity: 100 },
            { date: day(2), starts_at: '00:10', ends_at: '01:00', capacity: 100 },
        ];
        const exhibition = await exhibitionWith({ slots });
        const [ten, night] = [await bought(exhibition, { slot_id: exhibition.slots[0].id }), await bought(exhibition, { slot_id: exhibition.slots[1].id })];
        const scanner = await cutOff(exhibition);
        await scanner.load(day(1));
        const midnight = Date.parse(`${day(1)}T00:00:00+09:00`);
        const at = (order, minute) => scanner.scan(order.codes.tickets[0], { at: midnight + minute * 60_000 }).verdict;
        assert.equal(at(ten, 569.9), 'wrong_slot');
        assert.equal(at(ten, 690.1), 'wrong_slot');
        assert.equal(at(ten, 1440 + 600), 'not_today');
        assert.equal(at(ten, 689.9), 'allowed');
        await scanner.load(day(2));
        assert.equal(at(night, 1440 - 21), 'not_today');
        assert.equal(at(night, 1440 - 19), 'allowed', 'the tolerance reaches into the evening before');
    });

    test('hears by its next look of days, tolerance, products and slots that change', async () => {
        const slots = [{ date: day(1), starts_at: '10:00', ends_at: '11:00', capacity: 100 }];
        const exhibition = await exhibitionWith({ slots });
        const order = await bought(exhibition, { slot_id: exhibition.slots[0].id, quantity: 2 });
        const scanner = await cutOff(exhibition);
        await scanner.load(day(1));
        const midnight = Date.parse(`${day(1)}T00:00:00+09:00`);
        const at = (minute, options) => scanner.scan(order.codes.tickets[0], { at: midnight + minute * 60_000, ...options }).verdict;
        assert.equal(at(700), 'wrong_slot');

        const { cursor } = scanner;
        await stack.sql.text(`UPDATE booking.exhibitions SET entry_after_minutes = 120, end_date = '${day(99)}' WHERE id = ${exhibition.id};
            UPDATE booking.products SET proof_required = true WHERE id = ${exhibition.products[0].id};
            INSERT INTO booking.time_slots (exhibition_id, pool_id, date, starts_at, ends_at)
                VALUES (${exhibition.id}, ${-exhibition.id}, '${day(1)}', '15:00', '16:00')`);
        await until('it has heard', async () => {
            await scanner.load(day(1));
            const { last_day, tolerance, products, slots: known } = scanner.plan;
            return last_day === day(99) && tolerance.after === 120 && products[0].proof_required && known.length === 2;
        });
        assert.notEqual(scanner.cursor, cursor, 'it went on from where it was');
        assert.equal(at(700), 'proof_needed');
        assert.equal(at(700, { proof_seen: true }), 'allowed');
    });

    test('lets in with a code that it does not know only when it is younger than what it loaded', async () => {
        const exhibition = await exhibitionWith();
        await bought(exhibition);
        const scanner = await cutOff(exhibition);
        const order = await bought(exhibition, { quantity: 3 });
        assert.equal(scanner.rows.has(rowId(order.codes.tickets[0])), false);
        assert.equal(scanner.scan(order.codes.group).admitted, 1, 'nobody knows how many they are');
        assert.equal(scanner.scan(order.codes.group).verdict, 'already_entered');
        assert.equal(scanner.scan(order.codes.tickets[0]).verdict, 'allowed');
        scanner.claims = [];
        scanner.asOf = readCode(order.codes.tickets[1]).issued_at * 1000 + 121_000;
        assert.equal(scanner.scan(order.codes.tickets[1]).verdict, 'invalid');
        scanner.asOf -= 2000;
        assert.equal(scanner.scan(order.codes.tickets[1]).verdict, 'allowed');
    });

    test('may trust the time in a code: it is that of the database, as the manifest has it', async () => {
        const exhibition = await exhibitionWith();
        const order = await bought(exhibition);
        const [body, token] = [{ order_number: order.order_number, reason: '유출' }, stack.token('manager', exhibition.code)];
        const nextSecond = `SELECT date_trunc('second', clock_timestamp()) > xact_start FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
        const { answer } = await stack.sql.whileHeld(`SELECT FROM entrance.orders WHERE order_number = '${order.order_number}' FOR UPDATE`, async () => {
            const asked = patiently(() => stack.http.post('/api/entrance/reissue', body, { token }));
            await until('another second has begun since it waits', () => stack.sql.value(nextSecond), { every: 20 });
            return { answer: asked };
        });
        const reissued = await answer;
        assert.equal(reissued.status, 200, reissued.text);
        // What its transaction wrote has the time at which that began, in a second before that in which the codes could be signed.
        const began = await stack.sql.value(`SELECT floor(extract(epoch FROM created_at))::int FROM entrance.events
            WHERE entity = '${order.order_number}' ORDER BY id DESC LIMIT 1`);
        const codes = await stack.sql
            .rows(`SELECT c.code, extract(epoch FROM c.issued_at)::int AS at FROM entrance.codes c JOIN entrance.orders o ON o.id = c.order_id
            WHERE o.order_number = '${order.order_number}' AND c.version > 1`);
        assert.deepEqual(
            codes.map(({ code, at }) => [readCode(code).issued_at, at]),
            [
                [began, began],
                [began, began],
            ],
        );
    });

    test('is told how far the manifest reaches while an old transaction holds the rest back', async () => {
        const exhibition = await exhibitionWith();
        const order = await bought(exhibition);
        const scanner = await cutOff(exhibition);
        const issued = await stack.sql.whileHeld('SELECT pg_current_xact_id()', async () => {
            await stack.sql.text(`BEGIN; INSERT INTO entrance.codes (code_id, code, kind, ref, order_id, exhibition_id, version, issued_at)
                SELECT decode(md5(code), 'hex'), 'x', kind, -ref, order_id, exhibition_id, 1, now() FROM entrance.codes WHERE ref = ${order.tickets[0]} AND kind = 't';
                SELECT entrance.note_changes(ARRAY[order_id]) FROM entrance.codes WHERE ref = ${-order.tickets[0]}; COMMIT`);
            const at = Number(await stack.sql.value(`SELECT extract(epoch FROM issued_at) * 1000 FROM entrance.codes WHERE ref = ${-order.tickets[0]}`));
            await scanner.load(day());
            assert.equal(scanner.rows.size, 2);
            assert.ok(scanner.asOf <= at, 'it is not told to have everything');
            return at;
        });
        await toldToScanners(exhibition);
        await scanner.load(day());
        assert.equal(scanner.rows.size, 3);
        assert.ok(scanner.asOf > issued);
        await stack.sql.text(`DELETE FROM entrance.codes WHERE ref = ${-order.tickets[0]}`);
    });

    test('verifies tickets of the old and of the new key', async () => {
        const exhibition = await exhibitionWith();
        const before = await bought(exhibition);
        const { stdout } = await run(program('entrance-keys'), ['rotate', '0'], { env: { ...process.env, ...stack.entrance[0].env } });
        assert.ok(stdout, 'it says what it did');
        const after = await until('the new key signs', async () => {
            const order = await bought(exhibition);
            return readCode(order.codes.group).key_id > readCode(before.codes.group).key_id && order;
        });
        const scanner = await cutOff(exhibition);
        assert.ok(scanner.keys.size >= 2);
        assert.equal(scanner.scan(before.codes.tickets[0]).verdict, 'allowed');
        assert.equal(scanner.scan(after.codes.tickets[0]).verdict, 'allowed');
        scanner.keys.delete(readCode(after.codes.group).key_id);
        assert.equal(scanner.scan(after.codes.group).verdict, 'invalid', 'a key it never loaded');
        assert.ok((await scanner.bring()).every((r) => r.result === 'accepted'));
    });
});
