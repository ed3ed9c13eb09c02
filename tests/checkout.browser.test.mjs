// The payment window in a real browser: what the buyer sees, clicks and types, until the order is paid.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Browser, noBrowser } from './lib/browser.mjs';
import { booksAgree } from './lib/books.mjs';
import { addExhibition, visible } from './lib/fixture.mjs';
import { confirm, initialize, makeOrder, orderOf } from './lib/pay.mjs';
import { useStack } from './lib/stack.mjs';
import { until } from './lib/wait.mjs';

const PRICE = 15_000;
const SCREENS = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };

/** The stack, its browser, and an exhibition on sale. */
function shop(env) {
    const browser = new Browser();
    const orders = [];
    let exhibition;
    const prepare = async () => {
        await browser.start();
        exhibition = await addExhibition(stack.sql, { products: [{ name: '일반 관람권', total: 100, price: PRICE }] });
        await visible(stack.http, exhibition);
    };
    const finish = async () => {
        await browser.stop();
        await booksAgree(stack, orders);
    };
    const stack = useStack({ payment: 1, ...env }, { prepare, finish });
    const ordered = async () => {
        orders.push(await makeOrder(stack, exhibition, { quantity: 2 }));
        return orders.at(-1);
    };
    return { stack, browser, ordered };
}

/** What confirm needs, from the address the buyer was sent back to. */
function broughtBack(page, order) {
    const query = new URL(page.url()).searchParams;
    return { order, payment_key: query.get('paymentKey'), order_id: query.get('orderId'), amount: Number(query.get('amount')) };
}
const isPaid = (stack, order) => until('paid', async () => (await orderOf(stack, order)).status === 'paid', { ms: 20_000 });

describe('the payment window', { skip: noBrowser }, () => {
    const { stack, browser, ordered } = shop();

    async function windowOf(order, viewport) {
        const opened = await initialize(stack, order);
        assert.equal(opened.status, 200, opened.text);
        const page = await browser.open(viewport);
        await page.goto(opened.json.checkout_url);
        assert.equal(await page.locator('#amount').innerText(), '30,000원');
        assert.match(await page.locator('#order-name').innerText(), /일반 관람권/);
        return page;
    }

    for (const [screen, viewport] of Object.entries(SCREENS)) {
        test(`by card, on a ${screen}`, async () => {
            const order = await ordered();
            const page = await windowOf(order, viewport);
            await browser.look(page, 'window');
            await page.getByRole('button', { name: '결제하기' }).click();
            await page.waitForURL(/\/complete\//);
            const answer = await confirm(stack, broughtBack(page, order));
            assert.deepEqual([answer.status, answer.json?.status, answer.json?.method], [200, 'paid', 'card'], answer.text);
            await page.goto(answer.json.receipt_url);
            assert.equal(await page.locator('#balance').innerText(), '30,000원');
            await browser.look(page, 'receipt');
        });

        test(`by deposit account, on a ${screen}`, async () => {
            const order = await ordered();
            const page = await windowOf(order, viewport);
            await page.getByLabel('가상계좌').check();
            await browser.look(page, 'deposit');
            await page.getByRole('button', { name: '결제하기' }).click();
            await page.waitForURL(/\/complete\//);
            const bought = broughtBack(page, order);
            const answer = await confirm(stack, bought);
            assert.deepEqual([answer.status, answer.json?.status, answer.json?.method], [200, 'awaiting_deposit', 'virtual_account'], answer.text);
            stack.mustNotLog(answer.json.virtual_account.account_number);
            await stack.toss.deposit(bought.payment_key);
            await isPaid(stack, order);
        });

        test(`refused, then given up, on a ${screen}`, async () => {
            const order = await ordered();
            for (const [button, code] of [
                ['결제 실패', 'REJECT_CARD_COMPANY'],
                ['취소', 'PAY_PROCESS_CANCELED'],
            ]) {
                const page = await windowOf(order, viewport);
                await page.getByRole('button', { name: button, exact: true }).click();
                await page.waitForURL(/\/payment\/\?/);
                assert.equal(new URL(page.url()).searchParams.get('code'), code);
                assert.equal((await orderOf(stack, order)).status, 'reserved', 'it can still be paid');
            }
        });
    }

    test('a window that is used up says so', async () => {
        const order = await ordered();
        const page = await windowOf(order, SCREENS.phone);
        const url = page.url();
        await page.getByRole('button', { name: '결제하기' }).click();
        await page.waitForURL(/\/complete\//);
        assert.equal((await confirm(stack, broughtBack(page, order))).status, 200);
        await page.goto(url);
        assert.equal(await page.getByRole('button', { name: '결제하기' }).count(), 0);
        assert.match(await page.getByRole('alert').innerText(), /[가-힣]/);
        await browser.look(page, 'used');
    });

    test('by keyboard alone', async () => {
        const order = await ordered();
        const page = await windowOf(order, SCREENS.desk);
        const focused = () => page.evaluate('document.activeElement.id');
        await page.keyboard.press('Tab');
        assert.equal(await focused(), 'method-card');
        await page.keyboard.press('ArrowDown');
        assert.equal(await focused(), 'method-transfer');
        await page.keyboard.press('Tab');
        assert.equal(await focused(), 'pay');
        assert.notEqual(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none', 'one sees where one is');
        await browser.look(page, 'keyboard');
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/complete\//);
        const answer = await confirm(stack, broughtBack(page, order));
        assert.deepEqual([answer.status, answer.json?.method], [200, 'transfer'], answer.text);
    });
});

describe('a window that the page opens itself', { skip: noBrowser }, () => {
    const { stack, browser, ordered } = shop({ paymentEnv: { TOSS_OPEN: 'browser' } });

    test("with Toss's script", async () => {
        const order = await ordered();
        const opened = await initialize(stack, order);
        assert.equal(opened.json.payment_key, null, opened.text);
        const page = await browser.open(SCREENS.phone);
        // Our payment page does not exist yet: this is all that it will have to do.
        await page.setContent(`<script src="${stack.sandbox.url}/v2/standard"></script>`);
        await page.evaluate((sdk) => {
            const payment = globalThis.TossPayments(sdk.client_key).payment({ customerKey: globalThis.TossPayments.ANONYMOUS });
            payment.requestPayment({
                method: sdk.method.toUpperCase(),
                amount: { currency: 'KRW', value: sdk.amount },
                orderId: sdk.order_id,
                orderName: sdk.order_name,
                customerName: sdk.customer_name,
                successUrl: sdk.success_url,
                failUrl: sdk.fail_url,
            });
        }, opened.json.sdk);
        await page.getByRole('button', { name: '결제하기' }).click();
        await page.waitForURL(/\/complete\//);
        const answer = await confirm(stack, broughtBack(page, order));
        assert.deepEqual([answer.status, answer.json?.status], [200, 'paid'], answer.text);
    });
});
