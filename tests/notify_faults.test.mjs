// svc-notify dies wherever it can: no message is lost, and none comes twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phone } from './lib/fixture.mjs';
import { armPoints, listed } from './lib/fault_points.mjs';
import { inbox } from './lib/inbox.mjs';
import { addMessages, becomes, notifyAudit, received } from './lib/notify.mjs';
import { buy } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { onSale } from './lib/trouble.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({
    payment: 1,
    notify: 2,
    supervised: true,
    notifyEnv: {
        NOTIFY_RETRY_FIRST_MS: '200',
        NOTIFY_LOOK_UP_MS: '2000', // a request of a replica that died may be read as late
        NOTIFY_RATE: '100',
        RESULT_AFTER_SECONDS: '2',
        ALIMTALK_TIMEOUT_SECONDS: '3', // a provider that stutters still answers in time
    },
    sandboxEnv: { SANDBOX_RESULT_MS: '200' },
});
const points = listed('svc-notify', 'notify.');
const LIMIT_MS = 40_000;

/** Messages made by events and by rows, some of whose answers get lost: own ids of the rows and phones of the buyers. */
async function someMessages(exhibition) {
    await stack.toss.fault({ target: 'alimtalk.send', mode: 'drop_after_success' });
    const ids = await addMessages(stack, { count: 5 });
    const number = phone();
    await buy(stack, exhibition, { customer_phone: number });
    return { ids, number };
}

async function allTold(rounds) {
    for (const { ids, number } of rounds) {
        const told = await until(
            'a buyer is told',
            async () => {
                const messages = await inbox(stack, { phone: number, template: 'TICKET_PAID' });
                return messages.length > 0 && messages;
            },
            { ms: LIMIT_MS },
        );
        assert.equal(told.length, 1);
        for (const own_id of ids) {
            await becomes(stack, own_id, 'delivered', LIMIT_MS);
            assert.equal((await received(stack, own_id)).length, 1, own_id);
        }
    }
}

for (const { point } of points)
    test(`dies at ${point}`, { timeout: 120_000 }, async () => {
        const exhibition = await onSale(stack);
        const unreached = await armPoints(stack, ['notify'], [{ point }], point);
        const rounds = [];
        await until(
            `${point} is reached`,
            async () => {
                rounds.push(await someMessages(exhibition));
                return unreached().length === 0;
            },
            { ms: LIMIT_MS, every: 500 },
        );
        await allTold(rounds);
        await notifyAudit(stack);
    });

test('killed again and again', { timeout: 120_000 }, async () => {
    const exhibition = await onSale(stack);
    const rounds = [];
    for (let i = 0; i < 8; i++) {
        rounds.push(await someMessages(exhibition));
        await stack.notify[i % 2].kill();
    }
    await allTold(rounds);
    await notifyAudit(stack);
});
