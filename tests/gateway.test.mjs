// The edge: who may come in, what every answer carries, and what still works when a part is down.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { addExhibition, orderFor, phone, visible } from './lib/fixture.mjs';
import { SECRET_KEY } from './lib/keys.mjs';
import { ROOT } from './lib/paths.mjs';
import { useStack } from './lib/stack.mjs';
import { forge, takeApart } from './lib/token.mjs';
import { parallel, tally, until } from './lib/wait.mjs';

const ORIGIN = 'https://tickets.example';

describe('answers', () => {
    const stack = useStack({ gatewayEnv: { CORS_ORIGINS: `${ORIGIN},https://other.example`, GATEWAY_TRUSTED_PROXIES: '127.0.0.0/8' } });
    const get = (target, options) => stack.http.get(target, options);

    test('every kind of answer carries the security headers', async () => {
        for (const target of ['/api/exhibitions', '/healthz', '/readyz', '/docs', '/openapi.yaml', '/api/nothing', '/api/admin/orders']) {
            const { headers } = await get(target);
            assert.equal(headers['x-content-type-options'], 'nosniff', target);
            assert.equal(headers['x-frame-options'], 'DENY', target);
            assert.equal(headers['referrer-policy'], 'no-referrer', target);
            assert.match(headers['content-security-policy'], /frame-ancestors 'none'/, target);
            assert.equal(headers['strict-transport-security'], undefined, target);
            assert.doesNotMatch(headers.server ?? '', /civetweb|\d/i, target);
            assert.equal(headers['access-control-allow-origin'], undefined, target);
        }
        const https = await get('/api/exhibitions', { headers: { 'X-Forwarded-Proto': 'https' } });
        assert.match(https.headers['strict-transport-security'], /max-age=\d{7,}/);
    });

    test('answers about people and staff are never stored', async () => {
        const exhibition = await addExhibition(stack.sql);
        await visible(stack.http, exhibition);
        const order = (await stack.http.post('/api/orders', orderFor(exhibition))).json;
        for (const target of [`/api/orders/${order.order_number}`, '/api/admin/orders', '/readyz']) {
            assert.equal((await get(target)).headers['cache-control'], 'no-store', target);
        }
    });

    test('only origins of the setting may call across sites', async () => {
        const preflight = (origin) => stack.http.call('OPTIONS', '/api/orders', { headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } });
        const allowed = await preflight(ORIGIN);
        assert.ok(allowed.status < 300, `${allowed.status}`);
        assert.equal(allowed.headers['access-control-allow-origin'], ORIGIN);
        assert.match(allowed.headers['access-control-allow-methods'], /POST/);
        assert.match(allowed.headers['access-control-allow-headers'], /idempotency-key/i);
        assert.equal(allowed.headers['access-control-allow-credentials'], undefined);
        assert.equal((await get('/api/exhibitions', { headers: { Origin: ORIGIN } })).headers['access-control-allow-origin'], ORIGIN);
        for (const origin of ['https://evil.example', 'null', `${ORIGIN}.evil.example`, 'http://tickets.example', ORIGIN.toUpperCase()]) {
            const { headers } = await get('/api/exhibitions', { headers: { Origin: origin } });
            assert.equal(headers['access-control-allow-origin'], undefined, origin);
            assert.equal((await preflight(origin)).headers['access-control-allow-origin'], undefined, origin);
        }
    });

    test('problems speak Korean, or English when asked', async () => {
        const detail = async (language) => (await get('/api/nothing', { headers: language ? { 'Accept-Language': language } : {} })).json.detail;
        for (const language of [undefined, 'ko', 'ko-KR,ko;q=0.9,en;q=0.8', 'fr', '*']) assert.match(await detail(language), /[가-힣]/, language);
        for (const language of ['en', 'en-US,en;q=0.9,ko;q=0.8', 'en;q=0.8, ko;q=0.2']) assert.doesNotMatch(await detail(language), /[가-힣]/, language);
    });

    test('request ids: a proper one is kept, others are replaced, all differ', async () => {
        const given = 'a1b2c3d4-e5f6-7890';
        assert.equal((await get('/healthz', { headers: { 'X-Request-Id': given } })).headers['x-request-id'], given);
        for (const bad of ['short', 'x'.repeat(65), 'with blank in it', '<script>alert(1)</script>']) {
            assert.notEqual((await get('/healthz', { headers: { 'X-Request-Id': bad } })).headers['x-request-id'], bad);
        }
        const ids = await parallel(50, 10, async () => (await get('/healthz')).headers['x-request-id']);
        assert.equal(new Set(ids).size, 50);
    });

    test('a request id is found in the logs of both daemons, personal data in neither', async () => {
        const exhibition = await addExhibition(stack.sql);
        await visible(stack.http, exhibition);
        const id = 'trace-0123456789';
        const customer_phone = phone();
        const body = orderFor(exhibition, { customer_phone, customer_name: '남궁비밀' });
        const order = await stack.http.post('/api/orders', body, { headers: { 'X-Request-Id': id } });
        assert.equal(order.status, 201);
        await stack.http.post('/api/orders/lookup', { order_number: order.json.order_number, customer_phone });
        await until('the line of the request', () => stack.gateway.output().includes(id));
        for (const daemon of stack.daemons) {
            const text = daemon.output();
            assert.ok(!text.includes('남궁비밀') && !text.includes(customer_phone), `${daemon.name} logs personal data`);
            assert.ok(!text.includes(order.json.order_token), `${daemon.name} logs tokens`);
            for (const line of text.slice(0, text.lastIndexOf('\n')).split('\n')) {
                const entry = JSON.parse(line);
                for (const field of ['timestamp', 'level', 'logger', 'message']) assert.ok(entry[field], `${field} in ${line}`);
            }
        }
    });

    test('forged staff tokens are 401', async () => {
        const real = stack.token('manager');
        assert.equal((await get('/api/admin/exhibitions', { token: real })).status, 200);
        const { header, claims, signature } = takeApart(real);
        const now = Math.floor(Date.now() / 1000);
        const signed = (changes, h = header) => forge(h, { ...claims, ...changes }, { key: SECRET_KEY });
        const attacks = {
            'alg none': forge({ ...header, alg: 'none' }, claims),
            'alg None': forge({ ...header, alg: 'None' }, claims),
            'alg none with a signature': forge({ ...header, alg: 'none' }, claims, { signature }),
            'no alg': forge({ typ: 'JWT' }, claims, { key: SECRET_KEY }),
            'HS512 with our key': forge({ ...header, alg: 'HS512' }, claims, { key: SECRET_KEY, hash: 'sha512' }),
            'HS384 with our key': forge({ ...header, alg: 'HS384' }, claims, { key: SECRET_KEY, hash: 'sha384' }),
            'RS256 in name': forge({ ...header, alg: 'RS256' }, claims, { key: SECRET_KEY }),
            'wrong key': forge(header, claims, { key: 'another-key-of-the-proper-length-123' }),
            'empty key': forge(header, claims, { key: Buffer.alloc(0) }),
            'another role, old signature': forge(header, { ...claims, role: 'superadmin' }, { signature }),
            'another scope, old signature': forge(header, { ...claims, scope: '*', x: 1 }, { signature }),
            'no signature': forge(header, claims, { signature: '' }),
            expired: signed({ exp: now - 1 }),
            'expires now and here': signed({ exp: 0 }),
            'no expiry': signed({ exp: undefined }),
            'expiry in words': signed({ exp: 'tomorrow' }),
            'a role that is none': signed({ role: 'root' }),
            'no role': signed({ role: undefined }),
            'the role of a daemon': signed({ role: 'service' }),
            'the role of visitors': signed({ role: 'visitor' }),
            'no user': signed({ sub: undefined }),
            'user 0': signed({ sub: '0' }),
            'another issuer': signed({ iss: 'elsewhere' }),
            'two parts': real.split('.').slice(0, 2).join('.'),
            'four parts': `${real}.${signature}`,
            garbage: 'abc',
            empty: ' ',
            'very long': 'a'.repeat(5000),
        };
        for (const [what, token] of Object.entries(attacks)) {
            const answer = await get('/api/admin/exhibitions', { token });
            assert.deepEqual([answer.status, answer.code], [401, 'UNAUTHENTICATED'], what);
            assert.equal(answer.headers['www-authenticate'], 'Bearer');
        }
        for (const Authorization of [`Basic ${Buffer.from('admin:admin').toString('base64')}`, real, `Bearer  ${real}x`, `Bearer ${real}, Bearer ${real}`]) {
            assert.equal((await get('/api/admin/exhibitions', { headers: { Authorization } })).status, 401, Authorization.slice(0, 20));
        }
        assert.equal((await get('/api/admin/exhibitions')).status, 401);
    });

    test('a token for one exhibition reaches no other', async () => {
        const [mine, foreign] = [await addExhibition(stack.sql), await addExhibition(stack.sql)];
        const token = stack.token('manager', mine.code);
        assert.equal((await get(`/api/admin/exhibitions/${mine.id}`, { token })).status, 200);
        assert.equal((await get(`/api/admin/exhibitions/${foreign.id}`, { token })).status, 404);
        const list = (await get('/api/admin/exhibitions', { token })).json.exhibitions;
        assert.deepEqual(
            list.map((e) => e.code),
            [mine.code],
        );
    });

    test('metrics count requests by route, on their own port only', async () => {
        const count = async () => {
            const text = await stack.metrics(stack.gateway);
            const line = text
                .split('\n')
                .find(
                    (l) =>
                        l.startsWith('http_requests_total{') &&
                        l.includes('method="GET"') &&
                        l.includes('route="/api/exhibitions"') &&
                        l.includes('status="200"'),
                );
            return line ? Number(line.split(' ').at(-1)) : 0;
        };
        const before = await count();
        for (let i = 0; i < 5; i++) await get('/api/exhibitions');
        assert.equal(await until('5 more', async () => (await count()) - before >= 5 && (await count()) - before), 5);
        assert.equal((await get('/metrics')).status, 404);
        const text = await stack.metrics(stack.gateway);
        assert.ok(!text.includes('ORD'), 'routes, not paths, are labels');
        assert.match(await stack.metrics(stack.booking[0]), /^[a-z_]+(\{.*\})? [0-9.e+]+$/m);
    });

    test('the contract and its viewer are served', async () => {
        const contract = await get('/openapi.yaml');
        assert.ok(contract.text === readFileSync(join(ROOT, 'docs/openapi.yaml'), 'utf8'), contract.text.slice(0, 200));
        assert.equal((await get('/openapi.yaml', { headers: { 'If-None-Match': contract.headers.etag ?? '"x"' } })).status, contract.headers.etag ? 304 : 200);
        const page = await get('/docs');
        assert.equal(page.status, 200);
        assert.equal((await get('/docs', { headers: { 'If-None-Match': page.headers.etag } })).status, 304);
        const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => new URL(m[1], `${stack.url}/docs`));
        assert.ok(links.length > 0);
        for (const link of links) {
            assert.equal(link.host, `127.0.0.1:${stack.port}`, 'nothing comes from elsewhere');
            assert.equal((await stack.http.get(link.pathname)).status, 200, link.pathname);
        }
    });

    test('without Redis everything works, on its return too', { timeout: 60_000 }, async () => {
        const exhibition = await addExhibition(stack.sql);
        await visible(stack.http, exhibition);
        await stack.engines.kill('redis');
        for (let i = 0; i < 20; i++) assert.equal((await stack.http.post('/api/orders', orderFor(exhibition))).status, 201);
        await until('ready', async () => (await get('/readyz')).status === 200);
        await stack.engines.startAgain();
        assert.equal((await stack.http.post('/api/orders', orderFor(exhibition))).status, 201);
        await stack.audit(15_000);
    });

    test('without PostgreSQL the catalogue stays, also after a restart of the gateway; orders are told to wait', { timeout: 90_000 }, async () => {
        const exhibition = await addExhibition(stack.sql);
        await visible(stack.http, exhibition);
        const target = `/api/exhibitions/${exhibition.code}/products`;
        await stack.engines.kill('postgres');
        const order = await stack.http.post('/api/orders', orderFor(exhibition));
        assert.ok([503, 504].includes(order.status), `${order.status} ${order.text}`);
        assert.equal((await get(target)).status, 200);
        await until('not ready', async () => (await get('/readyz')).status === 503, { ms: 15_000 });
        await until('orders are refused at once', async () => (await stack.http.post('/api/orders', orderFor(exhibition))).status === 503, { ms: 15_000 });

        assert.equal(await stack.gateway.stop(), undefined);
        stack.gateway.start();
        await until("the catalogue of booking's memory", async () => (await get(target)).status === 200, { ms: 15_000 });

        await stack.engines.startAgain();
        await until('orders again', async () => (await stack.http.post('/api/orders', orderFor(exhibition))).status === 201, { ms: 30_000 });
        await stack.ready();
        await stack.audit(15_000);
    });
});

