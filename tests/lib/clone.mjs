// A fresh clone of this repository, run with `make run` as a newcomer would, in a folder closed to others.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from './http.mjs';
import { ROOT } from './paths.mjs';
import { freePort } from './ports.mjs';
import { Sql } from './sql.mjs';
import { until } from './wait.mjs';

const run = promisify(execFile);
const MODULES = ['node_modules', 'tests/node_modules', 'docs/viewer/node_modules']; // taken along, not fetched again
const READY_MS = 180_000;
const OURS = /^(VARIANT|VAR|COVERAGE_DIR|MAKE.*|MFLAGS|NODE_TEST_CONTEXT)$/;

export class Clone {
    constructor() {
        this.dir = mkdtempSync(join(tmpdir(), 'clone-'));
        chmodSync(this.dir, 0o700);
        this.root = join(this.dir, 'tickets');
        execFileSync('git', ['clone', '-q', ROOT, this.root]);
        for (const folder of MODULES.filter((f) => existsSync(join(ROOT, f)))) {
            cpSync(join(ROOT, folder), join(this.root, folder), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
            const now = new Date();
            utimesSync(join(this.root, folder, '.package-lock.json'), now, now); // newer than the lock file, which git has just written
        }
        process.on('exit', () => this.destroy());
    }

    get env() {
        const kept = Object.entries(process.env).filter(([name]) => !OURS.test(name));
        return { ...Object.fromEntries(kept), PORT: String(this.port), SANDBOX_PORT: String(this.sandboxPort) };
    }

    /** Builds, starts, and waits until it serves. */
    async start() {
        [this.port, this.sandboxPort] = [await freePort(), await freePort()];
        await this.make('build');
        const log = openSync(join(this.dir, 'run.log'), 'a');
        this.runner = spawn('make', ['run'], { cwd: this.root, env: this.env, stdio: ['ignore', log, log] });
        this.ended = new Promise((resolve) => this.runner.on('exit', resolve));
        this.http = new Client(this.port);
        await this.ready(READY_MS);
        this.sql = new Sql(await this.#adminUrl());
    }

    ready(ms) {
        return until(
            'the clone serves',
            async () => {
                if (this.runner.exitCode !== null) throw new Error(`make run ended: ${this.output().slice(-2000)}`);
                const { status, json } = await this.http.get('/readyz');
                return status === 200 && json.status === 'ok';
            },
            { ms, every: 200 },
        );
    }

    async make(...args) {
        return (await run('make', args, { cwd: this.root, env: this.env, maxBuffer: 1 << 26 })).stdout;
    }

    async #adminUrl() {
        const { stdout } = await run(join(this.root, 'scripts/cluster'), ['json', join(this.root, 'var')], { env: this.env });
        return JSON.parse(stdout).DATABASE_ADMIN_URL;
    }

    /** The process id of a supervised service now, undefined while it is down. */
    pidOf(service) {
        try {
            return Number(readFileSync(join(this.root, 'var/service', service, 'supervise/pid'), 'utf8')) || undefined;
        } catch {
            return undefined;
        }
    }

    output() {
        return readFileSync(join(this.dir, 'run.log'), 'utf8');
    }

    /** `make stop`; returns what the foreground `make run` ended with. */
    async stop() {
        await this.make('stop');
        return this.ended;
    }

    destroy() {
        if (this.destroyed) return;
        this.destroyed = true;
        this.http?.close();
        execFileSync('make', ['stop'], { cwd: this.root, env: this.env, stdio: 'ignore' });
        execFileSync('rm', ['-rf', this.dir]);
    }
}
