// Where things are.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
export const BUILD = join(ROOT, 'build');
export const VARIANT = process.env.VARIANT ?? 'test';
/** PROGRAMS: another folder to take the programs from. */
export const program = (name) => join(process.env.PROGRAMS ?? join(BUILD, VARIANT), name);
export const script = (name) => join(ROOT, 'scripts', name);
