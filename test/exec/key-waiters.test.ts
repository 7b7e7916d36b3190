// Commands that wait for keys: who is served, when, in which order, and how waiting ends.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { LocalSession } from '../../engine/exec/local-session.js';
import { NullReply } from '../../engine/exec/null-reply.js';
import { type Engine, SESSION_BLOCKED } from '../../engine/index.js';
import { Args } from '../../engine/util/args.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { embedded, isBlocked, openLogged, withCallers } from './callers.js';

/** Waits and counts of the engine, all nothing when nobody waits. */
function waits(engine: Engine): Record<string, number> {
  const { blocking, keyspace } = engine;
  return {
    timeouts: blocking.timeoutCount,
    keys: blocking.keyWaiters.keyCount,
    listening: keyspace.onCreated === null ? 0 : 1,
  };
}

const NOBODY = { timeouts: 0, keys: 0, listening: 0 };

/** Notes down the order in which callers are answered. */
class Answers {
  readonly order: string[] = [];

  follow(name: string, answer: Promise<unknown>): void {
    void answer.then((value) => this.order.push(`${name}: ${JSON.stringify(value)}`));
  }
}

test('a caller that finds nothing waits, and whoever makes the key serves it', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [waiter, pusher] = [caller(), caller()];
    const answer = waiter.run('BLPOP', 'a', 'b', '0');
    ok(isBlocked(waiter));
    deepEqual(waits(engine), { timeouts: 0, keys: 2, listening: 1 });
    equal(await pusher.run('RPUSH', 'b', 'x', 'y'), 2);
    ok(!isBlocked(waiter));
    deepEqual(await answer, ['b', 'x']);
    deepEqual(await pusher.run('LRANGE', 'b', '0', '-1'), ['y']);
    deepEqual(waits(engine), NOBODY);
  });
});

test('waiters of a key are served first come first served, while there is something', async () => {
  await withCallers(async ({ caller }) => {
    const answers = new Answers();
    const waiters = ['one', 'two', 'three'].map((name) => {
      const waiter = caller();
      answers.follow(name, waiter.run('BLPOP', 'a', '0'));
      return waiter;
    });
    await caller().run('RPUSH', 'a', '1', '2');
    await caller().run('PING');
    deepEqual(answers.order, ['one: ["a","1"]', 'two: ["a","2"]']);
    deepEqual(waiters.map(isBlocked), [false, false, true]);
  });
});

test('serving comes before the next command of anybody', async () => {
  await withCallers(async ({ caller }) => {
    const [waiter, pusher] = [caller(), caller()];
    const answer = waiter.run('BLPOP', 'a', '0');
    const pushed = pusher.run('RPUSH', 'a', '1');
    const popped = pusher.run('LPOP', 'a');
    deepEqual([await answer, await pushed, await popped], [['a', '1'], 1, null]);
  });
});

test('EXEC serves after its last command', async () => {
  await withCallers(async ({ caller }) => {
    const [waiter, pusher] = [caller(), caller()];
    const answer = waiter.run('BLPOP', 'a', '0');
    for (const words of [['MULTI'], ['RPUSH', 'a', '1'], ['DEL', 'a'], ['RPUSH', 'a', '2', '3']]) {
      await pusher.run(...words);
    }
    deepEqual(await pusher.run('EXEC'), [1, 1, 2]);
    deepEqual(await answer, ['a', '2']);
  });
});

test('a key that is gone again, or of another type, serves nobody', async () => {
  await withCallers(async ({ caller }) => {
    const [waiter, other] = [caller(), caller()];
    const answer = waiter.run('BLPOP', 'a', '0');
    await other.run('MULTI');
    await other.run('RPUSH', 'a', '1');
    await other.run('DEL', 'a');
    await other.run('EXEC');
    ok(isBlocked(waiter));
    await other.run('SET', 'a', 'text');
    await other.run('DEL', 'a');
    await other.run('ZADD', 'a', '1', 'm');
    ok(isBlocked(waiter));
    await other.run('DEL', 'a');
    await other.run('RPUSH', 'a', '2');
    deepEqual(await answer, ['a', '2']);
  });
});

