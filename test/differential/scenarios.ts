// Steps that depend on answers, on time, or on a connection of their own.

import assert from 'node:assert/strict';
import { show } from '../protocol/test-client.js';
import { type CommandWords, parseReply, RespConnection } from '../support/resp-connection.js';
import { anyKey } from './any-key.js';
import type { ArgumentSource } from './argument-source.js';
import { exact, inAnyOrder, nearCount, nearSeconds } from './comparison.js';
import { sameDump } from './dump-comparison.js';
import type { Scenario, Sides } from './step.js';
import { transactionScenarios } from './transaction-scenarios.js';

async function bothReply(sides: Sides, words: CommandWords): Promise<[Buffer, Buffer]> {
  return Promise.all([sides.ours.call(...words), sides.theirs.call(...words)]);
}

/** Everything that a walk in steps comes across, once, sorted; an error as it is. */
async function scanAll(
  connection: RespConnection,
  command: CommandWords,
  clauses: CommandWords,
): Promise<string[]> {
  const found = new Set<string>();
  const stride = command[0] === 'HSCAN' || command[0] === 'ZSCAN' ? 2 : 1;
  let cursor = '0';
  do {
    const reply = await connection.ask(...command, cursor, ...clauses);
    if (reply.type === 'error') return [show(reply)];
    assert.ok(reply.type === 'array', `a scan answers an array: ${show(reply)}`);
    const [next, keys] = reply.items;
    assert.ok('items' in keys, 'its second item is an array');
    const texts = keys.items.map(show);
    for (let i = 0; i < texts.length; i += stride) {
      // Redis 7.0 prints scores with 17 digits.
      const extra = command[0] === 'ZSCAN' ? Number(texts[i + 1]) : texts[i + 1];
      found.add(stride === 1 ? texts[i] : JSON.stringify([texts[i], extra]));
    }
    cursor = show(next);
  } while (cursor !== '0');
  return [...found].sort();
}

async function scanInSteps(sides: Sides, source: ArgumentSource): Promise<void> {
  const clauses = [
    'COUNT',
    source.word('1 2 5 10'),
    ...(source.chance(50) ? ['MATCH', source.pattern()] : []),
  ];
  const command = source.chance(40)
    ? ['SCAN']
    : [source.word('HSCAN SSCAN ZSCAN'), source.word('h1 h2 s1 s2 n1 z1 z2 zlex1')];
  const [mine, other] = await Promise.all(
    [sides.ours, sides.theirs].map((side) => scanAll(side, command, clauses)),
  );
  const texts = [mine, other].map((items) => Buffer.from(items.join('\n')));
  sides.judge([...command, '(to its end)', ...clauses], texts[0], texts[1], exact);
}

/** A value made by each server is restored by the other, whole and with a bit flipped. */
async function dumpAndRestore(sides: Sides, source: ArgumentSource): Promise<void> {
  const key = anyKey(source);
  const [mine, other] = await bothReply(sides, ['DUMP', key]);
  sides.judge(['DUMP', key], mine, other, sameDump);
  const value = parseReply(mine);
  const foreign = parseReply(other);
  if (value.type !== 'bulk' || foreign.type !== 'bulk') return;
  const options = source.some(3, [
    () => [source.keyword('REPLACE')],
    () => ['IDLETIME', source.word('0 100 -1')],
    () => ['FREQ', source.word('0 5 255 256 -1')],
    () => [source.keyword('FOO ABSTTL')],
  ]);
  const isAbsolute = options.some((word) => /^absttl$/i.test(String(word)));
  // No relative time so large that Redis's sum overflows: it then takes the key for expired.
  const ttl = isAbsolute ? source.moment('ms') : source.word('1000000 987654321 -1 abc 1.5');
  const target = anyKey(source);
  const broken = Buffer.from(value.bytes);
  broken[source.below(broken.length)] ^= 1 << source.below(8);
  const from = ['RESTORE', target, source.chance(50) ? '0' : ttl];
  await sides.run([{ words: [...from, broken, ...options], compare: exact }]);
  const words = [...from, '(the other one’s dump)', ...options];
  const replies = await Promise.all([
    sides.ours.call(...from, foreign.bytes, ...options),
    sides.theirs.call(...from, value.bytes, ...options),
  ]);
  sides.judge(words, replies[0], replies[1], exact);
  await sides.run([
    { words: ['GET', target], compare: exact },
    { words: ['DUMP', target], compare: sameDump },
    { words: ['OBJECT', 'ENCODING', target], compare: exact },
  ]);
}

