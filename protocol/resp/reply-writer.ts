// The socket's Reply: RESP2 and RESP3 differ here and nowhere else. Invariant: each method leaves
// one complete RESP element in the output, whatever its size; the dialect is read from the target
// at that moment, so the answer to HELLO is already in the new one.

import {
  assert,
  copyBytes,
  copyView,
  decimalLength,
  formatDouble,
  type Reply,
  type ReplyMark,
  writeInteger,
} from '../engine-port.js';
import { OutputWriter, OWN_PAGE_MIN_BYTES } from '../output-writer.js';
import type { OutputTarget } from '../turn.js';

/** Room for a type byte, a whole number and a line break. */
const HEADER_MAX_BYTES = 24;
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
const ARRAY = 42;
const MAP = 37;
const SET = 126;
const PUSH = 62;
const BULK = 36;
const INTEGER = 58;
const ATTRIBUTE = 124;
/** Big-endian, as the bytes stand: `\r\n`, `$0\r\n` and `$00\r`. */
const LINE_BREAK = 0x0d0a;
const BULK_OF_ONE_DIGIT = 0x24300d0a;
const BULK_OF_TWO_DIGITS = 0x2430300d;
const LINE_BREAKS = /[\r\n]/g;

export class ReplyWriter<Target extends OutputTarget>
  extends OutputWriter<Target>
  implements Reply
{
  errorCount = 0;
  lastError = '';

  private get isResp3(): boolean {
    return this.target !== null && this.target.resp === 3;
  }

  ok(): void {
    this.room(5);
    const { bytes, top } = this;
    bytes[top] = 43;
    bytes[top + 1] = 79;
    bytes[top + 2] = 75;
    bytes[top + 3] = CARRIAGE_RETURN;
    bytes[top + 4] = LINE_FEED;
    this.top = top + 5;
  }

  status(text: string): void {
    this.room(1);
    this.bytes[this.top++] = 43;
    this.latin1(text);
    this.lineBreak();
  }

  error(text: string): void {
    this.errorCount++;
    this.lastError = text;
    this.room(1);
    this.bytes[this.top++] = 45;
    this.latin1(text.replace(LINE_BREAKS, ' '));
    this.lineBreak();
  }

  integer(value: number): void {
    this.header(INTEGER, value);
  }

  integer64(value: bigint): void {
    this.latin1(`:${value}\r\n`);
  }

  bulk(from: Uint8Array, at: number, length: number): void {
    if (length >= OWN_PAGE_MIN_BYTES) {
      this.header(BULK, length);
      this.raw(from, at, length);
      this.lineBreak();
      return;
    }
    const top = this.bulkHeader(length);
    copyBytes(from, at, this.bytes, top, length);
    this.view.setInt16(top + length, LINE_BREAK);
    this.top = top + length + 2;
  }

  bulkView(from: DataView, at: number, length: number): void {
    if (length >= OWN_PAGE_MIN_BYTES) {
      this.bulk(new Uint8Array(from.buffer, from.byteOffset, from.byteLength), at, length);
      return;
    }
    const top = this.bulkHeader(length);
    copyView(from, at, this.view, top, length);
    this.view.setInt16(top + length, LINE_BREAK);
    this.top = top + length + 2;
  }

  text(value: string): void {
    this.header(BULK, value.length);
    this.latin1(value);
    this.lineBreak();
  }

  bulkInteger(value: number): void {
    this.room(2 * HEADER_MAX_BYTES);
    const { bytes } = this;
    let { top } = this;
    bytes[top] = BULK;
    top += 1 + writeInteger(bytes, top + 1, decimalLength(value));
    bytes[top] = CARRIAGE_RETURN;
    bytes[top + 1] = LINE_FEED;
    top += 2;
    top += writeInteger(bytes, top, value);
    bytes[top] = CARRIAGE_RETURN;
    bytes[top + 1] = LINE_FEED;
    this.top = top + 2;
  }

  null(): void {
    if (this.isResp3) this.latin1('_\r\n');
    else this.latin1('$-1\r\n');
  }

  nullArray(): void {
    if (this.isResp3) this.latin1('_\r\n');
    else this.latin1('*-1\r\n');
  }

  array(length: number): void {
    this.header(ARRAY, length);
  }

  map(length: number): void {
    if (this.isResp3) this.header(MAP, length);
    else this.header(ARRAY, length * 2);
  }

  set(length: number): void {
    this.header(this.isResp3 ? SET : ARRAY, length);
  }

  push(length: number): void {
    this.header(this.isResp3 ? PUSH : ARRAY, length);
  }

  double(value: number): void {
    // Most scores are whole numbers, which need no string.
    if (!this.isResp3 && Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.bulkInteger(value);
      return;
    }
    const text = formatDouble(value);
    if (this.isResp3) this.latin1(`,${text}\r\n`);
    else this.text(text);
  }

  boolean(value: boolean): void {
    if (this.isResp3) this.latin1(value ? '#t\r\n' : '#f\r\n');
    else this.header(INTEGER, value ? 1 : 0);
  }

  bigNumber(digits: string): void {
    if (this.isResp3) this.latin1(`(${digits}\r\n`);
    else this.text(digits);
  }

  verbatim(format: string, text: string): void {
    if (!this.isResp3) {
      this.text(text);
      return;
    }
    assert(format.length === 3, 'a verbatim format has three letters');
    this.latin1(`=${text.length + 4}\r\n${format}:`);
    this.latin1(text);
    this.lineBreak();
  }

  attribute(length: number): void {
    assert(this.isResp3, 'attributes are for RESP3 only');
    this.header(ATTRIBUTE, length);
  }

  beginArray(): ReplyMark {
    return this.mark();
  }

  endArray(mark: ReplyMark, length: number): void {
    this.headerAt(mark, ARRAY, length);
  }

  beginMap(): ReplyMark {
    return this.mark();
  }

  endMap(mark: ReplyMark, length: number): void {
    if (this.isResp3) this.headerAt(mark, MAP, length);
    else this.headerAt(mark, ARRAY, length * 2);
  }

  beginSet(): ReplyMark {
    return this.mark();
  }

  endSet(mark: ReplyMark, length: number): void {
    this.headerAt(mark, this.isResp3 ? SET : ARRAY, length);
  }

  /** Writes the length of a bulk string that fits the page. @returns where its bytes begin */
  private bulkHeader(length: number): number {
    this.room(length + HEADER_MAX_BYTES + 2);
    const { bytes, view, top } = this;
    if (length < 10) {
      view.setInt32(top, BULK_OF_ONE_DIGIT + (length << 16));
      return top + 4;
    }
    if (length < 100) {
      const tens = (length / 10) | 0;
      view.setInt32(top, BULK_OF_TWO_DIGITS + (tens << 16) + ((length - tens * 10) << 8));
      bytes[top + 4] = LINE_FEED;
      return top + 5;
    }
    bytes[top] = BULK;
    const end = top + 1 + writeInteger(bytes, top + 1, length);
    view.setInt16(end, LINE_BREAK);
    return end + 2;
  }

  private lineBreak(): void {
    this.room(2);
    const { bytes, top } = this;
    bytes[top] = CARRIAGE_RETURN;
    bytes[top + 1] = LINE_FEED;
    this.top = top + 2;
  }

  /** `<type><value>` and a line break. */
  private header(type: number, value: number): void {
    this.room(HEADER_MAX_BYTES);
    const { bytes } = this;
    let { top } = this;
    bytes[top] = type;
    top += 1 + writeInteger(bytes, top + 1, value);
    bytes[top] = CARRIAGE_RETURN;
    bytes[top + 1] = LINE_FEED;
    this.top = top + 2;
  }

  private headerAt(mark: ReplyMark, type: number, length: number): void {
    this.beginHeader(HEADER_MAX_BYTES);
    this.header(type, length);
    this.endHeader(mark);
  }
}