test('waiters for different types of one key do not stand in each other’s way', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [list, set, other] = [caller(), caller(), caller()];
    const members = set.run('BZPOPMIN', 'k', '0');
    const elements = list.run('BLPOP', 'k', '0');
    equal(engine.blocking.keyWaiters.keyCount, 1);
    await other.run('RPUSH', 'k', 'e');
    deepEqual(await elements, ['k', 'e']);
    ok(isBlocked(set));
    await other.run('ZADD', 'k', '2', 'm');
    deepEqual(await members, ['k', 'm', 2]);
    deepEqual(waits(engine), NOBODY);
  });
});

test('the first key in the order of the arguments that is there serves', async () => {
  await withCallers(async ({ caller }) => {
    const [waiter, other] = [caller(), caller()];
    const answer = waiter.run('BLPOP', 'first', 'second', '0');
    await other.run('MULTI');
    await other.run('RPUSH', 'second', '2');
    await other.run('RPUSH', 'first', '1');
    await other.run('EXEC');
    deepEqual(await answer, ['first', '1']);
    equal(await other.run('LLEN', 'second'), 1);
  });
});

test('a key named twice is waited for once', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [waiter, other] = [caller(), caller()];
    const answer = waiter.run('BLPOP', 'a', 'b', 'a', '0');
    equal(engine.blocking.keyWaiters.keyCount, 2);
    await other.run('RPUSH', 'a', '1', '2');
    deepEqual(await answer, ['a', '1']);
    deepEqual(waits(engine), NOBODY);
  });
});

test('what serving moves serves others in turn, in a bounded chain', async () => {
  await withCallers(async ({ engine, caller }) => {
    const answers = new Answers();
    const [a, b, c] = [caller(), caller(), caller()];
    answers.follow('c', c.run('BLPOP', 'k3', '0'));
    answers.follow('b', b.run('BLMOVE', 'k2', 'k3', 'LEFT', 'LEFT', '0'));
    answers.follow('a', a.run('BLMOVE', 'k1', 'k2', 'LEFT', 'LEFT', '0'));
    await caller().run('RPUSH', 'k1', 'x');
    await caller().run('PING');
    deepEqual(answers.order, ['a: "x"', 'b: "x"', 'c: ["k3","x"]']);
    const circle = [caller(), caller()];
    void circle[0].run('BLMOVE', 'l', 'r', 'LEFT', 'LEFT', '0');
    void circle[1].run('BLMOVE', 'r', 'l', 'LEFT', 'LEFT', '0');
    await caller().run('RPUSH', 'l', 'y');
    deepEqual(circle.map(isBlocked), [false, false]);
    deepEqual(await caller().run('LRANGE', 'l', '0', '-1'), ['y']);
    deepEqual(waits(engine), NOBODY);
  });
});

test('a served command that fails answers its error', async () => {
  await withCallers(async ({ caller }) => {
    const [waiter, other] = [caller(), caller()];
    await other.run('SET', 'text', 'v');
    const answer = waiter.run('BLMOVE', 'a', 'text', 'LEFT', 'LEFT', '0');
    await other.run('RPUSH', 'a', '1');
    equal(await answer, 'WRONGTYPE Operation against a key holding the wrong kind of value');
    deepEqual(await other.run('LRANGE', 'a', '0', '-1'), ['1']);
  });
});

const MAKERS: readonly (readonly string[][])[] = [
  [['RENAME', 'source', 'k']],
  [['COPY', 'source', 'k']],
  [['LMOVE', 'source', 'k', 'LEFT', 'LEFT']],
  [['SORT', 'source', 'BY', 'nosort', 'STORE', 'k']],
  [
    ['SELECT', '1'],
    ['RPUSH', 'k', 'e'],
    ['MOVE', 'k', '0'],
  ],
  [
    ['SELECT', '1'],
    ['RPUSH', 'k', 'e'],
    ['SWAPDB', '0', '1'],
  ],
];

