// DEBUG: digests that depend on the data only, reloads that change nothing, and the small tools.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyError } from '../../../engine/index.js';
import { SeededRandom } from '../../../engine/util/random.js';
import { tempDir } from '../../support/temp-dir.js';
import { type TestEngine, withEngine } from '../../support/test-engine.js';

const EMPTY = '0'.repeat(40);

/** The same keys in an order that the seed decides. */
async function fill(engine: TestEngine, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const keys = Array.from({ length: 300 }, (_, i) => i);
  keys.sort(() => random.next32() / 2 ** 32 - 0.5);
  for (const i of keys) {
    await engine.run('SELECT', i % 3);
    await engine.run('SET', `key:${i}`, i % 2 === 0 ? `${i}` : `value ${i}`);
    if (i % 5 === 0) await engine.run('PEXPIREAT', `key:${i}`, 1_800_000_000_000 + i);
  }
}

test('the same data have the same digest, in whatever order they came', async () => {
  const digests = new Set<unknown>();
  for (const seed of [1, 2, 3]) {
    await withEngine({}, async (engine) => {
      assert.equal(await engine.run('DEBUG', 'DIGEST'), EMPTY);
      await fill(engine, seed);
      digests.add(await engine.run('DEBUG', 'DIGEST'));
    });
  }
  assert.equal(digests.size, 1);
  assert.match(String([...digests][0]), /^[0-9a-f]{40}$/);
});

test('every difference shows in the digest: value, key, database, deadline', async () => {
  const digests = new Set<unknown>();
  const variants = [
    ['SET k v'],
    ['SET k w'],
    ['SET kv ""'],
    ['SET l v'],
    ['SELECT 1', 'SET k v'],
    ['SET k v PXAT 1800000000000'],
    ['SET k v PXAT 1800000000001'],
    ['SET k v', 'SET l v'],
  ];
  for (const commands of variants) {
    await withEngine({}, async (engine) => {
      for (const command of commands) await engine.run(...command.split(' '));
      digests.add(await engine.run('DEBUG', 'DIGEST'));
    });
  }
  assert.equal(digests.size, variants.length);
});

test('a digest forgets what was deleted and is blind to encodings', async () => {
  await withEngine({}, async (engine) => {
    await engine.run('SET', 'k', '12');
    const digest = await engine.run('DEBUG', 'DIGEST');
    await engine.run('SET', 'x', 'y');
    assert.notEqual(await engine.run('DEBUG', 'DIGEST'), digest);
    await engine.run('DEL', 'x');
    await engine.run('SET', 'k', '1');
    await engine.run('APPEND', 'k', '2');
    assert.equal(await engine.run('OBJECT', 'ENCODING', 'k'), 'raw');
    assert.equal(await engine.run('DEBUG', 'DIGEST'), digest);
  });
});

test('DIGEST-VALUE is that of the value alone', async () => {
  await withEngine({}, async (engine) => {
    await engine.run('MSET', 'a', 'v', 'b', 'v', 'c', 'w');
    const digests = await engine.run('DEBUG', 'DIGEST-VALUE', 'a', 'b', 'c', 'none');
    assert.ok(Array.isArray(digests));
    assert.equal(digests[0], digests[1]);
    assert.notEqual(digests[0], digests[2]);
    assert.equal(digests[3], EMPTY);
  });
});

test('RELOAD and LOADAOF bring the same data back', async (t) => {
  const dir = await tempDir(t);
  await withEngine({ dir }, async (engine) => {
    await fill(engine, 4);
    const digest = await engine.run('DEBUG', 'DIGEST');
    for (const command of [['RELOAD'], ['LOADAOF'], ['RELOAD', 'NOSAVE']]) {
      assert.equal(await engine.run('DEBUG', ...command), 'OK', command.join(' '));
      assert.equal(await engine.run('DEBUG', 'DIGEST'), digest, command.join(' '));
    }
    for (const option of ['MERGE', 'x']) {
      const reply = await engine.run('DEBUG', 'RELOAD', option);
      assert.ok(reply instanceof ReplyError);
      assert.match(reply.message, /^ERR DEBUG RELOAD /);
    }
    await engine.reload();
    assert.equal(await engine.run('DEBUG', 'DIGEST'), digest);
  });
});

