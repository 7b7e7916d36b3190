// What surrounds a transaction: the gates, the log, the client list, memory.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { type ReplyValue, ValueReply } from '../../engine/exec/value-reply.js';
import { SESSION_NO_TOUCH } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { Args } from '../../engine/util/args.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { DATA_DIR, openLogged, withCallers } from './callers.js';

const OOM = "OOM command not allowed when used memory > 'maxmemory'.";

test('a command refused for want of memory when it is queued makes EXEC fail', async () => {
  await withCallers(async ({ caller }) => {
    const [one, other] = [caller(), caller()];
    await one.run('MULTI');
    await other.run('CONFIG', 'SET', 'maxmemory', '1');
    equal(await one.run('SET', 'a', '1'), OOM);
    equal(await one.run('GET', 'a'), 'QUEUED');
    await other.run('CONFIG', 'SET', 'maxmemory', '0');
    const abort = 'EXECABORT Transaction discarded because of previous errors.';
    equal(await one.run('EXEC'), abort);
  });
});

test('EXEC is refused for what its commands would be refused for, and ends', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [one, other] = [caller(), caller()];
    const discarded = (error: string): string =>
      `EXECABORT Transaction discarded because of: ${error}`;
    await one.run('MULTI');
    await one.run('SET', 'a', '1');
    await other.run('CONFIG', 'SET', 'maxmemory', '1');
    equal(await one.run('EXEC'), discarded(OOM));
    equal(await one.run('EXEC'), 'ERR EXEC without MULTI');
    await one.run('MULTI');
    await one.run('GET', 'a');
    deepEqual(await one.run('EXEC'), [null], 'reading needs no memory');
    await other.run('CONFIG', 'SET', 'maxmemory', '0');
    await one.run('MULTI');
    await one.run('SET', 'a', '1');
    engine.gates.setLogRefusal('MISCONF the disk is gone');
    equal(await one.run('EXEC'), discarded('MISCONF the disk is gone'));
    await one.run('MULTI');
    equal(await one.run('DISCARD'), 'OK');
    engine.gates.setLogRefusal(null);
    equal(await other.run('EXISTS', 'a'), 0);
  });
});

test('a paused EXEC that would write waits, one that reads does not', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [writer, reader] = [caller(), caller()];
    await writer.run('MULTI');
    await writer.run('SET', 'a', '1');
    await reader.run('MULTI');
    await reader.run('GET', 'a');
    engine.pause(engine.clock.now() + 100_000, true);
    deepEqual(await reader.run('EXEC'), [null]);
    const written = writer.run('EXEC');
    equal(await reader.run('EXISTS', 'a'), 0);
    engine.unpause();
    deepEqual(await written, ['OK']);
  });
});

test('the engine tells what CLIENT LIST shows of a transaction', async () => {
  await withCallers(async ({ engine, caller }) => {
    const [one, other] = [caller(), caller()];
    const detail = () => engine.describeSession(one.session);
    equal(detail().queuedCommands, -1);
    await one.run('WATCH', 'a', 'b');
    deepEqual([detail().queuedCommands, detail().watchedKeys, detail().isDirty], [-1, 2, false]);
    await one.run('MULTI');
    equal(detail().queuedCommands, 0);
    await one.run('SET', 'x', 'y'.repeat(1000));
    equal(detail().queuedCommands, 1);
    ok(detail().queuedBytes > 1000 && detail().queuedBytes < 1100);
    await other.run('SET', 'a', '1');
    deepEqual(
      [detail().queuedCommands, detail().queuedBytes, detail().watchedKeys, detail().isDirty],
      [0, 0, 0, true],
    );
    equal(await one.run('EXEC'), null);
    deepEqual([detail().queuedCommands, detail().isDirty], [-1, false]);
    equal(one.session.lastCommand?.fullName, 'exec');
  });
});

test('commands inside EXEC are counted, each error once', async () => {
  await withCallers(async ({ engine, caller }) => {
    const one = caller();
    await one.run('SET', 'text', 'v');
    const before = engine.executor.commandsProcessed;
    for (const words of [['MULTI'], ['GET', 'a'], ['LPUSH', 'text', 'x'], ['EXEC']]) {
      await one.run(...words);
    }
    equal(engine.executor.commandsProcessed - before, 4);
    const facts = ['multi', 'get', 'lpush', 'exec'].map((name) => engine.registry.byName(name));
    deepEqual(
      facts.map((command) => command?.calls),
      [1, 1, 1, 1],
    );
    deepEqual(
      facts.map((command) => command?.failedCalls),
      [0, 0, 1, 0],
    );
    const stats = String(await one.run('INFO', 'errorstats'));
    ok(stats.includes('errorstat_WRONGTYPE:count=1\r'), stats);
  });
});

