// Everybody wants the same few places at once.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { orderFor } from './fixture.mjs';
import { parallel, tally, until } from './wait.mjs';

/**
 * `requests` orders of 1-4 tickets from `connections` connections. Every client repeats an unknown outcome (503, 504, no
 * answer) with its key. Returns [{body, key, answer, attempts, quantity}].
 */
export function rush(http, exhibition, { requests, connections, patience = 60_000 }) {
    return parallel(requests, connections, async () => {
        const quantity = randomInt(1, 5);
        const body = orderFor(exhibition, { quantity });
        const key = randomUUID();
        return { body, key, quantity, ...(await http.settle('POST', '/api/orders', { json: body, key }, patience)) };
    });
}

/** Sells what is left, one by one, until the answer is SOLD_OUT and nothing is left. Returns the orders made. */
export async function sellRest(stack, exhibition, ms = 15_000) {
    const made = [];
    await until(
        'the last place is sold',
        async () => {
            const body = orderFor(exhibition);
            const key = randomUUID();
            const { answer } = await stack.http.settle('POST', '/api/orders', { json: body, key });
            if (answer.status === 201) made.push({ body, key, answer, quantity: 1 });
            else assert.equal(answer.code, 'SOLD_OUT', answer.text);
            const { available } = await stack.sql.pool(exhibition.products[0].pool_id);
            return answer.status !== 201 && available === 0;
        },
        { ms, every: 20 },
    );
    return made;
}

/** What must hold after any rush for `places` of the exhibition's first product; `results` are all answers given. */
export async function checkRush(stack, exhibition, results, places) {
    const { id, pool_id } = exhibition.products[0];
    const outcomes = tally(results, (r) => r.answer.code ?? r.answer.status);
    assert.deepEqual(Object.keys(outcomes).sort(), ['201', 'SOLD_OUT'], JSON.stringify(outcomes));
    const won = results.filter((r) => r.answer.status === 201);
    const stored = await stack.sql.rows(`SELECT o.order_number, sum(i.quantity)::int AS quantity FROM booking.orders o
        JOIN booking.order_items i ON i.order_id = o.id WHERE o.exhibition_id = ${exhibition.id} GROUP BY o.order_number`);
    const byNumber = new Map(stored.map((o) => [o.order_number, o.quantity]));
    for (const r of won) {
        assert.equal(byNumber.get(r.answer.json.order_number), r.quantity, `201 of ${r.answer.json.order_number} is in the database`);
    }
    assert.equal(new Set(won.map((r) => r.answer.json.order_number)).size, won.length, 'one order per client');
    assert.equal(byNumber.size, won.length, 'no order that nobody was told of');
    assert.equal(
        won.reduce((sum, r) => sum + r.quantity, 0),
        places,
        'sold to the last place, and not one more',
    );
    assert.equal(await stack.sql.taken(id), places);
    assert.equal((await stack.sql.pool(pool_id)).available, 0);
}
