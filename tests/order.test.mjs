// Orders of visitors: made once, read by those who may, freed in time, never beyond a limit.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { addExhibition, addHolds, day, gateKnows, orderFor, phone, product, visible } from './lib/fixture.mjs';
import { useStack } from './lib/stack.mjs';
import { orderToken } from './lib/token.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const stack = useStack({ replicas: 3, payment: 1 });

async function exhibitionWith(options) {
    const exhibition = await addExhibition(stack.sql, options);
    await visible(stack.http, exhibition);
    return exhibition;
}
const place = (exhibition, options, call) => stack.http.post('/api/orders', orderFor(exhibition, options), call);
const refused = (answer, status, code) => assert.deepEqual([answer.status, answer.code], [status, code], answer.text);

test('an order holds its places and says where to pay', async () => {
    const dayOf = (ms) => day((ms - Date.now()) / 86_400_000).replaceAll('-', '');
    const exhibition = await exhibitionWith({ products: [{ total: 10, price: 15000 }], hold_seconds: 600 });
    const begun = Date.now();
    const visit_date = day(5);
    const answer = await place(exhibition, { quantity: 2, customer_phone: '010-1234-5678', visit_date });
    assert.equal(answer.status, 201, answer.text);
    const order = answer.json;
    assert.equal(order.total_amount, 30000);
    assert.equal(order.status, 'reserved');
    assert.match(order.order_number, new RegExp(`^ORD(${dayOf(begun)}|${dayOf(Date.now())})`));
    const expires = Date.parse(order.expires_at) - 600_000;
    assert.ok(expires >= begun - 1000 && expires <= Date.now() + 1000, order.expires_at);
    assert.ok(order.payment_url.endsWith(`/${exhibition.code}/payment/#o=${order.order_number}&t=${order.order_token}`), order.payment_url);
    const row = await stack.sql.row(`SELECT * FROM booking.orders WHERE order_number = '${order.order_number}'`);
    assert.equal(row.customer_phone, '01012345678');
    assert.equal(row.visit_date, visit_date);
    assert.equal((await stack.sql.pool(exhibition.products[0].pool_id)).available, 8);
});

test('reading is masked without and full with the token of this order', async () => {
    const exhibition = await exhibitionWith();
    const made = (await place(exhibition, { customer_phone: '010-9876-5478', customer_email: 'hong@example.com' })).json;
    const other = (await place(exhibition)).json;
    const target = `/api/orders/${made.order_number}`;
    const masked = (await stack.http.get(target)).json;
    assert.equal(masked.customer_name, '홍*동');
    assert.equal(masked.customer_phone, '010-****-**78');
    assert.ok(!masked.customer_email);
    assert.equal(masked.status, 'reserved');
    assert.equal(masked.payment_status, 'pending');
    assert.equal(masked.items[0].quantity, 1);
    const full = (await stack.http.get(target, { orderToken: made.order_token })).json;
    assert.equal(full.customer_name, '홍길동');
    assert.equal(full.customer_phone.replaceAll('-', ''), '01098765478');
    assert.equal(full.customer_email, 'hong@example.com');
    for (const token of [other.order_token, 'x', `${made.order_token}A`]) {
        const answer = await stack.http.get(target, { orderToken: token });
        assert.ok(!answer.text.includes('홍길동'), `token ${token}: ${answer.text}`);
    }
    refused(await stack.http.get('/api/orders/ORD20200101AAAAAAAAAA'), 404, 'NOT_FOUND');
    refused(await stack.http.get('/api/orders/nonsense'), 404, 'NOT_FOUND');
});

test('look-up trades number and phone for a token that works', async () => {
    const exhibition = await exhibitionWith();
    const made = (await place(exhibition, { customer_phone: '01055556666' })).json;
    for (const customer_phone of ['010-5555-6666', '01055556666']) {
        const found = await stack.http.post('/api/orders/lookup', { order_number: made.order_number, customer_phone });
        assert.equal(found.status, 200, found.text);
        const full = await stack.http.get(`/api/orders/${made.order_number}`, { orderToken: found.json.order_token });
        assert.equal(full.json.customer_name, '홍길동');
    }
    const wrong = await stack.http.post('/api/orders/lookup', { order_number: made.order_number, customer_phone: '010-5555-6667' });
    refused(wrong, 404, 'NOT_FOUND');
    const unknown = await stack.http.post('/api/orders/lookup', { order_number: 'ORD20200101AAAAAAAAAA', customer_phone: '010-5555-6667' });
    refused(unknown, 404, 'NOT_FOUND');
});

