// COMMAND: what it says of commands follows from their specs, in the shapes of Redis 7.2.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { COMMANDS, ReplyError } from '../../../engine/index.js';
import { openTestEngine, type TestEngine } from '../../support/test-engine.js';

let engine: TestEngine;
before(async () => {
  engine = await openTestEngine();
});
after(() => engine.close());

async function errorOf(...args: string[]): Promise<string> {
  const reply = await engine.run(...args);
  assert.ok(reply instanceof ReplyError, `${args.join(' ')} answers an error`);
  return reply.message;
}

test('COUNT, LIST and COMMAND agree on how many commands there are', async () => {
  const all = await engine.run('COMMAND');
  assert.ok(Array.isArray(all));
  assert.equal(all.length, COMMANDS.length);
  assert.equal(await engine.run('COMMAND', 'COUNT'), COMMANDS.length);
  const names = await engine.run('COMMAND', 'LIST');
  assert.ok(Array.isArray(names));
  assert.equal(names.filter((name) => !String(name).includes('|')).length, COMMANDS.length);
  assert.ok(names.includes('config|get'));
});

test('INFO has ten fields, with flags and categories as Redis orders them', async () => {
  assert.deepEqual(await engine.run('COMMAND', 'INFO', 'SeT'), [
    [
      'set',
      -3,
      new Set(['write', 'denyoom']),
      1,
      1,
      1,
      new Set(['@write', '@string', '@slow']),
      new Set(),
      new Set([
        new Map<string, unknown>([
          ['notes', (await keyNotes('set')) ?? ''],
          ['flags', new Set(['RW', 'access', 'update', 'variable_flags'])],
          [
            'begin_search',
            new Map<string, unknown>([
              ['type', 'index'],
              ['spec', new Map([['index', 1]])],
            ]),
          ],
          [
            'find_keys',
            new Map<string, unknown>([
              ['type', 'range'],
              [
                'spec',
                new Map([
                  ['lastkey', 0],
                  ['keystep', 1],
                  ['limit', 0],
                ]),
              ],
            ]),
          ],
        ]),
      ]),
      new Set(),
    ],
  ]);
});

async function keyNotes(name: string): Promise<string | undefined> {
  return COMMANDS.find((spec) => spec.name === name.toUpperCase())?.keys?.[0].notes;
}

test('INFO answers null for what is no command and nests subcommands', async () => {
  const reply = await engine.run('COMMAND', 'INFO', 'nope', 'config|set', 'config');
  assert.ok(Array.isArray(reply));
  const [nothing, sub, container] = reply;
  assert.equal(nothing, null);
  assert.ok(Array.isArray(sub) && Array.isArray(container));
  assert.equal(sub[0], 'config|set');
  assert.deepEqual(sub[6], new Set(['@admin', '@slow', '@dangerous']));
  assert.deepEqual(container[6], new Set(['@slow']));
  const inner = container[9];
  assert.ok(Array.isArray(inner));
  assert.deepEqual(
    inner.map((each) => (Array.isArray(each) ? each[0] : null)),
    ['config|get', 'config|help', 'config|resetstat', 'config|rewrite', 'config|set'],
  );
});

test('every command has a summary, a complexity and a history that DOCS shows', async () => {
  const docs = await engine.run('COMMAND', 'DOCS');
  assert.ok(docs instanceof Map);
  assert.equal(docs.size, COMMANDS.length);
  for (const [name, doc] of docs) {
    assert.ok(doc instanceof Map, String(name));
    for (const field of ['summary', 'since', 'group', 'complexity']) {
      assert.notEqual(doc.get(field) ?? '', '', `${name} has a ${field}`);
    }
  }
});

