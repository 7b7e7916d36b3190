// Commands that run out of memory half way. The arena refuses the first block that a command asks
// for, then the second one and so on until it succeeds. Whatever such a command leaves behind is
// what comes back from the log, nothing of it leaks, and a key that was to be replaced stays.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ReplyError } from '../../engine/index.js';
import { ArenaFullError } from '../../engine/memory/chunks.js';
import { contentsOf } from '../support/keyspace-contents.js';
import { tempDir } from '../support/temp-dir.js';
import { type TestEngine, withEngine } from '../support/test-engine.js';

const SMALL_FORMS = {
  databases: '2',
  'list-max-listpack-size': '16',
  'hash-max-listpack-entries': '16',
  'set-max-listpack-entries': '16',
  'set-max-intset-entries': '16',
  'zset-max-listpack-entries': '16',
};
/** A command that needs more blocks than this is tried with a few more of them at a time. */
const STEP_BY_STEP = 24;
/** Going back through one log of all commands would take ever longer. */
const COMMANDS_PER_LOG = 8;

/** @returns `count` words that begin alike */
function words(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}:${i}`);
}

/** @returns commands that make every source key, with collections of `count` elements */
function sourcesOf(count: number): string[][] {
  return [
    ['SET', 'string', 'a value of some bytes'],
    ['RPUSH', 'list', ...words('element', count)],
    ['SADD', 'set', ...words('member', count)],
    ['SADD', 'other-set', ...words('member', count >> 1), ...words('more', count)],
    ['SADD', 'numbers', ...Array.from({ length: count }, (_, i) => String(i * 1000))],
    ['HSET', 'hash', ...words('field', count).flatMap((field) => [field, `of ${field}`])],
    ['ZADD', 'zset', ...words('member', count).flatMap((member, i) => [String(i), member])],
    ['ZADD', 'other-zset', ...words('more', count).flatMap((member, i) => [String(i), member])],
    ['HPEXPIREAT', 'hash', '4102444800000', 'FIELDS', '1', 'field:1'],
    ['PEXPIREAT', 'set', '4102444800000'],
    ['SADD', 'target', 'what', 'was', 'there', ...words('before', count)],
  ];
}

const NEW = words('new', 40);
const LONG = 'x'.repeat(300);

function stringAndListCommands(): string[][] {
  return [
    ['SET', 'string', LONG],
    ['SET', 'target', 'short'],
    ['MSET', 'm1', 'a', 'string', LONG, 'target', 'x', 'm2', LONG],
    ['MSETNX', 'm1', 'a', 'm2', LONG],
    ['APPEND', 'string', LONG],
    ['SETRANGE', 'string', '2000', 'x'],
    ['RPUSH', 'list', ...NEW, LONG],
    ['LPUSH', 'list', ...NEW, LONG],
    ['RPUSH', 'new', ...NEW, LONG],
    ['LPUSH', 'new', 'one'],
    ['LINSERT', 'list', 'BEFORE', 'element:3', LONG],
    ['LSET', 'list', '3', LONG],
    ['LTRIM', 'list', '2', '-4'],
    ['LREM', 'list', '0', 'element:5'],
    ['LMOVE', 'list', 'list', 'LEFT', 'RIGHT'],
    ['LMOVE', 'list', 'new', 'LEFT', 'RIGHT'],
    ['LPOP', 'list', '3'],
    ['RPOP', 'list'],
    ['LMPOP', '1', 'list', 'LEFT', 'COUNT', '3'],
  ];
}

function setAndHashCommands(): string[][] {
  const fields = NEW.flatMap((field, i) => [field, String(i)]);
  return [
    ['SADD', 'set', ...NEW, LONG],
    ['SADD', 'numbers', '1', '2', '99999999999', ...NEW],
    ['SADD', 'new', ...NEW, LONG],
    ['SADD', 'new', '1', '2', '70000', 'text'],
    ['SREM', 'set', 'member:1', 'member:2'],
    ['SMOVE', 'set', 'new', 'member:3'],
    ['SMOVE', 'set', 'numbers', 'member:3'],
    ['SMOVE', 'set', 'other-set', 'member:33'],
    ['SPOP', 'set', '5'],
    ['SPOP', 'set'],
    ['SPOP', 'numbers', '20'],
    ['SUNIONSTORE', 'target', 'set', 'other-set', 'numbers'],
    ['SUNIONSTORE', 'set', 'set', 'other-set', 'numbers', 'new', 'set', 'target'],
    ['SINTERSTORE', 'target', 'set', 'other-set'],
    ['SINTERSTORE', 'target', 'numbers', 'numbers'],
    ['SDIFFSTORE', 'target', 'other-set', 'set'],
    ['SDIFFSTORE', 'target', 'set', 'numbers'],
    ['SUNION', 'set', 'other-set', 'numbers', 'target', 'set', 'set'],
    ['HSET', 'hash', ...fields, 'long', LONG],
    ['HSET', 'new', ...fields, 'long', LONG],
    ['HSETNX', 'new', 'f', 'v'],
    ['HSETNX', 'hash', 'long', LONG],
    ['HDEL', 'hash', 'field:1', 'field:2'],
    ['HINCRBY', 'hash', 'counter', '5'],
    ['HINCRBYFLOAT', 'new', 'counter', '5.25'],
    ['HPEXPIREAT', 'hash', '4102444800000', 'FIELDS', '3', 'field:3', 'field:4', 'field:5'],
    ['HSETEX', 'hash', 'PXAT', '4102444800000', 'FIELDS', '2', 'a', LONG, 'field:3', LONG],
    ['HGETEX', 'hash', 'PERSIST', 'FIELDS', '1', 'field:1'],
    ['HGETDEL', 'hash', 'FIELDS', '2', 'field:1', 'field:2'],
  ];
}

function sortedSetAndKeyCommands(): string[][] {
  const scored = NEW.flatMap((member, i) => [String(i / 8), member]);
  const collections = ['list', 'set', 'numbers', 'hash', 'zset', 'string'];
  return [
    ['ZADD', 'zset', ...scored, '7', LONG],
    ['ZADD', 'zset', 'XX', '700', 'member:1', '800', 'member:2'],
    ['ZADD', 'zset', 'INCR', '5', 'member:1'],
    ['ZADD', 'new', ...scored, '7', LONG],
    ['ZINCRBY', 'zset', '5', 'new'],
    ['ZPOPMIN', 'zset', '4'],
    ['ZREM', 'zset', 'member:1', 'member:2'],
    ['ZREMRANGEBYRANK', 'zset', '1', '3'],
    ['ZUNIONSTORE', 'target', '2', 'zset', 'other-zset'],
    ['ZUNIONSTORE', 'zset', '3', 'zset', 'other-zset', 'set'],
    ['ZINTERSTORE', 'target', '2', 'zset', 'set'],
    ['ZDIFFSTORE', 'target', '2', 'zset', 'other-zset'],
    ['ZRANGESTORE', 'target', 'zset', '0', '-3'],
    ['ZUNION', '2', 'zset', 'other-zset'],
    ['SORT', 'list', 'ALPHA', 'STORE', 'target'],
    ['SORT', 'list', 'ALPHA', 'STORE', 'list'],
    ['SORT', 'numbers', 'STORE', 'new'],
    ...collections.flatMap((key) => [
      ['COPY', key, 'new'],
      ['COPY', key, 'target', 'REPLACE'],
      ['COPY', key, key, 'DB', '1'],
      ['MOVE', key, '1'],
      ['RENAME', key, 'target'],
      ['RENAMENX', key, 'a-longer-name-than-it-had-before'],
      ['PEXPIREAT', key, '4102444800000'],
    ]),
    ['PERSIST', 'set'],
  ];
}

function commandsToStarve(): string[][] {
  return [...stringAndListCommands(), ...setAndHashCommands(), ...sortedSetAndKeyCommands()];
}

/** Runs a command whose block number `blocks`, and those after it, are refused. */
async function starved(
  engine: TestEngine,
  blocks: number,
  command: (string | Buffer)[],
): Promise<boolean> {
  let left = blocks;
  const arenas = engine.engine.keyspace.databases.map((db) => db.arena);
  const originals = arenas.map((arena) => arena.allocate);
  arenas.forEach((arena, i) => {
    arena.allocate = (size) => {
      if (left-- <= 0) throw new ArenaFullError('no more, says the test');
      return originals[i].call(arena, size);
    };
  });
  const reply = await engine.run(...command);
  arenas.forEach((arena, i) => {
    arena.allocate = originals[i];
  });
  return reply instanceof ReplyError && reply.message.startsWith('OOM');
}

function freeAll(engine: TestEngine): void {
  while (!engine.engine.keyspace.lazyFree.step(10_000));
}

async function usedWithout(engine: TestEngine): Promise<number[]> {
  const { keyspace } = engine.engine;
  for (let db = 0; db < keyspace.databases.length; db++) {
    await engine.run('SELECT', String(db));
    const keys = (await engine.run('KEYS', '*')) as string[];
    if (keys.length > 0) await engine.run('DEL', ...keys);
  }
  await engine.run('SELECT', '0');
  freeAll(engine);
  return keyspace.databases.map((db) => db.arena.usedBytes);
}

function imageOf(engine: TestEngine): unknown {
  return contentsOf(engine.engine.keyspace).map((each) =>
    [...each]
      .map(([key, text]) => [key, text.replace(/^\d+ \d+ /, (head) => head.split(' ')[0])])
      .sort(),
  );
}

/** Checks what must hold after each failure, not only at the end. */
function checkLeftBehind(engine: TestEngine, what: string): void {
  for (const each of contentsOf(engine.engine.keyspace)) {
    for (const [key, text] of each) assert.ok(!text.endsWith('\n'), `${what}: ${key} is empty`);
  }
}

async function checkCommand(engine: TestEngine, command: (string | Buffer)[], count: number) {
  const name = command.slice(0, 4).join(' ').slice(0, 60);
  await usedWithout(engine);
  for (const source of sourcesOf(count)) await engine.run(...source);
  const target = contentsOf(engine.engine.keyspace)[0].get('target');
  const makesWhole = /STORE|COPY|RENAME|RESTORE|SORT/.test(String(command[0]));
  let blocks = 0;
  while (await starved(engine, blocks, command)) {
    blocks += blocks < STEP_BY_STEP ? 1 : 1 + (blocks >> 3);
    checkLeftBehind(engine, `${name}, after ${blocks}`);
    const [first] = contentsOf(engine.engine.keyspace);
    if (makesWhole)
      assert.equal(first.get('target'), target, `${name}: the target after ${blocks}`);
  }
  const what = `${name}, ${count} elements, ${blocks} blocks`;
  const before = imageOf(engine);
  await engine.reload();
  assert.deepEqual(imageOf(engine), before, `${what}: what the log says`);
}

async function checkLeaks(engine: TestEngine, command: (string | Buffer)[], count: number) {
  await usedWithout(engine);
  for (const source of sourcesOf(count)) await engine.run(...source);
  await engine.run(...command);
  const expected = await usedWithout(engine);
  await usedWithout(engine);
  for (const source of sourcesOf(count)) await engine.run(...source);
  for (let blocks = 0; await starved(engine, blocks, command); ) {
    blocks += blocks < STEP_BY_STEP ? 1 : 1 + (blocks >> 3);
  }
  const what = `${command.slice(0, 4).join(' ').slice(0, 60)}, ${count} elements`;
  assert.deepEqual(await usedWithout(engine), expected, `${what}: bytes after all is deleted`);
}

async function checkCommands(root: string, commands: string[][], count: number): Promise<void> {
  for (let i = 0; i < commands.length; i += COMMANDS_PER_LOG) {
    const options = { dir: join(root, String(i)), config: SMALL_FORMS };
    const batch = commands.slice(i, i + COMMANDS_PER_LOG);
    await withEngine(options, async (engine) => {
      for (const command of batch) await checkCommand(engine, command, count);
    });
  }
}

for (const count of [6, 200]) {
  test(`a command that runs out of memory is logged as far as it came: ${count}`, async (t) => {
    await checkCommands(await tempDir(t), commandsToStarve(), count);
  });

  test(`a command that runs out of memory leaks none of it: ${count}`, async () => {
    await withEngine({ config: SMALL_FORMS }, async (engine) => {
      for (const command of commandsToStarve()) await checkLeaks(engine, command, count);
    });
  });
}
