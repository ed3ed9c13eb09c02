// Staff's work with a million orders stored: finding them, taking them away as a file while tickets are sold, signing in while
// visitors are scanned.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ADMIN_PASSWORD } from '../tests/lib/keys.mjs';
import { loadTickets, scanAll } from './gate.mjs';
import { bench, quantile, rssMb, show, table, volley } from './measure.mjs';
import { hotProduct, orders, withStack } from './stand.mjs';

const run = promisify(execFile);
const STORED = Number(process.env.BENCH_ORDERS ?? 1_000_000);
const CALLERS = 4; // members of staff who ask again as soon as they have heard
const CALLS = 200; // of a kind
const PAGE = 50;
const BUYERS = 128;
const LOGINS = 500;
const SCANNERS = 4; // that scan again as soon as they have heard
const SCANS = 250; // between two looks whether the logins are over
const TICKETS = 20_000;

async function loadOrders(stack) {
    await stack.sql.text(`\\set n ${STORED}\n${readFileSync(bench('load_staff.sql'), 'utf8')}`);
    return stack.sql.rows(`SELECT id, order_number, customer_name, customer_phone, (extract(epoch FROM created_at) * 1000000)::bigint AS us
        FROM booking.orders WHERE id IN (SELECT (random() * ${STORED - 1})::bigint + 1 FROM generate_series(1, ${CALLS})) ORDER BY md5(order_number)`);
}

const day = (ms) => new Date(ms).toISOString().slice(0, 10);

/** What is asked, by figure and kind: a function of an order. */
const KINDS = {
    staff_list_p95: {
        all: () => ({}),
        'oldest first': () => ({ sort: 'created_at' }),
        'one exhibition': ({ id }) => ({ exhibition: `load-${1 + (id % 20)}` }),
        ...Object.fromEntries(
            ['reserved', 'awaiting_deposit', 'paid', 'partially_cancelled', 'cancelled', 'expired'].map((status) => [status, () => ({ status })]),
        ),
        'no such state': () => ({ payment_status: 'failed' }),
        'exhibition and state': ({ id }) => ({ exhibition: `load-${1 + (id % 20)}`, status: 'cancelled' }),
        'one day': ({ us }) => ({ date_from: day(us / 1000), date_to: day(us / 1000) }),
        'exhibition, state, month': ({ id, us }) => ({
            exhibition: `load-${1 + (id % 20)}`,
            payment_status: 'partially_refunded',
            date_from: day(us / 1000),
            date_to: day(us / 1000 + 30 * 86_400_000),
        }),
    },
    staff_search_p95: {
        number: ({ order_number: q }) => ({ q }),
        'beginning of a number': ({ order_number }) => ({ q: order_number.slice(0, 14) }),
        'number of a day': ({ order_number }) => ({ q: order_number.slice(0, 11) }),
        phone: ({ customer_phone: q }) => ({ q }),
        name: ({ customer_name: q }) => ({ q }),
        'name nobody has': ({ id }) => ({ q: `없는${id}` }),
        'phone nobody has': ({ id }) => ({ q: `0119${String(id).padStart(7, '0')}` }),
        'name in an exhibition': ({ id, customer_name: q }) => ({ q, exhibition: `load-${1 + (id % 20)}` }),
    },
    staff_page_p95: {
        'page 10,000': (_, { cursor }) => ({ cursor }),
        'any page': ({ id, us }) => ({ cursor: `${us}.${id}` }),
        'any page of an exhibition': ({ id, us }) => ({ cursor: `${us}.${id}`, exhibition: `load-${1 + (id % 20)}` }),
    },
};

const DASHBOARDS = {
    'dashboard of all': () => ({}),
    'dashboard of one exhibition': ({ id }) => ({ exhibition: `load-${1 + (id % 20)}` }),
    'dashboard, a month by hour': ({ us }) => ({ interval: 'hour', date_from: day(us / 1000 - 30 * 86_400_000), date_to: day(us / 1000) }),
};

const authorized = (stack) => `Authorization: Bearer ${stack.token('superadmin')}`;
const latency = (answers, share) =>
    quantile(
        answers.map(({ ms }) => ms),
        share,
    );

/** The p95 of each kind: [figure, kind, ms]. */
async function find(stack, some) {
    const [last] = await stack.sql.rows(`SELECT id, (extract(epoch FROM created_at) * 1000000)::bigint AS us FROM booking.orders
        ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET ${PAGE * 9999 - 1}`);
    const cursor = `${last.us}.${last.id}`;
    const list = (query) => `/api/admin/orders?${new URLSearchParams({ limit: PAGE, ...query })}`;
    const asked = Object.entries(KINDS).flatMap(([figure, kinds]) =>
        Object.entries(kinds).map(([kind, query]) => [figure, kind, some.map((order) => list(query(order, { cursor })))]),
    );
    asked.push(['staff_detail_p95', 'one order with its history', some.map(({ id }) => `/api/admin/orders/${id}`)]);
    for (const [kind, query] of Object.entries(DASHBOARDS))
        asked.push(['staff_dashboard_p95', kind, some.map((order) => `/api/admin/dashboard?${new URLSearchParams(query(order))}`)]);
    const found = [];
    for (const [figure, kind, paths] of asked) {
        const requests = paths.map((path) => ({ method: 'GET', path }));
        const { answers } = await volley(stack.port, CALLERS, requests, { header: authorized(stack) });
        found.push([figure, kind, latency(answers, 0.95)]);
    }
    return found;
}

