// What simulated clients send. Every value written is unique, so a reply tells which write it saw.
// Invariant: keys are named after their types, keys with deadlines are never watched, and a
// transaction that is begun is ended by the same client.

import { memoryCommand, settingCommand } from './settings.js';
import type { VirtualTime } from './virtual-time.js';

export type Words = readonly string[];

const KEYS = 4;
const LONG_BYTES = 3000;
/** Lists are cut down when they may have become longer than this. */
const BIG_FIELDS = 60;

export class Workload {
  private readonly time: VirtualTime;
  /** Whether somebody changes the configuration now and then. */
  private readonly hasOperator: boolean;
  /** Whether memory is short now and then. */
  private readonly isCrowded: boolean;
  /** Whether clients are paused now and then, which leaves less to happen. */
  private readonly hasPauses: boolean;
  private readonly usedBytes: () => number;
  private serial = 0;

  /** @param usedBytes tells how much memory the server's data takes */
  constructor(time: VirtualTime, usedBytes: () => number) {
    this.time = time;
    this.usedBytes = usedBytes;
    this.isCrowded = time.oneIn(3);
    this.hasPauses = time.oneIn(3);
    this.hasOperator = time.oneIn(2);
  }

  /** @returns commands that belong together, in their order */
  next(): Words[] {
    const kind = this.time.below(100);
    if (kind < 12) return this.transaction();
    if (kind < 17) return [this.rare()];
    return [this.plain()];
  }

