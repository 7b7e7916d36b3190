// The inline form of a request: words on one line, as typed into a terminal. Invariant: splitting
// writes decoded words into a buffer of its own, so the received bytes stay as they came and the
// same line can be split again.

import type { Args } from '../engine-port.js';

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const BACKSLASH = 92;

/** isspace() of the C locale. */
function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

/** @returns the value of a hexadecimal digit, or -1 */
function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** @returns the byte that a backslash and `byte` mean between double quotes */
function unescaped(byte: number): number {
  switch (byte) {
    case 110:
      return LINE_FEED;
    case 114:
      return CARRIAGE_RETURN;
    case 116:
      return TAB;
    case 98:
      return 8;
    case 97:
      return 7;
    default:
      return byte;
  }
}

export class InlineSplitter {
  /** Where the decoded words are; replaced when a longer line comes. */
  private words = Buffer.allocUnsafeSlow(1024);
  private top = 0;

  /**
   * Splits the line `bytes[from .. to)` (without its line break) into words.
   * @param args takes the words; valid until the next call
   * @returns false when a quote is not closed, or is closed in the middle of a word
   */
  split(bytes: Uint8Array, from: number, to: number, args: Args): boolean {
    if (this.words.length < to - from) this.words = Buffer.allocUnsafeSlow((to - from) * 2);
    this.top = 0;
    args.count = 0;
    args.bytes = this.words;
    let at = from;
    for (;;) {
      while (at < to && isSpace(bytes[at])) at++;
      if (at >= to) return true;
      const wordAt = this.top;
      at = this.word(bytes, at, to);
      if (at < 0) return false;
      args.push(wordAt, this.top - wordAt);
    }
  }

  /** Decodes one word. @returns where it ends, or -1 */
  private word(bytes: Uint8Array, from: number, to: number): number {
    const words = this.words;
    let at = from;
    while (at < to) {
      const byte = bytes[at];
      if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) {
        // A closed quote ends the word: only white space may follow it.
        at =
          byte === DOUBLE_QUOTE
            ? this.doubleQuoted(bytes, at, to)
            : this.singleQuoted(bytes, at, to);
        return at >= 0 && at < to && !isSpace(bytes[at]) ? -1 : at;
      }
      if (byte === SPACE || byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN) break;
      words[this.top++] = byte;
      at++;
    }
    return at;
  }

  /** @returns the position after the closing quote, or -1 when there is none */
  private doubleQuoted(bytes: Uint8Array, from: number, to: number): number {
    const words = this.words;
    for (let at = from + 1; at < to; at++) {
      const byte = bytes[at];
      if (byte === DOUBLE_QUOTE) return at + 1;
      if (byte !== BACKSLASH || at + 1 >= to) {
        words[this.top++] = byte;
        continue;
      }
      const isHex = bytes[at + 1] === 120 && at + 3 < to;
      const high = isHex ? hexValue(bytes[at + 2]) : -1;
      const low = isHex ? hexValue(bytes[at + 3]) : -1;
      if (high >= 0 && low >= 0) {
        words[this.top++] = high * 16 + low;
        at += 3;
      } else {
        words[this.top++] = unescaped(bytes[++at]);
      }
    }
    return -1;
  }

  /** @returns the position after the closing quote, or -1 when there is none */
  private singleQuoted(bytes: Uint8Array, from: number, to: number): number {
    const words = this.words;
    for (let at = from + 1; at < to; at++) {
      const byte = bytes[at];
      if (byte === SINGLE_QUOTE) return at + 1;
      if (byte === BACKSLASH && at + 1 < to && bytes[at + 1] === SINGLE_QUOTE) at++;
      words[this.top++] = bytes[at];
    }
    return -1;
  }
}