describe('without booking', () => {
    const stack = useStack({ supervised: true });

    test('the catalogue stays, readiness goes and comes back', { timeout: 60_000 }, async () => {
        const {
            http,
            booking: [booking],
        } = stack;
        const exhibition = await addExhibition(stack.sql);
        await visible(http, exhibition);
        booking.supervised = false;
        await booking.kill();
        await until('503', async () => (await http.get('/readyz')).status === 503, { ms: 15_000 });
        assert.equal((await http.get('/readyz')).json.services.booking, 'down');
        assert.equal((await http.get('/healthz')).status, 200);
        assert.equal((await http.get(`/api/exhibitions/${exhibition.code}/products`)).status, 200);
        const order = await http.post('/api/orders', orderFor(exhibition));
        assert.deepEqual([order.status, order.code], [503, 'BUSY']);
        booking.start();
        await stack.ready();
        assert.equal((await http.post('/api/orders', orderFor(exhibition))).status, 201);
    });
});

describe('limits', () => {
    const stack = useStack({
        gatewayEnv: {
            GATEWAY_RATE_LIMITS: 'on',
            GATEWAY_TRUSTED_PROXIES: '127.0.0.1',
            LIMIT_READS_BURST: '20',
            LIMIT_READS_PER_MINUTE: '60',
            LIMIT_ORDERS_BURST: '10',
            LIMIT_ORDERS_PER_MINUTE: '60',
            LIMIT_ORDERS_PHONE_BURST: '2',
            LIMIT_ORDERS_PHONE_PER_MINUTE: '1',
            LIMIT_LOOKUPS_BURST: '3',
            LIMIT_LOOKUPS_PER_MINUTE: '1',
            LIMIT_STAFF_BURST: '5',
            LIMIT_STAFF_PER_MINUTE: '1',
            LIMIT_FILES_BURST: '5',
            LIMIT_FILES_PER_MINUTE: '1',
        },
    });
    const from = (address) => ({ headers: { 'X-Forwarded-For': address } });
    let addresses = 0;
    const fresh = () => `198.51.100.${++addresses}`;

    async function statusesOf(n, call) {
        const answers = await parallel(n, 1, call);
        for (const a of answers.filter((x) => x.status === 429)) assert.equal(a.code, 'RATE_LIMITED');
        return tally(answers, (a) => (a.status === 429 ? 429 : 'other'));
    }

    test('each class has its own number per address, other addresses are free', async () => {
        const token = stack.token('viewer');
        const cases = [
            [20, 1, '/api/exhibitions', (o) => stack.http.get('/api/exhibitions', o)],
            [3, 1 / 60, 'look-up', (o) => stack.http.post('/api/orders/lookup', { order_number: 'ORD20200101AAAAAAAAAA', customer_phone: phone() }, o)],
            [5, 1 / 60, 'staff', (o) => stack.http.get('/api/admin/products', { ...o, token })],
            [5, 1 / 60, 'files', (o) => stack.http.get('/openapi.yaml', o)],
        ];
        for (const [burst, perSecond, what, call] of cases) {
            const mine = from(fresh());
            const since = Date.now();
            const counts = await statusesOf(burst + 10, () => call(mine));
            const most = burst + 1 + ((Date.now() - since) / 1000) * perSecond;
            assert.ok(counts.other >= burst && counts.other <= most, `${what}: ${JSON.stringify(counts)}, at most ${most}`);
            assert.notEqual((await call(from(fresh()))).status, 429, `${what} from elsewhere`);
        }
    });

    test('a limit grants again after the time it named', { timeout: 30_000 }, async () => {
        const mine = from(fresh());
        let refused;
        await until('a refusal', async () => (refused = await stack.http.get('/api/exhibitions', mine)).status === 429, { every: 1 });
        const wait = Number(refused.headers['retry-after']);
        assert.ok(wait >= 1 && wait <= 5, `Retry-After ${wait}`);
        await until('granted', async () => (await stack.http.get('/api/exhibitions', mine)).status === 200, { ms: (wait + 2) * 1000, every: 200 });
    });

    test('orders are limited per phone, whatever the address and the hyphens', async () => {
        const exhibition = await addExhibition(stack.sql);
        await until('visible', async () => (await stack.http.get(`/api/exhibitions/${exhibition.code}`, from(fresh()))).status === 200);
        const digits = phone();
        const written = [digits, digits.replace(/^(...)(....)/, '$1-$2-'), digits, digits];
        const statuses = [];
        for (const customer_phone of written)
            statuses.push((await stack.http.post('/api/orders', orderFor(exhibition, { customer_phone }), from(fresh()))).status);
        assert.deepEqual(statuses, [201, 201, 429, 429]);
    });

    test('only the last untrusted address of X-Forwarded-For counts', async () => {
        const mine = fresh();
        const counts = await statusesOf(60, (i) => stack.http.get('/api/exhibitions', from(`10.0.0.${i}, ${mine}`)));
        assert.ok(counts[429] >= 5, `a made-up head of the list changes nothing: ${JSON.stringify(counts)}`);
    });

    test('health is never limited', async () => {
        assert.deepEqual(await statusesOf(200, () => stack.http.get('/healthz')), { other: 200 });
    });
});

