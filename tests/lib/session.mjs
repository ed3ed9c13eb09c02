// Staff who sign in, as a browser does (cookies) or as a program (the token of the answer).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { until } from './wait.mjs';

const LOGIN = '/api/admin/login';

/** {name: value} of the cookies that an answer sets; a cookie that is taken back is ''. */
export const cookiesOf = ({ headers }) => Object.fromEntries((headers['set-cookie'] ?? []).map((line) => line.split(';')[0].split(/=(.*)/s).slice(0, 2)));

/** The answer to a login. */
export const login = (stack, username, password, members = {}, options = {}) => stack.http.post(LOGIN, { username, password, ...members }, options);

/** Somebody who is signed in. */
export class Session {
    constructor(stack, answer) {
        this.stack = stack;
        this.#keep(answer);
        this.admin = answer.json.admin;
    }

    #keep(answer) {
        assert.equal(answer.status, 200, answer.text);
        this.cookies = { ...this.cookies, ...cookiesOf(answer) };
        this.token = answer.json.access_token;
        this.stack.mustNotLog(this.token, this.cookies.refresh_token, this.cookies.csrf_token);
    }

    /** Options of a call as a browser makes it from our own page. */
    get page() {
        return { headers: { Cookie: this.cookie(), Origin: this.stack.url, 'X-CSRF-Token': this.cookies.csrf_token } };
    }

    /** The Cookie header; `names`: of these alone. */
    cookie(names = Object.keys(this.cookies)) {
        return names.map((name) => `${name}=${this.cookies[name]}`).join('; ');
    }

    get(target) {
        return this.stack.http.get(target, { token: this.token });
    }

    /** The answer to a refresh by `refresh_token` (else its own, which is then exchanged). */
    async refresh({ refresh_token, key } = {}) {
        const cookie = `refresh_token=${refresh_token ?? this.cookies.refresh_token}`;
        const answer = await this.stack.http.call('POST', '/api/admin/refresh', { headers: { Cookie: cookie }, key });
        if (refresh_token === undefined && answer.status === 200) this.#keep(answer);
        return answer;
    }
}

/** Signs in. */
export const signIn = async (stack, username, password, members) => new Session(stack, await login(stack, username, password, members));

/** How often the gateway, which asks once a second, has been told whose sessions have ended. */
export async function timesTold(stack) {
    const texts = await Promise.all(stack.admin.map((daemon) => stack.metrics(daemon)));
    const told = (text) => Number(/^bus_requests_total\{op="sessions.changed",status="OK"\} (\d+)/m.exec(text)?.[1] ?? 0);
    return texts.reduce((sum, text) => sum + told(text), 0);
}

/**
 * Until the gateway refuses a token whose session has just ended; `ask` is a call with it. "Within two seconds" are two of its questions: what is on its way now
 * may know nothing of it yet, the next one brings it, and is taken in before a third is answered. So it holds also where the machine stands still.
 */
export async function refusedSoon(stack, ask) {
    const before = await timesTold(stack);
    const end = await until('its token is refused, or should be', async () => {
        const told = (await timesTold(stack)) - before;
        const { status } = await ask();
        return (status === 401 || told > 2) && { status, told };
    });
    assert.equal(end.status, 401, `still good when the gateway had been told ${end.told} times`);
}

/** When svc-admin has heard of all these exhibitions. */
export const codesKnown = (stack, codes) =>
    until(`svc-admin knows ${codes}`, async () => {
        const known = await stack.sql.rows('SELECT code FROM admin.figure_exhibitions WHERE NOT gone');
        return codes.every((code) => code === '*' || known.some((row) => row.code === code));
    });

/** An account made by `boss` (options of a call): {id, username, password, …}. */
export async function addUser(stack, boss, members = {}) {
    const json = { username: `u-${randomUUID().slice(0, 13)}`, password: `pass-${randomUUID()}`, role: 'staff', exhibition_codes: ['*'], ...members };
    stack.mustNotLog(json.password);
    await codesKnown(stack, json.exhibition_codes);
    const answer = await stack.http.post('/api/admin/users', json, boss);
    assert.equal(answer.status, 201, answer.text);
    return { ...json, ...answer.json };
}
