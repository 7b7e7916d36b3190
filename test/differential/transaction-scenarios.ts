// Transactions, and clients that wait for keys while others work on them.

import { show } from '../protocol/test-client.js';
import { type CommandWords, RespConnection } from '../support/resp-connection.js';
import type { ArgumentSource } from './argument-source.js';
import { exact } from './comparison.js';
import type { Scenario, Sides } from './step.js';

/** A command whose answer is a function of the data, on one of a few keys. */
function anyCommand(source: ArgumentSource): CommandWords {
  const key = source.key();
  const other = source.key();
  return source.pick<CommandWords>([
    ['SET', key, source.value()],
    ['SET', key, source.integer(), 'KEEPTTL', 'GET'],
    ['GET', key],
    ['INCRBY', key, source.integer()],
    ['APPEND', key, 'x'],
    ['DEL', key, other],
    ['RENAME', key, other],
    ['COPY', key, other, 'REPLACE'],
    ['TYPE', key],
    ['EXPIRE', key, source.word('100 1000 -1 abc')],
    ['PERSIST', key],
    ['RPUSH', key, 'a', source.value()],
    ['LPOP', key],
    ['LRANGE', key, '0', '3'],
    ['LMOVE', key, other, 'LEFT', 'RIGHT'],
    ['HSET', key, 'f', source.value()],
    ['HGET', key, 'f'],
    ['ZADD', key, source.word('0 1 -1.5 inf abc 1000000'), 'm'],
    ['ZSCORE', key, 'm'],
    ...onCollections(source),
    ['BLPOP', key, other, '0'],
    ['BRPOP', key, source.word('0 1 abc -1')],
    ['BLMOVE', key, other, 'LEFT', 'LEFT', '0'],
    ['BZPOPMIN', key, other, '0'],
    ['BLMPOP', '0', '2', key, other, 'LEFT', 'COUNT', '2'],
    ['WAIT', '1', '0'],
    ['UNWATCH'],
    ['PING'],
  ]);
}

/** The same on the collections that the calls of each type keep. */
function onCollections(source: ArgumentSource): CommandWords[] {
  const [set, other] = [source.word('s1 s2 n1'), source.word('s1 s2 n1')];
  const zset = source.word('z1 z2');
  const hash = source.word('h1 h2');
  const list = source.word('l1 l2');
  const number = String(source.below(200));
  return [
    ['SADD', set, number, 'a'],
    ['SREM', set, number],
    ['SMOVE', set, other, number],
    ['SINTERSTORE', other, set, 'n1'],
    ['SUNIONSTORE', other, set, 'n1'],
    ['SMISMEMBER', set, number, 'a'],
    ['SCARD', set],
    ['ZADD', zset, number, number],
    ['ZRANGE', zset, '0', '5'],
    ['ZPOPMIN', zset],
    ['ZINTERSTORE', zset, '2', 'z1', 's1'],
    ['ZRANGESTORE', zset, 'z1', '0', '200'],
    ['HSET', hash, number, number],
    ['HINCRBY', hash, number, number],
    ['HDEL', hash, number],
    ['LINSERT', list, 'BEFORE', 'a', number],
    ['LREM', list, '1', 'a'],
    ['LSET', list, '1', number],
    ['LPOP', list, '3'],
    ['LLEN', list],
  ];
}

/** A command that cannot be queued. */
function badCommand(source: ArgumentSource): CommandWords {
  return source.pick<CommandWords>([
    ['GET'],
    ['FOO', 'bar'],
    ['SET', 'a'],
    ['CLIENT', 'KILL'],
    ['SAVE'],
    ['EXEC', 'x'],
  ]);
}

/** What can make or break an EXEC, from another connection or from the same one. */
function disturbance(source: ArgumentSource, watched: Buffer): CommandWords {
  return source.pick<CommandWords>([
    ['SET', watched, '1'],
    ['DEL', watched],
    ['EXPIRE', watched, '1000'],
    ['SETNX', watched, '1'],
    ['GET', watched],
    ['SET', source.key(), '1'],
    ['RENAME', source.key(), watched],
    ['LPUSH', watched, 'x'],
    ['PEXPIREAT', watched, '1'],
    ['SADD', watched, 'x'],
    ['MOVE', watched, '1'],
    ['COPY', source.key(), watched, 'REPLACE'],
    ['SWAPDB', '0', '1'],
    ['FLUSHDB'],
  ]);
}

