// A scanner that is cut off, as docs/offline.md describes it and after nothing else: so the document is proven.
import { randomUUID } from 'node:crypto';
import { openValue, rowId } from './gate.mjs';
import { isSignedBy, readCode } from './tickets.mjs';

const FORM = /^[A-Za-z0-9_-]{142}$/;
const FRESH_MS = 120_000;
const BATCH = 100;
const MINUTE = 60_000;
const DAY = 86_400_000;
const SEOUL = 9 * 3_600_000;
const STATES = { s: 'suspended', c: 'cancelled', r: 'replaced' };

const dayNumber = (date) => Date.parse(date) / DAY;
const dayAt = (ms) => Math.floor((ms + SEOUL) / DAY);
const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

export class OfflineScanner {
    /** `online`: how it reaches us (Scanner of gate.mjs). `skew`: ms by which its clock is ahead. */
    constructor(online, { skew = 0 } = {}) {
        Object.assign(this, { online, skew });
        this.rows = new Map(); // id of a code → {value, state, used}
        this.claims = []; // people let in that the manifest does not show yet
        this.log = []; // scans to bring
    }

    now() {
        return Date.now() + this.skew;
    }

    // ---- while there is a network

    async loadKeys() {
        const { json } = await this.online.keys();
        this.keys = new Map(json.keys.map((key) => [key.id, key.public_key]));
        this.skewSeen = this.now() - Date.parse(json.server_time);
    }

    /** What is new since the last time; another day from its beginning. */
    async load(date) {
        if (date !== this.date) Object.assign(this, { rows: new Map(), cursor: undefined });
        const brought = this.claims.filter((claim) => claim.brought);
        const page = await this.online.manifest({ date, cursor: this.cursor });
        for (const [id, row] of page.rows) this.rows.set(id, row);
        Object.assign(this, { date, cursor: page.cursor, asOf: Date.parse(page.as_of), plan: page });
        this.claims = this.claims.filter((claim) => !brought.includes(claim)); // they are in the rows now
    }

    /** Brings what is on the log, again and again until it is answered. Returns the results. */
    async bring() {
        const results = [];
        while (this.log.length) {
            const batch = this.log.slice(0, BATCH);
            const answer = await this.online.sync(
                batch.map(({ row }) => row),
                { sent_at: new Date(this.now()).toISOString() },
            );
            if (answer.status === 503 || answer.status === 504) continue;
            if (answer.status !== 200) throw new Error(`sync: ${answer.status} ${answer.text}`);
            results.push(...answer.json.results);
            for (const { claim } of batch) if (claim) claim.brought = true;
            this.log.splice(0, batch.length);
        }
        return results;
    }

    // ---- while there is none

    /** Decides and notes it. → {verdict, admitted?, order_number?, name?} */
    scan(text, { count, proof_seen, at = this.now() } = {}) {
        const answer = this.#decide(text, count, proof_seen, at);
        const row = { scan_id: randomUUID(), qr_code: text, scanned_at: new Date(at).toISOString(), verdict: answer.verdict };
        if (proof_seen) row.proof_seen = true;
        const entry = { row };
        if (answer.verdict === 'allowed') {
            row.count = answer.admitted;
            const { kind, id, order_id } = readCode(text);
            entry.claim = { order: order_id, ticket: kind === 't' ? id : null, count: answer.admitted, all: kind === 'o' && answer.all };
            this.claims.push(entry.claim);
        }
        this.log.push(entry);
        return answer;
    }

    #decide(text, count, proofSeen, at) {
        if (!FORM.test(text)) return { verdict: 'invalid' };
        const code = readCode(text);
        const key = code.format === 1 && this.keys.get(code.key_id);
        if (!key || !isSignedBy(text, key)) return { verdict: 'invalid' };
        if (code.exhibition_id !== this.plan.exhibition_id) return { verdict: 'wrong_exhibition' };
        const row = this.rows.get(rowId(text));
        if (row && row.state !== 'v') return { verdict: STATES[row.state] };
        const time = this.#timeOf(code, at - this.skewSeen);
        if (time) return { verdict: time };
        if (!row && code.issued_at * 1000 < this.asOf - FRESH_MS) return { verdict: 'invalid' };
        return this.#admit(code, row, row?.value ? openValue(text, row.value) : {}, count, proofSeen);
    }

    #timeOf(code, at) {
        const { first_day, last_day, tolerance } = this.plan;
        const today = dayAt(at);
        if (code.visit_day === 0) return today < dayNumber(first_day) || today > dayNumber(last_day) ? 'not_today' : undefined;
        const [begins, ends] = code.slot;
        if (begins === null) return today === code.visit_day ? undefined : 'not_today';
        const midnight = code.visit_day * DAY - SEOUL;
        if (at >= midnight + (begins - tolerance.before) * MINUTE && at <= midnight + (ends + tolerance.after) * MINUTE) return undefined;
        return today === code.visit_day ? 'wrong_slot' : 'not_today';
    }

    #admit(code, row, { order_number, products, name }, count, proofSeen) {
        const here = this.claims.filter((claim) => claim.order === code.order_id);
        const kinds = (products || '')
            .split(' ')
            .filter(Boolean)
            .map((text) => text.split('*').map(Number));
        const people = code.kind === 't' ? 1 : sum(kinds.map(([, n]) => n)) || 1;
        const mine = code.kind === 't' ? here.filter((claim) => claim.ticket === code.id) : here;
        const left = Math.max(0, people - (row?.used ?? 0) - sum(mine.map((claim) => claim.count)));
        if (left === 0 || here.some((claim) => claim.all)) return { verdict: 'already_entered', order_number, name };
        const concerned = code.kind === 't' ? [code.product_id] : kinds.map(([id]) => id);
        const proof = this.plan.products.some((p) => p.proof_required && concerned.includes(p.id));
        if (proof && !proofSeen) return { verdict: 'proof_needed', order_number, name };
        const admitted = Math.min(count ?? left, left);
        return { verdict: 'allowed', admitted, all: Boolean(row) && admitted === left, order_number, name };
    }
}
