// Confirms: buyers who come back from Toss all at once, Toss played by the sandbox, which answers without delay.
import { until } from '../tests/lib/wait.mjs';
import { median, pgbench, quantile, show, table, volley } from './measure.mjs';
import { hotProduct, ROUNDS, withCost, withStack } from './stand.mjs';

const CONNECTIONS = 256; // as many confirms as the gateway here lets in at once
const FEWER = 128;
const CONFIRMS = Number(process.env.BENCH_CONFIRMS ?? 6000); // of a round
const CLIENTS = 8; // of the baseline
const SINGLES = Math.ceil(CONFIRMS / 2 / CLIENTS); // of each of them
const AMOUNT = 15000;

/** What an answer to confirm waits for, one after the other; `sum` picks its seconds from svc-payment's metrics. */
const STEPS = [
    ['booking: begin_payment', ['payment_step_seconds', 'saga="attempt",state="beginning"']],
    ['Toss: confirm', ['payment_step_seconds', 'saga="attempt",state="sent"']],
    ['booking: mark_paid', ['payment_step_seconds', 'saga="attempt",state="captured"']],
    ['four moves of the attempt saved', ['payment_save_seconds', '']],
];

/** Payments that the buyer has authenticated at Toss: [{payment_key, order_id, amount}], and how fast they were initialized. */
async function checkedOut(stack, exhibition, count) {
    const order = (i) => ({
        exhibition_code: exhibition.code,
        customer_name: '홍길동',
        customer_phone: `010${String(i).padStart(8, '0')}`,
        items: [{ product_id: exhibition.products[0].id, quantity: 1 }],
    });
    const send = (port, path, bodies, status) =>
        volley(
            port,
            CONNECTIONS,
            bodies.map((body) => ({ path, body })),
            { wanted: status },
        );
    const orders = await send(
        stack.port,
        '/api/orders',
        Array.from({ length: count }, (_, i) => order(i)),
        201,
    );
    const wishes = orders.answers.map(({ body }) => ({ order_number: body.order_number, amount: AMOUNT, customer_name: '홍길동' }));
    const opened = await send(stack.port, '/api/payments/initialize', wishes, 200);
    const buyers = opened.answers.map(({ body }) => ({ payment_key: body.payment_key, result: 'success' }));
    const { answers } = await send(Number(new URL(stack.sandbox.url).port), '/sandbox/toss/checkout', buyers, 200);
    return { rate: opened.rate, list: answers.map(({ body: { payment_key, order_id, amount } }) => ({ payment_key, order_id, amount })) };
}

/** Each payment of the list confirmed and found paid: a volley. */
async function confirmAll(stack, list, connections = CONNECTIONS) {
    const round = await volley(
        stack.port,
        connections,
        list.map((body) => ({ path: '/api/payments/confirm', body })),
    );
    const unpaid = round.answers.find(({ body }) => body.payment_status !== 'paid');
    if (unpaid) throw new Error(`confirmed, but ${JSON.stringify(unpaid.body)}`);
    return round;
}

/** The same moves, one transaction each. */
async function single(stack, list) {
    const rows = list.map(({ order_id }, i) => `(${i}, '${order_id}')`);
    await stack.sql.text(`CREATE SCHEMA IF NOT EXISTS bench; DROP TABLE IF EXISTS bench.flows;
        CREATE TABLE bench.flows (n int PRIMARY KEY, attempt_id text NOT NULL); INSERT INTO bench.flows VALUES ${rows.join(', ')};
        ANALYZE bench.flows`);
    const rate = await pgbench(stack.engines.env, 'single_confirm.sql', { clients: CLIENTS, each: SINGLES, variables: { each: SINGLES, i: 0 } });
    const open = await stack.sql.value(`SELECT count(*) FROM bench.flows JOIN payment.attempts USING (attempt_id) WHERE state <> 'paid'`);
    if (Number(open) > 0) throw new Error(`${open} payments of the baseline were not paid`);
    return rate;
}

