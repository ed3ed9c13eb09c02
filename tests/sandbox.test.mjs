// The stand-in for Toss Payments keeps Toss's contract: fields, states, codes, limits, idempotency, pages.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { program } from './lib/paths.mjs';
import { payment, TOSS_CLIENT_KEY, TOSS_SECRET_KEY, useSandbox } from './lib/sandbox.mjs';
import { parallel, tally } from './lib/wait.mjs';

const SECOND_SHOP = 'test_sk_of_the_second_shop';
const FIELDS = `mId lastTransactionKey transactionKey paymentKey orderId orderName status requestedAt approvedAt useEscrow cultureExpense card
    virtualAccount transfer mobilePhone giftCertificate cashReceipt cashReceipts discount cancels secret type easyPay country failure isPartialCancelable
    receipt checkout currency totalAmount balanceAmount suppliedAmount vat taxFreeAmount taxExemptionAmount method metadata version`.split(/\s+/);
const TOSS_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$/;
const ACCOUNT = { bank: '20', accountNumber: '1002123456789', holderName: '김토스' };

const sandbox = useSandbox({
    TOSS_SECRET_KEY: `${TOSS_SECRET_KEY},${SECOND_SHOP}`,
    TOSS_CLIENT_KEY: `${TOSS_CLIENT_KEY},test_ck_of_the_second_shop`,
});

const refused = (answer, status, code) => {
    assert.deepEqual([answer.status, answer.json?.code], [status, code], answer.text);
    assert.match(answer.json.message, /[가-힣]/);
};
const statusOf = async (p) => (await sandbox.get(p)).json.status;

