// Many buyers at once while Toss fails now and then and replicas die: in the end nothing is owed, lost or unknown.
import assert from 'node:assert/strict';
import { auditsAgree, booksAgree } from './books.mjs';
import { Buyer, flows } from './buyer.mjs';
import { looked, settled } from './pay.mjs';
import { callModes, webhookModes } from './toss_faults.mjs';
import { onSale } from './trouble.mjs';
import { parallel, sleep, tally } from './wait.mjs';

const BUYERS = 200;
const PERCENT = 5; // of Toss's calls fail, and as many of its webhooks
const TURN_MS = 2000; // as long as the same faults are armed
const KILL_MS = 5000;
const CALM_MS = 60_000;
const LOOKED_AT = 100; // orders whose books are compared one by one

const TIMEOUT_S = 2;
export const chaosStack = {
    replicas: 2,
    payment: 2,
    supervised: true,
    connections: 300,
    gatewayEnv: { GATEWAY_THREADS: '512', GATEWAY_ACCESS_LOG: 'off' },
    paymentEnv: { TOSS_TIMEOUT_SECONDS: String(TIMEOUT_S), DEPOSIT_POLL_SECONDS: '5', RETRY_FIRST_MS: '200' },
    sandboxEnv: { SANDBOX_TIME_SCALE: '40' },
};
// What happens at Toss without us we hear from a webhook that may be lost, or from the comparison of the day: not from these flows.
const silent = ['isCancelledByToss', 'depositsTwice'];
const names = Object.keys(flows).filter((name) => !silent.includes(name));

const pick = (list) => list[Math.floor(Math.random() * list.length)];

async function troubled(stack, end) {
    const modes = callModes(TIMEOUT_S);
    while (Date.now() < end) {
        await stack.toss.reset();
        for (let i = 0; i < PERCENT; i++) {
            await stack.toss.fault({ target: '*', percent: 1, times: 0, ...pick(modes) });
            await stack.toss.fault({ target: 'toss.webhook', percent: 1, times: 0, ...pick(webhookModes) });
        }
        await sleep(TURN_MS);
    }
    await stack.toss.reset();
}

async function killed(stack, end) {
    for (; Date.now() < end; await sleep(KILL_MS)) await pick(stack.payment).kill();
}

/** Returns what there is to tell. */
export async function chaos(stack, seconds) {
    const exhibition = await onSale(stack, { products: [{ total: 1_000_000, price: 10_000 }], max_per_phone: 0 });
    const end = Date.now() + seconds * 1000;
    const bought = [];
    const buyers = parallel(BUYERS, BUYERS, async () => {
        while (Date.now() < end) {
            const name = pick(names);
            const buyer = new Buyer(stack, exhibition);
            await buyer.reserve();
            bought.push({ name, buyer });
            await flows[name].walk(buyer);
        }
    });
    await Promise.all([buyers, troubled(stack, end), killed(stack, end)]);
    await stack.ready();
    const orders = bought.map(({ buyer }) => buyer.order);
    await settled(stack, orders, { ms: CALM_MS });
    await looked(stack, CALM_MS);
    await settled(stack, orders, { ms: CALM_MS });
    await auditsAgree(stack);
    await booksAgree(stack, orders.slice(-LOOKED_AT));
    const { states } = await stack.sql.row(`SELECT json_object_agg(order_number, status) AS states FROM booking.orders WHERE exhibition_id = ${exhibition.id}`);
    for (const { name, buyer } of bought) {
        const { order_number } = buyer.order;
        assert.ok(flows[name].ends.includes(states[order_number]), `${name}: order ${order_number} is ${states[order_number]}`);
    }
    const deaths = stack.payment.reduce((sum, daemon) => sum + daemon.deaths.length, 0);
    return `${bought.length} orders, ${deaths} kills: ${JSON.stringify(tally(Object.values(states), (s) => s))}`;
}
