// Commands for the campaign of snapshot isolation: random writes of every type, large and small,
// whole databases, transactions, and time that goes on. Invariant: what comes next depends on the
// random numbers and the clock alone, so two engines can be told the same.

import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { RandomWrites, type Words } from '../support/random-writes.js';

const DATABASES = 3;
const ELEMENTS = 3000;
const STRING_KEYS = 60;
const LONG_BYTES = 60_000;

/** What happens next to an engine. */
export interface Change {
  /** Time goes on so much, and what is due expires. */
  readonly elapsedMs: number;
  /** Dropped values are freed: so many elements. */
  readonly freeSteps: number;
  /** A transaction, when it begins with MULTI. */
  readonly commands: readonly Words[];
}

export class IsolationStream {
  private readonly random: SeededRandom;
  private readonly writes: RandomWrites;

  constructor(random: SeededRandom, nowMs: () => number) {
    this.random = random;
    const options = { keys: 4, elements: ELEMENTS, batch: 60, databases: DATABASES };
    this.writes = new RandomWrites(random, { ...options, nowMs, deadlineSpanMs: 4000 });
  }

  /**
   * @param counts the collections have so many elements, one of these each
   * @returns commands that make some collections, of one type after the other, and many strings
   */
  fill(keys: number, counts: readonly number[]): Words[] {
    const { writes } = this;
    const words: Words[] = [];
    const firstType = this.below(4);
    for (let i = 0; i < keys; i++) {
      words.push(['SELECT', this.below(DATABASES)]);
      const type = (['list', 'set', 'hash', 'zset'] as const)[(firstType + i) % 4];
      const key = writes.key(type);
      const count = counts[this.below(counts.length)];
      for (let first = 0; first < count; first += 500) {
        words.push(writes.fill(type, key, first, Math.min(500, count - first)));
      }
    }
    for (let i = 0; i < STRING_KEYS; i++) words.push(this.stringCommand());
    return words;
  }

  next(): Change {
    const elapsedMs = this.below(60) === 0 ? 1 + this.below(300) : 0;
    const freeSteps = this.below(10) === 0 ? 1 + this.below(200) : 0;
    return { elapsedMs, freeSteps, commands: this.commands() };
  }

  private commands(): Words[] {
    const kind = this.below(100);
    if (kind < 2) return [['SELECT', this.below(DATABASES)]];
    if (kind >= 6) return [this.command()];
    const queue: Words[] = Array.from({ length: 1 + this.below(6) }, () => this.command());
    return [['MULTI'], ...queue, [this.below(8) === 0 ? 'DISCARD' : 'EXEC']];
  }

  private command(): Words {
    const kind = this.below(1000);
    if (kind < 2) return this.pick<Words>([['FLUSHALL'], ['FLUSHALL', 'ASYNC'], ['FLUSHDB']]);
    if (kind < 6) return ['SWAPDB', this.below(DATABASES), this.below(DATABASES)];
    if (kind < 300) return this.stringCommand();
    return this.writes.next();
  }

  private stringCommand(): Words {
    const key = this.stringKey();
    return this.pick<Words>([
      ['SET', key, this.below(1000)],
      ['SET', key, `text ${this.below(1000)}`],
      ['SET', key, 'l'.repeat(this.below(LONG_BYTES)), 'PX', 1 + this.below(5000)],
      ['SET', key, 'v'.repeat(this.below(300)), 'KEEPTTL'],
      ['APPEND', key, 'a'.repeat(this.below(500))],
      ['SETRANGE', key, this.below(2000), 'range'],
      ['SETBIT', key, this.below(8000), 1],
      ['INCRBY', key, this.below(1000)],
      ['MSET', key, 'm', this.stringKey(), 'n', this.stringKey(), this.below(100)],
      ['GETDEL', key],
      ['GETEX', key, 'PX', 1 + this.below(5000)],
      ['PEXPIRE', key, 1 + this.below(3000)],
      ['RENAME', key, this.stringKey()],
      ['COPY', key, this.stringKey(), 'DB', this.below(DATABASES), 'REPLACE'],
      ['MOVE', key, this.below(DATABASES)],
      ['DEL', key, this.stringKey(), this.writes.key('hash')],
    ]);
  }

  private stringKey(): string {
    return `text:${this.below(STRING_KEYS)}`;
  }

  private below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}