describe('payments', () => {
    test('a created payment has every field of the reference and is READY', async () => {
        const { status, json, headers } = await sandbox.create({ metadata: { seat: 'A-1' }, customerName: '김토스' });
        assert.equal(status, 200);
        assert.deepEqual(Object.keys(json).sort(), FIELDS.toSorted());
        assert.equal(json.status, 'READY');
        assert.equal(json.type, 'NORMAL');
        assert.equal(json.method, '카드');
        assert.equal(json.checkout.url, `${sandbox.url}/v1/payments/${json.paymentKey}/checkout`);
        assert.match(json.requestedAt, TOSS_TIME);
        assert.match(json.secret, /^ps_\w{28}$/);
        assert.ok(json.paymentKey.length <= 200 && json.mId.length <= 14 && json.secret.length <= 50);
        assert.deepEqual(json.metadata, { seat: 'A-1' });
        for (const field of ['approvedAt', 'card', 'virtualAccount', 'cancels', 'receipt', 'failure', 'lastTransactionKey'])
            assert.equal(json[field], null, field);
        assert.match(headers['x-tosspayments-trace-id'], /^[0-9a-f]{32}$/);
    });

    test('card: READY, IN_PROGRESS, DONE', async () => {
        const { json: p } = await sandbox.create();
        const gone = await sandbox.checkout(p);
        assert.deepEqual(gone, {
            payment_key: p.paymentKey,
            order_id: p.orderId,
            amount: 15000,
            redirect_url: `http://127.0.0.1:1/success?paymentType=NORMAL&orderId=${p.orderId}&paymentKey=${p.paymentKey}&amount=15000`,
        });
        assert.equal(await statusOf(p), 'IN_PROGRESS');
        const { status, json } = await sandbox.confirm(p);
        assert.equal(status, 200);
        assert.equal(json.status, 'DONE');
        assert.match(json.approvedAt, TOSS_TIME);
        assert.match(json.card.number, /^\d{8}\*{4}\d{3}\*$/);
        assert.equal(json.card.amount, 15000);
        assert.deepEqual([json.totalAmount, json.balanceAmount, json.suppliedAmount, json.vat], [15000, 15000, 13636, 1364]);
        assert.ok(json.lastTransactionKey.length <= 64);
        assert.deepEqual((await sandbox.get(p)).json, json);
        assert.deepEqual((await sandbox.toss('GET', `/v1/payments/orders/${p.orderId}`)).json, json);
        const receipt = await fetch(json.receipt.url);
        assert.equal(receipt.status, 200);
    });

    test('transfer and mobile phone are approved with their own objects', async () => {
        const transfer = await sandbox.pay({ method: 'TRANSFER' });
        assert.equal(transfer.method, '계좌이체');
        assert.deepEqual(transfer.transfer, { bankCode: '20', settlementStatus: 'INCOMPLETED' });
        const phone = await sandbox.pay({ method: '휴대폰', customerMobilePhone: '01012345678' });
        assert.equal(phone.mobilePhone.customerMobilePhone, '01012345678');
    });

    test('the buyer may choose another way to pay than the shop proposed', async () => {
        const { json: p } = await sandbox.create();
        await sandbox.checkout(p, 'success', 'transfer');
        assert.equal((await sandbox.confirm(p)).json.method, '계좌이체');
    });

    test('creation: what is refused, and with which code', async () => {
        for (const [fields, code] of [
            [{ method: 'BITCOIN' }, 'NOT_SUPPORTED_METHOD'],
            [{ method: undefined }, 'INVALID_REQUEST'],
            [{ successUrl: undefined }, 'INVALID_SUCCESS_URL'],
            [{ failUrl: '/relative' }, 'INVALID_SUCCESS_URL'],
            [{ successUrl: 'javascript:alert(1)' }, 'INVALID_SUCCESS_URL'],
            [{ successUrl: 'http://shop/a\r\nSet-Cookie: x=1' }, 'INVALID_SUCCESS_URL'],
            [{ orderId: 'short' }, 'INVALID_REQUEST'],
            [{ orderId: 'x'.repeat(65) }, 'INVALID_REQUEST'],
            [{ orderId: 'with blank' }, 'INVALID_REQUEST'],
            [{ orderName: '' }, 'INVALID_REQUEST'],
            [{ orderName: '가'.repeat(101) }, 'INVALID_REQUEST'],
            [{ amount: 99 }, 'BELOW_MINIMUM_AMOUNT'],
            [{ amount: 199, method: 'TRANSFER' }, 'BELOW_MINIMUM_AMOUNT'],
            [{ amount: 150.5 }, 'INVALID_REQUEST'],
            [{ amount: '15000' }, 'INVALID_REQUEST'],
            [{ currency: 'USD' }, 'INVALID_REQUEST'],
            [{ taxFreeAmount: 15001 }, 'INVALID_REQUEST'],
        ]) {
            refused(await sandbox.create(fields), 400, code);
        }
        for (const body of ['', '[]', '{"method":', '"text"', `{"a":${'['.repeat(100)}`])
            refused(await sandbox.toss('POST', '/v1/payments/confirm', body), 400, 'INVALID_REQUEST');
        assert.equal((await sandbox.create({ amount: 100 })).status, 200);
        assert.equal((await sandbox.create({ orderName: '가'.repeat(100), orderId: 'x-'.repeat(32) })).status, 200);
    });

    test('an order that was paid or cancelled is not paid again; one that came to nothing may be', async () => {
        const first = await sandbox.open();
        const second = (await sandbox.create({ orderId: first.orderId })).json;
        assert.notEqual(second.paymentKey, first.paymentKey);
        await sandbox.confirm(first);
        refused(await sandbox.create({ orderId: first.orderId }), 400, 'DUPLICATED_ORDER_ID');
        await sandbox.cancel(first);
        refused(await sandbox.create({ orderId: first.orderId }), 400, 'DUPLICATED_ORDER_ID');
        const newest = await sandbox.toss('GET', `/v1/payments/orders/${first.orderId}`);
        assert.equal(newest.json.paymentKey, second.paymentKey, 'the latest of an order');
    });

    test('confirm: what is refused, and with which code', async () => {
        const p = await sandbox.open();
        const body = { paymentKey: p.paymentKey, orderId: p.orderId, amount: p.totalAmount };
        const confirm = (fields) => sandbox.toss('POST', '/v1/payments/confirm', { ...body, ...fields });
        refused(await confirm({ paymentKey: 'nobody-knows-it' }), 404, 'NOT_FOUND_PAYMENT');
        refused(await confirm({ orderId: 'another-order' }), 404, 'NOT_FOUND_PAYMENT_SESSION');
        refused(await confirm({ amount: 14999 }), 400, 'INVALID_REQUEST');
        for (const amount of ['15000x', '', 15000.5, null, true, '9'.repeat(30)]) refused(await confirm({ amount }), 400, 'INVALID_REQUEST');
        refused(await confirm({ paymentKey: undefined }), 400, 'INVALID_REQUEST');
        assert.equal(await statusOf(p), 'IN_PROGRESS', 'nothing of that did anything');
        assert.equal((await confirm({ amount: '15000' })).json.status, 'DONE', 'digits in a text, as the official sample sends them');
        refused(await confirm(), 400, 'ALREADY_PROCESSED_PAYMENT');
        const unseen = (await sandbox.create()).json;
        refused(await sandbox.confirm(unseen), 404, 'NOT_FOUND_PAYMENT_SESSION');
    });

    test('of 50 confirms at once one succeeds', async () => {
        const p = await sandbox.open();
        const answers = await parallel(50, 50, () => sandbox.confirm(p));
        assert.deepEqual(
            tally(answers, (a) => a.json.code ?? a.json.status),
            { DONE: 1, ALREADY_PROCESSED_PAYMENT: 49 },
        );
    });
});

