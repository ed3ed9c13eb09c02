// After a long stop there is much to forget: it goes in batches, so that no statement runs into its time-out or holds events back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useStack } from './lib/stack.mjs';
import { until } from './lib/wait.mjs';

const stack = useStack({ payment: 1, notify: 1, admin: 1 });
const BATCH = 5000;
const MANY = 2 * BATCH + 1234;
const FRESH = 7;
const NAMES = 100_000; // failures that are kept, of names that nobody locked

/** What is forgotten: table, its rows (`at`: how old, `i`: their number), what is old, which of them are left, what becomes of them. */
const answers = { old: '25 hours', row: `(key, body, answer, status, created_at) SELECT gen_random_uuid(), gen_random_uuid(), '{}', 0, at` };
const past = [
    { table: 'payment.idempotency', ...answers },
    { table: 'notify.idempotency', ...answers },
    { table: 'admin.idempotency', ...answers },
    { table: 'payment.webhooks', old: '91 days', row: `(event_type, attempt, verdict, received_at) SELECT 'X', 0, 'known', at` },
    {
        table: 'payment.refunds',
        old: '31 days',
        row: `(refund_id, kind, order_number, exhibition_id, amount, reason, state, account, done_at) SELECT 'old' || at || i, 'staff', 'X', 0, 0, '', 'done', 'sealed', at`,
        left: 'account IS NOT NULL',
        event: 'UPDATE',
    },
    { table: 'admin.login_failures', old: '2 days', row: `(name_hash, last_at) SELECT 'old' || at || i, at` },
    { table: 'admin.sessions', old: '3 days', row: `(id, user_id, client, user_agent, ended_at) SELECT 'old' || at || i, 0, '', '', at`, left: 'user_id = 0' },
    {
        table: 'admin.sessions',
        old: '8 days',
        row: `(id, user_id, client, user_agent, used_at, created_at) SELECT 'unused' || at || i, 1, '', '', at, at`,
        left: 'user_id = 1 AND ended_at IS NULL',
        event: 'UPDATE',
    },
];

test('what is over goes batch by batch, what is not stays', { timeout: 180_000 }, async () => {
    const daemons = [stack.payment[0], stack.notify[0], stack.admin[0]];
    for (const daemon of daemons) assert.equal(await daemon.stop(), undefined);
    const left = ({ table, left: of = 'true' }) => stack.sql.value(`SELECT count(*)::int FROM ${table} WHERE ${of}`);
    await stack.sql.text(`CREATE TABLE batches (of text, rows int);
        GRANT INSERT ON batches TO PUBLIC;
        CREATE FUNCTION note_batch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN INSERT INTO public.batches SELECT TG_ARGV[0], count(*) FROM gone; RETURN NULL; END $$`);
    for (const [i, { table, old, row, event = 'DELETE' }] of past.entries()) {
        const before = await left(past[i]);
        await stack.sql.text(`BEGIN;
            INSERT INTO ${table} ${row} FROM (SELECT now() - interval '${old}' AS at, i FROM generate_series(1, ${MANY}) i) x;
            INSERT INTO ${table} ${row} FROM (SELECT now() AS at, i FROM generate_series(1, ${FRESH}) i) x;
            CREATE TRIGGER note_batch_${i} AFTER ${event} ON ${table} REFERENCING OLD TABLE AS gone
            FOR EACH STATEMENT EXECUTE FUNCTION note_batch(${i}); COMMIT`);
        past[i].stay = before + FRESH;
    }
    for (const daemon of daemons) daemon.start();
    await stack.ready();
    await until(
        'only what is fresh is left',
        async () => {
            for (const p of past) assert.equal(await left(p), p.stay, `${p.table} ${p.left ?? ''}`);
            return true;
        },
        { ms: 100_000, every: 200 },
    );
    const batches = await stack.sql.rows('SELECT of::int, sum(rows)::int AS rows, max(rows)::int AS most FROM batches GROUP BY of ORDER BY of::int');
    for (const { of, rows, most } of batches) assert.deepEqual([rows >= MANY, most], [true, BATCH], past[of].table);
    assert.equal(batches.length, past.length);
});

test('whoever tries names without end fills no disk, and unlocks nobody', { timeout: 180_000 }, async () => {
    assert.equal(await stack.admin[0].stop(), undefined);
    await stack.sql.text(`DELETE FROM admin.login_failures;
        INSERT INTO admin.login_failures (name_hash, last_at, locked_until)
        SELECT 'name' || i, now() - i * interval '0.5 s', CASE WHEN i % 1000 = 0 THEN now() + interval '1 hour' END
        FROM generate_series(1, ${NAMES + MANY}) i`);
    stack.admin[0].start();
    await stack.ready();
    const kept = () =>
        stack.sql.row(`SELECT count(*) FILTER (WHERE locked_until IS NULL)::int AS free, count(locked_until)::int AS locked FROM admin.login_failures`);
    const locked = Math.floor((NAMES + MANY) / 1000);
    // Of the newest 100,001 all stay, of those before them who is locked.
    const free = NAMES + 1 - Math.floor((NAMES + 1) / 1000);
    await until('the oldest are gone', async () => assert.deepEqual(await kept(), { free, locked }) ?? true, { ms: 100_000, every: 200 });
});
