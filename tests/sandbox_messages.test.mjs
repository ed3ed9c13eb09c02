// The stand-ins for the providers of messages in trouble and over a restart, and the phones that they show.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BUTTON, fallback, inbox, Kakaoi, LINK, Nhn, ownId, phone, recipient, SENDER_KEY, VALUES } from './lib/alimtalk.mjs';
import { Browser, noBrowser } from './lib/browser.mjs';
import { useSandbox } from './lib/sandbox.mjs';
import { until } from './lib/wait.mjs';

const QUICK = { SANDBOX_RESULT_MS: '250', ALIMTALK_SMS_SENDER: '0212345678' };

describe('trouble', () => {
    const sandbox = useSandbox(QUICK);
    const nhn = new Nhn(sandbox);
    const kakaoi = new Kakaoi(sandbox);
    before(() => kakaoi.login());

    for (const [mode, taken] of [
        ['timeout_before', 0],
        ['drop_before', 0],
        ['timeout_after_success', 1],
        ['drop_after_success', 1],
        ['truncated', 1],
    ])
        test(`${mode}: the answer is lost, ${taken ? 'the message is not' : 'and the message, too'}`, async () => {
            const mine = recipient();
            const cid = ownId();
            await sandbox.fault('alimtalk.send', mode, { ms: 300 });
            await assert.rejects(nhn.send(mine));
            assert.equal((await nhn.find(mine.recipientGroupingKey)).length, taken);
            await sandbox.fault('kakaoi.send', mode, { ms: 300 });
            await assert.rejects(kakaoi.send({ cid }));
            assert.equal((await kakaoi.find(cid)) !== undefined, taken === 1);
        });

    test('errors and refusals in their own words', async () => {
        const mine = recipient();
        await sandbox.fault('alimtalk.send', 'error');
        assert.equal((await nhn.send(mine)).json.header.resultCode, -9999);
        await sandbox.fault('alimtalk.send', 'error', { code: '-7000', execute: true });
        assert.equal((await nhn.send(mine)).json.header.resultCode, -7000);
        assert.equal((await nhn.find(mine.recipientGroupingKey)).length, 1, 'only the second was done');
        await sandbox.fault('alimtalk.list', 'rate_limited');
        assert.equal((await nhn.list({ requestId: 'x' })).status, 429);
        await sandbox.fault('kakaoi.search', 'error');
        const answer = await kakaoi.ask('POST', '/v2/info/message/search', { body: { cid: 'x' } });
        assert.deepEqual([answer.status, answer.json.code], [200, '500']);
        await sandbox.fault('kakaoi.result', 'error', { code: 'API_401' });
        assert.equal((await kakaoi.ask('GET', '/v2/info/message/results')).status, 401);
        await sandbox.fault('kakaoi.token', 'rate_limited');
        assert.equal((await kakaoi.askToken()).status, 429);
    });

    test("a proxy's page, garbage, too much", async () => {
        for (const [execute, count] of [
            [undefined, 0],
            [true, 1],
        ]) {
            const mine = recipient();
            await sandbox.fault('alimtalk.send', 'bad_gateway', { execute });
            const { status, text, headers } = await nhn.send(mine);
            assert.equal(status, 502);
            assert.match(headers['content-type'], /html/);
            assert.match(text, /<html>/);
            assert.equal((await nhn.find(mine.recipientGroupingKey)).length, count);
        }
        await sandbox.fault('alimtalk.result', 'garbage');
        assert.equal((await nhn.ask('GET', `/message-results?startUpdateDate=x&endUpdateDate=y`)).json, undefined);
        await sandbox.fault('alimtalk.template', 'huge');
        assert.ok((await nhn.ask('GET', `/senders/${SENDER_KEY}/templates`)).text.length > 8_000_000);
        await sandbox.fault('toss.get', 'bad_gateway');
        assert.equal((await sandbox.get({ paymentKey: 'x' })).status, 502);
    });

    test('calls are written down, with the own id of the first message', async () => {
        const mine = recipient();
        await nhn.send([mine, recipient()], {}, { key: 'a-key' });
        const { calls } = await sandbox.control(`calls?own_id=${mine.recipientGroupingKey}`);
        assert.deepEqual(
            calls.map((c) => [c.target, c.method, c.status, c.idempotency_key, c.fault]),
            [['alimtalk.send', 'POST', 200, 'a-key', null]],
        );
        for (const bad of [
            { target: 'alimtalk.none', mode: 'error' },
            { target: 'alimtalk.send', mode: 'error', code: 'REJECT_CARD_COMPANY' },
            { target: 'alimtalk.send', mode: 'delay', code: '-7000' },
        ])
            assert.equal((await sandbox.ask('POST', '/sandbox/faults', { body: bad })).status, 400);
        for (const bad of [{}, { code: 'TICKET_PAID', state: 'x' }, { code: 'x', state: 'blocked' }])
            assert.equal((await sandbox.ask('POST', '/sandbox/templates', { body: bad })).status, 400);
    });
});

