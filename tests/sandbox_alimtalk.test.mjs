// The stand-ins for NHN Cloud's Alimtalk and Kakao i keep their contracts: checks, codes, results that come later.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { BUTTON, fallback, inbox, Kakaoi, LINK, minute, Nhn, ownId, phone, rawRecipient, recipient, SENDER_KEY, TEXT, VALUES } from './lib/alimtalk.mjs';
import { useSandbox } from './lib/sandbox.mjs';
import { until } from './lib/wait.mjs';

const QUICK = { SANDBOX_RESULT_MS: '250', ALIMTALK_SMS_SENDER: '0212345678' };
const NHN_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.0$/;
const DAY_MS = 86_400_000;
const SOONEST_MS = 300; // no message has a result before: docs/sandbox.md

describe('NHN: what is taken', () => {
    const sandbox = useSandbox(QUICK);
    const nhn = new Nhn(sandbox);

    test('a batch, each recipient with a code of its own', async () => {
        const good = recipient();
        const { status, json } = await nhn.send([good, recipient({ recipientNo: '12345' }), recipient({ recipientNo: phone('5000') })], {
            senderGroupingKey: 'run-1',
        });
        assert.equal(status, 200);
        assert.deepEqual(json.header, { resultCode: 0, resultMessage: 'SUCCESS', isSuccessful: true });
        assert.ok(json.message.requestId.length <= 40 && json.message.senderGroupingKey === 'run-1');
        assert.deepEqual(
            json.message.sendResults.map((r) => [r.recipientSeq, r.resultCode]),
            [
                [1, 0],
                [2, -5000],
                [3, -5000],
            ],
        );
        assert.equal(json.message.sendResults[0].recipientGroupingKey, good.recipientGroupingKey);
        const [row] = await inbox(sandbox, { own_id: good.recipientGroupingKey });
        assert.deepEqual(
            [row.provider, row.phone, row.template, row.text, row.button],
            ['nhn', good.recipientNo, 'TICKET_PAID', TEXT, { name: BUTTON, link: LINK }],
        );
    });

    test('when all recipients are bad the header says so', async () => {
        assert.deepEqual(await nhn.codes([recipient({ recipientNo: '1' })]), [-1031, -5000]);
    });

    test('the checks, in their order', async () => {
        const code = async (...args) => (await nhn.ask(...args)).json.header.resultCode;
        const body = { senderKey: SENDER_KEY, templateCode: 'TICKET_PAID', recipientList: [recipient()] };
        assert.equal(await code('GET', '/alimtalk/v2.3/appkeys/wrong/nothing'), -9998);
        assert.equal(await code('DELETE', '/messages'), -9998);
        assert.equal(await code('POST', '/alimtalk/v2.3/appkeys/wrong/messages', { body, headers: { 'Content-Type': 'text/plain' } }), -9996);
        assert.equal(await code('POST', '/alimtalk/v2.3/appkeys/wrong/messages', { body, headers: { 'X-Secret-Key': 'wrong' } }), -1000);
        assert.equal(await code('POST', '/messages', { body: '{', headers: { 'X-Secret-Key': 'wrong' } }), -1001);
        assert.equal(await code('POST', '/messages', { body: '{' }), -3002);
        assert.equal(await code('POST', '/messages', { body: {} }), -2002);
        for (const [fields, wanted] of [
            [{ senderKey: undefined }, -2002],
            [{ senderKey: 5 }, -2001],
            [{ templateCode: 'X'.repeat(21) }, -2004],
            [{ recipientList: [] }, -2004],
            [{ senderKey: 'f'.repeat(40) }, -2017],
            [{ templateCode: 'NONE' }, -3003],
            [{ requestDate: 'tomorrow' }, -2027],
            [{ requestDate: minute(Date.now() - DAY_MS) }, -2025],
            [{ requestDate: minute(Date.now() + 70 * DAY_MS) }, -2026],
        ])
            assert.equal(await code('POST', '/messages', { body: { ...body, ...fields } }), wanted, JSON.stringify(fields));
    });

    test('parameters fit the template', async () => {
        const missing = { ...VALUES, 이름: undefined };
        for (const [templateParameter, wanted] of [
            [missing, -3049],
            [undefined, -3049],
            [{ ...VALUES, 다른것: 'x' }, -3049],
            [{ ...VALUES, 'a@b': 'x' }, -3347],
            [{ ...VALUES, 이름: 'x'.repeat(1301) }, -3048],
            [{ ...VALUES, 이름: 7 }, -3004],
            [{ ...VALUES, 이름: 'x'.repeat(1290) }, -2019],
            [{ ...VALUES, 토큰: 'x'.repeat(500) }, -2018],
        ])
            assert.deepEqual(await nhn.codes(recipient({ templateParameter })), [-1031, wanted], `wanted ${wanted}`);
    });

    test('a whole text is compared, blank by blank', async () => {
        assert.deepEqual(await nhn.codes(rawRecipient(), {}, { raw: true }), [0, 0]);
        const button = { type: 'WL', name: BUTTON, linkMo: LINK };
        for (const [fields, wanted] of [
            [{ content: TEXT.replaceAll('\n', '\r\n') }, -2001], // a carriage return is no character of a text
            [{ content: `${TEXT} ` }, -3010],
            [{ content: 'x'.repeat(1301) }, -2019],
            [{ content: undefined }, -2002],
            [{ buttons: undefined }, -3011],
            [{ buttons: [button, button] }, -3011],
            [{ buttons: [{ ...button, name: '다른 버튼' }] }, -3011],
            [{ buttons: [{ ...button, linkPc: LINK }] }, -3011],
            [{ buttons: [{ ...button, linkMo: 'http://other.example/' }] }, -3011],
            [{ buttons: [{ ...button, linkMo: 'javascript:alert(1)' }] }, -3006],
            [{ buttons: [{ ...button, name: 'x'.repeat(15) }] }, -2018],
        ])
            assert.deepEqual(await nhn.codes(rawRecipient(fields), {}, { raw: true }), [-1031, wanted], JSON.stringify(fields).slice(0, 80));
    });

    test('a fallback needs a registered sender and a text', async () => {
        for (const [fields, wanted] of [
            [{ resendSendNo: undefined }, -2502],
            [{ resendSendNo: '0299999999' }, -1003],
            [{ resendType: 'MMS' }, -4200],
            [{ resendContent: '' }, -4200],
        ])
            assert.deepEqual(await nhn.codes(recipient({ resendParameter: fallback(fields) })), [-1031, wanted], JSON.stringify(fields));
        assert.deepEqual(await nhn.codes(recipient({ resendParameter: { isResend: false } })), [0, 0]);
        assert.deepEqual(await nhn.codes(recipient({ resendParameter: fallback({ resendContent: undefined, resendType: undefined }) })), [0, 0]);
    });

    test('a key is good for one call, refused or not', async () => {
        const key = ownId();
        const mine = recipient();
        assert.equal((await nhn.send(mine, {}, { key })).json.header.resultCode, 0);
        assert.equal((await nhn.send(mine, {}, { key })).json.header.resultCode, -1005);
        assert.equal((await nhn.find(mine.recipientGroupingKey)).length, 1);
        const other = ownId();
        assert.equal((await nhn.send(recipient(), { templateCode: 'NONE' }, { key: other })).json.header.resultCode, -3003);
        assert.equal((await nhn.send(recipient(), {}, { key: other })).json.header.resultCode, -1005);
    });

    test('a thousand at once', async () => {
        const many = Array.from({ length: 1000 }, () => recipient());
        const { json } = await nhn.send(many);
        assert.equal(json.message.sendResults.filter((r) => r.resultCode === 0).length, 1000);
        assert.equal((await nhn.send([...many, recipient()])).json.header.resultCode, -2004);
    });

    test('a scheduled one waits', async () => {
        const mine = recipient();
        assert.equal((await nhn.send(mine, { requestDate: minute(Date.now() + DAY_MS) })).json.header.resultCode, 0);
        const [row] = await nhn.find(mine.recipientGroupingKey);
        assert.deepEqual([row.messageStatus, row.resultCode], ['REQUESTED', undefined]);
    });
});