describe('keys', () => {
    test('who may call', async () => {
        const ask = (authorization) => sandbox.ask('GET', '/v1/payments/x', { headers: authorization ? { Authorization: authorization } : {} });
        const basic = (text) => `Basic ${Buffer.from(text).toString('base64')}`;
        refused(await ask(), 401, 'UNAUTHORIZED_KEY');
        refused(await ask(`Bearer ${TOSS_SECRET_KEY}`), 401, 'UNAUTHORIZED_KEY');
        refused(await ask('Basic ***'), 401, 'UNAUTHORIZED_KEY');
        refused(await ask(basic('test_sk_unknown:')), 401, 'UNAUTHORIZED_KEY');
        refused(await ask(basic(`${TOSS_SECRET_KEY}:password`)), 401, 'UNAUTHORIZED_KEY');
        refused(await ask(basic(`\u{feff}${TOSS_SECRET_KEY}:`)), 401, 'UNAUTHORIZED_KEY');
        refused(await ask(basic(TOSS_SECRET_KEY)), 403, 'INCORRECT_BASIC_AUTH_FORMAT');
        for (const key of [TOSS_CLIENT_KEY, 'live_ck_x', 'test_gsk_x', 'test_gck_x']) refused(await ask(basic(`${key}:`)), 400, 'INVALID_API_KEY');
        refused(await ask(basic(`${TOSS_SECRET_KEY}:`)), 404, 'NOT_FOUND_PAYMENT');
    });

    test("a shop does not see another shop's payments", async () => {
        const p = await sandbox.pay();
        const other = { key: SECOND_SHOP };
        refused(await sandbox.get(p, other), 404, 'NOT_FOUND_PAYMENT');
        refused(await sandbox.cancel(p, {}, other), 404, 'NOT_FOUND_PAYMENT');
        refused(await sandbox.toss('GET', `/v1/payments/orders/${p.orderId}`, undefined, other), 404, 'NOT_FOUND_PAYMENT');
    });

    test('it refuses to start for production and with live keys', () => {
        for (const env of [
            { ENV: 'production' },
            { TOSS_SECRET_KEY: 'live_sk_x' },
            { TOSS_SECRET_KEY: 'test_sk_a,live_sk_x' },
            { TOSS_CLIENT_KEY: 'live_ck_x' },
        ]) {
            const { status, stderr } = spawnSync(program('sandbox'), [], {
                env: { ...process.env, SANDBOX_LISTEN: '127.0.0.1:1', METRICS_LISTEN: '127.0.0.1:1', ...env },
                timeout: 10_000,
            });
            assert.equal(status, 1, JSON.stringify(env));
            assert.match(String(stderr), /setting refused/);
            assert.ok(!String(stderr).includes('live_sk_x'), 'keys are not logged');
        }
    });

    test('unknown addresses and methods', async () => {
        refused(await sandbox.ask('GET', '/v1/nothing'), 404, 'NOT_FOUND');
        refused(await sandbox.ask('DELETE', '/v1/payments/confirm'), 405, 'METHOD_NOT_ALLOWED');
        refused(await sandbox.ask('GET', '/sandbox/reset'), 405, 'METHOD_NOT_ALLOWED');
    });
});

