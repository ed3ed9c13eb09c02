// A Redis client as small as the tests need: commands of texts, one connection per command.
import net from 'node:net';

export class Redis {
    constructor(port) {
        this.port = port;
    }

    command(...words) {
        const text = `*${words.length}\r\n${words.map((w) => `$${Buffer.byteLength(String(w))}\r\n${w}\r\n`).join('')}`;
        return new Promise((resolve, reject) => {
            const socket = net.connect(this.port, '127.0.0.1', () => socket.write(text));
            let answer = '';
            socket.setTimeout(10_000, () => socket.destroy(new Error('Redis does not answer')));
            socket.on('error', reject);
            socket.on('data', (chunk) => {
                answer += chunk.toString('utf8');
                const value = parse(answer);
                if (value === undefined) return;
                socket.destroy();
                if (value.value instanceof Error) reject(value.value);
                else resolve(value.value);
            });
        });
    }
}

/** {value, rest} of the first whole value in `text`, undefined when it is not whole yet. */
function parse(text) {
    const end = text.indexOf('\r\n');
    if (end < 0) return undefined;
    const line = text.slice(1, end);
    const rest = text.slice(end + 2);
    switch (text[0]) {
        case '+':
            return { value: line, rest };
        case '-':
            return { value: new Error(line), rest };
        case ':':
            return { value: Number(line), rest };
        case '$': {
            const length = Number(line);
            if (length < 0) return { value: null, rest };
            if (rest.length < length + 2) return undefined;
            return { value: rest.slice(0, length), rest: rest.slice(length + 2) };
        }
        default: {
            const values = [];
            let left = rest;
            for (let i = 0; i < Number(line); i++) {
                const next = parse(left);
                if (!next) return undefined;
                values.push(next.value);
                left = next.rest;
            }
            return { value: values, rest: left };
        }
    }
}
