// A quarter of a minute of what tests/soak/payment_chaos.test.mjs does for a whole one.
import { test } from 'node:test';
import { chaos, chaosStack } from './lib/chaos.mjs';
import { useStack } from './lib/stack.mjs';

const stack = useStack(chaosStack);

test('200 buyers, 5 % faults of Toss, dying replicas: 15 s', { timeout: 180_000 }, async (t) => t.diagnostic(await chaos(stack, 15)));
