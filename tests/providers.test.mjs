// One contract for every row of the table of providers: run against the sandbox, which plays each of them.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { freePort } from './lib/ports.mjs';
import { APP_KEY, Provider, SECRET_KEY, ownId } from './lib/provider.mjs';
import { useSandbox } from './lib/sandbox.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

// What differs: names of the sandbox's targets, its words for a refusal, and how results of delivery come out.
const ROWS = [
    {
        name: 'nhn',
        target: { send: 'alimtalk.send', search: 'alimtalk.list', feed: 'alimtalk.result' },
        internal: '-9999',
        endings: { 3012: 'temporary', 9999: 'temporary' },
        checks: true,
        many: 620, // more than a page of the feed
    },
    {
        name: 'kakaoi',
        target: { send: 'kakaoi.send', search: 'kakaoi.search', feed: 'kakaoi.result' },
        internal: 'API_500',
        endings: { 3012: 'not_reachable', 9999: 'not_reachable' }, // a cid is used up
        checks: false,
        many: 220, // more than two groups
    },
];
const ENDINGS = { '0000': 'delivered', 3019: 'fallback_sent', 3020: 'fallback_sent', 3016: 'fallback_sent', 3018: 'fallback_failed', 3005: 'unconfirmed' };
const WITHOUT_FALLBACK = { 3019: 'not_kakao_user', 3020: 'blocked', 3018: 'not_reachable', 3016: 'template' };

// Whether the message was taken although nobody said so. A call over a kept connection that dies is repeated by libcurl itself.
const LOST = [
    ['timeout_before', {}, false],
    ['timeout_after_success', {}, true],
    ['drop_before', {}, undefined],
    ['drop_after_success', {}, true],
    ['bad_gateway', {}, false],
    ['bad_gateway', { execute: true }, true],
    ['error', { internal: true }, false],
    ['error', { internal: true, execute: true }, true],
    ['truncated', {}, true],
    ['garbage', {}, true],
    ['huge', {}, true],
    ['slow_body', {}, true],
];

const sandbox = useSandbox({ SANDBOX_RESULT_MS: '300' });
const inbox = async ({ own_id }) => (await sandbox.ask('GET', `/inbox.json?own_id=${own_id}`)).json.filter(({ kind }) => !['sms', 'lms'].includes(kind));
const callsOf = async (target) => (await sandbox.control('calls')).calls.filter((call) => call.target === target).length;

let serial = 0;
/** A message to a number that ends so. */
const message = (ending = '0000') => ({ own_id: ownId(), phone: `010${String(++serial).padStart(4, '0')}${ending}` });

