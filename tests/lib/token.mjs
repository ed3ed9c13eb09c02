// Staff tokens: proper ones by the program behind `make token`, and forged ones.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { ORDER_TOKEN_KEY } from './keys.mjs';
import { program } from './paths.mjs';

export function staffToken(role, exhibitions, env) {
    const args = exhibitions === '*' ? [role] : [role, exhibitions];
    const text = execFileSync(program('token'), args, { env: { ...process.env, ...env } }).toString();
    return text.trim().split('\n').at(-1);
}

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** The parts of a token: {header, claims, signature}. */
export function takeApart(token) {
    const [header, claims, signature] = token.split('.');
    const decode = (text) => JSON.parse(Buffer.from(text, 'base64url').toString());
    return { header: decode(header), claims: decode(claims), signature };
}

/** Any token one may wish: signed with `key` by `hash`, or with the given signature. */
export function forge(header, claims, { key, hash = 'sha256', signature } = {}) {
    const text = `${encode(header)}.${encode(claims)}`;
    const sign = () => createHmac(hash, key).update(text).digest('base64url');
    return `${text}.${signature ?? (key ? sign() : '')}`;
}

/** A token of an order, made as booking makes it, also for an order that there never was. */
export function orderToken(number, { scope = 'manage', version = 1, key = ORDER_TOKEN_KEY } = {}) {
    const head = Buffer.from([1, { view: 1, manage: 2 }[scope], version >> 8, version & 255]);
    const mac = createHmac('sha256', key).update('order-token').update(head).update(number).digest().subarray(0, 16);
    return Buffer.concat([head, mac]).toString('base64url');
}
