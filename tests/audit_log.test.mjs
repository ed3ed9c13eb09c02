// The log of who did what: every change by staff reaches it once, whoever dies; whatever is done to it is found; who may read it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { runAudit } from './lib/audit.mjs';
import { auditsAgree } from './lib/books.mjs';
import { armPoints, listed } from './lib/fault_points.mjs';
import { addExhibition, day, visible } from './lib/fixture.mjs';
import { ADMIN_PASSWORD } from './lib/keys.mjs';
import { buyByDeposit, cancel, makeOrder, settled } from './lib/pay.mjs';
import { addUser, login, signIn } from './lib/session.mjs';
import { STAFF_CALLS, askOf, furnish } from './lib/staff_calls.mjs';
import { useStack } from './lib/stack.mjs';
import { bookingHeard, ticketsWithCodes } from './lib/tickets.mjs';
import { parallel, until } from './lib/wait.mjs';

const stack = useStack({ payment: 1, notify: 1, admin: 2, supervised: true }, { prepare, finish: () => auditsAgree(stack, 15_000) });
const [YESTERDAY, TODAY] = [day(-1), day(0)]; // as this file begins
const SERVICES = ['booking', 'payment', 'entrance', 'notify', 'admin'];

let boss, mine, foreign;
async function prepare() {
    boss = { token: (await signIn(stack, 'admin', ADMIN_PASSWORD)).token };
    [mine, foreign] = [await addExhibition(stack.sql), await addExhibition(stack.sql)];
    await visible(stack.http, mine);
    await visible(stack.http, foreign);
}
const refused = (answer, status, code) => assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
const asManager = (exhibition) => ({ token: stack.token('manager', exhibition.code) });
const requestOf = (answer) => answer.headers['x-request-id'];
const orderId = (order) => stack.sql.value(`SELECT id FROM booking.orders WHERE order_number = '${order.order_number}'`);

/** The entries that the query finds. */
async function entries(query = {}, as = boss) {
    const answer = await stack.http.get(`/api/admin/audit?${new URLSearchParams(query)}`, as);
    assert.equal(answer.status, 200, answer.text);
    return answer.json.entries;
}

const FACTS = SERVICES.map((s) => `SELECT '${s}' AS source, id, entity, payload FROM ${s}.events WHERE type = 'audit'`).join(' UNION ALL ');

/** Until the log holds every fact that its owners have, each once. */
const arrived = (ms = 10_000) =>
    until(
        'every fact is in the log',
        async () => {
            const counts = `SELECT (SELECT count(*) FROM (${FACTS}) f)::int AS told, (SELECT count(*) FROM admin.audit_log)::int AS kept,
                (SELECT count(*) FROM (${FACTS}) f JOIN admin.audit_log l ON l.source = f.source AND l.source_event = f.id)::int AS both`;
            const { told, kept, both } = await stack.sql.row(counts);
            return told === kept && both === told && told;
        },
        { ms },
    );

/** A change that leaves a fact, one also where many wait for each other and are told to come again. */
const change = async (exhibition = mine) =>
    (await stack.http.settle('PUT', `/api/admin/exhibitions/${exhibition.id}`, { json: { venue: randomUUID() }, ...boss })).answer;

