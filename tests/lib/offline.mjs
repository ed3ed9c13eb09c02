// Tickets to scan, and scanners to do it while they are cut off.
import { day } from './fixture.mjs';
import { enroll } from './gate.mjs';
import { OfflineScanner } from './offline_client.mjs';
import { ticketsWithCodes } from './tickets.mjs';

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
    /** A scanner that has loaded the day and is cut off from now on. */
    const cutOff = async (exhibition, options) => {
        const scanner = new OfflineScanner(await enroll(stack, exhibition), options);
        await scanner.loadKeys();
        await scanner.load(day());
        return scanner;
    };
    return { codesOf, bought, cutOff };
}
