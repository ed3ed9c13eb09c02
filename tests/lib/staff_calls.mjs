// Every call of staff and of the gate, with what it may be asked about the things of one exhibition: for tests that walk all of them.
import { randomUUID } from 'node:crypto';
import { runAudit } from './audit.mjs';
import { addExhibition, day } from './fixture.mjs';
import { enroll, makeDevice } from './gate.mjs';
import { addMessages } from './notify.mjs';
import { buy } from './pay.mjs';
import { codesKnown } from './session.mjs';
import { bookingHeard, ticketsWithCodes } from './tickets.mjs';
import { until } from './wait.mjs';

const PRODUCTS = [{ total: 1000, price: 1000 }];

/** One exhibition with a paid order, its tickets, a message and a scanner, and with makers of what a call uses up. */
export async function furnish(stack) {
    const exhibition = await addExhibition(stack.sql, { products: PRODUCTS, slots: [], max_per_phone: 0 });
    const boss = { token: stack.token('superadmin') };
    const made = async (path, json) => {
        const answer = await stack.http.post(path, json, boss);
        if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.text}`);
        return answer.json;
    };
    await until('it is on sale', async () => (await stack.http.get(`/api/exhibitions/${exhibition.code}`)).status === 200);
    await codesKnown(stack, [exhibition.code]);
    await runAudit('reconcile', stack.payment[0].env, day(-1));
    const { order } = await buy(stack, exhibition, { quantity: 2 });
    const [own_id] = await addMessages(stack, { exhibition_id: exhibition.id });
    const things = {
        ...exhibition,
        order,
        order_id: await stack.sql.value(`SELECT id FROM booking.orders WHERE order_number = '${order.order_number}'`),
        tickets: (await ticketsWithCodes(stack, order)).tickets,
        message: await stack.sql.value(`SELECT id FROM notify.messages WHERE own_id = '${own_id}'`),
        scanner: await enroll(stack, exhibition),
        scan_id: randomUUID(),
    };
    await stack.http.post('/api/entrance/scan', { qr_code: things.tickets[0].qr_code, admin_id: 1, scan_id: things.scan_id }, boss);
    const inside = `SELECT count(*)::int AS n FROM booking.tickets WHERE order_id = ${things.order_id} AND status = 'entered'`;
    await until('booking knows who is inside', async () => (await stack.sql.value(inside)) === 1);
    await bookingHeard(stack);
    const slots = { exhibition_id: exhibition.id, start_date: day(1), end_date: day(1), times: [{ starts_at: '10:00', ends_at: '11:00' }], capacity: 5 };
    return Object.assign(things, {
        newExhibition: async () => (await addExhibition(stack.sql)).id,
        newProduct: async () => (await made('/api/admin/products', productOf(things))).id,
        newSlot: async () => {
            await stack.sql.text(`DELETE FROM booking.time_slots WHERE exhibition_id = ${exhibition.id}`);
            return (await made('/api/admin/slots', slots)).slots?.[0]?.id ?? stack.sql.value(`SELECT max(id) FROM booking.time_slots`);
        },
        newScanner: async () => (await makeDevice(stack, exhibition)).json.id,
        newCode: async () => (await makeDevice(stack, exhibition)).json.enroll_code,
        newUser: async () => (await made('/api/admin/users', userOf(things))).id,
    });
}

const productOf = (t) => ({ exhibition_id: t.id, name: '표', type: 'adult', price: 1, total_quantity: 1 });
const userOf = (t) => ({ username: `u-${randomUUID().slice(0, 13)}`, password: `pass-${randomUUID()}`, role: 'viewer', exhibition_codes: [t.code] });
const ofExhibition = (t) => ({ exhibition: t.code });
const asStaff = (t, role) => (role === 'device' ? { device_id: t.scanner.device_id } : { device_id: 'staff-1' });

/**
 * call: as the gateway prints it. id, query, json: of the things of an exhibition (and the role that asks). part: of the op, where that has
 * rights of its own; owner: the service that knows them, if the one that is called asks it.
 *
 * beyond: what who does not cover the exhibition hears, if not that it is not there.
 * about: what the caller's exhibitions mean for it. 'one' (or none said): 404 where they do not cover the things. 'list': shows what they cover.
 * 'own': it is about the caller's account. 'all': it is about no exhibition. 'judged': the answer itself says that it is another's.
 */
export const STAFF_CALLS = [
    { call: 'POST /api/admin/login', about: 'own', json: () => ({}) },
    { call: 'POST /api/admin/refresh', about: 'own' },
    { call: 'POST /api/admin/logout', about: 'own' },
    { call: 'PUT /api/admin/password', about: 'own', json: () => ({}) },
    { call: 'POST /api/admin/otp', about: 'own', json: () => ({}) },
    { call: 'DELETE /api/admin/otp', about: 'own', json: () => ({}) },
    { call: 'GET /api/admin/sessions', about: 'own' },
    { call: 'DELETE /api/admin/sessions', about: 'own' },
    { call: 'DELETE /api/admin/sessions/:id', about: 'own', id: () => 'AAAAAAAAAAAAAAAAAAAAAA' },
    { call: 'GET /api/admin/users', about: 'list' },
    { call: 'POST /api/admin/users', beyond: '403 FORBIDDEN', json: userOf },
    { call: 'PUT /api/admin/users/:id', id: (t) => t.newUser(), json: () => ({ is_active: false }) },
    { call: 'DELETE /api/admin/users/:id', id: (t) => t.newUser() },

    { call: 'GET /api/admin/dashboard', query: ofExhibition },
    { call: 'GET /api/admin/live', query: ofExhibition },
    { call: 'GET /api/admin/audit', query: ofExhibition },
    { call: 'GET /api/admin/retention', about: 'all' },
    { call: 'POST /api/admin/retention', about: 'all', json: () => ({}) },

    { call: 'GET /api/admin/exhibitions', about: 'list' },
    {
        call: 'POST /api/admin/exhibitions',
        about: 'all',
        json: () => ({ code: `s-${randomUUID().slice(0, 13)}`, name: '새 전시', start_date: day(0), end_date: day(30) }),
    },
    { call: 'GET /api/admin/exhibitions/:id', id: (t) => t.id },
    { call: 'PUT /api/admin/exhibitions/:id', id: (t) => t.id, json: () => ({ venue: '서울' }) },
    { call: 'DELETE /api/admin/exhibitions/:id', about: 'all', id: (t) => t.newExhibition() },
    { call: 'GET /api/admin/products', query: ofExhibition },
    { call: 'POST /api/admin/products', json: productOf },
    { call: 'PUT /api/admin/products/:id', id: (t) => t.products[0].id, json: () => ({ name: '표' }) },
    { call: 'DELETE /api/admin/products/:id', id: (t) => t.newProduct() },
    { call: 'GET /api/admin/slots', query: (t) => ({ exhibition: t.code, date: day(1) }) },
    {
        call: 'POST /api/admin/slots',
        json: (t) => ({ exhibition_id: t.id, start_date: day(2), end_date: day(2), times: [{ starts_at: '10:00', ends_at: '11:00' }], capacity: 1 }),
    },
    { call: 'PUT /api/admin/slots/:id', id: (t) => t.newSlot(), json: () => ({ capacity: 6 }) },
    { call: 'DELETE /api/admin/slots/:id', id: (t) => t.newSlot() },

    { call: 'GET /api/admin/orders', query: ofExhibition },
    { call: 'GET /api/admin/orders/export', query: (t) => ({ exhibition: t.code, format: 'csv' }) },
    { call: 'GET /api/admin/orders/:id', id: (t) => t.order_id },
    { call: 'PATCH /api/admin/orders/:id', part: 'memo', owner: 'booking', id: (t) => t.order_id, json: () => ({ memo: '창가' }) },
    { call: 'PATCH /api/admin/orders/:id', part: 'cancel', id: (t) => t.order_id, json: () => ({ status: 'cancelled', reason: '요청' }) },
    { call: 'POST /api/admin/orders/:id/reveal', id: (t) => t.order_id, json: () => ({ reason: '전화 확인' }) },
    { call: 'GET /api/admin/payments/stuck', about: 'list' },
    { call: 'GET /api/admin/reconciliation', about: 'list', query: () => ({ date: day(-1) }) },
    { call: 'GET /api/admin/notifications', query: ofExhibition },
    { call: 'POST /api/admin/notifications/:id/resend', id: (t) => t.message, json: () => ({ reason: '전화 확인' }) },

    {
        call: 'POST /api/entrance/scan',
        about: 'judged',
        json: (t, role) => ({ qr_code: t.tickets[1].qr_code, ...(role === 'device' ? {} : { admin_id: 1 }) }),
    },
    {
        call: 'POST /api/entrance/sync',
        about: 'judged',
        json: (t, role) => ({
            ...asStaff(t, role),
            sent_at: new Date().toISOString(),
            scans: [{ scan_id: randomUUID(), qr_code: t.tickets[1].qr_code, scanned_at: new Date().toISOString(), verdict: 'allowed', count: 1 }],
        }),
    },
    { call: 'GET /api/entrance/keys', about: 'all' },
    { call: 'GET /api/entrance/manifest', query: ofExhibition },
    { call: 'GET /api/entrance/stats', query: ofExhibition },
    { call: 'POST /api/entrance/undo', json: (t) => ({ scan_id: t.scan_id, reason: '오조작' }) },
    { call: 'POST /api/entrance/reissue', json: (t) => ({ order_number: t.order.order_number, reason: '유출' }) },
    { call: 'GET /api/entrance/devices', query: ofExhibition },
    { call: 'POST /api/entrance/devices', part: 'make', json: (t) => ({ exhibition: t.code, name: '정문' }) },
    { call: 'POST /api/entrance/devices', part: 'enroll', about: 'all', json: async (t) => ({ enroll_code: await t.newCode() }) },
    { call: 'POST /api/entrance/devices', part: 'renew', about: 'own', json: () => ({ renew: true }) },
    { call: 'DELETE /api/entrance/devices/:id', id: (t) => t.newScanner() },
];

/** {method, target, json} of a call, asked by `role` about `things`. */
export async function askOf({ call, id, query, json }, things, role) {
    const [method, path] = call.split(' ');
    const target = id ? path.replace(':id', await id(things)) : path;
    return { method, target: query ? `${target}?${new URLSearchParams(query(things))}` : target, json: await json?.(things, role) };
}
