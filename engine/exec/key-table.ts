// A table by key, of those few keys that somebody watches or waits for, asked about with every key
// that changes. A filter of counters in front of it answers most of those questions without making
// a string. Invariant: a key in the table has a counter above zero.

import { latin1Bytes } from '../util/bytes.js';

const COUNTERS = 4096;
/** Longer keys are told apart by their ends here; the table compares them whole. */
const HASHED_BYTES = 32;

export class KeyTable<Value> {
  private readonly byKey: Map<string, Value>[] = [];
  private readonly counters = new Uint32Array(COUNTERS);
  /** Keys in all databases. */
  size = 0;

  /** @returns what is kept for the key `bytes[at .. at + length)`; undefined for nothing */
  find(dbIndex: number, bytes: Buffer, at: number, length: number): Value | undefined {
    if (this.counters[counterOf(bytes, at, length)] === 0) return undefined;
    return this.byKey[dbIndex]?.get(bytes.toString('latin1', at, at + length));
  }

  /** @param key latin1 */
  get(dbIndex: number, key: string): Value | undefined {
    return this.byKey[dbIndex]?.get(key);
  }

  /** Adds a key that is not in the table. */
  add(dbIndex: number, key: string, value: Value): void {
    while (this.byKey.length <= dbIndex) this.byKey.push(new Map());
    this.byKey[dbIndex].set(key, value);
    this.counters[counterOfText(key)]++;
    this.size++;
  }

  /** Takes a key out that is in the table. */
  remove(dbIndex: number, key: string): void {
    this.byKey[dbIndex].delete(key);
    this.counters[counterOfText(key)]--;
    this.size--;
  }

  /** What is kept for the keys of one database, oldest first. */
  valuesOf(dbIndex: number): Iterable<Value> {
    return this.byKey[dbIndex]?.values() ?? [];
  }
}

function counterOfText(key: string): number {
  return counterOf(latin1Bytes(key), 0, key.length);
}

function counterOf(bytes: Uint8Array, at: number, length: number): number {
  let hash = length;
  const headEnd = at + Math.min(length, HASHED_BYTES);
  for (let i = at; i < headEnd; i++) hash = Math.imul(hash, 31) + bytes[i];
  const tailAt = Math.max(headEnd, at + length - HASHED_BYTES);
  for (let i = tailAt; i < at + length; i++) hash = Math.imul(hash, 31) + bytes[i];
  return (hash ^ (hash >>> 12)) & (COUNTERS - 1);
}
