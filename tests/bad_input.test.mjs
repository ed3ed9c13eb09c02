// Bad input: each kind has its status and code, changes nothing and kills nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addExhibition, day, orderFor, visible } from './lib/fixture.mjs';
import { raw } from './lib/http.mjs';
import { useStack } from './lib/stack.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({ gatewayEnv: { GATEWAY_BODY_TIMEOUT_MS: '2000' } }, { prepare, finish });

let exhibition, foreign, good, fingerprint, pids;
async function prepare() {
    const { sql, http } = stack;
    exhibition = await addExhibition(sql, {
        products: [{ total: 100 }, { total: 100, is_active: false }, { total: 100, sale_end: new Date(Date.now() - 1000).toISOString() }],
        slots: [],
        end_date: day(10),
    });
    foreign = await addExhibition(sql, { slots: [{ date: day(1), starts_at: '10:00', ends_at: '11:00', capacity: 9 }] });
    await visible(http, exhibition);
    await visible(http, foreign);
    good = orderFor(exhibition);
    fingerprint = await sql.fingerprint();
    pids = stack.pids();
}

async function unharmed() {
    assert.deepEqual(await stack.sql.fingerprint(), fingerprint, 'nothing has changed');
    assert.deepEqual(stack.pids(), pids, 'nothing has died');
}
async function finish() {
    await unharmed();
    const answer = await stack.http.post('/api/orders', good);
    assert.equal(answer.status, 201, 'the good one still works');
    await stack.audit();
}

