// make bench: measures every figure of targets.tsv, prints value, baseline, ratio, target and PASS or FAIL, and writes
// docs/performance.md. `node bench/bench.mjs [--keep] hotOrders expiry` measures some groups; with --keep they take the place of
// what was measured before. results.json is what docs/performance.md is made of.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../tests/lib/paths.mjs';
import { GROUPS } from './figures.mjs';
import { bench, show, table } from './measure.mjs';

const [, ...TARGETS] = readFileSync(bench('targets.tsv'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
const COMPARE = { '>=': (a, b) => a >= b, '<=': (a, b) => a <= b, '<': (a, b) => a < b };

function judge([figure, unit, target, against], measured) {
    const [sign, limit] = target.split(' ');
    const pass = COMPARE[sign](measured.value, Number(limit));
    const ratio = unit.endsWith('/s') ? measured.value / measured.baseline : undefined;
    return [figure, `${show(measured.value)} ${unit}`, show(measured.baseline), show(ratio), target, pass ? 'PASS' : 'FAIL', against];
}

function report(results) {
    const machine = `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB; load generator, PostgreSQL and Redis on it too`;
    const groups = Object.keys(GROUPS)
        .map((name) => results[name])
        .filter(Boolean);
    return `# Performance

Written by \`make bench\` on ${machine}.
Each figure is the median of several runs taken in turn with its baseline, in one run of the machine.

${table(
    ['figure', 'value', 'baseline', 'ratio', 'target', '', 'measured against', 'on'],
    groups.flatMap(({ on, rows }) => rows.map((row) => [...row, on])),
)}

${groups.map(({ notes }) => notes && `${notes}\n\n`).join('')}${readFileSync(bench('findings.md'), 'utf8')}`;
}

const args = process.argv.slice(2);
const wanted = args.filter((arg) => arg !== '--keep');
const results = {};
for (const [name, measure] of Object.entries(GROUPS)) {
    if (wanted.length && !wanted.includes(name)) continue;
    const { figures, notes = '' } = await measure();
    const rows = TARGETS.filter(([figure]) => figure in figures).map((target) => judge(target, figures[target[0]]));
    results[name] = { on: new Date().toISOString().slice(0, 10), rows, notes };
    for (const row of rows) console.log(row.slice(0, 6).join('\t'));
    if (notes) console.log(`\n${notes}\n`);
}
if (args.length > wanted.length) {
    const all = { ...JSON.parse(readFileSync(bench('results.json'), 'utf8')), ...results };
    writeFileSync(bench('results.json'), `${JSON.stringify(all, undefined, 4)}\n`);
    writeFileSync(join(ROOT, 'docs', 'performance.md'), report(all));
}
process.exitCode = Object.values(results).some(({ rows }) => rows.some((row) => row[5] === 'FAIL')) ? 1 : 0;
