// Orders that are paid and before the gate, and what became of them there.
import assert from 'node:assert/strict';
import { runAudit } from './audit.mjs';
import { addExhibition, day, visible } from './fixture.mjs';
import { staffAt } from './gate.mjs';
import { buy, buyByDeposit } from './pay.mjs';
import { useStack } from './stack.mjs';
import { ticketsWithCodes } from './tickets.mjs';
import { until } from './wait.mjs';

const PRODUCTS = [
    { name: '대인', type: 'adult', total: 100, price: 10_000 },
    { name: '소인', type: 'child', total: 100, price: 5_000 },
];

/** Two replicas of the gate; the audit finds nothing in the end. */
export function useEntering() {
    const finish = async () => {
        const { DATABASE_ADMIN_URL } = stack.engines.env;
        await stack.audit();
        await until('the audit finds nothing', () => runAudit('entrance-audit', { ...stack.entrance[0].env, DATABASE_ADMIN_URL }), { every: 500 });
    };
    const stack = useStack({ payment: 1, entrance: 2, paymentEnv: { DEPOSIT_POLL_SECONDS: '1' }, gatewayEnv: { INFLIGHT_SCANS_PERCENT: '90' } }, { finish });
    const known = ({ order }) => stack.sql.row(`SELECT * FROM entrance.orders WHERE order_number = '${order.order_number}'`);
    const entering = {
        stack,
        onSale: async (options) => {
            const exhibition = await addExhibition(stack.sql, { products: PRODUCTS, refund_policy: [{ days_before: 0, fee_percent: 0 }], ...options });
            await visible(stack.http, exhibition);
            return exhibition;
        },
        /** Paid, for today, with its codes: {order, exhibition, ids and codes of the tickets, group: the code of the order}. */
        bought: async ({ exhibition, deposit = false, ...options } = {}) => {
            const at = exhibition ?? (await entering.onSale());
            const made = await (deposit ? buyByDeposit : buy)(stack, at, { visit_date: day(), ...options });
            const { tickets, order_qr_code } = await ticketsWithCodes(stack, made.order);
            return { ...made, exhibition: at, codes: tickets.map((t) => t.qr_code), ids: tickets.map((t) => t.id), group: order_qr_code };
        },
        /** Of each ticket: is its person inside? */
        inside: async ({ order }) =>
            (
                await stack.sql.rows(`SELECT t.entered_at IS NOT NULL AS inside FROM entrance.tickets t JOIN entrance.orders o ON o.id = t.order_id
                    WHERE o.order_number = '${order.order_number}' ORDER BY t.id`)
            ).map((t) => t.inside),
        scansOf: (scan_id) => stack.sql.rows(`SELECT * FROM entrance.scans WHERE scan_id = '${scan_id}'`),
        becomes: (order, status) => until(`the gate knows: ${status}`, async () => (await known(order)).status === status, { ms: 30_000 }),
        gate: (exhibitions, role) => staffAt(stack, exhibitions, role),
    };
    return entering;
}

export const refused = (answer, status, code) => assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
