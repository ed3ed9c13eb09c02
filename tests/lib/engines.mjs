// A private PostgreSQL and Redis, run by scripts/cluster in a folder of their own.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { ROOT, script } from './paths.mjs';
import { claimPort } from './ports.mjs';
import { Redis } from './redis.mjs';
import { Sql } from './sql.mjs';
import { until } from './wait.mjs';

const run = promisify(execFile);
export const SERVICES = ['booking', 'payment', 'notify', 'entrance', 'admin'];
const passwordOf = (service) => `password-of-${service}`;

export class Engines {
    /**
     * synced: whether commits wait for the disk, as whoever measures wants. No test cuts the power, which is all that it is for; and
     * where a disk shared with others holds a commit up for seconds, buyers rightly hear that the outcome is unknown.
     */
    constructor(dir, { synced = false } = {}) {
        this.dir = dir;
        this.flags = synced ? '' : '-c fsync=off';
    }

    async start() {
        await this.cluster('start');
        await this.refresh();
        await this.migrate();
    }

    cluster(command, ...args) {
        return run(script('cluster'), [command, this.dir, ...args], { env: { ...process.env, POSTGRES_FLAGS: this.flags } });
    }

    /** Ports and pids change when a server is started again. */
    async refresh() {
        const { stdout } = await this.cluster('json');
        this.env = JSON.parse(stdout);
        // The daemons know them: nobody may take one while its server is away.
        for (const port of [this.env.POSTGRES_PORT, this.env.REDIS_PORT]) await claimPort(Number(port));
        this.sql = new Sql(this.env.DATABASE_ADMIN_URL);
        this.redis = new Redis(Number(this.env.REDIS_PORT));
    }

    migrate() {
        const passwords = SERVICES.map((s) => [`DB_PASSWORD_${s.toUpperCase()}`, passwordOf(s)]);
        const env = { ...process.env, ...Object.fromEntries(passwords) };
        return run(`${ROOT}/migrations/migrate`, [this.env.DATABASE_ADMIN_URL], { env });
    }

    /** The URL with which a service logs in. */
    urlOf(service) {
        return `postgresql://svc_${service}:${passwordOf(service)}@127.0.0.1:${this.env.POSTGRES_PORT}/${this.env.DATABASE_NAME}`;
    }

    async restart(what) {
        await this.cluster('restart', what);
        await this.refresh();
    }

    #pid(what) {
        const pid = Number(this.env[`${what.toUpperCase()}_PID`]);
        if (!pid) throw new Error(`no pid of ${what}`);
        return pid;
    }

    /** `postgres` or `redis`, to be paused. */
    process(what) {
        return { pid: this.#pid(what) };
    }

    /** Ends `redis` or `postgres` with kill -9 and waits until the process is gone. */
    async kill(what) {
        const pid = this.#pid(what);
        process.kill(pid, 'SIGKILL');
        await until(`${what} is gone`, () => !existsSync(`/proc/${pid}/cwd`) || isZombie(pid));
    }

    async startAgain() {
        await this.cluster('start');
        await this.refresh();
    }

    stop() {
        execFileSync(script('cluster'), ['stop', this.dir], { stdio: 'ignore' });
    }
}

function isZombie(pid) {
    try {
        return / Z /.test(
            execFileSync('ps', ['-o', 'stat=', '-p', String(pid)])
                .toString()
                .replace(/^(.)/, ' $1 '),
        );
    } catch {
        return true;
    }
}
