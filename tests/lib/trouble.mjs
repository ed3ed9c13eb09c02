// What must hold whatever breaks while people buy.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { addExhibition, orderFor, visible } from './fixture.mjs';
import { checkRush, rush, sellRest } from './rush.mjs';
import { parallel } from './wait.mjs';

export const HOME_MS = 15_000; // no stock is lost this long after the trouble
const BUYERS = 20;
const REPEATS = 20;

export async function onSale(stack, options) {
    const exhibition = await addExhibition(stack.sql, options);
    await visible(stack.http, exhibition);
    return exhibition;
}

/** After a rush: the system is whole again, the exhibition sold out to the last place, each 201 true and found by a retry. */
export async function isTrue(stack, exhibition, results, places) {
    await stack.ready(20_000);
    const all = [...results, ...(await sellRest(stack, exhibition, HOME_MS))];
    await checkRush(stack, exhibition, all, places);
    const won = all.filter((r) => r.answer.status === 201);
    await parallel(Math.min(won.length, REPEATS), REPEATS / 2, async (i) => {
        const { answer } = await stack.http.settle('POST', '/api/orders', { json: won[i].body, key: won[i].key });
        const { order_number, order_token } = won[i].answer.json; // expires_at may differ: an outage gives time back
        assert.partialDeepStrictEqual(answer.json, { order_number, order_token }, 'a retry finds its own order when all is sold out');
    });
}

/** A rush for `places` of a fresh exhibition while `trouble` happens, and everything that must hold afterwards. */
export async function survives(stack, { places, ...crowd }, trouble) {
    const exhibition = await onSale(stack, { products: [{ total: places }] });
    const [results] = await Promise.all([rush(stack.http, exhibition, crowd), trouble()]);
    await isTrue(stack, exhibition, results, places);
    await stack.audit(HOME_MS);
}

/** A rush ends when it ends: these buyers go on for as long as the trouble lasts. Returns how many orders they made. */
export async function busyWhile(stack, trouble) {
    const exhibition = await onSale(stack, { products: [{ total: 1_000_000 }] });
    let over = false;
    const buyers = parallel(BUYERS, BUYERS, async () => {
        const made = [];
        while (!over) {
            const { answer } = await stack.http.settle('POST', '/api/orders', { json: orderFor(exhibition), key: randomUUID() });
            assert.equal(answer.status, 201, answer.text);
            made.push(answer.json.order_number);
        }
        return made;
    });
    try {
        await trouble();
    } finally {
        over = true;
    }
    const made = (await buyers).flat();
    const stored = new Set((await stack.sql.rows(`SELECT order_number FROM booking.orders WHERE exhibition_id = ${exhibition.id}`)).map((o) => o.order_number));
    assert.equal(stored.size, made.length, 'as many orders as clients were told of');
    assert.ok(
        made.every((number) => stored.has(number)),
        'every 201 is in the database',
    );
    return made.length;
}
