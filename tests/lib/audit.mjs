// The programs that look for differences, over the database of a stack; each names what it finds, and 0 is the pass mark.
import { execFile } from 'node:child_process';
import { program } from './paths.mjs';

/** booking-audit, payment-audit, entrance-audit, notify-audit, admin-audit, reconcile. True when it finds nothing; otherwise rejects with what it named. */
export function runAudit(name, env, ...args) {
    return new Promise((resolve, reject) => {
        execFile(program(name), args, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
            if (!error && /^0 differences$/m.test(stdout)) resolve(true);
            else reject(new Error(`${name}: ${error?.code ?? 0}\n${stdout}${stderr}`.slice(0, 4000)));
        });
    });
}