describe('a restart', () => {
    const dir = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const sandbox = useSandbox({ ...QUICK, SANDBOX_STATE: join(dir, 'state') });
    const nhn = new Nhn(sandbox);
    const kakaoi = new Kakaoi(sandbox);
    after(() => rmSync(dir, { recursive: true }));
    const kill = async () => {
        await sandbox.daemon.kill();
        sandbox.daemon.deaths.length = 0;
        await sandbox.run();
    };

    test('messages, results, keys and acknowledgements outlive even a kill', async () => {
        await kakaoi.login();
        const key = ownId();
        const [mine, other] = [recipient({ resendParameter: fallback(), recipientNo: phone('3019') }), recipient()];
        const cids = [ownId(), ownId()];
        await nhn.send([mine, other], { senderGroupingKey: '묶음' }, { key });
        for (const cid of cids) await kakaoi.send({ cid });
        await until('over', async () => (await nhn.find(mine.recipientGroupingKey))[0].resendStatus === 'RSC04');
        await until('both are told of', async () => (await nhn.feed()).length === 2);
        for (const cid of cids) await until('over', async () => (await kakaoi.find(cid)).ended_yn === 'Y');
        const open = await kakaoi.results();
        const before_ = [await inbox(sandbox), await nhn.feed()];
        for (let round = 0; round < 2; round++) {
            await kill();
            assert.deepEqual([await inbox(sandbox), await nhn.feed()], before_);
            assert.equal((await nhn.send(mine, {}, { key })).json.header.resultCode, -1005);
        }
        assert.equal((await kakaoi.ask('GET', '/v2/info/message/results')).status, 401, 'tokens do not');
        await kakaoi.login();
        const again = await kakaoi.results();
        assert.deepEqual(again.results, open.results, 'not acknowledged: told again');
        await kakaoi.complete(again.report_group_no);
        await kill();
        await kakaoi.login();
        assert.equal((await kakaoi.results()).report_group_no, null);
        await sandbox.reset({ messages: true });
        assert.equal((await nhn.send(recipient(), {}, { key })).json.header.resultCode, 0);
        await kill();
        assert.equal((await inbox(sandbox)).length, 1);
    });

    test('clearing payments leaves messages, and the other way round', async () => {
        const p = await sandbox.open();
        const mine = recipient();
        await nhn.send(mine);
        await sandbox.reset({ messages: true });
        await nhn.send(mine);
        await kill();
        assert.equal((await sandbox.get(p)).status, 200);
        await sandbox.reset({ payments: true });
        await kill();
        assert.equal((await sandbox.get(p)).status, 404);
        assert.equal((await inbox(sandbox)).length, 1);
    });
});

describe('the inbox', () => {
    const sandbox = useSandbox(QUICK);
    const nhn = new Nhn(sandbox);
    const arrived = (id) => until('it is on the phone', async () => (await inbox(sandbox, { own_id: id }))[0]?.state === 'delivered');
    const page = (query = '') => sandbox.ask('GET', `/inbox${query}`);

    async function receive(to, values = {}) {
        const mine = recipient({
            recipientNo: to,
            resendParameter: fallback({ resendContent: `입장권: ${LINK}` }),
            templateParameter: { ...VALUES, ...values },
        });
        await nhn.send(mine);
        await arrived(mine.recipientGroupingKey);
        return mine;
    }

    test('texts are escaped, links lead to the shop only', async () => {
        const to = phone();
        await receive(to, { 전시명: '<b>모네</b> & "친구들"' });
        const { text, headers } = await page(`?phone=${to}`);
        assert.match(text, /&lt;b&gt;모네&lt;\/b&gt; &amp; &quot;친구들&quot;/);
        assert.ok(text.includes(`href="${LINK.replace('&', '&amp;')}"`));
        assert.match(headers['content-security-policy'], /default-src 'none'/);
        assert.match(headers['content-type'], /^text\/html; charset=utf-8$/);
        assert.doesNotMatch(text, /<script/);
        const foreign = await page('?phone=%22%3E%3Cb%3E');
        assert.match(foreign.text, /&quot;&gt;&lt;b&gt;/);
        assert.match(foreign.text, /아직 받은 메시지가 없습니다/);
    });

    test('in a browser', { skip: noBrowser }, async (t) => {
        const browser = new Browser();
        await browser.start();
        t.after(() => browser.stop());
        const to = phone('3012'); // the first one is lost
        await nhn.send(recipient({ recipientNo: to }));
        const alimtalk = await receive(to, { 예매번호: 'ORD-ALIM' });
        const sms = phone('3019');
        await receive(sms);
        for (const viewport of [
            { width: 390, height: 844 },
            { width: 1280, height: 800 },
        ]) {
            const tab = await browser.open(viewport);
            await tab.goto(`${sandbox.url}/inbox`);
            await browser.look(tab, 'phones');
            await tab.getByRole('link', { name: to.replace(/(...)(....)(....)/, '$1-$2-$3') }).click();
            await tab.waitForURL(/phone=/);
            assert.equal(await tab.locator('.message').count(), 1, 'what failed is not there');
            await tab.waitForFunction('document.activeElement.id === "newest"'); // one sees it
            const button = tab.getByRole('link', { name: BUTTON });
            assert.equal(await button.getAttribute('href'), LINK.replace('ORD20261123001', 'ORD-ALIM'));
            await browser.look(tab, 'chat');
            await tab.keyboard.press('Tab');
            assert.equal(await tab.evaluate('document.activeElement.className'), 'button', 'next by keyboard');
            await tab.goto(`${sandbox.url}/inbox?phone=${sms}`);
            assert.match(await tab.locator('.sms').innerText(), /예매 완료\s+입장권: http/);
            assert.equal(await tab.locator('.sms .text a').getAttribute('href'), LINK);
            await browser.look(tab, 'sms');
        }
        assert.ok(alimtalk);
    });
});
