// The accounts of staff over one stack: made, signed in, locked out, and what is known of it afterwards.
import { addUser, login, refusedSoon, signIn } from './session.mjs';
import { useStack } from './stack.mjs';

/** Two replicas of svc-admin; finance must have a second factor. */
export function useAccounts() {
    const prepare = async () => {
        accounts.boss.token = stack.token('superadmin');
        stack.mustNotLog('wrong password');
    };
    const stack = useStack({ admin: 2, adminEnv: { OTP_ROLES: 'finance', LOG_LEVEL: 'DEBUG' } }, { prepare });
    const accounts = {
        stack,
        boss: {}, // options of a call, once the stack is there
        user: (members) => addUser(stack, accounts.boss, members),
        enter: (account, members) => signIn(stack, account.username, account.password, members),
        wrong: (account, password = 'wrong password') => login(stack, account.username, password),
        own: (session) => stack.http.get('/api/admin/sessions', { token: session.token }),
        endsSoon: (session, path = '/api/admin/sessions') => refusedSoon(stack, () => stack.http.get(path, { token: session.token })),
        facts: (account, action) =>
            stack.sql.rows(`SELECT payload FROM admin.events WHERE entity = 'user:${account.id}' AND payload ->> 'action' = '${action}' ORDER BY id`),
        /** Those who wait for each other's locks too long are told that nothing was done, and come again. */
        bus: (op, body, options) => stack.bus.settle(op, body, { service: 'admin', ...options }),
        /** Locks end by time; a test does not wait for it. */
        unlock: () => stack.sql.text(`UPDATE admin.login_failures SET locked_until = now() WHERE locked_until IS NOT NULL`),
    };
    return accounts;
}