describe('every call', () => {
    // What is not about a thing of an exhibition but about the caller's own account, in an order in which each is possible.
    const own = {
        'POST /api/admin/login': (me) => login(stack, me.username, me.password),
        'PUT /api/admin/password': async (me) => {
            const next = `pass-${randomUUID()}`;
            const json = { current_password: me.password, new_password: next };
            me.password = next;
            const answer = await stack.http.put('/api/admin/password', json, me.session);
            me.session = { token: (await signIn(stack, me.username, me.password)).token }; // the old one is refused any moment
            return answer;
        },
        'DELETE /api/admin/sessions': (me) => stack.http.delete('/api/admin/sessions', me.session),
        'DELETE /api/admin/sessions/:id': async (me) => {
            await signIn(stack, me.username, me.password);
            const { sessions } = (await stack.http.get('/api/admin/sessions', me.session)).json;
            return stack.http.delete(`/api/admin/sessions/${sessions.find((s) => !s.current).id}`, me.session);
        },
        'POST /api/admin/logout': async (me) =>
            stack.http.post('/api/admin/logout', undefined, { token: (await signIn(stack, me.username, me.password)).token }),
    };
    // Scans and uploads keep who scanned with every scan; a session or a scanner that goes on has changed nothing.
    const SILENT = ['POST /api/entrance/scan', 'POST /api/entrance/sync', 'POST /api/admin/refresh', 'POST /api/entrance/devices renew'];
    const TOLD_ELSEWHERE = ['POST /api/admin/otp', 'DELETE /api/admin/otp']; // of their own tests
    const LOOKS = ['GET /api/admin/orders/export']; // that are told, though they change nothing
    const nameOf = ({ call, part }) => [call, part].filter(Boolean).join(' ');
    const isTold = (row) => (!row.call.startsWith('GET') || LOOKS.includes(row.call)) && ![...SILENT, ...TOLD_ELSEWHERE].includes(nameOf(row));
    const isLast = ({ part }) => (part === 'cancel' ? 1 : 0); // of an order that is gone nothing more is told

    /** The message of a paid order, as if it had not arrived. */
    async function failedMessage(order) {
        const ended = `SELECT id FROM notify.messages WHERE order_number = '${order.order_number}' AND event = 'paid' AND ended_at IS NOT NULL`;
        const id = await until('the tickets are told', () => stack.sql.value(ended), { ms: 20_000 });
        await stack.sql.text(`BEGIN; SET LOCAL session_replication_role = replica; UPDATE notify.messages SET state = 'failed' WHERE id = ${id}; COMMIT`);
        return id;
    }

    async function factOf({ row, request }) {
        const found = await stack.sql.rows(`SELECT l.*, t.body FROM admin.audit_log l JOIN admin.audit_texts t USING (seq)
            WHERE t.body ->> 'request_id' = '${request}'`);
        assert.equal(found.length, 1, `${nameOf(row)} is told once`);
        return found[0];
    }

    /** Whether a fact has a before and an after. */
    function shapeOf({ call }) {
        if (call.startsWith('PUT') || call.startsWith('PATCH')) return [true, true];
        return call.startsWith('DELETE') ? [true, false] : [undefined, true];
    }

    test('that changes something is told once: who, what, before and after, why, from where', { timeout: 180_000 }, async () => {
        const things = await furnish(stack);
        things.message = await failedMessage(things.order);
        const me = await addUser(stack, boss, { role: 'superadmin' });
        me.session = { token: (await signIn(stack, me.username, me.password)).token };
        const told = [];
        for (const row of STAFF_CALLS.filter(isTold).sort((a, b) => isLast(a) - isLast(b))) {
            // Booking gives back no ticket of which it has not heard yet that nobody is inside with it.
            await bookingHeard(stack);
            const asked = own[row.call] ? undefined : await askOf(row, things, 'superadmin');
            const answer = asked ? await stack.http.call(asked.method, asked.target, { ...boss, json: asked.json }) : await own[row.call](me);
            assert.ok(answer.status < 300, `${nameOf(row)}: ${answer.status} ${answer.text}`);
            told.push({ row, json: asked?.json, request: requestOf(answer) });
        }
        await arrived();
        for (const call of told) {
            const { body, ...fact } = await factOf(call);
            const what = `${nameOf(call.row)}: ${JSON.stringify({ ...fact, body })}`;
            assert.deepEqual([fact.user_id, fact.role], [own[call.row.call] ? me.id : 1, 'superadmin'], what);
            assert.deepEqual([body.client, body.reason], ['127.0.0.1', call.json?.reason ?? null], what);
            if (call.row.about === 'own') continue;
            const [before, after] = shapeOf(call.row);
            assert.equal(Boolean(body.after), after, what);
            if (before !== undefined) assert.equal(Boolean(body.before), before, what);
            if (!call.row.about && !call.row.call.includes('/users')) assert.equal(fact.exhibition_code, things.code, what);
        }
    });

    test('that reads, or is refused, is not told', async () => {
        await arrived();
        const before = await stack.sql.value('SELECT seq FROM admin.audit_head');
        const silent = ['GET /api/admin/orders', 'GET /api/admin/products', 'GET /api/admin/audit', 'GET /api/admin/users', 'GET /api/admin/notifications'];
        for (const call of silent) assert.equal((await stack.http.get(call.slice(4), boss)).status, 200, call);
        refused(await stack.http.put(`/api/admin/exhibitions/${mine.id}`, { venue: 'x' }, asManager(foreign)), 404, 'NOT_FOUND');
        refused(await stack.http.put(`/api/admin/exhibitions/${mine.id}`, { venue: 1 }, boss), 422, 'VALIDATION_FAILED');
        await change();
        await arrived();
        assert.equal(await stack.sql.value('SELECT seq FROM admin.audit_head'), before + 1);
    });
});

