// What the stand-in for Toss Payments does on order: errors, cut connections, webhooks gone astray, time run out, restarts.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Sandbox, TOSS_CLIENT_KEY, TOSS_SECRET_KEY, WebhookReceiver } from './lib/sandbox.mjs';
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

const dir = mkdtempSync(join(tmpdir(), 'sandbox-'));
after(() => rmSync(dir, { recursive: true }));

/** A sandbox for the tests of a describe. */
function useSandbox(name, env = {}, receiver = undefined) {
    const sandbox = new Sandbox(mkdtempSync(join(dir, name)), env);
    before(async () => {
        await receiver?.start();
        if (receiver) sandbox.env.WEBHOOK_URL = receiver.url;
        await sandbox.start();
    });
    after(async () => {
        await sandbox.stop();
        await receiver?.stop();
    });
    return sandbox;
}

describe('errors on order', () => {
    const sandbox = useSandbox('errors');

    test('every code by header, with its status and a Korean sentence', async () => {
        for (const [status, names] of Object.entries(CODES)) {
            for (const code of names.split(/\s+/)) {
                const answer = await sandbox.confirm({ paymentKey: 'k', orderId: 'order-1', totalAmount: 1 }, { headers: { 'TossPayments-Test-Code': code } });
                assert.deepEqual([answer.status, answer.json.code], [Number(status), code]);
                assert.match(answer.json.message, /[가-힣]/, code);
                assert.ok(answer.json.message.length <= 510);
            }
        }
        const unknown = await sandbox.confirm({ paymentKey: 'k', orderId: 'order-1', totalAmount: 1 }, { headers: { 'TossPayments-Test-Code': 'NO_SUCH_CODE' } });
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
    const sandbox = useSandbox('connections');
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
            assert.ok(Date.now() - begun >= (ms ?? 0));
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
        for (const secret of [TOSS_SECRET_KEY, TOSS_CLIENT_KEY, p.secret, p.virtualAccount.accountNumber, ACCOUNT.accountNumber, '김토스']) assert.ok(!told.includes(secret), secret);
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
        for (const path of ['checkout', 'deposit', 'cancel']) {
            assert.deepEqual(await ask(path, '{'), [400, 'INVALID_REQUEST']);
            assert.deepEqual(await ask(path, {}), [400, 'INVALID_REQUEST']);
            assert.deepEqual(await ask(path, { payment_key: 'nobody-knows-it', result: 'success' }), [404, 'NOT_FOUND_PAYMENT']);
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
    const sandbox = useSandbox('webhooks', { SANDBOX_TIME_SCALE: '600' }, shop); // re-sends after 100 ms, 400 ms, 1.6 s …

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
        await sandbox.control('toss/cancel', { payment_key: card.paymentKey });
        assert.deepEqual(await shop.statuses(card, 2), ['PAYMENT_STATUS_CHANGED DONE', 'PAYMENT_STATUS_CHANGED CANCELED']);
        const refused = await sandbox.open();
        await sandbox.confirm(refused, { headers: { 'TossPayments-Test-Code': 'REJECT_CARD_PAYMENT' } });
        assert.deepEqual(await shop.statuses(refused, 1), ['PAYMENT_STATUS_CHANGED ABORTED']);
    });

    test('only 200 is success; re-sends come by the schedule, under the same id', async () => {
        const answers = [500, 201, { status: 200, afterMs: 1500 }, 200]; // the third is too late
        const p = await sandbox.open();
        shop.answer = (webhook) => (webhook.body.data?.orderId === p.orderId ? answers[shop.of(p).length - 1] : 200);
        await sandbox.confirm(p);
        const sent = await until('four tries', () => shop.of(p).length === 4 && shop.of(p));
        shop.answer = () => 200;
        assert.equal(new Set(sent.map(({ headers }) => headers['tosspayments-webhook-transmission-id'])).size, 1);
        assert.deepEqual(
            sent.map(({ headers }) => headers['tosspayments-webhook-transmission-retried-count']),
            ['0', '1', '2', '3'],
        );
        const gaps = sent.slice(1).map(({ at }, i) => at - sent[i].at);
        for (const [i, least] of [100, 400, 1600 + 1000].entries()) assert.ok(gaps[i] >= least - 20 && gaps[i] < least + 800, `${gaps}`);
        const [delivery] = (await sandbox.control(`webhooks?order_id=${p.orderId}`)).webhooks;
        assert.deepEqual([delivery.state, delivery.attempts, delivery.last_status], ['delivered', 4, 200]);
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
            if (webhook.body.data.orderId === first.orderId) order.push(answered ? 'answer first' : 'webhook first');
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
        shop.answer = () => ({ status: 200, afterMs: 3000 });
        const begun = Date.now();
        await parallel(40, 8, () => sandbox.pay());
        assert.ok(Date.now() - begun < 3000);
        shop.answer = () => 200;
    });
});

describe('time runs out', () => {
    const shop = new WebhookReceiver();
    const sandbox = useSandbox('time', { SANDBOX_TIME_SCALE: '1200' }, shop); // 30 minutes are 1.5 s

    test('the window after 30 minutes, the confirm after 10', async () => {
        const begun = Date.now();
        const { json: unseen } = await sandbox.create();
        const open = await sandbox.open();
        assert.deepEqual(await shop.statuses(open, 1), ['PAYMENT_STATUS_CHANGED EXPIRED']);
        assert.ok(Date.now() - begun >= 500);
        assert.deepEqual(await shop.statuses(unseen, 1), ['PAYMENT_STATUS_CHANGED EXPIRED']);
        assert.ok(Date.now() - begun >= 1500);
        for (const p of [unseen, open]) {
            const { json } = await sandbox.get(p);
            assert.deepEqual([json.status, json.failure.code, json.approvedAt], ['EXPIRED', 'EXPIRED_PAYMENT', null]);
            const late = await sandbox.confirm(p);
            assert.deepEqual([late.status, late.json.code], [404, 'NOT_FOUND_PAYMENT_SESSION']);
            const page = await sandbox.ask('GET', `/v1/payments/${p.paymentKey}/checkout`);
            assert.equal(page.status, 400);
            assert.match(page.text, /만료/);
        }
    });

    test('an account past its due date takes no money, unless forced to', async () => {
        const p = await sandbox.open({ method: 'VIRTUAL_ACCOUNT', virtualAccount: { validHours: 1 } });
        const { json } = await sandbox.confirm(p);
        assert.equal(json.virtualAccount.expired, false);
        await until('the due date', async () => (await sandbox.get(p)).json.virtualAccount.expired);
        assert.equal((await sandbox.get(p)).json.status, 'WAITING_FOR_DEPOSIT');
        const refused = await sandbox.ask('POST', '/sandbox/toss/deposit', { body: { payment_key: p.paymentKey } });
        assert.deepEqual([refused.status, refused.json.code], [409, 'INVALID_STATE']);
        const late = await sandbox.deposit(p, { late: true });
        assert.deepEqual([late.status, late.virtualAccount.expired], ['DONE', false]);
    });
});

describe('settings', () => {
    const shop = new WebhookReceiver();
    const sandbox = useSandbox(
        'settings',
        { SANDBOX_MAX_PAYMENTS: '20', SANDBOX_LATENCY_MS: '100', SANDBOX_AMOUNT_MISMATCH: 'FORBIDDEN_REQUEST', SANDBOX_NEGATIVE_CANCELS: 'on', WEBHOOK_STATUS_CHANGED: 'off', WEBHOOK_NEW_IDS: 'on', SANDBOX_TIME_SCALE: '600' },
        shop,
    );

    test('each does what it says', async () => {
        const p = await sandbox.open({ method: 'VIRTUAL_ACCOUNT' });
        const begun = Date.now();
        const wrong = await sandbox.confirm({ ...p, totalAmount: 1 });
        assert.ok(Date.now() - begun >= 100);
        assert.deepEqual([wrong.status, wrong.json.code], [403, 'FORBIDDEN_REQUEST']);
        shop.answer = () => (shop.of(p).length < 2 ? 500 : 200);
        await sandbox.confirm(p);
        assert.deepEqual(await shop.statuses(p, 2), ['DEPOSIT_CALLBACK WAITING_FOR_DEPOSIT', 'DEPOSIT_CALLBACK WAITING_FOR_DEPOSIT']);
        assert.equal(new Set(shop.of(p).map(({ headers }) => headers['tosspayments-webhook-transmission-id'])).size, 2);
        await sandbox.deposit(p);
        await sandbox.cancel(p, { refundReceiveAccount: ACCOUNT });
        const { json: rows } = await sandbox.toss('GET', '/v1/transactions?startDate=2020-01-01&endDate=2099-01-01');
        assert.deepEqual(
            rows.map((t) => t.amount),
            [15000, -15000],
        );
        const open = await parallel(15, 5, () => sandbox.open());
        await parallel(20, 5, () => sandbox.pay());
        const { payments } = await sandbox.control('payments');
        assert.equal(payments.length, 20);
        for (const q of open) assert.ok(payments.some((o) => o.orderId === q.orderId), 'open ones stay, ended ones go');
    });
});

describe('a restart', () => {
    const state = join(dir, 'state');
    const sandbox = useSandbox('restart', { SANDBOX_STATE: state });

    test('payments, rows and answers under keys outlive even a kill', async () => {
        const list = () => sandbox.toss('GET', '/v1/transactions?startDate=2020-01-01&endDate=2099-01-01');
        const open = await sandbox.open({ metadata: { a: '1' } });
        const p = await sandbox.pay();
        const key = { idempotency: 'cancel-once' };
        const cancel = await sandbox.cancel(p, { cancelAmount: 1000, cancelReason: '하나' }, key);
        await sandbox.cancel(p, { cancelAmount: 2000, cancelReason: '둘' });
        const refused = await sandbox.open();
        await sandbox.confirm(refused, { headers: { 'TossPayments-Test-Code': 'REJECT_CARD_COMPANY' } });
        const all = [open, p, refused];
        const before_ = { payments: await parallel(3, 1, async (i) => (await sandbox.get(all[i])).json), rows: (await list()).json };
        for (let round = 0; round < 3; round++) {
            await sandbox.daemon.kill();
            sandbox.daemon.deaths.length = 0;
            await sandbox.run();
            const after_ = { payments: await parallel(3, 1, async (i) => (await sandbox.get(all[i])).json), rows: (await list()).json };
            assert.deepEqual(after_, before_);
            assert.equal((await sandbox.cancel(p, { cancelAmount: 1000 }, key)).text, cancel.text);
        }
        assert.equal((await sandbox.confirm(open)).json.status, 'DONE');
        await sandbox.reset({ payments: true });
        await sandbox.daemon.stop();
        await sandbox.run();
        assert.deepEqual((await sandbox.control('payments')).payments, []);
    });

    test('a record cut off and a file that is none do no harm', async () => {
        const p = await sandbox.pay();
        await sandbox.daemon.stop();
        writeFileSync(state, readFileSync(state).subarray(0, -7));
        await sandbox.run();
        assert.equal((await sandbox.get(p)).status, 200);
        await sandbox.daemon.stop();
        writeFileSync(state, 'something else entirely');
        await sandbox.run();
        assert.equal((await sandbox.get(p)).status, 404);
    });
});

describe('pages', () => {
    const sandbox = useSandbox('pages');
    const press = (p, fields) =>
        sandbox.ask('POST', `/v1/payments/${p.paymentKey}/checkout`, { body: String(new URLSearchParams(fields)), headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });

    test('the window shows the order and offers the ways to pay', async () => {
        const { json: p } = await sandbox.create({ method: 'VIRTUAL_ACCOUNT', orderName: '<b>모네</b> & "친구들"', amount: 1234567 });
        const { status, text, headers } = await sandbox.ask('GET', `/v1/payments/${p.paymentKey}/checkout`);
        assert.equal(status, 200);
        assert.match(headers['content-type'], /^text\/html; charset=utf-8$/);
        assert.match(text, /lang="ko"/);
        assert.match(text, /&lt;b&gt;모네&lt;\/b&gt; &amp; &quot;친구들&quot;/);
        assert.match(text, /1,234,567원/);
        for (const id of ['method-card', 'method-transfer', 'method-virtual_account', 'pay', 'cancel', 'fail', 'tamper']) assert.ok(text.includes(`id="${id}"`), id);
        assert.match(text, /value="virtual_account" checked/);
        assert.doesNotMatch(text, /(src|href)="(?!data:)/, 'nothing is loaded');
        assert.equal((await sandbox.ask('GET', '/v1/payments/nobody-knows-it/checkout')).status, 404);
    });

    test('buttons lead to the shop, whatever its address looks like', async () => {
        for (const [successUrl, stem, hash] of [
            ['http://shop.example/ok', 'http://shop.example/ok?', ''],
            ['http://shop.example/ok?', 'http://shop.example/ok?', ''],
            ['http://shop.example?a=1&b=2', 'http://shop.example?a=1&b=2&', ''],
            ['http://shop.example/ok#part', 'http://shop.example/ok?', '#part'],
            ['http://shop.example/ok?a=1#part?x=y', 'http://shop.example/ok?a=1&', '#part?x=y'],
        ]) {
            const { json: p } = await sandbox.create({ successUrl });
            const { status, headers } = await press(p, { method: 'transfer', result: 'success' });
            assert.equal(status, 303);
            assert.equal(headers.location, `${stem}paymentType=NORMAL&orderId=${p.orderId}&paymentKey=${p.paymentKey}&amount=15000${hash}`);
            assert.equal((await sandbox.confirm(p)).json.method, '계좌이체');
            assert.equal((await press(p, { method: 'card', result: 'success' })).status, 409, 'pressed again');
        }
    });

    test('giving up, a refused card and a forged amount', async () => {
        const { json: p } = await sandbox.create({ failUrl: 'http://shop.example/fail?x=1' });
        const failed = async (result) => new URL((await press(p, { method: 'card', result })).headers.location);
        for (const [result, code] of [
            ['cancel', 'PAY_PROCESS_CANCELED'],
            ['fail', 'REJECT_CARD_COMPANY'],
        ]) {
            const url = await failed(result);
            assert.deepEqual([url.pathname, ...['x', 'code', 'orderId'].map((n) => url.searchParams.get(n))], ['/fail', '1', code, p.orderId]);
            assert.match(url.searchParams.get('message'), /[가-힣]/);
            assert.equal((await sandbox.get(p)).json.status, 'READY');
        }
        const forged = new URL((await press(p, { method: 'card', result: 'tamper' })).headers.location);
        assert.equal(forged.searchParams.get('amount'), '1500');
        assert.equal((await sandbox.get(p)).json.status, 'IN_PROGRESS');
        assert.equal((await press(p, { result: 'nonsense' })).status, 400);
    });

    test('the SDK opens the same window with the client key', async () => {
        const script = await sandbox.ask('GET', '/v2/standard');
        assert.match(script.headers['content-type'], /javascript/);
        const request = { clientKey: TOSS_CLIENT_KEY, customerKey: 'ANONYMOUS', method: 'CARD', amount: { currency: 'KRW', value: 15000 } };
        const order = { orderId: 'sdk-order-1', orderName: '관람권', successUrl: 'http://shop.example/ok', failUrl: 'http://shop.example/fail' };
        const seen = {};
        const page = { document: { currentScript: { src: `${sandbox.url}/v2/standard` } }, window: { location: { assign: (url) => (seen.url = url) } } };
        new Function('document', 'window', 'fetch', 'URL', script.text)(page.document, page.window, fetch, URL);
        const { TossPayments } = page.window;
        TossPayments(TOSS_CLIENT_KEY).payment({ customerKey: TossPayments.ANONYMOUS }).requestPayment({ ...request, ...order });
        await until('the window', () => seen.url);
        assert.match((await sandbox.ask('GET', new URL(seen.url).pathname)).text, /관람권/);
        const ask = (fields) => sandbox.ask('POST', '/sandbox/toss/window', { body: { ...request, ...order, ...fields } });
        assert.equal((await ask({ clientKey: 'test_ck_wrong' })).json.code, 'UNAUTHORIZED_KEY');
        assert.equal((await ask({ amount: 15000 })).json.code, 'INVALID_REQUEST');
        const opened = await ask({});
        assert.deepEqual(Object.keys(opened.json), ['paymentKey', 'checkout'], 'the secret is not for browsers');
        await assert.rejects(TossPayments('test_ck_wrong').payment({ customerKey: 'aa' }).requestPayment({ ...request, ...order }), { code: 'UNAUTHORIZED_KEY' });
    });
});
