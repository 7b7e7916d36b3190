// What may happen to a file while nobody reads it: bits flip, a range turns to zeros, its end is
// cut off or grows, it is removed. Everything random comes from the generator of the case.

import { type Random, randomBelow } from '../../engine/util/random.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';

export interface Damage {
  readonly path: string;
  /** As it is now; null when it was removed. */
  readonly bytes: Buffer | null;
  readonly what: string;
}

/** @returns what was done to a file; its bytes are others now, or it is gone */
export function damageFile(fs: MemoryFileSystem, path: string, random: Random): Damage {
  const bytes = fs.bytesOf(path);
  for (;;) {
    const [what, after] = damagedBytes(bytes, random);
    if (after === null) {
      fs.remove(path);
      return { path, bytes: null, what };
    }
    if (after.equals(bytes)) continue;
    fs.put(path, after);
    return { path, bytes: after, what };
  }
}

function damagedBytes(bytes: Buffer, random: Random): [what: string, after: Buffer | null] {
  const after = Buffer.from(bytes);
  const at = randomBelow(random, bytes.length);
  switch (randomBelow(random, 6)) {
    case 0:
      return ['removed', null];
    case 1:
      return [`cut at ${at}`, after.subarray(0, at)];
    case 2: {
      const end = Math.min(bytes.length, at + 1 + randomBelow(random, 5000));
      return [`zeros from ${at} to ${end}`, after.fill(0, at, end)];
    }
    case 3:
      return [
        'made longer',
        Buffer.concat([after, Buffer.alloc(1 + randomBelow(random, 600), at)]),
      ];
    default:
      after[at] ^= 1 << randomBelow(random, 8);
      return [`a bit of byte ${at} flipped`, after];
  }
}