describe('nothing personal', () => {
    test('stands in any fact, whatever staff did', async () => {
        const person = { customer_name: '남궁민수', customer_phone: '01073519264', customer_email: 'minsu.ng@example.com' };
        const account = { bank: '88', account_number: '110482915736', holder_name: '남궁민수' };
        const { order } = await buyByDeposit(stack, mine, person);
        const path = `/api/admin/orders/${await orderId(order)}`;
        const said = `010-7351-9264로 전화, ${person.customer_email}`;
        const done = async (answer, status = 200) => assert.equal((await answer).status, status, (await answer).text);
        stack.mustNotLog(account.account_number);
        await done(stack.http.patch(path, { memo: `${person.customer_name} ${said}` }, boss));
        await done(stack.http.patch(path, { memo: null }, boss));
        await done(stack.http.post(`${path}/reveal`, { reason: said }, boss));
        await ticketsWithCodes(stack, order);
        await done(stack.http.post('/api/entrance/reissue', { order_number: order.order_number, reason: said }, boss));
        await done(stack.http.patch(path, { status: 'cancelled', reason: said }, boss), 202); // without an account …
        await until(
            'it needs an account',
            async () => (await stack.sql.value(`SELECT state FROM payment.refunds WHERE order_number = '${order.order_number}'`)) === 'needs_account',
        );
        await done(stack.http.patch(path, { status: 'cancelled', reason: said, refund_account: account }, boss), 202); // … which comes later
        await settled(stack, order);
        const unpaid = await makeOrder(stack, mine, person);
        await done(stack.http.patch(`/api/admin/orders/${await orderId(unpaid)}`, { status: 'cancelled', reason: said }, boss));
        const gone = await makeOrder(stack, mine, { ...person, customer_phone: '01073519265' });
        await done(cancel(stack, gone)); // by who ordered: no fact of staff
        const user = await addUser(stack, boss, { role: 'manager', exhibition_codes: [mine.code] });
        const export_ = await stack.http.get(`/api/admin/orders/export?format=csv&exhibition=${mine.code}&q=${person.customer_phone}`, boss);
        assert.equal(export_.status, 200);
        await arrived();

        const own = await entries({ entity: order.order_number });
        const actions = own.map((e) => e.action).sort();
        assert.deepEqual(actions, ['code.reissue', 'order.patch', 'order.patch', 'order.patch', 'order.patch', 'order.reveal']);
        assert.equal((await entries({ entity: gone.order_number })).length, 0);
        for (const e of own.filter(({ reason }) => reason)) assert.equal(e.reason, '010-****-**64로 전화, m*******@example.com');
        const [{ after }] = own.filter((e) => e.after?.refund_account);
        assert.equal(after.refund_account, '****');

        const secrets = [
            person.customer_name,
            person.customer_phone,
            '010-7351-9264',
            '73519264',
            'minsu.ng',
            account.account_number,
            user.password,
            ADMIN_PASSWORD,
        ];
        const texts = await stack.sql.text(`SELECT body FROM admin.audit_texts UNION ALL SELECT to_jsonb(l) FROM admin.audit_log l
            UNION ALL SELECT payload FROM (${FACTS}) f`);
        for (const secret of secrets) assert.ok(!texts.includes(secret), `${secret}: ${texts.split('\n').find((line) => line.includes(secret))}`);
    });
});

