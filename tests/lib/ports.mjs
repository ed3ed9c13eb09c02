// Free ports, below the kernel's ephemeral range so that no outgoing connection sits on one.
import { randomInt } from 'node:crypto';
import net from 'node:net';

// Other test files choose at the same time, and a port is free between the choice and the listen, and while its daemon is
// started anew. Who listens on the same port of this address has it, until the end of the process.
const CLAIMS = '127.0.0.2';

function listens(port, host) {
    return new Promise((resolve) => {
        const server = net.createServer();
        server.once('error', () => resolve(undefined));
        server.listen({ port, host, exclusive: true }, () => resolve(server));
    });
}

/** Nobody else gets the port from freePort() or scripts/cluster. False: somebody has it. */
export async function claimPort(port) {
    const claim = await listens(port, CLAIMS);
    claim?.unref();
    return Boolean(claim);
}

export async function freePort() {
    for (;;) {
        const port = randomInt(20_000, 32_000);
        if (!(await claimPort(port))) continue;
        const server = await listens(port, '127.0.0.1');
        if (!server) continue;
        await new Promise((resolve) => server.close(resolve));
        return port;
    }
}
