// The bus: who is not who he says is refused, nothing on the wire kills a daemon, a slow or dead replica costs its own calls.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import net from 'node:net';
import { describe, test } from 'node:test';
import { addExhibition, orderFor, visible } from './lib/fixture.mjs';
import { busKey } from './lib/keys.mjs';
import { whilePaused } from './lib/pause.mjs';
import { useStack } from './lib/stack.mjs';
import { parallel, sleep, tally, until } from './lib/wait.mjs';

describe('callers', () => {
    let exhibition, pids;
    const stack = useStack(
        { payment: 1 },
        {
            prepare: async () => {
                exhibition = await addExhibition(stack.sql);
                await visible(stack.http, exhibition);
                pids = stack.pids();
            },
        },
    );
    const call = (op, body, options) => stack.bus.call(op, body, { replica: 0, ...options });
    const create = (options) => call('order.create', orderFor(exhibition), { key: randomUUID(), path: '/api/orders', ...options });
    async function unharmed(before) {
        assert.deepEqual(await stack.sql.fingerprint(), before);
        assert.deepEqual(stack.pids(), pids);
    }

    test('a proper call of the gateway is served', async () => {
        assert.equal((await create()).status, 'CREATED');
        assert.equal((await call('ping')).status, 'OK');
        const stats = await call('stats');
        assert.equal(stats.body.service, 'booking');
    });

    test('forged and damaged messages are refused and change nothing', async () => {
        const before = await stack.sql.fingerprint();
        const mac = await create({ forge: 'mac' });
        assert.equal(mac.status, 'UNAUTHENTICATED');
        const strangers = ['a-key-that-somebody-made-up-0123456789', busKey('notify')].map((key) => create({ busKey: key }));
        for (const { status } of await Promise.all(strangers)) assert.notEqual(status, 'CREATED');
        for (const forge of ['version', 'truncate', 'garbage', 'count']) {
            const reply = await create({ forge, timeout: 500 }); // some are not worth an answer
            assert.ok(['BAD_REQUEST', 'UNAUTHENTICATED', 'OUTCOME_UNKNOWN'].includes(reply.status), `${forge}: ${reply.status}`);
        }
        for (const caller of ['nobody', 'booking2', 'GATEWAY']) {
            assert.notEqual((await create({ caller, busKey: busKey('gateway'), role: 'visitor' })).status, 'CREATED', caller);
        }
        await unharmed(before);
    });

    test('each service may only what it is listed for', async () => {
        const before = await stack.sql.fingerprint();
        const cases = [
            ['order.create', 'payment'],
            ['order.get', 'notify'],
            ['product.update', 'admin'],
            ['catalogue.snapshot', 'payment'],
            ['begin_payment', 'gateway'],
            ['mark_paid', 'entrance'],
            ['release', 'notify'],
            ['events.pull', 'gateway'],
            ['events.pull', 'payment'],
        ];
        for (const [op, caller] of cases) {
            const reply = await call(op, {}, { caller, role: 'service' });
            assert.equal(reply.status, 'FORBIDDEN', `${op} by ${caller}`);
        }
        assert.equal((await call('no.such.op', {})).status, 'NOT_FOUND');
        await unharmed(before);
    });

    test('roles are checked by the owner, whatever the gateway lets through', async () => {
        const before = await stack.sql.fingerprint();
        const update = (role) => call('exhibition.update', { name: 'x' }, { role, scope: '*', userId: 1, params: { id: String(exhibition.id) } });
        assert.equal((await update('visitor')).status, 'UNAUTHENTICATED');
        for (const role of ['viewer', 'staff', 'finance', 'service']) assert.equal((await update(role)).status, 'FORBIDDEN', role);
        const outside = await call(
            'exhibition.update',
            { name: 'x' },
            { role: 'manager', scope: 'another,one', userId: 1, params: { id: String(exhibition.id) } },
        );
        assert.equal(outside.status, 'NOT_FOUND');
        const order = (await stack.http.post('/api/orders', orderFor(exhibition))).json;
        const read = await call('order.get', undefined, { params: { order_number: order.order_number } });
        assert.equal(read.body.customer_name, '홍*동', 'masked without a token');
        assert.notDeepEqual(await stack.sql.fingerprint(), before, 'the order itself');
    });

    test('a replayed call is one effect', async () => {
        const body = orderFor(exhibition, { quantity: 2 });
        const options = { key: randomUUID(), path: '/api/orders' };
        const replies = await parallel(20, 20, () => call('order.create', body, options));
        assert.deepEqual(
            tally(replies, (r) => r.status),
            { CREATED: 20 },
        );
        assert.equal(new Set(replies.map((r) => r.body.order_number)).size, 1);
        assert.equal((await call('order.create', { ...body, customer_name: '다른이' }, options)).status, 'IDEMPOTENCY_MISMATCH');
        const elsewhere = await call('order.create', body, { ...options, path: '/api/other' });
        assert.notEqual(elsewhere.body.order_number, replies[0].body.order_number, 'the path is part of the key');
    });

    test('a late call is not executed', async () => {
        const before = await stack.sql.fingerprint();
        const serves = () => until('it serves', async () => (await call('ping')).status === 'OK');
        // Who comes when the silence has been noticed hears BUSY: that call was never sent, and is none of those meant here.
        await until('a call is sent and not answered', async () => {
            await serves();
            const { status } = await whilePaused([stack.booking[0]], () => create({ timeout: 300 }));
            assert.ok(['OUTCOME_UNKNOWN', 'BUSY'].includes(status), status);
            return status === 'OUTCOME_UNKNOWN';
        });
        await serves();
        await unharmed(before);
    });

    test('bodies of any kind are answered', async () => {
        const before = await stack.sql.fingerprint();
        for (const raw of ['', 'x', '[]', '{"a":', '{"a":{'.repeat(100), '"'.repeat(1000), ' '.repeat(200_000)]) {
            const reply = await call('order.create', undefined, { raw, key: randomUUID() });
            assert.ok(['MALFORMED_JSON', 'VALIDATION_FAILED'].includes(reply.status), `${raw.slice(0, 10)}: ${reply.status}`);
        }
        await unharmed(before);
    });

    test('noise on the port of the bus kills nobody', async () => {
        const before = await stack.sql.fingerprint();
        const [host, port] = stack.booking[0].address.split(':');
        const noise = [
            Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
            randomBytes(65_536),
            Buffer.concat([Buffer.from([0, 0x53, 0x50, 0, 0, 0x30, 0, 0]), randomBytes(1000)]),
            Buffer.concat([Buffer.from([0, 0x53, 0x50, 0, 0, 0x30, 0, 0]), Buffer.alloc(8, 0xff), randomBytes(100)]),
            // a proper greeting, then a message that says it is 2 GiB long
            Buffer.concat([Buffer.from([0, 0x53, 0x50, 0, 0, 0x30, 0, 0]), Buffer.from([0, 0, 0, 0, 0x80, 0, 0, 0])]),
            Buffer.alloc(0),
        ];
        await parallel(
            60,
            20,
            (i) =>
                new Promise((resolve) => {
                    const socket = net.connect(Number(port), host, () => socket.end(noise[i % noise.length]));
                    socket.on('error', () => {});
                    socket.on('close', resolve);
                    socket.setTimeout(1000, () => socket.destroy());
                }),
        );
        assert.equal((await call('ping')).status, 'OK');
        await until('the gateway is ready', async () => (await stack.http.get('/readyz')).status === 200);
        await unharmed(before);
    });

    test('facts are pulled by cursor, each once, in order', async () => {
        const order = (await stack.http.post('/api/orders', orderFor(exhibition))).json;
        await stack.http.post(`/api/orders/${order.order_number}/cancel`, { reason: 'x' }, { orderToken: order.order_token });
        const pull = (after, limit) => call('events.pull', { after, limit }, { caller: 'notify', role: 'service' });
        const seen = [];
        const all = await stack.sql.value('SELECT count(*)::int AS n FROM booking.events');
        // Whatever runs in the database at the moment keeps the newest back.
        await until(
            'all are handed out',
            async () => {
                const { status, body } = await pull(seen.at(-1)?.cursor ?? '', 3);
                assert.equal(status, 'OK');
                assert.ok(body.events.length <= 3);
                seen.push(...body.events);
                return seen.length >= all;
            },
            { every: 0 },
        );
        assert.deepEqual((await pull(seen.at(-1).cursor, 3)).body.events, []);
        assert.equal(seen.length, all);
        assert.equal(new Set(seen.map((e) => e.cursor)).size, all);
        const mine = seen.filter((e) => e.entity === order.order_number);
        assert.deepEqual(
            mine.map((e) => [e.type, e.version, e.payload.status]),
            [
                ['order.reserved', 1, 'reserved'],
                ['order.cancelled', 2, 'cancelled'],
            ],
        );
        for (const after of ['x', '1', '1:', '-1:1', '9'.repeat(50)]) assert.equal((await pull(after, 3)).status, 'VALIDATION_FAILED', after);
        assert.equal((await pull('', 501)).status, 'VALIDATION_FAILED');
    });

    test('facts of a running transaction are not handed out', async () => {
        const emit = (entity) => `SELECT booking.emit('test', '${entity}', 1, '{}')`;
        const last = () => stack.sql.value("SELECT xid || ':' || id AS cursor FROM booking.events ORDER BY xid DESC, id DESC LIMIT 1");
        const pull = async (after) => {
            const { status, body } = await call('events.pull', { after, limit: 500 }, { caller: 'notify', role: 'service' });
            assert.equal(status, 'OK');
            return body.events.map((e) => e.entity);
        };
        await stack.sql.text(emit('first'));
        const start = await last();
        await stack.sql.whileHeld(emit('slow'), async () => {
            await stack.sql.text(emit('quick'));
            assert.deepEqual(await pull(start), [], 'the later one waits for the earlier');
        });
        assert.deepEqual(await until('both', async () => (await pull(start)).length > 0 && pull(start)), ['slow', 'quick']);
    });
});

