// Where things are.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
export const BUILD = join(ROOT, 'build');
export const VARIANT = process.env.VARIANT ?? 'test';
export const program = (name) => join(BUILD, VARIANT, name);
export const script = (name) => join(ROOT, 'scripts', name);
