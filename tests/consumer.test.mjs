// Events that must arrive: each is applied exactly once whatever is killed, in order, and a poisoned one stops nobody.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { Daemon } from './lib/daemon.mjs';
import { Engines } from './lib/engines.mjs';
import { freePort } from './lib/ports.mjs';
import { sleep, until } from './lib/wait.mjs';

const KEY = 'bus-key-of-probe-0123456789abcdef0123';
const TABLES = `
    DROP SCHEMA IF EXISTS probe CASCADE;
    CREATE SCHEMA probe;
    SET search_path = probe;
    CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        created_at timestamptz NOT NULL DEFAULT now(), type text, entity text, version bigint, payload jsonb)
        PARTITION BY RANGE (created_at);
    CREATE INDEX ON events (xid, id);
    CREATE TABLE events_default PARTITION OF events DEFAULT;
    CREATE TABLE consumer_cursors (consumer text, source text, cursor text NOT NULL, PRIMARY KEY (consumer, source));
    CREATE TABLE parked_events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, consumer text NOT NULL, source text NOT NULL,
        cursor text NOT NULL, type text NOT NULL, entity text NOT NULL, version bigint NOT NULL, payload jsonb NOT NULL,
        error text NOT NULL, parked_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE effects (id bigint GENERATED ALWAYS AS IDENTITY, cursor text NOT NULL, n integer NOT NULL);
    CREATE TABLE states (entity text PRIMARY KEY, version bigint NOT NULL);
    CREATE PROCEDURE apply_event(p_cursor text, p_entity text, p_version bigint, p_payload jsonb) LANGUAGE sql AS $$
        SELECT pg_sleep(60) WHERE p_payload ? 'hang';
        INSERT INTO effects (cursor, n) SELECT p_cursor, 1 / (CASE WHEN p_payload ? 'poison' THEN 0 ELSE 1 END);
        INSERT INTO states AS s (entity, version) VALUES (p_entity, p_version)
            ON CONFLICT (entity) DO UPDATE SET version = excluded.version WHERE s.version < excluded.version;
    $$;`;

let dir, engines, probe;
let said = 0; // length of the log when the test began

/** A daemon that does not end in order, or that a sanitizer complains about, fails the test behind it. */
async function endProbe() {
    if (!probe) return;
    const problem = await probe.stop();
    assert.equal(probe.sanitizerReport() ?? problem, undefined, probe.output().slice(-2000));
}

before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'consumer-'));
    engines = new Engines(join(dir, 'cluster'));
    await engines.start();
});
after(async () => {
    await endProbe();
    engines.stop();
    rmSync(dir, { recursive: true, force: true });
});
beforeEach(async () => {
    await endProbe();
    await engines.sql.text(TABLES);
    const bus = `127.0.0.1:${await freePort()}`;
    const url = new URL(engines.env.DATABASE_ADMIN_URL);
    url.searchParams.set('options', '-csearch_path=probe');
    const env = {
        ENV: 'test',
        METRICS_LISTEN: `127.0.0.1:${await freePort()}`,
        DATABASE_URL: url.href,
        BUS_LISTEN: bus,
        BUS_KEY: KEY,
        BUS_KEY_PROBE: KEY,
        PROBE_ADDR: bus,
    };
    probe = new Daemon('consumer-probe', 'consumer_probe', env, dir, { supervised: true });
    said = probe.output().length;
});

/** Writes events 1..count of one entity, each in a transaction of its own or all in one. */
const emit = (count, { entity = 'e', type = 't', from = 1, payload = '{}', one = true } = {}) => {
    const insert = (i) => `INSERT INTO probe.events (type, entity, version, payload) VALUES ('${type}', '${entity}', ${i}, '${payload}');`;
    const rows = Array.from({ length: count }, (_, i) => insert(from + i)).join('\n');
    return engines.sql.text(one ? `BEGIN;${rows}COMMIT;` : rows);
};
const counts = () =>
    engines.sql.row(`SELECT (SELECT count(*) FROM probe.effects) AS effects, (SELECT count(DISTINCT cursor) FROM probe.effects) AS different,
        (SELECT count(*) FROM probe.events) AS events, (SELECT count(*) FROM probe.parked_events) AS parked`);