describe('NHN: what becomes of it', () => {
    const sandbox = useSandbox({ ...QUICK, SANDBOX_TIME_SCALE: '100' }); // 10 minutes are 6 s
    const patient = { ms: 20_000 };
    const nhn = new Nhn(sandbox);
    const ended = (id) =>
        until('its result', async () => (await nhn.find(id)).find((m) => /^(COMPLETED|FAILED)$/.test(m.messageStatus) && m.resendStatus !== 'RSC03'), patient);

    for (const [ending, result] of [
        ['0000', { status: 'COMPLETED', code: '1000', resend: 'RSC02', kind: 'alimtalk', state: 'delivered' }],
        ['3019', { status: 'FAILED', code: '3019', resend: 'RSC04', kind: 'lms', state: 'delivered' }],
        ['3020', { status: 'FAILED', code: '3020', resend: 'RSC04', kind: 'lms', state: 'delivered' }],
        ['3018', { status: 'FAILED', code: '3018', resend: 'RSC05', kind: 'alimtalk', state: 'failed' }],
        ['3005', { status: 'FAILED', code: '3005', resend: 'RSC01', kind: 'alimtalk', state: 'delivered' }],
        ['3016', { status: 'FAILED', code: '3016', resend: 'RSC04', kind: 'lms', state: 'delivered' }],
        ['9999', { status: 'FAILED', code: '9999', resend: 'RSC01', kind: 'alimtalk', state: 'failed' }],
    ])
        test(`a number that ends in ${ending}`, async () => {
            const mine = recipient({ recipientNo: phone(ending), resendParameter: fallback() });
            const id = mine.recipientGroupingKey;
            const sent = Date.now();
            const { json } = await nhn.send(mine);
            const [fresh] = await nhn.find(id);
            if (Date.now() - sent < SOONEST_MS) assert.equal(fresh.resultCode, undefined, 'accepted is not delivered');
            await until('its end', async () => (await nhn.find(id)).some((m) => m.resultCode === result.code && m.resendStatus === result.resend));
            const row = await ended(id);
            assert.deepEqual([row.messageStatus, row.resultCode, row.resendStatus], [result.status, result.code, result.resend]);
            for (const time of [row.createDate, row.requestDate, row.receiveDate]) assert.match(time, NHN_TIME);
            const single = (await nhn.ask('GET', `/messages/${json.message.requestId}/1`)).json.message;
            assert.deepEqual([single.resultCode, single.buttons[0].linkMo, single.recipientGroupingKey], [result.code, LINK, id]);
            const told = (await nhn.feed()).find((m) => m.requestId === json.message.requestId);
            assert.deepEqual(
                [told.resultCode, told.resendStatus, told.recipientNo, told.recipientGroupingKey],
                [result.code, result.resend, undefined, undefined],
            );
            const [seen] = await inbox(sandbox, { own_id: id });
            assert.deepEqual([seen.kind, seen.state], [result.kind, result.state]);
        });

    test('3012 passes: the next message to the number arrives', async () => {
        const recipientNo = phone('3012');
        for (const code of ['3012', '1000']) {
            const mine = recipient({ recipientNo });
            await nhn.send(mine);
            assert.equal((await ended(mine.recipientGroupingKey)).resultCode, code);
        }
    });

    test('4161 is in progress for 10 minutes', async () => {
        const mine = recipient({ recipientNo: phone('4161') });
        const { json } = await nhn.send(mine);
        const row = await until('in progress', async () => (await nhn.find(mine.recipientGroupingKey)).find((m) => m.resultCode === '4161'));
        assert.equal(row.messageStatus, 'SENDING');
        assert.ok((await nhn.feed()).some((m) => m.requestId === json.message.requestId && m.resultCode === '4161'));
        assert.equal((await ended(mine.recipientGroupingKey)).resultCode, '1000');
    });

    test('what EUC-KR cannot say does not arrive; what is too long is cut', async () => {
        const emoji = recipient({ recipientNo: phone('3019'), resendParameter: fallback({ resendContent: '입장권 😀' }) });
        const long = recipient({ recipientNo: phone('3019'), resendParameter: fallback({ resendType: 'SMS', resendContent: '가'.repeat(80) }) });
        await nhn.send([emoji, long]);
        await until('failed', async () => (await nhn.find(emoji.recipientGroupingKey))[0].resendStatus === 'RSC05');
        await until('sent', async () => (await nhn.find(long.recipientGroupingKey))[0].resendStatus === 'RSC04');
        const [seen] = await inbox(sandbox, { own_id: long.recipientGroupingKey });
        assert.deepEqual([seen.kind, seen.text, seen.button], ['sms', '가'.repeat(45), null]);
    });

    test('a template that the console has changed', async () => {
        const become = (state) => sandbox.control('templates', { code: 'TICKET_PAID', state });
        for (const [name, code, raw] of [
            ['requested', -3005, -3005],
            ['rejected', -3005, -3005],
            ['dormant', -3005, -3005],
            ['missing', -3003, -3003],
            ['changed', -3049, -3010],
        ]) {
            await become(name);
            const [header, first] = await nhn.codes(recipient());
            assert.equal(first ?? header, code, name);
            const [rawHeader, rawFirst] = await nhn.codes(rawRecipient(), {}, { raw: true });
            assert.equal(rawFirst ?? rawHeader, raw, name);
        }
        const read = async () => (await nhn.ask('GET', `/senders/${SENDER_KEY}/templates/TICKET_PAID`)).json;
        assert.match((await read()).template.templateContent, /#\{문의처\}/);
        await become('blocked');
        assert.equal((await read()).template.block, true);
        const mine = recipient();
        await nhn.send(mine);
        assert.equal((await ended(mine.recipientGroupingKey)).resultCode, '4133');
        await sandbox.reset();
        const { template } = await read();
        assert.deepEqual([template.status, template.block, template.dormant, template.buttons[0].name], ['TSC03', false, false, BUTTON]);
        assert.equal((await nhn.ask('GET', `/senders/${SENDER_KEY}/templates/NONE`)).json.header.resultCode, -3003);
        assert.equal((await nhn.ask('GET', `/senders/${'f'.repeat(40)}/templates`)).json.header.resultCode, -2017);
        const { templates, totalCount } = (await nhn.ask('GET', `/senders/${SENDER_KEY}/templates`)).json.templateListResponse;
        assert.ok(totalCount === templates.length && templates.some((t) => t.templateCode === 'TICKET_PAID'));
    });

    test('a key is good again after 10 minutes', async () => {
        const key = ownId();
        await nhn.send(recipient(), {}, { key });
        await until('good again', async () => (await nhn.send(recipient(), {}, { key })).json.header.resultCode === 0, patient);
    });
});

describe('NHN: questions', () => {
    const sandbox = useSandbox(QUICK);
    const nhn = new Nhn(sandbox);

    test('by request, page by page, by filters', async () => {
        const all = Array.from({ length: 25 }, (_, i) => recipient({ recipientNo: phone(i < 5 ? '3019' : '0000') }));
        const { requestId } = (await nhn.send(all)).json.message;
        const ask = async (query) => (await nhn.list({ requestId, ...query })).json.messageSearchResultResponse;
        await until('results', async () => (await ask({ pageSize: 100 })).messages.every((m) => m.resultCode));
        const first = await ask({});
        assert.deepEqual([first.messages.length, first.totalCount], [15, 25]);
        const second = await ask({ pageNum: 2 });
        assert.equal(new Set([...first.messages, ...second.messages].map((m) => m.recipientSeq)).size, 25);
        for (const [filter, count] of [
            [{ recipientNo: all[3].recipientNo }, undefined],
            [{ messageStatus: 'FAILED' }, 5],
            [{ resultCode: 'MRC01' }, 20],
            [{ resultCode: 'MRC02' }, 5],
            [{ templateCode: 'TICKET_NOTICE' }, 0],
            [{ recipientGroupingKey: all[7].recipientGroupingKey }, 1],
        ]) {
            const { totalCount } = await ask(filter);
            assert.ok(count === undefined ? totalCount >= 1 : totalCount === count, `${JSON.stringify(filter)}: ${totalCount}`);
        }
        const { totalCount } = (
            await nhn.ask(
                'GET',
                `/message-results/count?${new URLSearchParams({ startUpdateDate: minute(Date.now() - DAY_MS), endUpdateDate: minute(Date.now() + 60_000) })}`,
            )
        ).json;
        assert.equal(totalCount, (await nhn.feed()).length);
    });

    test('what cannot be asked', async () => {
        const code = async (query) => (await nhn.list(query)).json.header.resultCode;
        const now = Date.now();
        assert.equal(await code({}), -2002);
        assert.equal(await code({ startCreateDate: minute(now) }), -2002);
        assert.equal(await code({ startCreateDate: '2026-11-23', endCreateDate: minute(now) }), -4103);
        assert.equal(await code({ startCreateDate: minute(now), endCreateDate: minute(now - DAY_MS) }), -4103);
        assert.equal(await code({ startCreateDate: minute(now - 32 * DAY_MS), endCreateDate: minute(now) }), -4003);
        assert.equal(await code({ startCreateDate: minute(now - 91 * DAY_MS), endCreateDate: minute(now - 90 * DAY_MS) }), -4017);
        assert.equal(await code({ requestId: 'x', pageSize: 1001 }), -2001);
        for (const path of ['/messages/none/1', '/messages/none/x']) assert.equal((await nhn.ask('GET', path)).json.header.resultCode, -1016);
    });
});

describe('Kakao i', () => {
    const sandbox = useSandbox(QUICK);
    const forgetful = useSandbox({ SANDBOX_TOKEN_SECONDS: '5' });
    const kakaoi = new Kakaoi(sandbox);
    before(() => kakaoi.login());

    test('a token is needed, and grows stale', async () => {
        const soonStale = new Kakaoi(forgetful);
        const { status, json } = await soonStale.askToken();
        assert.deepEqual([status, json.code, json.token_type, json.expires_in], [200, '200', 'bearer', 5]);
        for (const wrong of ['', 'Basic wrong wrong', `Basic ${Buffer.from('sandbox-app-key:sandbox-secret-key').toString('base64')}`])
            assert.equal((await kakaoi.askToken(wrong)).status, 401);
        const ask = () => soonStale.ask('GET', '/v2/info/message/results', { token: json.access_token });
        assert.equal((await ask()).status, 200);
        const stale = await until('stale', async () => {
            const answer = await ask();
            return answer.status === 401 && answer;
        });
        assert.deepEqual([stale.json.code, stale.json.result.detail_code], ['401', 'API_401']);
    });

    test('what is taken and what is not', async () => {
        const cid = ownId();
        const { status, json } = await kakaoi.send({ cid });
        assert.deepEqual([status, json.code, json.cid, json.result.detail_code], [200, '100', cid, 'API_200']);
        for (const [fields, wanted] of [
            [{ cid }, 'API_409'],
            [{ cid: undefined }, 'API_400'],
            [{ fall_back_yn: undefined }, 'API_400'],
            [{ fall_back_yn: true }, 'API_400'],
            [{ message_type: 'AI' }, 'API_400'],
            [{ sender_no: '0299999999' }, 'API_410'],
            [{ sender_key: 'f'.repeat(40) }, 'API_402'],
            [{ phone_number: '123' }, 'ERR50025'],
            [{ template_code: 'NONE' }, 'ERR41001'],
            [{ message: `${TEXT}.` }, 'ERR42009'],
        ]) {
            const refused = await kakaoi.send(fields);
            assert.deepEqual([refused.status, refused.json.code, refused.json.result.detail_code], [200, '400', wanted], JSON.stringify(fields));
        }
        assert.equal((await kakaoi.ask('POST', '/v2/send/kakao', { body: '{' })).json.code, '400');
    });

    test('results come in groups until they are acknowledged', async () => {
        const underWay = ownId();
        await kakaoi.send({ cid: underWay, phone_number: phone('4161') });
        const wishes = [
            [{ phone_number: phone() }, { kko_status_code: '1000', sms_status_code: null, status_code: 'API_200' }],
            [
                { phone_number: phone('3019'), ...sms() },
                { kko_status_code: '3019', sms_status_code: 'API_200', status_code: 'API_200' },
            ],
            [
                { phone_number: phone('3018'), ...sms() },
                { kko_status_code: '3018', sms_status_code: 'API_500', status_code: 'API_500' },
            ],
            [{ button: undefined }, { kko_status_code: '3027', sms_status_code: null, status_code: 'API_500' }],
        ].map(([fields, result]) => ({ cid: ownId(), fields, result }));
        for (const { cid, fields } of wishes) assert.equal((await kakaoi.send({ cid, ...fields })).json.code, '100');
        assert.equal((await kakaoi.find(underWay)).ended_yn, 'N');
        assert.equal(await kakaoi.find(ownId()), undefined);
        for (const { cid } of wishes) await until('it is over', async () => (await kakaoi.find(cid)).ended_yn === 'Y', { ms: 10_000 });
        const told = new Map();
        let group = await kakaoi.results();
        assert.deepEqual(await kakaoi.results(), group, 'the same group again');
        while (group.report_group_no !== null) {
            for (const row of group.results) told.set(row.cid, row);
            assert.equal((await kakaoi.complete(group.report_group_no)).json.code, '200');
            assert.equal((await kakaoi.complete(group.report_group_no)).json.code, '404');
            group = await kakaoi.results();
        }
        assert.deepEqual(group.results, []);
        for (const { cid, result } of wishes) {
            const { kko_status_code, sms_status_code, status_code, ended_yn, uid } = told.get(cid);
            assert.deepEqual({ kko_status_code, sms_status_code, status_code }, result);
            assert.equal(ended_yn, 'Y');
            assert.equal((await kakaoi.ask('GET', `/v2/info/message/search/detail/${uid}`)).json.results[0].cid, cid);
        }
    });

    const sms = () => ({ fall_back_yn: true, fall_back_message_type: 'LM', fall_back_title: '예매 완료', fall_back_message: '입장권이 도착했습니다.' });
});