test('ten wrong look-ups lock that order number, also for the right phone, and no other', async () => {
    const exhibition = await exhibitionWith();
    const made = (await place(exhibition, { customer_phone: '01055557777' })).json;
    const other = (await place(exhibition, { customer_phone: '01055558888' })).json;
    const lookup = (order_number, customer_phone) => stack.http.post('/api/orders/lookup', { order_number, customer_phone });
    for (let i = 0; i < 10; i++) refused(await lookup(made.order_number, `0105555000${i}`), 404, 'NOT_FOUND');
    refused(await lookup(made.order_number, '01055557777'), 429, 'RATE_LIMITED');
    refused(await lookup(made.order_number, '01055550000'), 429, 'RATE_LIMITED');
    assert.equal((await lookup(other.order_number, '01055558888')).status, 200);
    await stack.sql.text(`UPDATE booking.lookup_locks SET locked_until = now() - interval '1 second'
        WHERE order_id = (SELECT id FROM booking.orders WHERE order_number = '${made.order_number}')`);
    assert.equal((await lookup(made.order_number, '01055557777')).status, 200, 'free again after the hour');
});

test('cancel needs the manage token, frees the places, and can be repeated', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 3 }], max_per_phone: 3 });
    const customer_phone = phone();
    const made = (await place(exhibition, { quantity: 3, customer_phone })).json;
    const target = `/api/orders/${made.order_number}/cancel`;
    refused(await stack.http.post(target, { reason: '변심' }), 403, 'TOKEN_REQUIRED');
    refused(await stack.http.post(target, { reason: '변심' }, { orderToken: 'AAAA' }), 403, 'TOKEN_REQUIRED');
    const call = { orderToken: made.order_token, key: randomUUID() };
    const cancelled = await stack.http.post(target, { reason: '변심' }, call);
    assert.equal(cancelled.status, 200, cancelled.text);
    assert.equal((await stack.sql.pool(exhibition.products[0].pool_id)).available, 3);
    const repeated = await stack.http.post(target, { reason: '변심' }, call);
    assert.deepEqual(repeated.json, cancelled.json, 'same key, same answer');
    refused(await stack.http.post(target, { reason: '다른 이유' }, call), 409, 'IDEMPOTENCY_MISMATCH');
    refused(await stack.http.post(target, { reason: '또' }, { orderToken: made.order_token }), 409, 'INVALID_STATE');
    assert.equal((await stack.http.get(`/api/orders/${made.order_number}`)).json.status, 'cancelled');
    await gateKnows(stack, exhibition, 3);
    const again = await place(exhibition, { quantity: 3, customer_phone });
    assert.equal(again.status, 201, `stock and phone counter are free again: ${again.text}`);
});

test('a cancel that says nothing, or of an order that is not there', async () => {
    const { order_number, order_token } = (await place(await exhibitionWith())).json;
    for (const body of [{}, { reason: 5 }, { reason: 'x', nonsense: 1 }, { reason: 'x'.repeat(1000) }]) {
        refused(await stack.http.post(`/api/orders/${order_number}/cancel`, body, { orderToken: order_token }), 422, 'VALIDATION_FAILED');
    }
    const never = 'ORD20200101AAAAAAAAAA';
    const cancel = (token) => stack.http.post(`/api/orders/${never}/cancel`, { reason: 'x' }, { orderToken: token });
    refused(await cancel(orderToken(never)), 404, 'NOT_FOUND');
    for (const token of [order_token, orderToken(never, { scope: 'view' }), orderToken(never, { key: 'not-our-key' })]) {
        refused(await cancel(token), 403, 'TOKEN_REQUIRED');
    }
    assert.equal((await stack.http.get(`/api/orders/${order_number}`)).json.status, 'reserved');
});

test('the same key gives the same order, another body is refused', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 5 }] });
    const body = orderFor(exhibition, { quantity: 2 });
    const key = `key-${randomUUID()}`;
    const first = await stack.http.post('/api/orders', body, { key });
    assert.equal(first.status, 201);
    const second = await stack.http.post('/api/orders', body, { key });
    assert.equal(second.status, 201);
    assert.deepEqual(second.json, first.json);
    refused(await stack.http.post('/api/orders', { ...body, customer_name: '임꺽정' }, { key }), 409, 'IDEMPOTENCY_MISMATCH');
    assert.equal((await stack.sql.pool(exhibition.products[0].pool_id)).available, 3);
});

test('a refusal is judged anew under the same key', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 1 }] });
    const blocker = (await place(exhibition)).json;
    const body = orderFor(exhibition);
    const key = randomUUID();
    refused(await stack.http.post('/api/orders', body, { key }), 400, 'SOLD_OUT');
    await stack.http.post(`/api/orders/${blocker.order_number}/cancel`, { reason: '양보' }, { orderToken: blocker.order_token });
    await gateKnows(stack, exhibition, 1);
    assert.equal((await stack.http.post('/api/orders', body, { key })).status, 201);
});

