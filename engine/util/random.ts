// Randomness, as a parameter: whoever needs random numbers takes a Random given at `open()`, so a
// test replays a failing run from its printed seed.

import { randomBytes } from 'node:crypto';

export interface Random {
  /** @returns a uniform unsigned 32-bit integer */
  next32(): number;
}

/** @returns a uniform integer in [0, limit), limit <= 2^32 */
export function randomBelow(random: Random, limit: number): number {
  const unbiased = 2 ** 32 - (2 ** 32 % limit);
  let value = random.next32();
  while (value >= unbiased) value = random.next32();
  return value % limit;
}

/** @returns `length` lower-case hex digits, as Redis makes its run and replication ids */
export function randomHex(random: Random, length: number): string {
  let text = '';
  while (text.length < length) text += random.next32().toString(16).padStart(8, '0');
  return text.slice(0, length);
}

/**
 * xorshift128 by George Marsaglia ("Xorshift RNGs", 2003); fast, good enough for sampling, not
 * for secrets. Seeds of hash tables come from `randomSeed`.
 */
export class SeededRandom implements Random {
  private a: number;
  private b: number;
  private c = 0x9e3779b9;
  private d = 0x243f6a88;

  constructor(seed: number) {
    this.a = seed | 0 || 1;
    this.b = Math.imul(seed, 0x85ebca6b) ^ 0x5bd1e995;
    for (let i = 0; i < 16; i++) this.next32();
  }

  next32(): number {
    let t = this.d;
    const s = this.a;
    this.d = this.c;
    this.c = this.b;
    this.b = s;
    t ^= t << 11;
    t ^= t >>> 8;
    this.a = t ^ s ^ (s >>> 19);
    return this.a >>> 0;
  }
}

/** @returns an unpredictable unsigned 32-bit number from the operating system */
export function randomSeed(): number {
  return randomBytes(4).readUInt32LE(0);
}
