// booking-audit over the database of a stack: stock, order lines, tickets, phone counters, gate and events must agree.
import { execFile } from 'node:child_process';
import { program } from './paths.mjs';

/** True when it finds nothing; otherwise rejects with what it named. */
export function runAudit(env) {
    const { DATABASE_URL, REDIS_URL } = env;
    return new Promise((resolve, reject) => {
        const settings = { env: { ...process.env, ...env, DATABASE_URL, REDIS_URL } };
        execFile(program('booking-audit'), [], settings, (error, stdout, stderr) => {
            if (!error && /^0 differences$/m.test(stdout)) resolve(true);
            else reject(new Error(`booking-audit: ${error?.code ?? 0}\n${stdout}${stderr}`.slice(0, 4000)));
        });
    });
}
