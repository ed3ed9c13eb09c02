// What the stand-in for Toss Payments does on order: errors, cut connections, webhooks gone astray.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { payment, TOSS_CLIENT_KEY, TOSS_SECRET_KEY, useSandbox, WebhookReceiver } from './lib/sandbox.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const ACCOUNT = { bank: '20', accountNumber: '1002998877665', holderName: '김토스' };
const CODES = {
    400: `ALREADY_PROCESSED_PAYMENT PROVIDER_ERROR INVALID_REQUEST INVALID_API_KEY UNAPPROVED_ORDER_ID BELOW_MINIMUM_AMOUNT INVALID_CARD_NUMBER
        INVALID_CARD_EXPIRATION INVALID_STOPPED_CARD INVALID_REJECT_CARD INVALID_CARD_LOST_OR_STOLEN CARD_PROCESSING_ERROR EXCEED_MAX_AMOUNT
        EXCEED_MAX_PAYMENT_AMOUNT EXCEED_MAX_DAILY_PAYMENT_COUNT EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT
        EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT EXCEED_MAX_CARD_INSTALLMENT_PLAN INVALID_CARD_INSTALLMENT_PLAN NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT
        NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN NOT_ALLOWED_POINT_USE INVALID_AUTHORIZE_AUTH NOT_FOUND_TERMINAL_ID INVALID_UNREGISTERED_SUBMALL
        NOT_REGISTERED_BUSINESS RESTRICTED_TRANSFER_ACCOUNT INVALID_ACCOUNT_INFO_RE_REGISTER NOT_AVAILABLE_PAYMENT INVALID_IDEMPOTENCY_KEY
        NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN_BELOW_AMOUNT ALREADY_CANCELED_PAYMENT ALREADY_REFUND_PAYMENT NOT_MATCHES_REFUNDABLE_AMOUNT INVALID_BANK
        INVALID_REFUND_ACCOUNT_INFO INVALID_REFUND_ACCOUNT_NUMBER EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT REFUND_REJECTED FORBIDDEN_BANK_REFUND_REQUEST
        NOT_SUPPORTED_METHOD INVALID_SUCCESS_URL DUPLICATED_ORDER_ID NOT_SUPPORTED_WIDGET_KEY`,
    401: 'UNAUTHORIZED_KEY',
    403: `REJECT_CARD_PAYMENT REJECT_CARD_COMPANY REJECT_ACCOUNT_PAYMENT REJECT_TOSSPAY_INVALID_ACCOUNT EXCEED_MAX_AUTH_COUNT EXCEED_MAX_ONE_DAY_AMOUNT
        NOT_AVAILABLE_BANK INVALID_PASSWORD FDS_ERROR FORBIDDEN_REQUEST INCORRECT_BASIC_AUTH_FORMAT FORBIDDEN_CONSECUTIVE_REQUEST NOT_CANCELABLE_AMOUNT
        NOT_CANCELABLE_PAYMENT EXCEED_MAX_REFUND_DUE NOT_ALLOWED_PARTIAL_REFUND NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT EXCEED_CANCEL_LIMIT
        NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER`,
    404: 'NOT_FOUND_PAYMENT NOT_FOUND_PAYMENT_SESSION NOT_FOUND',
    409: 'IDEMPOTENT_REQUEST_PROCESSING',
    500: `FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING FAILED_INTERNAL_SYSTEM_PROCESSING UNKNOWN_PAYMENT_ERROR FAILED_REFUND_PROCESS
        FAILED_METHOD_HANDLING_CANCEL FAILED_PARTIAL_REFUND COMMON_ERROR`,
};

