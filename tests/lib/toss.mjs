// The sandbox's control calls: what the buyer, the bank and Toss's console do, what goes wrong, what was received.
import assert from 'node:assert/strict';
import { until } from './wait.mjs';

export class Toss {
    constructor(url) {
        this.url = url;
    }

    async #ask(method, path, json) {
        const body = json && JSON.stringify(json);
        const answer = await fetch(this.url + path, { method, body, headers: json && { 'Content-Type': 'application/json' } });
        const text = await answer.text();
        assert.ok(answer.ok, `${method} ${path} ${body ?? ''} → ${answer.status} ${text.slice(0, 300)}`);
        return JSON.parse(text);
    }

    async #list(what, filter) {
        return (await this.#ask('GET', `/sandbox/${what}?${new URLSearchParams(filter)}`))[what];
    }

    /** What the buyer does in the window: result success | fail | cancel | tamper. → {payment_key, order_id, amount, redirect_url} */
    checkout(payment_key, { result = 'success', method } = {}) {
        return this.#ask('POST', '/sandbox/toss/checkout', { payment_key, result, method });
    }

    /** A deposit into the account; `reverse`: the bank takes it back; `late`: after the due date all the same. */
    deposit(payment_key, { reverse, late } = {}) {
        return this.#ask('POST', '/sandbox/toss/deposit', { payment_key, reverse, late });
    }

    /** A cancel in Toss's console, whole or of `amount`. */
    cancel(payment_key, { amount, reason } = {}) {
        return this.#ask('POST', '/sandbox/toss/cancel', { payment_key, amount, reason });
    }

    /** {target, mode, code, ms, times (1; 0: until reset), percent, execute} */
    fault(order) {
        return this.#ask('POST', '/sandbox/faults', order);
    }

    /** The next call of that kind (`times`: so many, 0: all) waits, as if on its way, until reset(); it is carried out then. */
    hold(target, { times } = {}) {
        return this.fault({ target, mode: 'delay', ms: 3_600_000, times });
    }

    /** What the console of messages says of a template: approved, requested, rejected, dormant, blocked, changed, missing. */
    template(code, state) {
        return this.#ask('POST', '/sandbox/templates', { code, state });
    }

    /** Faults and the list of calls are forgotten, what is held goes on; with `payments` everything is. */
    reset({ payments } = {}) {
        return this.#ask('POST', '/sandbox/reset', { payments });
    }

    faults() {
        return this.#list('faults');
    }

    /** Filters of these three: payment_key, order_id. */
    calls(filter) {
        return this.#list('calls', filter);
    }

    payments(filter) {
        return this.#list('payments', filter);
    }

    webhooks(filter) {
        return this.#list('webhooks', filter);
    }

    /** Until a call of that kind about a payment has come in. */
    called(target, payment_key) {
        return until(`${target} comes in`, async () => (await this.calls({ payment_key })).some((call) => call.target === target));
    }

    /** Confirms that were asked for under that order id. */
    async confirms(filter) {
        return (await this.calls(filter)).filter((call) => call.path === '/v1/payments/confirm');
    }
}
