// make bench: measures every figure of targets.tsv, prints value, baseline, ratio, target and PASS or FAIL, writes
// docs/performance.md. `node bench/bench.mjs hotOrders expiry` measures some groups and writes nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../tests/lib/paths.mjs';
import { GROUPS } from './figures.mjs';
import { bench } from './measure.mjs';

const [, ...TARGETS] = readFileSync(bench('targets.tsv'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
const COMPARE = { '>=': (a, b) => a >= b, '<=': (a, b) => a <= b, '<': (a, b) => a < b };

const show = (value) => (value === undefined ? '' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));

function judge([figure, unit, target, against], measured) {
    const [sign, limit] = target.split(' ');
    const pass = COMPARE[sign](measured.value, Number(limit));
    const ratio = unit === 'orders/s' ? measured.value / measured.baseline : undefined;
    return [figure, `${show(measured.value)} ${unit}`, show(measured.baseline), show(ratio), target, pass ? 'PASS' : 'FAIL', against];
}

function table(rows) {
    const head = ['figure', 'value', 'baseline', 'ratio', 'target', '', 'measured against'];
    return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function costTable({ cost, failed, p99 }) {
    const rows = Object.entries(cost).map(([part, us]) => `| ${part} | ${show(us)} |`);
    return [
        '| process | processor µs per order |',
        '| --- | --- |',
        ...rows,
        '',
        `Latency p99: ${show(p99[128])} ms at 128 connections, ${show(p99[512])} ms at 512. Failed requests: ${failed}.`,
    ].join('\n');
}

function report(rows, notes) {
    const machine = `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB; load generator, PostgreSQL and Redis on it too`;
    return `# Performance

Written by \`make bench\` on ${new Date().toISOString().slice(0, 10)}: ${machine}.
Each figure is the median of several runs taken in turn with its baseline, in one run of the machine.

${table(rows)}

## Where the time of an order goes

\`node bench/bench.mjs hotOrders\`, 128 connections:

${costTable(notes.hotOrders)}

${readFileSync(bench('findings.md'), 'utf8')}`;
}

const wanted = process.argv.slice(2);
const rows = [];
const notes = {};
for (const [name, measure] of Object.entries(GROUPS)) {
    if (wanted.length && !wanted.includes(name)) continue;
    const answer = await measure();
    notes[name] = answer.notes;
    for (const target of TARGETS.filter(([figure]) => figure in answer.figures)) {
        const row = judge(target, answer.figures[target[0]]);
        rows.push(row);
        console.log(row.slice(0, 6).join('\t'));
    }
    if (answer.notes) console.log(`\t${JSON.stringify(answer.notes)}`);
}
if (!wanted.length) writeFileSync(join(ROOT, 'docs', 'performance.md'), report(rows, notes));
process.exitCode = rows.some((row) => row[5] === 'FAIL') ? 1 : 0;
