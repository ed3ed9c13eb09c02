// A buyer who does not give up: every call is repeated under its key until its outcome is known, as a careful page does it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { orderFor } from './fixture.mjs';
import { refundAccount, ticketsOf } from './pay.mjs';
import { sleep, until } from './wait.mjs';

const PATIENCE_MS = 60_000;
const POLL_MS = 200;
const UNDER_WAY = 'refunding';
const NEEDS_ACCOUNT = /needs_account$/;

export class Buyer {
    /** Nobody has paid yet; `order` is made with the first step. */
    constructor(stack, exhibition, { quantity = 2 } = {}) {
        Object.assign(this, { stack, exhibition, quantity });
    }

    async reserve() {
        const body = orderFor(this.exhibition, { quantity: this.quantity });
        this.phone = body.customer_phone;
        this.stack.mustNotLog(this.phone);
        const answer = await this.ask('POST', '/api/orders', body);
        assert.equal(answer.status, 201, answer.text);
        this.order = answer.json;
    }

    /** Opens a window and authenticates in it. → what confirm needs; undefined: the order cannot be paid any more. */
    async checkout(method = 'card') {
        const { order_number, total_amount: amount } = this.order;
        for (;;) {
            const body = { order_number, amount, customer_name: '홍길동', method };
            const answer = await this.ask('POST', '/api/payments/initialize', body);
            if (answer.status === 409) return undefined;
            if (answer.status === 502) continue; // the window did not open: another one
            assert.equal(answer.status, 200, answer.text);
            const { payment_key } = answer.json;
            this.bought = await this.stack.toss.checkout(payment_key, { method });
            return this.bought;
        }
    }

    /** The answer once it is decided. */
    async confirm({ payment_key, order_id, amount }) {
        const key = randomUUID();
        for (;;) {
            const answer = await this.ask('POST', '/api/payments/confirm', { payment_key, order_id, amount }, key);
            if (answer.json.virtual_account) this.stack.mustNotLog(answer.json.virtual_account.account_number);
            if (answer.status !== 202) return answer;
            await until('the payment is decided', async () => (await this.payment()).payment_status !== 'paying', { ms: PATIENCE_MS, every: POLL_MS });
        }
    }

    /** Pays; a card that is refused is followed by another. → the confirm's answer; undefined: the order cannot be paid any more. */
    async pay(method) {
        for (;;) {
            const bought = await this.checkout(method);
            const answer = bought && (await this.confirm(bought));
            if (answer?.status !== 502) return answer;
        }
    }

    /** Gives the order or some tickets back, however often that is refused. `deposited`: an account is needed for the money. */
    async cancel({ tickets, deposited } = {}) {
        const path = `/api/orders/${this.order.order_number}`;
        const query = tickets ? `?tickets=${tickets.join(',')}` : '';
        for (let ended; ended !== 'done';) {
            const refund_account = deposited ? this.#account() : undefined;
            const quote = await this.ask('GET', `${path}/refund-quote${query}`);
            const quote_id = quote.status === 200 && !NEEDS_ACCOUNT.test(ended) ? quote.json.quote_id : undefined;
            const answer = await this.ask('POST', `${path}/cancel`, { reason: '일정 변경', tickets, quote_id, refund_account });
            if (answer.status === 200) return; // nothing was paid
            if (answer.code === 'QUOTE_CHANGED') continue;
            assert.equal(answer.status, 202, answer.text);
            ended = await this.#refunded(answer.json.refund_id);
        }
    }

