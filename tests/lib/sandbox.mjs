// The stand-in for Toss Payments, started with settings of its own, and what tests ask of it. Its answers are Toss's, not ours, so
// they are not judged by our openapi.yaml.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { Daemon } from './daemon.mjs';
import { freePort } from './ports.mjs';
import { until } from './wait.mjs';

export const TOSS_SECRET_KEY = 'test_sk_of_the_first_shop';
export const TOSS_CLIENT_KEY = 'test_ck_of_the_first_shop';

const basic = (key) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
const LIMIT_MS = 30_000;

export class Sandbox {
    /** `env`: settings on top of the usual ones. */
    constructor(logDir, env = {}) {
        Object.assign(this, { logDir, env });
    }

    async start() {
        [this.port, this.metrics] = [await freePort(), await freePort()];
        this.url = `http://127.0.0.1:${this.port}`;
        const env = {
            ENV: 'test',
            SANDBOX_LISTEN: `127.0.0.1:${this.port}`,
            METRICS_LISTEN: `127.0.0.1:${this.metrics}`,
            SANDBOX_PUBLIC_URL: this.url,
            TOSS_SECRET_KEY,
            TOSS_CLIENT_KEY,
            ...this.env,
        };
        this.daemon = new Daemon('sandbox', 'sandbox', env, this.logDir);
        await this.run();
    }

    /** Starts the process (again) and waits until it serves. */
    async run() {
        this.daemon.start();
        await until('the sandbox is ready', async () => (await fetch(`http://127.0.0.1:${this.metrics}/readyz`)).status === 200);
    }

    async stop() {
        const wrong = [await this.daemon.stop(), this.daemon.sanitizerReport(), ...this.daemon.deaths.map((d) => `died: ${d}`)].filter(Boolean);
        assert.deepEqual(wrong, [], this.daemon.output().slice(-2000));
    }

    /** {status, json, text, headers}; rejects when the connection is cut. */
    async ask(method, path, { body, headers = {}, signal = AbortSignal.timeout(LIMIT_MS) } = {}) {
        const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
        const answer = await fetch(`${this.url}${path}`, { method, body: text, headers, signal, redirect: 'manual' });
        const received = await answer.text();
        let json;
        try {
            json = JSON.parse(received);
        } catch {
            json = undefined;
        }
        return { status: answer.status, json, text: received, headers: Object.fromEntries(answer.headers) };
    }

    /** A call of Toss's with the shop's key. */
    toss(method, path, body, { key = TOSS_SECRET_KEY, idempotency, headers = {}, ...rest } = {}) {
        const extra = idempotency === undefined ? {} : { 'Idempotency-Key': idempotency };
        return this.ask(method, path, { body, headers: { 'Content-Type': 'application/json', Authorization: basic(key), ...extra, ...headers }, ...rest });
    }

    /** A control call that must succeed. */
    async control(path, body) {
        const answer = await this.ask(body === undefined ? 'GET' : 'POST', `/sandbox/${path}`, { body });
        assert.equal(answer.status, 200, `${path}: ${answer.text}`);
        return answer.json;
    }

    create(fields = {}, options) {
        return this.toss('POST', '/v1/payments', payment(fields), options);
    }

    confirm(p, options) {
        return this.toss('POST', '/v1/payments/confirm', { paymentKey: p.paymentKey, orderId: p.orderId, amount: p.totalAmount }, options);
    }

    get(p, options) {
        return this.toss('GET', `/v1/payments/${p.paymentKey}`, undefined, options);
    }

    cancel(p, fields = {}, options) {
        return this.toss('POST', `/v1/payments/${p.paymentKey}/cancel`, { cancelReason: '단순 변심', ...fields }, options);
    }

    checkout(p, result = 'success', method = undefined) {
        return this.control('toss/checkout', { payment_key: p.paymentKey, result, method });
    }

    deposit(p, fields = {}) {
        return this.control('toss/deposit', { payment_key: p.paymentKey, ...fields });
    }

    /** Created and authenticated: the shop may confirm. */
    async open(fields = {}) {
        const { json } = await this.create(fields);
        await this.checkout(json);
        return json;
    }

    /** Confirmed (a deposit account: and deposited). */
    async pay(fields = {}) {
        const p = await this.open(fields);
        assert.equal((await this.confirm(p)).status, 200);
        if (fields.method === 'VIRTUAL_ACCOUNT') await this.deposit(p);
        return (await this.get(p)).json;
    }

    fault(target, mode, fields = {}) {
        return this.control('faults', { target, mode, ...fields });
    }

    /** How often the faults armed since the last reset have fired. */
    async fired() {
        return (await this.control('faults')).faults.map((f) => f.fired);
    }

    reset(fields = {}) {
        return this.control('reset', fields);
    }
}

/** The body of POST /v1/payments. */
export const payment = (fields = {}) => ({
    method: 'CARD',
    amount: 15_000,
    orderId: `order-${randomBytes(9).toString('base64url')}`,
    orderName: '일반 관람권 외 2건',
    successUrl: 'http://127.0.0.1:1/success',
    failUrl: 'http://127.0.0.1:1/fail',
    ...fields,
});

/**
 * The shop's side of webhooks: keeps what came (`at` and `answered`: when), answers what `answer(webhook, n)` says ({status, afterMs} or
 * a status).
 */
export class WebhookReceiver {
    received = [];
    answer = () => 200;

    async start() {
        this.port = await freePort();
        this.url = `http://127.0.0.1:${this.port}/webhook`;
        this.server = createServer((request, response) => this.#take(request, response));
        await new Promise((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    }

    async #take(request, response) {
        let text = '';
        for await (const piece of request) text += piece;
        const webhook = { at: Date.now(), headers: request.headers, method: request.method, body: JSON.parse(text) };
        this.received.push(webhook);
        const { status = 200, afterMs = 0 } = [await this.answer(webhook, this.received.length)].map((a) => (typeof a === 'number' ? { status: a } : a))[0];
        if (afterMs) await new Promise((resolve) => setTimeout(resolve, afterMs));
        webhook.answered = Date.now();
        response.writeHead(status).end('{}');
    }

    /** Those about one payment, in the order of arrival. */
    of(p) {
        return this.received.filter(({ body }) => (body.data?.orderId ?? body.orderId) === p.orderId);
    }

    /** Its statuses, once there are `count` of them. */
    async statuses(p, count) {
        const list = await until(`${count} webhooks`, () => this.of(p).length >= count && this.of(p));
        return list.map(({ body }) => `${body.eventType ?? 'DEPOSIT_CALLBACK'} ${(body.data ?? body).status}`);
    }

    async stop() {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }
}

/** A sandbox for the tests of a file or a describe, and the shop that gets its webhooks. */
export function useSandbox(env = {}, shop = undefined) {
    const dir = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const sandbox = new Sandbox(dir, env);
    before(async () => {
        await shop?.start();
        if (shop) sandbox.env.WEBHOOK_URL = shop.url;
        await sandbox.start();
    });
    after(async () => {
        await sandbox.stop();
        await shop?.stop();
        rmSync(dir, { recursive: true });
    });
    return sandbox;
}