describe('an address that is not a trusted proxy', () => {
    const stack = useStack({
        gatewayEnv: { GATEWAY_RATE_LIMITS: 'on', LIMIT_READS_BURST: '10', LIMIT_READS_PER_MINUTE: '1', GATEWAY_TRUSTED_PROXIES: '10.0.0.0/8' },
    });

    test('cannot choose its address', async () => {
        const answers = await parallel(30, 1, (i) =>
            stack.http.get('/api/exhibitions', {
                headers: { 'X-Forwarded-For': `198.51.100.${i}`, 'X-Real-IP': `198.51.100.${i}`, Forwarded: `for=198.51.100.${i}` },
            }),
        );
        assert.ok(tally(answers, (a) => a.status)[429] >= 15);
    });
});

describe('connections of one address', () => {
    const [THREADS, MOST] = [16, 6];
    const stack = useStack({
        connections: 2,
        gatewayEnv: {
            GATEWAY_RATE_LIMITS: 'on',
            GATEWAY_THREADS: `${THREADS}`,
            GATEWAY_PER_ADDRESS: `${MOST}`,
            GATEWAY_KEEP_ALIVE_MS: '20000',
            GATEWAY_TRUSTED_PROXIES: '127.0.0.9',
        },
    });
    const GET = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';

    function open(localAddress, text = '') {
        const socket = net.connect({ port: stack.port, host: '127.0.0.1', localAddress });
        const c = { socket, answer: '', closed: false };
        socket
            .on('connect', () => text && socket.write(text))
            .on('data', (d) => (c.answer += d))
            .on('error', () => {})
            .on('close', () => (c.closed = true));
        return c;
    }
    const drop = (list) => list.forEach((c) => c.socket.destroy());
    const answered = (list) => until('answers', () => list.every((c) => c.answer.includes('\r\n\r\n') || c.closed));

    async function held() {
        const line = new RegExp(`^http_connections\\{listen="${stack.gateway.env.GATEWAY_LISTEN}"\\} (\\d+)$`, 'm');
        return Number(line.exec(await stack.metrics(stack.gateway))[1]);
    }
    // Every thread must have served somebody once, see common/http.c: each has one of these before any of them asks.
    async function warm() {
        stack.http.close();
        const all = Array.from({ length: THREADS }, (_, i) => open(`127.0.1.${i + 1}`));
        await until('each thread has one', async () => (await held()) === THREADS);
        all.forEach((c) => c.socket.write(GET));
        await answered(all);
        drop(all);
        await until('they are gone', async () => (await held()) === 0);
    }

    test('silent and idle ones count, others are not harmed', { timeout: 60_000 }, async () => {
        await warm();
        // An address each: when all of the first one's connections are noticed to be gone, nobody can see.
        for (const [address, text] of [
            ['127.0.0.2', ''],
            ['127.0.0.3', GET],
        ]) {
            const mine = Array.from({ length: MOST + 4 }, () => open(address, text));
            await until('those beyond the limit are cut', () => mine.filter((c) => c.closed).length === 4);
            // Who is slow to ask on a connection that is one too many is cut off without a word.
            const refused = await until('the next one is told', async () => {
                const next = open(address, GET);
                await until('its end', () => next.closed);
                return next.answer && next;
            });
            assert.equal(mine.filter((c) => !c.closed).length, MOST);
            assert.match(refused.answer, /^HTTP\/1.1 429 Too Many Requests\r\n[^]*Retry-After: 1\r\n[^]*"RATE_LIMITED"/);
            assert.equal((await stack.http.get('/healthz')).status, 200);
            drop(mine);
            await until('room again', async () => {
                const next = open(address, GET);
                await answered([next]);
                drop([next]);
                return next.answer.startsWith('HTTP/1.1 200 OK\r\n');
            });
        }
    });

    test('a trusted proxy may have as many as it likes', async () => {
        const proxy = Array.from({ length: MOST + 3 }, () => open('127.0.0.9', GET));
        await answered(proxy);
        assert.deepEqual(
            tally(proxy, (c) => c.answer.slice(0, 15)),
            { 'HTTP/1.1 200 OK': MOST + 3 },
        );
        drop(proxy);
    });
});
