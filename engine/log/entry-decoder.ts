// Reads the entries of a frame back as arguments, in place: offsets into the frame's bytes, no
// copies, so an entry is valid until the next one and as long as the frame's bytes are.

import { Args } from '../util/args.js';
import { EMPTY_BYTES } from '../util/bytes.js';
import { LogError } from './errors.js';

const MALFORMED = 'an entry does not fit its frame although the checksum is right';

export class EntryDecoder {
  readonly args = new Args();
  dbIndex = 0;
  private bytes: Buffer = EMPTY_BYTES;
  private at = 0;
  private end = 0;

  /** Begins with the entries in `bytes[from .. to)`: the payload of one frame. */
  begin(bytes: Buffer, from: number, to: number): void {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.args.bytes = bytes;
  }

  /**
   * @returns whether there was another entry; it is in `dbIndex` and `args`
   * @throws LogError CORRUPT when the bytes are not entries
   */
  next(): boolean {
    const { args, end } = this;
    if (this.at >= end) return false;
    this.dbIndex = this.varint();
    const count = this.varint();
    if (count > end - this.at) throw new LogError('CORRUPT', MALFORMED);
    args.count = 0;
    args.reserve(count);
    for (let i = 0; i < count; i++) {
      const length = this.varint();
      args.at[i] = this.at;
      args.length[i] = length;
      this.at += length;
    }
    args.count = count;
    if (this.at > end) throw new LogError('CORRUPT', MALFORMED);
    return true;
  }

  /** Where the next entry begins. */
  get position(): number {
    return this.at;
  }

  private varint(): number {
    const byte = this.bytes[this.at++];
    return byte < 0x80 ? byte : this.longVarint(byte & 0x7f);
  }

  private longVarint(low: number): number {
    let value = low;
    let unit = 0x80;
    for (let i = 0; i < 4; i++) {
      if (this.at >= this.end) break;
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 0x80;
    }
    throw new LogError('CORRUPT', MALFORMED);
  }
}
