// The catalogue as visitors see it: fresh, cheap, and only what is active.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addExhibition, day, gateKnows, orderFor, product, visible } from './lib/fixture.mjs';
import { useStack } from './lib/stack.mjs';
import { inTime, until } from './lib/wait.mjs';

const stack = useStack({ payment: 1 });

test('the list shows active exhibitions only', async () => {
    const { http, sql } = stack;
    const start_date = day(-1);
    const shown = await addExhibition(sql, { name: '보이는 전시', venue: '서울', description: '설명', start_date });
    const hidden = await addExhibition(sql, { is_active: false });
    await visible(http, shown);
    const { status, json } = await http.get('/api/exhibitions');
    assert.equal(status, 200);
    const item = json.exhibitions.find((e) => e.code === shown.code);
    assert.equal(item.name, '보이는 전시');
    assert.equal(item.venue, '서울');
    assert.equal(item.sale_status, 'on_sale');
    assert.equal(item.start_date, start_date);
    assert.ok(!json.exhibitions.some((e) => e.code === hidden.code));
});

test('inactive and unknown exhibitions are 404 everywhere', async () => {
    const { http, sql } = stack;
    const hidden = await addExhibition(sql, { is_active: false });
    const marker = await addExhibition(sql); // loaded no earlier than the one before
    await visible(http, marker);
    for (const code of [hidden.code, 'no-such-thing']) {
        for (const rest of ['', '/products', `/slots?date=${day()}`, `/slots?month=${day().slice(0, 7)}`]) {
            const answer = await http.get(`/api/exhibitions/${code}${rest}`);
            assert.deepEqual([answer.status, answer.code], [404, 'NOT_FOUND'], `${code}${rest}`);
        }
    }
});

test('an exhibition that becomes inactive disappears', async () => {
    const { http, sql } = stack;
    const exhibition = await addExhibition(sql);
    await visible(http, exhibition);
    await sql.text(`UPDATE booking.exhibitions SET is_active = false, version = version + 1 WHERE id = ${exhibition.id}`);
    await until('404', async () => (await http.get(`/api/exhibitions/${exhibition.code}`)).status === 404);
    assert.equal((await http.get(`/api/exhibitions/${exhibition.code}/products`)).status, 404);
});

test('the detail tells the rules and the time of now, its ETag ignores the time', async () => {
    const { http, sql } = stack;
    const exhibition = await addExhibition(sql, { max_per_order: 7, max_per_phone: 9, hold_seconds: 123 });
    await visible(http, exhibition);
    const target = `/api/exhibitions/${exhibition.code}`;
    const first = await http.get(target);
    assert.equal(first.json.max_per_order, 7);
    assert.equal(first.json.max_per_phone, 9);
    assert.equal(first.json.hold_seconds, 123);
    assert.match(first.json.server_time, /\+09:00$/);
    let asked;
    const second = await until('the clock goes on', async () => {
        asked = Date.now();
        const later = await http.get(target);
        return later.json.server_time !== first.json.server_time && later;
    });
    assert.match(second.json.server_time, /\+09:00$/);
    const said = Date.parse(second.json.server_time);
    assert.ok(said > asked - 1000 && said <= Date.now(), `${second.json.server_time} at ${asked}`);
    assert.equal(first.headers.etag, second.headers.etag);
    const same = await http.get(target, { headers: { 'If-None-Match': first.headers.etag } });
    assert.equal(same.status, 304);
});

test('products carry price, stock and an ETag that changes with the stock', async () => {
    const { http, sql } = stack;
    const exhibition = await addExhibition(sql, { products: [{ total: 5, price: 15000, name: '대인', type: 'adult' }] });
    await visible(http, exhibition);
    const target = `/api/exhibitions/${exhibition.code}/products`;
    const first = await http.get(target);
    assert.deepEqual(first.json.products, [
        {
            id: exhibition.products[0].id,
            name: '대인',
            type: 'adult',
            price: 15000,
            available_quantity: 5,
            total_quantity: 5,
            sale_start: null,
            sale_end: null,
            sale_status: 'on_sale',
            stock_state: first.json.products[0].stock_state,
        },
    ]);
    const validator = { headers: { 'If-None-Match': first.headers.etag } };
    assert.equal((await http.get(target, validator)).status, 304);
    assert.equal((await http.get(target, { headers: { 'If-None-Match': '"other"' } })).status, 200);
    assert.equal((await http.get(target, { headers: { 'If-None-Match': `"other", ${first.headers.etag}` } })).status, 304);

    assert.equal((await http.post('/api/orders', orderFor(exhibition, { quantity: 2 }))).status, 201);
    const changed = await until(
        'new stock',
        async () => {
            const answer = await http.get(target, validator);
            return answer.status === 200 && answer;
        },
        { every: 20 },
    );
    assert.equal(changed.json.products[0].available_quantity, 3);
    assert.equal(changed.json.products[0].total_quantity, 5);
    assert.notEqual(changed.headers.etag, first.headers.etag);
});

test('stock shows up within a second, all held is in_checkout, freed is open again', async () => {
    const { http, sql } = stack;
    const exhibition = await addExhibition(sql, { products: [{ total: 2 }] });
    await visible(http, exhibition);
    /** The product, and how many ms after now it has so many places. */
    const shows = async (available) => {
        const since = Date.now();
        const now = await until(
            `${available} left`,
            async () => {
                const seen = await product(http, exhibition);
                return seen.available_quantity === available && seen;
            },
            { every: 20 },
        );
        return { ...now, ms: Date.now() - since };
    };
    await inTime(1000, async () => {
        await gateKnows(stack, exhibition, 2);
        const order = await http.post('/api/orders', orderFor(exhibition, { quantity: 2 }));
        assert.equal(order.status, 201);
        const held = await shows(0);
        assert.equal(held.stock_state, 'in_checkout');
        const cancelled = await http.post(`/api/orders/${order.json.order_number}/cancel`, { reason: '시험' }, { orderToken: order.json.order_token });
        assert.equal(cancelled.status, 200);
        const open = await shows(2);
        return Math.max(held.ms, open.ms);
    });
});

