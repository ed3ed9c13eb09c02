// SQL through psql: no driver to maintain, and the daemons' own settings stay out of the way.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';

// The program itself: Debian's wrapper in the PATH costs more than the query.
const HOME = '/usr/lib/postgresql';
const newest = readdirSync(HOME).sort((a, b) => b - a)[0];
const PSQL = newest ? `${HOME}/${newest}/bin/psql` : 'psql';

export class Sql {
    constructor(url) {
        this.url = url;
    }

    /** Runs statements in one session, returns what psql prints (unaligned, no header). Errors reject with their text. */
    text(statements) {
        const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-d', this.url, '-f', '-'];
        return new Promise((resolve, reject) => {
            const child = execFile(PSQL, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
                if (error) reject(new Error(`${stderr.trim() || error.message}\n${statements.slice(0, 400)}`));
                else resolve(stdout.trimEnd());
            });
            child.stdin.on('error', () => {}); // psql that cannot connect never reads
            child.stdin.end(statements);
        });
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