describe('a look at who ordered', () => {
    const person = { customer_name: '홍길동', customer_email: 'gildong@example.com' };
    const reveal = (id, as = boss, json = { reason: '전화 확인' }, key = undefined) => stack.http.post(`/api/admin/orders/${id}/reveal`, json, { ...as, key });

    test('has a reason and a trace, each time', async () => {
        const order = await makeOrder(stack, mine, person);
        const id = await orderId(order);
        const phone = await stack.sql.value(`SELECT customer_phone FROM booking.orders WHERE id = ${id}`);
        const key = randomUUID();
        for (let i = 0; i < 2; i++) assert.deepEqual((await reveal(id, asManager(mine), undefined, key)).json, { ...person, customer_phone: phone });
        await arrived();
        const looks = await entries({ entity: order.order_number, action: 'order.reveal' }, asManager(mine));
        assert.deepEqual(
            looks.map((e) => [e.reason, e.role, e.after]),
            Array(2).fill(['전화 확인', 'manager', { revealed: ['customer_name', 'customer_phone', 'customer_email'] }]),
        );
        const kept = await stack.sql.value(`SELECT count(*)::int FROM booking.idempotency WHERE answer LIKE '%${phone}%'`);
        assert.equal(kept, 0, 'the answer is kept nowhere');
    });

    test('is for managers of that exhibition', async () => {
        const id = await orderId(await makeOrder(stack, mine, person));
        for (const role of ['viewer', 'staff', 'finance']) refused(await reveal(id, { token: stack.token(role, mine.code) }), 403, 'FORBIDDEN');
        refused(await reveal(id, asManager(foreign)), 404, 'NOT_FOUND');
        for (const none of [999_999, 0, 'x', '1'.repeat(30)]) refused(await reveal(none), 404, 'NOT_FOUND');
        for (const json of [{}, { reason: '' }, { reason: 'x'.repeat(201) }, { reason: 1 }, { reason: 'x', more: 1 }])
            refused(await reveal(id, boss, json), 422, 'VALIDATION_FAILED');
    });

    test('without its fact tells nothing', async () => {
        const id = await orderId(await makeOrder(stack, mine, person));
        const refuse = `ADD CONSTRAINT no_reveal CHECK (payload ->> 'action' IS DISTINCT FROM 'order.reveal') NOT VALID`;
        await stack.sql.text(`ALTER TABLE booking.events ${refuse}`);
        try {
            const answer = await stack.bus.call('order.reveal', { reason: 'x' }, { role: 'superadmin', scope: '*', userId: 1, params: { id: String(id) } });
            assert.equal(answer.status, 'INTERNAL');
            assert.ok(!JSON.stringify(answer).includes(person.customer_name), JSON.stringify(answer));
        } finally {
            await stack.sql.text('ALTER TABLE booking.events DROP CONSTRAINT no_reveal');
        }
    });
});