/** Seconds that svc-payment has spent so far on each of STEPS. */
async function spent(stack) {
    const text = await stack.metrics(stack.payment[0]);
    const sums = new Map([...text.matchAll(/^(\w+)_sum(?:\{(.*)\})? (\S+)$/gm)].map(([, name, labels = '', value]) => [`${name} ${labels}`, Number(value)]));
    return STEPS.map(([, key]) => sums.get(key.join(' ')) ?? NaN);
}

/** Until the webhooks of all payments confirmed so far have been received. */
const told = (stack, count) =>
    until(`${count} webhooks`, async () => Number(await stack.sql.value(`SELECT count(*) FROM payment.webhooks WHERE said = 'DONE'`)) >= count, { ms: 60_000 });

function costTable(cost, n) {
    return table(
        ['process', 'processor µs per confirm'],
        Object.entries(cost).map(([part, us]) => [part, show(us / n)]),
    );
}

function stepTable(seconds, latencies) {
    const whole = latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length;
    const steps = STEPS.map(([name], i) => [name, (seconds[i] * 1000) / latencies.length]);
    const rest = ['gateway, bus, reading the payment, waiting for a thread', whole - steps.reduce((sum, [, ms]) => sum + ms, 0)];
    return table(
        ['step', 'ms', 'share'],
        [...steps, rest, ['all', whole]].map(([name, ms]) => [name, show(ms), `${((100 * ms) / whole).toFixed(0)} %`]),
    );
}

export function confirms() {
    return withStack({ payment: 1, sandboxEnv: { SANDBOX_MAX_PAYMENTS: '1000000' } }, async (stack) => {
        const exhibition = await hotProduct(stack, { hold_seconds: 3600 });
        const { rate: initialized, list } = await checkedOut(stack, exhibition, CONFIRMS * (2 * ROUNDS + 1) + SINGLES * CLIENTS * ROUNDS);
        const next = (count) => list.splice(0, count);
        await confirmAll(stack, next(CONFIRMS / 2)); // caches and plans
        await told(stack, CONFIRMS / 2);
        const [ours, base, latencies, costs] = [[], [], [], {}];
        const before = await spent(stack);
        for (let i = 0; i < ROUNDS; i++) {
            base.push(await single(stack, next(SINGLES * CLIENTS)));
            const [round, cost] = await withCost(stack, async () => {
                const done = await confirmAll(stack, next(CONFIRMS));
                await told(stack, CONFIRMS * (i + 1.5));
                return done;
            });
            ours.push(round.rate);
            latencies.push(...round.answers.map((a) => a.ms));
            for (const [part, us] of Object.entries(cost)) costs[part] = (costs[part] ?? 0) + us;
        }
        const seconds = (await spent(stack)).map((s, i) => s - before[i]);
        await stack.sandbox.stop();
        stack.sandbox.start({ WEBHOOK_URL: '' });
        await stack.ready();
        const silent = [];
        for (let i = 0; i < ROUNDS; i++) silent.push((await confirmAll(stack, next(CONFIRMS))).rate);
        const { rate: fewer } = await confirmAll(stack, next(CONFIRMS / 2), FEWER);
        return {
            figures: {
                confirms: { value: median(silent), baseline: median(base) },
                confirms_and_webhooks: { value: median(ours), baseline: median(base) },
            },
            notes: `## Where the time of a confirm goes

${CONNECTIONS} connections, with a webhook for each payment, as in life:

${stepTable(seconds, latencies)}

${costTable(costs, CONFIRMS * ROUNDS)}

Latency p50: ${show(quantile(latencies, 0.5))} ms, p95: ${show(quantile(latencies, 0.95))} ms, p99: ${show(quantile(latencies, 0.99))} ms.
Payments initialized: ${show(initialized)}/s. Confirms without webhooks over ${FEWER} connections: ${show(fewer)}/s.`,
        };
    });
}