describe('cancels', () => {
    test('in full, then again', async () => {
        const p = await sandbox.pay();
        const { status, json } = await sandbox.cancel(p);
        assert.equal(status, 200);
        assert.deepEqual([json.status, json.balanceAmount, json.vat, json.suppliedAmount], ['CANCELED', 0, 0, 0]);
        assert.equal(json.totalAmount, 15000);
        assert.equal(json.cancels.length, 1);
        const [cancel] = json.cancels;
        assert.deepEqual([cancel.cancelAmount, cancel.refundableAmount, cancel.cancelReason, cancel.cancelStatus], [15000, 0, '단순 변심', 'DONE']);
        assert.equal(cancel.transactionKey, json.lastTransactionKey);
        assert.notEqual(cancel.transactionKey, p.lastTransactionKey);
        assert.match(cancel.canceledAt, TOSS_TIME);
        refused(await sandbox.cancel(p), 400, 'ALREADY_CANCELED_PAYMENT');
    });

    test('in parts: the status stays PARTIAL_CANCELED, the balance tells', async () => {
        const p = await sandbox.pay({ amount: 30000 });
        const first = await sandbox.cancel(p, { cancelAmount: 10000 });
        assert.deepEqual([first.json.status, first.json.balanceAmount, first.json.vat], ['PARTIAL_CANCELED', 20000, 1818]);
        refused(await sandbox.cancel(p, { cancelAmount: 20001 }), 403, 'NOT_CANCELABLE_AMOUNT');
        refused(await sandbox.cancel(p, { cancelAmount: 5000, refundableAmount: 30000 }), 400, 'NOT_MATCHES_REFUNDABLE_AMOUNT');
        const second = await sandbox.cancel(p, { cancelAmount: 20000, refundableAmount: 20000 });
        assert.deepEqual([second.json.status, second.json.balanceAmount, second.json.cancels.length], ['PARTIAL_CANCELED', 0, 2]);
        assert.deepEqual(
            second.json.cancels.map((c) => c.refundableAmount),
            [20000, 0],
        );
        refused(await sandbox.cancel(p), 403, 'NOT_CANCELABLE_AMOUNT');
    });

    test('two parts at once that do not both fit: one of them', async () => {
        const p = await sandbox.pay({ amount: 30000 });
        const answers = await parallel(10, 10, () => sandbox.cancel(p, { cancelAmount: 16000 }));
        assert.deepEqual(
            tally(answers, (a) => a.json.code ?? a.json.status),
            { PARTIAL_CANCELED: 1, NOT_CANCELABLE_AMOUNT: 9 },
        );
        assert.equal((await sandbox.get(p)).json.balanceAmount, 14000);
    });

    test('what cannot be cancelled', async () => {
        const ready = (await sandbox.create()).json;
        refused(await sandbox.cancel(ready), 403, 'NOT_CANCELABLE_PAYMENT');
        await sandbox.checkout(ready);
        refused(await sandbox.cancel(ready), 403, 'NOT_CANCELABLE_PAYMENT');
        const p = await sandbox.pay();
        for (const fields of [
            { cancelReason: undefined },
            { cancelReason: '' },
            { cancelReason: '가'.repeat(201) },
            { cancelAmount: 0 },
            { cancelAmount: -5 },
            { cancelAmount: '5' },
            { currency: 'USD' },
            { taxFreeAmount: 1 },
        ])
            refused(await sandbox.cancel(p, fields), 400, 'INVALID_REQUEST');
        refused(await sandbox.cancel({ paymentKey: 'nobody-knows-it' }), 404, 'NOT_FOUND_PAYMENT');
        const escrow = await sandbox.pay({ method: 'TRANSFER', useEscrow: true });
        assert.equal(escrow.isPartialCancelable, false);
        refused(await sandbox.cancel(escrow, { cancelAmount: 100 }), 403, 'NOT_ALLOWED_PARTIAL_REFUND');
        assert.equal((await sandbox.cancel(escrow)).json.status, 'CANCELED');
    });

    test('tax free amounts shrink with cancels', async () => {
        const p = await sandbox.pay({ amount: 11000, taxFreeAmount: 5500 });
        assert.deepEqual([p.taxFreeAmount, p.vat, p.suppliedAmount], [5500, 500, 5000]);
        const { json } = await sandbox.cancel(p, { cancelAmount: 5500, taxFreeAmount: 5500 });
        assert.deepEqual([json.taxFreeAmount, json.vat, json.suppliedAmount], [0, 500, 5000]);
    });

    test("in Toss's console", async () => {
        const p = await sandbox.pay();
        const part = await sandbox.control('toss/cancel', { payment_key: p.paymentKey, amount: 5000 });
        assert.deepEqual([part.status, part.balanceAmount], ['PARTIAL_CANCELED', 10000]);
        const rest = await sandbox.control('toss/cancel', { payment_key: p.paymentKey });
        assert.equal(rest.balanceAmount, 0);
        const again = await sandbox.ask('POST', '/sandbox/toss/cancel', { body: { payment_key: p.paymentKey } });
        refused(again, 409, 'INVALID_STATE');
    });
});