describe('errors on order', () => {
    const sandbox = useSandbox();

    test('every code by header, with its status and a Korean sentence', async () => {
        for (const [status, names] of Object.entries(CODES)) {
            for (const code of names.split(/\s+/)) {
                const answer = await sandbox.confirm({ paymentKey: 'k', orderId: 'order-1', totalAmount: 1 }, { headers: { 'TossPayments-Test-Code': code } });
                assert.deepEqual([answer.status, answer.json.code], [Number(status), code]);
                assert.match(answer.json.message, /[가-힣]/, code);
                assert.ok(answer.json.message.length <= 510);
            }
        }
        const unknown = await sandbox.confirm(
            { paymentKey: 'k', orderId: 'order-1', totalAmount: 1 },
            { headers: { 'TossPayments-Test-Code': 'NO_SUCH_CODE' } },
        );
        assert.deepEqual([unknown.status, unknown.json.code], [400, 'INVALID_REQUEST']);
    });

    test('a refused card ends the payment, passing trouble does not', async () => {
        const p = await sandbox.open();
        await sandbox.fault('toss.confirm', 'error', { code: 'PROVIDER_ERROR' });
        assert.equal((await sandbox.confirm(p)).json.code, 'PROVIDER_ERROR');
        assert.equal((await sandbox.get(p)).json.status, 'IN_PROGRESS');
        await sandbox.fault('toss.confirm', 'error', { code: 'REJECT_CARD_COMPANY' });
        assert.equal((await sandbox.confirm(p)).json.code, 'REJECT_CARD_COMPANY');
        const { json } = await sandbox.get(p);
        assert.deepEqual([json.status, json.failure.code], ['ABORTED', 'REJECT_CARD_COMPANY']);
        assert.equal((await sandbox.confirm(p)).json.code, 'ALREADY_PROCESSED_PAYMENT');
        const q = await sandbox.open();
        await sandbox.confirm(q, { headers: { 'TossPayments-Test-Code': 'INVALID_STOPPED_CARD' } });
        assert.equal((await sandbox.get(q)).json.status, 'ABORTED');
    });

    test('an error without and with execution', async () => {
        for (const [execute, expected] of [
            [false, 'IN_PROGRESS'],
            [true, 'DONE'],
        ]) {
            const p = await sandbox.open();
            await sandbox.fault('toss.confirm', 'error', { code: 'FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING', execute });
            const answer = await sandbox.confirm(p);
            assert.deepEqual([answer.status, answer.json.code], [500, 'FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING']);
            assert.equal((await sandbox.get(p)).json.status, expected);
        }
    });

    test('orders that make no sense arm nothing', async () => {
        await sandbox.reset();
        for (const body of [
            { target: 'toss.nothing', mode: 'delay' },
            { target: 'toss.get', mode: 'nothing' },
            { target: 'toss.get', mode: 'error', code: 'NO_SUCH_CODE' },
            { target: 'toss.webhook', mode: 'truncated' },
            { target: 'toss.get', mode: 'delay', percent: 101 },
            { target: 'toss.get', mode: 'delay', times: -1 },
            { target: 'toss.get', mode: 'delay', surprise: true },
            { mode: 'delay' },
        ]) {
            const { status, json } = await sandbox.ask('POST', '/sandbox/faults', { body });
            assert.deepEqual([status, json.code], [400, 'INVALID_REQUEST'], JSON.stringify(body));
        }
        assert.deepEqual((await sandbox.control('faults')).faults, []);
    });

    test('how often, and with which probability', async () => {
        await sandbox.reset();
        const statuses = async (n) => tally(await parallel(n, 20, () => sandbox.get({ paymentKey: 'k' })), (a) => a.status);
        await sandbox.fault('toss.get', 'rate_limited', { times: 3 });
        assert.deepEqual(await statuses(10), { 429: 3, 404: 7 });
        assert.deepEqual(await sandbox.fired(), [3]);
        await sandbox.reset();
        await sandbox.fault('*', 'error', { times: 0, percent: 20 });
        const { 500: failed } = await statuses(1000);
        assert.ok(failed > 120 && failed < 280, `${failed} of 1,000 at 20 %`);
        assert.deepEqual(await sandbox.fired(), [failed]);
        await sandbox.reset();
        assert.deepEqual(await statuses(5), { 404: 5 });
    });
});

