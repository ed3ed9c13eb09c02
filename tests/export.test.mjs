// Orders as a file, and one order with what every service knows of it: right to the last cell, or visibly not all of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { addExhibition, day, visible } from './lib/fixture.mjs';
import { Client } from './lib/http.mjs';
import { buy, cancel, makeOrder, settled, ticketsOf } from './lib/pay.mjs';
import { readCsv, readXlsx } from './lib/sheets.mjs';
import { VARIANT } from './lib/paths.mjs';
import { useStack } from './lib/stack.mjs';
import { Stream } from './lib/stream.mjs';
import { until } from './lib/wait.mjs';

const AT_ONCE = 2;
const LONG_MS = 120_000; // for a hundred thousand orders where others want the machine too
const gatewayEnv = { GATEWAY_EXPORTS: String(AT_ONCE), GATEWAY_EXPORT_REST_PERCENT: '10' };
const stack = useStack({ payment: 1, notify: 1, supervised: true, gatewayEnv }, { prepare });
const MANY = 100_001; // one more than a workbook holds
const TRICKY = '="a,b"+1';
const COLUMNS = 17;
const MOST_MIB = 100; // that a daemon may take

let shop, crowd, boss;
async function prepare() {
    shop = await addExhibition(stack.sql, { products: [{ name: TRICKY, total: 50, price: 1000 }] });
    crowd = await addExhibition(stack.sql);
    boss = { token: stack.token('superadmin') };
    await visible(stack.http, shop);
    await stack.sql.text(`BEGIN; SET LOCAL search_path = booking;
        INSERT INTO orders (order_number, exhibition_id, customer_name, customer_phone, total_amount, expires_at, refund_policy,
                            status, payment_status, created_at)
        SELECT 'ORD20200101' || lpad(i::text, 10, '0'), ${crowd.id}, '홍길동', '019' || lpad(i::text, 8, '0'), 1000, now(), '[]',
               'expired', 'pending', now() - i * interval '1 ms' FROM generate_series(1, ${MANY}) i;
        INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price)
        SELECT id, ${crowd.products[0].id}, 1, 1000, 1000 FROM orders WHERE exhibition_id = ${crowd.id};
        COMMIT; ANALYZE booking.orders; ANALYZE booking.order_items;`);
}