test('inactive products are not shown, sale windows are', async () => {
    const { http, sql } = stack;
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const past = new Date(Date.now() - 3_600_000).toISOString();
    const exhibition = await addExhibition(sql, {
        products: [{ total: 1, is_active: false }, { total: 1, sale_start: soon }, { total: 1, sale_end: past }, { total: 0 }, { total: 1 }],
    });
    await visible(http, exhibition);
    const { products } = (await http.get(`/api/exhibitions/${exhibition.code}/products`)).json;
    const [, upcoming, ended, none, open] = exhibition.products.map(({ id }) => products.find((p) => p.id === id));
    assert.equal(products.length, 4);
    assert.equal(upcoming.sale_status, 'upcoming');
    assert.equal(Date.parse(upcoming.sale_start), Date.parse(soon));
    assert.equal(ended.sale_status, 'ended');
    assert.equal(none.sale_status, 'sold_out');
    assert.equal(none.stock_state, 'sold_out');
    assert.equal(open.sale_status, 'on_sale');
});

test('opens_at and sale_status of an exhibition follow its products', async () => {
    const { http, sql } = stack;
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const exhibition = await addExhibition(sql, { products: [{ total: 1, sale_start: soon }] });
    await visible(http, exhibition);
    const { json } = await http.get(`/api/exhibitions/${exhibition.code}`);
    assert.equal(json.sale_status, 'upcoming');
    assert.equal(Date.parse(json.opens_at), Date.parse(soon));
});

test('slots of a day and days of a month', async () => {
    const { http, sql } = stack;
    const date = day(3);
    const slots = [
        { date, starts_at: '10:00', ends_at: '11:00', capacity: 4 },
        { date, starts_at: '14:00', ends_at: '15:00', capacity: 6 },
        { date: day(4), starts_at: '10:00', ends_at: '11:00', capacity: 1 },
    ];
    const exhibition = await addExhibition(sql, { slots });
    await visible(http, exhibition);
    const base = `/api/exhibitions/${exhibition.code}/slots`;
    const { json } = await http.get(`${base}?date=${date}`);
    assert.equal(json.slots.length, 2);
    assert.deepEqual(
        json.slots.map((s) => s.id),
        exhibition.slots.slice(0, 2).map((s) => s.id),
    );
    assert.deepEqual(
        json.slots.map((s) => [s.date, s.capacity, s.available_quantity]),
        [
            [date, 4, 4],
            [date, 6, 6],
        ],
    );
    const month = await http.get(`${base}?month=${date.slice(0, 7)}`);
    assert.ok(month.json.days.some((d) => d.date === date));
    assert.deepEqual((await http.get(`${base}?date=${day(40)}`)).json, { slots: [] });
    assert.deepEqual((await http.get(`${base}?month=2031-01`)).json, { days: [] });

    const order = orderFor(exhibition, { quantity: 3, slot_id: exhibition.slots[0].id, visit_date: date });
    assert.equal((await http.post('/api/orders', order)).status, 201);
    await until('slot stock', async () => (await http.get(`${base}?date=${date}`)).json.slots[0].available_quantity === 1);
});

test('slots need exactly one valid date or month', async () => {
    const { http, sql } = stack;
    const exhibition = await addExhibition(sql);
    await visible(http, exhibition);
    const base = `/api/exhibitions/${exhibition.code}/slots`;
    const bad = [
        '',
        '?date=',
        '?date=2026-02-30',
        '?date=tomorrow',
        '?month=2026-13',
        '?month=2026-1',
        '?date=2026-01-01&month=2026-01',
        '?date=2026-01-01&date=2026-01-02',
    ];
    for (const query of bad) {
        const answer = await http.get(base + query);
        assert.deepEqual([answer.status, answer.code], [422, 'VALIDATION_FAILED'], query);
    }
    assert.deepEqual((await http.get(`${base}?date=${day(1)}`)).json, { slots: [] });
});

test('what has not changed is not sent again', async () => {
    const { http, sql } = stack;
    const date = day(3);
    const exhibition = await addExhibition(sql, { slots: [{ date, starts_at: '10:00', ends_at: '11:00', capacity: 4 }] });
    await visible(http, exhibition);
    const base = `/api/exhibitions/${exhibition.code}`;
    for (const target of ['/api/exhibitions', base, `${base}/products`, `${base}/slots?date=${date}`, `${base}/slots?month=${date.slice(0, 7)}`]) {
        const { etag } = (await http.get(target)).headers;
        const again = await http.get(target, { headers: { 'If-None-Match': etag } });
        assert.deepEqual([again.status, again.headers.etag], [304, etag], target);
        assert.equal((await http.get(target, { headers: { 'If-None-Match': '"another"' } })).status, 200, target);
    }
});

test('HEAD answers as GET without the body', async () => {
    const { http, sql } = stack;
    const exhibition = await addExhibition(sql);
    await visible(http, exhibition);
    const target = `/api/exhibitions/${exhibition.code}/products`;
    const got = await http.get(target);
    const head = await http.call('HEAD', target);
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-length'], got.headers['content-length']);
    assert.equal(head.headers.etag, got.headers.etag);
});
