// At the gate: scanners and staff who scan, codes that are not ours, and what a scanner does while it is cut off (docs/offline.md).
import assert from 'node:assert/strict';
import { createDecipheriv, generateKeyPairSync, hkdfSync, randomUUID, sign } from 'node:crypto';
import { patiently } from './http.mjs';
import { codeId } from './tickets.mjs';
import { until } from './wait.mjs';

const CODE_BYTES = 42;
const SIGNED_FOR = Buffer.from('exhibition-code/1');
const STAFF_ID = 1; // of `make token`

/** The parts of a code, changed by `change` (svc-entrance/code.h), signed by a key that is not ours. */
export function forgeCode(text, change = () => {}) {
    const parts = Buffer.from(text, 'base64url').subarray(0, CODE_BYTES);
    change(parts);
    const { privateKey } = generateKeyPairSync('ed25519');
    return Buffer.concat([parts, sign(null, Buffer.concat([SIGNED_FOR, parts]), privateKey)]).toString('base64url');
}

/** The code with one bit the other way round. */
export function flipBit(text, bit) {
    const bytes = Buffer.from(text, 'base64url');
    bytes[bit >> 3] ^= 1 << (bit & 7);
    return bytes.toString('base64url');
}

/** What a code is called in the manifest. */
export const rowId = (text) => Buffer.from(codeId(text), 'hex').toString('base64url');

/** What the value of a manifest's row says to whoever holds the code: {order_number, products, name}. */
export function openValue(text, value) {
    const key = Buffer.from(hkdfSync('sha256', text, '', 'exhibition-manifest/1', 32));
    const bytes = Buffer.from(value, 'base64url');
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(-16));
    const [order_number, products, name] = Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()])
        .toString()
        .split('\n');
    return { order_number, products, name };
}

/** One scan as a scanner keeps it while it is cut off, for sync(). */
export const offlineScan = (qr_code, { scan_id = randomUUID(), scanned_at = new Date().toISOString(), verdict = 'allowed', ...members } = {}) => ({
    scan_id,
    qr_code,
    scanned_at,
    verdict,
    ...members,
});

/** Somebody who scans. */
export class Scanner {
    /** `own`: what each scan says of who scans. */
    constructor(stack, token, own) {
        Object.assign(this, { stack, token, own });
    }

    #post(path, json, options) {
        return this.stack.http.post(`/api/entrance/${path}`, json, { token: this.token, ...options });
    }

    #get(path) {
        return patiently(() => this.stack.http.get(`/api/entrance/${path}`, { token: this.token }), ['BUSY', 'OUTCOME_UNKNOWN']);
    }

    /** The answer. Members: scan_id, count, proof_seen …; options: those of the HTTP client. */
    scan(qr_code, members = {}, options = {}) {
        return this.#post('scan', { qr_code, ...this.own, ...members }, options);
    }

    /** The verdict: the body of an answer that is one, asked for as often as nobody can say it. */
    async verdict(qr_code, members, options) {
        const answer = await patiently(() => this.scan(qr_code, members, options));
        assert.equal(answer.status, 200, answer.text);
        return answer.json;
    }

    /** Its word alone. */
    async status(qr_code, members, options) {
        return (await this.verdict(qr_code, members, options)).entrance_status;
    }

    /** The answer. `sent_at`: what the scanner's clock says now. */
    sync(scans, { sent_at = new Date().toISOString(), device_id = this.device_id, ...members } = {}, options = {}) {
        return this.#post('sync', { device_id, sent_at, scans, ...members }, options);
    }

    /** The answer; only managers. */
    undo(scan_id, { reason = '오조작', ...members } = {}, options = {}) {
        return this.#post('undo', { scan_id, reason, ...members }, options);
    }

    keys() {
        return this.#get('keys');
    }

    stats(exhibition, date) {
        return this.#get(`stats?${new URLSearchParams({ exhibition: exhibition.code, ...(date && { date }) })}`);
    }

    /** The whole manifest of a day: the last page with `rows` of all pages by code id, each as of its newest state. */
    async manifest({ exhibition, date, cursor } = {}) {
        const rows = new Map();
        for (let page; ; cursor = page.cursor) {
            const query = { ...(exhibition && { exhibition: exhibition.code }), ...(date && { date }), ...(cursor && { cursor }) };
            const answer = await this.#get(`manifest?${new URLSearchParams(query)}`);
            assert.equal(answer.status, 200, answer.text);
            page = answer.json;
            for (const [id, value, state, used] of page.rows) rows.set(id, { value, state, used });
            if (!page.more) return { ...page, rows };
        }
    }
}

/** A member of staff who scans. `exhibitions`: a code, several joined by ',', or '*'. */
export function staffAt(stack, exhibitions = '*', role = 'staff') {
    const scanner = new Scanner(stack, stack.token(role, exhibitions), { admin_id: STAFF_ID });
    scanner.device_id = `staff-${STAFF_ID}`;
    return scanner;
}

const devices = '/api/entrance/devices';

/** The answer with a one-time code, by a manager. */
export const makeDevice = (stack, exhibition, name = '정문 1') =>
    stack.http.post(devices, { exhibition: exhibition.code, name }, { token: stack.token('manager', exhibition.code) });

/** The answer with a token, by nobody in particular. */
export const enrollWith = (stack, enroll_code) => stack.http.post(devices, { enroll_code });

/** An enrolled scanner, with `id`, `device_id` and `exhibition`. */
export async function enroll(stack, exhibition, name) {
    const made = await until('the gate knows the exhibition', async () => {
        const answer = await makeDevice(stack, exhibition, name);
        return answer.status === 201 && answer.json;
    });
    const answer = await enrollWith(stack, made.enroll_code);
    assert.equal(answer.status, 200, answer.text);
    stack.mustNotLog(made.enroll_code, answer.json.token);
    const scanner = new Scanner(stack, answer.json.token, {});
    return Object.assign(scanner, { id: made.id, device_id: answer.json.device_id, exhibition });
}

/** The answer. */
export const revoke = (stack, scanner) => stack.http.delete(`${devices}/${scanner.id}`, { token: stack.token('manager', scanner.exhibition.code) });
