// The daemons of a stack, each with its settings. Later parts know the addresses of earlier ones.
import { join } from 'node:path';
import { Daemon } from './daemon.mjs';
import { SERVICES } from './engines.mjs';
import * as keys from './keys.mjs';
import { ROOT } from './paths.mjs';
import { freePort } from './ports.mjs';

const local = (port) => `127.0.0.1:${port}`;
const { busKey, ORDER_TOKEN_KEY, DEVICE_TOKEN_KEY } = keys;
const tossKeys = { TOSS_SECRET_KEY: keys.TOSS_SECRET_KEY, TOSS_CLIENT_KEY: keys.TOSS_CLIENT_KEY };
const alimtalkKeys = {
    ALIMTALK_APP_KEY: keys.ALIMTALK_APP_KEY,
    ALIMTALK_SECRET_KEY: keys.ALIMTALK_SECRET_KEY,
    KAKAO_SENDER_KEY: keys.KAKAO_SENDER_KEY,
    ALIMTALK_SMS_SENDER: '0212345678',
};
const callerKeys = Object.fromEntries(['gateway', ...SERVICES].map((s) => [`BUS_KEY_${s.toUpperCase()}`, busKey(s)]));
const joined = (daemons, member = 'address') => daemons.map((d) => d[member]).join(',');
/** Of the replicas of a service, or where nobody listens. */
const addressOf = async (daemons) => (daemons.length ? joined(daemons) : local(await freePort()));

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
        PAYMENT_ACCOUNT_KEY: keys.PAYMENT_ACCOUNT_KEY,
        DATABASE_URL: stack.engines.urlOf('payment'),
        BUS_LISTEN: local(bus),
        BOOKING_ADDR: joined(stack.booking),
        ENTRANCE_ADDR: await addressOf(stack.entrance),
        TOSS_PAYMENT_URL: `${stack.sandbox?.url ?? 'http://127.0.0.1:9'}/v1/payments`,
        ...extra,
    };
    return daemon(stack, `payment-${i}`, 'svc-payment', env, { address: env.BUS_LISTEN, metrics });
}

export async function makeEntrance(stack, i, extra) {
    const [bus, metrics] = [await freePort(), await freePort()];
    const env = {
        ...common(stack, metrics),
        ...onBus('entrance'),
        ...callerKeys,
        ENTRANCE_KEY: keys.ENTRANCE_KEY,
        DEVICE_TOKEN_KEY,
        DATABASE_URL: stack.engines.urlOf('entrance'),
        BUS_LISTEN: local(bus),
        BOOKING_ADDR: joined(stack.booking),
        ...extra,
    };
    return daemon(stack, `entrance-${i}`, 'svc-entrance', env, { address: env.BUS_LISTEN, metrics });
}

export async function makeNotify(stack, i, extra) {
    const [bus, metrics] = [await freePort(), await freePort()];
    const env = {
        ...common(stack, metrics),
        ...onBus('notify'),
        ...callerKeys,
        ...alimtalkKeys,
        DATABASE_URL: stack.engines.urlOf('notify'),
        BUS_LISTEN: local(bus),
        BOOKING_ADDR: joined(stack.booking),
        PAYMENT_ADDR: await addressOf(stack.payment),
        ALIMTALK_PROVIDER: 'nhn',
        ALIMTALK_BASE_URL: stack.sandbox?.url ?? `http://${local(9)}`,
        FEED_SECONDS: '1',
        ...extra,
    };
    return daemon(stack, `notify-${i}`, 'svc-notify', env, { address: env.BUS_LISTEN, metrics });
}

export async function makeAdmin(stack, i, extra) {
    const [bus, metrics] = [await freePort(), await freePort()];
    const env = {
        ...common(stack, metrics),
        ...onBus('admin'),
        ...callerKeys,
        SECRET_KEY: keys.SECRET_KEY,
        ADMIN_KEY: keys.ADMIN_KEY,
        ADMIN_INITIAL_PASSWORD: keys.ADMIN_PASSWORD,
        DATABASE_URL: stack.engines.urlOf('admin'),
        BUS_LISTEN: local(bus),
        BOOKING_ADDR: joined(stack.booking),
        PAYMENT_ADDR: await addressOf(stack.payment),
        ENTRANCE_ADDR: await addressOf(stack.entrance),
        NOTIFY_ADDR: await addressOf(stack.notify),
        ...extra,
    };
    return daemon(stack, `admin-${i}`, 'svc-admin', env, { address: env.BUS_LISTEN, metrics });
}

/** Toss and the provider of messages, played. It keeps its payments when it is started again. */
export async function makeSandbox(stack, extra) {
    const [port, metrics] = [await freePort(), await freePort()];
    const env = {
        ...common(stack, metrics),
        ...tossKeys,
        ...alimtalkKeys,
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
        SECRET_KEY: keys.SECRET_KEY,
        DEVICE_TOKEN_KEY,
        ALGORITHM: 'HS256',
        GATEWAY_LISTEN: local(stack.port),
        GATEWAY_THREADS: '128',
        GATEWAY_RATE_LIMITS: 'off',
        BOOKING_ADDR: joined(stack.booking),
        BOOKING_PUB_ADDR: joined(stack.booking, 'pub'),
        PAYMENT_ADDR: await addressOf(stack.payment),
        ENTRANCE_ADDR: await addressOf(stack.entrance),
        NOTIFY_ADDR: await addressOf(stack.notify),
        ADMIN_ADDR: await addressOf(stack.admin),
        DOCS_ROOT: join(ROOT, 'docs'),
        ...extra,
    };
    return daemon(stack, 'gateway', 'gateway', env, { metrics });
}
