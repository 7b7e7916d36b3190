// What is rebuilt from disk has the digest of what there was: from the log alone, from a snapshot,
// and from a snapshot with the log after it; for every type and form, and for random streams.
//
//   REDDIS_DIGEST_WRITES  commands in each stream (default 1500)
//   REDDIS_DIGEST_SEED    decides the streams

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { assertNoTraces, contentsOf } from '../support/keyspace-contents.js';
import { RandomWrites } from '../support/random-writes.js';
import { tempDir } from '../support/temp-dir.js';
import { type TestEngine, withEngine } from '../support/test-engine.js';

const DATABASES = 3;
const SMALL_FORMS = {
  'list-max-listpack-size': '16',
  'hash-max-listpack-entries': '16',
  'set-max-listpack-entries': '16',
  'set-max-intset-entries': '16',
  'zset-max-listpack-entries': '16',
};

/** @returns everything that must be the same after a reload */
async function imageOf(engine: TestEngine): Promise<unknown[]> {
  const { keyspace } = engine.engine;
  return [
    await engine.run('DEBUG', 'DIGEST'),
    contentsOf(keyspace).map((each) => [...each].sort()),
  ];
}

async function reloaded(engine: TestEngine, what: string): Promise<void> {
  const before = await imageOf(engine);
  await engine.reload();
  const [digest, contents] = await imageOf(engine);
  assert.deepEqual(contents, before[1], what);
  assert.equal(digest, before[0], what);
  assertNoTraces(engine.engine.keyspace, what);
}

/** Runs `body` with an engine that has a log. */
async function withLog(
  t: TestContext,
  config: Record<string, string>,
  body: (engine: TestEngine) => Promise<void>,
): Promise<void> {
  const dir = join(await tempDir(t), 'data');
  await withEngine({ dir, config: { databases: String(DATABASES), ...config } }, body);
}

const writes = Number(process.env.REDDIS_DIGEST_WRITES ?? 1500);
const seed = Number(process.env.REDDIS_DIGEST_SEED ?? randomSeed());

for (const [forms, config] of [
  ['small', SMALL_FORMS],
  ['usual', {}],
] as const) {
  test(`a random stream over all types, ${forms} limits, comes back the same`, async (t) => {
    await withLog(t, config, (engine) => runStream(engine));
  });
}

async function runStream(engine: TestEngine): Promise<void> {
  const random = new SeededRandom(seed);
  const stream = new RandomWrites(random, {
    keys: 6,
    elements: 300,
    batch: 80,
    databases: DATABASES,
    nowMs: () => engine.clock.now(),
    deadlineSpanMs: 20_000,
  });
  let refused = 0;
  for (let i = 1; i <= writes; i++) {
    const reply = await engine.run(...stream.next().map(String));
    if (reply instanceof Error) refused++;
    if (i % 40 === 0) await engine.run('SELECT', String(randomBelow(random, DATABASES)));
    if (i % 25 === 0) engine.advance(randomBelow(random, 300));
    if (i % Math.floor(writes / 3) === 0) {
      const what = `seed ${seed}, after ${i} commands`;
      await reloaded(engine, `${what}, from the log`);
      assert.equal(await engine.run('SAVE'), 'OK', what);
      await reloaded(engine, `${what}, from a snapshot`);
    }
  }
  assert.ok(refused < writes / 2, `seed ${seed}: ${refused} of ${writes} were refused`);
}

/** Commands that make a key of each form. */
function formsOf(): [encoding: string, ...commands: string[][]][] {
  const many = Array.from({ length: 700 }, (_, i) => `element:${i}`);
  const scored = many.flatMap((member, i) => [String(i / 4), member]);
  const fields = many.flatMap((field, i) => [field, String(i)]);
  return [
    ['int', ['SET', 'key', '-9223372036854775808']],
    ['embstr', ['SET', 'key', 'short']],
    ['raw', ['SET', 'key', 'x'.repeat(100)]],
    ['listpack', ['RPUSH', 'key', '', '5', '-70000', 'text', 'x'.repeat(300)]],
    ['quicklist', ['RPUSH', 'key', ...many, 'x'.repeat(20_000), '7']],
    ['intset', ['SADD', 'key', '1', '-5', '70000', '9223372036854775807']],
    ['listpack', ['SADD', 'key', 'a', '', '5', 'x'.repeat(60)]],
    ['hashtable', ['SADD', 'key', ...many, '', 'x'.repeat(300)]],
    ['listpack', ['HSET', 'key', 'f', '', '', 'v', '5', '6']],
    ['hashtable', ['HSET', 'key', ...fields, 'long', 'x'.repeat(70_000)]],
    [
      'hashtable',
      ['HSET', 'key', 'f', 'v', 'g', 'w'],
      ['HPEXPIREAT', 'key', '4102444800000', 'FIELDS', '1', 'f'],
    ],
    ['listpack', ['ZADD', 'key', '1', 'a', '1', '', '-inf', 'b', '1.5', 'c', '-0', 'd']],
    ['skiplist', ['ZADD', 'key', ...scored, 'inf', 'x'.repeat(300), '0.1', '']],
  ];
}