describe('deposit accounts', () => {
    const account = (fields = {}) => ({ method: 'VIRTUAL_ACCOUNT', customerName: '김토스', ...fields });

    test('issued, deposited, partly given back', async () => {
        const p = await sandbox.open(account({ virtualAccount: { validHours: 24 } }));
        const begun = Date.now();
        const { json: waiting } = await sandbox.confirm(p);
        const ended = Date.now();
        assert.deepEqual([waiting.status, waiting.approvedAt, waiting.method, waiting.receipt], ['WAITING_FOR_DEPOSIT', null, '가상계좌', null]);
        const va = waiting.virtualAccount;
        assert.match(va.accountNumber, /^X\d{13}$/);
        assert.match(va.dueDate, TOSS_TIME);
        const issued = Date.parse(va.dueDate) - 24 * 3600_000; // cut to the second
        assert.ok(issued > begun - 1000 && issued <= ended, va.dueDate);
        assert.deepEqual([va.expired, va.refundStatus, va.settlementStatus, va.customerName], [false, 'NONE', 'INCOMPLETED', '김토스']);
        refused(await sandbox.confirm(p), 400, 'ALREADY_PROCESSED_PAYMENT');
        refused(await sandbox.cancel(p, { cancelAmount: 1000 }), 403, 'NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT');
        const paid = await sandbox.deposit(p);
        assert.equal(paid.status, 'DONE');
        assert.match(paid.approvedAt, TOSS_TIME);
        refused(await sandbox.cancel(p, { cancelAmount: 5000 }), 400, 'INVALID_REQUEST');
        for (const [fields, code] of [
            [{ bank: '99' }, 'INVALID_BANK'],
            [{ accountNumber: '1002-123' }, 'INVALID_REFUND_ACCOUNT_NUMBER'],
            [{ accountNumber: '1'.repeat(21) }, 'INVALID_REFUND_ACCOUNT_NUMBER'],
            [{ accountNumber: '0000000000' }, 'INVALID_REFUND_ACCOUNT_INFO'],
            [{ holderName: undefined }, 'INVALID_REQUEST'],
        ])
            refused(await sandbox.cancel(p, { cancelAmount: 5000, refundReceiveAccount: { ...ACCOUNT, ...fields } }), 400, code);
        const { status, json } = await sandbox.cancel(p, { cancelAmount: 5000, refundReceiveAccount: ACCOUNT });
        assert.equal(status, 200);
        assert.deepEqual([json.status, json.balanceAmount, json.virtualAccount.refundStatus], ['PARTIAL_CANCELED', 10000, 'PENDING']);
        assert.deepEqual(json.virtualAccount.refundReceiveAccount, { bankCode: '20', accountNumber: ACCOUNT.accountNumber, holderName: '김토스' });
    });

    test('cancelled before the deposit: in full, no account needed, no money moved', async () => {
        const p = await sandbox.open(account());
        await sandbox.confirm(p);
        const { json } = await sandbox.cancel(p);
        assert.deepEqual([json.status, json.balanceAmount, json.virtualAccount.refundStatus], ['CANCELED', 0, 'NONE']);
        refused(await sandbox.ask('POST', '/sandbox/toss/deposit', { body: { payment_key: p.paymentKey } }), 409, 'INVALID_STATE');
    });

    test('a deposit that the bank takes back', async () => {
        const p = await sandbox.pay(account());
        const back = await sandbox.deposit(p, { reverse: true });
        assert.deepEqual([back.status, back.approvedAt, back.balanceAmount], ['WAITING_FOR_DEPOSIT', null, 15000]);
        assert.equal((await sandbox.deposit(p)).status, 'DONE');
    });

    test('issued without a window', async () => {
        const issue = (fields) => {
            const { amount, orderId, orderName } = payment();
            return sandbox.toss('POST', '/v1/virtual-accounts', { amount, orderId, orderName, customerName: '김토스', bank: '88', ...fields });
        };
        const { json } = await issue({ validHours: 1 });
        assert.deepEqual([json.status, json.virtualAccount.bankCode], ['WAITING_FOR_DEPOSIT', '88']);
        const due = new Date(Date.now() + 9 * 3600_000 + 3600_000).toISOString().slice(0, 19);
        assert.equal((await issue({ dueDate: due })).json.virtualAccount.dueDate, `${due}+09:00`);
        assert.equal((await sandbox.deposit(json)).status, 'DONE');
        refused(await issue({ bank: '99' }), 400, 'INVALID_BANK');
        for (const fields of [
            { validHours: 0 },
            { validHours: 2161 },
            { validHours: 1, dueDate: due },
            { dueDate: '2020-01-01T00:00:00' },
            { customerName: undefined },
            { bank: undefined },
        ])
            refused(await issue(fields), 400, 'INVALID_REQUEST');
        refused(await issue({ amount: 199 }), 400, 'BELOW_MINIMUM_AMOUNT');
    });
});

