// Places where daemons built for tests can be told to die, stall or lose a connection (common/fault.h).
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { program } from './paths.mjs';

/** The points of a program whose names begin with `start`: [{point, action}]. The first part of a name says whose it is. */
export const listed = (name, start) =>
    execFileSync(program(name), ['--fault-points'])
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.split('\t'))
        .filter(([point]) => point.startsWith(start))
        .map(([point, action]) => ({ point, action }));

/** Every replica of the services named has its points armed, and is started again; each acts once in all.
 * Returns a function that lists those not reached yet. `name`: of this round. */
export async function armPoints(stack, services, list, name) {
    const marks = join(stack.dir, `${name}.`);
    const daemons = services.flatMap((service) => {
        const own = list.filter(({ point }) => point.startsWith(`${service}.`)).map(({ point }) => point);
        for (const daemon of stack[service]) Object.assign(daemon.env, { FAULT: own.join(), FAULT_ONCE: marks });
        return stack[service];
    });
    await Promise.all(daemons.map((daemon) => daemon.kill()));
    await stack.ready();
    return () => list.map(({ point }) => point).filter((point) => !existsSync(marks + point));
}
