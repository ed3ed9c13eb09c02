// Tickets to scan, and scanners to do it while they are cut off.
import { day } from './fixture.mjs';
import { enroll } from './gate.mjs';
import { OfflineScanner } from './offline_client.mjs';
import { readCode, ticketsWithCodes } from './tickets.mjs';
import { until } from './wait.mjs';

/** Over one stack. `paid`: of payOps(). */
export function offlineOps(stack, { paid }) {
    const codesOf = async (order) => {
        const { tickets, order_qr_code } = await ticketsWithCodes(stack, order);
        return { tickets: tickets.map((t) => t.qr_code), group: order_qr_code };
    };
    const bought = async (exhibition, options) => {
        const order = await paid(exhibition, options);
        return Object.assign(order, { codes: await codesOf(order) });
    };
    /** Two days ago, so that a scan of yesterday can be true. */
    const boughtBefore = async (...args) => {
        const order = await bought(...args);
        const { order_id } = readCode(order.codes.group);
        await stack.sql.text(`UPDATE entrance.codes SET issued_at = issued_at - interval '2 days' WHERE order_id = ${order_id}`);
        return order;
    };
    /** Nothing that is committed is held back from the manifest any longer: an older transaction of any daemon may do so for a moment. */
    const toldToScanners = ({ id }) =>
        until('its codes are older than all that runs', () =>
            stack.sql.value(`SELECT NOT EXISTS (SELECT FROM entrance.changes WHERE exhibition_id = ${id} AND xid >= pg_snapshot_xmin(pg_current_snapshot()))`),
        );
    /** A scanner that has loaded the day and is cut off from now on. */
    const cutOff = async (exhibition, options) => {
        await toldToScanners(exhibition);
        const scanner = new OfflineScanner(await enroll(stack, exhibition), options);
        await scanner.loadKeys();
        await scanner.load(day());
        return scanner;
    };
    return { codesOf, bought, boughtBefore, cutOff, toldToScanners };
}