  private below(limit: number): number {
    return this.time.below(limit);
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  private key(type: string): string {
    return `${type}:${this.below(KEYS)}`;
  }

  private value(): string {
    const text = `v${++this.serial}`;
    return this.time.oneIn(40) ? text.padEnd(1 + this.below(LONG_BYTES), '.') : text;
  }

  private plain(): Words {
    return this.pick([
      () => this.register(),
      () => this.register(),
      () => this.expiring(),
      () => this.list(),
      () => this.queue(),
      () => this.collection(),
      () => this.keys(),
    ])();
  }

  private register(): Words {
    const key = this.key('r');
    return this.pick<Words>([
      ['SET', key, this.value()],
      ['GET', key],
      ['GET', key],
      ['INCR', this.key('c')],
      ['INCRBY', this.key('c'), String(this.below(100))],
      ['GET', this.key('c')],
      ['APPEND', this.key('a'), this.value()],
    ]);
  }

  private expiring(): Words {
    const key = this.key('e');
    const lifeMs = String(1 + this.below(this.pick([20, 300, 3000])));
    return this.pick<Words>([
      ['SET', key, this.value(), 'PX', lifeMs],
      ['SET', key, this.value(), 'PX', lifeMs],
      ['PEXPIRE', key, lifeMs],
      ['PERSIST', key],
      ['PTTL', key],
      ['GET', key],
      ['EXISTS', key],
      ['APPEND', key, 'x'],
    ]);
  }

  private list(): Words {
    const key = this.key('l');
    return this.pick<Words>([
      ['RPUSH', key, this.value()],
      ['LPUSH', key, this.value(), this.value()],
      ['LPOP', key],
      ['RPOP', key],
      ['LRANGE', key, '0', '-1'],
      ['LLEN', key],
      ['LMOVE', key, this.key('l'), 'LEFT', 'RIGHT'],
    ]);
  }

  private queue(): Words {
    const key = this.key('q');
    return this.pick<Words>([
      ['RPUSH', key, this.value()],
      ['RPUSH', key, this.value(), this.value()],
      ['BLPOP', key, String(this.below(400) / 100 + 0.01)],
      ['BLPOP', key, this.key('q'), '0.5'],
      ['LPOP', key],
      ['LMOVE', key, this.key('q'), 'LEFT', 'RIGHT'],
    ]);
  }

  private collection(): Words {
    const field = String(this.below(BIG_FIELDS));
    return this.pick<Words>([
      ['HSET', this.key('h'), field, this.value()],
      ['HSET', this.key('h'), field, this.value(), `${field}x`, this.value()],
      ['HGET', this.key('h'), field],
      ['HDEL', this.key('h'), field],
      ['HINCRBY', this.key('h'), 'counter', '3'],
      ['HLEN', this.key('h')],
      this.fieldDeadline(),
      this.fieldDeadline(),
      ['SADD', this.key('s'), this.value(), field],
      ['SREM', this.key('s'), field],
      ['SCARD', this.key('s')],
      ['SPOP', this.key('s')],
      ['SPOP', this.key('s'), String(this.below(6))],
      ['SRANDMEMBER', this.key('s')],
      ['SRANDMEMBER', this.key('s'), String(this.below(8) - 4)],
      ['ZADD', this.key('z'), String(this.below(50)), field],
      ['ZINCRBY', this.key('z'), '2', field],
      ['ZPOPMIN', this.key('z')],
      ['ZRANGE', this.key('z'), '0', '-1', 'WITHSCORES'],
    ]);
  }

  private fieldDeadline(): Words {
    const key = this.key('h');
    const field = String(this.below(BIG_FIELDS));
    const lifeMs = this.below(this.pick([2, 300, 3000]));
    const fields = ['FIELDS', '2', field, this.pick(['counter', `${field}x`])];
    return this.pick<Words>([
      ['HPEXPIRE', key, String(lifeMs), ...fields],
      ['HPEXPIRE', key, String(lifeMs), ...fields],
      ['HPEXPIRE', key, String(lifeMs), 'NX', ...fields],
      ['HEXPIRE', key, String(this.below(3)), ...fields],
      ['HPEXPIREAT', key, String(this.time.wallMs + lifeMs), ...fields],
      ['HPERSIST', key, ...fields],
      ['HPTTL', key, ...fields],
      ['HPEXPIRETIME', key, ...fields],
    ]);
  }

  private keys(): Words {
    const type = this.pick(['r', 'e', 'l', 'q', 'h', 's', 'z', 'a']);
    const mortal = this.pick(['e', 'l', 'q', 'h', 's', 'z', 'a']);
    return this.pick<Words>([
      ['DEL', this.key(type)],
      ['DEL', this.key('l'), this.key('s'), this.key('a')],
      ['RENAME', this.key(type), this.key(type)],
      ['PEXPIRE', this.key(mortal), String(1 + this.below(3000))],
      ['PERSIST', this.key(mortal)],
      ['COPY', this.key('r'), `${this.key('r')}copy`, 'REPLACE'],
      ['EXISTS', this.key(type)],
    ]);
  }

  private rare(): Words {
    if (this.hasOperator && this.time.oneIn(6)) return settingCommand(this.time);
    if (this.isCrowded && this.time.oneIn(4)) return memoryCommand(this.time, this.usedBytes());
    return this.pick<Words>([
      ['PING'],
      ['PING'],
      ['BGREWRITEAOF'],
      ['SAVE'],
      this.pause(),
      ['WAITAOF', '1', '0', '500'],
      ['WAITAOF', '1', '0', '500'],
      this.time.oneIn(12) ? ['FLUSHDB'] : ['PING'],
    ]);
  }

  private pause(): Words {
    if (!this.hasPauses) return ['PING'];
    if (this.time.oneIn(4)) return ['CLIENT', 'UNPAUSE'];
    return ['CLIENT', 'PAUSE', String(this.below(400)), this.pick(['WRITE', 'ALL'])];
  }

  private transaction(): Words[] {
    const body = Array.from({ length: 1 + this.below(5) }, () => this.plain());
    if (this.hasOperator && this.time.oneIn(20)) body.push(settingCommand(this.time));
    const end: Words = this.time.oneIn(10) ? ['DISCARD'] : ['EXEC'];
    const whole: Words[] = [['MULTI'], ...body, end];
    return this.time.oneIn(2) ? whole : [['WATCH', this.key('r'), this.key('c')], ...whole];
  }
}
