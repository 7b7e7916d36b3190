// Requests, parsed in place: an argument is an offset and a length in the buffer that was read.
// Invariant: between two calls the parser remembers how far it got, so a command that arrives in
// many pieces is looked at once; offsets follow the bytes when the owner moves them (`rebase`).
//
// The limits and the texts of the errors are Redis's. A header line may be 64 KiB long before its
// end is seen; a NUL in it hides that end, as it does in Redis.

import { Args, EMPTY_BYTES } from '../engine-port.js';
import { InlineSplitter } from './inline-request.js';

/** More bytes are needed; the position to go on from is remembered. */
export const PARSE_INCOMPLETE = -1;
/** A protocol error; its text is in `error`. The connection cannot be used any further. */
export const PARSE_FAILED = -2;

/** Longest inline request, and longest header line, whose end has not been seen. */
export const LINE_MAX_BYTES = 64 * 1024;
/** Most arguments of one command. */
const ARGUMENTS_MAX = 2 ** 31 - 1;
/** What a client may send before it has given its password. */
const UNAUTHENTICATED_ARGUMENTS_MAX = 10;
const UNAUTHENTICATED_BULK_MAX_BYTES = 16 * 1024;
/** proto-max-bulk-len cannot be set lower, so shorter arguments need not ask for it. */
const BULK_ALWAYS_ALLOWED_BYTES = 1024 * 1024;
/** Lengths with at most this many digits need no check for overflow. */
const PLAIN_DIGITS = 9;
/** A header of a small command is read without looking at `end`: this much must follow it. */
export const PARSE_SLACK_BYTES = 32;

const NUL = 0;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const DOLLAR = 36;
const ASTERISK = 42;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;

const INTEGER64_MAX = 2n ** 63n - 1n;

/** What a parser asks about the client whose bytes it reads. */
export interface RequestSource {
  /** A password is required and was not given yet. */
  readonly isUnauthenticated: boolean;
  /** proto-max-bulk-len */
  readonly maxBulkBytes: number;
}

/**
 * Reads a length as Redis does: an optional minus, no plus, no leading zeros, 64 bits.
 * @returns the number (rounded beyond 2^53), or NaN
 */
function strictLength(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  const isNegative = at < to && bytes[at] === MINUS;
  if (isNegative) at++;
  const digits = to - at;
  if (digits === 1 && !isNegative && bytes[at] === ZERO) return 0;
  if (digits < 1 || digits > 19 || bytes[at] === ZERO) return Number.NaN;
  let value = 0n;
  for (; at < to; at++) {
    const byte = bytes[at];
    if (byte < ZERO || byte > NINE) return Number.NaN;
    value = value * 10n + BigInt(byte - ZERO);
  }
  if (value > (isNegative ? INTEGER64_MAX + 1n : INTEGER64_MAX)) return Number.NaN;
  return isNegative ? -Number(value) : Number(value);
}

export class RequestParser {
  /** The command that `parse` completed; `count` is 0 for an empty request. */
  readonly args = new Args();
  /** Text of a protocol error, without its code. */
  error = '';
  private readonly inline = new InlineSplitter();
  /** Arguments still to come of the command being read; 0 between commands. */
  private remaining = 0;
  /** Length of the argument being read; -1 when its header was not read yet. */
  private bulkLength = -1;
  /** Where to go on inside the command being read. */
  private position = 0;
  /** How far the line being read was already searched for its end. */
  private searched = 0;

  /** Whether nothing is remembered of an unfinished command. */
  get isIdle(): boolean {
    return this.remaining === 0 && this.searched === 0;
  }

  /** Forgets an unfinished command: the next call starts at the command's first byte. */
  reset(): void {
    this.remaining = 0;
    this.bulkLength = -1;
    this.searched = 0;
    this.error = '';
    this.args.count = 0;
  }

  /** The bytes of the unfinished command moved by `delta`. */
  rebase(delta: number): void {
    const { at, count } = this.args;
    for (let i = 0; i < count; i++) at[i] += delta;
    this.position += delta;
    if (this.searched !== 0) this.searched += delta;
  }

  /** @returns where the argument being read will end, or 0 when its length is not known yet */
  get announcedEnd(): number {
    return this.bulkLength < 0 ? 0 : this.position + this.bulkLength + 2;
  }

