// Processes that stand still for a while, as on a machine that gives them no time.
import { readFileSync, readdirSync } from 'node:fs';
import { sleep, until } from './wait.mjs';

const stateOf = (pid, thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2];
};

// kill() returns before the threads stop; until the last of them has, a call may still be taken and answered.
async function pause({ pid }) {
    process.kill(pid, 'SIGSTOP');
    await until(`${pid} stands still`, () => readdirSync(`/proc/${pid}/task`).every((thread) => stateOf(pid, thread) === 'T'), { every: 5 });
}

/** What comes of `job`, run while these (each with its `pid`) stand still; they go on after it. */
export async function whilePaused(processes, job) {
    try {
        await Promise.all(processes.map(pause));
        return await job();
    } finally {
        for (const { pid } of processes) process.kill(pid, 'SIGCONT');
    }
}

/** What comes of `job`, begun while these stand still; they go on after `ms`. */
export async function pausedFor(processes, ms, job) {
    let outcome;
    await whilePaused(processes, async () => {
        outcome = job();
        outcome.catch(() => {}); // who waits for it comes later
        await sleep(ms);
    });
    return outcome;
}
