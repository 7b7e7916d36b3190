// WATCH and UNWATCH: which changes make EXEC do nothing, and which do not.

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type Callers, withCallers } from '../../exec/callers.js';
import type { Caller } from '../sessions.js';

/** @returns what EXEC answers after WATCH k and `meanwhile` */
async function execAfter(
  { caller }: Callers,
  meanwhile: (other: Caller, watcher: Caller) => Promise<unknown>,
): Promise<unknown> {
  const [watcher, other] = [caller(), caller()];
  await watcher.run('WATCH', 'k');
  await meanwhile(other, watcher);
  await watcher.run('MULTI');
  await watcher.run('PING');
  return watcher.run('EXEC');
}

async function runAll(caller: Caller, commands: readonly string[]): Promise<void> {
  for (const words of commands) await caller.run(...words.split(' '));
}

const TOUCHING: readonly (readonly [before: string[], change: string[]])[] = [
  [[], ['SET k 1']],
  [['SET k 1'], ['SET k 1']],
  [['SET k 1'], ['DEL k']],
  [['SET k 1'], ['APPEND k x']],
  [['SET k 1'], ['EXPIRE k 100']],
  [['SET k 1'], ['RENAME k other']],
  [['SET other 1'], ['RENAME other k']],
  [['SET other 1'], ['COPY other k']],
  [['RPUSH k a'], ['RPUSH k b']],
  [['RPUSH k a b'], ['LPOP k']],
  [['RPUSH k a'], ['LPOP k']],
  [['ZADD k 1 a'], ['ZADD k 2 a']],
  [['HSET k f v'], ['HSET k f w']],
  [['SADD k a'], ['SREM k a']],
  [['SET k 1'], ['FLUSHDB']],
  [['SET k 1'], ['FLUSHALL']],
  [['SET k 1'], ['SWAPDB 0 1']],
  [['SELECT 1', 'SET k 1'], ['SWAPDB 1 0']],
  [[], ['MULTI', 'SET k 1', 'EXEC']],
];

for (const [before, change] of TOUCHING) {
  test(`after ${[...before, 'WATCH k', ...change].join(', ')} EXEC does nothing`, async () => {
    await withCallers(async (callers) => {
      await runAll(callers.caller(), before);
      equal(await execAfter(callers, (other) => runAll(other, change)), null);
    });
  });
}

const HARMLESS: readonly (readonly [before: string[], change: string[]])[] = [
  [['SET k 1'], ['GET k', 'TTL k', 'OBJECT ENCODING k']],
  [['SET k 1'], ['SET K 1', 'SET kk 1', 'DEL absent']],
  [['SET k 1'], ['SELECT 1', 'SET k 2']],
  [['SET k 1'], ['SETNX k 2', 'PERSIST k']],
  [['RPUSH k a'], ['LREM k 0 x']],
  [[], ['SET x 1', 'FLUSHALL']],
  [['SET x 1'], ['SWAPDB 0 1']],
  [['SET k 1'], ['SWAPDB 2 3']],
];

for (const [before, change] of HARMLESS) {
  test(`after ${[...before, 'WATCH k', ...change].join(', ')} EXEC runs`, async () => {
    await withCallers(async (callers) => {
      await runAll(callers.caller(), before);
      deepEqual(await execAfter(callers, (other) => runAll(other, change)), ['PONG']);
    });
  });
}

test('a change by the watcher itself counts', async () => {
  await withCallers(async (callers) => {
    equal(await execAfter(callers, (_, watcher) => watcher.run('SET', 'k', '1')), null);
  });
});

test('UNWATCH, DISCARD, EXEC and RESET forget what was watched', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [watcher, other] = [caller(), caller()];
    const { watchedKeys } = engine.transactions;
    for (const ending of [['UNWATCH'], ['MULTI', 'DISCARD'], ['MULTI', 'EXEC'], ['RESET']]) {
      await watcher.run('WATCH', 'k', 'l', 'k');
      deepEqual([watchedKeys.keyCount, watchedKeys.watcherCount], [2, 1]);
      await runAll(watcher, ending);
      deepEqual([watchedKeys.keyCount, watchedKeys.watcherCount], [0, 0], ending.join());
      equal(engine.keyspace.onChanged, null);
      await other.run('SET', 'k', '1');
      await runAll(watcher, ['MULTI', 'PING']);
      deepEqual(await watcher.run('EXEC'), ['PONG']);
      await watcher.run('WATCH', 'k');
      await other.run('SET', 'k', '2');
      await runAll(watcher, ending);
      await runAll(watcher, ['MULTI', 'PING']);
      deepEqual(await watcher.run('EXEC'), ['PONG'], `touched, then ${ending}`);
    }
  });
});

