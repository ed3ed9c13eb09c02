// Speaks the bus as any service would, through the program buscall: one process per stack, a line per call.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { busKey } from './keys.mjs';
import { program } from './paths.mjs';
import { sleep } from './wait.mjs';

const PARALLEL = 64;

export class BusCaller {
    constructor(stack) {
        this.stack = stack;
        this.lines = 0;
        this.waiting = new Map();
    }

    #start() {
        this.child = spawn(program('buscall'), ['--parallel', String(PARALLEL)], { stdio: ['pipe', 'pipe', 'ignore'] });
        this.child.stdin.on('error', () => {});
        createInterface(this.child.stdout).on('line', (text) => {
            const answer = JSON.parse(text);
            this.waiting.get(answer.line)?.resolve(answer);
            this.waiting.delete(answer.line);
        });
        this.child.on('exit', (code, signal) => {
            for (const { reject } of this.waiting.values()) reject(new Error(`buscall ended: ${signal ?? code}`));
            this.waiting.clear();
        });
    }

    /**
     * One call; resolves to {status: the stable code or OK …, http, body}. Options: caller (service), busKey (its key), role,
     * scope, userId, params, path, token ('view' | 'manage'), key (idempotency), raw (body that is not JSON), forge, service
     * ('booking' | 'payment'), replica (number; all without), address, timeout (ms).
     */
    call(op, body, options = {}) {
        const { caller = 'gateway', service = 'booking', timeout = 5000, replica } = options;
        const addresses = this.stack[service].filter((_, i) => replica === undefined || i === replica).map((d) => d.address);
        const line = {
            op,
            service,
            as: caller,
            key: options.busKey ?? busKey(caller),
            addr: options.address ?? addresses.join(','),
            role: options.role ?? (caller === 'gateway' ? 'visitor' : 'service'),
            scope: options.scope,
            user_id: options.userId,
            params: options.params,
            path: options.path,
            token: options.token,
            idem: options.key,
            raw: options.raw,
            forge: options.forge,
            body,
            timeout_ms: timeout,
        };
        if (!this.child) this.#start();
        return new Promise((resolve, reject) => {
            this.waiting.set(++this.lines, { resolve, reject });
            this.child.stdin.write(`${JSON.stringify(line)}\n`);
        });
    }

    /** Repeats the call until its outcome is known. */
    async settle(op, body, options, deadline = 60_000) {
        for (const end = Date.now() + deadline; ;) {
            const answer = await this.call(op, body, options);
            if (!['BUSY', 'OUTCOME_UNKNOWN', 'EXPIRED_CALL', 'DRAINING'].includes(answer.status) || Date.now() > end) return answer;
            await sleep(100);
        }
    }

    close() {
        this.child?.stdin.end();
        this.child?.kill();
    }
}
