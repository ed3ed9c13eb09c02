// What scanners bring when they are back: every scan once, the same end in any order, every conflict named.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { day } from './lib/fixture.mjs';
import { enroll, flipBit, forgeCode, offlineScan, staffAt } from './lib/gate.mjs';
import { patiently } from './lib/http.mjs';
import { auditsAgree } from './lib/books.mjs';
import { offlineOps } from './lib/offline.mjs';
import { payOps } from './lib/pay_ops.mjs';
import { useStack } from './lib/stack.mjs';
import { readCode, ticketsWithCodes } from './lib/tickets.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const stack = useStack({ entrance: 1, supervised: true }, { finish: () => auditsAgree(stack, 10_000) });
const ops = payOps(stack);
const { exhibitionWith, done } = ops;
const { bought: boughtNow, boughtBefore: bought } = offlineOps(stack, ops);
const results = (answer) => {
    assert.equal(answer.status, 200, answer.text);
    return answer.json.results;
};

// ---- what it brings

/** Everything the gate knows of scans and entries in an exhibition, by names that do not depend on the order of arrival. */
const stateOf = async (exhibition, name) => {
    const scans = await stack.sql.rows(`SELECT scan_id, verdict, claim, count, admitted, breaks, conflict, offline, order_id IS NULL AS unknown
        FROM entrance.scans WHERE exhibition_id = ${exhibition.id}`);
    const tickets = await stack.sql.rows(`SELECT t.id, s.scan_id FROM entrance.tickets t LEFT JOIN entrance.scans s ON s.id = t.entered_by
        WHERE t.exhibition_id = ${exhibition.id}`);
    const codes = await stack.sql.rows(`SELECT kind, ref, state, used FROM entrance.code_states WHERE exhibition_id = ${exhibition.id}`);
    return {
        scans: Object.fromEntries(scans.map(({ scan_id, ...row }) => [name(scan_id), row])),
        tickets: Object.fromEntries(tickets.map((t) => [name(`t${t.id}`), t.scan_id && name(t.scan_id)])),
        codes: Object.fromEntries(codes.map((c) => [name(`${c.kind}${c.ref}`), `${c.state} ${c.used}`])),
    };
};

const upload = async (scanner, ...scans) => results(await patiently(() => scanner.sync(scans)));

