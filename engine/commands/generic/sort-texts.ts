// Byte strings of one SORT, copied out of the database: while it looks up other keys some of them
// may expire, and a destination may be the sorted key itself. One object is used again and again.
// Invariant: text `i` is `bytes[startOf(i) .. ends[i])`.

import { ByteWriter } from '../../snapshot/rdb/byte-writer.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import { ViewCache } from '../../util/bytes.js';

const FIRST_ROOM = 64;
/** More memory than this is given back after use. */
const KEPT_BYTES_MAX = 1024 * 1024;
const KEPT_TEXTS_MAX = 64 * 1024;

export class SortTexts {
  count = 0;
  private writer = new ByteWriter();
  private ends = new Float64Array(FIRST_ROOM);
  /** 1 for a text that is missing, which is not the same as empty. */
  private missing = new Uint8Array(FIRST_ROOM);
  private readonly views = new ViewCache();

  get bytes(): Buffer {
    return this.writer.bytes;
  }

  /** Forgets all texts. */
  clear(): void {
    this.count = 0;
    this.writer.clear();
    if (this.writer.bytes.length > KEPT_BYTES_MAX) this.writer = new ByteWriter();
    if (this.ends.length > KEPT_TEXTS_MAX) {
      this.ends = new Float64Array(FIRST_ROOM);
      this.missing = new Uint8Array(FIRST_ROOM);
    }
  }

  add(text: ByteSlice): void {
    this.writer.writeBytes(text.bytes, text.at, text.length);
    this.close(0);
  }

  addMissing(): void {
    this.close(1);
  }

  /** Points `out` at text `index`; valid until a text is added. */
  open(index: number, out: ByteSlice): void {
    const { bytes } = this.writer;
    const from = this.startOf(index);
    out.of(bytes, this.views.of(bytes), from, this.ends[index] - from);
  }

  isMissing(index: number): boolean {
    return this.missing[index] === 1;
  }

  startOf(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1];
  }

  endOf(index: number): number {
    return this.ends[index];
  }

  private close(missing: number): void {
    if (this.count === this.ends.length) this.grow();
    this.missing[this.count] = missing;
    this.ends[this.count++] = this.writer.length;
  }

  private grow(): void {
    const ends = new Float64Array(this.count * 2);
    ends.set(this.ends);
    this.ends = ends;
    const missing = new Uint8Array(this.count * 2);
    missing.set(this.missing);
    this.missing = missing;
  }
}
