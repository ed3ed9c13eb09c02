// Measuring tools: load programs, processor time and memory of processes, medians.
import { execFile, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { program, ROOT } from '../tests/lib/paths.mjs';

const run = promisify(execFile);
const TICK_US = 10_000; // of /proc/PID/stat on Linux
export const bench = (name) => join(ROOT, 'bench', name);

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The value below which `share` (0..1) of the values are. */
export const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

export const show = (value) => (value === undefined ? '' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));

/** A table in Markdown. */
export const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** One wrk run. Answers {rate: 2xx per second, ok, failed, p50, p99 (ms)}; socket errors count as failed. */
export async function wrk(url, { connections, seconds, script, args = [], threads = 1 }) {
    const options = [`-t${threads}`, `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '10s'];
    const { stdout } = await run('wrk', [...options, ...(script ? ['-s', bench(script)] : []), url, '--', ...args]);
    const number = (pattern) => Number(stdout.match(pattern)?.[1] ?? 0);
    const ms = (percent) => {
        const [, value, unit] = stdout.match(new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`)) ?? [];
        return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit];
    };
    const sockets =
        stdout
            .match(/connect (\d+), read (\d+), write (\d+), timeout (\d+)/)
            ?.slice(1)
            .map(Number) ?? [];
    const requests = number(/(\d+) requests in/);
    const failed = number(/Non-2xx or 3xx responses: (\d+)/) + sockets.reduce((a, b) => a + b, 0);
    const took = requests / number(/Requests\/sec:\s+([\d.]+)/);
    return { rate: (requests - failed) / took, ok: requests - failed, failed, p50: ms(50), p99: ms(99) };
}

/**
 * Sends [{method = POST, path, body}] once each, over `connections` at once. Answers {rate: per second, seconds, answers:
 * [{status (0: none), ms, body (parsed)}]} in the order of the requests; all must have the status wanted, or one of them.
 * `header`: one more line for each.
 */
export async function volley(port, connections, requests, { wanted = 200, header } = {}) {
    const args = [port, connections, header].filter(Boolean).map(String);
    const child = spawn(program('volley'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(requests.map(({ method = 'POST', path, body }) => `${method}\t${path}\t${body === undefined ? '' : JSON.stringify(body)}\n`).join(''));
    const [took, ...lines] = (await text(child.stdout)).trimEnd().split('\n');
    const answers = lines.map((line) => {
        const [status, us, body] = line.split('\t');
        return { status: Number(status), ms: us / 1000, body };
    });
    const failed = answers.filter((a) => ![wanted].flat().includes(a.status));
    if (failed.length) throw new Error(`${failed.length} of ${requests.length} ${requests[0].path} failed: ${failed[0].status} ${failed[0].body}`);
    for (const answer of answers) answer.body = JSON.parse(answer.body);
    return { rate: requests.length / (took / 1e6), seconds: took / 1e6, answers };
}

/** Transactions per second of a pgbench script: for `seconds`, or `each` of them by every client. */
export async function pgbench(env, script, { clients, seconds, each, variables = {} }) {
    const amount = seconds ? ['-T', seconds] : ['-t', each];
    const given = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
    const options = ['-n', '-M', 'prepared', '-f', bench(script), '-c', clients, '-j', '2', ...amount, ...given].map(String);
    const { stdout } = await run('pgbench', [...options, env.DATABASE_ADMIN_URL]);
    return Number(stdout.match(/tps = ([\d.]+)/)[1]);
}

/** The process and its children: {utime + stime in µs}. */
export function cpuUs(pid) {
    let sum = 0;
    for (const entry of readdirSync('/proc')) {
        if (!/^\d+$/.test(entry)) continue;
        const stat = statOf(entry);
        if (stat && (entry === String(pid) || stat.parent === pid)) sum += stat.us;
    }
    return sum;
}

function statOf(pid) {
    try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
            .replace(/^.*\) /, '')
            .split(' ');
        return { parent: Number(fields[1]), us: (Number(fields[11]) + Number(fields[12])) * TICK_US };
    } catch {
        return undefined; // it ended while we looked
    }
}

/** Resident memory in MB. */
export function rssMb(pid) {
    return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;
}
