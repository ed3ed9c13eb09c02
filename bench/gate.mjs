// The gate with a million tickets stored, and messages: how soon a buyer has codes and the link, also while bulk messages wait.
import { readFileSync } from 'node:fs';
import { buy } from '../tests/lib/pay.mjs';
import { ticketsWithCodes } from '../tests/lib/tickets.mjs';
import { until } from '../tests/lib/wait.mjs';
import { bench, median, pgbench, quantile, show, table, volley } from './measure.mjs';
import { hotProduct, ROUNDS, withCost, withStack } from './stand.mjs';

const CONNECTIONS = 16; // scanners that wait for their answer
const SCANS = Number(process.env.BENCH_SCANS ?? 8000); // of a round
const STORED = Number(process.env.BENCH_TICKETS ?? 1_000_000);
const CLIENTS = 8; // of the baseline
const SINGLES = Math.ceil(SCANS / 2 / CLIENTS); // of each of them
const BULK = 10_000;
const BUYERS = 10;
const STAFF_ID = 1;

/** Loads tickets and answers those that can be scanned, [{id, code}] in any order, and how fast their codes were made. */
export async function loadTickets(stack, exhibition, n, stored = STORED) {
    const variables = { stored, n, exhibition: exhibition.id, product: exhibition.products[0].id };
    const set = Object.entries(variables).map(([name, value]) => `\\set ${name} ${value}\n`);
    await stack.sql.text(set.join('') + readFileSync(bench('load_tickets.sql'), 'utf8'));
    const since = Date.now();
    const issued = `SELECT count(*) FROM entrance.orders WHERE entries_version > 0 AND id < 1000000000`;
    await until(`codes of ${n} tickets`, async () => Number(await stack.sql.value(issued)) >= n / 2, { ms: 300_000, every: 200 });
    const rate = (n * 1.5) / ((Date.now() - since) / 1000);
    await stack.sql.text(
        'VACUUM ANALYZE entrance.orders; VACUUM ANALYZE entrance.tickets; VACUUM ANALYZE entrance.codes; VACUUM ANALYZE entrance.changes; CHECKPOINT',
    );
    const list = await stack.sql.rows(`SELECT c.ref AS id, c.code FROM entrance.codes c WHERE c.kind = 't' AND c.ref < 1000000000 ORDER BY md5(c.code)`);
    return { rate, list };
}

export async function scanAll(stack, token, list, connections = CONNECTIONS) {
    const requests = list.map(({ code }) => ({ path: '/api/entrance/scan', body: { qr_code: code, admin_id: STAFF_ID } }));
    const round = await volley(stack.port, connections, requests, { header: `Authorization: Bearer ${token}` });
    const refused = round.answers.find(({ body }) => body.entrance_status !== 'allowed');
    if (refused) throw new Error(`not admitted: ${JSON.stringify(refused.body)}`);
    return round;
}

/** The same rows, one transaction each. */
async function single(stack, list) {
    const rows = list.map(({ id }, i) => `(${i}, ${id})`);
    await stack.sql.text(`CREATE SCHEMA IF NOT EXISTS bench; DROP TABLE IF EXISTS bench.tickets;
        CREATE TABLE bench.tickets (n int PRIMARY KEY, id bigint NOT NULL); INSERT INTO bench.tickets VALUES ${rows.join(', ')};
        ANALYZE bench.tickets`);
    return pgbench(stack.engines.env, 'single_scan.sql', { clients: CLIENTS, each: SINGLES, variables: { each: SINGLES, i: 0 } });
}

export function scans() {
    return withStack({ payment: 1, entrance: 1 }, async (stack) => {
        const exhibition = await hotProduct(stack);
        const token = stack.token('staff', exhibition.code);
        const { rate: issued, list } = await loadTickets(stack, exhibition, SCANS * (ROUNDS + 1) + SINGLES * CLIENTS * ROUNDS);
        const next = (count) => list.splice(0, count);
        await scanAll(stack, token, next(SCANS)); // caches and plans
        const [ours, base, latencies, costs] = [[], [], [], {}];
        for (let i = 0; i < ROUNDS; i++) {
            base.push(await single(stack, next(SINGLES * CLIENTS)));
            const [round, cost] = await withCost(stack, () => scanAll(stack, token, next(SCANS)));
            ours.push(round.rate);
            latencies.push(round.answers.map((a) => a.ms));
            for (const [part, us] of Object.entries(cost)) costs[part] = (costs[part] ?? 0) + us;
        }
        const of = (share) => median(latencies.map((round) => quantile(round, share)));
        return {
            figures: { scans: { value: median(ours), baseline: median(base) }, scans_p95: { value: of(0.95) } },
            notes: `## Where the time of a scan goes

${CONNECTIONS} scanners that scan again as soon as they have heard, ${STORED.toLocaleString('en')} tickets stored besides those scanned:

${table(
    ['process', 'processor µs per scan'],
    Object.entries(costs).map(([part, us]) => [part, show(us / (SCANS * ROUNDS))]),
)}

Latency p50: ${show(of(0.5))} ms, p99: ${show(of(0.99))} ms. Codes issued: ${show(issued)}/s.`,
        };
    });
}

/** Bulk messages as an announcement to that many people would make them. */
const announce = (stack, exhibition) =>
    stack.sql.text(`INSERT INTO notify.messages (order_number, event, own_id, template, priority, exhibition_id, phone, vars, due_at, useful_until)
        SELECT '', 'bench/' || g, 'BENCH' || lpad(g::text, 10, '0'), 'notice', 4, ${exhibition.id}, '010' || lpad(g::text, 8, '0'),
               jsonb_build_object('전시명', '시험 전시', '안내내용', '운영 시간이 바뀌었습니다.'), now(), now() + interval '1 day'
        FROM generate_series(1, ${BULK}) g`);

/** Seconds from the payment of each buyer to the codes, and to the provider's word, one buyer after the other. */
async function buyers(stack, exhibition) {
    const waits = { codes: [], message: [] };
    for (let i = 0; i < BUYERS; i++) {
        const { order } = await buy(stack, exhibition);
        const paid = Date.now();
        await ticketsWithCodes(stack, order, { ms: 60_000 });
        waits.codes.push((Date.now() - paid) / 1000);
        const taken = `SELECT extract(epoch FROM m.accepted_at - e.created_at)::float8 FROM notify.messages m JOIN booking.events e
            ON e.entity = m.order_number AND e.type = 'order.paid' WHERE m.order_number = '${order.order_number}' AND m.event = 'paid'`;
        waits.message.push(Number(await until('the message is taken', () => stack.sql.value(taken), { ms: 60_000, every: 50 })));
    }
    return waits;
}

export function messages() {
    return withStack({ payment: 1, entrance: 1, notify: 1 }, async (stack) => {
        const exhibition = await hotProduct(stack);
        await buyers(stack, exhibition); // connections, plans
        const calm = await buyers(stack, exhibition);
        await announce(stack, exhibition);
        const busy = await buyers(stack, exhibition);
        const waiting = Number(await stack.sql.value(`SELECT count(*) FROM notify.messages WHERE priority = 4 AND accepted_at IS NULL`));
        if (waiting === 0) throw new Error('the bulk messages were gone before the last buyer came');
        const baseline = median(calm.message);
        return {
            figures: {
                codes_after_paid: { value: Math.max(...calm.codes) },
                message_after_paid: { value: Math.max(...calm.message) },
                bulk_delay: { value: Math.max(...busy.message) - baseline, baseline },
            },
        };
    });
}
