// What may happen between two statements: prices that change, repeats that meet, pauses, dumps, long stops.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { addExhibition, orderFor, phone, visible } from './lib/fixture.mjs';
import { whilePaused } from './lib/pause.mjs';
import { useStack } from './lib/stack.mjs';
import { inTime, until } from './lib/wait.mjs';

const stack = useStack();

async function exhibitionWith(options) {
    const exhibition = await addExhibition(stack.sql, options);
    await visible(stack.http, exhibition);
    return exhibition;
}
const place = (exhibition, options) => stack.http.post('/api/orders', orderFor(exhibition, options));
const poolOf = (exhibition) => exhibition.products[0].pool_id;

/** Somebody else holds the row of the pool during `job`. */
const whilePoolHeld = (exhibition, job) => stack.sql.whileHeld(`SELECT FROM booking.pools WHERE id = ${poolOf(exhibition)} FOR UPDATE`, job);

test('a price that changes while an order is made does not part its total from its lines', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 10, price: 1000 }] });
    let order;
    await whilePoolHeld(exhibition, async ({ waitedFor }) => {
        order = place(exhibition, { quantity: 2 });
        await waitedFor();
        await stack.sql.text(`UPDATE booking.products SET price = 5000 WHERE id = ${exhibition.products[0].id}`);
    });
    const answer = await order;
    assert.deepEqual([answer.status, answer.json.total_amount], [201, 2000], answer.text);
    await stack.audit();
});

test('a repeat finds its order, whoever else uses its key in the same batch', async () => {
    const exhibition = await addExhibition(stack.sql);
    const [key, mine, foreign] = [randomUUID(), randomUUID(), randomUUID()];
    const commit = async (bodies) => {
        const each = (value) => `ARRAY[${bodies.map(value)}]`;
        const none = (type) => `array_fill(NULL::${type}, ARRAY[${bodies.length}])`;
        const rows = await stack.sql.rows(`SELECT outcome, order_number FROM booking.reserve_orders(
            ${each(() => `'${randomUUID()}'`)}, ${each(() => `'${exhibition.code}'`)}, ${each(() => `'${key}'::uuid`)},
            ${each((body) => `'${body}'::uuid`)}, ${each(() => "'n'")}, ${each(() => `'${phone()}'`)}, ${none('text')}, ${none('date')},
            ${none('int')}, ${each((_, i) => i + 1)}, ${each(() => exhibition.products[0].id)}, ${each(() => 1)})
            WHERE kind = 'o' ORDER BY idx`);
        return rows;
    };
    const [made] = await commit([mine]);
    assert.equal(made.outcome, 'CREATED');
    const answers = await commit([foreign, mine]);
    assert.deepEqual(
        answers.map((a) => a.outcome),
        ['IDEMPOTENCY_MISMATCH', 'REPEAT'],
    );
    assert.equal(answers[1].order_number, made.order_number);
});

test('who comes before the sale opens hears so, and leaves the gate as it was', async () => {
    const exhibition = await exhibitionWith({ products: [{ total: 10, sale_start: new Date(Date.now() + 600_000).toISOString() }] });
    const key = `{ex:${exhibition.id}}:pool:${poolOf(exhibition)}`;
    await until('the gate knows the stock', async () => (await stack.redis.command('HGET', key, 'available')) === '10');
    const answers = await Promise.all(Array.from({ length: 40 }, () => place(exhibition, { quantity: 4 })));
    assert.deepEqual([...new Set(answers.map((a) => a.code))], ['SALE_NOT_OPEN']);
    assert.equal(await stack.redis.command('HGET', key, 'available'), '10');
});

/** The process is paused while it holds the pool: how many ms another session waits for it. */
async function heldByPaused() {
    const exhibition = await exhibitionWith();
    const token = stack.token('superadmin');
    let change, ms;
    await whilePoolHeld(exhibition, async ({ waitedFor, release }) => {
        change = stack.http.put(`/api/admin/products/${exhibition.products[0].id}`, { total_quantity: 50 }, { token });
        await waitedFor();
        await whilePaused([stack.booking[0]], async () => {
            await release();
            const since = Date.now();
            await stack.sql.text(`UPDATE booking.pools SET version = version WHERE id = ${poolOf(exhibition)}`);
            ms = Date.now() - since;
        });
    });
    assert.equal((await change).code, 'BUSY');
    assert.equal((await stack.sql.pool(poolOf(exhibition))).total, 100);
    return ms;
}

test('a process paused within a transaction holds its locks for 2 seconds at most', async () => {
    await inTime(2900, heldByPaused); // less than what a sale waits for a lock
});

const partitions = () =>
    stack.sql.rows(`SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'booking.events'::regclass AND c.relname <> 'events_default' ORDER BY 1`);

test('a dump stops neither the sale nor housekeeping', async () => {
    const exhibition = await exhibitionWith();
    await stack.sql.text(`DROP TABLE booking.${(await partitions()).at(-1).name}`);
    await stack.sql.whileHeld('SELECT count(*) FROM booking.events', async () => {
        const house = stack.sql.text('SELECT booking.housekeeping()');
        assert.equal((await place(exhibition)).status, 201);
        await house;
    });
});

test('after a stop of weeks the first events stay in the default partition, the next days have their own', async () => {
    const before = await partitions();
    // All on one day, whatever the clock says meanwhile.
    await stack.sql.text(`BEGIN; ${before.map((p) => `DROP TABLE booking.${p.name};`).join('')} SELECT booking.emit('audit', 'x', 1, '{}');
        SELECT booking.housekeeping(); COMMIT`);
    // It leaves the rest for another time when somebody else is at it, or has a lock that it wants.
    await until('the next days have their own', async () => {
        await stack.sql.text('SELECT booking.housekeeping()');
        return (await partitions()).length >= 7;
    });
    assert.equal((await partitions()).length, 7);
});
