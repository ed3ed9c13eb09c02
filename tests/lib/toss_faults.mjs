// Every way in which the sandbox can fail, as the body of POST /sandbox/faults without its target.

/** Of calls; `seconds`: after which the caller gives up. */
export function callModes(seconds) {
    const silence = { ms: seconds * 2000 };
    return [
        { mode: 'timeout_after_success', ...silence },
        { mode: 'timeout_before', ...silence },
        { mode: 'drop_after_success' },
        { mode: 'drop_before' },
        { mode: 'error' },
        { mode: 'error', execute: true },
        { mode: 'delay', ms: 300 },
        { mode: 'truncated' },
        { mode: 'huge' },
        { mode: 'slow_body', ...silence },
        { mode: 'garbage' },
        { mode: 'rate_limited' },
    ];
}

export const webhookModes = ['drop_webhook', 'duplicate_webhook', 'reorder_webhook', 'webhook_first', 'delay'].map((mode) => ({ mode }));
