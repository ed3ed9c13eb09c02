// The figures of targets.tsv. Each group starts what it needs, measures every figure beside its baseline in the same run and
// answers {figure: {value, baseline?, ratio?}}.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { program } from '../tests/lib/paths.mjs';
import { freePort } from '../tests/lib/ports.mjs';
import { until } from '../tests/lib/wait.mjs';
import { messages, scans } from './gate.mjs';
import { bench, median, pgbench, rssMb, show, table, wrk } from './measure.mjs';
import { confirms } from './payments.mjs';
import { logins, staff } from './staff.mjs';
import { hotProduct, orders, PLENTY, ROUNDS, SECONDS, withCost, withStack } from './stand.mjs';

const STORED = Number(process.env.BENCH_STORED ?? 10_000_000);

export function hotOrders() {
    return withStack({}, async (stack) => {
        const exhibition = await hotProduct(stack);
        await stack.sql.text(`INSERT INTO booking.pools (id, exhibition_id, total, available)
            VALUES (1, ${exhibition.id}, ${PLENTY}, ${PLENTY}) ON CONFLICT (id) DO UPDATE SET total = ${PLENTY}, available = ${PLENTY}`);
        await orders(stack, exhibition, 128, 2); // caches and plans
        const runs = { base: [], c128: [], c512: [] };
        for (let i = 0; i < ROUNDS; i++) {
            runs.base.push(await pgbench(stack.engines.env, 'single_order.sql', { clients: 8, seconds: SECONDS }));
            runs.c128.push(await orders(stack, exhibition, 128));
            runs.c512.push(await orders(stack, exhibition, 512));
        }
        const baseline = median(runs.base);
        const [c128, c512] = [runs.c128, runs.c512].map((list) => median(list.map((r) => r.rate)));
        const failed = [...runs.c128, ...runs.c512].reduce((sum, r) => sum + r.failed, 0);
        const [{ ok }, cost] = await withCost(stack, () => orders(stack, exhibition, 128));
        const p99 = (list) => show(median(list.map((r) => r.p99)));
        return {
            figures: {
                orders_hot_128: { value: c128, baseline },
                orders_hot_512: { value: c512, baseline },
                orders_hot_ratio: { value: Math.min(c128, c512) / baseline, baseline },
            },
            notes: `## Where the time of an order goes

128 connections:

${table(
    ['process', 'processor µs per order'],
    Object.entries(cost).map(([part, us]) => [part, show(us / ok)]),
)}

Latency p99: ${p99(runs.c128)} ms at 128 connections, ${p99(runs.c512)} ms at 512. Failed requests: ${failed}.`,
        };
    });
}

export function catalogueReads() {
    return withStack({}, async (stack) => {
        const exhibition = await hotProduct(stack);
        const path = `/api/exhibitions/${exhibition.code}/products`;
        const size = Buffer.byteLength((await stack.http.get(path)).text);
        const port = await freePort();
        const bare = spawn(program('bare_http'), [String(port), String(size), '640'], { stdio: ['pipe', 'pipe', 'inherit'] });
        await once(bare.stdout, 'data');
        try {
            const [ours, base] = [[], []];
            for (let i = 0; i < ROUNDS; i++) {
                base.push((await wrk(`http://127.0.0.1:${port}/`, { connections: 128, seconds: SECONDS })).rate);
                ours.push((await wrk(stack.url + path, { connections: 128, seconds: SECONDS })).rate);
            }
            const [value, baseline] = [median(ours), median(base)];
            return { figures: { products_ratio: { value: value / baseline, baseline } } };
        } finally {
            bare.stdin.end();
        }
    });
}

/** Two systems side by side, one empty and one with STORED orders, measured in turn. */
export function manyStored() {
    return withStack({}, (empty) =>
        withStack({}, async (full) => {
            const pairs = [];
            await full.sql.text(`\\set n ${STORED}\n${readFileSync(bench('load_orders.sql'), 'utf8')}`);
            const [a, b] = [await hotProduct(empty), await hotProduct(full)];
            for (const [stack, exhibition] of [
                [empty, a],
                [full, b],
            ])
                await orders(stack, exhibition, 128, 3);
            for (let i = 0; i < ROUNDS; i++) {
                pairs.push([(await orders(empty, a, 128)).rate, (await orders(full, b, 128)).rate]);
            }
            const [baseline, value] = [0, 1].map((k) => median(pairs.map((pair) => pair[k])));
            return { figures: { orders_10m_ratio: { value: value / baseline, baseline } } };
        }),
    );
}

export function expiry() {
    const holds = 30_000;
    return withStack({}, async (stack) => {
        const lapsing = await hotProduct(stack, { hold_seconds: 3600 });
        const selling = await hotProduct(stack, { hold_seconds: 3600 });
        const held = `SELECT count(*) FROM booking.orders WHERE exhibition_id = ${lapsing.id} AND status = 'reserved'`;
        while (Number(await stack.sql.value(held)) < holds) await orders(stack, lapsing, 128, 2);
        const before = await orders(stack, selling, 128);
        await stack.sql.text(`UPDATE booking.orders SET expires_at = now() + interval '3 seconds' WHERE id IN
            (SELECT id FROM booking.orders WHERE exhibition_id = ${lapsing.id} AND status = 'reserved' ORDER BY id LIMIT ${holds});
            UPDATE booking.orders SET expires_at = now() + interval '1 hour'
            WHERE exhibition_id = ${lapsing.id} AND expires_at > now() + interval '10 seconds'`);
        const sales = orders(stack, selling, 128, 16);
        const due = `SELECT count(*) AS n, extract(epoch FROM clock_timestamp() - min(expires_at))::float8 AS late FROM booking.orders
            WHERE exhibition_id = ${lapsing.id} AND status = 'reserved' AND expires_at < now() + interval '10 minutes'`;
        let late = 0;
        await until(
            'all holds are freed',
            async () => {
                const row = await stack.sql.row(due);
                late = Math.max(late, row.late ?? 0);
                return Number(row.n) === 0;
            },
            { ms: 60_000, every: 200 },
        );
        const after = await sales;
        return { figures: { expiry_30000: { value: late }, expiry_sales_ratio: { value: after.rate / before.rate, baseline: before.rate } } };
    });
}

export function memory() {
    return withStack({}, async (stack) => {
        const { pid } = stack.booking[0];
        const idle = rssMb(pid);
        const exhibition = await hotProduct(stack);
        const warm = await orders(stack, exhibition, 128, 20);
        const start = rssMb(pid);
        let served = warm.ok;
        while (served < 1_000_000) served += (await orders(stack, exhibition, 128, 30)).ok;
        return {
            figures: {
                idle_rss_booking: { value: idle },
                rss_growth_1m: { value: (100 * (rssMb(pid) - start)) / start, baseline: start },
            },
        };
    });
}

export const GROUPS = { hotOrders, catalogueReads, expiry, memory, confirms, scans, messages, staff, logins, manyStored };
