// INFO, TIME, ROLE, SAVE and its kin, SHUTDOWN, WAIT, MEMORY and the containers with little inside.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyError } from '../../../engine/index.js';
import { tempDir } from '../../support/temp-dir.js';
import { type TestEngine, withEngine } from '../../support/test-engine.js';

async function errorOf(engine: TestEngine, ...args: string[]): Promise<string> {
  const reply = await engine.run(...args);
  assert.ok(reply instanceof ReplyError, `${args.join(' ')} answers an error`);
  return reply.message;
}

test('INFO prints the sections asked for, whatever their case', async () => {
  await withEngine({}, async (engine) => {
    await engine.run('SET', 'k', 'v');
    await engine.run('NOSUCH');
    const text = String(await engine.run('INFO', 'KeySpace', 'errorstats'));
    assert.match(text, /^# Errorstats\r\nerrorstat_ERR:count=1\r\n\r\n# Keyspace\r\ndb0:keys=1,/);
    assert.match(String(await engine.run('INFO', 'commandstats')), /cmdstat_set:calls=1,usec=/);
    assert.equal(await engine.run('INFO', 'nope'), '');
  });
});

test('CONFIG RESETSTAT forgets what INFO counted', async () => {
  await withEngine({}, async (engine) => {
    await engine.run('GET', 'k');
    await engine.run('NOSUCH');
    assert.equal(await engine.run('CONFIG', 'RESETSTAT'), 'OK');
    const text = String(await engine.run('INFO', 'everything'));
    assert.match(text, /keyspace_misses:0\r\n/);
    assert.doesNotMatch(text, /errorstat_|cmdstat_get/);
  });
});

test('TIME is the clock in seconds and microseconds', async () => {
  await withEngine({}, async (engine) => {
    engine.clock.advance(1234);
    assert.deepEqual(await engine.run('TIME'), ['1700000001', '234000']);
  });
});

test('ROLE, REPLICAOF NO ONE, MODULE LIST, FUNCTION FLUSH, ACL WHOAMI tell what is', async () => {
  await withEngine({}, async (engine) => {
    assert.deepEqual(await engine.run('ROLE'), ['master', 0, []]);
    assert.equal(await engine.run('REPLICAOF', 'no', 'one'), 'OK');
    assert.equal(await errorOf(engine, 'REPLICAOF', 'h', '99999'), 'ERR Invalid master port');
    assert.match(await errorOf(engine, 'REPLICAOF', 'h', '1'), /cannot be a replica yet/);
    assert.deepEqual(await engine.run('MODULE', 'LIST'), []);
    assert.equal(await engine.run('FUNCTION', 'FLUSH'), 'OK');
    assert.equal(await engine.run('FUNCTION', 'FLUSH', 'async'), 'OK');
    assert.equal(
      await errorOf(engine, 'FUNCTION', 'FLUSH', 'x'),
      'ERR FUNCTION FLUSH only supports SYNC|ASYNC option',
    );
    assert.equal(
      await errorOf(engine, 'FUNCTION', 'FLUSH', 'SYNC', 'y'),
      "ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.",
    );
    assert.equal(await engine.run('ACL', 'WHOAMI'), 'default');
  });
});

test('SAVE, BGSAVE and BGREWRITEAOF write snapshots that survive a restart', async (t) => {
  const dir = await tempDir(t);
  await withEngine({ dir }, async (engine) => {
    await engine.run('SET', 'k', 'v');
    engine.clock.advance(5000);
    assert.equal(await engine.run('SAVE'), 'OK');
    assert.equal(await engine.run('LASTSAVE'), 1700000005);
    const digest = await engine.run('DEBUG', 'DIGEST');
    assert.equal(await engine.run('BGSAVE', 'schedule'), 'Background saving started');
    assert.equal(await errorOf(engine, 'BGSAVE'), 'ERR Background save already in progress');
    assert.equal(
      await errorOf(engine, 'BGREWRITEAOF'),
      'ERR Background append only file rewriting already in progress',
    );
    assert.equal(await errorOf(engine, 'SAVE'), 'ERR Background save already in progress');
    assert.equal(await errorOf(engine, 'BGSAVE', 'now'), 'ERR syntax error');
    await engine.reload();
    assert.equal(await engine.run('DEBUG', 'DIGEST'), digest);
    const started = 'Background append only file rewriting started';
    assert.equal(await engine.run('BGREWRITEAOF'), started);
  });
});

test('without a directory there is nothing to save to', async () => {
  await withEngine({}, async (engine) => {
    assert.match(await errorOf(engine, 'SAVE'), /memory only/);
    assert.match(await errorOf(engine, 'BGREWRITEAOF'), /memory only/);
  });
});

test('SHUTDOWN checks its options before it asks the process', async () => {
  await withEngine({}, async (engine) => {
    const asked: unknown[] = [];
    engine.engine.surround({
      process: {
        shutdown: (options, failed) => {
          asked.push(options);
          setImmediate(failed);
        },
        abortShutdown: () => asked.push('abort') === 3,
      },
    });
    for (const bad of [['x'], ['SAVE', 'NOSAVE'], ['ABORT', 'NOW']]) {
      assert.equal(await errorOf(engine, 'SHUTDOWN', ...bad), 'ERR syntax error');
    }
    const failure = 'ERR Errors trying to SHUTDOWN. Check logs.';
    assert.equal(await errorOf(engine, 'SHUTDOWN', 'nosave', 'NOW'), failure);
    assert.equal(await errorOf(engine, 'SHUTDOWN', 'FORCE'), failure);
    assert.equal(await engine.run('SHUTDOWN', 'ABORT'), 'OK');
    assert.equal(await errorOf(engine, 'SHUTDOWN', 'ABORT'), 'ERR No shutdown in progress.');
    assert.deepEqual(asked.slice(0, 2), [
      { force: false, now: true },
      { force: true, now: false },
    ]);
  });
});

test('SHUTDOWN of an engine that has no process to end fails', async () => {
  await withEngine({}, async (engine) => {
    assert.match(await errorOf(engine, 'SHUTDOWN'), /Errors trying to SHUTDOWN/);
  });
});

test('WAIT answers at once when it asks for nothing, else when its time is up', async () => {
  await withEngine({}, async (engine) => {
    assert.equal(await engine.run('WAIT', '0', '0'), 0);
    assert.equal(await engine.run('WAIT', '-1', '0'), 0);
    let isDone = false;
    const waiting = engine.run('WAIT', '1', '50').then((reply) => {
      isDone = true;
      return reply;
    });
    engine.advance(49);
    await new Promise(setImmediate);
    assert.equal(isDone, false);
    engine.advance(1);
    assert.equal(await waiting, 0);
    assert.match(await errorOf(engine, 'WAIT', 'x', '1'), /not an integer/);
    assert.equal(await errorOf(engine, 'WAIT', '1', '-1'), 'ERR timeout is negative');
  });
});

test('WAITAOF answers when the last write is on disk', async (t) => {
  const dir = await tempDir(t);
  await withEngine({ dir, config: { appendfsync: 'always' } }, async (engine) => {
    await engine.run('SET', 'k', 'v');
    assert.deepEqual(await engine.run('WAITAOF', '1', '0', '0'), [1, 0]);
    assert.deepEqual(await engine.run('WAITAOF', '0', '0', '0'), [1, 0]);
    const range = 'ERR value is out of range, value must between 0 and 1';
    assert.equal(await errorOf(engine, 'WAITAOF', '2', '0', '0'), range);
    assert.match(await errorOf(engine, 'WAITAOF', '0', '-1', '0'), /must be positive/);
    assert.match(await errorOf(engine, 'WAITAOF', 'x', '0', '0'), /not an integer/);
    const waiting = engine.run('WAITAOF', '1', '1', '20');
    engine.advance(20);
    assert.deepEqual(await waiting, [1, 0]);
  });
});

test('WAITAOF for this server is an error where there is no log', async () => {
  await withEngine({}, async (engine) => {
    assert.match(await errorOf(engine, 'WAITAOF', '1', '0', '0'), /appendonly is disabled/);
    assert.deepEqual(await engine.run('WAITAOF', '0', '0', '0'), [0, 0]);
  });
});

test('MEMORY USAGE grows with the value and is null without a key', async () => {
  await withEngine({}, async (engine) => {
    assert.equal(await engine.run('MEMORY', 'USAGE', 'k'), null);
    await engine.run('SET', 'k', 'v');
    const small = Number(await engine.run('MEMORY', 'USAGE', 'k'));
    await engine.run('SET', 'k', 'v'.repeat(10_000));
    const large = Number(await engine.run('MEMORY', 'USAGE', 'k', 'SAMPLES', '0'));
    assert.ok(small >= 16 && small < 100, `${small}`);
    assert.ok(large >= 10_000 && large < 20_000, `${large}`);
    assert.equal(await errorOf(engine, 'MEMORY', 'USAGE', 'k', 'SAMPLES'), 'ERR syntax error');
    assert.equal(await errorOf(engine, 'MEMORY', 'USAGE', 'k', 'x', '1'), 'ERR syntax error');
    assert.match(await errorOf(engine, 'MEMORY', 'USAGE', 'k', 'SAMPLES', 'x'), /not an integer/);
    assert.equal(
      await errorOf(engine, 'MEMORY', 'USAGE', 'k', 'SAMPLES', '-1'),
      'ERR syntax error',
    );
  });
});

test('MEMORY STATS sums up and its peak outlives the data', async () => {
  await withEngine({}, async (engine) => {
    await engine.run('SET', 'k', 'v'.repeat(100_000));
    const before = await engine.run('MEMORY', 'STATS');
    await engine.run('FLUSHALL');
    const after = await engine.run('MEMORY', 'STATS');
    assert.ok(before instanceof Map && after instanceof Map);
    assert.equal(before.get('keys.count'), 1);
    const [dataset, overhead] = ['dataset.bytes', 'overhead.total'].map((name) => before.get(name));
    assert.equal(Number(dataset) + Number(overhead), before.get('total.allocated'));
    assert.equal(before.get('total.allocated'), before.get('peak.allocated'));
    assert.ok(before.get('db.0') instanceof Map);
    assert.ok(Number(after.get('total.allocated')) < 100_000);
    assert.equal(after.get('peak.allocated'), before.get('peak.allocated'));
    assert.match(String(await engine.run('MEMORY', 'DOCTOR')), /very little/);
    assert.equal(await engine.run('MEMORY', 'PURGE'), 'OK');
  });
});

test('LOLWUT ends in the version', async () => {
  await withEngine({}, async (engine) => {
    assert.match(String(await engine.run('LOLWUT')), /\nRedis ver\. 7\.2\.\d+\n$/);
    assert.match(String(await engine.run('LOLWUT', 'VERSION', '5')), /#/);
    assert.match(await errorOf(engine, 'LOLWUT', 'VERSION', 'x'), /not an integer/);
  });
});
