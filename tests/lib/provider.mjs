// A provider of messages as svc-notify calls it, by tests/provider_probe.c, and what tests ask of it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { program } from './paths.mjs';
import { until } from './wait.mjs';

export const APP_KEY = 'sandbox-app-key';
export const SECRET_KEY = 'sandbox-secret-key';
const SENDER_KEY = '0123456789abcdef0123456789abcdef01234567';
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const SPAN_MS = 300_000;
const SANITIZERS = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.endsWith('SAN_OPTIONS')));

export const ownId = () => Array.from(randomBytes(26), (b) => ALPHABET[b % 32]).join('');

export class Provider {
    #sends = new Map(); // own id -> submits so far
    #results = []; // every row a feed has told

    constructor(name, url, env = {}) {
        this.env = {
            ALIMTALK_PROVIDER: name,
            ALIMTALK_BASE_URL: url,
            ALIMTALK_APP_KEY: APP_KEY,
            ALIMTALK_SECRET_KEY: SECRET_KEY,
            KAKAO_SENDER_KEY: SENDER_KEY,
            ALIMTALK_SMS_SENDER: '0212345678',
            ...env,
        };
    }

    start() {
        this.child = spawn(program('provider_probe'), [], { env: { ...SANITIZERS, ...this.env }, stdio: 'pipe' });
        this.log = '';
        this.child.stderr.on('data', (piece) => (this.log += piece));
        this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
        this.ended = new Promise((resolve) => this.child.on('close', (code, signal) => resolve(signal ?? code)));
    }

    async stop() {
        this.child.stdin.end();
        assert.equal(await this.ended, 0, this.log.slice(-2000));
    }

    /** One call at a time. */
    async call(name, fields = {}) {
        this.child.stdin.write(`${JSON.stringify({ call: name, ...fields })}\n`);
        const { value, done } = await this.lines.next();
        assert.ok(!done, `the probe is gone: ${this.log.slice(-2000)}`);
        const { answer, faults } = JSON.parse(value);
        assert.equal(faults, 0, value);
        return answer;
    }

    /** Submits `messages` of {own_id, phone}, each under its next key; `fields`: template, values, fallback. */
    submitAll(messages, fields = {}) {
        const keyed = messages.map(({ own_id, phone }) => {
            this.#sends.set(own_id, (this.#sends.get(own_id) ?? 0) + 1);
            return { own_id, phone, key: `${own_id}-${this.#sends.get(own_id)}` };
        });
        return this.call('submit', { fallback: true, ...fields, messages: keyed });
    }

    async submit(message, fields) {
        return (await this.submitAll([message], fields))[0];
    }

    async lookUp({ own_id }, fields = {}) {
        const now = Date.now();
        return (await this.call('look_up', { own_id, submitted_ms: now - 5000, last_submitted_ms: now, ...fields }))[0];
    }

    /** Rows that are new or not; null: a page failed. */
    async feed(fields = {}) {
        const now = Date.now();
        const rows = await this.call('feed', { from_ms: now - SPAN_MS, to_ms: now, ...fields });
        if (rows.includes(null)) return null;
        this.#results.push(...rows);
        return rows;
    }

    /** What feeds tell in the end of messages {own_id, request_id, recipient_seq}, one row for each; a fallback under way is no end. */
    results(messages) {
        const is = (row, m) => (row.own_id ? row.own_id === m.own_id : row.request_id === m.request_id && row.recipient_seq === m.recipient_seq);
        const last = (m) => this.#results.findLast((row) => is(row, m) && row.result !== 'fallback_pending');
        return until(`results of ${messages.length}`, async () => (await this.feed()) && messages.every(last) && messages.map(last), { ms: 20_000 });
    }

    async check(template) {
        return (await this.call('check', { template }))[0];
    }
}