/** Runs `work` and answers [its result, the rate of the orders sold meanwhile, the most memory of each daemon in MB]. */
async function whileSelling(stack, exhibition, work) {
    const [rates, memory] = [[], {}];
    const daemons = { gateway: stack.gateway, 'svc-booking': stack.booking[0] };
    const look = setInterval(() => {
        for (const [name, { pid }] of Object.entries(daemons)) memory[name] = Math.max(memory[name] ?? 0, rssMb(pid));
    }, 200);
    let busy = true;
    const result = work().finally(() => (busy = false));
    result.catch(() => {}); // told below
    while (busy) {
        const { rate } = await orders(stack, exhibition, BUYERS, 4);
        if (busy || !rates.length) rates.push(rate); // the last one ran on alone
    }
    clearInterval(look);
    return [await result, mean(rates), memory];
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function download(stack) {
    const file = join(stack.dir, 'orders.csv');
    const since = Date.now();
    await run('curl', ['-sS', '--fail', '-H', authorized(stack), '-o', file, `${stack.url}/api/admin/orders/export?format=csv`]);
    const seconds = (Date.now() - since) / 1000;
    const { stdout } = await run('wc', ['-l', file]);
    if (Number.parseInt(stdout) <= STORED) throw new Error(`the file has ${stdout}, fewer lines than there are orders`);
    return seconds;
}

export function staff() {
    return withStack({ payment: 1, notify: 1, admin: 1 }, async (stack) => {
        const some = await loadOrders(stack);
        await find(stack, some.slice(0, 20)); // connections, plans
        const found = await find(stack, some);
        const exhibition = await hotProduct(stack);
        await orders(stack, exhibition, BUYERS, 3);
        const before = (await orders(stack, exhibition, BUYERS)).rate;
        const [seconds, rate, memory] = await whileSelling(stack, exhibition, () => download(stack));
        const alone = mean([before, (await orders(stack, exhibition, BUYERS)).rate]);
        const worst = (figure) => ({ value: Math.max(...found.filter(([name]) => name === figure).map(([, , ms]) => ms)) });
        return {
            figures: {
                ...Object.fromEntries([...new Set(found.map(([figure]) => figure))].map((figure) => [figure, worst(figure)])),
                export_1m: { value: seconds },
                export_sales_ratio: { value: rate / alone, baseline: alone },
                export_memory: { value: Math.max(...Object.values(memory)) },
            },
            notes: `## Staff among ${STORED.toLocaleString('en')} orders

${CALLERS} members of staff who ask again as soon as they have heard; pages of ${PAGE}:

${table(
    ['asked for', 'p95, ms'],
    found.map(([, kind, ms]) => [kind, show(ms)]),
)}

Most memory while all orders leave as CSV and ${show(rate)} orders/s are sold: ${Object.entries(memory)
                .map(([name, mb]) => `${name} ${show(mb)} MB`)
                .join(', ')}.`,
        };
    });
}

/** All of them are in. Who hears that there are too many, or nothing in time, tries again. */
async function signIn(stack) {
    const body = { username: 'admin', password: ADMIN_PASSWORD };
    for (let left = LOGINS; left > 0;) {
        const requests = Array.from({ length: left }, () => ({ path: '/api/admin/login', body }));
        const { answers } = await volley(stack.port, left, requests, { wanted: [200, 503, 504] });
        left = answers.filter(({ status }) => status !== 200).length;
    }
}

export function logins() {
    return withStack({ payment: 1, admin: 1 }, async (stack) => {
        const exhibition = await hotProduct(stack);
        const token = stack.token('staff', exhibition.code);
        const { list } = await loadTickets(stack, exhibition, TICKETS, TICKETS);
        const scan = () => scanAll(stack, token, list.splice(0, SCANS), SCANNERS);
        await scan(); // connections, plans
        const calm = [...(await scan()).answers, ...(await scan()).answers];
        const busy = [];
        let signing = true;
        const since = Date.now();
        const all = signIn(stack).finally(() => (signing = false));
        all.catch(() => {}); // told below
        while (signing && list.length) busy.push(...(await scan()).answers);
        await all;
        return {
            figures: { login_scan_p95: { value: latency(busy, 0.95), baseline: latency(calm, 0.95) } },
            notes: `${LOGINS} logins in the same moment took ${show((Date.now() - since) / 1000)} s; ${busy.length} scans meanwhile: p50 ${show(latency(busy, 0.5))} ms, p99 ${show(latency(busy, 0.99))} ms.`,
        };
    });
}
