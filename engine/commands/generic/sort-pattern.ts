// What BY and GET of SORT name: keys made of a pattern and an element, `weight_*`, or fields of
// hashes, `object_*->field`; `#` is the element itself. Invariant: a pattern is taken apart once,
// and looking a key up counts as any other read of it.

import type { Context } from '../../contract/context.js';
import { TYPE_HASH, TYPE_STRING } from '../../keyspace/encodings.js';
import { StringView } from '../../keyspace/strings.js';
import { HashValue } from '../../keyspace/values/hash-value.js';
import { NO_REF } from '../../memory/chunks.js';
import { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { copyBytes, EMPTY_BYTES, ViewCache } from '../../util/bytes.js';

const STAR = 42;
const HASH_SIGN = 35;
const NONE = -1;

const stringView = new StringView();
const hash = new HashValue();
const field = new ByteSlice();
const views = new ViewCache();
/** The key that is looked up, and its room. */
const key = new Args();
key.push(0, 0);

export class SortPattern {
  /** `#`: the element itself. */
  readonly isElement: boolean;
  /** Without a star no element makes a difference, and nothing is found. */
  readonly hasStar: boolean;
  private readonly args: Args;
  private readonly index: number;
  /** Where the star is, from the start of the pattern. */
  private readonly star: number;
  /** How long the key's part of the pattern is, and where a field begins, or NONE. */
  private readonly keyLength: number;
  private readonly fieldAt: number;

  /** The pattern is argument `index`; it is read from there as long as the command runs. */
  constructor(args: Args, index: number) {
    const { bytes } = args;
    const at = args.at[index];
    const length = args.length[index];
    this.args = args;
    this.index = index;
    this.isElement = length === 1 && bytes[at] === HASH_SIGN;
    const star = bytes.subarray(at, at + length).indexOf(STAR);
    this.star = star;
    this.hasStar = star >= 0;
    const arrow = star < 0 ? -1 : bytes.subarray(at, at + length).indexOf('->', star + 1, 'latin1');
    const hasField = arrow >= 0 && arrow + 2 < length;
    this.keyLength = hasField ? arrow : length;
    this.fieldAt = hasField ? arrow + 2 : NONE;
  }

  /**
   * Looks up what the pattern names for an element.
   * @param out points at what was found, until the database changes
   * @returns whether there is such a string
   */
  lookup(ctx: Context, element: ByteSlice, out: ByteSlice): boolean {
    if (this.isElement) {
      out.ofSlice(element);
      return true;
    }
    if (!this.hasStar) return false;
    this.makeKey(element);
    const { db } = ctx;
    const ref = db.lookupRead(key, 0);
    if (ref === NO_REF) return false;
    if (this.fieldAt === NONE) {
      if (db.typeOf(ref) !== TYPE_STRING) return false;
      stringView.open(db, ref);
      out.of(stringView.bytes, views.of(stringView.bytes), stringView.at, stringView.length);
      return true;
    }
    if (db.typeOf(ref) !== TYPE_HASH) return false;
    const { args, index, fieldAt } = this;
    field.of(args.bytes, args.view, args.at[index] + fieldAt, args.length[index] - fieldAt);
    if (!hash.open(db, ref).get(field)) return false;
    out.ofSlice(hash.value);
    return true;
  }

  /** Puts the element in the place of the star. */
  private makeKey(element: ByteSlice): void {
    const { args, index, star, keyLength } = this;
    const length = keyLength - 1 + element.length;
    if (key.bytes.length < length) key.bytes = Buffer.allocUnsafeSlow(length * 2);
    const at = args.at[index];
    const { bytes } = key;
    copyBytes(args.bytes, at, bytes, 0, star);
    element.copyTo(bytes, star);
    const restAt = star + element.length;
    copyBytes(args.bytes, at + star + 1, bytes, restAt, keyLength - star - 1);
    key.length[0] = length;
    key.hashedIndex = -1;
  }
}

/** Lets go of the memory of the key looked up last. */
export function releasePatternKey(): void {
  key.bytes = EMPTY_BYTES;
}
