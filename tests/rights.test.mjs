// Who may call what: every route × every role × own and foreign exhibitions, against the table that gateway and owners share.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { SECRET_KEY } from './lib/keys.mjs';
import { settled } from './lib/pay.mjs';
import { rights, ROLES, routes, SERVICES } from './lib/rights.mjs';
import { useStack } from './lib/stack.mjs';
import { askOf, furnish, STAFF_CALLS } from './lib/staff_calls.mjs';
import { bookingHeard } from './lib/tickets.mjs';
import { forge, takeApart } from './lib/token.mjs';
import { parallel, until } from './lib/wait.mjs';

let mine, foreign;
const stack = useStack(
    { payment: 1, notify: 1, admin: 1 },
    {
        prepare: async () => {
            [mine, foreign] = [await furnish(stack), await furnish(stack)];
        },
    },
);

const table = new Map(rights().map((row) => [`${row.service} ${row.op}`, row]));
const served = routes().filter((route) => route.op);
const HIDING = ['booking order.detail/code']; // leave out of an answer what others see there: entries.test.mjs
const nameOf = ({ method, path }) => `${method} ${path}`;
/** Roles that may; whoever is about to sign in needs none, and what he brings is not looked at. */
function rolesOf({ service, op, who }, { part, owner = service } = {}) {
    if (who === 'signing in') return ROLES;
    return table.get(part ? `${owner} ${op}/${part}` : `${service} ${op}`)?.roles ?? [];
}

/** What `role` brings along, which covers the exhibition of `things` (a superadmin's always covers all). */
function tokenOf(role, things) {
    if (role === 'visitor') return undefined;
    if (role === 'device') return things.scanner.token;
    if (role === 'superadmin') return stack.token(role);
    if (role !== 'enrolling') return stack.token(role, things.code);
    const { header, claims } = takeApart(stack.token('manager', things.code));
    return forge(header, { ...claims, role }, { key: SECRET_KEY });
}

/** Answers of calls that go on for ever are cut after their head. */
function headOf(target, token) {
    return new Promise((resolve, reject) => {
        const headers = token ? { Authorization: `Bearer ${token}` } : {};
        const request = http.get({ host: '127.0.0.1', port: stack.port, path: target, headers }, (response) => {
            let text = '';
            response.on('data', (chunk) => (text += chunk));
            response.on('end', () => resolve({ status: response.statusCode, text, code: text.startsWith('{') ? JSON.parse(text).code : undefined }));
            response.on('error', reject);
            if (response.statusCode === 200) {
                resolve({ status: 200, text });
                response.destroy();
            }
        });
        request.on('error', reject);
    });
}

async function answerTo(ask, things, role, whose = things) {
    const { method, target, json } = await askOf(ask, things, role);
    const token = tokenOf(role, whose);
    // Each person has a few streams; those that were cut count until they are noticed.
    const noticed = async () => ((answer) => answer.status !== 503 && answer)(await headOf(target, token));
    return ask.call === 'GET /api/admin/live' ? until('there is room for a stream', noticed) : stack.http.call(method, target, { json, token });
}

const refusal = (role) => (role === 'visitor' ? '401 UNAUTHENTICATED' : '403 FORBIDDEN');
const said = ({ status, code }) => (code ? `${status} ${code}` : `${status}`);

/** What is wrong with the answers of one ask to all roles. */
async function faultsOf(route, ask) {
    const may = rolesOf(route, ask);
    const faults = [];
    for (const role of ROLES) {
        const own = await answerTo(ask, mine, role);
        if (!may.includes(role)) {
            if (said(own) !== refusal(role)) faults.push(`${role}: ${said(own)}, may not`);
            continue;
        }
        const through = ask.about === 'own' ? own.status !== 403 : ![401, 403, 404].includes(own.status);
        if (!through || own.status >= 500) faults.push(`${role}: ${said(own)} ${own.text}, may`);
        if ((ask.about ?? 'one') !== 'one' || role === 'superadmin') continue;
        const other = await answerTo(ask, foreign, role, mine);
        if (said(other) !== (ask.beyond ?? '404 NOT_FOUND')) faults.push(`${role}, of another exhibition: ${said(other)} ${other.text}`);
    }
    return faults.map((fault) => `${ask.call}${ask.part ? ` (${ask.part})` : ''} by ${fault}`);
}