async function transaction(sides: Sides, source: ArgumentSource): Promise<void> {
  const run = (words: CommandWords): Promise<void> => sides.run([{ words, compare: exact }]);
  const watched = source.key();
  if (source.chance(50)) {
    await run(['WATCH', watched, source.key(), watched]);
    if (source.chance(40)) await run(disturbance(source, watched));
    if (source.chance(10)) await run(['UNWATCH']);
  }
  if (source.chance(5)) {
    await run([source.word('EXEC DISCARD UNWATCH')]);
    return;
  }
  await run(['MULTI']);
  const count = source.below(8);
  for (let i = 0; i < count; i++) {
    const words = source.chance(4) ? badCommand(source) : anyCommand(source);
    await run(words);
    // That ends the transaction, and what followed might wait for ever.
    if (words[0] === 'EXEC') return;
    if (source.chance(5)) await disturbFromOutside(sides, disturbance(source, watched));
  }
  await run([source.chance(85) ? 'EXEC' : 'DISCARD']);
}

async function disturbFromOutside(sides: Sides, words: CommandWords): Promise<void> {
  const play = async (port: number): Promise<Buffer> => {
    const connection = await RespConnection.open(port);
    const raw = await connection.call(...words);
    await connection.close();
    return raw;
  };
  const [ours, theirs] = await Promise.all([play(sides.oursPort), play(sides.theirsPort)]);
  sides.judge(words, ours, theirs, exact);
}

/** A list of 1 and 2, and a sorted set of one member, as DUMP of Redis 7.0 gives them. */
const LIST_PAYLOAD = Buffer.from('1201020b0b000000020001010201ff0a00dde71a28ae391b98', 'hex');
const ZSET_PAYLOAD = Buffer.from('110c0c0000000200816d020101ff0a0026e3fd9ddd7d6ecb', 'hex');

const WAITED = ['{wait}a', '{wait}b', '{wait}c'];

/**
 * What a scenario waits for: several keys of one type, or one key of any. Redis 7.0 serves from
 * the key that came; later versions run the whole command again, which begins with the first key.
 * So several keys are waited for only where never two of them come at once. What is stored over a
 * key of another type serves nobody there, see the table of differences: it has a case of its own.
 */
type Waited = 'lists' | 'zsets' | 'one key' | 'one key, stored';

function blockingCommand(source: ArgumentSource, waited: Waited): CommandWords {
  const [key, other] = [source.pick(WAITED), source.pick(WAITED)];
  const end = source.word('LEFT RIGHT');
  const isOne = waited.startsWith('one key');
  const keys = isOne ? [key] : [key, other];
  const count = String(keys.length);
  const moves: CommandWords[] = [
    ['BLMOVE', key, other, end, 'LEFT', '0'],
    ['BRPOPLPUSH', key, other, '0'],
  ];
  const onLists: CommandWords[] = [
    ['BLPOP', ...keys, '0'],
    ['BRPOP', key, '0'],
    ['BLMPOP', '0', count, ...keys, end, 'COUNT', '2'],
  ];
  const onSets: CommandWords[] = [
    ['BZPOPMIN', ...keys, '0'],
    ['BZPOPMAX', key, '0'],
    ['BZMPOP', '0', count, ...keys, 'MIN', 'COUNT', '2'],
  ];
  if (isOne) return source.pick([...onLists, ...moves, ...onSets]);
  return source.pick(waited === 'lists' ? onLists : onSets);
}

