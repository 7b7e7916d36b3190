// Collections as one client of a fault test writes them: what a command makes of a value, as text.
// Invariant: the model never asks the server, and every command it makes succeeds on the value
// that it is made for.

import { randomBelow, type SeededRandom } from '../../engine/util/random.js';

export type CollectionType = 'list' | 'set' | 'hash' | 'zset';
export const COLLECTION_TYPES: readonly CollectionType[] = ['list', 'set', 'hash', 'zset'];

/** A value after a command; null when the key is gone. */
export interface Change {
  readonly words: readonly string[];
  readonly items: readonly string[] | null;
}

const ELEMENTS = 400;
/** Elements of one command, now and then: enough to leave the packed form. */
const BATCH = 90;
const BATCH_EVERY = 12;
const LARGE_BYTES = 5000;
/** No such command has a batch: these are multiples of BATCH_EVERY, and one more. */
const LARGE_EVERY = 60;
/** In every hash, and never removed: a hash does not vanish when its fields expire. */
const BASE_FIELD = 'base';

/** @returns the value of a key of this type as one text, whatever the order its items came in */
export function collectionText(type: CollectionType, items: readonly string[]): string {
  const ordered = type === 'list' || type === 'zset' ? items : [...items].sort();
  return [type, ...ordered].join('\n');
}

/** @returns the items of such a text */
export function itemsOf(text: string): string[] {
  return text.split('\n').slice(1);
}

/** A field of a hash as an item. @param deadlineMs 0 for none */
export function fieldItem(field: string, value: string, deadlineMs: number): string {
  return `${field} ${value} ${deadlineMs}`;
}

/** @returns the items of a hash without the fields that have expired by `nowMs` */
export function livingFields(items: readonly string[], nowMs: number): string[] {
  return items.filter((item) => {
    const deadlineMs = Number(item.split(' ')[2]);
    return deadlineMs === 0 || deadlineMs > nowMs;
  });
}

export class CollectionModel {
  private readonly random: SeededRandom;
  private counter = 0;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  /**
   * @param items the value as it is; empty for an absent key
   * @param deadlineMs for a field that is to expire
   */
  change(type: CollectionType, key: string, items: readonly string[], deadlineMs: number): Change {
    this.counter++;
    if (type === 'list') return this.changeList(key, items);
    if (type === 'set') return this.changeSet(key, items);
    if (type === 'hash') return this.changeHash(key, items, deadlineMs);
    return this.changeZset(key, items);
  }

  private below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  private element(): string {
    const text = `element:${this.below(ELEMENTS)}`;
    return this.counter % LARGE_EVERY === 1 ? text.padEnd(LARGE_BYTES, 'x') : text;
  }

  private some(): string[] {
    const count = this.counter % BATCH_EVERY === 0 ? BATCH : 1 + this.below(3);
    return Array.from({ length: count }, () => this.element());
  }

  private changeList(key: string, items: readonly string[]): Change {
    const kind = this.below(6);
    const added = this.some();
    if (kind === 0 && items.length > 0) {
      return { words: ['LPOP', key], items: left(items.slice(1)) };
    }
    if (kind === 1 && items.length > 0) {
      const index = this.below(items.length);
      const element = this.element();
      return { words: ['LSET', key, String(index), element], items: items.with(index, element) };
    }
    if (kind === 2 && items.length > 200) {
      return { words: ['LTRIM', key, '50', '-51'], items: left(items.slice(50, -50)) };
    }
    if (kind === 3) {
      return { words: ['LPUSH', key, ...added], items: [...[...added].reverse(), ...items] };
    }
    return { words: ['RPUSH', key, ...added], items: [...items, ...added] };
  }

  private changeSet(key: string, items: readonly string[]): Change {
    const chosen = this.some();
    if (this.below(3) === 0 && items.length > 0) {
      const gone = [...chosen, items[this.below(items.length)]];
      const kept = items.filter((item) => !gone.includes(item));
      return { words: ['SREM', key, ...gone], items: left(kept) };
    }
    return { words: ['SADD', key, ...chosen], items: [...new Set([...items, ...chosen])] };
  }

  private changeHash(key: string, items: readonly string[], deadlineMs: number): Change {
    const chosen = [...new Set(this.some())];
    const kept = (names: readonly string[]): string[] =>
      items.filter((item) => !names.includes(item.split(' ')[0]));
    const kind = this.below(5);
    const value = String(this.counter);
    if (items.length === 0 || kind > 1) {
      const names = items.length === 0 ? [BASE_FIELD, ...chosen] : chosen;
      return {
        words: ['HSET', key, ...names.flatMap((name) => [name, value])],
        items: [...kept(names), ...names.map((name) => fieldItem(name, value, 0))],
      };
    }
    if (kind === 0) return { words: ['HDEL', key, ...chosen], items: kept(chosen) };
    const [name] = chosen;
    return {
      words: ['HSETEX', key, 'PXAT', String(deadlineMs), 'FIELDS', '1', name, value],
      items: [...kept([name]), fieldItem(name, value, deadlineMs)],
    };
  }

  private changeZset(key: string, items: readonly string[]): Change {
    const scores = new Map(
      items.map((item) => [item.slice(item.indexOf(' ') + 1), Number.parseFloat(item)]),
    );
    if (this.below(4) === 0 && items.length > 0) {
      return { words: ['ZPOPMIN', key], items: left(items.slice(1)) };
    }
    const words = ['ZADD', key];
    for (const member of this.some()) {
      const score = this.below(1000) / 4;
      words.push(String(score), member);
      scores.set(member, score);
    }
    const pairs = [...scores].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
    return { words, items: pairs.map(([member, score]) => `${score} ${member}`) };
  }
}

/** An empty collection is no key. */
function left(items: readonly string[]): readonly string[] | null {
  return items.length === 0 ? null : items;
}