describe('an upload', () => {
    test('stores each scan once; the earlier has the ticket, whoever comes first', async () => {
        const exhibition = await exhibitionWith();
        const order = await bought(exhibition);
        const [one, other] = [await enroll(stack, exhibition, 'A'), await enroll(stack, exhibition, 'B')];
        const [code] = order.codes.tickets;
        const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
        const late = offlineScan(code, { scanned_at: ago(60) });
        const early = offlineScan(code, { scanned_at: ago(600) });
        assert.deepEqual(await upload(one, late), [{ scan_id: late.scan_id, result: 'accepted' }]);
        const sent = Date.now();
        assert.deepEqual(await upload(other, early), [{ scan_id: early.scan_id, result: 'accepted' }]);
        const underWay = Date.now() - sent;
        const message = '이미 입장한 티켓입니다.';
        const again = { scan_id: late.scan_id, result: 'duplicate', first: 'accepted', conflict: 'already_entered', message };
        assert.deepEqual(await upload(one, late), [again]);
        assert.deepEqual(await upload(other, early), [{ scan_id: early.scan_id, result: 'duplicate', first: 'accepted' }]);
        const twice = offlineScan(code, { scanned_at: ago(30) });
        assert.deepEqual(
            (await upload(one, twice, twice)).map((r) => [r.result, r.first, r.conflict]),
            [
                ['conflict', undefined, 'already_entered'],
                ['duplicate', 'conflict', 'already_entered'],
            ],
        );
        assert.deepEqual(
            (await upload(other, { ...early, qr_code: order.codes.group })).map((r) => [r.result, r.field]),
            [['rejected', 'scan_id']],
        );
        const rows = await stack.sql.rows(
            `SELECT scan_id, admitted, scanned_at FROM entrance.scans WHERE exhibition_id = ${exhibition.id} ORDER BY scanned_at`,
        );
        assert.deepEqual(
            rows.map((r) => [r.scan_id, r.admitted]),
            [
                [early.scan_id, 1],
                [late.scan_id, 0],
                [twice.scan_id, 0],
            ],
        );
        const shift = Date.parse(rows[0].scanned_at) - Date.parse(early.scanned_at);
        assert.ok(shift >= 0 && shift <= underWay, `${shift} of ${underWay} ms`);
        await until('booking knows', async () => {
            const { json } = await stack.http.get(`/api/orders/${order.order_number}`);
            return json.entrance_checked && Date.parse(json.entrance_time) === Date.parse(rows[0].scanned_at);
        });
        assert.equal(await staffAt(stack, exhibition.code).status(code), 'already_entered');
    });

    test('finds what had reached us online, though no answer came back', async () => {
        const exhibition = await exhibitionWith();
        const order = await bought(exhibition, { quantity: 2 });
        const scanner = await enroll(stack, exhibition);
        const [heard, refused] = [offlineScan(order.codes.tickets[0]), offlineScan(order.codes.tickets[0])];
        assert.equal(await scanner.status(heard.qr_code, { scan_id: heard.scan_id }), 'allowed');
        assert.equal(await scanner.status(refused.qr_code, { scan_id: refused.scan_id }), 'already_entered');
        const found = await upload(scanner, heard, refused);
        assert.deepEqual(
            found.map((r) => [r.result, r.first, r.conflict]),
            [
                ['duplicate', undefined, undefined],
                ['duplicate', undefined, 'already_entered'],
            ],
            'let in all the same: a conflict',
        );
        assert.deepEqual(await upload(scanner, heard, refused), found);
        assert.equal((await scanner.verdict(heard.qr_code, { scan_id: heard.scan_id })).entrance_status, 'allowed', 'told again');
        assert.equal(await stack.sql.value(`SELECT count(*)::int FROM entrance.scans WHERE exhibition_id = ${exhibition.id}`), 2);
        // The other way round is no way: what was brought is not asked online again.
        const brought = offlineScan(order.codes.tickets[1]);
        await upload(scanner, brought);
        assert.equal((await scanner.scan(brought.qr_code, { scan_id: brought.scan_id })).status, 409);
        assert.equal(await stack.sql.value(`SELECT count(*)::int FROM entrance.scans WHERE exhibition_id = ${exhibition.id}`), 3);
    });

    test('makes an entry of an online refusal that was not heard', async () => {
        const exhibition = await exhibitionWith();
        await stack.sql.text(`UPDATE booking.products SET proof_required = true WHERE exhibition_id = ${exhibition.id}`);
        await until('the proof is known', () =>
            stack.sql.value(`SELECT bool_or(proof_required) FROM entrance.products WHERE exhibition_id = ${exhibition.id}`),
        );
        const order = await bought(exhibition, { quantity: 2 });
        const scanner = await enroll(stack, exhibition);
        for (const [i, conflict] of [undefined, 'proof_needed'].entries()) {
            const scan = offlineScan(order.codes.tickets[i], { proof_seen: i === 0 });
            assert.equal(await scanner.status(scan.qr_code, { scan_id: scan.scan_id }), 'proof_needed');
            for (let times = 0; times < 2; times++) {
                const [told] = await upload(scanner, scan);
                assert.deepEqual([told.result, told.first, told.conflict], ['duplicate', undefined, conflict]);
            }
            assert.equal((await scanner.scan(scan.qr_code, { scan_id: scan.scan_id })).status, 409);
            assert.equal(await scanner.status(scan.qr_code), 'already_entered', 'they are inside');
        }
        const inside = await stack.sql.value(`SELECT count(entered_at)::int FROM entrance.tickets WHERE exhibition_id = ${exhibition.id}`);
        assert.equal(inside, 2);
    });

    test('has its ids for itself: another scanner that chose the same brings other scans', async () => {
        const exhibition = await exhibitionWith();
        const order = await bought(exhibition, { quantity: 3 });
        const [one, other] = [await enroll(stack, exhibition, 'A'), await enroll(stack, exhibition, 'B')];
        const staff = staffAt(stack, exhibition.code);
        const first = (i) => offlineScan(order.codes.tickets[i], { scan_id: '1' });
        assert.equal(await one.status(order.codes.tickets[0], { scan_id: '1' }), 'allowed');
        const told = [...(await upload(one, first(0))), ...(await upload(other, first(1))), ...(await upload(staff, first(2)))];
        assert.deepEqual(
            told.map((r) => [r.result, r.conflict]),
            [
                ['duplicate', undefined],
                ['accepted', undefined],
                ['accepted', undefined],
            ],
        );
        const again = [...(await upload(other, first(1))), ...(await upload(staff, first(2)))];
        assert.ok(again.every((r) => r.result === 'duplicate' && r.first === 'accepted'));
        const wrong = await upload(other, first(0));
        assert.deepEqual([wrong[0].result, wrong[0].field], ['rejected', 'scan_id']);
        assert.equal(await stack.sql.value(`SELECT count(*)::int FROM entrance.scans WHERE exhibition_id = ${exhibition.id}`), 3);
    });

    test('twice at once, by one scanner under one id with two codes: what is answered as stored is stored', { timeout: 60_000 }, async () => {
        const exhibition = await exhibitionWith();
        const order = await bought(exhibition, { quantity: 2 });
        const scanner = await enroll(stack, exhibition);
        const stored = { accepted: 0, conflict: 0 };
        for (let round = 0; round < 40; round++) {
            const scan = (i) => offlineScan(order.codes.tickets[i], { scan_id: `round ${round}` });
            const answers = await Promise.all([upload(scanner, scan(0)), upload(scanner, scan(1))]);
            const words = answers.map(([r]) => r.result);
            for (const word of words) if (word in stored) stored[word]++;
            assert.equal(words.filter((word) => word === 'rejected').length, 1, words.join());
        }
        const rows = await stack.sql.value(`SELECT count(*)::int FROM entrance.scans WHERE exhibition_id = ${exhibition.id}`);
        assert.deepEqual([rows, stored.accepted + stored.conflict], [40, 40]);
    });

    test("dated before its code was issued takes nobody's place: when it was, nobody knows", async () => {
        const exhibition = await exhibitionWith();
        const order = await boughtNow(exhibition, { quantity: 2 });
        const scanner = await enroll(stack, exhibition);
        const { entrance_time } = await staffAt(stack, exhibition.code).verdict(order.codes.tickets[0]);
        const scanned_at = new Date(Date.now() - 3_600_000).toISOString();
        const sent = Date.now();
        const [late, early] = await upload(scanner, ...order.codes.tickets.map((code) => offlineScan(code, { scanned_at })));
        const answered = Date.now();
        assert.deepEqual([late.result, late.conflict, early.result, early.conflict], ['conflict', 'already_entered', 'conflict', 'clock']);
        assert.ok(early.message);
        const tickets = await stack.sql.rows(`SELECT t.entered_at, c.issued_at FROM entrance.tickets t
            JOIN entrance.codes c ON c.kind = 't' AND c.ref = t.id WHERE t.exhibition_id = ${exhibition.id} ORDER BY t.id`);
        assert.equal(Date.parse(tickets[0].entered_at), Date.parse(entrance_time));
        const at = Date.parse(tickets[1].entered_at);
        assert.ok(at >= sent && at <= answered && at > Date.parse(tickets[1].issued_at), JSON.stringify(tickets));
    });
});

