// The client's side of the wire: replies of RESP2 and RESP3, in whatever pieces they arrive.
// Invariant: a value is given out when its last byte is there, every byte is looked at once, and
// what is not RESP is an error that says where.

import { copyBytes, EMPTY_BYTES } from '../engine-port.js';

/** One reply, with everything the wire said about it. */
export type RespValue = RespScalar | RespAggregate;

export type RespScalar =
  | { readonly type: 'status' | 'error' | 'bigNumber'; readonly text: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'bulk' | 'blobError'; readonly bytes: Buffer }
  | { readonly type: 'verbatim'; readonly format: string; readonly bytes: Buffer }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  /** `$-1`, `*-1` and `_` in turn. */
  | { readonly type: 'nullBulk' | 'nullArray' | 'null' };

export interface RespAggregate {
  readonly type: 'array' | 'map' | 'set' | 'push' | 'attribute';
  /** Keys and values in turn for maps and attributes. */
  readonly items: RespValue[];
}

/** The bytes are not RESP. */
export class ReplySyntaxError extends Error {
  override readonly name = 'ReplySyntaxError';
}

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
/** Longest line; none of a server's own is longer, errors included. */
const LINE_MAX_BYTES = 1024 * 1024;

const AGGREGATES: ReadonlyMap<string, RespAggregate['type']> = new Map([
  ['*', 'array'],
  ['%', 'map'],
  ['~', 'set'],
  ['>', 'push'],
  ['|', 'attribute'],
]);

interface OpenAggregate {
  readonly value: RespAggregate;
  missing: number;
}

function parseDouble(text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  if (text === 'nan') return Number.NaN;
  const value = Number(text);
  if (text === '' || Number.isNaN(value)) throw new ReplySyntaxError(`not a double: ${text}`);
  return value;
}

export class ReplyParser {
  private bytes: Buffer = EMPTY_BYTES;
  private at = 0;
  private end = 0;
  /** How far the current line was already searched for its end. */
  private searched = 0;
  /** Type and length of a bulk whose bytes have not all come. */
  private bulkType = '';
  private bulkLength = -1;
  private readonly open: OpenAggregate[] = [];
  private consumed = 0;

  /** Takes received bytes; they are copied. */
  push(chunk: Uint8Array): void {
    const rest = this.end - this.at;
    if (this.end + chunk.length > this.bytes.length) {
      const fits = rest + chunk.length <= this.bytes.length && this.at >= rest;
      const target = fits
        ? this.bytes
        : Buffer.allocUnsafeSlow(Math.max(rest + chunk.length, this.bytes.length * 2, 1024));
      copyBytes(this.bytes, this.at, target, 0, rest);
      this.bytes = target;
      this.searched = Math.max(0, this.searched - this.at);
      this.at = 0;
      this.end = rest;
    }
    copyBytes(chunk, 0, this.bytes, this.end, chunk.length);
    this.end += chunk.length;
  }

  /**
   * @returns the next whole reply, or null when more bytes are needed
   * @throws ReplySyntaxError; the parser is of no use afterwards
   */
  next(): RespValue | null {
    for (;;) {
      const value = this.element();
      if (value === null) return null;
      const whole = this.place(value);
      if (whole !== null) return whole;
    }
  }

  /** Puts an element where it belongs. @returns the outermost value when that completed it */
  private place(element: RespValue): RespValue | null {
    let value = element;
    if (this.isOpen(value)) return null;
    for (;;) {
      const parent = this.open[this.open.length - 1];
      if (parent === undefined) return value;
      parent.value.items.push(value);
      // Attributes are said about the value that follows and do not count themselves.
      if (value.type !== 'attribute') parent.missing--;
      if (parent.missing > 0) return null;
      this.open.pop();
      value = parent.value;
    }
  }

  private isOpen(value: RespValue): boolean {
    const last = this.open[this.open.length - 1];
    return last !== undefined && last.value === value;
  }

  /** @returns one scalar, or an aggregate (opened unless empty), or null */
  private element(): RespValue | null {
    if (this.bulkLength >= 0) return this.bulk();
    const lineEnd = this.findLineEnd();
    if (lineEnd < 0) return null;
    const type = String.fromCharCode(this.bytes[this.at]);
    const text = this.bytes.toString('latin1', this.at + 1, lineEnd);
    this.consume(lineEnd + 2);
    const aggregate = AGGREGATES.get(type);
    if (aggregate !== undefined) return this.aggregate(aggregate, text);
    switch (type) {
      case '+':
        return { type: 'status', text };
      case '-':
        return { type: 'error', text };
      case ':':
        return { type: 'integer', value: BigInt(this.checked(text, /^[+-]?\d+$/)) };
      case '(':
        return { type: 'bigNumber', text: this.checked(text, /^[+-]?\d+$/) };
      case ',':
        return { type: 'double', value: parseDouble(text) };
      case '#':
        return { type: 'boolean', value: this.checked(text, /^[tf]$/) === 't' };
      case '_':
        this.checked(text, /^$/);
        return { type: 'null' };
      case '$':
      case '=':
      case '!':
        if (type === '$' && text === '-1') return { type: 'nullBulk' };
        this.bulkType = type;
        this.bulkLength = Number(this.checked(text, /^\d+$/));
        return this.bulk();
      default:
        throw this.failure(`unknown type ${JSON.stringify(type)}`);
    }
  }

  private aggregate(type: RespAggregate['type'], text: string): RespValue {
    if (type === 'array' && text === '-1') return { type: 'nullArray' };
    const length = Number(this.checked(text, /^\d+$/));
    const missing = type === 'map' || type === 'attribute' ? length * 2 : length;
    const value: RespAggregate = { type, items: [] };
    if (missing > 0) this.open.push({ value, missing });
    return value;
  }

  private bulk(): RespScalar | null {
    const { bytes, at, bulkLength: length } = this;
    if (this.end - at < length + 2) return null;
    if (bytes[at + length] !== CARRIAGE_RETURN || bytes[at + length + 1] !== LINE_FEED) {
      throw this.failure('a bulk string does not end with CRLF');
    }
    const payload = Buffer.from(bytes.subarray(at, at + length));
    this.bulkLength = -1;
    this.consume(at + length + 2);
    if (this.bulkType === '$') return { type: 'bulk', bytes: payload };
    if (this.bulkType === '!') return { type: 'blobError', bytes: payload };
    const format = payload.toString('latin1', 0, 3);
    return { type: 'verbatim', format, bytes: payload.subarray(4) };
  }

  /** @returns where the current line's CR is, or -1 */
  private findLineEnd(): number {
    const { bytes, at, end } = this;
    let position = Math.max(at, this.searched);
    while (position + 1 < end && bytes[position] !== CARRIAGE_RETURN) position++;
    if (position + 1 < end && bytes[position] === CARRIAGE_RETURN) {
      if (bytes[position + 1] !== LINE_FEED) throw this.failure('a CR without a LF');
      return position;
    }
    if (end - at > LINE_MAX_BYTES) throw this.failure('an endless line');
    this.searched = position;
    return -1;
  }

  private consume(to: number): void {
    this.consumed += to - this.at;
    this.at = to;
    this.searched = to;
  }

  private checked(text: string, form: RegExp): string {
    if (!form.test(text)) throw this.failure(`malformed: ${JSON.stringify(text)}`);
    return text;
  }

  private failure(what: string): ReplySyntaxError {
    return new ReplySyntaxError(`${what} (at byte ${this.consumed} of the stream)`);
  }
}