test('UNWATCH inside MULTI comes too late', async () => {
  await withCallers(async ({ caller }) => {
    const [watcher, other] = [caller(), caller()];
    await runAll(watcher, ['WATCH k', 'MULTI', 'UNWATCH']);
    await other.run('SET', 'k', '1');
    equal(await watcher.run('EXEC'), null);
  });
});

test('each watcher of a key is told, and a client that left is not looked for', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [one, two, gone, other] = [caller(), caller(), caller(), caller()];
    for (const watcher of [one, gone, two]) await watcher.run('WATCH', 'k', 'l');
    engine.sessionGone(gone.session);
    await other.run('SET', 'k', '1');
    equal(engine.transactions.watchedKeys.keyCount, 0);
    for (const watcher of [one, two]) {
      await runAll(watcher, ['MULTI', 'PING']);
      equal(await watcher.run('EXEC'), null);
    }
  });
});

test('a watched key that expires counts as changed, deleted or not', async () => {
  await withCallers(async (callers) => {
    const { engine, clock } = callers;
    const setter = callers.caller();
    for (const active of ['0', '1']) {
      engine.keyspace.expiresActively = active === '1';
      await setter.run('SET', 'k', '1', 'PX', '10');
      const answer = await execAfter(callers, async () => {
        clock.advance(20);
        engine.runCron();
      });
      equal(answer, null, `active expiry ${active}`);
    }
  });
});

test('a key that had expired when it was watched may be deleted, not made anew', async () => {
  await withCallers(async (callers) => {
    const { engine, clock } = callers;
    const setter = callers.caller();
    engine.keyspace.expiresActively = false;
    const expire = async (): Promise<void> => {
      await setter.run('SET', 'k', '1', 'PX', '10');
      clock.advance(20);
    };
    await expire();
    deepEqual(await execAfter(callers, (other) => other.run('GET', 'k')), ['PONG']);
    await expire();
    deepEqual(await execAfter(callers, (other) => other.run('FLUSHDB')), ['PONG']);
    await expire();
    deepEqual(await execAfter(callers, async () => undefined), ['PONG']);
    await expire();
    equal(await execAfter(callers, (other) => other.run('SET', 'k', '2')), null);
    await expire();
    deepEqual(await execAfter(callers, (other) => other.run('SWAPDB', '0', '1')), ['PONG']);
    deepEqual(await execAfter(callers, (other) => other.run('SWAPDB', '0', '1')), ['PONG']);
  });
});

test('a served waiter touches watchers, a waiter that waits does not', async () => {
  await withCallers(async ({ caller }) => {
    const [blocked, watcher, other] = [caller(), caller(), caller()];
    void blocked.run('BRPOPLPUSH', 'source', 'target', '0');
    await runAll(watcher, ['WATCH target', 'MULTI', 'PING']);
    deepEqual(await watcher.run('EXEC'), ['PONG']);
    await watcher.run('WATCH', 'target');
    await other.run('LPUSH', 'source', 'e');
    await runAll(watcher, ['MULTI', 'PING']);
    equal(await watcher.run('EXEC'), null);
  });
});

test('a hundred thousand watched keys are watched and forgotten in no time', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [watcher, other] = [caller(), caller()];
    const startMs = performance.now();
    for (let round = 0; round < 2; round++) {
      for (let from = 0; from < 100_000; from += 10_000) {
        const keys = Array.from({ length: 10_000 }, (_, i) => `k${from + i}`);
        await watcher.run('WATCH', ...keys);
      }
    }
    equal(engine.transactions.watchedKeys.keyCount, 100_000);
    await other.run('SET', 'k99999', '1');
    equal(engine.transactions.watchedKeys.keyCount, 0);
    await runAll(watcher, ['MULTI']);
    equal(await watcher.run('EXEC'), null);
    equal(performance.now() - startMs < 10_000, true);
  });
});
