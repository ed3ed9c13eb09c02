// 30,000 holds lapse in the same second and are freed in 10 s, while sales go on at full speed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrk } from '../../bench/measure.mjs';
import { addExhibition, addHolds, visible } from '../lib/fixture.mjs';
import { useStack } from '../lib/stack.mjs';
import { until } from '../lib/wait.mjs';

const HOLDS = 30_000;
const FREED_S = 10;
const SPEED = 0.8; // of the sales before
const PLENTY = 100_000_000;
const LEAD_S = 30; // to load the holds and to measure the sales before

const stack = useStack({ gatewayEnv: { GATEWAY_ACCESS_LOG: 'off', GATEWAY_THREADS: '256' } });

test('holds lapsing together', { timeout: 180_000 }, async (t) => {
    const lapsing = await addExhibition(stack.sql, { products: [{ total: PLENTY }], max_per_phone: 0 });
    const selling = await addExhibition(stack.sql, { products: [{ total: PLENTY }], max_per_phone: 0 });
    await visible(stack.http, selling);
    const sales = (seconds) => wrk(stack.url, { connections: 128, seconds, script: 'order.lua', args: [selling.code, String(selling.products[0].id)] });
    const held = `SELECT count(*) FILTER (WHERE status = 'reserved')::int AS n,
        extract(epoch FROM clock_timestamp() - min(expires_at))::float8 AS late FROM booking.orders WHERE exhibition_id = ${lapsing.id}`;

    await sales(3); // caches and plans
    await addHolds(stack.sql, lapsing, HOLDS, `${LEAD_S} seconds`);
    const before = await sales(8);
    const early = await stack.sql.row(held);
    assert.deepEqual([early.n, early.late < -2], [HOLDS, true], `not yet lapsed, but soon: ${JSON.stringify(early)}`);
    const during = sales(Math.ceil(-early.late) + FREED_S);
    const freed = await until(
        'all holds are freed',
        async () => {
            const row = await stack.sql.row(held);
            return row.n === 0 && row;
        },
        { ms: (LEAD_S + 60) * 1000, every: 200 },
    );
    const { rate, failed } = await during;
    t.diagnostic(`${HOLDS} holds freed after ${freed.late.toFixed(1)} s; ${before.rate.toFixed(0)} orders/s before, ${rate.toFixed(0)} meanwhile`);
    assert.ok(freed.late <= FREED_S, `${freed.late} s`);
    assert.equal(failed, 0, 'sales go on');
    assert.ok(rate >= before.rate * SPEED, `${rate} orders/s, ${before.rate} before`);
    assert.equal((await stack.sql.pool(lapsing.products[0].pool_id)).available, PLENTY);
    await stack.audit(15_000);
});
