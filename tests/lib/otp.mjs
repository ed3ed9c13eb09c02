// An authenticator: codes by time (RFC 6238), and accounts that have one.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_MS = 30_000;

function bytesOf(secret) {
    const bits = [...secret].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, '0')).join('');
    return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

/** The code of `steps` after now. */
export function codeOf(secret, steps = 0) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + steps));
    const mac = createHmac('sha1', bytesOf(secret)).update(counter).digest();
    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
}

/** Sets a second factor up for somebody who is signed in: {secret, recovery_codes, code}; the code is used up by it. */
export async function setUpOtp(stack, session, password) {
    const ask = (json, options) => stack.http.post('/api/admin/otp', json, { token: session.token, ...options });
    const begun = await ask({ password });
    assert.equal(begun.status, 200, begun.text);
    const { secret } = begun.json;
    const code = codeOf(secret);
    const confirmed = await ask({ code });
    assert.equal(confirmed.status, 200, confirmed.text);
    const { recovery_codes } = confirmed.json;
    stack.mustNotLog(secret, ...recovery_codes);
    return { secret, recovery_codes, code };
}

/** As if no code had been used yet: a test does not wait for the next one. */
export const forgetSteps = (stack, { id }) => stack.sql.text(`UPDATE admin.admin_users SET otp_step = 0 WHERE id = ${id}`);