// The answer of every bad order: [what, body (object, or text as it is), status, code, field named in errors].
const line = (members) => ({ items: [{ product_id: exhibition.products[0].id, quantity: 1, ...members }] });
const nested = (depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const INVALID = [422, 'VALIDATION_FAILED'];
const orders = [
    ['not JSON', () => 'hello', 400, 'MALFORMED_JSON'],
    ['cut off JSON', () => '{"exhibition_code":"aaa"', 400, 'MALFORMED_JSON'],
    ['text after JSON', () => `${JSON.stringify(good)} x`, 400, 'MALFORMED_JSON'],
    ['an empty body', () => '', 400, 'MALFORMED_JSON'],
    ['an array', () => '[]', ...INVALID],
    ['a number', () => '1', ...INVALID],
    ['1,000-deep JSON', () => nested(1000), ...INVALID],
    ['33-deep JSON', () => nested(33), ...INVALID],
    ['1,000-deep arrays', () => `{"items":${'['.repeat(1000)}${']'.repeat(1000)}}`, ...INVALID],
    ['a repeated member', () => `{"customer_name":"a",${JSON.stringify(good).slice(1)}`, ...INVALID],
    ['an empty object', () => ({}), ...INVALID, 'exhibition_code'],
    ['a name that is a number', () => ({ customer_name: 7 }), ...INVALID, 'customer_name'],
    ['a name that is null', () => ({ customer_name: null }), ...INVALID, 'customer_name'],
    ['an empty name', () => ({ customer_name: '' }), ...INVALID, 'customer_name'],
    ['a name of 101 characters', () => ({ customer_name: '홍'.repeat(101) }), ...INVALID, 'customer_name'],
    ['items that are an object', () => ({ items: {} }), ...INVALID, 'items'],
    ['no items', () => ({ items: [] }), ...INVALID, 'items'],
    ['items of numbers', () => ({ items: [1] }), ...INVALID],
    ['a quantity that is a text', () => line({ quantity: '1' }), ...INVALID, 'items[0].quantity'],
    ['a quantity that is a fraction', () => line({ quantity: 1.5 }), ...INVALID, 'items[0].quantity'],
    ['a quantity of zero', () => line({ quantity: 0 }), ...INVALID, 'items[0].quantity'],
    ['a negative quantity', () => line({ quantity: -1 }), ...INVALID, 'items[0].quantity'],
    ['a quantity beyond 32 bits', () => line({ quantity: 4294967297 }), ...INVALID, 'items[0].quantity'],
    ['a quantity of 1e300', () => JSON.stringify({ ...good, ...line({ quantity: 'Q' }) }).replace('"Q"', '1e300'), ...INVALID],
    ['a quantity of true', () => line({ quantity: true }), ...INVALID, 'items[0].quantity'],
    ['a negative product', () => line({ product_id: -1 }), ...INVALID, 'items[0].product_id'],
    ['a product beyond 32 bits', () => line({ product_id: 2 ** 40 }), [422, 404], ['VALIDATION_FAILED', 'NOT_FOUND']],
    ['an unknown product', () => line({ product_id: 2147480000 }), 404, 'NOT_FOUND'],
    ['a product of another exhibition', () => line({ product_id: foreign.products[0].id }), ...INVALID],
    ['an inactive product', () => line({ product_id: exhibition.products[1].id }), 404, 'NOT_FOUND'],
    ['a sale that is over', () => line({ product_id: exhibition.products[2].id }), 400, 'SALE_ENDED'],
    ['an unknown exhibition', () => ({ exhibition_code: 'nowhere' }), 404, 'NOT_FOUND'],
    ['an impossible exhibition code', () => ({ exhibition_code: "a'; DROP TABLE orders; --" }), [404, 422], ['NOT_FOUND', 'VALIDATION_FAILED']],
    ['a visit in the past', () => ({ visit_date: day(-1) }), ...INVALID, 'visit_date'],
    ['a visit after the exhibition', () => ({ visit_date: day(11) }), ...INVALID, 'visit_date'],
    ['a day that does not exist', () => ({ visit_date: '2027-02-29' }), ...INVALID, 'visit_date'],
    ['a date in words', () => ({ visit_date: 'tomorrow' }), ...INVALID, 'visit_date'],
    ['a slot of another exhibition', () => ({ slot_id: foreign.slots[0].id }), ...INVALID, 'slot_id'],
    ['an unknown slot', () => ({ slot_id: 2147480000 }), ...INVALID, 'slot_id'],
    ['a phone that is none', () => ({ customer_phone: '12345' }), ...INVALID, 'customer_phone'],
    ['a phone with letters', () => ({ customer_phone: '010-1234-567a' }), ...INVALID, 'customer_phone'],
    ['a phone of 40 digits', () => ({ customer_phone: '0'.repeat(40) }), ...INVALID, 'customer_phone'],
    ['an e-mail that is none', () => ({ customer_email: 'hong' }), ...INVALID, 'customer_email'],
    ['an escaped NUL', () => JSON.stringify({ ...good, customer_name: 'a\u0000b' }), ...INVALID],
    ['a lone surrogate', () => JSON.stringify(good).replace('홍길동', '\\ud800'), [400, 422], ['MALFORMED_JSON', 'VALIDATION_FAILED']],
    ['a raw NUL', () => Buffer.from(JSON.stringify({ ...good, customer_name: 'aXb' }).replace('X', '\0')), [400, 422], ['MALFORMED_JSON', 'VALIDATION_FAILED']],
    ['broken UTF-8', () => Buffer.concat([Buffer.from('{"customer_name":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]), ...INVALID],
    ['overlong UTF-8', () => Buffer.concat([Buffer.from('{"customer_name":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]), ...INVALID],
    [
        '10,000 items',
        () => ({ items: Array.from({ length: 10_000 }, (_, i) => ({ product_id: i + 1, quantity: 1 })) }),
        [413, 422],
        ['BODY_TOO_LARGE', 'VALIDATION_FAILED'],
    ],
    ['a 2 MB body', () => ({ customer_name: 'x'.repeat(2_000_000) }), 413, 'BODY_TOO_LARGE'],
    ['repeated lines', () => ({ items: [...line().items, ...line().items] }), ...INVALID],
    ['an unknown field', () => ({ price: 1 }), ...INVALID, 'price'],
    ['an unknown field in a line', () => line({ unit_price: 1 }), ...INVALID, 'items[0].unit_price'],
    ['prototype games', () => `{"__proto__":{},${JSON.stringify(good).slice(1)}`, ...INVALID, '__proto__'],
    ['too many for one order', () => line({ quantity: 11 }), 400, 'LIMIT_PER_ORDER'],
];
test('bad orders', async (t) => {
    for (const [what, body, status, code, field] of orders) {
        await t.test(what, async () => {
            const sent = body();
            const asIs = typeof sent === 'string' || Buffer.isBuffer(sent);
            const whole = Object.keys(sent).length === 0 ? sent : { ...good, ...sent };
            const answer = await stack.http.call('POST', '/api/orders', asIs ? { body: sent } : { json: whole });
            assert.ok([status].flat().includes(answer.status), `${answer.status} ${answer.text}`);
            assert.ok([code].flat().includes(answer.code), answer.text);
            if (field)
                assert.ok(
                    answer.json.errors.some((e) => e.field === field),
                    answer.text,
                );
        });
    }
    await unharmed();
});

test('faults are told all at once, in the language asked for', async () => {
    const bad = { ...good, customer_name: '', customer_phone: 'x', nonsense: 1 };
    const korean = await stack.http.post('/api/orders', bad);
    const fields = korean.json.errors.map((e) => e.field).sort();
    assert.deepEqual(fields, ['customer_name', 'customer_phone', 'nonsense']);
    assert.match(korean.json.errors[0].message, /[가-힣]/);
    const english = await stack.http.post('/api/orders', bad, { headers: { 'Accept-Language': 'en' } });
    assert.doesNotMatch(english.json.detail + english.json.errors[0].message, /[가-힣]/);
});

test('wrong content types', async () => {
    const body = JSON.stringify(good);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', null]) {
        const answer = await stack.http.call('POST', '/api/orders', { body, type });
        assert.deepEqual([answer.status, answer.code], [415, 'UNSUPPORTED_MEDIA_TYPE'], String(type));
    }
    await unharmed();
});

test('bad keys and headers', async () => {
    const long = await stack.http.post('/api/orders', good, { key: 'k'.repeat(129) });
    assert.equal(long.status, 422, long.text);
    await unharmed();
});

test('wrong methods name the right ones', async () => {
    const cases = [
        ['GET', '/api/orders', ['POST']],
        ['PUT', '/api/orders', ['POST']],
        ['DELETE', '/api/orders/ORD20200101AAAAAAAAAA', ['GET']],
        ['POST', '/api/exhibitions', ['GET']],
        ['PATCH', '/api/admin/products/1', ['PUT', 'DELETE']],
        ['PROPFIND', '/api/exhibitions', ['GET']],
        ['POST', '/healthz', ['GET']],
    ];
    for (const [method, target, allowed] of cases) {
        const answer = await stack.http.call(method, target);
        assert.deepEqual([answer.status, answer.code], [405, 'METHOD_NOT_ALLOWED'], `${method} ${target}`);
        const allow = answer.headers.allow.split(', ');
        for (const name of allowed) assert.ok(allow.includes(name), `${method} ${target}: Allow ${answer.headers.allow}`);
    }
    await unharmed();
});

// Requests that another program on the way might read differently: [what, target, statuses].
const targets = [
    ['an escaped NUL', '/api/orders/ORD%00', [400, 404]],
    ['an escaped slash', '/api/exhibitions%2faaa', [400, 404]],
    ['an escaped slash in a parameter', '/api/exhibitions/a%2Fproducts', [400, 404]],
    ['an escaped backslash', '/api/exhibitions/a%5cb', [400, 404]],
    ['a backslash', '/api\\exhibitions', [400, 404]],
    ['dot segments', '/api/../api/exhibitions', [400, 404]],
    ['escaped dot segments', '/api/%2e%2e/api/exhibitions', [400, 404]],
    ['climbing out of the docs', '/docs/../../../../etc/passwd', [400, 404]],
    ['climbing out of the docs, escaped', '/docs/%2e%2e/%2e%2e/etc/passwd', [400, 404]],
    ['a bad escape', '/api/exhibitions/%zz', [400, 404]],
    ['a cut off escape', '/api/exhibitions/%2', [400, 404]],
    ['broken UTF-8', '/api/exhibitions/%c3%28', [400, 404]],
    ['double slashes', '//api//exhibitions', [400, 404]],
    ['a slash at the end', '/api/exhibitions/', [400, 404]],
    ['capitals', '/API/exhibitions', [404]],
    ['a parameter', '/api/exhibitions;x=1', [400, 404]],
    ['an unknown path', '/api/nothing', [404]],
    ['a hidden file', '/.git/config', [404]],
    ['an unknown order', '/api/orders/ORD20200101AAAAAAAAAA', [404]],
    ['an id that is none', '/api/orders/%27%20OR%201=1', [400, 404]],
    ['a very long path', `/api/exhibitions/${'a'.repeat(3000)}`, [400, 404, 414]],
];
test('methods of another world', async () => {
    for (const method of ['TRACE', 'CONNECT', 'FOO', 'get', 'G3T']) {
        const { status } = await raw(stack.port, `${method} /api/exhibitions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, { method });
        assert.equal(status, 405, method);
    }
    await unharmed();
});

test('bad targets', async (t) => {
    for (const [what, target, statuses] of targets) {
        await t.test(what, async () => {
            const { status } = await raw(stack.port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, { target });
            assert.ok(statuses.includes(status), `${target} → ${status}`);
        });
    }
    await unharmed();
});

const POST = 'POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
// Never two answers from one of these: the second would belong to nobody. [what, bytes, statuses].
const smuggled = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const requests = [
    ['TE and CL together', `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['CL and TE together', `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${smuggled}`],
    ['two lengths', `${POST}Content-Length: 0\r\nContent-Length: 36\r\n\r\n${smuggled}`],
    ['two equal lengths', `${POST}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`],
    ['a list of lengths', `${POST}Content-Length: 2, 2\r\n\r\n{}${smuggled}`],
    ['a length with a sign', `${POST}Content-Length: +2\r\n\r\n{}${smuggled}`],
    ['a negative length', `${POST}Content-Length: -1\r\n\r\n${smuggled}`],
    ['a length in hex', `${POST}Content-Length: 0x2\r\n\r\n{}${smuggled}`],
    ['a huge length', `${POST}Content-Length: 99999999999999999999\r\n\r\n{}`],
    ['an unknown transfer coding', `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['TE written oddly', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a blank before the colon', `${POST}Content-Length : 2\r\n\r\n{}${smuggled}`],
    ['a folded header', `${POST}X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}${smuggled}`],
    ['a folded length', `${POST}Content-Length:\r\n 2\r\n\r\n{}${smuggled}`],
    ['lines that end with LF', `${POST}X-A: b\nContent-Length: 2\r\n\r\n{}${smuggled}`],
    ['a head that ends with LF LF', `${POST}Content-Length: 2\n\n{}${smuggled}`],
    ['a head that ends with LF LF before CR NUL', `${POST}Content-Length: 2\n\n\r\0${smuggled}`],
    ['a line without colon', `${POST}X-A\r\nContent-Length: 2\r\n\r\n{}${smuggled}`],
    ['a name that is no token', `${POST}X(A): b\r\nContent-Length: 2\r\n\r\n{}${smuggled}`],
    ['two blanks in the request line', `GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n${smuggled}`],
    ['two hosts', `GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`],
    ['a NUL in a header', `GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: a\0b\r\n\r\n`],
    ['no host', `GET /healthz HTTP/1.1\r\n\r\n`],
    ['HTTP/2.7', `GET /healthz HTTP/2.7\r\nHost: a\r\n\r\n`],
    ['garbage', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['half a line', 'GET\r\n\r\n'],
];
test('requests that could be smuggled', async (t) => {
    for (const [what, bytes] of requests) {
        await t.test(what, async () => {
            const { answers, closed } = await raw(stack.port, bytes, { method: 'POST', target: '/api/orders', expect: 2, quiet: 5000 });
            assert.ok(answers.length <= 1, `${answers.length} answers`);
            if (answers.length) assert.ok(answers[0].status >= 400 && answers[0].status < 500, `${answers[0].status}`);
            else assert.ok(closed, 'neither refused nor closed');
            assert.ok(closed || answers[0].headers.connection === 'close', 'the connection ends');
        });
    }
    await unharmed();
});

test('too large headers', async () => {
    const many = Array.from({ length: 200 }, (_, i) => `X-H${i}: v\r\n`).join('');
    for (const headers of [`X-Large: ${'x'.repeat(17_000)}\r\n`, `X-Large: ${'x'.repeat(40_000)}\r\n`, many]) {
        const { status, code } = await raw(stack.port, `GET /healthz HTTP/1.1\r\nHost: x\r\n${headers}\r\n`, { target: '/healthz' });
        assert.deepEqual([status, code], [431, 'HEADERS_TOO_LARGE']);
    }
    await unharmed();
});

test('a body on a call without one is refused or ignored, never taken for the next request', async () => {
    const body = 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n';
    const { answers } = await raw(stack.port, `GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`, {
        target: '/healthz',
        expect: 2,
        quiet: 4000,
    });
    assert.equal(answers.length, 1);
    await unharmed();
});

test('a slow body is cut off in time and holds up nobody', { timeout: 60_000 }, async () => {
    const drip = Array.from({ length: 40 }, () => ['{', 250]).flat();
    const slow = raw(stack.port, [`${POST}Content-Length: 1000\r\n\r\n`, ...drip], { method: 'POST', target: '/api/orders', quiet: 10_000 });
    assert.equal((await stack.http.get('/healthz')).status, 200);
    const { status, closed } = await slow;
    assert.ok(status === 408 || (status === undefined && closed), `${status}`);
    await unharmed();
});

test('a client that leaves in the middle harms nobody', async () => {
    await Promise.all(Array.from({ length: 20 }, () => raw(stack.port, `${POST}Content-Length: 1000\r\n\r\n{"exhib`, { quiet: 100, expect: 1 })));
    await until('the gateway answers', async () => (await stack.http.get('/readyz')).status === 200);
    await unharmed();
});
