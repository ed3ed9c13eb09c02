// The whole system on this machine: private databases, N replicas of each service, Toss and KakaoTalk played by the sandbox, one gateway.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { runAudit } from './audit.mjs';
import { BusCaller } from './buscall.mjs';
import { logsHold } from './logs.mjs';
import { Engines } from './engines.mjs';
import { Client } from './http.mjs';
import * as secrets from './keys.mjs';
import { makeAdmin, makeBooking, makeEntrance, makeGateway, makeNotify, makePayment, makeSandbox } from './parts.mjs';
import { freePort } from './ports.mjs';
import { staffToken } from './token.mjs';
import { Toss } from './toss.mjs';
import { until } from './wait.mjs';

const LOG_LINES = 30;
// Of a file's stack, on a machine where several start at once: both have shorter limits of their own inside.
const START_MS = 240_000;
const END_MS = 240_000;

export class Stack {
    /**
     * replicas: of booking; payment, entrance, notify, admin: of these services (refunds need entrance, so there is one where there is
     * payment); sandbox: whether Toss and the provider of messages are played (yes where somebody calls them).
     * bookingEnv, paymentEnv, entranceEnv, notifyEnv, adminEnv, sandboxEnv, gatewayEnv: settings on top of the usual ones, an object or a function of the
     * replica's number and the stack. supervised: processes that end are started again. synced: see Engines. connections: of this.http.
     */
    constructor({ replicas = 1, payment = 0, notify = 0, admin = 0, supervised = false, synced = false, connections = 64, ...others } = {}) {
        const { entrance = Math.min(payment, 1), sandbox = payment + notify > 0, ...env } = others;
        Object.assign(this, { replicas, supervised, synced, connections, wanted: { payment, entrance, notify, admin, sandbox }, env });
        this.booking = [];
        this.payment = [];
        this.entrance = [];
        this.notify = [];
        this.admin = [];
        this.failed = false;
        this.unloggable = new Set(Object.values(secrets).filter((value) => typeof value === 'string'));
    }

    async start() {
        this.dir = mkdtempSync(join(tmpdir(), 'stack-'));
        mkdirSync(join(this.dir, 'log'));
        this.engines = new Engines(join(this.dir, 'cluster'), { synced: this.synced });
        this.atExit = () => this.#destroy();
        process.on('exit', this.atExit);
        for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
        await this.engines.start();
        this.port = await freePort();
        const extra = (name, i) => (typeof this.env[name] === 'function' ? this.env[name](i, this) : this.env[name]);
        for (let i = 0; i < this.replicas; i++) this.booking.push(await makeBooking(this, i, extra('bookingEnv', i)));
        if (this.wanted.sandbox) this.sandbox = await makeSandbox(this, extra('sandboxEnv', 0));
        for (let i = 0; i < this.wanted.entrance; i++) this.entrance.push(await makeEntrance(this, i, extra('entranceEnv', i)));
        for (let i = 0; i < this.wanted.payment; i++) this.payment.push(await makePayment(this, i, extra('paymentEnv', i)));
        for (let i = 0; i < this.wanted.notify; i++) this.notify.push(await makeNotify(this, i, extra('notifyEnv', i)));
        for (let i = 0; i < this.wanted.admin; i++) this.admin.push(await makeAdmin(this, i, extra('adminEnv', i)));
        this.gateway = await makeGateway(this, extra('gatewayEnv', 0));
        for (const daemon of this.daemons) daemon.start();
        this.http = new Client(this.port, { connections: this.connections });
        this.bus = new BusCaller(this);
        if (this.sandbox) this.toss = new Toss(this.sandbox.url);
        await this.ready();
    }

    get sql() {
        return this.engines.sql;
    }

    get redis() {
        return this.engines.redis;
    }

    /** In order of start; undefined ones are not there. */
    get daemons() {
        return [...this.booking, this.sandbox, ...this.entrance, ...this.payment, ...this.notify, ...this.admin, this.gateway].filter(Boolean);
    }

    get url() {
        return `http://127.0.0.1:${this.port}`;
    }

    /** Until every replica and the gateway serve; without one of the services the gateway calls that degraded. */
    async ready(ms = 30_000) {
        const alive = () => this.daemons.every((d) => d.alive || d.supervised);
        await until(
            'the system is ready',
            async () => {
                assert.ok(alive(), `died at start: ${this.daemons.filter((d) => !d.alive).map((d) => d.name)}`);
                for (const d of this.daemons.filter((one) => one !== this.gateway)) {
                    const { status } = await fetch(`http://127.0.0.1:${d.metrics}/readyz`);
                    assert.equal(status, 200, `${d.name} is not ready`);
                }
                const { status, json } = await this.http.get('/readyz');
                return status === 200 && ['payment', 'entrance', 'notify', 'admin'].every((name) => !this[name].length || json.services[name] === 'up');
            },
            { ms },
        );
    }