test('every form of every type comes back the same, with and without a deadline', async (t) => {
  await withLog(t, {}, checkForms);
});

async function checkForms(engine: TestEngine): Promise<void> {
  for (const deadline of [null, '4102444800000']) {
    for (const [encoding, ...commands] of formsOf()) {
      const what = `${encoding} of ${commands[0].slice(0, 3).join(' ')}, deadline ${deadline}`;
      await engine.run('FLUSHALL');
      for (const command of commands) await engine.run(...command);
      if (deadline !== null) await engine.run('PEXPIREAT', 'key', deadline);
      assert.equal(await engine.run('OBJECT', 'ENCODING', 'key'), encoding, what);
      await reloaded(engine, `${what}, from the log`);
      await engine.run('SAVE');
      await reloaded(engine, `${what}, from a snapshot`);
      assert.equal(await engine.run('OBJECT', 'ENCODING', 'key'), encoding, what);
    }
  }
}

test('the digest does not depend on the order of writing, nor on the form', async (t) => {
  await withLog(t, {}, checkDigests);
});

async function checkDigests(engine: TestEngine): Promise<void> {
  const digestAfter = async (...commands: string[][]): Promise<unknown> => {
    await engine.run('FLUSHALL');
    for (const command of commands) await engine.run(...command);
    const values = await engine.run('DEBUG', 'DIGEST-VALUE', 'key');
    return [await engine.run('DEBUG', 'DIGEST'), values];
  };
  const large = 'x'.repeat(100);
  const pairs: [string[][], string[][]][] = [
    [
      [['SADD', 'key', 'a', 'b', '3']],
      [
        ['SADD', 'key', '3', 'b', large, 'a'],
        ['SREM', 'key', large],
      ],
    ],
    [
      [['SADD', 'key', '1', '2']],
      [
        ['SADD', 'key', 'x', '2', '1'],
        ['SREM', 'key', 'x'],
      ],
    ],
    [
      [['HSET', 'key', 'a', '1', 'b', '2']],
      [
        ['HSET', 'key', 'b', '2', 'l', large, 'a', '1'],
        ['HDEL', 'key', 'l'],
      ],
    ],
    [
      [['ZADD', 'key', '1', 'a', '2', 'b']],
      [
        ['ZADD', 'key', '2', 'b', '1', 'a', '3', large],
        ['ZREM', 'key', large],
      ],
    ],
    [
      [['RPUSH', 'key', 'a', 'b']],
      [
        ['LPUSH', 'key', 'b', 'a', 'x'.repeat(9000)],
        ['LPOP', 'key'],
      ],
    ],
  ];
  for (const [one, other] of pairs) {
    assert.deepEqual(await digestAfter(...one), await digestAfter(...other), one[0].join(' '));
  }
  const different: string[][][] = [
    [['RPUSH', 'key', 'a', 'b']],
    [['RPUSH', 'key', 'b', 'a']],
    [['RPUSH', 'key', 'ab']],
    [['SADD', 'key', 'a', 'b']],
    [['HSET', 'key', 'a', 'b']],
    [['ZADD', 'key', '1', 'a']],
    [['ZADD', 'key', '2', 'a']],
    [
      ['HSET', 'key', 'a', 'b'],
      ['HPEXPIREAT', 'key', '4102444800000', 'FIELDS', '1', 'a'],
    ],
    [
      ['HSET', 'key', 'a', 'b'],
      ['PEXPIREAT', 'key', '4102444800000'],
    ],
  ];
  const digests = new Set<string>();
  for (const commands of different) digests.add(JSON.stringify(await digestAfter(...commands)));
  assert.equal(digests.size, different.length);
}
