// One process under test: started with exactly the settings given, its output in a log file.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { program } from './paths.mjs';
import { sleep, until } from './wait.mjs';

const RESTART_MS = 200;
const DRAIN_MS = 15_000; // a daemon's own watchdog ends it after 9 s
const KNOCK_MS = 50;
const SIGPIPE_BIT = 1n << 12n; // in the masks of /proc
const SANITIZER = /(ERROR|WARNING): (Address|Leak|Thread)Sanitizer|runtime error:/;

// Of the caller's environment only what the machine and the sanitizers need.
const INHERITED = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(PATH|HOME|LANG|TMPDIR|TZ|.*SAN_OPTIONS)$/.test(name)));

export class Daemon {
    /** `supervised`: started again when it ends by itself or is killed. */
    constructor(name, file, env, logDir, { supervised = false } = {}) {
        Object.assign(this, { name, file, env, supervised });
        this.log = join(logDir, `${name}.log`);
        this.deaths = []; // every end that stop() did not ask for
        this.starts = 0;
    }

    get pid() {
        return this.child?.pid;
    }

    get alive() {
        return Boolean(this.child) && this.child.exitCode === null && this.child.signalCode === null;
    }

    /** `extra`: settings for this start and those after it, e.g. FAULT. */
    start(extra = {}) {
        Object.assign(this.env, extra);
        const out = openSync(this.log, 'a');
        const child = spawn(program(this.file), [], { env: { ...INHERITED, ...this.env }, stdio: ['ignore', out, out] });
        closeSync(out);
        this.child = child;
        this.starts++;
        this.stopping = false;
        child.on('error', (error) => this.deaths.push(String(error)));
        this.ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
        this.ended.then(async ({ code, signal }) => {
            if (this.stopping || this.child !== child) return;
            this.deaths.push(signal ?? code);
            if (!this.supervised) return;
            await sleep(RESTART_MS);
            if (!this.stopping && this.child === child) this.start();
        });
    }

    signal(signal) {
        if (this.alive) process.kill(this.pid, signal);
    }

    /** kill -9; a supervised one comes back by itself. */
    kill() {
        this.signal('SIGKILL');
        return this.ended;
    }

    /** Ends it properly; returns what is wrong with how it ended, or undefined. */
    async stop() {
        this.stopping = true;
        if (!this.alive) return undefined;
        this.signal('SIGCONT');
        await until(`${this.name} takes signals`, () => !this.alive || this.#takesSignals());
        this.signal('SIGTERM');
        const knocking = setInterval(() => this.#knock(), KNOCK_MS);
        const end = await Promise.race([this.ended, delay(DRAIN_MS, null, { ref: false })]); // a timer left behind would hold up the end of the file
        clearInterval(knocking);
        if (!end) {
            this.signal('SIGKILL');
            return `${this.name} did not end within ${DRAIN_MS} ms of SIGTERM`;
        }
        return end.code === 0 ? undefined : `${this.name} ended with ${end.signal ?? end.code} on SIGTERM`;
    }

    // First of all a daemon sees to its signals (common/daemon.c), SIGPIPE last: it is ignored. Before that it would die of SIGTERM.
    #takesSignals() {
        const mask = /^SigIgn:\s*(\w+)$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1'));
        return Boolean(BigInt(`0x${mask[1]}`) & SIGPIPE_BIT);
    }

    // The HTTP library looks whether it shall end when somebody connects, and else every 2 s.
    #knock() {
        for (const name of ['METRICS_LISTEN', 'GATEWAY_LISTEN', 'SANDBOX_LISTEN'].filter((n) => this.env[n])) {
            const [host, port] = this.env[name].split(':');
            const socket = net.connect({ host, port }, () => socket.destroy()).on('error', () => {});
        }
    }

    /** Everything it ever wrote. */
    output() {
        return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
    }

    sanitizerReport() {
        const text = this.output();
        const at = text.search(SANITIZER);
        return at < 0 ? undefined : `${this.name}: ${text.slice(at, at + 4000)}`;
    }
}