  /**
   * Parses one command.
   * @param at first byte of the command, also when it was offered before in part
   * @param end end of what was received
   * @returns the position after the command, which `args` then holds; or PARSE_INCOMPLETE,
   * or PARSE_FAILED
   */
  parse(bytes: Buffer, at: number, end: number, source: RequestSource): number {
    if (this.remaining === 0 && this.searched === 0) {
      const next = this.parseSmall(bytes, at, end, source, this.args);
      if (next !== 0) return next;
    }
    return this.parseAny(bytes, at, end, source);
  }

  /**
   * The usual case: a whole command of at most 99 short arguments. Remembers nothing and judges
   * nothing: whatever is unusual is left to `parse`, from its first byte.
   * @param args takes the command
   * @returns the position after the command, or 0
   */
  parseSmall(bytes: Buffer, at: number, end: number, source: RequestSource, args: Args): number {
    if (at >= end || end + PARSE_SLACK_BYTES > bytes.length || bytes[at] !== ASTERISK) return 0;
    let position = at + 2;
    let count = bytes[at + 1] - ZERO;
    if (count < 1 || count > 9) return 0;
    if (bytes[position] !== CARRIAGE_RETURN) {
      const digit = bytes[position++] - ZERO;
      if (digit < 0 || digit > 9 || bytes[position] !== CARRIAGE_RETURN) return 0;
      count = count * 10 + digit;
      if (count > UNAUTHENTICATED_ARGUMENTS_MAX && source.isUnauthenticated) return 0;
    }
    position += 2;
    if (count > args.at.length) args.reserve(count);
    const argumentAt = args.at;
    const argumentLength = args.length;
    for (let i = 0; i < count; i++) {
      if (position >= end || bytes[position] !== DOLLAR) return 0;
      let length = bytes[position + 1] - ZERO;
      position += 2;
      let byte = bytes[position];
      if (byte !== CARRIAGE_RETURN) {
        // A leading zero, or a minus, is not a number here.
        if (length < 1 || length > 9) return 0;
        do {
          const digit = byte - ZERO;
          if (digit < 0 || digit > 9) return 0;
          length = length * 10 + digit;
          if (length > UNAUTHENTICATED_BULK_MAX_BYTES) return 0;
          byte = bytes[++position];
        } while (byte !== CARRIAGE_RETURN);
      } else if (length < 0 || length > 9) return 0;
      position += 2;
      argumentAt[i] = position;
      argumentLength[i] = length;
      position += length + 2;
    }
    if (position > end) return 0;
    args.bytes = bytes;
    args.count = count;
    return position;
  }

  /** Any command, whole or not; goes on where it stopped. */
  private parseAny(bytes: Buffer, at: number, end: number, source: RequestSource): number {
    const args = this.args;
    args.bytes = bytes;
    let position = this.position;
    if (this.remaining === 0) {
      if (at >= end) return PARSE_INCOMPLETE;
      if (bytes[at] !== ASTERISK) return this.parseInline(bytes, at, end);
      position = this.parseCount(bytes, at, end, source);
      if (position < 0 || this.remaining === 0) return position;
    }
    let remaining = this.remaining;
    let length = this.bulkLength;
    do {
      if (length < 0) {
        const header = this.parseBulkHeader(bytes, position, end, source);
        if (header < 0) {
          this.remaining = remaining;
          this.bulkLength = -1;
          this.position = position;
          return header;
        }
        length = this.bulkLength;
        position = header;
      }
      if (end - position < length + 2) {
        this.remaining = remaining;
        this.bulkLength = length;
        this.position = position;
        return PARSE_INCOMPLETE;
      }
      const count = args.count;
      if (count === args.at.length) args.reserve(count + 1);
      args.at[count] = position;
      args.length[count] = length;
      args.count = count + 1;
      position += length + 2;
      length = -1;
    } while (--remaining > 0);
    this.remaining = 0;
    this.bulkLength = -1;
    return position;
  }

