// The daemons of a stack, each with its settings. Later parts know the addresses of earlier ones.
import { join } from 'node:path';
import { Daemon } from './daemon.mjs';
import { SERVICES } from './engines.mjs';
import { busKey, ORDER_TOKEN_KEY, PAYMENT_ACCOUNT_KEY, SECRET_KEY, TOSS_CLIENT_KEY, TOSS_SECRET_KEY } from './keys.mjs';
import { ROOT } from './paths.mjs';
import { freePort } from './ports.mjs';

const local = (port) => `127.0.0.1:${port}`;
const callerKeys = Object.fromEntries(['gateway', ...SERVICES].map((s) => [`BUS_KEY_${s.toUpperCase()}`, busKey(s)]));
const tossKeys = { TOSS_SECRET_KEY, TOSS_CLIENT_KEY };
const joined = (daemons, member = 'address') => daemons.map((d) => d[member]).join(',');

const common = (stack, metrics) => ({ ENV: 'test', LOG_LEVEL: 'INFO', METRICS_LISTEN: local(metrics), PUBLIC_URL: stack.url });
const onBus = (service) => ({ ORDER_TOKEN_KEY, BUS_KEY: busKey(service) });
const daemon = (stack, name, file, env, members) => Object.assign(new Daemon(name, file, env, join(stack.dir, 'log'), stack), members);

export async function makeBooking(stack, i, extra) {
    const [bus, pub, metrics] = [await freePort(), await freePort(), await freePort()];
    const env = {
        ...common(stack, metrics),
        ...onBus('booking'),
        ...callerKeys,
        DATABASE_URL: stack.engines.urlOf('booking'),
        REDIS_URL: stack.engines.env.REDIS_URL,
        BUS_LISTEN: local(bus),
        BUS_PUB_LISTEN: local(pub),
        ...extra,
    };
    return daemon(stack, `booking-${i}`, 'svc-booking', env, { address: env.BUS_LISTEN, pub: env.BUS_PUB_LISTEN, metrics });
}

export async function makePayment(stack, i, extra) {
    const [bus, metrics] = [await freePort(), await freePort()];
    const env = {
        ...common(stack, metrics),
        ...onBus('payment'),
        ...callerKeys,
        ...tossKeys,
        PAYMENT_ACCOUNT_KEY,
        DATABASE_URL: stack.engines.urlOf('payment'),
        REDIS_URL: stack.engines.env.REDIS_URL,
        BUS_LISTEN: local(bus),
        BOOKING_ADDR: joined(stack.booking),
        TOSS_PAYMENT_URL: `${stack.sandbox?.url ?? 'http://127.0.0.1:9'}/v1/payments`,
        ...extra,
    };
    return daemon(stack, `payment-${i}`, 'svc-payment', env, { address: env.BUS_LISTEN, metrics });
}

/** Toss, played. It keeps its payments when it is started again. */
export async function makeSandbox(stack, extra) {
    const [port, metrics] = [await freePort(), await freePort()];
    const env = {
        ...common(stack, metrics),
        ...tossKeys,
        SANDBOX_LISTEN: local(port),
        SANDBOX_STATE: join(stack.dir, 'sandbox.state'),
        SANDBOX_PUBLIC_URL: `http://${local(port)}`,
        WEBHOOK_URL: `${stack.url}/api/payments/webhook`,
        ...extra,
    };
    return daemon(stack, 'sandbox', 'sandbox', env, { metrics, url: `http://${local(port)}` });
}

export async function makeGateway(stack, extra) {
    const metrics = await freePort();
    const env = {
        ...common(stack, metrics),
        ...onBus('gateway'),
        SECRET_KEY,
        ALGORITHM: 'HS256',
        GATEWAY_LISTEN: local(stack.port),
        GATEWAY_THREADS: '128',
        GATEWAY_RATE_LIMITS: 'off',
        BOOKING_ADDR: joined(stack.booking),
        BOOKING_PUB_ADDR: joined(stack.booking, 'pub'),
        PAYMENT_ADDR: stack.payment.length ? joined(stack.payment) : local(await freePort()),
        DOCS_ROOT: join(ROOT, 'docs'),
        ...extra,
    };
    return daemon(stack, 'gateway', 'gateway', env, { metrics });
}