const arrived = (n) => until(`${n} effects`, async () => (await counts()).effects >= n && (await counts()), { ms: 60_000 });
const logged = (text) => probe.output().slice(said).split(text).length - 1;
const metric = async (line) => Number(line.exec(await (await fetch(`http://${probe.env.METRICS_LISTEN}/metrics`)).text())?.[1]);
const lag = () => metric(/^events_lag_seconds\{consumer="probe",source="probe"\} (\d+)$/m);
/** How often the consumer has asked for events. */
const pulls = () => metric(/^bus_requests_total\{op="events.pull",[^}]*\} (\d+)$/m);
const inOrder = async () => {
    const rows = await engines.sql.rows('SELECT cursor FROM probe.effects ORDER BY id');
    const keys = rows.map(({ cursor }) => cursor.split(':').map(BigInt));
    return keys.every(([x, i], k) => k === 0 || keys[k - 1][0] < x || (keys[k - 1][0] === x && keys[k - 1][1] < i));
};

test('every event is applied once, in order, across pages', async () => {
    await emit(250);
    await emit(120, { from: 251, one: false });
    probe.start();
    assert.deepEqual(await arrived(370), { effects: 370, different: 370, events: 370, parked: 0 });
    assert.ok(await inOrder());
    await emit(1, { from: 371 });
    assert.equal((await arrived(371)).different, 371);
    assert.equal(await engines.sql.value("SELECT version FROM probe.states WHERE entity = 'e'"), 371);
});

for (const [point, says] of [
    ['probe.effect', 'death'],
    ['probe.connection', 'a lost connection'],
]) {
    test(`${says} between effect and cursor loses and doubles nothing`, async () => {
        await emit(150);
        probe.start({ FAULT: `${point}:130`, FAULT_ONCE: join(dir, 'once-') });
        assert.deepEqual(await arrived(150), { effects: 150, different: 150, events: 150, parked: 0 });
        await until('the point was reached', () => probe.output().includes(`"fault":"${point}"`) && probe.output().includes('reached'));
        assert.ok(await inOrder());
    });
}

test('kill -9 again and again', async () => {
    await emit(100);
    probe.start();
    for (let i = 1; i <= 8; i++) {
        await emit(200, { from: i * 200, one: i % 2 === 0 });
        await sleep(150);
        await probe.kill();
    }
    assert.deepEqual(await arrived(1700), { effects: 1700, different: 1700, events: 1700, parked: 0 });
    assert.ok(await inOrder());
});

test('a poisoned event is parked after five tries and stops nobody', async () => {
    await emit(30);
    await emit(1, { from: 31, payload: '{"poison":true,"a":"b"}' });
    await emit(30, { from: 32 });
    probe.start();
    assert.deepEqual(await arrived(60), { effects: 60, different: 60, events: 61, parked: 1 });
    const parked = await engines.sql.row('SELECT * FROM probe.parked_events');
    assert.equal(parked.version, 31);
    assert.deepEqual(parked.payload, { poison: true, a: 'b' });
    assert.match(parked.error, /22012/);
    assert.equal(logged('"message":"event cannot be applied"'), 5);
});

test('an event that always takes too long is parked, and how far behind we are is in sight', async () => {
    await emit(30);
    await emit(1, { from: 31, payload: '{"hang":true}' });
    await emit(30, { from: 32 });
    await engines.sql.text("UPDATE probe.events SET created_at = now() - interval '1 hour' WHERE version = 31");
    probe.start();
    await until('it is suspected', async () => logged('"message":"event cannot be applied"') >= 2, { ms: 20_000 });
    await until('how far behind', async () => (await lag()) >= 3600);
    assert.deepEqual(await arrived(60), { effects: 60, different: 60, events: 61, parked: 1 });
    const parked = await engines.sql.row('SELECT version, error FROM probe.parked_events');
    assert.deepEqual(parked, { version: 31, error: 'sqlstate 57014' });
    assert.equal(logged('"message":"event cannot be applied"'), 5);
    assert.ok(logged('"message":"events stand still"') >= 1);
    assert.ok(await inOrder());
    await until('nothing is behind', async () => (await lag()) === 0);
});