test('100 equal requests with one key on three replicas make one order', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 1000 }] });
    const body = orderFor(exhibition, { quantity: 3 });
    const key = randomUUID();
    const answers = await parallel(100, 50, () => stack.http.settle('POST', '/api/orders', { json: body, key }));
    assert.deepEqual(
        tally(answers, (a) => a.answer.status),
        { 201: 100 },
    );
    assert.equal(new Set(answers.map((a) => a.answer.json.order_number)).size, 1);
    assert.equal((await stack.sql.pool(exhibition.products[0].pool_id)).taken, 3);
    assert.equal(await stack.sql.taken(exhibition.products[0].id), 3);
});

test('a repeat finds its own order when all is sold out, the sale is over, or the phone is full', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 2 }], max_per_phone: 2 });
    const body = orderFor(exhibition, { quantity: 2 });
    const key = randomUUID();
    const first = await stack.http.post('/api/orders', body, { key });
    assert.equal(first.status, 201);
    refused(await place(exhibition), 400, 'SOLD_OUT');
    assert.equal((await stack.http.post('/api/orders', body, { key })).json.order_number, first.json.order_number);
    await stack.sql.text(`UPDATE booking.products SET sale_end = now() - interval '1 minute', version = version + 1
        WHERE id = ${exhibition.products[0].id}`);
    assert.equal((await stack.http.post('/api/orders', body, { key })).json.order_number, first.json.order_number);
});

test('limits per order', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 50 }, { total: 50 }], max_per_order: 4 });
    assert.equal((await place(exhibition, { quantity: 4 })).status, 201);
    refused(await place(exhibition, { quantity: 5 }), 400, 'LIMIT_PER_ORDER');
    const items = exhibition.products.map(({ id }) => ({ product_id: id, quantity: 3 }));
    refused(await place(exhibition, { items }), 400, 'LIMIT_PER_ORDER');
});

test('50 parallel orders of one phone never pass its limit', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 500 }], max_per_phone: 5 });
    const customer_phone = phone();
    const answers = await parallel(50, 50, () => place(exhibition, { customer_phone }));
    assert.deepEqual(
        tally(answers, (a) => a.code ?? a.status),
        { 201: 5, LIMIT_PER_PHONE: 45 },
    );
    assert.equal((await stack.sql.pool(exhibition.products[0].pool_id)).taken, 5);
    assert.equal((await place(exhibition)).status, 201, 'another phone still may');
    // The limit counts per phone however it is written.
    const hyphens = customer_phone.replace(/^(...)(....)(....)$/, '$1-$2-$3');
    refused(await place(exhibition, { customer_phone: hyphens }), 400, 'LIMIT_PER_PHONE');
});

test('the sale opens and ends by the clock of the database', async () => {
    const at = async (seconds) => stack.sql.value(`SELECT now() + interval '${seconds} seconds' AS t`);
    const soon = ({ products: [{ id }] }, column) => stack.sql.text(`UPDATE booking.products SET ${column} = now() + interval '2 seconds' WHERE id = ${id}`);
    const made = ({ id, products }, column) =>
        stack.sql.row(`SELECT count(*)::int AS n, bool_and(o.created_at >= p.${column}) AS after, bool_and(o.created_at < p.${column}) AS before
            FROM booking.orders o, booking.products p WHERE o.exhibition_id = ${id} AND p.id = ${products[0].id}`);
    const opens = await exhibitionWith({ products: [{ total: 5, sale_start: await at(600) }] });
    refused(await place(opens), 400, 'SALE_NOT_OPEN');
    await soon(opens, 'sale_start');
    await until('the sale opens', async () => (await place(opens)).status === 201, { every: 200 });
    assert.deepEqual(await made(opens, 'sale_start'), { n: 1, after: true, before: false });

    const ends = await exhibitionWith({ products: [{ total: 1000, sale_end: await at(600) }] });
    assert.equal((await place(ends)).status, 201);
    await soon(ends, 'sale_end');
    await until('the sale ends', async () => (await place(ends)).code === 'SALE_ENDED', { every: 200 });
    assert.deepEqual({ ...(await made(ends, 'sale_end')), n: null }, { n: null, after: false, before: true });
});

test('a hold ends within 5 seconds after its time and frees stock and phone', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 2 }], max_per_phone: 2 });
    const customer_phone = phone();
    const made = (await place(exhibition, { quantity: 2, customer_phone })).json;
    refused(await place(exhibition), 400, 'SOLD_OUT');
    await stack.sql.text(`UPDATE booking.orders SET expires_at = now() + interval '1 second' WHERE order_number = '${made.order_number}'`);
    await until('free stock', async () => (await stack.sql.pool(exhibition.products[0].pool_id)).available === 2);
    const late = await stack.sql.value(`SELECT extract(epoch FROM e.created_at - o.expires_at)::float FROM booking.orders o
        JOIN booking.events e ON e.entity = o.order_number WHERE o.order_number = '${made.order_number}' AND e.type = 'order.expired'`);
    assert.ok(late >= 0 && late <= 5, `${late} s`);
    const read = (await stack.http.get(`/api/orders/${made.order_number}`)).json;
    assert.equal(read.status, 'expired');
    await until('it can be bought again', async () => (await place(exhibition, { quantity: 2, customer_phone })).status === 201);
    refused(await stack.http.post(`/api/orders/${made.order_number}/cancel`, { reason: '늦음' }, { orderToken: made.order_token }), 409, 'INVALID_STATE');
});

