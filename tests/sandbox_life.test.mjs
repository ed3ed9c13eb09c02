// The stand-in for Toss Payments over time: limits, settings, restarts, and its pages.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { payment, TOSS_CLIENT_KEY, useSandbox, WebhookReceiver } from './lib/sandbox.mjs';
import { parallel, until } from './lib/wait.mjs';

const ACCOUNT = { bank: '20', accountNumber: '1002998877665', holderName: '김토스' };

describe('time runs out', () => {
    const shop = new WebhookReceiver();
    const sandbox = useSandbox({ SANDBOX_TIME_SCALE: '300' }, shop); // 30 minutes are 6 s: time enough to open a window
    const hasty = useSandbox({ SANDBOX_TIME_SCALE: '1200' }); // an hour is 3 s

    test('the window after 30 minutes, the confirm after 10', async () => {
        const begun = Date.now();
        const { json: unseen } = await sandbox.create();
        const open = await sandbox.open();
        assert.deepEqual(await shop.statuses(open, 1), ['PAYMENT_STATUS_CHANGED EXPIRED']);
        assert.ok(Date.now() - begun >= 2000);
        assert.deepEqual(await shop.statuses(unseen, 1), ['PAYMENT_STATUS_CHANGED EXPIRED']);
        assert.ok(Date.now() - begun >= 6000);
        for (const p of [unseen, open]) {
            const { json } = await sandbox.get(p);
            assert.deepEqual([json.status, json.failure.code, json.approvedAt], ['EXPIRED', 'EXPIRED_PAYMENT', null]);
            const late = await sandbox.confirm(p);
            assert.deepEqual([late.status, late.json.code], [404, 'NOT_FOUND_PAYMENT_SESSION']);
            const page = await sandbox.ask('GET', `/v1/payments/${p.paymentKey}/checkout`);
            assert.equal(page.status, 409);
            assert.match(page.text, /만료/);
        }
    });

    test('an account past its due date takes no money, unless forced to', async () => {
        const { amount, orderId, orderName } = payment();
        const { json: p } = await hasty.toss('POST', '/v1/virtual-accounts', { amount, orderId, orderName, customerName: '김토스', bank: '88', validHours: 1 });
        assert.equal(p.virtualAccount.expired, false);
        await until('the due date', async () => (await hasty.get(p)).json.virtualAccount.expired);
        assert.equal((await hasty.get(p)).json.status, 'WAITING_FOR_DEPOSIT');
        const refused = await hasty.ask('POST', '/sandbox/toss/deposit', { body: { payment_key: p.paymentKey } });
        assert.deepEqual([refused.status, refused.json.code], [409, 'INVALID_STATE']);
        const late = await hasty.deposit(p, { late: true });
        assert.deepEqual([late.status, late.virtualAccount.expired], ['DONE', false]);
    });
});

describe('settings', () => {
    const shop = new WebhookReceiver();
    const sandbox = useSandbox(
        {
            SANDBOX_MAX_PAYMENTS: '20',
            SANDBOX_LATENCY_MS: '100',
            SANDBOX_AMOUNT_MISMATCH: 'FORBIDDEN_REQUEST',
            SANDBOX_NEGATIVE_CANCELS: 'on',
            WEBHOOK_STATUS_CHANGED: 'off',
            WEBHOOK_NEW_IDS: 'on',
            SANDBOX_TIME_SCALE: '30',
        },
        shop,
    );

    test('each does what it says', async () => {
        const p = await sandbox.open({ method: 'VIRTUAL_ACCOUNT' });
        const begun = Date.now();
        const wrong = await sandbox.confirm({ ...p, totalAmount: 1 });
        assert.ok(Date.now() - begun >= 100 - 2); // clocks of whole milliseconds
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
        for (const q of open)
            assert.ok(
                payments.some((o) => o.orderId === q.orderId),
                'open ones stay, ended ones go',
            );
    });
});

describe('a restart', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const state = join(dir, 'state');
    const sandbox = useSandbox({ SANDBOX_STATE: state });
    after(() => rmSync(dir, { recursive: true }));

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

    test('connections held back do not hold up its end', async () => {
        const p = await sandbox.open();
        await sandbox.fault('toss.confirm', 'timeout_after_success', { ms: 60_000 });
        const lost = assert.rejects(sandbox.confirm(p));
        await until('it is held', async () => (await sandbox.fired())[0] === 1);
        assert.equal(await sandbox.daemon.stop(), undefined);
        await lost;
        await sandbox.run();
        assert.equal((await sandbox.get(p)).json.status, 'DONE');
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
    const sandbox = useSandbox();
    const press = (p, fields) =>
        sandbox.ask('POST', `/v1/payments/${p.paymentKey}/checkout`, {
            body: String(new URLSearchParams(fields)),
            headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        });

    test('the window shows the order and offers the ways to pay', async () => {
        const { json: p } = await sandbox.create({ method: 'VIRTUAL_ACCOUNT', orderName: '<b>모네</b> & "친구들"', amount: 1234567 });
        const { status, text, headers } = await sandbox.ask('GET', `/v1/payments/${p.paymentKey}/checkout`);
        assert.equal(status, 200);
        assert.match(headers['content-type'], /^text\/html; charset=utf-8$/);
        assert.match(text, /lang="ko"/);
        assert.match(text, /&lt;b&gt;모네&lt;\/b&gt; &amp; &quot;친구들&quot;/);
        assert.match(text, /1,234,567원/);
        for (const id of ['method-card', 'method-transfer', 'method-virtual_account', 'pay', 'cancel', 'fail', 'tamper'])
            assert.ok(text.includes(`id="${id}"`), id);
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
        TossPayments(TOSS_CLIENT_KEY)
            .payment({ customerKey: TossPayments.ANONYMOUS })
            .requestPayment({ ...request, ...order });
        await until('the window', () => seen.url);
        assert.match((await sandbox.ask('GET', new URL(seen.url).pathname)).text, /관람권/);
        const ask = (fields) => sandbox.ask('POST', '/sandbox/toss/window', { body: { ...request, ...order, ...fields } });
        assert.equal((await ask({ clientKey: 'test_ck_wrong' })).json.code, 'UNAUTHORIZED_KEY');
        assert.equal((await ask({ amount: 15000 })).json.code, 'INVALID_REQUEST');
        const opened = await ask({});
        assert.deepEqual(Object.keys(opened.json), ['paymentKey', 'checkout'], 'the secret is not for browsers');
        await assert.rejects(
            TossPayments('test_ck_wrong')
                .payment({ customerKey: 'aa' })
                .requestPayment({ ...request, ...order }),
            { code: 'UNAUTHORIZED_KEY' },
        );
    });
});
