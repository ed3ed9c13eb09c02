// `make run` in fresh clones in closed folders: two beside each other, and 60 kills in 60 s.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Clone } from '../lib/clone.mjs';
import { orderFor } from '../lib/fixture.mjs';
import { parallel, sleep, tally, until } from '../lib/wait.mjs';

const KILLS = 60;
const BUYERS = 8;
const PARTS = ['booking', 'gateway', 'payment', 'entrance', 'notify', 'admin', 'sandbox', 'redis', 'postgres'];
const BACK_MS = 30_000;

const clones = [new Clone(), new Clone()];
const [clone, other] = clones;
before(() => clones[0].start().then(() => clones[1].start()), { timeout: 400_000 });
after(() => clones.forEach((c) => c.destroy()));

/** The first product on sale of the demonstration. */
async function onSale({ http }) {
    for (const { code } of (await http.get('/api/exhibitions')).json.exhibitions) {
        const { products } = (await http.get(`/api/exhibitions/${code}/products`)).json;
        const free = products.find((p) => p.stock_state === 'open' && p.available_quantity > 100);
        if (free) return { code, products: [{ id: free.id }] };
    }
    throw new Error('nothing is on sale');
}
const count = ({ sql }) => sql.value('SELECT count(*)::int AS n FROM booking.orders');

test('two clones sell beside each other, each its own', async () => {
    for (const c of clones) {
        const already = await Promise.all(clones.map(count));
        const answer = await c.http.post('/api/orders', orderFor(await onSale(c)));
        assert.equal(answer.status, 201, answer.text);
        const now = await Promise.all(clones.map(count));
        assert.deepEqual(
            now.map((n, i) => n - already[i]),
            clones.map((x) => (x === c ? 1 : 0)),
        );
    }
});

test('the first administrator signs in with the password that was made', async () => {
    for (const c of clones) {
        const password = readFileSync(join(c.root, 'var/admin-password'), 'utf8').trim();
        const answer = await c.http.post('/api/admin/login', { username: 'admin', password });
        assert.equal(answer.status, 200, answer.text);
        const { access_token: token } = answer.json;
        assert.equal((await c.http.get('/api/admin/orders', { token })).status, 200);
        assert.equal((await clones.find((x) => x !== c).http.get('/api/admin/orders', { token })).status, 401, 'each clone has keys of its own');
    }
});

test('60 kills in 60 s: everything comes back, no order is lost', { timeout: 300_000 }, async (t) => {
    const exhibition = await onSale(clone);
    await clone.sql.text('UPDATE booking.exhibitions SET max_per_phone = 0, version = version + 1');
    const [pids, killed] = [{}, []];
    let over = false;
    const buyers = parallel(BUYERS, BUYERS, async () => {
        const answers = [];
        while (!over) {
            const { answer } = await clone.http.settle('POST', '/api/orders', { json: orderFor(exhibition) });
            answers.push(answer);
            await sleep(500); // the limit of one address stays on
        }
        return answers;
    });
    for (let i = 0; i < KILLS; i++) {
        const part = PARTS[i % PARTS.length];
        pids[part] = await until(`${part} is back`, () => clone.pidOf(part), { ms: BACK_MS, every: 20 });
        process.kill(pids[part], 'SIGKILL');
        killed.push(part);
        await sleep(1000);
    }
    over = true;
    const answers = (await buyers).flat();
    await clone.ready(BACK_MS);
    t.diagnostic(`${JSON.stringify(tally(answers, (a) => a.code ?? a.status))} while ${JSON.stringify(tally(killed, (k) => k))} were killed`);
    const made = answers.filter((a) => a.status === 201).map((a) => a.json.order_number);
    assert.ok(made.length > 0, 'sales went on');
    const stored = new Set((await clone.sql.rows('SELECT order_number FROM booking.orders')).map((o) => o.order_number));
    assert.deepEqual(
        made.filter((number) => !stored.has(number)),
        [],
        'every 201 is in the database',
    );
    await until('the audit finds 0 differences', async () => /^0 differences$/m.test(await clone.make('audit')), { ms: BACK_MS, every: 500 });
    assert.equal((await other.http.get('/readyz')).status, 200, 'the neighbour felt nothing');
});

test('make stop ends everything that was started', { timeout: 60_000 }, async () => {
    const pids = PARTS.map((part) => clone.pidOf(part));
    assert.equal(await clone.stop(), 0);
    assert.deepEqual(
        pids.filter((pid) => existsSync(`/proc/${pid}`)),
        [],
    );
    assert.equal((await other.http.get('/readyz')).status, 200);
});
