// BZPOPMIN, BZPOPMAX and BZMPOP where there is nothing yet: who is served with what.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { isBlocked, withCallers } from '../../exec/callers.js';

test('a waiting pop is served by whatever makes the sorted set', async () => {
  await withCallers(async ({ caller }) => {
    const [waiter, writer] = [caller(), caller()];
    const low = waiter.run('BZPOPMIN', 'a', 'z', '0');
    ok(isBlocked(waiter));
    equal(await writer.run('ZADD', 'z', '2', 'b', '1', 'a', '3', 'c'), 3);
    deepEqual(await low, ['z', 'a', 1]);
    const high = waiter.run('BZPOPMAX', 'other', '0');
    await writer.run('ZUNIONSTORE', 'other', '1', 'z');
    deepEqual(await high, ['other', 'c', 3]);
    const several = waiter.run('BZMPOP', '0', '2', 'x', 'y', 'MAX', 'COUNT', '5');
    await writer.run('RENAME', 'z', 'y');
    deepEqual(await several, [
      'y',
      [
        ['c', 3],
        ['b', 2],
      ],
    ]);
    equal(await writer.run('EXISTS', 'y'), 0);
  });
});

test('waiters are served in their order, and a key of another type serves nobody', async () => {
  await withCallers(async ({ caller }) => {
    const [first, second, writer] = [caller(), caller(), caller()];
    const answers = [first, second].map((waiter) => waiter.run('BZPOPMIN', 'z', '0'));
    await writer.run('RPUSH', 'z', 'x');
    ok(isBlocked(first));
    await writer.run('DEL', 'z');
    await writer.run('ZADD', 'z', '1', 'a');
    deepEqual(await answers[0], ['z', 'a', 1]);
    ok(isBlocked(second));
    await writer.run('ZADD', 'z', '2', 'b');
    deepEqual(await answers[1], ['z', 'b', 2]);
  });
});

test('a sorted set that is stored over a key of another type serves who waits for it', async () => {
  await withCallers(async ({ caller }) => {
    const [waiter, writer] = [caller(), caller()];
    const answer = waiter.run('BZPOPMAX', 'z', '0');
    await writer.run('SET', 'z', 'text');
    ok(isBlocked(waiter));
    await writer.run('ZADD', 'source', '1', 'm');
    equal(await writer.run('ZUNIONSTORE', 'z', '1', 'source'), 1);
    deepEqual(await answer, ['z', 'm', 1]);
    equal(await writer.run('EXISTS', 'z'), 0);
  });
});