async function randomKey(sides: Sides): Promise<void> {
  const [keys] = await bothReply(sides, ['KEYS', '*']);
  const [mine, other] = await bothReply(sides, ['RANDOMKEY']);
  const all = parseReply(keys);
  const known = new Set('items' in all ? all.items.map(show) : []);
  const ours = show(parseReply(mine));
  const isKnown = known.size === 0 ? mine.equals(other) : known.has(ours);
  sides.judge(['RANDOMKEY'], Buffer.from(isKnown ? 'a key' : ours), Buffer.from('a key'), exact);
}

/** Keys that pass away at once, by every command that can say so; waits until both see it. */
async function shortLives(sides: Sides, source: ArgumentSource): Promise<void> {
  const keys = source.keys(4);
  const now = Date.now();
  for (const key of keys) {
    await bothReply(sides, ['SET', key, source.value()]);
    const words = source.pick<CommandWords>([
      ['PEXPIRE', key, 1 + source.below(20)],
      ['PSETEX', key, 1 + source.below(20), 'v'],
      ['SET', key, 'v', 'PX', 5],
      ['GETEX', key, 'PX', 7],
      ['PEXPIREAT', key, now + 20],
    ]);
    await bothReply(sides, words);
  }
  for (const connection of [sides.ours, sides.theirs]) {
    while (show(await connection.ask('EXISTS', ...keys)) !== ':0');
  }
  await sides.run([
    { words: ['MGET', ...keys], compare: exact },
    { words: ['KEYS', '*'], compare: inAnyOrder },
    { words: ['DBSIZE'], compare: exact },
  ]);
}

/** Sends the same to a new connection of each. Replies are read until both say PONG. */
async function apart(
  sides: Sides,
  commands: readonly CommandWords[],
  replies: number,
): Promise<void> {
  const read = async (port: number): Promise<Buffer> => {
    const connection = await RespConnection.open(port);
    const awaited = Array.from({ length: replies }, () => connection.reply());
    connection.exchange(commands).catch(() => undefined);
    const raw = Buffer.concat(await Promise.all(awaited));
    await connection.close();
    return raw;
  };
  const [mine, other] = await Promise.all([read(sides.oursPort), read(sides.theirsPort)]);
  sides.judge(commands.flat(), mine, other, exact);
}

async function mutedReplies(sides: Sides, source: ArgumentSource): Promise<void> {
  const key = source.key();
  const off = [
    ['CLIENT', 'REPLY', 'OFF'],
    ['GET', key],
    ['PING'],
    ['CLIENT', 'REPLY', 'ON'],
    ['PING'],
  ];
  const skip = [['CLIENT', 'REPLY', 'SKIP'], ['GET', key], ['PING'], ['ECHO', 'end']];
  if (source.chance(50)) await apart(sides, off, 2);
  else await apart(sides, skip, 2);
}

/** In RESP3 a push comes besides the reply, and is therefore none of the stream's. */
async function pushes(sides: Sides, source: ArgumentSource): Promise<void> {
  const push = ['DEBUG', 'PROTOCOL', 'PUSH'];
  if (source.chance(50)) await apart(sides, [push], 1);
  else await apart(sides, [['CLIENT', 'GETNAME'], ['HELLO', '3', 'FOO'], push, ['PING']], 3);
}

async function quits(sides: Sides): Promise<void> {
  const read = async (port: number): Promise<Buffer> => {
    const connection = await RespConnection.open(port);
    const raw = await connection.call('QUIT');
    await connection.closed;
    return raw;
  };
  const [mine, other] = await Promise.all([read(sides.oursPort), read(sides.theirsPort)]);
  sides.judge(['QUIT'], mine, other, exact);
}

/** One connection kills another, and itself. */
async function kills(sides: Sides, source: ArgumentSource): Promise<void> {
  const isSelf = source.chance(50);
  const play = async (port: number): Promise<Buffer> => {
    const killer = await RespConnection.open(port);
    const victim = isSelf ? killer : await RespConnection.open(port);
    const id = show(await victim.ask('CLIENT', 'ID')).slice(1);
    const raw = await killer.call('CLIENT', 'KILL', 'ID', id, 'SKIPME', 'no');
    await victim.closed;
    await killer.close();
    return raw;
  };
  const [mine, other] = await Promise.all([play(sides.oursPort), play(sides.theirsPort)]);
  sides.judge(['CLIENT', 'KILL', 'ID', isSelf ? '(self)' : '(another)'], mine, other, exact);
}