describe('transactions', () => {
    const list = (query, options) => sandbox.toss('GET', `/v1/transactions?${new URLSearchParams(query)}`, undefined, options);
    const day = (shift) => new Date(Date.now() + 9 * 3600_000 + shift * 86400_000).toISOString().slice(0, 10);
    const span = { startDate: day(-1), endDate: day(2) }; // a day may end meanwhile
    const key = { key: SECOND_SHOP };

    test('a row per approval and cancel, in order of time, page by page', async () => {
        const card = (await sandbox.create({}, key)).json;
        await sandbox.checkout(card);
        await sandbox.confirm(card, key);
        await sandbox.cancel(card, { cancelAmount: 5000 }, key);
        const deposit = (await sandbox.create({ method: '가상계좌' }, key)).json;
        await sandbox.checkout(deposit);
        await sandbox.confirm(deposit, key);
        await sandbox.deposit(deposit);
        await sandbox.cancel(card, {}, key);
        const { json: all } = await list({ ...span, limit: 5000 }, key);
        assert.deepEqual(
            all.map((t) => [t.paymentKey, t.status, t.amount, t.method]),
            [
                [card.paymentKey, 'DONE', 15000, '카드'],
                [card.paymentKey, 'PARTIAL_CANCELED', 5000, '카드'],
                [deposit.paymentKey, 'DONE', 15000, '가상계좌'],
                [card.paymentKey, 'PARTIAL_CANCELED', 10000, '카드'],
            ],
        );
        assert.equal(new Set(all.map((t) => t.transactionKey)).size, 4);
        assert.deepEqual(
            Object.keys(all[0]).sort(),
            'amount currency customerKey mId method orderId paymentKey receiptUrl status transactionAt transactionKey useEscrow'.split(' '),
        );
        const paged = [];
        for (let startingAfter; ;) {
            const { json: page } = await list({ ...span, limit: 1, ...(startingAfter ? { startingAfter } : {}) }, key);
            if (page.length === 0) break;
            paged.push(...page);
            startingAfter = page.at(-1).transactionKey;
        }
        assert.deepEqual(paged, all);
        const past = await list({ startDate: '2020-01-01', endDate: '2020-01-02T03:04:05' }, key);
        assert.deepEqual(past.json, []);
    });

    test('nothing of a payment that was never paid', async () => {
        const waiting = await sandbox.open({ method: 'VIRTUAL_ACCOUNT' });
        await sandbox.confirm(waiting);
        await sandbox.cancel(waiting);
        const { json } = await list({ ...span, limit: 5000 });
        assert.ok(!json.some((t) => t.orderId === waiting.orderId));
    });

    test('queries that make no sense', async () => {
        for (const query of [
            {},
            { startDate: day(0) },
            { ...span, limit: 0 },
            { ...span, limit: 5001 },
            { ...span, limit: 'x' },
            { startDate: day(1), endDate: day(0) },
            { startDate: '2026-13-01', endDate: day(0) },
            { ...span, startingAfter: 'nothing' },
        ])
            refused(await list(query), 400, 'INVALID_REQUEST');
    });
});

