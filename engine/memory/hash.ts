// The seeded hash of keys and members. HalfSipHash-1-3 (J.-P. Aumasson and D. J. Bernstein,
// "SipHash: a fast short-input PRF", 32-bit variant with one compression and three finalisation
// rounds): 32-bit words suit JS integers, and without the seed nobody can choose colliding keys.
// Invariant: the result is a signed 32-bit integer, so it never leaves V8's small-integer range.

export interface HashSeed {
  readonly k0: number;
  readonly k1: number;
}

/**
 * @param seed two 32-bit halves of a 64-bit key
 * @returns a signed 32-bit hash of the bytes `[at .. at + length)` of `view`
 */
export function hashBytes(seed: HashSeed, view: DataView, at: number, length: number): number {
  let v0 = seed.k0;
  let v1 = seed.k1;
  let v2 = 0x6c796765 ^ v0;
  let v3 = 0x74656462 ^ v1;
  const wordsEnd = at + (length & ~3);
  for (let i = at; i < wordsEnd; i += 4) {
    const word = view.getInt32(i, true);
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  let last = length << 24;
  for (let i = 0; i < (length & 3); i++) last |= view.getUint8(wordsEnd + i) << (8 * i);
  v3 ^= last;
  for (let round = 0; round < 4; round++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (round === 0) {
      v0 ^= last;
      v2 ^= 0xff;
    }
  }
  return v1 ^ v3;
}