for (const commands of MAKERS) {
  test(`a key made by ${commands[commands.length - 1][0]} is noticed`, async () => {
    await withCallers(async ({ engine, caller }) => {
      const [waiter, other] = [caller(), caller()];
      await other.run('RPUSH', 'source', 'e');
      const answer = waiter.run('BLPOP', 'k', '0');
      for (const words of commands) await other.run(...words);
      deepEqual(await answer, ['k', 'e']);
      deepEqual(waits(engine), NOBODY);
    });
  });
}

test('a key made by RESTORE is noticed', async () => {
  await withCallers(async ({ caller }) => {
    const [waiter, other] = [caller(), caller()];
    await other.run('RPUSH', 'source', 'e');
    const dump = await other.run('DUMP', 'source');
    const answer = waiter.run('BLPOP', 'k', '0');
    await other.run('RESTORE', 'k', '0', String(dump));
    deepEqual(await answer, ['k', 'e']);
  });
});

test('a key of another database serves nobody; SWAPDB and FLUSHALL move no wait', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [waiter, other] = [caller(), caller()];
    const answer = waiter.run('BLPOP', 'k', '0');
    await other.run('SELECT', '1');
    await other.run('SET', 'k', 'text');
    await other.run('SWAPDB', '0', '1');
    ok(isBlocked(waiter), 'a string has come');
    await other.run('FLUSHALL');
    await other.run('RPUSH', 'k', 'e');
    ok(isBlocked(waiter), 'that is in database 1');
    await other.run('SELECT', '0');
    await other.run('RPUSH', 'k', 'f');
    deepEqual(await answer, ['k', 'f']);
    deepEqual(waits(engine), NOBODY);
  });
});

test('a time-out ends a wait on time and answers null', async () => {
  await withCallers(async ({ engine, clock, caller }) => {
    const waiters = [caller(), caller(), caller()];
    const replies = [
      waiters[0].run('BLPOP', 'a', '0.25'),
      waiters[1].run('BLMOVE', 'a', 'b', 'LEFT', 'LEFT', '0.1'),
      waiters[2].run('BZPOPMIN', 'a', 'b', '10'),
    ];
    equal(engine.blocking.timeoutCount, 3);
    clock.advance(99);
    deepEqual(waiters.map(isBlocked), [true, true, true]);
    clock.advance(1);
    deepEqual(waiters.map(isBlocked), [true, false, true]);
    clock.advance(150);
    deepEqual(waiters.map(isBlocked), [false, false, true]);
    clock.advance(10_000);
    deepEqual(await Promise.all(replies), [null, null, null]);
    deepEqual(waits(engine), NOBODY);
    equal(await caller().run('RPUSH', 'a', '1'), 1);
  });
});

const TIMEOUTS: readonly (readonly [text: string, error: string])[] = [
  ['abc', 'ERR timeout is not a float or out of range'],
  ['', 'ERR timeout is not a float or out of range'],
  [' 1', 'ERR timeout is not a float or out of range'],
  ['nan', 'ERR timeout is not a float or out of range'],
  ['-1', 'ERR timeout is negative'],
  ['-inf', 'ERR timeout is negative'],
  ['-1e400', 'ERR timeout is negative'],
  ['inf', 'ERR timeout is out of range'],
  ['1e400', 'ERR timeout is out of range'],
  ['9223372036854775.807', 'ERR timeout is out of range'],
  ['1e16', 'ERR timeout is out of range'],
];

test('time-outs that are none are refused as Redis refuses them', async () => {
  await withCallers(async ({ engine, caller }) => {
    const waiter = caller();
    for (const [text, error] of TIMEOUTS) equal(await waiter.run('BLPOP', 'a', text), error, text);
    deepEqual(waits(engine), NOBODY);
  });
});

test('a time-out below a millisecond is one, and the least negative one is none', async () => {
  await withCallers(async ({ engine, clock, caller }) => {
    const [brief, forever] = [caller(), caller()];
    const answer = brief.run('BLPOP', 'a', '0.0001');
    void forever.run('BLPOP', 'a', '-0.0001');
    equal(engine.blocking.timeoutCount, 1);
    clock.advance(1);
    equal(await answer, null);
    ok(isBlocked(forever));
  });
});