test('a lock that somebody holds for long parks nothing', async () => {
    await emit(5);
    await engines.sql.whileHeld('LOCK TABLE probe.states', async () => {
        probe.start();
        await until('it was waited for again and again', () => logged('"sqlstate":"55P03"') >= 7, { ms: 60_000 });
    });
    assert.deepEqual(await arrived(5), { effects: 5, different: 5, events: 5, parked: 0 });
});

const long = JSON.stringify({ text: 'x'.repeat(700_000) });
for (const [what, payload, others] of [
    ['too deep', JSON.stringify({ deep: JSON.parse('['.repeat(40) + ']'.repeat(40)) }), '{}'],
    ['longer than a message', JSON.stringify({ text: 'x'.repeat(2_000_000) }), '{}'],
    ['long, behind a page that is nearly full,', long, JSON.stringify({ text: 'x'.repeat(12_000) })],
])
    test(`an event that is ${what} is parked by its name and stops nobody`, async () => {
        await emit(20, { payload: others });
        await emit(1, { from: 21, payload });
        await emit(250, { from: 22 });
        probe.start();
        assert.deepEqual(await arrived(270), { effects: 270, different: 270, events: 271, parked: 1 });
        const parked = await engines.sql.row('SELECT type, entity, version, payload, error FROM probe.parked_events');
        assert.deepEqual(parked, { type: 't', entity: 'e', version: 21, payload: null, error: 'unreadable' });
        assert.equal(logged('"message":"events cannot be read"'), 6); // the page, then five times alone
        assert.ok(await inOrder());
    });

test('of many events the wanted types come, and the cursor passes the others', async () => {
    const cursor = async () => BigInt((await engines.sql.value('SELECT cursor FROM probe.consumer_cursors')).split(':')[1] ?? 0);
    const last = () => engines.sql.value('SELECT max(id) FROM probe.events');
    await emit(3, { type: 'b' });
    await engines.sql.text(`INSERT INTO probe.events (type, entity, version, payload) SELECT 'noise', 'n', i, '{}' FROM generate_series(1, 4500) i`);
    await emit(450, { type: 'a', from: 4 });
    await emit(20, { type: 'ab' });
    probe.start({ PROBE_TYPES: 'a,b' });
    assert.deepEqual(await arrived(453), { effects: 453, different: 453, events: 4973, parked: 0 });
    await until('the cursor is at the end', async () => (await cursor()) === BigInt(await last()));
    assert.ok(await inOrder());
    await emit(1, { type: 'a', from: 454 });
    assert.equal((await arrived(454)).effects, 454);
});

test('large events come page by page', async () => {
    await emit(60, { payload: JSON.stringify({ text: 'x'.repeat(20_000), numbers: Array.from({ length: 3_000 }, (_, i) => i % 10) }) });
    probe.start();
    assert.deepEqual(await arrived(60), { effects: 60, different: 60, events: 60, parked: 0 });
});

test('an event delivered again changes nothing', async () => {
    await emit(20);
    probe.start();
    await arrived(20);
    await probe.stop();
    const { cursor } = await engines.sql.row('SELECT cursor FROM probe.effects ORDER BY id LIMIT 1 OFFSET 9');
    await engines.sql.text(`UPDATE probe.consumer_cursors SET cursor = '${cursor}'; UPDATE probe.states SET version = 1000`);
    probe.start();
    assert.deepEqual(await arrived(30), { effects: 30, different: 20, events: 20, parked: 0 });
    assert.equal(await engines.sql.value('SELECT version FROM probe.states'), 1000); // a higher version stands
});

test('a transaction still running holds back those that began after it', async () => {
    probe.start();
    await emit(5);
    await arrived(5);
    await engines.sql.whileHeld("INSERT INTO probe.events (type, entity, version, payload) VALUES ('t', 'slow', 1, '{}')", async () => {
        await emit(5, { entity: 'fast' });
        const asked = await pulls();
        await until('they were asked for again and again', async () => (await pulls()) >= asked + 5);
        assert.equal((await counts()).effects, 5);
    });
    assert.deepEqual(await arrived(11), { effects: 11, different: 11, events: 11, parked: 0 });
    assert.ok(await inOrder());
});

test('a database that is gone for a while parks nothing', async () => {
    probe.start();
    await emit(5);
    await arrived(5);
    await emit(200, { from: 6 });
    await engines.restart('postgres');
    assert.deepEqual(await arrived(205), { effects: 205, different: 205, events: 205, parked: 0 });
});
