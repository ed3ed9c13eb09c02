// Messages of svc-notify: rows made without an order, and what became of them.
import { randomBytes } from 'node:crypto';
import { runAudit } from './audit.mjs';
import { phone } from './fixture.mjs';
import { inbox } from './inbox.mjs';
import { until } from './wait.mjs';

const VARS = {
    이름: '홍길동',
    전시명: '빛의 정원 — 특별전',
    장소: '성수',
    관람일시: '2026-12-01(화)',
    매수: '2매',
    결제금액: '30,000원',
    예매번호: 'ORD202611220000000001',
    안내내용: '오늘은 한 시간 일찍 닫습니다.',
};
const literal = (text) => `'${String(text).replaceAll("'", "''")}'`;

/** `count` messages to one phone, or each to a phone of its own. Members: template, priority, exhibition_id, phone. → own ids. */
export async function addMessages(stack, { count = 1, template = 'paid', priority = 1, exhibition_id = 0, phone: to, vars = {} } = {}) {
    const rows = Array.from({ length: count }, () => ({ own_id: randomBytes(13).toString('hex'), phone: to ?? phone() }));
    const values = rows.map(
        ({ own_id, phone: number }) => `('', ${literal(`test/${own_id}`)}, ${literal(own_id)}, ${literal(template)}, ${priority},
        ${exhibition_id}, ${literal(number)}, ${literal(JSON.stringify({ ...VARS, ...vars }))}, now() + interval '1 day')`,
    );
    await stack.sql.text(`INSERT INTO notify.messages (order_number, event, own_id, template, priority, exhibition_id, phone, vars, useful_until)
        VALUES ${values.join(', ')}`);
    return rows.map(({ own_id }) => own_id);
}

export const stateOf = (stack, own_id) => stack.sql.row(`SELECT * FROM notify.messages WHERE own_id = ${literal(own_id)}`);

/** Until the message is in one of these states; its row. */
export function becomes(stack, own_id, states, ms = 20_000) {
    const wanted = [states].flat();
    return until(
        `message ${own_id} is ${wanted.join(' or ')}`,
        async () => {
            const row = await stateOf(stack, own_id);
            if (!wanted.includes(row.state)) throw new Error(`${row.state}: ${row.result} ${row.code}`);
            return row;
        },
        { ms, every: 100 },
    );
}

/** What a phone has received under one of our ids. */
export const received = (stack, own_id) => inbox(stack, { own_id });

/** What notify-audit says now; rejects with what it names. */
export const notifyAuditOnce = (stack) => runAudit('notify-audit', { DATABASE_ADMIN_URL: stack.engines.env.DATABASE_ADMIN_URL });

export const notifyAudit = (stack) => until('facts and messages agree', () => notifyAuditOnce(stack), { every: 500 });
