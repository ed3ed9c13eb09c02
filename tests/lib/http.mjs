// The one HTTP helper: every answer that a test gets has passed the contract.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { randomUUID } from 'node:crypto';
import { faultsOf } from './contract.mjs';
import { sleep } from './wait.mjs';

const PATIENCE_MS = 20_000;
const COME_BACK_MS = 50;

/** No answer came: the outcome of the request is unknown. */
export class NoAnswer extends Error {}

/**
 * The answer of `call`, made again while that is BUSY: nothing has been done, and whoever asked was told to come back. So it is where
 * a process stands still in its transaction: nobody waits for its locks longer than a second and a half. Other `codes`: of a question,
 * which changes nothing, also 'OUTCOME_UNKNOWN'.
 */
export async function patiently(call, codes = ['BUSY']) {
    for (const end = Date.now() + PATIENCE_MS; ;) {
        const answer = await call();
        if (!codes.includes(answer.code) || Date.now() >= end) return answer;
        await sleep(COME_BACK_MS);
    }
}

/**
 * A client of one gateway with keep-alive connections.
 * Options of the calls: json (encoded as body), body (sent as it is), type, headers, token (staff), orderToken, key.
 */
export class Client {
    constructor(port, { connections = 64, timeout = 20_000, address = '127.0.0.1' } = {}) {
        this.port = port;
        this.timeout = timeout;
        this.address = address;
        // Idle connections end before the gateway ends them after 5 s, also where we stand still for two: a request must not cross that.
        this.agent = new http.Agent({ keepAlive: true, maxSockets: connections, scheduling: 'lifo', timeout: 2000 });
    }

    close() {
        this.agent.destroy();
    }

    get(target, options) {
        return this.call('GET', target, options);
    }

    post(target, json, options) {
        return this.call('POST', target, { json, ...options });
    }

    put(target, json, options) {
        return this.call('PUT', target, { json, ...options });
    }

    patch(target, json, options) {
        return this.call('PATCH', target, { json, ...options });
    }

    delete(target, options) {
        return this.call('DELETE', target, options);
    }

    async call(method, target, options = {}) {
        const body = options.json === undefined ? options.body : JSON.stringify(options.json);
        const headers = { ...options.headers };
        if (body !== undefined && options.type !== null) headers['Content-Type'] = options.type ?? 'application/json';
        if (options.token) headers.Authorization = `Bearer ${options.token}`;
        if (options.orderToken) headers['X-Order-Token'] = options.orderToken;
        if (options.key) headers['Idempotency-Key'] = options.key;
        const answer = await this.#send(method, target, headers, body);
        const faults = faultsOf(method, target, answer, typeof body === 'string' ? body : undefined);
        assert.deepEqual(faults, [], `${method} ${target} → ${answer.status} ${answer.text.slice(0, 500)}`);
        return answer;
    }

    #send(method, target, headers, body) {
        return new Promise((resolve, reject) => {
            const { agent, port, address: host, timeout } = this;
            const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
            const request = http.request({ agent, host, port, method, path: target, headers: { ...headers, ...length } });
            const failed = (error) => {
                // The server may close an idle connection just while we write to it: nothing was read, so ask again, until a new one.
                const untouched = request.reusedSocket && error.code === 'ECONNRESET' && method === 'GET';
                if (untouched) resolve(this.#send(method, target, headers, body));
                else reject(new NoAnswer(`${method} ${target}: ${error.code ?? error.message}`));
            };
            request.setTimeout(timeout, () => request.destroy(new Error('time-out')));
            request.on('error', failed);
            request.on('response', (response) => {
                const chunks = [];
                response.on('data', (chunk) => chunks.push(chunk));
                response.on('error', failed);
                response.on('end', () => resolve(answerOf(response.statusCode, response.headers, Buffer.concat(chunks))));
            });
            request.end(body);
        });
    }

    /**
     * Repeats an order under its key until its outcome is known, as a careful client does.
     * Returns {answer, attempts}; throws when `deadline` (ms from now) passes.
     */
    async settle(method, target, options, deadline = 60_000) {
        const end = Date.now() + deadline;
        const key = options.key ?? randomUUID();
        for (let attempts = 1; ; attempts++) {
            const answer = await this.call(method, target, { ...options, key }).catch((error) => {
                if (!(error instanceof NoAnswer)) throw error;
            });
            if (answer && answer.status !== 503 && answer.status !== 504) return { answer, attempts };
            assert.ok(Date.now() < end, `${method} ${target} still unknown after ${attempts} attempts`);
            await new Promise((next) => setTimeout(next, 50 + Math.random() * 200));
        }
    }
}

function answerOf(status, headers, bytes) {
    const text = bytes.toString('utf8');
    return {
        status,
        headers,
        text,
        bytes, // of a picture
        get json() {
            return JSON.parse(text);
        },
        get code() {
            return text.startsWith('{') ? JSON.parse(text).code : undefined;
        },
    };
}

/**
 * Writes bytes to a socket as they are and reads until the other side closes or is silent for `quiet` ms.
 * `parts` is a text, a buffer or a list of these and of numbers (milliseconds to wait in between).
 * Returns {answers, closed}; each answer has passed the contract when `method` and `target` are given.
 */
export async function raw(port, parts, { method = 'GET', target = '/', quiet = 10_000, expect = 1 } = {}) {
    const socket = net.connect(port, '127.0.0.1');
    const chunks = [];
    let closed = false;
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    const end = new Promise((resolve) => socket.on('close', () => resolve((closed = true))));
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    for (const part of [parts].flat()) {
        if (typeof part === 'number') await new Promise((resolve) => setTimeout(resolve, part));
        else if (!closed && !socket.destroyed) socket.write(part, 'latin1');
    }
    const parsed = () => parseAnswers(Buffer.concat(chunks), method);
    let last = -1;
    let silentSince = Date.now();
    while (!closed && !(parsed().length >= expect && last === chunks.length) && Date.now() - silentSince < quiet) {
        if (last !== chunks.length) {
            last = chunks.length;
            silentSince = Date.now();
        }
        await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
    socket.destroy();
    const answers = parsed();
    for (const answer of answers) {
        const faults = faultsOf(method, target, answer);
        assert.deepEqual(faults, [], `raw ${method} ${target} → ${answer.status} ${answer.text.slice(0, 300)}`);
    }
    return { answers, closed, status: answers[0]?.status, code: answers[0]?.code };
}

function parseAnswers(bytes, method) {
    const answers = [];
    let text = bytes.toString('latin1');
    for (let head; (head = text.indexOf('\r\n\r\n')) >= 0;) {
        const [first, ...lines] = text.slice(0, head).split('\r\n');
        const status = Number(first.split(' ')[1]);
        const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
        const length = method === 'HEAD' || status === 304 || status < 200 ? 0 : Number(headers['content-length'] ?? 0);
        const body = text.slice(head + 4, head + 4 + length);
        if (body.length < length) break;
        text = text.slice(head + 4 + length);
        if (status >= 200) answers.push(answerOf(status, headers, Buffer.from(body, 'latin1')));
    }
    return answers;
}
