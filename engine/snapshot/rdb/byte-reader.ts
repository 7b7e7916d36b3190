// Bytes from outside, read in order. Invariant: nothing outside `bytes[at .. end)` is ever read.
// A read that asks for more than is left sets `failed` for good and gives zero or null, so a
// parser may check once at the end of a group of fields; it must check before it trusts a count.

export class ByteReader {
  readonly bytes: Uint8Array;
  /** Where the next read starts. */
  at: number;
  readonly end: number;
  /** The input was too short or malformed; every later read fails too. */
  failed = false;
  private readonly scratch = new DataView(new ArrayBuffer(8));

  /** Reads `bytes[at .. at + length)`, which must lie inside the array. */
  constructor(bytes: Uint8Array, at: number, length: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = at + length;
  }

  /** @returns how many bytes are left; 0 after a failure */
  left(): number {
    return this.failed ? 0 : this.end - this.at;
  }

  /** Declares the input bad. */
  fail(): void {
    this.failed = true;
  }

  /**
   * Passes over `count` bytes.
   * @returns where they start in `bytes`; -1 after a failure
   */
  skip(count: number): number {
    if (this.failed || count > this.end - this.at) {
      this.failed = true;
      return -1;
    }
    const from = this.at;
    this.at += count;
    return from;
  }

  readByte(): number {
    const from = this.skip(1);
    return from < 0 ? 0 : this.bytes[from];
  }

  readUint16Le(): number {
    const from = this.skip(2);
    return from < 0 ? 0 : this.bytes[from] | (this.bytes[from + 1] << 8);
  }

  /** @returns 0 to 2^32 - 1 */
  readUint32Le(): number {
    const from = this.skip(4);
    if (from < 0) return 0;
    const { bytes } = this;
    const upper = (bytes[from + 2] << 16) | (bytes[from + 3] << 24);
    return (bytes[from] | (bytes[from + 1] << 8) | upper) >>> 0;
  }

  /** @returns 0 to 2^32 - 1 */
  readUint32Be(): number {
    const from = this.skip(4);
    if (from < 0) return 0;
    const { bytes } = this;
    const upper = (bytes[from] << 24) | (bytes[from + 1] << 16);
    return (upper | (bytes[from + 2] << 8) | bytes[from + 3]) >>> 0;
  }

  readDoubleLe(): number {
    this.scratch.setUint32(0, this.readUint32Le(), true);
    this.scratch.setUint32(4, this.readUint32Le(), true);
    return this.failed ? 0 : this.scratch.getFloat64(0, true);
  }

  /** @returns a view (not a copy) of the next `length` bytes; null after a failure */
  readView(length: number): Uint8Array | null {
    const from = this.skip(length);
    return from < 0 ? null : this.bytes.subarray(from, from + length);
  }
}
