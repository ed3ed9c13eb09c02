// The whole system on this machine: private databases, N replicas of booking, one gateway.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { runAudit } from './audit.mjs';
import { BusCaller } from './buscall.mjs';
import { Daemon } from './daemon.mjs';
import { Engines, SERVICES } from './engines.mjs';
import { Client } from './http.mjs';
import { busKey, ORDER_TOKEN_KEY, SECRET_KEY } from './keys.mjs';
import { ROOT } from './paths.mjs';
import { freePort } from './ports.mjs';
import { staffToken } from './token.mjs';
import { until } from './wait.mjs';

const LOG_LINES = 30;

export class Stack {
    /**
     * replicas: of booking. bookingEnv, gatewayEnv: settings on top of the usual ones; bookingEnv may be a function of the
     * replica's number. supervised: processes that end are started again. connections: of this.http.
     */
    constructor({ replicas = 1, bookingEnv = {}, gatewayEnv = {}, supervised = false, connections = 64 } = {}) {
        Object.assign(this, { replicas, bookingEnv, gatewayEnv, supervised, connections });
        this.booking = [];
        this.failed = false;
    }

    async start() {
        this.dir = mkdtempSync(join(tmpdir(), 'stack-'));
        mkdirSync(join(this.dir, 'log'));
        this.engines = new Engines(join(this.dir, 'cluster'));
        this.atExit = () => this.#destroy();
        process.on('exit', this.atExit);
        for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
        await this.engines.start();
        this.port = await freePort();
        for (let i = 0; i < this.replicas; i++) this.booking.push(await this.#makeBooking(i));
        this.gateway = await this.#makeGateway();
        for (const daemon of this.daemons) daemon.start();
        this.http = new Client(this.port, { connections: this.connections });
        this.bus = new BusCaller(this);
        await this.ready();
    }

    get sql() {
        return this.engines.sql;
    }

    get redis() {
        return this.engines.redis;
    }

    get daemons() {
        return [...this.booking, this.gateway];
    }

    get url() {
        return `http://127.0.0.1:${this.port}`;
    }

    #common(service, metrics) {
        return {
            ENV: 'test',
            LOG_LEVEL: 'INFO',
            METRICS_LISTEN: `127.0.0.1:${metrics}`,
            PUBLIC_URL: this.url,
            ORDER_TOKEN_KEY,
            BUS_KEY: busKey(service),
        };
    }

    async #makeBooking(i) {
        const [bus, pub, metrics] = [await freePort(), await freePort(), await freePort()];
        const keys = ['gateway', ...SERVICES].map((s) => [`BUS_KEY_${s.toUpperCase()}`, busKey(s)]);
        const env = {
            ...this.#common('booking', metrics),
            ...Object.fromEntries(keys),
            DATABASE_URL: this.engines.urlOf('booking'),
            REDIS_URL: this.engines.env.REDIS_URL,
            BUS_LISTEN: `127.0.0.1:${bus}`,
            BUS_PUB_LISTEN: `127.0.0.1:${pub}`,
            ...(typeof this.bookingEnv === 'function' ? this.bookingEnv(i, this) : this.bookingEnv),
        };
        const daemon = new Daemon(`booking-${i}`, 'svc-booking', env, join(this.dir, 'log'), this);
        return Object.assign(daemon, { address: env.BUS_LISTEN, pub: env.BUS_PUB_LISTEN, metrics });
    }

    async #makeGateway() {
        const metrics = await freePort();
        const env = {
            ...this.#common('gateway', metrics),
            SECRET_KEY,
            ALGORITHM: 'HS256',
            GATEWAY_LISTEN: `127.0.0.1:${this.port}`,
            GATEWAY_THREADS: '128',
            GATEWAY_RATE_LIMITS: 'off',
            BOOKING_ADDR: this.booking.map((b) => b.address).join(','),
            BOOKING_PUB_ADDR: this.booking.map((b) => b.pub).join(','),
            DOCS_ROOT: join(ROOT, 'docs'),
            ...this.gatewayEnv,
        };
        const daemon = new Daemon('gateway', 'gateway', env, join(this.dir, 'log'), this);
        return Object.assign(daemon, { metrics });
    }

    /** Until every replica and the gateway serve. */
    async ready(ms = 30_000) {
        const alive = () => this.daemons.every((d) => d.alive || d.supervised);
        await until(
            'the system is ready',
            async () => {
                assert.ok(alive(), `died at start: ${this.daemons.filter((d) => !d.alive).map((d) => d.name)}`);
                for (const b of this.booking) {
                    const { status } = await fetch(`http://127.0.0.1:${b.metrics}/readyz`);
                    assert.equal(status, 200, `${b.name} is not ready`);
                }
                const { status, json } = await this.http.get('/readyz');
                return status === 200 && json.status === 'ok';
            },
            { ms },
        );
    }

    /** Process ids by name: equal before and after means that nothing died in between. */
    pids() {
        return Object.fromEntries(this.daemons.map((d) => [d.name, d.alive ? d.pid : null]));
    }

    /** booking-audit must find no difference; `patience` ms for stock to come home. */
    audit(patience = 0) {
        return until('the audit finds 0 differences', () => runAudit(this.booking[0].env), { ms: patience, every: 500 });
    }

    /** An access token for staff; `exhibitions` is a code, several joined by ',', or '*'. */
    token(role, exhibitions = '*') {
        return staffToken(role, exhibitions, this.gateway.env);
    }

    /** The text of /metrics of a daemon. */
    async metrics(daemon) {
        return (await fetch(`http://127.0.0.1:${daemon.metrics}/metrics`)).text();
    }

    async stop() {
        const wrong = [];
        if (this.gateway) wrong.push(await this.gateway.stop());
        wrong.push(...(await Promise.all(this.booking.map((b) => b.stop()))));
        wrong.push(...this.daemons.map((d) => d?.sanitizerReport()));
        if (!this.supervised) {
            wrong.push(...this.daemons.map((d) => d?.deaths.length && `${d.name} died: ${d.deaths}`));
        }
        const faults = wrong.filter(Boolean);
        if (this.failed || faults.length) this.#printLogs();
        this.http?.close();
        this.bus?.close();
        this.#destroy();
        assert.deepEqual(faults, [], 'every daemon lives until it is asked to end, and then ends properly');
    }

    #printLogs() {
        for (const daemon of this.daemons.filter(Boolean)) {
            const lines = daemon.output().trimEnd().split('\n').slice(-LOG_LINES);
            process.stderr.write(`---- ${daemon.name} (last ${lines.length} lines)\n${lines.join('\n')}\n`);
        }
    }

    // Also runs when the process ends early: nothing that was started stays.
    #destroy() {
        if (this.destroyed) return;
        this.destroyed = true;
        process.removeListener('exit', this.atExit);
        for (const daemon of this.daemons.filter(Boolean)) {
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
        { timeout: 120_000 },
    );
    afterEach((t) => {
        if (t.error || t.passed === false) stack.failed = true;
    });
    after(
        async () => {
            try {
                if (stack.bus) await finish();
            } catch (error) {
                stack.failed = true;
                throw error;
            } finally {
                await stack.stop();
            }
        },
        { timeout: 60_000 },
    );
    return stack;
}