    /** Until the gateway knows that nobody of a service (payment, entrance, notify, admin) is there: what leaves before may have an outcome that nobody knows. */
    missed(service) {
        return until(`the gateway misses ${service}`, async () => (await this.http.get('/readyz')).json.services[service] === 'down');
    }

    /** Process ids by name: equal before and after means that nothing died in between. */
    pids() {
        return Object.fromEntries(this.daemons.map((d) => [d.name, d.alive ? d.pid : null]));
    }

    /** booking-audit must find no difference; `patience` ms for stock to come home, and for the gate to hear of it. */
    audit(patience = 10_000) {
        return until('the audit finds 0 differences', () => runAudit('booking-audit', this.booking[0].env), { ms: patience, every: 500 });
    }

    /** An access token for staff; `exhibitions` is a code, several joined by ',', or '*'. */
    token(role, exhibitions = '*') {
        return staffToken(role, exhibitions, this.gateway.env);
    }

    /** The text of /metrics of a daemon. */
    async metrics(daemon) {
        return (await fetch(`http://127.0.0.1:${daemon.metrics}/metrics`)).text();
    }

    /** Texts (account numbers, phones) that no log may hold: looked for when the stack stops, like all its secrets. */
    mustNotLog(...texts) {
        for (const text of texts) this.unloggable.add(text);
    }

    async stop() {
        const wrong = [];
        this.http?.close(); // the gateway waits for those who may still ask
        // Who calls ends before whom it calls.
        for (const group of [[this.gateway], this.admin, this.notify, this.payment, this.entrance, [...this.booking, this.sandbox]]) {
            wrong.push(...(await Promise.all(group.filter(Boolean).map((d) => d.stop()))));
        }
        wrong.push(...this.daemons.map((d) => d.sanitizerReport()));
        if (!this.supervised) wrong.push(...this.daemons.map((d) => d.deaths.length && `${d.name} died: ${d.deaths}`));
        wrong.push(...logsHold(join(this.dir, 'log'), this.unloggable).map((where) => `in a log: ${where}`));
        const faults = wrong.filter(Boolean);
        if (this.failed || faults.length) this.#printLogs();
        this.bus?.close();
        this.#destroy();
        assert.deepEqual(faults, [], 'every daemon lives until it is asked to end, and then ends properly');
    }

    #printLogs() {
        for (const daemon of this.daemons) {
            const lines = daemon.output().trimEnd().split('\n').slice(-LOG_LINES);
            process.stderr.write(`---- ${daemon.name} (last ${lines.length} lines)\n${lines.join('\n')}\n`);
        }
    }

    // Also runs when the process ends early: nothing that was started stays.
    #destroy() {
        if (this.destroyed) return;
        this.destroyed = true;
        process.removeListener('exit', this.atExit);
        for (const daemon of this.daemons) {
            daemon.stopping = true;
            daemon.signal('SIGKILL');
        }
        this.engines.stop();
        if (process.env.KEEP_STACK) process.stderr.write(`kept: ${this.dir}\n`);
        else if (process.getuid?.() === 0) execFileSync('rm', ['-rf', this.dir]);
        else rmSync(this.dir, { recursive: true, force: true });
    }
}

/**
 * A stack for all tests of a file (or a describe). `prepare` runs once it is ready, `finish` before it ends. Where the engines
 * are missing the tests fail; nothing is skipped.
 */
export function useStack(options, { prepare = async () => {}, finish = async () => {} } = {}) {
    const stack = new Stack(options);
    before(
        async () => {
            await stack.start();
            await prepare();
        },
        { timeout: START_MS },
    );
    afterEach((t) => {
        if (t.error || t.passed === false) stack.failed = true;
    });
    after(
        async () => {
            let unfinished; // also told when the end of the daemons is not as it should be
            try {
                if (stack.bus) await finish();
            } catch (error) {
                stack.failed = true;
                unfinished = error;
            }
            await stack.stop().catch((error) => {
                throw unfinished ? new AggregateError([unfinished, error], `${unfinished.message}\n${error.message}`) : error;
            });
            if (unfinished) throw unfinished;
        },
        { timeout: END_MS },
    );
    return stack;
}
