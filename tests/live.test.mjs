// Figures as they change: at once, soon, only for whoever may, and no longer than that.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { addExhibition, orderFor, visible } from './lib/fixture.mjs';
import * as keys from './lib/keys.mjs';
import { addUser, signIn } from './lib/session.mjs';
import { useStack } from './lib/stack.mjs';
import { Stream } from './lib/stream.mjs';
import { forge, takeApart } from './lib/token.mjs';
import { until } from './lib/wait.mjs';

const EACH = 4; // of one person
const AT_ONCE = EACH + 1;
const SOON_MS = 2000;
const LIFE_S = 6; // of a token: long enough to begin with it
const stack = useStack({ admin: 1, gatewayEnv: { GATEWAY_LIVE_CONNECTIONS: String(AT_ONCE) } }, { prepare });

let shop, other, boss, colleague;
async function prepare() {
    shop = await addExhibition(stack.sql);
    other = await addExhibition(stack.sql);
    boss = { token: stack.token('superadmin') };
    colleague = await addUser(stack, boss);
    await visible(stack.http, shop);
    await until('svc-admin has heard of both', async () => {
        const answers = await Promise.all([shop, other].map((one) => stack.http.get(`/api/admin/dashboard?exhibition=${one.code}`, boss)));
        return answers.every(({ status }) => status === 200);
    });
}

const target = (exhibition = shop) => `/api/admin/live?exhibition=${exhibition.code}`;
const opened = new Set();
afterEach(async () => {
    await Promise.all([...opened].map((stream) => stream.close()));
    opened.clear();
});
/** A stream, as soon as there is room: those that were closed are noticed by and by. */
async function open(options = boss) {
    const stream = await until('there is room', async () => {
        const answer = await Stream.open(stack, target(), options);
        return answer.status !== 503 && answer;
    });
    opened.add(stream);
    return stream;
}
const refused = (answer, status, code) => assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
const held = (stream) => stream.events.at(-1)?.data.held;
async function order() {
    const answer = await stack.http.post('/api/orders', orderFor(shop));
    assert.equal(answer.status, 201, answer.text);
}
/** As many as there may be: all of one person, and one of somebody else. */
async function openAll() {
    const streams = [];
    while (streams.length < EACH) streams.push(await open());
    const session = await signIn(stack, colleague.username, colleague.password);
    return [...streams, await open(session.page)];
}

test('the figures come at once, then whenever they have changed', async () => {
    const stream = await open();
    assert.deepEqual([stream.status, stream.headers['content-type'], stream.headers['cache-control']], [200, 'text/event-stream', 'no-store']);
    assert.equal(stream.headers['x-accel-buffering'], 'no');
    const first = await until('the first figures', () => stream.events[0]);
    assert.match(stream.text, /^retry: 3000\n/);
    assert.deepEqual([first.event, first.id], ['figures', '1']);
    assert.deepEqual(first.data, (await stack.http.get(`/api/admin/dashboard?exhibition=${shop.code}`, boss)).json, 'the dashboard itself');

    const took = [];
    for (let i = 0; i < 3; i++) {
        const [before, since] = [held(stream), Date.now()];
        await order();
        await until('the order is told', () => held(stream) === before + 1);
        took.push(Date.now() - since);
    }
    assert.ok(Math.min(...took) < SOON_MS, `${took} ms`); // of several: the machine may stand still
    const { length } = stream.events;
    const signs = () => stream.text.match(/^:$/gm)?.length ?? 0;
    const before = signs();
    await until('signs of life', () => signs() >= before + 2);
    assert.equal(stream.events.length, length, 'what did not change is not told again');
    assert.deepEqual(
        stream.events.map(({ id }) => Number(id)),
        stream.events.map((_, i) => i + 1),
    );
});

test('only for whoever may see them', async () => {
    const mine = { token: stack.token('viewer', shop.code) };
    const stream = await open(mine);
    await until('a viewer sees them', () => stream.events.length > 0);
    refused(await stack.http.get(target(other), mine), 404, 'NOT_FOUND');
    refused(await stack.http.get(`${target()}&colour=red`, boss), 422, 'VALIDATION_FAILED');
    refused(await stack.http.get(target()), 401, 'UNAUTHENTICATED');
    assert.equal((await stack.http.call('HEAD', target(), boss)).status, 200, 'the head alone');
});

test('a session that ends, ends its streams', async () => {
    const session = await signIn(stack, 'admin', keys.ADMIN_PASSWORD);
    const stream = await open(session.page);
    await until('the first figures', () => stream.events.length > 0);
    assert.equal((await stack.http.call('POST', '/api/admin/logout', session.page)).status, 204);
    await until('the stream has ended', () => stream.end === 'whole');
    refused(await stack.http.get(target(), session.page), 401, 'UNAUTHENTICATED');
});

test('a token that expires, ends its streams', async () => {
    const { header, claims } = takeApart(boss.token);
    const short = forge(header, { ...claims, exp: Math.floor(Date.now() / 1000) + LIFE_S }, { key: keys.SECRET_KEY });
    const stream = await open({ token: short });
    await until('the first figures', () => stream.events.length > 0);
    await until('the stream has ended', () => stream.end === 'whole', { ms: 20_000 });
});

test('there are few streams, fewer of one person, and whoever goes away makes room', async () => {
    const mine = [];
    while (mine.length < EACH) mine.push(await open());
    refused(await stack.http.get(target(), boss), 503, 'BUSY');
    await Promise.all(mine.map((stream) => stream.close()));
    const streams = await openAll();
    const more = await stack.http.get(target(), { token: (await signIn(stack, colleague.username, colleague.password)).token });
    refused(more, 503, 'BUSY');
    assert.ok(Number(more.headers['retry-after']) > 0);
    await Promise.all(streams.map((stream) => stream.close()));
    await openAll();
});

test('svc-admin may go and come back', { timeout: 60_000 }, async () => {
    const stream = await open();
    const before = (await until('the first figures', () => stream.events.length > 0 && held(stream) + 1)) - 1;
    assert.equal(await stack.admin[0].stop(), undefined);
    await stack.missed('admin');
    refused(await stack.http.get(target(), boss), 503, 'BUSY');
    await order();
    assert.equal(stream.end, undefined);
    stack.admin[0].start();
    await stack.ready();
    await until('what happened meanwhile is told', () => held(stream) === before + 1);
});

test('a gateway that ends brings its streams to their end', async () => {
    const streams = await openAll();
    assert.equal(await stack.gateway.stop(), undefined);
    assert.deepEqual(
        await Promise.all(streams.map(({ ended }) => ended)),
        streams.map(() => 'whole'),
    );
    stack.gateway.start();
    await stack.ready();
});