describe('who reads', () => {
    test('managers see what is about their exhibitions, superadmins everything, others nothing', async () => {
        await change(mine);
        await change(foreign);
        await arrived();
        const codes = async (as, query = {}) => [...new Set((await entries({ limit: 200, ...query }, as)).map((e) => e.exhibition_code))];
        assert.deepEqual(await codes(asManager(mine)), [mine.code]);
        assert.deepEqual((await codes({ token: stack.token('manager', `${mine.code},${foreign.code}`) })).sort(), [mine.code, foreign.code].sort());
        assert.deepEqual(await codes(boss, { exhibition: foreign.code }), [foreign.code]);
        assert.ok((await codes(boss)).includes(null), 'accounts are of no exhibition');
        const all = await codes({ token: stack.token('manager') });
        assert.ok(all.includes(foreign.code) && !all.includes(null), 'and are nothing to managers, though they have all exhibitions');
        refused(await stack.http.get(`/api/admin/audit?exhibition=${foreign.code}`, asManager(mine)), 404, 'NOT_FOUND');
        for (const role of ['viewer', 'staff', 'finance']) refused(await stack.http.get('/api/admin/audit', { token: stack.token(role) }), 403, 'FORBIDDEN');
    });

    test('filters and pages', async () => {
        const changes = 5;
        for (let i = 0; i < changes; i++) await change();
        await arrived();
        const entity = `exhibition:${mine.id}`;
        const all = await entries({ entity, limit: 200 });
        const ids = all.map((e) => e.id);
        assert.ok(ids.length >= changes && ids.every((id, i) => i === 0 || id < ids[i - 1]), 'the newest first');
        const paged = [];
        for (let cursor = ''; cursor !== null;) {
            const { json } = await stack.http.get(`/api/admin/audit?entity=${entity}&limit=2&cursor=${cursor}`, boss);
            paged.push(...json.entries.map((e) => e.id));
            cursor = json.next_cursor;
        }
        assert.deepEqual(paged, ids);
        assert.equal((await entries({ entity, action: 'exhibition.delete' })).length, 0);
        assert.equal((await entries({ entity, user: 1, action: 'exhibition.update', date_from: TODAY, date_to: day(0), limit: 200 })).length, ids.length);
        assert.equal((await entries({ entity, user: 999 })).length, 0);
        assert.equal((await entries({ entity, date_from: day(1) })).length, 0);
        assert.equal((await entries({ entity, date_to: YESTERDAY })).length, 0);
        const bad = [
            'user=x',
            'user=0',
            'limit=0',
            'limit=201',
            'cursor=x',
            'date_from=2026-02-30',
            `date_from=${day(1)}&date_to=${day(0)}`,
            `entity=${'x'.repeat(201)}`,
        ];
        for (const query of bad) {
            const answer = await stack.http.get(`/api/admin/audit?${query}`, boss);
            refused(answer, 422, 'VALIDATION_FAILED');
            if (/limit|&/.test(query)) assert.match(answer.json.errors[0].message, /허용 범위/, query);
        }
    });

    test('long facts make short pages', async () => {
        const long = await addExhibition(stack.sql);
        const facts = 16; // of 30 KB each
        const put = () => stack.http.put(`/api/admin/exhibitions/${long.id}`, { description: randomUUID().padEnd(5000, '가') }, boss);
        for (let i = 0; i < facts; i++) assert.equal((await put()).status, 200);
        await arrived();
        const pages = [];
        for (let cursor = ''; cursor !== null;) {
            const { json } = await stack.http.get(`/api/admin/audit?exhibition=${long.code}&limit=200&cursor=${cursor}`, boss);
            pages.push(json.entries.length);
            cursor = json.next_cursor;
        }
        assert.equal(pages.length, 2);
        assert.equal(pages[0] + pages[1], facts);
    });

    test('nobody changes it, not even its own service', async () => {
        const orders = ['UPDATE admin.audit_log SET user_id = 1', 'DELETE FROM admin.audit_log', 'DELETE FROM admin.audit_texts', 'UPDATE admin.audit_texts SET body = NULL',
            'UPDATE admin.audit_head SET seq = 0', `INSERT INTO admin.audit_log SELECT * FROM admin.audit_log`, 'TRUNCATE admin.audit_log']; // prettier-ignore
        for (const sql of orders) await assert.rejects(stack.sql.text(`SET ROLE svc_admin; ${sql}`), /permission denied/, sql);
    });
});

