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
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      to[toAt + i] = from[fromAt + i];
      to[toAt + i + 1] = from[fromAt + i + 1];
      to[toAt + i + 2] = from[fromAt + i + 2];
      to[toAt + i + 3] = from[fromAt + i + 3];
    }
    for (; i < length; i++) to[toAt + i] = from[fromAt + i];
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

/** @returns a view of the same memory, for reading and writing four bytes at a time */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The view of whatever buffer was asked for last. */
export class ViewCache {
  private bytes: Uint8Array = EMPTY_BYTES;
  private view = viewOf(EMPTY_BYTES);

  of(bytes: Uint8Array): DataView {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = viewOf(bytes);
    }
    return this.view;
  }
}

/**
 * As `copyBytes`, between views: three times as fast for the short lengths of keys and values.
 * The ranges may not overlap.
 */
export function copyView(
  from: DataView,
  fromAt: number,
  to: DataView,
  toAt: number,
  length: number,
): void {
  if (length >= NATIVE_COPY_MIN) {
    const source = new Uint8Array(from.buffer, from.byteOffset + fromAt, length);
    new Uint8Array(to.buffer, to.byteOffset + toAt, length).set(source);
    return;
  }
  let i = 0;
  for (; i + 4 <= length; i += 4) to.setInt32(toAt + i, from.getInt32(fromAt + i));
  for (; i < length; i++) to.setUint8(toAt + i, from.getUint8(fromAt + i));
}

/** As `equalBytes`, between views. */
export function equalView(
  a: DataView,
  aAt: number,
  b: DataView,
  bAt: number,
  length: number,
): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) if (a.getInt32(aAt + i) !== b.getInt32(bAt + i)) return false;
  for (; i < length; i++) if (a.getUint8(aAt + i) !== b.getUint8(bAt + i)) return false;
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