    // A wish that was noted is shown no longer once the order ended without money.
    async #refunded(refund_id) {
        for (;;) {
            const { status } = (await this.payment()).cancels.find((c) => c.refund_id === refund_id) ?? { status: 'done' };
            if (status !== UNDER_WAY) return status;
            await sleep(POLL_MS);
        }
    }

    #account() {
        const account = refundAccount();
        this.stack.mustNotLog(account.account_number);
        return account;
    }

    deposit(fields) {
        return this.stack.toss.deposit(this.bought.payment_key, fields);
    }

    tickets() {
        return ticketsOf(this.stack, this.order);
    }

    async payment() {
        return (await this.ask('GET', `/api/payments/${this.order.order_number}`)).json;
    }

    /** Until the order's status is one of these. */
    becomes(...statuses) {
        const probe = async () => {
            const { json } = await this.ask('GET', `/api/orders/${this.order.order_number}`);
            assert.ok(statuses.includes(json.status), `${json.status}, ${json.payment_status}`);
            return true;
        };
        return until(`order ${this.order.order_number} becomes ${statuses.join(' or ')}`, probe, { ms: PATIENCE_MS, every: POLL_MS });
    }

    /** The answer, once there is one. */
    async ask(method, path, json, key) {
        const { answer } = await this.stack.http.settle(method, path, { json, key, orderToken: this.order?.order_token }, PATIENCE_MS);
        return answer;
    }
}

/** What buyers do. Each ends with the order in one of `ends`, however often it is disturbed on the way. */
export const flows = {
    pays: {
        ends: ['paid'],
        walk: async (b) => {
            await b.pay('card');
            await lie(b, 'CANCELED');
        },
    },
    leaves: { ends: ['reserved'], walk: leave },
    deposits: { ends: ['paid'], walk: (b) => payByDeposit(b) },
    depositsTwice: {
        ends: ['paid'],
        walk: async (b) => {
            await payByDeposit(b);
            await b.deposit({ reverse: true });
            await b.becomes('awaiting_deposit');
            await b.deposit();
            await b.becomes('paid');
        },
    },
    givesAccountUp: {
        ends: ['cancelled'],
        walk: async (b) => {
            await b.pay('virtual_account');
            await b.cancel();
        },
    },
    neverPays: { ends: ['cancelled'], walk: (b) => b.cancel() },
    hesitates: {
        ends: ['cancelled'],
        walk: async (b) => {
            const paying = b.pay('card');
            await Promise.race([paying, b.becomes('paying', 'paid')]);
            await Promise.all([paying, b.cancel()]);
        },
    },
    givesBack: {
        ends: ['cancelled'],
        walk: async (b) => {
            await b.pay('card');
            await b.cancel();
        },
    },
    givesDepositBack: {
        ends: ['cancelled'],
        walk: async (b) => {
            await payByDeposit(b);
            await b.cancel({ deposited: true });
        },
    },
    isCancelledByToss: {
        ends: ['cancelled'],
        walk: async (b) => {
            await b.pay('card');
            await b.stack.toss.cancel(b.bought.payment_key);
            await b.becomes('cancelled');
        },
    },
    givesOneBack: {
        ends: ['partially_cancelled'],
        walk: async (b) => {
            await b.pay('card');
            await b.cancel({ tickets: (await b.tickets()).slice(0, 1) });
        },
    },
    givesBackBitByBit: {
        ends: ['cancelled'],
        walk: async (b) => {
            await b.pay('card');
            const [first, ...others] = await b.tickets();
            await Promise.all([first, ...others].map((ticket) => b.cancel({ tickets: [ticket] })));
        },
    },
    givesOneDepositBack: {
        ends: ['partially_cancelled'],
        walk: async (b) => {
            await payByDeposit(b);
            await b.cancel({ tickets: (await b.tickets()).slice(0, 1), deposited: true });
        },
    },
};

async function payByDeposit(b) {
    await b.pay('virtual_account');
    await b.deposit();
    await b.becomes('paid');
}

// A webhook that nobody of Toss's has sent: all it may do is to make us look.
async function lie(b, status) {
    const { payment_key: paymentKey, order_id: orderId } = b.bought;
    const answer = await b.ask('POST', '/api/payments/webhook', { eventType: 'PAYMENT_STATUS_CHANGED', data: { paymentKey, orderId, status } });
    assert.equal(answer.status, 200, answer.text);
}

// Never comes back from the window; its time passes at once.
async function leave(b) {
    const bought = await b.checkout();
    await b.stack.sql.text(`UPDATE payment.attempts SET created_at = created_at - interval '1 day', due_at = now()
        WHERE attempt_id = '${bought.order_id}' AND state = 'ready'`);
    await lie(b, 'DONE');
}
