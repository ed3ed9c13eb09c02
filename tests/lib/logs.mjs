// What the logs of a run may not hold.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const AROUND = 60;

/** Where one of `texts` stands in a file of `dir`, as "file: …around it…"; empty when none does. */
export function logsHold(dir, texts) {
    return readdirSync(dir).flatMap((file) => {
        const log = readFileSync(join(dir, file), 'utf8');
        return [...texts].flatMap((text) => {
            const at = log.indexOf(text);
            return at < 0 ? [] : [`${file}: …${log.slice(Math.max(0, at - AROUND), at + text.length + AROUND)}…`];
        });
    });
}