test('a time-out longer than any timer comes in its time', async () => {
  await withCallers(async ({ clock, caller }) => {
    const waiter = caller();
    const answer = waiter.run('BLPOP', 'a', '5000000');
    clock.advance(4_999_999_999);
    ok(isBlocked(waiter));
    clock.advance(1);
    equal(await answer, null);
  });
});

test('CLIENT UNBLOCK ends any wait for keys, as time-out or as error', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [waiter, admin] = [caller(), caller()];
    const id = String(waiter.session.id);
    equal(await admin.run('CLIENT', 'UNBLOCK', id), 0);
    for (const timeout of ['0', '100']) {
      const asTimeout = waiter.run('BLPOP', 'a', timeout);
      equal(await admin.run('CLIENT', 'UNBLOCK', id), 1);
      equal(await asTimeout, null);
      const asError = waiter.run('BLPOP', 'a', timeout);
      equal(await admin.run('CLIENT', 'UNBLOCK', id, 'ERROR'), 1);
      equal(await asError, 'UNBLOCKED client unblocked via CLIENT UNBLOCK');
    }
    equal(await admin.run('CLIENT', 'UNBLOCK', id), 0);
    deepEqual(waits(engine), NOBODY);
    const stats = String(await admin.run('INFO', 'commandstats'));
    ok(/cmdstat_blpop:calls=4,.*failed_calls=2/.test(stats), stats);
  });
});

test('a blocked command counts once, when it ends', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [waiter, other] = [caller(), caller()];
    const calls = (): number => engine.registry.byName('blpop')?.calls ?? -1;
    const answer = waiter.run('BLPOP', 'a', '0');
    equal(calls(), 0);
    equal(waiter.session.commandsProcessed, 0);
    await other.run('RPUSH', 'a', '1');
    await answer;
    equal(calls(), 1);
    equal(waiter.session.commandsProcessed, 1);
  });
});

test('a client that leaves waits for nothing, and the next in the queue is served', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [gone, next, other] = [caller(), caller(), caller()];
    void gone.run('BLPOP', 'a', 'b', '1');
    const answer = next.run('BLPOP', 'a', '0');
    engine.sessionGone(gone.session);
    deepEqual(waits(engine), { timeouts: 0, keys: 1, listening: 1 });
    await other.run('RPUSH', 'a', '1');
    deepEqual(await answer, ['a', '1']);
    deepEqual(waits(engine), NOBODY);
  });
});

test('inside MULTI a command that would wait answers null', async () => {
  await withCallers(async ({ engine, caller }) => {
    const one = caller();
    await one.run('MULTI');
    await one.run('BLPOP', 'a', '0');
    await one.run('BLMOVE', 'a', 'b', 'LEFT', 'LEFT', '0');
    await one.run('BZPOPMIN', 'a', '0');
    await one.run('WAIT', '1', '0');
    deepEqual(await one.run('EXEC'), [null, null, null, 0]);
    deepEqual(waits(engine), NOBODY);
  });
});

test('waiters are served after a pause, not in it', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [waiter, other] = [caller(), caller()];
    const answer = waiter.run('BLPOP', 'a', '0');
    await other.run('MULTI');
    await other.run('RPUSH', 'a', '1');
    await other.run('CLIENT', 'PAUSE', '100000', 'WRITE');
    await other.run('EXEC');
    ok(isBlocked(waiter));
    equal(await other.run('LLEN', 'a'), 1);
    await other.run('CLIENT', 'UNPAUSE');
    deepEqual(await answer, ['a', '1']);
    deepEqual(waits(engine), NOBODY);
  });
});

test('a waiter that is served is refused like anybody when memory is short', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [waiter, other] = [caller(), caller()];
    const answer = waiter.run('BLMOVE', 'a', 'b', 'LEFT', 'LEFT', '0');
    await other.run('MULTI');
    await other.run('RPUSH', 'a', '1');
    await other.run('CONFIG', 'SET', 'maxmemory', '1');
    await other.run('EXEC');
    equal(await answer, "OOM command not allowed when used memory > 'maxmemory'.");
    equal(engine.registry.byName('blmove')?.rejectedCalls, 1);
    deepEqual(await other.run('LRANGE', 'a', '0', '-1'), ['1']);
  });
});

