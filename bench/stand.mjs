// What is measured on: a system started for one group of figures, things to sell in it, the processor time of its parts.
import { addExhibition, visible } from '../tests/lib/fixture.mjs';
import { Stack } from '../tests/lib/stack.mjs';
import { cpuUs, wrk } from './measure.mjs';

export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
export const SECONDS = Number(process.env.BENCH_SECONDS ?? 8);
export const PLENTY = 100_000_000;

export async function withStack(options, measure) {
    const stack = new Stack({ synced: true, gatewayEnv: { GATEWAY_THREADS: '640' }, ...options });
    await stack.start();
    try {
        return await measure(stack);
    } finally {
        await stack.stop();
    }
}

/** An exhibition with one product that does not run out. */
export async function hotProduct(stack, columns = {}) {
    const exhibition = await addExhibition(stack.sql, { products: [{ total: PLENTY, price: 15000 }], ...columns });
    await visible(stack.http, exhibition);
    return exhibition;
}

/** The rush on its first product. */
export function orders(stack, exhibition, connections, seconds = SECONDS) {
    const args = [exhibition.code, String(exhibition.products[0].id)];
    return wrk(stack.url, { connections, seconds, script: 'order.lua', args, threads: 1 });
}

/** Does the work and answers [its result, {part: processor time in µs while it was done}]. */
export async function withCost(stack, work) {
    const { env } = stack.engines;
    const parts = {
        gateway: stack.gateway.pid,
        'svc-booking': stack.booking[0].pid,
        'svc-payment': stack.payment[0]?.pid,
        'svc-entrance': stack.entrance[0]?.pid,
        'svc-notify': stack.notify[0]?.pid,
        PostgreSQL: Number(env.POSTGRES_PID),
        Redis: Number(env.REDIS_PID),
        sandbox: stack.sandbox?.pid,
    };
    const there = Object.entries(parts).filter(([, pid]) => pid);
    const before = there.map(([, pid]) => cpuUs(pid));
    const result = await work();
    return [result, Object.fromEntries(there.map(([name, pid], i) => [name, cpuUs(pid) - before[i]]))];
}