describe('whatever dies', () => {
    test('no fact is lost, none comes twice', { timeout: 90_000 }, async () => {
        const left = await armPoints(stack, ['admin'], listed('svc-admin', 'admin.collect'), 'collect');
        let telling = true;
        const storm = parallel(4, 4, async () => {
            while (telling) assert.equal((await change()).status, 200);
        });
        storm.catch(() => {}); // who waits for it comes later
        try {
            for (let i = 0; i < 6; i++) {
                await stack.admin[i % 2].kill();
                await until('it is back', () => stack.admin[i % 2].alive);
            }
            await until('every point was reached', () => left().length === 0, { ms: 30_000 });
        } finally {
            telling = false;
        }
        await storm;
        await arrived(30_000);
        const gaps = await stack.sql.value('SELECT count(*)::int - max(seq)::int FROM admin.audit_log');
        assert.equal(gaps, 0, 'numbers have no gaps');
        await runAudit('admin-audit', auditEnv());
    });

    test('the log catches up with what happened while svc-admin was away', async () => {
        await arrived();
        for (const daemon of stack.admin) await daemon.stop();
        for (let i = 0; i < 3; i++) await change();
        const newest = `id IN (SELECT id FROM booking.events WHERE type = 'audit' ORDER BY id DESC LIMIT 1)`;
        await runAudit('admin-audit', auditEnv()); // still on their way
        await stack.sql.text(`UPDATE booking.events SET created_at = now() - interval '2 minutes' WHERE ${newest}`);
        const id = await stack.sql.value(`SELECT id FROM booking.events WHERE ${newest}`);
        const finding = await audit().then(() => '', String);
        for (const daemon of stack.admin) daemon.start();
        await stack.ready();
        assert.match(finding, new RegExp(`event ${id} of booking never arrived\nend .*\n1 differences`));
        await arrived();
        await audit();
    });

    test('who did it is named though the account is gone by then', async () => {
        const kim = await addUser(stack, boss, { role: 'superadmin' });
        const { token } = await signIn(stack, kim.username, kim.password);
        for (const daemon of stack.admin) await daemon.stop();
        assert.equal((await stack.http.put(`/api/admin/exhibitions/${mine.id}`, { venue: randomUUID() }, { token })).status, 200);
        await stack.sql.text(`DELETE FROM admin.admin_users WHERE id = ${kim.id}`);
        for (const daemon of stack.admin) daemon.start();
        await stack.ready();
        await arrived();
        const [{ username }] = await entries({ user: kim.id, action: 'exhibition.update' });
        assert.equal(username, kim.username);
    });

    test('a fact that cannot be kept holds up none behind it, and is named', async () => {
        await stack.sql.text(`SELECT booking.emit('audit', 'bad:1', 1, '{"action": "x", "role": null}')`);
        await change();
        await until('it is parked', async () => (await stack.sql.value(`SELECT count(*)::int FROM admin.parked_events`)) === 1, { ms: 20_000 });
        await until('the next one is there', async () => {
            const newest = await stack.sql.value(`SELECT max(id) FROM booking.events WHERE type = 'audit'`);
            return stack.sql.value(`SELECT count(*)::int FROM admin.audit_log WHERE source = 'booking' AND source_event = ${newest}`);
        });
        await assert.rejects(audit(), /parked facts: booking bad:1/);
        await stack.sql.text(`DELETE FROM admin.parked_events; DELETE FROM booking.events WHERE entity = 'bad:1'`);
        await audit();
    });
});

const auditEnv = () => ({ ...stack.admin[0].env, DATABASE_ADMIN_URL: stack.engines.env.DATABASE_ADMIN_URL });
const audit = (noted = [], env = {}) => runAudit('admin-audit', { ...auditEnv(), ...env }, ...noted);

