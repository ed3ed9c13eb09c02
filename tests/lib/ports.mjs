// Free ports, below the kernel's ephemeral range so that no outgoing connection sits on one.
import { randomInt } from 'node:crypto';
import net from 'node:net';

const taken = new Set();

function isFree(port) {
    return new Promise((resolve) => {
        const server = net.createServer();
        server.once('error', () => resolve(false));
        server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
    });
}

export async function freePort() {
    for (;;) {
        const port = randomInt(20_000, 32_000);
        if (!taken.has(port) && (await isFree(port))) {
            taken.add(port);
            return port;
        }
    }
}
