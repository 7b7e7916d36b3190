// What SCAN, HSCAN, SSCAN and ZSCAN are asked: a cursor, COUNT and MATCH; and all that the three
// over elements of one collection have in common. One object is filled again for each call.

import type { Context } from '../contract/context.js';
import { ERR_INVALID_CURSOR, ERR_NOT_INTEGER, ERR_SYNTAX } from '../contract/errors.js';
import { NO_REF, type Ref } from '../memory/chunks.js';
import type { Args } from '../util/args.js';
import type { ByteSlice } from '../util/byte-slice.js';
import { globMatch } from '../util/glob.js';
import { matchesAll } from './generic/keys.js';
import { integerArgument } from './integer-argument.js';
import { lookupReadTyped, WRONG_TYPE } from './typed-lookup.js';

/** So many home slots may be looked at for each key or element that COUNT asks for. */
export const SLOTS_PER_COUNT = 10;
/** Positions are hashes of 32 bits; a cursor from here on lies behind the last one. */
export const POSITION_END = 2 ** 32;
const COUNT_DEFAULT = 10;
const CURSOR_LIMIT = 2n ** 64n;
const CURSOR_DIGITS_MAX = 40;

/** Words that leave a part of each element out, and the error where there is no such part. */
const BARE_WORDS = [
  ['NOVALUES', 'ERR NOVALUES option can only be used in HSCAN'],
  ['NOSCORES', 'ERR NOSCORES option can only be used in ZSCAN'],
] as const;
export type BareWord = (typeof BARE_WORDS)[number][0];

/**
 * @returns the cursor that is argument `index`, POSITION_END for one behind the last key; NaN
 *   when it is none
 */
export function cursorArgument(args: Args, index: number): number {
  const value = integerArgument(args, index);
  if (value >= 0) return Math.min(value, POSITION_END);
  if (value < 0 || args.length[index] > CURSOR_DIGITS_MAX) return Number.NaN;
  // Beyond 63 bits, or spelled with a plus or leading zeros.
  const text = args.text(index);
  if (!/^[ \t-\r]*\+?[0-9]+$/.test(text)) return Number.NaN;
  const cursor = BigInt(text.trim().replace('+', ''));
  return cursor < CURSOR_LIMIT ? Math.min(Number(cursor), POSITION_END) : Number.NaN;
}

export class ScanClauses {
  count = COUNT_DEFAULT;
  /** The argument that is the pattern; 0 for none, which no pattern is. */
  patternIndex = 0;

  reset(): void {
    this.count = COUNT_DEFAULT;
    this.patternIndex = 0;
  }

  /** Reads the clause of two words at argument `index`. @returns null, or the error text */
  read(args: Args, index: number): string | null {
    if (index + 1 === args.count) return ERR_SYNTAX;
    if (args.is(index, 'COUNT')) {
      const count = integerArgument(args, index + 1);
      if (Number.isNaN(count)) return ERR_NOT_INTEGER;
      if (count < 1) return ERR_SYNTAX;
      this.count = count;
    } else if (args.is(index, 'MATCH')) {
      this.patternIndex = matchesAll(args, index + 1) ? 0 : index + 1;
    } else {
      return ERR_SYNTAX;
    }
    return null;
  }
}

/** A scan of one collection: `begin` it, then answer the next cursor and an array. */
export class ElementScan extends ScanClauses {
  /** The cursor that came. */
  position = 0;
  /** Whether the word was given that leaves values or scores out. */
  isBare = false;
  private readonly type: number;
  private readonly bareWord: BareWord | null;

  /** @param bareWord the one of the two words that this command takes, or null */
  constructor(type: number, bareWord: BareWord | null) {
    super();
    this.type = type;
    this.bareWord = bareWord;
  }

  /**
   * Reads the arguments and opens the reply's outer array.
   * @returns the collection's record; NO_REF when all has been replied
   */
  begin(ctx: Context, args: Args): Ref {
    const { reply } = ctx;
    this.position = cursorArgument(args, 2);
    if (Number.isNaN(this.position)) {
      reply.error(ERR_INVALID_CURSOR);
      return NO_REF;
    }
    const ref = lookupReadTyped(ctx, args, 1, this.type);
    if (ref === WRONG_TYPE) return NO_REF;
    const error = ref === NO_REF ? null : this.readAll(args);
    if (error !== null) {
      reply.error(error);
      return NO_REF;
    }
    reply.array(2);
    if (ref === NO_REF) {
      reply.bulkInteger(0);
      reply.array(0);
    }
    return ref;
  }

  /** @returns whether an element matches the pattern, if there is one */
  takes(args: Args, { bytes, at, length }: ByteSlice): boolean {
    const { patternIndex } = this;
    if (patternIndex === 0) return true;
    const patternAt = args.at[patternIndex];
    return globMatch(args.bytes, patternAt, args.length[patternIndex], bytes, at, length, false);
  }

  private readAll(args: Args): string | null {
    this.reset();
    this.isBare = false;
    for (let i = 3; i < args.count; i++) {
      const bare = BARE_WORDS.find(([word]) => args.is(i, word));
      if (bare === undefined) {
        const error = this.read(args, i++);
        if (error !== null) return error;
      } else if (bare[0] === this.bareWord) {
        this.isBare = true;
      } else {
        return bare[1];
      }
    }
    return null;
  }
}