test('every route of staff and of the gate is walked here, and every part of its op', () => {
    const walked = (call, part) => STAFF_CALLS.some((ask) => ask.call === call && (ask.part ?? '') === part);
    const closed = served.filter(({ path }) => /^\/api\/(admin|entrance)\//.test(path));
    const missing = closed.flatMap((route) => {
        const prefix = `${route.op}/`;
        const own = [...table.values()].filter((row) => row.service === route.service && row.op.startsWith(prefix));
        const parts = own.filter(({ service, op }) => !HIDING.includes(`${service} ${op}`)).map((row) => row.op.slice(prefix.length));
        return (parts.length ? parts : ['']).filter((part) => !walked(nameOf(route), part)).map((part) => `${nameOf(route)} ${part}`);
    });
    assert.deepEqual(missing, []);
    assert.deepEqual(
        STAFF_CALLS.map((ask) => ask.call).filter((call) => !closed.some((route) => nameOf(route) === call)),
        [],
        'calls that no route serves',
    );
    assert.deepEqual(served.filter((route) => rolesOf(route).every((role) => role === 'service')).map(nameOf), [], 'routes to ops that nobody may call');
});

test('only whom the table lists gets through, and only to things of their exhibitions', { timeout: 120_000 }, async () => {
    const faults = [];
    for (const ask of STAFF_CALLS) {
        const route = served.find((r) => nameOf(r) === ask.call);
        if (route) faults.push(...(await faultsOf(route, ask)));
    }
    assert.deepEqual(faults, []);
});

test('what a list shows is of the exhibitions of whoever asks', async () => {
    const lists = STAFF_CALLS.filter((ask) => ask.about === 'list' || (ask.call.startsWith('GET') && ask.query && ask.call.includes('/admin/')));
    const token = stack.token('manager', mine.code);
    for (const { call } of lists.filter((ask) => !/live|reconciliation|slots|dashboard|export/.test(ask.call))) {
        const answer = await stack.http.get(call.split(' ')[1], { token });
        assert.equal(answer.status, 200, `${call}: ${answer.text}`);
        assert.ok(!answer.text.includes(`"${foreign.code}"`), `${call}: ${answer.text}`);
    }
});

test('a scanner and staff of one exhibition let nobody into another', async () => {
    for (const role of ['staff', 'manager', 'device']) {
        const ask = STAFF_CALLS.find(({ call }) => call === 'POST /api/entrance/scan');
        const { target, json } = await askOf(ask, foreign, role);
        const answer = await stack.http.post(target, json, { token: tokenOf(role, mine) });
        assert.equal(answer.json.entrance_status, 'wrong_exhibition', role);
    }
});

test('a token of the staff changes nothing of what visitors may; a scanner is no visitor', async () => {
    const open = served.filter(({ path }) => !/^\/api\/(admin|entrance)\//.test(path));
    assert.ok(open.length > 5);
    for (const route of open) {
        const may = rolesOf(route);
        for (const role of ROLES) {
            const target = route.path.replace(/:\w+/g, 'ORD20200101AAAAAAAAAA');
            const json = route.method === 'POST' ? {} : undefined;
            const answer = await stack.http.call(route.method, target, { json, token: tokenOf(role, mine) });
            assert.equal(answer.code !== 'FORBIDDEN' && answer.status !== 401, may.includes(role), `${nameOf(route)} by ${role}: ${answer.text}`);
        }
    }
});

test('each owner refuses by the same table, whatever a gateway lets through', async () => {
    const ops = [...table.values()].filter(({ op, callers }) => !op.includes('/') && callers.split(',').includes('gateway'));
    for (const service of SERVICES) assert.ok(ops.filter((op) => op.service === service).length >= 2, service);
    await settled(stack, [mine.order, foreign.order]); // what the calls before have begun
    await bookingHeard(stack);
    const before = await stack.sql.fingerprint();
    const calls = ops.flatMap(({ service, op, roles }) => [...ROLES, 'service'].filter((r) => !roles.includes(r)).map((role) => ({ service, op, role })));
    const faults = await parallel(calls.length, 16, async (i) => {
        const { service, op, role } = calls[i];
        const { status } = await stack.bus.call(op, {}, { service, role, scope: '*', userId: 1 });
        return status === (role === 'visitor' ? 'UNAUTHENTICATED' : 'FORBIDDEN') ? [] : [`${service} ${op} by ${role}: ${status}`];
    });
    assert.deepEqual(faults.flat(), []);
    assert.deepEqual(await stack.sql.fingerprint(), before);
});