test('CLIENT NO-TOUCH holds inside EXEC, except for TOUCH', async () => {
  await withCallers(async ({ clock, caller }) => {
    const [one, setter] = [caller(), caller()];
    await setter.run('SET', 'a', '1');
    await setter.run('SET', 'b', '1');
    one.session.flags |= SESSION_NO_TOUCH;
    clock.advance(100_000);
    for (const words of [['MULTI'], ['GET', 'a'], ['TOUCH', 'b'], ['EXEC']])
      await one.run(...words);
    equal(await one.run('OBJECT', 'IDLETIME', 'a'), 100);
    equal(await one.run('OBJECT', 'IDLETIME', 'b'), 0);
    await setter.run('GET', 'a');
    equal(await one.run('OBJECT', 'IDLETIME', 'a'), 0);
  });
});

test('what a client queued is gone with it', async () => {
  await withCallers(async ({ engine, caller }) => {
    const one = caller();
    await one.run('MULTI');
    await one.run('SET', 'a', '1');
    engine.sessionGone(one.session);
    equal(engine.describeSession(one.session).queuedBytes, 0);
  });
});

test('a transaction of a million commands runs', async () => {
  await withCallers(async ({ engine, caller }) => {
    const { session } = caller();
    const reply = new ValueReply();
    const run = (...words: string[]): ReplyValue => {
      const args = new Args();
      args.assign(words.map(latin1Bytes));
      engine.execute(session, args, reply);
      return reply.take();
    };
    equal(run('MULTI'), 'OK');
    const args = new Args();
    args.assign(['INCR', 'a'].map(latin1Bytes));
    const calls = 1_000_000;
    let queued = 0;
    for (let i = 0; i < calls; i++) {
      engine.execute(session, args, reply);
      if (reply.take() === 'QUEUED') queued++;
    }
    equal(queued, calls);
    equal(engine.describeSession(session).queuedCommands, calls);
    ok(engine.describeSession(session).queuedBytes < 10 * calls);
    const answers = run('EXEC');
    ok(Array.isArray(answers) && answers.length === calls && answers[calls - 1] === calls);
    equal(engine.describeSession(session).queuedBytes, 0);
  });
});

/** Runs a transaction of many writes between two single ones, and returns the files. */
async function filesWithTransaction(valueBytes: number, count: number): Promise<MemoryFileSystem> {
  const fs = new MemoryFileSystem();
  const engine = await openLogged(fs);
  const client = new LocalClient(engine);
  await client.call('SET', 'before', '1');
  const pad = 'v'.repeat(valueBytes);
  const queued = [client.call('MULTI')];
  for (let i = 0; i < count; i++) queued.push(client.call('SET', `t${i}`, pad));
  await Promise.all([...queued, client.call('EXEC')]);
  await client.call('SET', 'after', '1');
  return fs;
}

for (const [what, valueBytes, count, step] of [
  ['small', 10, 8, 5],
  ['several frames', 900, 20, 397],
  ['entries larger than a frame', 6000, 6, 997],
] as const) {
  test(`a log cut inside a transaction has all of it or nothing: ${what}`, async () => {
    const fs = await filesWithTransaction(valueBytes, count);
    const names = (await fs.readdir(DATA_DIR)).filter((name) => name.endsWith('.rlog'));
    const sizes = names.map((name) => fs.bytesOf(`${DATA_DIR}/${name}`).length);
    const name = names[sizes.indexOf(Math.max(...sizes))];
    const whole = fs.bytesOf(`${DATA_DIR}/${name}`);
    const seen = new Set<number>();
    for (let cut = whole.length - 1; cut > 64; cut -= step) {
      const copy = fs.afterKill();
      copy.put(`${DATA_DIR}/${name}`, whole.subarray(0, cut));
      const engine = await openLogged(copy);
      const client = new LocalClient(engine);
      const keys = (await client.call('KEYS', 't*')) as unknown[];
      ok(keys.length === 0 || keys.length === count, `cut at ${cut}: ${keys.length} keys`);
      seen.add(keys.length);
      client.close();
      await engine.close();
    }
    deepEqual(
      [...seen].sort((a, b) => a - b),
      [0, count],
      'cuts before and after its end',
    );
  });
}
