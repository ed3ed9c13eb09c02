// The same life of a message with every provider there is.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { phone } from './lib/fixture.mjs';
import { inbox, linked } from './lib/inbox.mjs';
import { addMessages, becomes, notifyAudit, received, stateOf } from './lib/notify.mjs';
import { buy } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { onSale } from './lib/trouble.mjs';
import { until } from './lib/wait.mjs';

// passing: a failure that passes. Kakao i knows a message for ever: what has failed there is not sent again.
const carriers = {
    nhn: { target: 'alimtalk.send', refused: '-1001', passing: 'delivered', template: '-3004' },
    kakaoi: { target: 'kakaoi.send', refused: 'API_401', passing: 'failed', template: 'ERR42009' },
};

for (const [name, { target, refused, passing, template }] of Object.entries(carriers))
    describe(name, () => {
        const stack = useStack({
            payment: 1,
            notify: 2,
            notifyEnv: {
                ALIMTALK_PROVIDER: name,
                NOTIFY_RETRY_FIRST_MS: '200',
                NOTIFY_LOOK_UP_MS: '2000', // a request of a replica that died may be read as late
                NOTIFY_REST_MS: '500',
                NOTIFY_RATE: '100',
                RESULT_AFTER_SECONDS: '2',
                ALIMTALK_TIMEOUT_SECONDS: '3', // a provider that stutters still answers in time
            },
            sandboxEnv: { SANDBOX_RESULT_MS: '200' },
        });

        test('paid and told, with the link', async () => {
            const exhibition = await onSale(stack);
            const number = phone();
            const { order } = await buy(stack, exhibition, { customer_phone: number });
            const [message] = await until('it arrives', async () => {
                const all = await inbox(stack, { phone: number });
                return all.length > 0 && all;
            });
            assert.equal(linked(message).order_number, order.order_number);
        });

        for (const mode of ['drop_before', 'drop_after_success', 'timeout_after_success', 'bad_gateway', 'garbage', 'rate_limited'])
            test(`${mode}: told once, later`, async () => {
                await stack.toss.fault({ target, mode, ...(mode.startsWith('timeout') ? { ms: 6000 } : {}) });
                const [own_id] = await addMessages(stack);
                await becomes(stack, own_id, 'delivered');
                assert.equal((await received(stack, own_id)).length, 1);
            });

        for (const [ending, state] of [
            ['0000', 'delivered'],
            ['3019', 'fallback_sent'],
            ['3018', 'failed'],
            ['3005', 'lost'],
            ['3012', passing],
            ['5000', 'failed'],
        ])
            test(`a number that ends in ${ending}: ${state}`, async () => {
                const [own_id] = await addMessages(stack, { phone: `0107654${ending}` });
                await becomes(stack, own_id, state);
            });

        test('our keys are refused: nothing is burnt', async () => {
            await stack.toss.fault({ target, mode: 'error', code: refused, times: 4 });
            const ids = await addMessages(stack, { count: 3 });
            for (const own_id of ids) assert.equal((await becomes(stack, own_id, 'delivered')).tries, 0);
        });

        test('a message refused for its words fails alone; many of them are their template', async () => {
            const resting = async () =>
                (await Promise.all(stack.notify.map((d) => stack.metrics(d)))).some((text) => text.includes('notify_resting{what="paid"} 1'));
            await stack.toss.fault({ target, mode: 'error', code: template, times: 0 });
            const [bad] = await addMessages(stack);
            await until('it fails', async () => {
                assert.equal(await resting(), false);
                await stack.sql.text(`UPDATE notify.messages SET due_at = now() WHERE own_id = '${bad}' AND state = 'queued'`);
                return (await stateOf(stack, bad)).state === 'failed';
            });
            await stack.toss.reset();
            await stack.toss.template('TICKET_PAID', 'changed');
            const waiting = await addMessages(stack, { count: 8 });
            await until('the alarm is up', resting);
            await stack.toss.template('TICKET_PAID', 'approved');
            for (const own_id of waiting) await becomes(stack, own_id, 'delivered', 40_000);
        });

        test('dies with answers on their way', async () => {
            await stack.toss.fault({ target, mode: 'drop_after_success', times: 2 });
            const ids = await addMessages(stack, { count: 20 });
            for (const daemon of stack.notify) {
                await daemon.kill();
                daemon.deaths.length = 0;
                daemon.start();
            }
            await stack.ready();
            for (const own_id of ids) {
                await becomes(stack, own_id, 'delivered', 40_000);
                assert.equal((await received(stack, own_id)).length, 1);
            }
            await notifyAudit(stack);
        });
    });