describe('replicas', () => {
    let exhibition;
    const stack = useStack(
        { replicas: 3, supervised: true },
        {
            prepare: async () => {
                exhibition = await addExhibition(stack.sql, { products: [{ total: 100_000 }] });
                await visible(stack.http, exhibition);
            },
        },
    );
    const order = () => stack.http.post('/api/orders', orderFor(exhibition));

    test('all replicas get work', async () => {
        // One that stands still has not been found yet, or gets nothing for a moment.
        await until('each has made orders', async () => {
            await parallel(600, 60, order);
            for (const booking of stack.booking) {
                const text = await stack.metrics(booking);
                const line = text.split('\n').find((l) => l.startsWith('booking_commit_orders_total'));
                assert.ok(Number(line.split(' ').at(-1)) > 0, `${booking.name}: ${line}`);
            }
            return true;
        });
    });

    test('a dead replica costs only the calls it had', { timeout: 60_000 }, async () => {
        const [dead] = stack.booking;
        dead.supervised = false;
        const lost = () =>
            stack.gateway
                .output()
                .split('\n')
                .filter((line) => line.includes('"replica lost"') && line.includes(dead.address)).length;
        const before = lost();
        const running = parallel(300, 30, order);
        await dead.kill();
        const during = tally(await running, (a) => a.status);
        assert.ok((during[201] ?? 0) >= 240, JSON.stringify(during));
        assert.ok(
            Object.keys(during).every((s) => ['201', '504', '503'].includes(s)),
            JSON.stringify(during),
        );
        await until('the gateway knows', () => lost() > before);
        const started = Date.now();
        const after = tally(await parallel(300, 30, order), (a) => a.status);
        assert.deepEqual(after, { 201: 300 }, `${Date.now() - started} ms`);
        dead.supervised = true;
        dead.start();
        await stack.ready();
    });

    test('a paused replica costs only the calls it had, and comes back', { timeout: 60_000 }, async (t) => {
        const [CALLS, WIDTH, PROBES] = [900, 30, 5];
        await whilePaused([stack.booking[1]], async () => {
            const calls = await parallel(CALLS, WIDTH, async () => {
                const started = Date.now();
                const { status } = await order();
                return { status, ms: Date.now() - started };
            });
            // What was under way when it stopped answering, and later a probe now and then; everybody else notices nothing.
            const hurt = calls.filter(({ status }) => status !== 201);
            t.diagnostic(`${hurt.length} of ${CALLS} calls: ${JSON.stringify(tally(hurt, (c) => c.status))}`);
            assert.ok(hurt.length <= WIDTH + PROBES, JSON.stringify(hurt));
            // Whoever else stands still for a moment makes all wait that are under way then, not three of four.
            const times = calls.map(({ ms }) => ms).sort((a, b) => a - b);
            assert.ok(times[CALLS * 0.75] < 1000, `${times[CALLS * 0.75]} ms`);
        });
        await stack.ready();
        await stack.audit(15_000);
    });

    test('whoever stood still as well keeps the connections of those who did', { timeout: 60_000 }, async () => {
        const connected = () => stack.gateway.output().split('"replica connected"').length;
        const pings = async () => Number(/^bus_requests_total\{op="ping",status="OK"\} (\d+)$/m.exec(await stack.metrics(stack.booking[0]))[1]);
        const before = connected();
        await whilePaused(stack.booking, async () => {
            await stack.missed('booking');
            await whilePaused([stack.gateway], () => sleep(11_000)); // after ten seconds of silence a connection is made anew
        });
        const enough = (await pings()) + 20; // it pings every 0.2 s, as others do, and looks for the dead every 1.5 s
        await until('it has looked around', async () => (await pings()) >= enough);
        assert.equal(connected(), before);
        assert.equal((await order()).status, 201);
    });

    test('a replica that is asked to end loses no reply', { timeout: 60_000 }, async () => {
        const running = parallel(400, 40, order);
        const ending = stack.booking[2];
        ending.signal('SIGTERM');
        const end = await ending.ended;
        assert.equal(end.code, 0, `ended with ${end.signal ?? end.code}`);
        assert.deepEqual(
            tally(await running, (a) => a.status),
            { 201: 400 },
        );
        await stack.ready();
    });
});