for (const row of ROWS) {
    describe(row.name, () => {
        let provider;
        const told = []; // messages whose results come soon
        const armed = async (target, mode, { internal, ...fields } = {}) =>
            sandbox.fault(row.target[target] ?? target, mode, { ...fields, ...(internal ? { code: row.internal } : {}) });

        before(async () => {
            provider = new Provider(row.name, sandbox.url);
            provider.start();
        });
        after(async () => {
            await provider.stop();
            for (const secret of [SECRET_KEY, APP_KEY, 'Bearer', '0000"', '홍길동']) assert.ok(!provider.log.includes(secret), `${secret} is in the log`);
            assert.doesNotMatch(provider.log, /010\d{8}/);
        });
        beforeEach(() => sandbox.reset());

        const accepted = async (m, fields) => {
            const answer = await provider.submit(m, fields);
            assert.equal(answer.outcome, 'accepted', JSON.stringify(answer));
            assert.ok(answer.request_id);
            told.push(answer);
            return answer;
        };

        test('taken, arrives, and is told by the feed and when it is looked up', async () => {
            const taken = await accepted(message(), { values: { 이름: '홍길동' } });
            const [result] = await provider.results([taken]);
            assert.deepEqual([result.result, result.code], ['delivered', '1000']);
            const found = await provider.lookUp(taken);
            assert.deepEqual([found.outcome, found.result, found.request_id], ['accepted', 'delivered', taken.request_id]);
            const known = await provider.lookUp(taken, { request_id: taken.request_id, recipient_seq: taken.recipient_seq });
            assert.deepEqual(known, found);
            const [row1] = await inbox(taken);
            assert.match(row1.text, /홍길동/);
            assert.equal(row1.template, 'TICKET_PAID');
        });

        test('each end a message can have', async () => {
            const endings = { ...ENDINGS, ...row.endings };
            const taken = [];
            for (const ending of Object.keys(endings)) taken.push(await accepted(message(ending)));
            const results = await provider.results(taken);
            assert.deepEqual(Object.fromEntries(Object.keys(endings).map((e, i) => [e, results[i].result])), endings);
            for (const [i, ending] of Object.keys(endings).entries()) assert.equal((await provider.lookUp(taken[i])).result, results[i].result, ending);
        });

        test('without a text message as a fallback', async () => {
            const taken = [];
            for (const ending of Object.keys(WITHOUT_FALLBACK)) taken.push(await accepted(message(ending), { fallback: false }));
            const results = await provider.results(taken);
            assert.deepEqual(Object.fromEntries(Object.keys(WITHOUT_FALLBACK).map((e, i) => [e, results[i].result])), WITHOUT_FALLBACK);
        });

        test('a number that is none is refused for good', async () => {
            const answer = await provider.submit(message('5000'));
            assert.deepEqual([answer.outcome, answer.result], ['rejected', 'invalid_number']);
        });

        test('a message that is under way is found, without a result', async () => {
            const taken = await provider.submit(message('4161'));
            const found = await provider.lookUp(taken);
            assert.deepEqual([found.outcome, found.result], ['accepted', 'none']);
        });

        test('many, one of them with a bad number', async () => {
            const messages = Array.from({ length: row.many }, (_, i) => message(i === 7 ? '5000' : '0000'));
            const answers = await provider.submitAll(messages);
            assert.deepEqual(
                tally(answers, (a) => a.outcome),
                { accepted: row.many - 1, rejected: 1 },
            );
            assert.deepEqual([answers[7].outcome, answers[7].own_id], ['rejected', messages[7].own_id]);
            const results = await provider.results(answers.filter((a) => a.outcome === 'accepted'));
            assert.deepEqual(
                tally(results, (r) => r.result),
                { delivered: row.many - 1 },
            );
        });

        for (const [mode, fields, done] of LOST) {
            test(`${mode} ${JSON.stringify(fields)}: unknown, looked up, in the end exactly one message`, async () => {
                const m = message();
                await armed('send', mode, fields);
                const answer = await provider.submit(m);
                const repeated = mode === 'drop_before' && answer.outcome === 'accepted';
                if (!repeated) assert.equal(answer.outcome, 'unknown', JSON.stringify(answer));
                const found = await provider.lookUp(m);
                if (done !== undefined) assert.equal(found.outcome, done ? 'accepted' : 'rejected', JSON.stringify(found));
                if (found.outcome === 'rejected') {
                    assert.equal(found.result, 'not_found');
                    await accepted(m);
                }
                assert.equal((await inbox(m)).length, 1);
            });
        }

        test('too many requests: surely not taken', async () => {
            const m = message();
            await armed('send', 'rate_limited');
            const answer = await provider.submit(m);
            assert.deepEqual([answer.outcome, answer.result], ['retry', 'rate']);
            assert.equal((await inbox(m)).length, 0);
            await accepted(m);
        });

        test('a slow answer within the time', async () => {
            await armed('send', 'delay', { ms: 400 });
            await accepted(message());
        });

        test('under an id or key they have seen before: looked up, not sent twice', async () => {
            const m = message();
            await accepted(m);
            const again = await provider.call('submit', { fallback: true, messages: [{ ...m, key: `${m.own_id}-1` }] });
            assert.deepEqual([again[0].outcome, again[0].result], ['unknown', 'duplicate']);
            assert.equal((await provider.lookUp(m)).outcome, 'accepted');
            assert.equal((await inbox(m)).length, 1);
        });

        for (const [mode, fields] of [...LOST, ['rate_limited', {}]]) {
            test(`look-up with ${mode} ${JSON.stringify(fields)}: asked again`, async () => {
                const m = message();
                await accepted(m);
                await armed('search', mode, fields);
                const first = await provider.lookUp(m);
                const repeated = mode.startsWith('drop') && first.outcome === 'accepted';
                if (!repeated) assert.equal(first.outcome, 'retry', JSON.stringify(first));
                assert.equal((await provider.lookUp(m)).outcome, 'accepted');
            });
            test(`feed with ${mode} ${JSON.stringify(fields)}: nothing is lost`, async () => {
                const taken = await accepted(message());
                await armed('feed', mode, fields);
                const first = await provider.feed();
                if (!mode.startsWith('drop')) assert.equal(first, null);
                assert.equal((await provider.results([taken]))[0].result, 'delivered');
            });
        }

        test('results that were not acknowledged come again', async () => {
            await provider.results(told); // so that no other message is in the way
            const taken = await accepted(message());
            const is = ({ own_id, request_id }) => own_id === taken.own_id || request_id === taken.request_id;
            await until('told', async () => (await provider.feed({ keep: true }))?.some(is));
            assert.ok((await provider.feed({ keep: true })).some(is));
            assert.equal((await provider.results([taken]))[0].result, 'delivered');
        });

        test('nobody there: surely not taken', async () => {
            const lonely = new Provider(row.name, `http://127.0.0.1:${await freePort()}`);
            lonely.start();
            const answer = await lonely.submit(message());
            assert.deepEqual([answer.outcome, answer.result, answer.code], ['retry', 'temporary', 'NO_CONNECTION']);
            assert.equal((await lonely.lookUp(message())).outcome, 'retry');
            assert.equal(await lonely.feed(), null);
            await lonely.stop();
        });

        test('wrong keys are for the operator', async () => {
            const stranger = new Provider(row.name, sandbox.url, { ALIMTALK_SECRET_KEY: 'wrong' });
            stranger.start();
            const answer = await stranger.submit(message());
            assert.deepEqual([answer.outcome, answer.result], ['rejected', 'auth']);
            const found = await stranger.lookUp(message());
            assert.deepEqual([found.outcome, found.result], ['retry', 'auth']);
            await stranger.stop();
        });

        test('so is a sender key that is not known', async () => {
            const stranger = new Provider(row.name, sandbox.url, { KAKAO_SENDER_KEY: '9'.repeat(40) });
            stranger.start();
            const answer = await stranger.submit(message());
            assert.equal(answer.outcome, 'rejected');
            assert.match(answer.result, /^(sender|auth)$/);
            await stranger.stop();
        });

        for (const state of ['missing', 'requested', 'changed']) {
            test(`a template that is ${state} rests`, async () => {
                await sandbox.control('templates', { code: 'TICKET_PAID', state });
                const m = message();
                const answer = await provider.submit(m);
                assert.deepEqual([answer.outcome, answer.result], ['rejected', 'template'], JSON.stringify(answer));
                await sandbox.control('templates', { code: 'TICKET_PAID', state: 'approved' });
                await accepted(m);
            });
        }

        test('templates are compared with what was approved', async () => {
            if (!row.checks) {
                assert.equal(await provider.check('paid'), 'no such call');
                return;
            }
            for (const template of ['paid', 'deposit', 'deposit_due', 'cancelled', 'refunded', 'refund_account', 'reminder', 'notice'])
                assert.equal(await provider.check(template), null, template);
            const said = { missing: /-3003/, requested: /not approved/, changed: /text/, dormant: /dormant/, blocked: /blocked/ };
            for (const [state, words] of Object.entries(said)) {
                await sandbox.control('templates', { code: 'TICKET_PAID', state });
                assert.match(await provider.check('paid'), words, state);
            }
            await sandbox.fault('alimtalk.template', 'bad_gateway');
            assert.equal(await provider.check('refunded'), 'HTTP_502');
        });

        // Last: the process of the sandbox forgets what it knew by heart.
        test('the provider restarts', async () => {
            await accepted(message());
            await sandbox.stop();
            const answer = await provider.submit(message());
            assert.ok(['retry', 'unknown'].includes(answer.outcome), JSON.stringify(answer));
            await sandbox.run();
            await accepted(message());
        });
    });
}

