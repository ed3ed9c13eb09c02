// Tickets as their owner has them: codes, what they say, who signed them, and pictures as a camera reads them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patiently } from './http.mjs';
import { orderToken } from './token.mjs';
import { until } from './wait.mjs';

const CODE_BYTES = 42;
const NO_SLOT = 0xffff;

/** What a code says (svc-entrance/code.h). */
export function readCode(text) {
    const b = Buffer.from(text, 'base64url');
    assert.equal(b.length, CODE_BYTES + 64);
    const minutes = (at) => (b.readUInt16BE(at) === NO_SLOT ? null : b.readUInt16BE(at));
    return {
        format: b[0],
        kind: String.fromCharCode(b[1]),
        key_id: b.readUInt16BE(2),
        id: Number(b.readBigUInt64BE(4)),
        order_id: Number(b.readBigUInt64BE(12)),
        exhibition_id: b.readUInt32BE(20),
        product_id: b.readUInt32BE(24),
        visit_day: b.readInt32BE(28),
        slot: [minutes(32), minutes(34)],
        version: b.readUInt16BE(36),
        issued_at: b.readUInt32BE(38),
    };
}

/** `publicKey`: 32 bytes as base64url. Nothing of the daemons is used for it. */
export function isSignedBy(text, publicKey) {
    const b = Buffer.from(text, 'base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    return verify(null, Buffer.concat([Buffer.from('exhibition-code/1'), b.subarray(0, CODE_BYTES)]), key, b.subarray(CODE_BYTES));
}

/** The name of a code in tables, as hex. */
export const codeId = (text) => createHash('sha256').update('ticket-code-id').update(text).digest('hex').slice(0, 32);

// Nobody has to answer within two seconds where everything may stand still for as long.
const ask = (stack, target, options) => patiently(() => stack.http.get(target, options), ['OUTCOME_UNKNOWN']);

/** The answer. */
export const listTickets = (stack, order, options) => ask(stack, `/api/orders/${order.order_number}/tickets`, { orderToken: order.order_token, ...options });

/** {tickets, order_qr_code}, once they are there (and `wanted` is true of them). */
export async function ticketsWithCodes(stack, order, { ms, wanted = () => true } = {}) {
    const answer = await until(
        `codes of ${order.order_number}`,
        async () => {
            const read = await listTickets(stack, order);
            return read.status === 200 && wanted(read.json) && read;
        },
        { ms, every: 20 },
    );
    return answer.json;
}

/** As its owner has it after its codes and its link were issued anew. */
export const renewed = (order, version = 2) => ({ ...order, order_token: orderToken(order.order_number, { version }) });

/** The answer, with its body in `bytes`. */
export const picture = (stack, id, format, token) => ask(stack, `/api/tickets/${id}/qr.${format}`, { orderToken: token });

// The grey map of an SVG as svc-entrance draws it: runs of dark modules.
function rasterize(svg, scale = 4) {
    const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)[1]);
    const pixels = Buffer.alloc((size * scale) ** 2, 255);
    for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
        for (let line = y * scale; line < (Number(y) + 1) * scale; line++) {
            const from = line * size * scale + x * scale;
            pixels.fill(0, from, from + width * scale);
        }
    }
    return Buffer.concat([Buffer.from(`P5 ${size * scale} ${size * scale} 255\n`), pixels]);
}

/** The text that a scanner reads in a picture (PNG bytes, or the text of an SVG). */
export function scanPicture(image) {
    const dir = mkdtempSync(join(tmpdir(), 'qr-'));
    try {
        const file = join(dir, 'picture');
        writeFileSync(file, typeof image === 'string' ? rasterize(image) : image);
        return execFileSync('zbarimg', ['-q', '--raw', '--nodbus', file]).toString().trimEnd();
    } finally {
        rmSync(dir, { recursive: true });
    }
}

/** Everything the gate knows of orders, without what is different each time (signatures, times, places in the manifest). */
export const knownOrders = (stack, exhibition) =>
    stack.sql.rows(`SELECT o.id, o.version, o.order_number, o.status, o.customer_name, o.visit_date, o.slot_id, o.token_version,
            (SELECT json_agg(t ORDER BY t.id) FROM entrance.tickets t WHERE t.order_id = o.id) AS tickets,
            (SELECT json_agg(json_build_array(c.kind, c.ref, c.version, c.state, c.used, c.visit_date) ORDER BY c.kind, c.ref, c.version)
             FROM entrance.code_states c WHERE c.order_id = o.id) AS codes
        FROM entrance.orders o WHERE o.exhibition_id = ${exhibition.id} ORDER BY o.id`);

/** Until the gate has heard of all orders, and booking all that the gate has to say: of every order or `of` one. */
export const bookingHeard = (stack, { ms, of } = {}) =>
    until(
        'booking and the gate have heard each other',
        () =>
            stack.sql.value(`SELECT NOT EXISTS (SELECT FROM booking.events e, entrance.consumer_cursors c
                    WHERE c.source = 'booking' AND e.type LIKE 'order.%'
                        AND (e.xid, e.id) > (split_part(c.cursor, ':', 1)::xid8, split_part(c.cursor, ':', 2)::bigint))
                AND NOT EXISTS (SELECT FROM entrance.orders g JOIN booking.orders b ON b.id = g.id
                    WHERE b.entries_version <> g.entries_version ${of ? `AND b.order_number = '${of.order_number}'` : ''})`),
        { ms, every: 50 },
    );
