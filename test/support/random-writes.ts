// Random commands that change keys of every type: values on both sides of the thresholds, elements
// that meet each other, deadlines of keys and fields, whole databases. Invariant: the same random
// numbers give the same commands.

import { randomBelow, type SeededRandom } from '../../engine/util/random.js';

export type Words = (string | number)[];

export interface RandomWritesOptions {
  /** Keys of each type. */
  readonly keys: number;
  /** Elements are drawn from so many. */
  readonly elements: number;
  /** Elements in one command, at most. */
  readonly batch: number;
  readonly databases: number;
  /** Unix ms: deadlines are set around it. */
  readonly nowMs: () => number;
  /** Longest deadline from now. */
  readonly deadlineSpanMs: number;
}

/** Types, as the first letter of a key's name says; a key may come to hold another one. */
const TYPES = ['string', 'list', 'set', 'hash', 'zset'] as const;
type Type = (typeof TYPES)[number];
const LONG_BYTES = 200;

export class RandomWrites {
  private readonly random: SeededRandom;
  private readonly options: RandomWritesOptions;

  constructor(random: SeededRandom, options: RandomWritesOptions) {
    this.random = random;
    this.options = options;
  }

  /** @returns the next command */
  next(): Words {
    const kind = this.below(1000);
    if (kind < 3) return this.wholeDatabase();
    if (kind < 120) return this.keyCommand();
    const type = this.pick(TYPES);
    const key = this.key(type);
    if (type === 'list') return this.listCommand(key);
    if (type === 'set') return this.setCommand(key);
    if (type === 'hash') return this.hashCommand(key);
    if (type === 'zset') return this.zsetCommand(key);
    return this.pick([
      ['SET', key, this.element()],
      ['APPEND', key, 'x'],
      ['SET', key, this.below(99)],
    ]);
  }

  /** @returns a command that gives a collection of a type `count` elements more */
  fill(type: Type, key: string, first: number, count: number): Words {
    const words: Words = [
      { string: 'SET', list: 'RPUSH', set: 'SADD', hash: 'HSET', zset: 'ZADD' }[type],
      key,
    ];
    for (let i = first; i < first + count; i++) {
      if (type === 'zset') words.push(this.score());
      words.push(`element:${i}`);
      if (type === 'hash') words.push(`value ${i}`);
      if (type === 'string') break;
    }
    return words;
  }

  key(type: Type): string {
    return `${type}:${this.below(this.options.keys)}`;
  }

  private below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  private some(make: () => Words): Words {
    const count = this.below(8) === 0 ? 1 + this.below(this.options.batch) : 1 + this.below(3);
    return Array.from({ length: count }, make).flat();
  }

  private element(): string {
    const number = this.below(this.options.elements);
    const kind = this.below(20);
    if (kind === 0) return String(number);
    if (kind === 1) return `long:${number}:`.padEnd(LONG_BYTES, 'x');
    return `element:${number}`;
  }

  private score(): string {
    const kind = this.below(30);
    if (kind === 0) return this.pick(['inf', '-inf', '0', '-0', '1e300', '-1e-300']);
    return kind < 15 ? String(this.below(100)) : String(this.below(1_000_000) / 64 - 5000);
  }

  private deadline(): number {
    return this.options.nowMs() + 1 + this.below(this.options.deadlineSpanMs);
  }

  private index(): number {
    return this.below(this.options.elements * 2) - this.options.elements;
  }

  private wholeDatabase(): Words {
    const index = (): number => this.below(this.options.databases);
    return this.pick<Words>([['FLUSHDB'], ['SWAPDB', index(), index()], ['FLUSHDB', 'ASYNC']]);
  }

  private keyCommand(): Words {
    const type = this.pick(TYPES);
    const [key, other] = [this.key(type), this.key(this.below(5) === 0 ? this.pick(TYPES) : type)];
    return this.pick<Words>([
      ['DEL', key],
      ['UNLINK', key, other],
      ['RENAME', key, other],
      ['RENAMENX', key, other],
      ['COPY', key, other, 'REPLACE'],
      ['COPY', key, other, 'DB', this.below(this.options.databases)],
      ['MOVE', key, this.below(this.options.databases)],
      ['PEXPIREAT', key, this.deadline()],
      ['PEXPIREAT', key, this.deadline()],
      ['PERSIST', key],
      ['SET', key, this.element()],
      ['SORT', key, 'ALPHA', 'STORE', other],
    ]);
  }

  private listCommand(key: string): Words {
    const element = (): string => this.element();
    return this.pick<Words>([
      ['RPUSH', key, ...this.some(() => [element()])],
      ['LPUSH', key, ...this.some(() => [element()])],
      ['RPUSHX', key, element()],
      ['LPOP', key, 1 + this.below(this.options.batch)],
      ['RPOP', key],
      ['LSET', key, this.index(), element()],
      ['LINSERT', key, this.pick(['BEFORE', 'AFTER']), element(), element()],
      ['LREM', key, this.below(5) - 2, element()],
      ['LTRIM', key, this.below(this.options.batch), -1 - this.below(this.options.batch)],
      ['LMOVE', key, this.key('list'), this.pick(['LEFT', 'RIGHT']), this.pick(['LEFT', 'RIGHT'])],
      ['RPOPLPUSH', key, this.key('list')],
    ]);
  }

  private setCommand(key: string): Words {
    return this.pick<Words>([
      ['SADD', key, ...this.some(() => [this.element()])],
      ['SADD', key, ...this.some(() => [this.below(this.options.elements)])],
      ['SREM', key, ...this.some(() => [this.element()])],
      ['SMOVE', key, this.key('set'), this.element()],
      ['SPOP', key, this.below(4)],
      [this.pick(['SUNIONSTORE', 'SDIFFSTORE']), key, this.key('set'), this.key('set')],
    ]);
  }

  private hashCommand(key: string): Words {
    const field = (): string => this.element();
    const deadlines: Words = [this.deadline(), 'FIELDS', 1, field()];
    return this.pick<Words>([
      ['HSET', key, ...this.some(() => [field(), this.element()])],
      ['HSET', key, ...this.some(() => [field(), this.element()])],
      ['HDEL', key, ...this.some(() => [field()])],
      ['HSETNX', key, field(), this.element()],
      ['HINCRBY', key, `counter:${this.below(5)}`, this.below(100)],
      ['HPEXPIREAT', key, ...deadlines],
      ['HPEXPIREAT', key, ...deadlines],
      ['HPERSIST', key, 'FIELDS', 1, field()],
      ['HGETDEL', key, 'FIELDS', 1, field()],
      ['HSETEX', key, 'PXAT', this.deadline(), 'FIELDS', 1, field(), this.element()],
      ['HGETEX', key, 'PXAT', ...deadlines],
    ]);
  }

  private zsetCommand(key: string): Words {
    const from = this.below(this.options.elements);
    return this.pick<Words>([
      ['ZADD', key, ...this.some(() => [this.score(), this.element()])],
      ['ZADD', key, ...this.some(() => [this.score(), this.element()])],
      ['ZREM', key, ...this.some(() => [this.element()])],
      ['ZINCRBY', key, this.below(100) / 8, this.element()],
      ['ZPOPMIN', key, this.below(this.options.batch)],
      ['ZPOPMAX', key],
      ['ZREMRANGEBYRANK', key, from, from + this.below(this.options.batch)],
      ['ZREMRANGEBYSCORE', key, this.below(100), this.below(100)],
      ['ZUNIONSTORE', key, 2, this.key('zset'), this.key('zset')],
      ['ZRANGESTORE', key, this.key('zset'), from, from + this.options.batch],
    ]);
  }
}
