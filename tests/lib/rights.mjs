// Who may do what, as the programs print their own tables.
import { execFileSync } from 'node:child_process';
import { program } from './paths.mjs';

export const SERVICES = ['booking', 'payment', 'entrance', 'notify', 'admin'];
export const STAFF_ROLES = ['viewer', 'staff', 'finance', 'manager', 'superadmin'];
export const ROLES = ['visitor', ...STAFF_ROLES, 'device', 'enrolling'];

const cells = (line) =>
    line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', ''));

/** Rows of the table that a program prints, by the names of its head. */
function tableOf(name, option) {
    const lines = execFileSync(program(name), [option], { encoding: 'utf8' }).trim().split('\n');
    const [head, , ...rows] = lines.filter((line) => line.startsWith('|')).map(cells);
    return rows.map((row) => Object.fromEntries(head.map((column, i) => [column, row[i]])));
}

/** [{service, op, roles: […], callers}]; a part of an op is a row "op/part". */
export const rights = () =>
    SERVICES.flatMap((service) => tableOf(`svc-${service}`, '--ops').map((row) => ({ service, ...row, roles: row.roles.split(' ').filter(Boolean) })));

/** [{method, path, who, service, op, class}] */
export const routes = () => tableOf('gateway', '--routes');