describe('connections', () => {
    const sandbox = useSandbox();
    const cut = (promise) => assert.rejects(promise, (e) => /fetch failed|terminated/.test(e.message));

    test('lost before: nothing was executed, nothing bound to the key', async () => {
        for (const [mode, ms] of [
            ['drop_before', undefined],
            ['timeout_before', 200],
        ]) {
            const p = await sandbox.open();
            const key = { idempotency: `${mode}-${p.orderId}` };
            await sandbox.fault('toss.confirm', mode, { ms });
            const begun = Date.now();
            await cut(sandbox.confirm(p, key));
            assert.ok(Date.now() - begun >= (ms ?? 0) - 2); // clocks of whole milliseconds
            assert.equal((await sandbox.get(p)).json.status, 'IN_PROGRESS', mode);
            assert.equal((await sandbox.confirm(p, key)).json.status, 'DONE');
        }
    });

    test('lost after: executed once, and the answer waits under the key', async () => {
        for (const [target, mode] of ['toss.confirm', 'toss.cancel'].flatMap((t) => [
            [t, 'drop_after_success'],
            [t, 'timeout_after_success'],
        ])) {
            const p = target === 'toss.confirm' ? await sandbox.open() : await sandbox.pay();
            const call = (options) => (target === 'toss.confirm' ? sandbox.confirm(p, options) : sandbox.cancel(p, { cancelAmount: 4000 }, options));
            const key = { idempotency: `${mode}-${p.orderId}` };
            await sandbox.fault(target, mode, { ms: 150 });
            await cut(call(key));
            const found = (await sandbox.get(p)).json;
            assert.deepEqual([found.status, found.balanceAmount], target === 'toss.confirm' ? ['DONE', 15000] : ['PARTIAL_CANCELED', 11000]);
            const again = await call(key);
            assert.deepEqual([again.status, again.json.balanceAmount], [200, found.balanceAmount]);
            assert.equal((await sandbox.get(p)).json.balanceAmount, found.balanceAmount, 'once');
        }
    });

    test('answers that are broken: half, huge, slow, no JSON', async () => {
        const p = await sandbox.pay();
        const whole = (await sandbox.get(p)).text;
        await sandbox.fault('toss.get', 'truncated');
        await cut(sandbox.get(p));
        await sandbox.fault('toss.get', 'huge');
        assert.ok((await sandbox.get(p)).text.length > 8 * 1024 * 1024);
        await sandbox.fault('toss.get', 'slow_body', { ms: 600 });
        const begun = Date.now();
        assert.equal((await sandbox.get(p)).text, whole);
        assert.ok(Date.now() - begun >= 500);
        await sandbox.fault('toss.get', 'garbage');
        const garbage = await sandbox.get(p);
        assert.deepEqual([garbage.status, garbage.json], [200, undefined]);
        assert.equal((await sandbox.get(p)).text, whole);
    });

    test('what was received is listed, with faults and without secrets', async () => {
        await sandbox.reset();
        const p = await sandbox.pay({ method: 'VIRTUAL_ACCOUNT', customerName: '김토스' });
        await sandbox.fault('toss.cancel', 'drop_after_success');
        await cut(sandbox.cancel(p, { refundReceiveAccount: ACCOUNT }, { idempotency: 'cancel-1' }));
        await sandbox.toss('GET', '/v1/payments/orders/another-order');
        const { calls } = await sandbox.control('calls');
        const brief = (list) => list.map((c) => `${c.method} ${c.path.replace(p.paymentKey, ':')} ${c.status} ${c.fault} ${c.idempotency_key}`);
        assert.deepEqual(brief(calls), [
            'POST /v1/payments 200 null null',
            'POST /v1/payments/confirm 200 null null',
            'GET /v1/payments/: 200 null null',
            'POST /v1/payments/:/cancel 0 drop_after_success cancel-1',
            'GET /v1/payments/orders/another-order 404 null null',
        ]);
        assert.deepEqual((await sandbox.control(`calls?order_id=${p.orderId}`)).calls, calls.slice(0, 4));
        assert.deepEqual((await sandbox.control(`calls?payment_key=${p.paymentKey}`)).calls, calls.slice(0, 4));
        const told = `${JSON.stringify(calls)}${sandbox.daemon.output()}`;
        for (const secret of [TOSS_SECRET_KEY, TOSS_CLIENT_KEY, p.secret, p.virtualAccount.accountNumber, ACCOUNT.accountNumber, '김토스'])
            assert.ok(!told.includes(secret), secret);
        await sandbox.reset();
        assert.deepEqual((await sandbox.control('calls')).calls, []);
    });

    test('payments are listed by order, and forgotten on request', async () => {
        const p = await sandbox.pay();
        const again = await sandbox.control(`payments?order_id=${p.orderId}`);
        assert.deepEqual(again.payments, [p]);
        assert.ok((await sandbox.control('payments')).payments.length > 1);
        await sandbox.reset({ payments: true });
        assert.deepEqual((await sandbox.control('payments')).payments, []);
        assert.equal((await sandbox.get(p)).json.code, 'NOT_FOUND_PAYMENT');
    });

    test('control calls refuse what they do not understand', async () => {
        const ask = async (path, body) => {
            const { status, json } = await sandbox.ask('POST', `/sandbox/toss/${path}`, { body });
            return [status, json.code];
        };
        const { json: p } = await sandbox.create();
        for (const [path, fields] of Object.entries({ checkout: { result: 'success' }, deposit: {}, cancel: {} })) {
            assert.deepEqual(await ask(path, '{'), [400, 'INVALID_REQUEST']);
            assert.deepEqual(await ask(path, fields), [400, 'INVALID_REQUEST']);
            assert.deepEqual(await ask(path, { payment_key: p.paymentKey, ...fields, surprise: 1 }), [400, 'INVALID_REQUEST']);
            assert.deepEqual(await ask(path, { payment_key: 'nobody-knows-it', ...fields }), [404, 'NOT_FOUND_PAYMENT']);
        }
        assert.deepEqual(await ask('checkout', { payment_key: p.paymentKey, result: 'perhaps' }), [400, 'INVALID_REQUEST']);
        assert.deepEqual(await ask('checkout', { payment_key: p.paymentKey, result: 'success', method: 'barter' }), [400, 'INVALID_REQUEST']);
        assert.deepEqual(await ask('deposit', { payment_key: p.paymentKey }), [409, 'INVALID_STATE']);
        assert.deepEqual(await ask('cancel', { payment_key: p.paymentKey }), [409, 'INVALID_STATE']);
        await sandbox.checkout(p);
        assert.deepEqual(await ask('checkout', { payment_key: p.paymentKey, result: 'success' }), [409, 'INVALID_STATE']);
    });
});