test('SET-ACTIVE-EXPIRE keeps expired keys until somebody looks', async () => {
  await withEngine({}, async (engine) => {
    await engine.run('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    await engine.run('SET', 'k', 'v', 'PX', '10');
    engine.advance(20);
    assert.equal(await engine.run('DBSIZE'), 1);
    await engine.run('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
    engine.advance(1);
    assert.equal(await engine.run('DBSIZE'), 0);
  });
});

test('SLEEP holds everybody back and answers afterwards', async () => {
  await withEngine({}, async (engine) => {
    const order: string[] = [];
    const other = engine.another();
    const sleep = engine.run('DEBUG', 'SLEEP', '0.02').then(() => order.push('sleeper'));
    const ping = other('PING').then(() => order.push('other'));
    await Promise.all([sleep, ping]);
    assert.deepEqual(order, ['sleeper', 'other']);
    assert.ok((await engine.run('DEBUG', 'SLEEP', 'x')) instanceof ReplyError);
  });
});

test('OBJECT describes how a value is kept', async () => {
  await withEngine({}, async (engine) => {
    await engine.run('SET', 'k', '12345');
    const pattern = /^Value at:0x[0-9a-f]+ refcount:1 encoding:int serializedlength:3 lru:\d+ /;
    assert.match(String(await engine.run('DEBUG', 'OBJECT', 'k')), pattern);
    const reply = await engine.run('DEBUG', 'OBJECT', 'none');
    assert.ok(reply instanceof ReplyError);
    assert.equal(reply.message, 'ERR no such key');
  });
});

test('PROTOCOL answers each type', async () => {
  await withEngine({}, async (engine) => {
    const cases: [type: string, reply: unknown][] = [
      ['string', 'Hello World'],
      ['integer', 12345],
      ['double', 3141 / 1000],
      ['null', null],
      ['array', [0, 1, 2]],
      ['set', new Set([0, 1, 2])],
      [
        'map',
        new Map([
          [0, false],
          [1, true],
          [2, false],
        ]),
      ],
      ['verbatim', 'This is a verbatim\nstring'],
      ['TRUE', true],
      ['false', false],
    ];
    for (const [type, reply] of cases) {
      assert.deepEqual(await engine.run('DEBUG', 'PROTOCOL', type), reply, type);
    }
    const wrong = await engine.run('DEBUG', 'PROTOCOL', 'x');
    assert.ok(wrong instanceof ReplyError);
    assert.match(wrong.message, /^ERR Wrong protocol type name/);
  });
});

test('STRINGMATCH-LEN matches globs, ERROR answers its argument', async () => {
  await withEngine({}, async (engine) => {
    assert.equal(await engine.run('DEBUG', 'STRINGMATCH-LEN', 'h[ae]llo*', 'hello world'), 1);
    assert.equal(await engine.run('DEBUG', 'STRINGMATCH-LEN', 'h?llo', 'hllo'), 0);
    const error = await engine.run('DEBUG', 'ERROR', '-MINE says so');
    assert.ok(error instanceof ReplyError);
    assert.equal(error.message, 'MINE says so');
  });
});

test('what does not exist here is an error that points to HELP', async () => {
  await withEngine({}, async (engine) => {
    for (const args of [['JMAP'], ['SEGFAULT'], ['DIGEST', 'x'], ['SLEEP']]) {
      const reply = await engine.run('DEBUG', ...args);
      assert.ok(reply instanceof ReplyError, args.join(' '));
      assert.match(
        reply.message,
        /^ERR unknown subcommand or wrong number of arguments for '.*'\. Try DEBUG HELP\.$/,
      );
    }
  });
});
