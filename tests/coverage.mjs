// Every documented answer must have been seen by a test: `node coverage.mjs` after the tests, `node coverage.mjs --reset` before.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { COVERAGE_DIR, operations } from './lib/contract.mjs';

if (process.argv.includes('--reset')) {
    rmSync(COVERAGE_DIR, { recursive: true, force: true });
} else {
    const seen = new Set();
    for (const file of existsSync(COVERAGE_DIR) ? readdirSync(COVERAGE_DIR) : []) {
        for (const line of readFileSync(join(COVERAGE_DIR, file), 'utf8').split('\n').filter(Boolean)) {
            const { id, status } = JSON.parse(line);
            seen.add(`${id} ${status}`);
        }
    }
    const documented = operations.flatMap((op) => [...op.answers.keys()].map((status) => ({ op, status })));
    const unseen = documented.filter(({ op, status }) => !seen.has(`${op.id} ${status}`));
    console.log(`documented answers seen: ${documented.length - unseen.length} of ${documented.length}${unseen.length ? '; never seen:' : ''}`);
    for (const op of operations) {
        const statuses = unseen.filter((u) => u.op === op).map((u) => u.status);
        if (statuses.length) console.log(`  ${op.method.toUpperCase().padEnd(6)} ${op.path.padEnd(38)} ${statuses.join(' ')}`);
    }
    if (unseen.length) process.exitCode = 1;
}
