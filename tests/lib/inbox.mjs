// The phones of the receivers, as the sandbox shows them.
import assert from 'node:assert/strict';
import { until } from './wait.mjs';

/** Messages as phones show them, newest first: {provider, own_id, phone, template, text, button: {name, link} | null, kind, at, state}.
 * Filters: phone, own_id, template. */
export async function inbox(stack, filter = {}) {
    const answer = await fetch(`${stack.sandbox.url}/inbox.json?${new URLSearchParams(filter)}`);
    assert.equal(answer.status, 200);
    return answer.json();
}

/** The first message of this template on a phone, once it has arrived. */
export function message(stack, phone, template, { ms = 10_000 } = {}) {
    const arrived = async () => (await inbox(stack, { phone, template })).find((m) => m.state === 'delivered');
    return until(`${template} arrives`, arrived, { ms });
}

/** Order number and token that the link of a message holds. */
export function linked({ button }) {
    const { pathname, hash } = new URL(button.link);
    const said = new URLSearchParams(hash.slice(1));
    return { path: pathname, order_number: said.get('o'), order_token: said.get('t') };
}