describe('what is wrong in an upload', () => {
    test('sets a clock right once, when a scan is first stored', async () => {
        const exhibition = await exhibitionWith();
        const order = await bought(exhibition);
        const scanner = await enroll(stack, exhibition);
        const skew = 47 * 60_000;
        const now = Date.now();
        const clock = (ms = 0) => new Date(now + skew + ms).toISOString();
        const scan = offlineScan(order.codes.tickets[0], { scanned_at: clock(-600_000) });
        const future = offlineScan('x', { scanned_at: clock(600_000) });
        const ancient = offlineScan('x', { scanned_at: new Date(now - 370 * 86_400_000).toISOString() });
        const first = results(await scanner.sync([scan, future, ancient], { sent_at: clock() }));
        assert.deepEqual(
            first.map((r) => [r.result, r.field]),
            [
                ['accepted', undefined],
                ['conflict', undefined],
                ['rejected', 'scanned_at'],
            ],
        );
        const at = async () =>
            await stack.sql.rows(`SELECT scanned_at, extract(epoch FROM received_at - scanned_at) AS age FROM entrance.scans
            WHERE exhibition_id = ${exhibition.id} ORDER BY scanned_at`);
        const stored = await at();
        assert.ok(Math.abs(stored[0].age - 600) < 5, JSON.stringify(stored));
        assert.ok(Math.abs(stored[1].age) < 5, 'never in the future');
        results(await scanner.sync([scan], { sent_at: clock(-3_000_000) }));
        assert.deepEqual(await at(), stored);
    });

    test('names over-admission of a group, and everything else that was wrong', async () => {
        const exhibition = await exhibitionWith({ products: [{ total: 1000 }, { total: 1000 }] });
        const elsewhere = await bought(await exhibitionWith());
        await stack.sql.text(`UPDATE booking.products SET proof_required = true WHERE id = ${exhibition.products[1].id}`);
        await until('the proof is known', () =>
            stack.sql.value(`SELECT bool_or(proof_required) FROM entrance.products WHERE exhibition_id = ${exhibition.id}`),
        );
        const [family, pupil, later, leaked, returned] = [
            await bought(exhibition, { quantity: 4 }),
            await bought(exhibition, { product: 1 }),
            await bought(exhibition, { visit_date: day(3) }),
            await bought(exhibition),
            await bought(exhibition),
        ];
        const manager = { token: stack.token('manager', exhibition.code) };
        await stack.http.post('/api/entrance/reissue', { order_number: leaked.order_number, reason: '유출' }, manager);
        await done('void_tickets', { refund_id: `ref-${randomUUID()}`, order_number: returned.order_number, tickets: returned.tickets });
        await until('it is known', async () => (await ticketsWithCodes(stack, returned)).tickets[0].status === 'void');
        const scanner = await enroll(stack, exhibition);
        let minute = 100;
        const scan = (code, members) => offlineScan(code, { scanned_at: new Date(Date.now() - minute-- * 60_000).toISOString(), ...members });
        const rows = [
            [scan(family.codes.group, { count: 3 })],
            [scan(family.codes.group, { count: 3 }), 'over_admitted'],
            [scan(family.codes.tickets[0]), 'already_entered'],
            [scan(pupil.codes.tickets[0]), 'proof_needed'],
            [scan(pupil.codes.tickets[0], { proof_seen: true }), 'already_entered'],
            [scan(later.codes.tickets[0]), 'not_today'],
            [scan(leaked.codes.tickets[0]), 'replaced'],
            [scan(returned.codes.tickets[0]), 'cancelled'],
            [scan(elsewhere.codes.tickets[0]), 'wrong_exhibition'],
            [scan(forgeCode(family.codes.group)), 'invalid'],
            [scan(flipBit(family.codes.group, 333)), 'invalid'],
            [scan('https://example.com/한글 코드'), 'invalid'],
            [scan(later.codes.tickets[0], { verdict: 'not_today' })],
            [scan('x', { verdict: 'invalid' })],
        ];
        const found = await upload(scanner, ...rows.map(([row]) => row));
        assert.deepEqual(
            found.map((r) => r.conflict),
            rows.map(([, conflict]) => conflict),
        );
        assert.ok(found.every((r) => !r.conflict || r.message));
        const { scans } = await stateOf(exhibition, String);
        const people = rows.map(([row]) => scans[row.scan_id].admitted);
        assert.deepEqual(people, [3, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
        const { conflicts } = (await staffAt(stack, exhibition.code).stats(exhibition)).json;
        const named = tally(rows.map(([, conflict]) => conflict).filter(Boolean), (v) => v);
        named.over_admitted = 2; // people
        if (new Date(Date.now() - 6_100_000 + 32_400_000).getUTCDate() === new Date(Date.now() + 32_400_000).getUTCDate()) assert.deepEqual(conflicts, named);
    });

    test('one row that is wrong never holds up another', async () => {
        const exhibition = await exhibitionWith();
        const scanner = await enroll(stack, exhibition);
        const good = () => offlineScan('x', { verdict: 'invalid' });
        const token = { service: 'entrance', role: 'device', scope: exhibition.code, userId: scanner.id };
        const bad = [
            '7',
            'null',
            '[]',
            '{}',
            JSON.stringify({ ...good(), scan_id: '' }),
            JSON.stringify({ ...good(), scan_id: 'x'.repeat(65) }),
            JSON.stringify({ ...good(), qr_code: 'x'.repeat(501) }),
            JSON.stringify({ ...good(), qr_code: 'nul \0' }),
            JSON.stringify({ ...good(), qr_code: '\ud800' }),
            JSON.stringify({ ...good(), qr_code: 'a \x07 bell' }),
            JSON.stringify({ ...good(), scanned_at: 'noon' }),
            JSON.stringify({ ...good(), verdict: 'perhaps' }),
            JSON.stringify({ ...good(), count: 0 }),
            JSON.stringify({ ...good(), count: '1' }),
            JSON.stringify({ ...good(), more: 1 }),
            `{"scan_id":"a","scan_id":"b"}`,
        ];
        const rows = bad.flatMap((row) => [JSON.stringify(good()), row]);
        const raw = (list) => `{"sent_at":"${new Date().toISOString()}","scans":[${list}]}`;
        const answer = await stack.bus.call('sync', undefined, { ...token, raw: raw(rows) });
        assert.equal(answer.status, 'OK', JSON.stringify(answer));
        assert.deepEqual(
            answer.body.results.map((r) => r.result),
            bad.flatMap(() => ['accepted', 'rejected']),
        );
        assert.ok(answer.body.results.every((r) => r.result === 'accepted' || (r.message && 'field' in r)));

        // One that SQL alone refuses.
        await stack.sql.text(`ALTER TABLE entrance.scans ADD CONSTRAINT no_poison CHECK (scan_id NOT LIKE '%poison%')`);
        try {
            const scans = Array.from({ length: 100 }, (_, i) => ({ ...good(), scan_id: `${exhibition.code}-${i === 37 || i === 99 ? 'poison' : ''}${i}` }));
            const kept = results(await scanner.sync(scans));
            assert.deepEqual(
                kept.flatMap((r, i) => (r.result === 'accepted' ? [] : [[i, r.result]])),
                [
                    [37, 'rejected'],
                    [99, 'rejected'],
                ],
            );
        } finally {
            await stack.sql.text('ALTER TABLE entrance.scans DROP CONSTRAINT no_poison');
        }

        const whole = async (text) => (await stack.bus.call('sync', undefined, { ...token, raw: text })).status;
        assert.equal(await whole('{"scans":[{]}'), 'MALFORMED_JSON');
        assert.equal(await whole(raw([])), 'VALIDATION_FAILED');
        assert.equal(await whole(raw(Array(101).fill(JSON.stringify(good())))), 'VALIDATION_FAILED');
        assert.equal(await whole(`{"scans":[${JSON.stringify(good())}]}`), 'VALIDATION_FAILED');
        assert.equal((await scanner.sync([good()], { device_id: 'dev-0' })).status, 403);
        assert.equal((await stack.http.post('/api/entrance/sync', {}, { token: stack.token('viewer') })).status, 403);
    });
});

// ---- all of it, in any order

/** The same every time. */
function* chance(seed) {
    for (let x = seed; ;) {
        x = (Math.imul(x, 1103515245) + 12345) >>> 0;
        yield x / 2 ** 32;
    }
}

describe('2,000 scans of four scanners whose clocks are wrong by up to an hour', () => {
    const ORDERS = 260;
    const SCANS = 2000;
    const SKEWS = [-3_600_000, -754_000, 1_805_000, 3_599_000];
    const GAP_S = 20; // between two scans, wherever: more than an upload can be late, also where everything stands still for a while

    /** What happens, told without names: which code of which order is scanned where and when. */
    function story() {
        const random = chance(7);
        const pick = (n) => Math.floor(random.next().value * n);
        return Array.from({ length: SCANS }, (_, i) => {
            const fate = pick(100);
            const scan = { at: (SCANS - i) * GAP_S * 1000, device: pick(SKEWS.length), order: pick(ORDERS), ticket: pick(3), count: 1 };
            if (fate < 20) Object.assign(scan, { ticket: null, count: 1 + pick(4) });
            if (fate >= 20 && fate < 23) scan.forged = true;
            if (fate >= 23 && fate < 25) scan.elsewhere = true;
            if (fate >= 25 && fate < 30) scan.verdict = 'already_entered';
            return scan;
        });
    }

    /** It happens in an exhibition of its own; brought in an order of its own, twice. */
    async function happens(scans, shuffle) {
        const exhibition = await exhibitionWith({ products: [{ total: 1_000_000, price: 1000 }] });
        const other = await bought(await exhibitionWith());
        const devices = [];
        for (const skew of SKEWS) devices.push(Object.assign(await enroll(stack, exhibition), { skew }));
        const orders = await parallel(ORDERS, 6, (i) => bought(exhibition, { quantity: 3, ...(i % 10 === 0 && { visit_date: day(5) }) }));
        const names = new Map(
            orders.flatMap((o, i) => [...o.tickets.map((id, k) => [`t${id}`, `ticket ${i}/${k}`]), [`o${readCode(o.codes.group).id}`, `order ${i}`]]),
        );
        const began = Date.now();
        const rows = scans.map((scan, i) => {
            const { codes } = orders[scan.order];
            const real = scan.ticket === null ? codes.group : codes.tickets[scan.ticket];
            const code = scan.forged ? forgeCode(real) : scan.elsewhere ? other.codes.group : real;
            const scan_id = `${exhibition.code}#${i}`;
            names.set(scan_id, `scan ${i}`);
            const scanned_at = new Date(began - scan.at + SKEWS[scan.device]).toISOString();
            return { device: scan.device, row: offlineScan(code, { scan_id, scanned_at, verdict: scan.verdict ?? 'allowed', count: scan.count }) };
        });
        const found = new Map();
        for (let round = 0; round < 2; round++) {
            const batches = devices.flatMap((device, d) => {
                const mine = shuffle(rows.filter((r) => r.device === d).map((r) => r.row));
                return Array.from({ length: Math.ceil(mine.length / 100) }, (_, k) => [device, mine.slice(k * 100, k * 100 + 100)]);
            });
            // Two at a time, so that they meet.
            const mixed = shuffle(batches);
            await parallel(mixed.length, 2, async (i) => {
                const [device, batch] = mixed[i];
                const bring = () => device.sync(batch, { sent_at: new Date(Date.now() + device.skew).toISOString() });
                for (const r of results(await patiently(bring))) found.set(r.scan_id, r);
            });
        }
        assert.equal(found.size, SCANS);
        assert.ok(
            [...found.values()].every((r) => r.result === 'duplicate'),
            'the second time all are known',
        );
        return { exhibition, state: await stateOf(exhibition, (id) => names.get(id) ?? `? ${id}`), found };
    }

    test('end in the same state, whatever the order, with every conflict named', { timeout: 300_000 }, async (t) => {
        const scans = story();
        const random = chance(99);
        const forwards = (list) => list;
        const shuffled = (list) =>
            list
                .map((item) => [random.next().value, item])
                .sort((a, b) => a[0] - b[0])
                .map(([, item]) => item);
        const one = await happens(scans, forwards);
        const other = await happens(scans, shuffled);
        for (const part of Object.keys(one.state)) {
            const names = Object.keys({ ...one.state[part], ...other.state[part] });
            const differ = names.filter((name) => !isDeepStrictEqual(one.state[part][name], other.state[part][name]));
            assert.deepEqual(
                differ.map((name) => [name, one.state[part][name], other.state[part][name]]),
                [],
                part,
            );
        }

        const rows = Object.entries(one.state.scans);
        assert.equal(rows.length, SCANS);
        t.diagnostic(JSON.stringify(tally(rows, ([, r]) => `${r.verdict} ${r.conflict ?? ''}`)));
        const inside = Object.values(one.state.tickets).filter(Boolean);
        assert.equal(
            rows.reduce((sum, [, r]) => sum + r.admitted, 0),
            inside.length,
            'who is counted is inside',
        );
        for (const [name, r] of rows) {
            const scan = scans[Number(name.slice('scan '.length))];
            const wanted = scan.verdict ? 0 : scan.count;
            assert.ok(r.admitted === wanted || r.conflict, `${name}: ${r.admitted} of ${wanted}, and nothing said`);
            assert.equal(inside.filter((by) => by === name).length, r.admitted, name);
            const plain = !scan.verdict && (scan.forged ? 'invalid' : scan.elsewhere ? 'wrong_exhibition' : undefined);
            if (plain) assert.equal(r.conflict, plain, name);
            else if (!scan.verdict && scan.order % 10 === 0) assert.ok(['not_today', 'already_entered', 'over_admitted'].includes(r.conflict), name);
            assert.equal(one.found.get(`${one.exhibition.code}#${name.slice(5)}`).conflict ?? null, r.conflict, name);
        }
        // The earliest who came with a ticket of its own has it, unless the order was full by groups before.
        for (const [code, text] of Object.entries(one.state.codes)) assert.match(text, /^valid [0-3]$/, code);
    });
});
