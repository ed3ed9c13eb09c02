// What the logs of a run may not hold.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const AROUND = 60;
const CARD_NUMBER = /\b\d{6,8}\*{3,}\d{0,4}|\b\d{4}([ -])\d{4}\1\d{4}\1\d{3,4}\b/; // masked as Toss tells it, or whole

/** Where a card number or one of `texts` stands in a file of `dir`, as "file: …around it…"; empty when none does. */
export function logsHold(dir, texts) {
    return readdirSync(dir).flatMap((file) => {
        const log = readFileSync(join(dir, file), 'utf8');
        const places = [...texts].map((text) => [log.indexOf(text), text.length]);
        const card = CARD_NUMBER.exec(log);
        if (card) places.push([card.index, card[0].length]);
        return places.filter(([at]) => at >= 0).map(([at, length]) => `${file}: …${log.slice(Math.max(0, at - AROUND), at + length + AROUND)}…`);
    });
}