const target = (exhibition, filters = '') => `/api/admin/orders/export?exhibition=${exhibition.code}${filters}`;
const exported = (exhibition, filters, options) => stack.http.get(target(exhibition, filters), { ...boss, ...options });
const refused = (answer, status, code) => assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
/** An export of all of `crowd` that has begun, and that nobody reads on. */
async function begun() {
    const file = await Stream.open(stack, target(crowd), boss);
    await until('the first rows', () => file.chunks.length > 0);
    file.pause();
    return file;
}
const memoryOf = (daemon) => Number(readFileSync(`/proc/${daemon.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)[1]) / 1024;

test('CSV and XLSX hold what the list shows', async () => {
    const paid = await buy(stack, shop, { quantity: 2 });
    const open = await makeOrder(stack, shop, { customer_name: '=SUM(A1)' });
    const listed = (await stack.http.get(`/api/admin/orders?exhibition=${shop.code}`, boss)).json.orders;
    const csv = await exported(shop);
    assert.equal(csv.status, 200, csv.text);
    assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
    assert.equal(csv.headers['content-disposition'], `attachment; filename="orders-${day().replaceAll('-', '')}.csv"`);
    assert.equal(csv.headers['cache-control'], 'no-store');
    const [titles, ...rows] = readCsv(csv.bytes.toString());
    assert.equal(titles.length, COLUMNS);
    assert.deepEqual(titles.slice(0, 3), ['주문번호', '전시 코드', '주문 상태']);
    const numbers = [open.order_number, paid.order.order_number];
    assert.deepEqual(
        rows.map((row) => row[0]),
        numbers,
        'the newest first',
    );
    const [, second] = rows;
    const cell = (row, title) => row[titles.indexOf(title)];
    assert.deepEqual(
        ['주문 상태', '결제 상태', '결제 수단', '주문 금액', '매수', '남은 매수', '남은 매수 금액', '환불 금액'].map((title) => cell(second, title)),
        ['결제 완료', '결제 완료', '카드', '2000', '2', '2', '2000', '0'],
    );
    assert.equal(cell(second, '주문 내역'), `'${TRICKY} x 2`, 'a name that would be run is a text');
    assert.equal(cell(rows[0], '주문자'), "'=******)", 'a masked one too');
    for (const [i, row] of rows.entries()) {
        assert.deepEqual([cell(row, '주문자').replace(/^'/, ''), cell(row, '연락처')], [listed[i].customer_name, listed[i].customer_phone], 'masked');
        assert.match(cell(row, '주문 일시'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    }

    const xlsx = await exported(shop, '&format=xlsx', { headers: { 'Accept-Language': 'en' } });
    assert.equal(xlsx.status, 200, xlsx.text);
    assert.match(xlsx.headers['content-disposition'], /^attachment; filename="orders-\d{8}\.xlsx"$/);
    const [english, ...same] = readXlsx(xlsx.bytes);
    assert.deepEqual(english.slice(0, 3), ['Order number', 'Exhibition', 'Status']);
    const asCsv = (value) => String(value ?? '').replace(/^(?=[=+\-@])/, "'");
    assert.deepEqual(same[1].slice(2, 5), ['Paid', 'Paid', 'Card']);
    const others = (row) => row.toSpliced(2, 3);
    for (const [i, row] of same.entries()) assert.deepEqual(others(Array.from({ length: COLUMNS }, (_, c) => asCsv(row[c]))), others(rows[i]));
    assert.equal(typeof same[0][titles.indexOf('주문 금액')], 'number');

    const filtered = readCsv((await exported(shop, '&status=paid')).bytes.toString()).slice(1);
    assert.deepEqual(
        filtered.map((row) => row[0]),
        [paid.order.order_number],
    );
    const turned = readCsv((await exported(shop, '&sort=created_at')).bytes.toString()).slice(1);
    assert.deepEqual(
        turned.map((row) => row[0]),
        numbers.toReversed(),
    );
});

test('what was paid back: a part with its fee, the rest, all of it, none', { timeout: LONG_MS }, async () => {
    const fees = await addExhibition(stack.sql, { products: [{ total: 50, price: 1000 }], refund_policy: [{ days_before: 1, fee_percent: 10 }] });
    await visible(stack.http, fees);
    const [part, twice, all] = await Promise.all([0, 1, 2].map(async () => (await buy(stack, fees, { quantity: 3, visit_date: day(3) })).order));
    await buy(stack, fees, { visit_date: day(3) });
    await makeOrder(stack, fees, { visit_date: day(3) });
    const give = async (order, tickets) => {
        assert.ok((await cancel(stack, order, { tickets })).status < 300);
        await settled(stack, order);
    };
    await give(part, (await ticketsOf(stack, part)).slice(0, 1));
    const of = await ticketsOf(stack, twice);
    await give(twice, of.slice(0, 1));
    await give(twice, of.slice(1));
    await give(all);
    const [titles, ...rows] = readCsv((await exported(fees)).bytes.toString());
    const cells = (order) =>
        ['결제 상태', '주문 금액', '남은 매수', '남은 매수 금액', '환불 금액'].map((t) => rows.find(([n]) => n === order.order_number)[titles.indexOf(t)]);
    assert.deepEqual(cells(part), ['부분 환불', '3000', '2', '2000', '900']);
    assert.deepEqual(cells(twice), ['환불 완료', '3000', '0', '0', '2700'], 'each refund once');
    assert.deepEqual(cells(all), ['환불 완료', '3000', '0', '0', '2700']);
    const refunded = rows.map((row) => row[titles.indexOf('환불 금액')]);
    assert.deepEqual(refunded.toSorted(), ['0', '0', '2700', '2700', '900']);
});

test('what is asked for wrongly is refused, and who exported what is a fact', async () => {
    const faults = (answer) => answer.json.errors.map(({ field }) => field);
    const wrongFormat = await exported(shop, '&format=pdf');
    refused(wrongFormat, 422, 'VALIDATION_FAILED');
    assert.deepEqual(faults(wrongFormat), ['format']);
    const wrongState = await exported(shop, '&status=lost');
    refused(wrongState, 422, 'VALIDATION_FAILED');
    assert.deepEqual(faults(wrongState), ['status']);
    refused(await exported(shop, '&cursor=1.1'), 422, 'VALIDATION_FAILED');
    for (const role of ['viewer', 'staff']) refused(await exported(shop, '', { token: stack.token(role) }), 403, 'FORBIDDEN');
    refused(await exported(shop, '', { token: stack.token('finance', crowd.code) }), 404, 'NOT_FOUND');
    const facts = () =>
        stack.sql.value(`SELECT count(*) FROM booking.events WHERE type = 'audit' AND payload ->> 'action' = 'order.export'
        AND payload #>> '{after,status}' = 'expired' AND payload #>> '{after,format}' = 'csv' AND payload ->> 'exhibition_code' = '${shop.code}'`);
    assert.equal(Number(await facts()), 0);
    assert.equal((await exported(shop, '&status=expired&format=csv', { token: stack.token('finance', shop.code) })).status, 200);
    assert.equal(Number(await facts()), 1);
    assert.equal((await stack.http.call('HEAD', target(shop), boss)).status, 200, 'the head alone');
});

test('an empty export has its titles', async () => {
    const none = '&date_from=2020-01-01&date_to=2020-01-02';
    assert.equal(readCsv((await exported(shop, none)).bytes.toString()).length, 1);
    assert.equal(readXlsx((await exported(shop, `${none}&format=xlsx`)).bytes).length, 1);
});

test('a workbook holds no more than 100,000 orders', { timeout: LONG_MS }, async () => {
    const patient = new Client(stack.port, { timeout: LONG_MS });
    const tooMany = await patient.get(target(crowd, '&format=xlsx'), boss);
    patient.close();
    refused(tooMany, 422, 'VALIDATION_FAILED');
    assert.deepEqual(
        tooMany.json.errors.map(({ field }) => field),
        ['format'],
    );
});

test('few run at once, and whoever goes away makes room', { timeout: LONG_MS }, async () => {
    const running = [await begun(), await begun()];
    assert.equal(running.length, AT_ONCE);
    const third = await exported(shop);
    refused(third, 503, 'BUSY');
    assert.ok(Number(third.headers['retry-after']) > 0);
    for (const file of running) await file.close();
    await until('there is room again', async () => (await exported(shop)).status === 200);
    await until('the log tells of both', () => stack.gateway.output().match(/export broken off/g)?.length >= AT_ONCE);
});

test('svc-booking is killed and comes back: the file is whole, and nobody held it in memory', { timeout: LONG_MS }, async () => {
    const file = await begun();
    await stack.booking[0].kill();
    file.resume();
    assert.equal(await file.ended, 'whole');
    const rows = readCsv(file.text);
    assert.equal(rows.length, MANY + 1);
    assert.equal(new Set(rows.map(([number]) => number)).size, MANY + 1, 'each order once');
    if (VARIANT === 'test') for (const daemon of [stack.gateway, stack.booking[0]]) assert.ok(memoryOf(daemon) < MOST_MIB, daemon.name);
    await stack.ready();
});

test('svc-booking is killed and stays away: the file is visibly broken', { timeout: LONG_MS }, async () => {
    const file = await begun();
    stack.booking[0].stopping = true; // nobody starts it again
    await stack.booking[0].kill();
    file.resume();
    assert.equal(await file.ended, 'broken');
    assert.ok(file.text.split('\r\n').length < MANY);
    refused(await exported(shop), 503, 'BUSY');
    stack.booking[0].start();
    await stack.ready();
});

test('a gateway that ends does not wait for an export', { timeout: LONG_MS }, async () => {
    const file = await Stream.open(stack, target(crowd), boss);
    await until('the first rows', () => file.chunks.length > 0);
    const since = Date.now();
    assert.equal(await stack.gateway.stop(), undefined);
    assert.ok(Date.now() - since < 6000, `${Date.now() - since} ms`);
    assert.equal(await file.ended, 'broken');
    stack.gateway.start();
    await stack.ready();
});

test('an order shows its payments, scans and messages, and which of them cannot be told', { timeout: LONG_MS }, async () => {
    const bought = await buy(stack, shop);
    const id = await stack.sql.value(`SELECT id FROM booking.orders WHERE order_number = '${bought.order.order_number}'`);
    const detail = (options = boss) => stack.http.get(`/api/admin/orders/${id}`, options);
    /** The detail that misses these parts and no others: also whoever is only slow is not waited for. */
    const missing = (parts, options, probe = () => true) =>
        until(`the detail without ${parts}`, async () => {
            const { json } = await detail(options);
            return isDeepStrictEqual(json.missing, parts) && probe(json) && json;
        });
    const whole = await missing([], boss, (json) => json.messages.length > 0);
    assert.deepEqual(
        [whole.order_number, whole.payments.length, whole.payments[0].type, whole.payments[0].amount],
        [bought.order.order_number, 1, 'attempt', 1000],
    );
    assert.deepEqual(whole.scans, []);
    refused(await detail({ token: stack.token('viewer', crowd.code) }), 404, 'NOT_FOUND');
    await missing([], { token: stack.token('viewer', shop.code) });

    assert.equal(await stack.notify[0].stop(), undefined);
    await stack.missed('notify');
    let fastest = Infinity;
    for (let i = 0; i < 5; i++) {
        const since = Date.now();
        assert.equal((await detail()).json.messages, null);
        fastest = Math.min(fastest, Date.now() - since);
    }
    assert.ok(fastest < 700, `${fastest} ms for a service that nobody waits for`);
    assert.deepEqual((await missing(['messages'])).payments, whole.payments);
    stack.notify[0].start();
    await stack.ready();
});