test('what serving changed is in the log', async () => {
  const fs = new MemoryFileSystem();
  const engine = await openLogged(fs);
  const [popper, mover, pusher] = [embedded(engine), embedded(engine), embedded(engine)];
  const popped = popper.call('BLPOP', 'a', 0);
  const moved = mover.call('BLMOVE', 'a', 'b', 'RIGHT', 'LEFT', 0);
  await pusher.call('RPUSH', 'a', 'first', 'middle', 'last');
  deepEqual([await popped, await moved], [['a', 'first'], 'last']);
  const again = await openLogged(fs.afterKill());
  const reader = embedded(again);
  deepEqual(await reader.call('LRANGE', 'a', 0, -1), ['middle']);
  deepEqual(await reader.call('LRANGE', 'b', 0, -1), ['last']);
  for (const client of [popper, mover, pusher, reader]) client.close();
  await engine.close();
  await again.close();
});

test('the next commands of a blocked caller run after its wait, in order', async () => {
  await withCallers(async ({ engine, caller }) => {
    const client = embedded(engine);
    const answers = new Answers();
    answers.follow('pop', client.call('BLPOP', 'a', 0));
    answers.follow('get', client.call('GET', 'x'));
    await caller().run('SET', 'x', 'v');
    deepEqual(answers.order, []);
    await caller().run('RPUSH', 'a', 'e');
    await client.call('PING');
    deepEqual(answers.order, ['pop: ["a","e"]', 'get: "v"']);
    client.close();
  });
});

test('an embedded client that is closed while it waits rejects its call', async () => {
  await withCallers(async ({ engine, caller }) => {
    const client = embedded(engine);
    const answer = client.call('BLPOP', 'a', 0).catch((error: unknown) => String(error));
    client.close();
    equal(await answer, 'Error: the database was closed');
    deepEqual(waits(engine), NOBODY);
    equal(await caller().run('RPUSH', 'a', '1'), 1);
  });
});

/** Enough that anything quadratic would take minutes. */
const MANY = 100_000;

/** A session whose replies nobody reads. */
function bareSession(id: number, reply: NullReply): LocalSession {
  const session = new LocalSession(id);
  session.onResume = (write) => write(reply);
  return session;
}

for (const [what, keyOf] of [
  ['one key', () => 'k'],
  ['a key each', (i: number) => `k${i}`],
] as const) {
  test(`waiting, being served and leaving stay cheap with many waiters on ${what}`, async () => {
    await withCallers(async ({ engine, clock }) => {
      const reply = new NullReply();
      const args = new Args();
      const run = (session: LocalSession, ...words: string[]): void => {
        args.assign(words.map(latin1Bytes));
        engine.execute(session, args, reply);
      };
      const isWaiting = ({ flags }: LocalSession): boolean => (flags & SESSION_BLOCKED) !== 0;
      const sessions = Array.from({ length: MANY }, (_, i) => bareSession(i, reply));
      const startMs = performance.now();
      for (const [i, session] of sessions.entries()) run(session, 'BLPOP', keyOf(i), '100');
      const pusher = bareSession(MANY, reply);
      for (let i = 0; i < MANY / 4; i++) run(pusher, 'RPUSH', keyOf(i), '1');
      equal(sessions.findIndex(isWaiting), MANY / 4);
      for (const session of sessions.slice(MANY / 4, MANY / 2)) engine.sessionGone(session);
      equal(engine.blocking.timeoutCount, MANY / 2);
      clock.advance(100_000);
      ok(!sessions.slice(MANY / 2).some(isWaiting));
      deepEqual(waits(engine), NOBODY);
      const seconds = (performance.now() - startMs) / 1000;
      ok(seconds < 60, `it took ${seconds} s`);
    });
  });
}