describe('whatever is done to the log', () => {
    const restored = async (tamper, look) => {
        const tables = ['audit_log', 'audit_texts', 'audit_head'];
        await stack.sql.text(`CREATE SCHEMA kept; ${tables.map((t) => `CREATE TABLE kept.${t} AS TABLE admin.${t}`).join(';')}`);
        try {
            await stack.sql.text(`SET search_path = admin; ${tamper}`);
            await look();
        } finally {
            await stack.sql.text(`BEGIN; TRUNCATE ${tables.map((t) => `admin.${t}`).join()};
                ${tables.map((t) => `INSERT INTO admin.${t} SELECT * FROM kept.${t}`).join(';')}; DROP SCHEMA kept CASCADE; COMMIT`);
        }
        await audit();
    };
    // What somebody with all rights would do: every row after the first is hashed anew, and so is the end.
    const REHASH = `DO $$ DECLARE l audit_log; before text := ''; BEGIN
        FOR l IN SELECT * FROM audit_log ORDER BY seq LOOP
            SELECT audit_hash(t.salt, t.body::text) INTO l.digest FROM audit_texts t WHERE t.seq = l.seq AND t.body IS NOT NULL;
            before := audit_hash(before, audit_row_text(l));
            UPDATE audit_log SET digest = l.digest, hash = before WHERE seq = l.seq;
            UPDATE audit_head SET seq = l.seq, hash = before;
        END LOOP; END $$;`;
    const WHO = 'UPDATE audit_log SET user_id = 99 WHERE seq = 3;';
    const LAST = 'SELECT max(seq) FROM audit_log';
    const cases = [
        ['a changed row', WHO, ['row 3: it, or the one before, was changed', 'row 3 is not what']],
        ['a changed row, hashed anew', `${WHO} UPDATE audit_log l SET hash = audit_hash((SELECT hash FROM audit_log WHERE seq = 2), audit_row_text(l)) WHERE seq = 3`, ['row 4: it, or the one before']],
        ['a changed row, all hashed anew', `${WHO} ${REHASH}`, ['row 3 is not what']],
        ['a missing row', 'DELETE FROM audit_log WHERE seq = 3', ['row 4: what was between it and the one before is missing']],
        ['a missing last row', `DELETE FROM audit_log WHERE seq = (${LAST})`, ['end: the last row is']],
        ['an added row', `INSERT INTO audit_log SELECT seq + 1, source, source_event + 1000000, at, action, entity, exhibition_code, 99, role, digest, hash FROM audit_log WHERE seq = (${LAST})`, ['was never told by', 'was changed', 'its texts are missing']],
        ['a changed text', `UPDATE audit_texts SET body = jsonb_set(body, '{client}', '"10.0.0.1"') WHERE seq = 3`, ['row 3: its texts were changed']],
        ['missing texts', 'DELETE FROM audit_texts WHERE seq = 3', ['row 3: its texts are missing']],
        ['texts erased before their time', 'UPDATE audit_texts SET salt = NULL, body = NULL, erased_at = now() WHERE seq = 3', ['row 3: its texts were erased before their time']],
        ['texts erased in the future', `UPDATE audit_texts SET salt = NULL, body = NULL, erased_at = now() + interval '3 years' WHERE seq = 3`, ['row 3: its texts were erased before their time']],
    ]; // prettier-ignore

    for (const [name, tamper, findings] of cases)
        test(`${name} is found`, async () => {
            await arrived();
            await restored(tamper, async () => {
                const found = await audit().then(() => '', String);
                for (const finding of findings) assert.ok(found.includes(finding), found);
            });
        });

    test('what an operator noted finds a chain that was made anew, and one that is shorter', async () => {
        await arrived();
        const { seq, hash } = await stack.sql.row('SELECT seq, hash FROM admin.audit_head');
        const noted = [`${seq}:${hash}`];
        await audit(noted);
        await change();
        await arrived();
        await audit(noted);
        await restored(`UPDATE audit_texts SET body = jsonb_set(body, '{client}', '"10.0.0.1"') WHERE seq = 3; ${REHASH}`, async () => {
            await audit(); // nothing else can know
            await assert.rejects(audit(noted), new RegExp(`row ${seq}: another one was noted`));
        });
        await restored(`DELETE FROM audit_log WHERE seq >= ${seq}; ${REHASH}`, async () => {
            await assert.rejects(audit(noted), new RegExp(`end: row ${seq} was noted`));
        });
        for (const wrong of ['x', '0:1', `${seq}:abc`]) await assert.rejects(audit([wrong]), /usage/);
    });

    test('texts that were erased in time are no difference', async () => {
        await stack.sql.text(`INSERT INTO booking.events (created_at, type, entity, version, payload) VALUES (now() - interval '3 years', 'audit', 'old:1', 1,
            '{"action": "order.reveal", "role": "manager", "user_id": 1, "reason": "오래된 이유", "client": "10.1.1.1"}')`);
        await arrived();
        assert.equal((await entries({ entity: 'old:1' }))[0].reason, '오래된 이유');
        assert.equal(await stack.sql.value('SELECT admin.audit_erase(730, 1000)'), 1);
        const [{ reason, client, username, before, after, erased_at, action, user_id }] = await entries({ entity: 'old:1' });
        assert.deepEqual([reason, client, username, before, after, action, user_id], [null, null, null, null, null, 'order.reveal', 1]);
        assert.ok(erased_at);
        await audit();
        await assert.rejects(audit([], { AUDIT_TEXT_DAYS: '3650' }), /its texts were erased before their time\nend .*\n1 differences/);
    });
});