test('DOCS describes arguments, deprecation and subcommands, and skips unknown names', async () => {
  const docs = await engine.run('COMMAND', 'DOCS', 'nope', 'QUIT', 'memory|usage', 'acl');
  assert.ok(docs instanceof Map);
  assert.deepEqual([...docs.keys()], ['quit', 'memory|usage', 'acl']);
  const quit = docs.get('quit');
  const usage = docs.get('memory|usage');
  const acl = docs.get('acl');
  assert.ok(quit instanceof Map && usage instanceof Map && acl instanceof Map);
  assert.deepEqual(quit.get('doc_flags'), new Set(['deprecated']));
  assert.equal(quit.get('deprecated_since'), '7.2.0');
  assert.deepEqual(usage.get('arguments'), [
    new Map<string, unknown>([
      ['name', 'key'],
      ['type', 'key'],
      ['display_text', 'key'],
      ['key_spec_index', 0],
    ]),
    new Map<string, unknown>([
      ['name', 'count'],
      ['type', 'integer'],
      ['display_text', 'count'],
      ['token', 'SAMPLES'],
      ['flags', new Set(['optional'])],
    ]),
  ]);
  const subcommands = acl.get('subcommands');
  assert.ok(subcommands instanceof Map);
  assert.deepEqual([...subcommands.keys()], ['acl|help', 'acl|whoami']);
});

test('LIST filters by pattern, category and module', async () => {
  const byPattern = ['COMMAND', 'LIST', 'FILTERBY', 'PATTERN', 'BG*'];
  assert.deepEqual(await engine.run(...byPattern), ['bgrewriteaof', 'bgsave']);
  const inConnection = await engine.run('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'connection');
  assert.ok(Array.isArray(inConnection));
  for (const name of ['ping', 'client|id', 'waitaof']) assert.ok(inConnection.includes(name), name);
  for (const name of ['client', 'get']) assert.ok(!inConnection.includes(name), name);
  assert.deepEqual(await engine.run('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'nope'), []);
  assert.deepEqual(await engine.run('COMMAND', 'LIST', 'FILTERBY', 'MODULE', 'x'), []);
  assert.equal(await errorOf('COMMAND', 'LIST', 'FILTERBY', 'x', 'y'), 'ERR syntax error');
  assert.equal(await errorOf('COMMAND', 'LIST', 'FILTERBY', 'PATTERN'), 'ERR syntax error');
});

test('GETKEYS finds the keys of a command', async () => {
  const cases: [command: string, keys: string[]][] = [
    ['GET a', ['a']],
    ['MSET a 1 b 2 c 3', ['a', 'b', 'c']],
    ['DEL a b c', ['a', 'b', 'c']],
    ['COPY a b DB 3', ['a', 'b']],
    ['MEMORY USAGE a', ['a']],
    ['OBJECT ENCODING a', ['a']],
  ];
  for (const [command, keys] of cases) {
    assert.deepEqual(await engine.run('COMMAND', 'GETKEYS', ...command.split(' ')), keys, command);
  }
});

test('GETKEYSANDFLAGS tells what the command does to each key', async () => {
  assert.deepEqual(await engine.run('COMMAND', 'GETKEYSANDFLAGS', 'COPY', 'a', 'b'), [
    ['a', new Set(['RO', 'access'])],
    ['b', new Set(['OW', 'update'])],
  ]);
});

test('GETKEYS refuses what has no keys, with the texts of Redis', async () => {
  assert.equal(await errorOf('COMMAND', 'GETKEYS', 'nope', 'x'), 'ERR Invalid command specified');
  const noKeys = 'ERR The command has no key arguments';
  assert.equal(await errorOf('COMMAND', 'GETKEYS', 'PING'), noKeys);
  assert.equal(await errorOf('COMMAND', 'GETKEYS', 'CONFIG', 'GET', 'x'), noKeys);
  assert.equal(
    await errorOf('COMMAND', 'GETKEYS', 'GET'),
    'ERR Invalid number of arguments specified for command',
  );
});

test('HELP and unknown subcommands', async () => {
  const lines = await engine.run('COMMAND', 'HELP');
  assert.ok(Array.isArray(lines));
  assert.equal(lines[0], 'COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:');
  assert.equal(
    await errorOf('COMMAND', 'NOPE'),
    "ERR unknown subcommand 'NOPE'. Try COMMAND HELP.",
  );
});
