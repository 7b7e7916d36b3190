// Copying, comparing and making byte strings. Invariant: nothing here assumes UTF-8; text that
// enters or leaves as bytes is latin1, so every byte value survives the round trip.

/** Below this many bytes a loop beats the fixed price of a native call (measured on Node 20). */
const NATIVE_COPY_MIN = 64;
/** Same for comparing. */
const NATIVE_COMPARE_MIN = 48;

export const EMPTY_BYTES: Buffer = Buffer.alloc(0);

/** Copies `length` bytes; the ranges may not overlap unless `to` starts at or before `from`. */
export function copyBytes(
  from: Uint8Array,
  fromAt: number,
  to: Uint8Array,
  toAt: number,
  length: number,
): void {
  if (length < NATIVE_COPY_MIN) {
    for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i];
  } else if (from === to) {
    to.copyWithin(toAt, fromAt, fromAt + length);
  } else {
    to.set(from.subarray(fromAt, fromAt + length), toAt);
  }
}

/** @returns whether the two ranges of `length` bytes are the same */
export function equalBytes(
  a: Uint8Array,
  aAt: number,
  b: Uint8Array,
  bAt: number,
  length: number,
): boolean {
  if (length >= NATIVE_COMPARE_MIN) {
    return Buffer.compare(a.subarray(aAt, aAt + length), b.subarray(bAt, bAt + length)) === 0;
  }
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}

/** @returns the bytes of a latin1 string; one byte per character */
export function latin1Bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** @returns a copy that shares no memory with `bytes`, safe to keep after the turn */
export function ownBytes(bytes: Uint8Array, from: number, length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(length);
  copyBytes(bytes, from, copy, 0, length);
  return copy;
}