/** A command that may serve waiters, in one way or another. */
function servingCommand(source: ArgumentSource, waited: Waited): CommandWords {
  const [key, other] = [source.pick(WAITED), source.pick(WAITED)];
  const always: CommandWords[] = [
    ['RENAME', '{wait}source', key],
    ['COPY', '{wait}source', key],
    ['DEL', key],
    ['FLUSHDB'],
  ];
  const onLists: CommandWords[] = [
    ['RPUSH', key, '1', '2'],
    ['LPUSH', key, '3'],
    ['LMOVE', key, other, 'LEFT', 'RIGHT'],
    ['RPUSH', '{wait}source', '5', '4'],
    ['RESTORE', key, '0', LIST_PAYLOAD],
  ];
  const onSets: CommandWords[] = [
    ['ZADD', key, '1', 'm', '2', 'n'],
    ['ZADD', '{wait}source', '3', 'x'],
    ['ZINCRBY', key, '2', 'p'],
    ['RESTORE', key, '0', ZSET_PAYLOAD],
  ];
  const sorts: CommandWords[] = [['SORT', '{wait}source', 'STORE', key]];
  const setStores: CommandWords[] = [
    ['ZUNIONSTORE', key, '1', other],
    ['ZRANGESTORE', key, '{wait}source', '0', '-1'],
  ];
  if (waited === 'lists') return source.pick([...always, ...onLists, ...sorts]);
  if (waited === 'zsets') return source.pick([...always, ...onSets, ...setStores]);
  const stores = waited === 'one key, stored' ? [...sorts, ...setStores] : [];
  return source.pick([...always, ...onLists, ...onSets, ...stores, ['SET', key, 'text']]);
}

/** One server's part: what everybody was answered, in the order of the clients. */
class WaitingRoom {
  private readonly said: Buffer[] = [];
  private readonly waiters: { id: string; reply: Promise<Buffer>; socket: RespConnection }[] = [];
  private readonly admin: RespConnection;
  private readonly port: number;

  private constructor(port: number, admin: RespConnection) {
    this.port = port;
    this.admin = admin;
  }

  static async open(port: number): Promise<WaitingRoom> {
    const room = new WaitingRoom(port, await RespConnection.open(port));
    await room.say(['SELECT', '9'], ['FLUSHDB']);
    return room;
  }

  async say(...commands: CommandWords[]): Promise<void> {
    this.said.push(...(await this.admin.exchange(commands)));
  }

  /** Adds a client that sends one command, and waits until that was taken up. */
  async admit(words: CommandWords): Promise<void> {
    const socket = await RespConnection.open(this.port);
    await socket.call('SELECT', '9');
    const id = show(await socket.ask('CLIENT', 'ID')).slice(1);
    const reply = socket.call(...words);
    const name = String(words[0]).toLowerCase();
    // The server's own list says when: the command was the client's last, whatever came of it.
    let line = '';
    while (!line.includes(`cmd=${name}`)) {
      line = show(await this.admin.ask('CLIENT', 'LIST', 'ID', id));
    }
    this.waiters.push({ id, reply, socket });
  }

  /** Ends all waits. @returns everything that was answered */
  async close(withError: boolean): Promise<Buffer> {
    for (const { id, reply, socket } of this.waiters) {
      await this.say(['CLIENT', 'UNBLOCK', id, withError ? 'ERROR' : 'TIMEOUT']);
      this.said.push(await reply);
      await socket.close();
    }
    await this.say(['FLUSHDB']);
    await this.admin.close();
    return Buffer.concat(this.said);
  }
}

async function waiting(sides: Sides, source: ArgumentSource): Promise<void> {
  const rooms = [await WaitingRoom.open(sides.oursPort), await WaitingRoom.open(sides.theirsPort)];
  const transcript: CommandWords[] = [];
  const waited = source.pick<Waited>(['lists', 'zsets', 'one key', 'one key', 'one key, stored']);
  const rounds = 1 + source.below(3);
  for (let round = 0; round < rounds; round++) {
    for (let i = source.below(4); i >= 0; i--) {
      const words = blockingCommand(source, waited);
      transcript.push(words);
      await Promise.all(rooms.map((room) => room.admit(words)));
    }
    const commands = Array.from({ length: 1 + source.below(4) }, () =>
      servingCommand(source, waited),
    );
    const script =
      waited.startsWith('one key') && source.chance(40)
        ? [['MULTI'], ...commands, ['EXEC']]
        : commands;
    transcript.push(...script);
    await Promise.all(rooms.map((room) => room.say(...script)));
  }
  const withError = source.chance(30);
  const [ours, theirs] = await Promise.all(rooms.map((room) => room.close(withError)));
  sides.judge(
    transcript.flatMap((words) => [...words, ';']),
    ours,
    theirs,
    exact,
  );
}

export const transactionScenarios: readonly Scenario[] = [
  { name: 'MULTI and EXEC', weight: 30, play: transaction },
  { name: 'waiting for keys', weight: 6, play: waiting },
];