test('3,000 holds lapsing together are freed while sales go on', { timeout: 120_000 }, async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 10_000 }], max_per_phone: 0 });
    const other = await exhibitionWith({ products: [{ total: 10_000 }] });
    await addHolds(stack.sql, exhibition, 3000, '2 seconds');
    let done = false;
    const sales = (async () => {
        const statuses = [];
        while (!done) statuses.push((await place(other)).status);
        return statuses;
    })();
    try {
        await until('all free', async () => (await stack.sql.pool(exhibition.products[0].pool_id)).available === 10_000, { ms: 15_000 });
    } finally {
        done = true;
    }
    assert.deepEqual(Object.keys(tally(await sales, (s) => s)), ['201']);
});

test('an order takes from every pool it touches or from none', async () => {
    const date = day(2);
    const exhibition = await exhibitionWith({
        products: [
            { total: 10, price: 1000 },
            { total: 2, price: 500 },
        ],
        slots: [{ date, starts_at: '10:00', ends_at: '11:00', capacity: 5 }],
    });
    const slot_id = exhibition.slots[0].id;
    const [adult, child] = exhibition.products;
    const lines = (a, c) => [
        { product_id: adult.id, quantity: a },
        { product_id: child.id, quantity: c },
    ];
    const made = await place(exhibition, { items: lines(2, 2), slot_id, visit_date: date });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.json.total_amount, 3000);
    const available = async () => Promise.all([adult, child, exhibition.slots[0]].map(async (p) => (await stack.sql.pool(p.pool_id)).available));
    assert.deepEqual(await available(), [8, 0, 1]);
    refused(await place(exhibition, { items: lines(1, 1), slot_id }), 400, 'SOLD_OUT'); // no child left
    refused(await place(exhibition, { quantity: 2, slot_id }), 400, 'SOLD_OUT'); // one place in the slot
    assert.deepEqual(await available(), [8, 0, 1]);
    const read = (await stack.http.get(`/api/orders/${made.json.order_number}`)).json;
    assert.equal(read.slot.id, slot_id);
    assert.equal(read.visit_date, date);
    assert.equal(read.items.length, 2);
    assert.equal((await place(exhibition, { quantity: 1, slot_id })).status, 201);
    const cancelled = await stack.http.post(`/api/orders/${made.json.order_number}/cancel`, { reason: '변심' }, { orderToken: made.json.order_token });
    assert.equal(cancelled.status, 200);
    assert.deepEqual(await available(), [9, 2, 4]);
});

test('free tickets are orders like others', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 3, price: 0 }] });
    const made = await place(exhibition);
    assert.equal(made.status, 201);
    assert.equal(made.json.total_amount, 0);
});

test('a poisoned order in a batch hurts only itself', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 1000 }] });
    await stack.sql.text(`CREATE FUNCTION public.poison() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.customer_name = '독사과' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$;
        GRANT USAGE ON SCHEMA public TO svc_booking; GRANT EXECUTE ON FUNCTION public.poison TO svc_booking;
        CREATE TRIGGER poison BEFORE INSERT ON booking.orders FOR EACH ROW EXECUTE FUNCTION public.poison()`);
    try {
        const answers = await parallel(200, 200, (i) => place(exhibition, i % 50 === 7 ? { customer_name: '독사과' } : {}));
        assert.equal(answers.filter((a) => a.status === 201).length, 196);
        assert.deepEqual(
            tally(
                answers.filter((a) => a.status !== 201),
                (a) => a.code,
            ),
            { RESERVATION_FAILED: 4 },
        );
        assert.equal((await stack.sql.pool(exhibition.products[0].pool_id)).taken, 196);
    } finally {
        await stack.sql.text('DROP TRIGGER poison ON booking.orders; DROP FUNCTION public.poison');
    }
});

test('every order has its event, and the audit finds no difference', async () => {
    const exhibition = await exhibitionWith();
    const made = (await place(exhibition)).json;
    const event = await stack.sql.row(`SELECT * FROM booking.events WHERE entity = '${made.order_number}'`);
    assert.equal(event.type, 'order.reserved');
    assert.equal(event.version, 1);
    assert.equal(event.payload.status, 'reserved');
    assert.equal((await product(stack.http, exhibition)).total_quantity, 100);
    await stack.audit();
});
