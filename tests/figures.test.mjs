// The figures of the dashboard are what a count over the tables of their owners says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addExhibition, visible } from './lib/fixture.mjs';
import { buy, makeOrder } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({ payment: 1, admin: 1 });
const dashboard = (query = {}, { role = 'viewer', exhibitions } = {}) =>
    stack.http.get(`/api/admin/dashboard?${new URLSearchParams(query)}`, { token: stack.token(role, exhibitions) });

test('thin', async () => {
    const exhibition = await addExhibition(stack.sql, { products: [{ total: 100, price: 15_000 }] });
    await visible(stack.http, exhibition);
    await makeOrder(stack, exhibition, { quantity: 3 });
    await buy(stack, exhibition, { quantity: 2 });
    const answer = await until('counted', async () => {
        const a = await dashboard({ exhibition: exhibition.code });
        return a.status === 200 && a.json.total_orders === 1 && a;
    });
    assert.partialDeepStrictEqual(answer.json, { total_revenue: 30_000, held: 3, products_sold: { adult: 2 } });
});