describe('tokens of Kakao i', () => {
    let provider;
    before(async () => {
        provider = new Provider('kakaoi', sandbox.url);
        provider.start();
    });
    after(() => provider.stop());
    beforeEach(() => sandbox.reset());
    const outcome = async (m) => {
        const { outcome: o, result } = await provider.submit(m);
        return [o, result];
    };

    test('one token for many calls', async () => {
        const earlier = await callsOf('kakaoi.token');
        await parallel(5, 1, () => provider.submit(message()));
        assert.equal(await callsOf('kakaoi.token'), earlier + 1);
    });

    test('refused in the middle: a new one, and the call again', async () => {
        await provider.submit(message());
        const earlier = await callsOf('kakaoi.token');
        await sandbox.fault('kakaoi.send', 'error', { code: 'API_401' });
        const m = message();
        assert.deepEqual(await outcome(m), ['accepted', 'none']);
        assert.equal(await callsOf('kakaoi.token'), earlier + 1);
        assert.equal((await inbox(m)).length, 1);
    });

    test('refused twice: for the operator', async () => {
        await sandbox.fault('kakaoi.send', 'error', { code: 'API_401', times: 2 });
        assert.deepEqual(await outcome(message()), ['rejected', 'auth']);
        assert.deepEqual(await outcome(message()), ['accepted', 'none']);
    });

    for (const [mode, result] of [
        ['rate_limited', 'rate'],
        ...['bad_gateway', 'timeout_before', 'garbage', 'huge', 'truncated', 'slow_body'].map((m) => [m, 'temporary']),
    ]) {
        test(`none to be had (${mode}): surely not taken`, async () => {
            await sandbox.fault('kakaoi.send', 'error', { code: 'API_401' }); // so that a new one is needed
            await sandbox.fault('kakaoi.token', mode);
            const m = message();
            assert.deepEqual(await outcome(m), ['retry', result]);
            assert.deepEqual(await outcome(m), ['accepted', 'none']);
            assert.equal((await inbox(m)).length, 1);
        });
    }
});
