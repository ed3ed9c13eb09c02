// 200 checkouts at once for a minute, with random faults of Toss, deposits, cancels and dying replicas; then 0 differences.
import { test } from 'node:test';
import { chaos, chaosStack } from '../lib/chaos.mjs';
import { useStack } from '../lib/stack.mjs';

const stack = useStack(chaosStack);

test('200 buyers, 5 % faults of Toss, dying replicas: 60 s', { timeout: 300_000 }, async (t) => t.diagnostic(await chaos(stack, 60)));
