// What programs say before they serve anything: settings they refuse, and what they tell about themselves.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { program } from './lib/paths.mjs';

const strong = '9f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b'; // as random as production wants it
const PATIENCE_MS = 30_000; // for whoever serves instead of refusing
const gateway = (env) =>
    spawnSync(program('gateway'), [], {
        env: { PATH: process.env.PATH, GATEWAY_LISTEN: '127.0.0.1:1', METRICS_LISTEN: '127.0.0.1:1', ...env },
        timeout: PATIENCE_MS,
        encoding: 'utf8',
    });

const run = (name, args, env) =>
    spawnSync(program(name), args, { env: { PATH: process.env.PATH, METRICS_LISTEN: '127.0.0.1:1', ...env }, timeout: PATIENCE_MS, encoding: 'utf8' });
const backwards = strong.split('').reverse().join('');
const turned = strong.slice(20) + strong.slice(0, 20);
const production = { ENV: 'production', ORDER_TOKEN_KEY: backwards, DEVICE_TOKEN_KEY: turned, BUS_KEY: strong };

function refuses(name, env, changes) {
    for (const change of changes) {
        const [setting] = Object.keys(change);
        const { status, stderr } = run(name, [], { ...env, ...change });
        assert.ok(status > 0, `${name} ${setting}: ${status}`); // null: it ran on and was ended
        assert.deepEqual(stderr.match(/(?<="setting":")\w+/g), [setting], `${name}: ${stderr}`);
        for (const value of [strong, backwards, turned, `${change[setting]}"`]) assert.ok(!stderr.includes(value), 'values are not printed');
    }
}

test('production refuses weak settings and names them', () => {
    const weak = ['dev-0123456789abcdef0123456789abcdef', 'your-super-secret-key-here-0123456789', 'change-me-change-me-change-me-change-me', 'a'.repeat(40)];
    const secret = (name) => weak.map((value) => ({ [name]: value }));
    refuses('gateway', { ...production, SECRET_KEY: strong }, [
        { GATEWAY_RATE_LIMITS: 'off' },
        { ALGORITHM: 'none' },
        { ALGORITHM: 'HS512' },
        { CORS_ORIGINS: 'https://a.example,http://tickets.example' },
        { ORDER_TOKEN_KEY: strong },
        { DEVICE_TOKEN_KEY: strong },
        { DEVICE_TOKEN_KEY: backwards },
        ...['SECRET_KEY', 'ORDER_TOKEN_KEY', 'DEVICE_TOKEN_KEY', 'BUS_KEY'].flatMap(secret),
        { BUS_KEY: strong.slice(0, 31) },
    ]);
    const keys = Object.fromEntries(['GATEWAY', 'PAYMENT', 'NOTIFY', 'ENTRANCE', 'ADMIN'].map((s) => [`BUS_KEY_${s}`, strong]));
    const booking = { ...production, ...keys, DATABASE_URL: 'postgresql://x:y@127.0.0.1:1/x', PUBLIC_URL: 'https://tickets.example' };
    refuses('svc-booking', booking, [{ PUBLIC_URL: 'http://tickets.example' }, ...['ORDER_TOKEN_KEY', 'BUS_KEY', 'BUS_KEY_GATEWAY'].flatMap(secret)]);
    const admin = { ...production, ...keys, DATABASE_URL: 'postgresql://x:y@127.0.0.1:1/x', SECRET_KEY: backwards, ADMIN_KEY: turned };
    delete admin.DEVICE_TOKEN_KEY; // not its own
    refuses('svc-admin', admin, [
        { ADMIN_KEY: backwards },
        { OTP_ROLES: 'managers' },
        ...['SECRET_KEY', 'ADMIN_KEY', 'BUS_KEY', 'BUS_KEY_GATEWAY'].flatMap(secret),
    ]);
    refuses('gateway', { ...production, SECRET_KEY: strong, ENV: 'Production' }, [{ GATEWAY_RATE_LIMITS: 'off' }]);
});

test('in production nobody makes staff tokens by hand', () => {
    for (const ENV of ['production', 'PRODUCTION']) {
        const { status, stdout, stderr } = run('token', ['manager'], { ENV, SECRET_KEY: strong });
        assert.ok(status > 0 && stdout === '' && stderr.includes('production'), `${status} ${stderr}`);
    }
    assert.equal(run('token', ['manager'], { ENV: 'test', SECRET_KEY: strong }).status, 0);
});

test('tools take production for what daemons take for it', () => {
    const database = { DATABASE_URL: 'postgresql://x:y@127.0.0.1:1/x' };
    const toss = { TOSS_SECRET_KEY: 'test_sk_zXLkKEypNArWmo50nX3lmeaxYG5R', TOSS_CLIENT_KEY: 'test_ck_zXLkKEypNArWmo50nX3lmeaxYG5R' };
    for (const [ENV, strict] of [
        ['production', true],
        ['Production', true],
        ['test', false],
    ]) {
        const rotated = run('entrance-keys', ['rotate', '1'], { ENV, ...database, ENTRANCE_KEY: strong });
        assert.deepEqual([rotated.status > 0, rotated.stdout.includes('in production 48')], [true, strict], `${ENV} ${rotated.stdout}`);
        const compared = run('reconcile', ['2026-01-01'], { ENV, ...database, ...toss });
        assert.deepEqual([compared.status > 0, compared.stdout.includes('cannot be used')], [true, strict], `${ENV} ${compared.stdout}`);
    }
});

test('missing and impossible settings are refused', () => {
    for (const [env, name] of [
        [{}, 'SECRET_KEY'],
        [{ SECRET_KEY: 'short' }, 'SECRET_KEY'],
        [{ GATEWAY_THREADS: 'many' }, 'GATEWAY_THREADS'],
        [{ GATEWAY_THREADS: '0' }, 'GATEWAY_THREADS'],
    ]) {
        const { status, stderr } = gateway({
            BUS_KEY: strong,
            ORDER_TOKEN_KEY: strong,
            DEVICE_TOKEN_KEY: strong,
            SECRET_KEY: strong,
            ...(name === 'SECRET_KEY' ? { SECRET_KEY: undefined, ...env } : env),
        });
        assert.ok(status > 0, `${name}: ${status}`);
        assert.ok(stderr.includes(name), stderr);
    }
});

test('daemons tell about themselves', () => {
    for (const name of ['gateway', 'svc-booking', 'svc-payment', 'svc-entrance', 'svc-notify', 'svc-admin', 'sandbox']) {
        for (const option of ['--help', '--settings', '--ops', '--fault-points']) {
            const { status, stdout } = spawnSync(program(name), [option], { encoding: 'utf8', timeout: PATIENCE_MS });
            assert.equal(status, 0, `${name} ${option}`);
            if (option === '--help' || option === '--settings') assert.ok(stdout.length > 100, `${name} ${option}`);
        }
    }
});
