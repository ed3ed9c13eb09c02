// Waiting for conditions, never for time.
import assert from 'node:assert/strict';

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks `probe` until it returns something true and returns that; fails after `ms` with the last error or value. Who stood still
 * meanwhile looks once more: the last probe begins when the time is over.
 */
export async function until(what, probe, { ms = 10_000, every = 50 } = {}) {
    const end = Date.now() + ms;
    for (let last; ;) {
        const begun = Date.now();
        try {
            last = await probe();
            if (last) return last;
        } catch (error) {
            last = error;
        }
        if (begun >= end) {
            const seen = last instanceof Error ? last.message : JSON.stringify(last);
            throw new Error(`${what}: not within ${ms} ms (last: ${seen})`);
        }
        await sleep(every);
    }
}

/** `go` says how many ms something took. One of `tries` took less than `limit`: whatever stands still makes it longer, nothing makes it shorter. */
export async function inTime(limit, go, tries = 3) {
    const took = [];
    while (took.length < tries && !took.some((ms) => ms < limit)) took.push(await go());
    assert.ok(
        took.some((ms) => ms < limit),
        `not within ${limit} ms: ${took.join(', ')} ms`,
    );
}

/** Runs `job(i)` for i in 0..count-1, at most `width` at a time; returns the results in order. */
export async function parallel(count, width, job) {
    const results = new Array(count);
    let next = 0;
    const worker = async () => {
        for (let i = next++; i < count; i = next++) results[i] = await job(i);
    };
    await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
    return results;
}

/** How often each value of `by(item)` occurs. */
export function tally(items, by) {
    const counts = {};
    for (const item of items) counts[by(item)] = (counts[by(item)] ?? 0) + 1;
    return counts;
}
