// Answers without a known end, read as they come: events, exports.
import http from 'node:http';

/**
 * Asks and resolves with the head of the answer. `text` grows; `ended` resolves to 'whole' (the last chunk came) or 'broken'.
 * pause() and resume() stop and go on reading; close() goes away.
 */
export class Stream {
    static open(stack, target, { token, headers = {} } = {}) {
        return new Promise((resolve, reject) => {
            const all = { ...headers, ...(token && { Authorization: `Bearer ${token}` }) };
            const request = http.get({ agent: false, host: '127.0.0.1', port: stack.port, path: target, headers: all });
            request.on('error', reject);
            request.on('response', (response) => resolve(new Stream(request, response)));
        });
    }

    constructor(request, response) {
        Object.assign(this, { request, response, status: response.statusCode, headers: response.headers, chunks: [] });
        request.on('error', () => {});
        response.on('data', (chunk) => this.chunks.push(chunk));
        response.on('error', () => {});
        this.ended = new Promise((resolve) => response.on('close', () => resolve((this.end = response.complete ? 'whole' : 'broken'))));
    }

    get bytes() {
        return Buffer.concat(this.chunks);
    }

    get text() {
        return this.bytes.toString();
    }

    /** Server-sent events that have come so far: {event, id, data (parsed)}. */
    get events() {
        const blocks = this.text.split('\n\n').slice(0, -1);
        const fields = blocks.map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2))));
        return fields.filter(({ event }) => event).map((event) => ({ ...event, data: JSON.parse(event.data) }));
    }

    pause() {
        this.response.pause();
    }

    resume() {
        this.response.resume();
    }

    close() {
        this.request.destroy();
        return this.ended;
    }
}