describe('idempotency', () => {
    test('the first answer is repeated byte by byte, whatever the body says', async () => {
        const p = await sandbox.open();
        const key = { idempotency: `confirm-${p.orderId}` };
        const first = await sandbox.confirm(p, key);
        assert.equal(first.headers['idempotency-key'], key.idempotency);
        await sandbox.cancel(p, { cancelAmount: 1000 });
        for (const body of [undefined, '{}', 'not even JSON']) {
            const again = await sandbox.toss('POST', '/v1/payments/confirm', body, key);
            assert.deepEqual([again.status, again.text], [200, first.text]);
        }
        const cancel = { idempotency: `cancel-${p.orderId}` };
        const cancels = await parallel(5, 1, () => sandbox.cancel(p, { cancelAmount: 1000 }, cancel));
        assert.equal(new Set(cancels.map((c) => c.text)).size, 1);
        assert.equal((await sandbox.get(p)).json.balanceAmount, 13000);
    });

    test('refusals are bound to the key, too; failures of the server are not', async () => {
        const p = await sandbox.open();
        const key = { idempotency: `wrong-${p.orderId}` };
        const wrong = await sandbox.confirm({ ...p, totalAmount: 1 }, key);
        refused(wrong, 400, 'INVALID_REQUEST');
        assert.equal((await sandbox.confirm(p, key)).text, wrong.text, 'the corrected body does not help');
        const other = { idempotency: `failed-${p.orderId}` };
        const failed = await sandbox.confirm(p, { ...other, headers: { 'TossPayments-Test-Code': 'UNKNOWN_PAYMENT_ERROR' } });
        refused(failed, 500, 'UNKNOWN_PAYMENT_ERROR');
        assert.equal((await sandbox.confirm(p, other)).json.status, 'DONE');
    });

    test('a key belongs to address and shop', async () => {
        const [a, b] = [await sandbox.pay(), await sandbox.pay()];
        const key = { idempotency: 'the-same-for-two' };
        await sandbox.cancel(a, {}, key);
        assert.equal((await sandbox.cancel(b, {}, key)).json.paymentKey, b.paymentKey);
        refused(await sandbox.cancel(a, {}, { ...key, key: SECOND_SHOP }), 404, 'NOT_FOUND_PAYMENT');
    });

    test('while the first runs: 409; too long: 400', async () => {
        const p = await sandbox.open();
        const key = { idempotency: `slow-${p.orderId}` };
        await sandbox.fault('toss.confirm', 'delay', { ms: 5000, times: 2 });
        const both = [sandbox.confirm(p, key), sandbox.confirm(p, key)]; // either may be the first
        refused(await Promise.race(both), 409, 'IDEMPOTENT_REQUEST_PROCESSING');
        await sandbox.reset(); // ends the delay
        assert.deepEqual(
            tally(await Promise.all(both), (a) => a.json.code ?? a.json.status),
            { IDEMPOTENT_REQUEST_PROCESSING: 1, DONE: 1 },
        );
        assert.equal((await sandbox.confirm(p, key)).json.status, 'DONE');
        refused(await sandbox.confirm(p, { idempotency: 'x'.repeat(301) }), 400, 'INVALID_IDEMPOTENCY_KEY');
        refused(await sandbox.confirm(p, { idempotency: 'x'.repeat(300) }), 400, 'ALREADY_PROCESSED_PAYMENT');
    });
});