describe('webhooks', () => {
    const shop = new WebhookReceiver();
    const sandbox = useSandbox({}, shop);

    test('headers and bodies are those of the reference', async () => {
        const p = await sandbox.pay();
        await shop.statuses(p, 1);
        const [{ headers, body, method }] = shop.of(p);
        assert.equal(method, 'POST');
        assert.match(headers['content-type'], /^application\/json/);
        assert.match(headers['tosspayments-webhook-transmission-id'], /^whtrans_\w{27}$/);
        assert.match(headers['tosspayments-webhook-transmission-time'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$/);
        assert.equal(headers['tosspayments-webhook-transmission-retried-count'], '0');
        assert.equal(headers['tosspayments-webhook-signature'], undefined);
        assert.deepEqual(Object.keys(body), ['eventType', 'createdAt', 'data']);
        assert.match(body.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
        assert.deepEqual(body.data, p);
    });

    test('each status that Toss tells of, in order', async () => {
        const p = await sandbox.pay({ method: 'VIRTUAL_ACCOUNT', amount: 9000 });
        await shop.statuses(p, 4);
        await sandbox.deposit(p, { reverse: true });
        await shop.statuses(p, 6);
        await sandbox.deposit(p);
        await shop.statuses(p, 8);
        await sandbox.cancel(p, { cancelAmount: 1000, refundReceiveAccount: ACCOUNT });
        const seen = await shop.statuses(p, 10);
        const states = ['WAITING_FOR_DEPOSIT', 'DONE', 'WAITING_FOR_DEPOSIT', 'DONE', 'PARTIAL_CANCELED'];
        assert.deepEqual(seen.toSorted(), states.flatMap((s) => [`DEPOSIT_CALLBACK ${s}`, `PAYMENT_STATUS_CHANGED ${s}`]).sort());
        const callback = shop.of(p).find(({ body }) => body.eventType === undefined).body;
        assert.deepEqual(Object.keys(callback), ['createdAt', 'secret', 'status', 'transactionKey', 'orderId']);
        assert.equal(callback.secret, p.secret);
        const card = await sandbox.pay();
        await shop.statuses(card, 1); // two under way at once may overtake each other
        await sandbox.control('toss/cancel', { payment_key: card.paymentKey });
        assert.deepEqual(await shop.statuses(card, 2), ['PAYMENT_STATUS_CHANGED DONE', 'PAYMENT_STATUS_CHANGED CANCELED']);
        const refused = await sandbox.open();
        await sandbox.confirm(refused, { headers: { 'TossPayments-Test-Code': 'REJECT_CARD_PAYMENT' } });
        assert.deepEqual(await shop.statuses(refused, 1), ['PAYMENT_STATUS_CHANGED ABORTED']);
    });

    test('lost, twice, out of order, before the answer', async () => {
        const lost = await sandbox.open();
        await sandbox.fault('toss.confirm', 'drop_webhook');
        await sandbox.confirm(lost);
        const twice = await sandbox.open();
        await sandbox.fault('toss.webhook', 'duplicate_webhook');
        await sandbox.confirm(twice);
        assert.equal((await shop.statuses(twice, 2)).length, 2);
        assert.equal(new Set(shop.of(twice).map(({ headers }) => headers['tosspayments-webhook-transmission-id'])).size, 1);
        assert.equal(shop.of(lost).length, 0);
        assert.equal((await sandbox.control(`webhooks?order_id=${lost.orderId}`)).webhooks[0].state, 'dropped');

        const turned = await sandbox.open();
        await sandbox.fault('toss.webhook', 'reorder_webhook', { ms: 10_000 });
        await sandbox.confirm(turned);
        await sandbox.cancel(turned);
        assert.deepEqual(await shop.statuses(turned, 2), ['PAYMENT_STATUS_CHANGED CANCELED', 'PAYMENT_STATUS_CHANGED DONE']);

        const first = await sandbox.open();
        let answered = false;
        const order = [];
        shop.answer = (webhook) => {
            if (webhook.body.data?.orderId === first.orderId) order.push(answered ? 'answer first' : 'webhook first');
            return { status: 200, afterMs: 100 };
        };
        await sandbox.fault('toss.confirm', 'webhook_first');
        await sandbox.confirm(first);
        answered = true;
        shop.answer = () => 200;
        assert.deepEqual(order, ['webhook first']);

        const later = await sandbox.open();
        await sandbox.fault('toss.webhook', 'delay', { ms: 300 });
        const begun = Date.now();
        await sandbox.confirm(later);
        await shop.statuses(later, 1);
        assert.ok(shop.of(later)[0].at - begun >= 290);
    });

    test('a shop that never answers costs no answer', async () => {
        const { promise: silence, resolve: speak } = Promise.withResolvers();
        shop.answer = () => silence;
        const tries = await parallel(40, 8, async () => {
            const p = await sandbox.pay();
            return (await sandbox.control(`webhooks?order_id=${p.orderId}`)).webhooks[0].attempts;
        });
        assert.deepEqual(tries, Array(40).fill(0), 'paid before the shop has heard of it');
        shop.answer = () => 200;
        speak(200);
    });
});

describe('webhooks that are not taken', () => {
    const GAPS = [100, 400, 1600];
    const LIMIT_MS = 5000; // the sandbox waits as long for an answer, however much time is scaled
    const shop = new WebhookReceiver();
    const sandbox = useSandbox({ SANDBOX_TIME_SCALE: '600', WEBHOOK_DEPOSIT_CALLBACK: 'off' }, shop);

    test('only 200 is success; re-sends come by the schedule, under the same id', async () => {
        const answers = [500, 201, { status: 200, afterMs: LIMIT_MS + 3000 }, 200]; // the third is too late
        shop.answer = (_, n) => answers[n - 1] ?? 200;
        const { amount, orderId, orderName } = payment();
        // Of what nobody has to do within a scaled time.
        const account = { amount, orderId, orderName, customerName: '김토스', bank: '88', validHours: 24 };
        const { json: p } = await sandbox.toss('POST', '/v1/virtual-accounts', account);
        const waits = [0, 0, 0, 0]; // after how many tries: the longest that the sandbox was seen to wait
        const delivery = await until(
            'it is delivered',
            async () => {
                const [d] = (await sandbox.control(`webhooks?order_id=${p.orderId}`)).webhooks;
                if (d.state === 'pending') waits[d.attempts] = Math.max(waits[d.attempts], d.next_in_ms);
                return d.state === 'delivered' && d;
            },
            { ms: 30_000, every: 20 },
        );
        assert.deepEqual([delivery.attempts, delivery.last_status], [4, 200]);
        const sent = shop.of(p);
        assert.equal(new Set(sent.map(({ headers }) => headers['tosspayments-webhook-transmission-id'])).size, 1);
        assert.deepEqual(
            sent.map(({ headers }) => headers['tosspayments-webhook-transmission-retried-count']),
            ['0', '1', '2', '3'],
        );
        for (const [i, most] of GAPS.entries()) assert.ok(waits[i + 1] <= most, `${waits}`);
        const soonest = [sent[0].answered + GAPS[0], sent[1].answered + GAPS[1], sent[1].answered + GAPS[1] + LIMIT_MS + GAPS[2]];
        for (const [i, at] of soonest.entries()) assert.ok(sent[i + 1].at >= at - 20, `${i + 1}: ${sent[i + 1].at - at} ms`);
    });
});