  /** `*<count>`: sets `remaining`. A count of 0 or less is a request for nothing. */
  private parseCount(bytes: Buffer, at: number, end: number, source: RequestSource): number {
    this.args.count = 0;
    let position = at + 1;
    let count = position < end ? bytes[position] - ZERO : -1;
    if (count > 0 && count <= 9) {
      const plainEnd = Math.min(end, position + PLAIN_DIGITS);
      for (position++; position < plainEnd; position++) {
        const digit = bytes[position] - ZERO;
        if (digit < 0 || digit > 9) break;
        count = count * 10 + digit;
      }
      if (position + 1 < end && bytes[position] === CARRIAGE_RETURN) {
        if (count > UNAUTHENTICATED_ARGUMENTS_MAX && source.isUnauthenticated) {
          return this.fail('unauthenticated multibulk length');
        }
        this.searched = 0;
        this.remaining = count;
        return position + 2;
      }
    }
    const found = this.findLineEnd(bytes, at, end, CARRIAGE_RETURN);
    if (found === PARSE_FAILED) return this.fail('too big mbulk count string');
    if (found < 0) return found;
    count = strictLength(bytes, at + 1, found);
    if (!(count <= ARGUMENTS_MAX)) return this.fail('invalid multibulk length');
    if (count > UNAUTHENTICATED_ARGUMENTS_MAX && source.isUnauthenticated) {
      return this.fail('unauthenticated multibulk length');
    }
    this.remaining = Math.max(count, 0);
    return found + 2;
  }

  /** `$<length>`: sets `bulkLength`. */
  private parseBulkHeader(bytes: Buffer, at: number, end: number, source: RequestSource): number {
    if (at + 3 < end && bytes[at] === DOLLAR) {
      let position = at + 1;
      let length = bytes[position++] - ZERO;
      if (length >= 0 && length <= 9) {
        const plainEnd = length === 0 ? position : Math.min(end, at + 1 + PLAIN_DIGITS);
        for (; position < plainEnd; position++) {
          const digit = bytes[position] - ZERO;
          if (digit < 0 || digit > 9) break;
          length = length * 10 + digit;
        }
        if (position + 1 < end && bytes[position] === CARRIAGE_RETURN) {
          this.searched = 0;
          return this.acceptBulk(length, position + 2, source);
        }
      }
    }
    if (at >= end) return PARSE_INCOMPLETE;
    const found = this.findLineEnd(bytes, at, end, CARRIAGE_RETURN);
    if (found === PARSE_FAILED) return this.fail('too big bulk count string');
    if (found < 0) return found;
    if (bytes[at] !== DOLLAR) {
      return this.fail(`expected '$', got '${String.fromCharCode(bytes[at])}'`);
    }
    const length = strictLength(bytes, at + 1, found);
    if (!(length >= 0)) return this.fail('invalid bulk length');
    return this.acceptBulk(length, found + 2, source);
  }

  /** Holds a length against the limits. @returns `position`, or PARSE_FAILED */
  private acceptBulk(length: number, position: number, source: RequestSource): number {
    if (length > UNAUTHENTICATED_BULK_MAX_BYTES) {
      if (length > BULK_ALWAYS_ALLOWED_BYTES && length > source.maxBulkBytes) {
        return this.fail('invalid bulk length');
      }
      if (source.isUnauthenticated) return this.fail('unauthenticated bulk length');
    }
    this.bulkLength = length;
    return position;
  }

  /** A line of words; an empty one is a request for nothing. */
  private parseInline(bytes: Buffer, at: number, end: number): number {
    this.args.count = 0;
    const found = this.findLineEnd(bytes, at, end, LINE_FEED);
    if (found === PARSE_FAILED) return this.fail('too big inline request');
    if (found < 0) return found;
    const lineEnd = found > at && bytes[found - 1] === CARRIAGE_RETURN ? found - 1 : found;
    if (!this.inline.split(bytes, at, lineEnd, this.args)) {
      return this.fail('unbalanced quotes in request');
    }
    return found + 1;
  }

  /**
   * Looks for `terminator` from where the last call stopped; a CR must have a byte after it.
   * @returns its position, PARSE_INCOMPLETE, or PARSE_FAILED when the line is too long
   */
  private findLineEnd(bytes: Buffer, at: number, end: number, terminator: number): number {
    let position = this.searched === 0 ? at : this.searched;
    while (position < end && bytes[position] !== terminator && bytes[position] !== NUL) position++;
    if (position < end && bytes[position] === terminator) {
      if (terminator === LINE_FEED || position + 1 < end) {
        this.searched = 0;
        return position;
      }
    } else if (end - at > LINE_MAX_BYTES) {
      return PARSE_FAILED;
    }
    this.searched = position;
    return PARSE_INCOMPLETE;
  }

  private fail(text: string): number {
    this.reset();
    this.args.bytes = EMPTY_BYTES;
    this.error = `Protocol error: ${text}`;
    return PARSE_FAILED;
  }
}