/** A paused writer answers after UNPAUSE; a reader goes on under WRITE. */
async function pauses(sides: Sides): Promise<void> {
  const play = async (port: number): Promise<Buffer> => {
    const [admin, writer] = [await RespConnection.open(port), await RespConnection.open(port)];
    const said = [await admin.call('CLIENT', 'PAUSE', '60000', 'WRITE')];
    const written = writer.call('SET', '{paused}', '1');
    said.push(await admin.call('EXISTS', '{paused}'), await admin.call('CLIENT', 'UNPAUSE'));
    said.push(await written, await admin.call('DEL', '{paused}'));
    await admin.close();
    await writer.close();
    return Buffer.concat(said);
  };
  const [mine, other] = await Promise.all([play(sides.oursPort), play(sides.theirsPort)]);
  sides.judge(['CLIENT', 'PAUSE', '60000', 'WRITE'], mine, other, exact);
}

/** What OBJECT tells of use, with clocks set by RESTORE; both servers count by chance a little. */
async function uses(sides: Sides, source: ArgumentSource): Promise<void> {
  const key = source.key();
  const dump = parseReply(
    await bothReply(sides, ['SET', key, '1']).then(() => sides.theirs.call('DUMP', key)),
  );
  if (dump.type !== 'bulk') throw new Error('a key that was just set can be dumped');
  const restore = ['RESTORE', key, '0', dump.bytes, 'REPLACE'];
  const idle = 100 + source.below(1000);
  await sides.run([
    { words: [...restore, 'IDLETIME', idle], compare: exact },
    { words: ['OBJECT', 'IDLETIME', key], compare: nearSeconds },
    { words: ['OBJECT', 'FREQ', key], compare: exact },
    { words: ['TOUCH', key], compare: exact },
    { words: ['OBJECT', 'IDLETIME', key], compare: nearSeconds },
    { words: ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu'], compare: exact },
    { words: [...restore, 'FREQ', 100 + source.below(150)], compare: exact },
    { words: ['OBJECT', 'FREQ', key], compare: nearCount },
    { words: ['OBJECT', 'IDLETIME', key], compare: exact },
    { words: ['OBJECT', 'REFCOUNT', key], compare: exact },
    { words: ['CONFIG', 'SET', 'maxmemory-policy', 'noeviction'], compare: exact },
  ]);
}

/** A save changes nothing that a client can see. */
async function saves(sides: Sides): Promise<void> {
  await sides.run([
    { words: ['SAVE'], compare: exact },
    { words: ['DBSIZE'], compare: exact },
    { words: ['KEYS', '*'], compare: inAnyOrder },
  ]);
}

/** Waits until neither a save nor a rewrite goes on. */
async function atRest(connection: RespConnection): Promise<void> {
  let text: string;
  do text = show(await connection.ask('INFO', 'persistence'));
  while (/^(rdb_bgsave|aof_rewrite)_(in_progress|scheduled):1/m.test(text));
}

/** A save besides: what is written meanwhile is there afterwards. */
async function savesBesides(sides: Sides, source: ArgumentSource): Promise<void> {
  const save = source.pick([['BGSAVE'], ['BGSAVE', 'SCHEDULE'], ['BGSAVE', 'x'], ['BGREWRITEAOF']]);
  const key = anyKey(source);
  await sides.run([
    { words: save, compare: exact },
    { words: ['COPY', key, anyKey(source), 'REPLACE'], compare: exact },
    { words: ['DEL', key], compare: exact },
    { words: ['DBSIZE'], compare: exact },
  ]);
  await Promise.all([atRest(sides.ours), atRest(sides.theirs)]);
}

export const scenarios: readonly Scenario[] = [
  ...transactionScenarios,
  { name: 'SCAN in steps', weight: 6, play: scanInSteps },
  { name: 'DUMP and RESTORE', weight: 14, play: dumpAndRestore },
  { name: 'RANDOMKEY', weight: 4, play: randomKey },
  { name: 'short lives', weight: 2, play: shortLives },
  { name: 'CLIENT REPLY', weight: 2, play: mutedReplies },
  { name: 'DEBUG PROTOCOL PUSH', weight: 1, play: pushes },
  { name: 'QUIT', weight: 1, play: quits },
  { name: 'CLIENT KILL', weight: 2, play: kills },
  { name: 'CLIENT PAUSE', weight: 1, play: pauses },
  { name: 'OBJECT FREQ and IDLETIME', weight: 2, play: uses },
  { name: 'SAVE', weight: 1, play: saves },
  { name: 'BGSAVE and BGREWRITEAOF', weight: 1, play: savesBesides },
];
