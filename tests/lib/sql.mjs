// SQL through psql: no driver to maintain, and the daemons' own settings stay out of the way.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { until } from './wait.mjs';

// The program itself: Debian's wrapper in the PATH costs more than the query.
const HOME = '/usr/lib/postgresql';
const newest = readdirSync(HOME).sort((a, b) => b - a)[0];
const PSQL = newest ? `${HOME}/${newest}/bin/psql` : 'psql';
const OPTIONS = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose'];

export class Sql {
    constructor(url) {
        this.url = url;
    }

    /** Runs statements in one session, returns what psql prints (unaligned, no header). Errors reject with their text. */
    text(statements) {
        return new Promise((resolve, reject) => {
            const child = execFile(PSQL, [...OPTIONS, '-d', this.url, '-f', '-'], { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
                if (error) reject(new Error(`${stderr.trim() || error.message}\n${statements.slice(0, 400)}`));
                else resolve(stdout.trimEnd());
            });
            child.stdin.on('error', () => {}); // psql that cannot connect never reads
            child.stdin.end(statements);
        });
    }

    /**
     * What comes of `job`, run while a transaction of a session of its own keeps what `statements` took: locks, a snapshot, a number.
     * job is given {waitedFor, release}: until somebody waits for a lock of it; its commit, which comes after the job at the latest.
     */
    async whileHeld(statements, job) {
        const child = spawn(PSQL, [...OPTIONS, '-d', this.url, '-f', '-']);
        const over = new Promise((resolve) => child.on('close', resolve));
        let [said, complaint] = ['', ''];
        child.stdin.on('error', () => {});
        child.stdout.on('data', (text) => (said += text));
        child.stderr.on('data', (text) => (complaint += text));
        child.stdin.write(`BEGIN; ${statements};\nSELECT 'held by ' || pg_backend_pid();\n`);
        const release = () => (child.stdin.end('COMMIT;\n'), over);
        try {
            const holder = await until('it is held', () => assert.equal(complaint, '') ?? /^held by (\d+)$/m.exec(said));
            const waiting = `SELECT count(*)::int FROM pg_stat_activity WHERE ${holder[1]} = ANY (pg_blocking_pids(pid))`;
            const waitedFor = () => until('somebody waits for it', async () => (await this.value(waiting)) > 0);
            return await job({ waitedFor, release });
        } finally {
            await release();
        }
    }

    /** Rows of a SELECT as objects. */
    async rows(select) {
        return JSON.parse(await this.text(`SELECT coalesce(json_agg(r_o_w), '[]') FROM (${select}) r_o_w`));
    }

    async row(select) {
        return (await this.rows(select))[0];
    }

    /** The only column of the only row. */
    async value(select) {
        return Object.values((await this.row(select)) ?? {})[0];
    }

    /** Held and sold places of a pool: what left it, and what the orders say. */
    pool(id) {
        return this.row(`SELECT total, available, total - available AS taken FROM booking.pools WHERE id = ${id}`);
    }

    /** Tickets of a product in orders that hold stock. */
    async taken(productId) {
        return Number(
            await this.value(`SELECT coalesce(sum(i.quantity), 0) FROM booking.order_items i JOIN booking.orders o ON o.id = i.order_id
                WHERE i.product_id = ${productId}
                AND o.status IN ('reserved', 'paying', 'awaiting_deposit', 'paid', 'partially_cancelled')`),
        );
    }

    /** A fingerprint of everything booking stores: equal before and after means that nothing changed. */
    async fingerprint() {
        const tables = 'exhibitions products time_slots pools orders order_items tickets payment_attempts phone_counters idempotency events';
        const parts = tables
            .split(' ')
            .map(
                (t) =>
                    `SELECT '${t}' AS name, count(*) AS rows, md5(coalesce(string_agg(md5(x::text), '' ORDER BY md5(x::text)), '')) AS sum FROM booking.${t} x`,
            );
        return this.rows(parts.join(' UNION ALL '));
    }
}
