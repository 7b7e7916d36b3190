// Which form a set has that is built member by member under the limits of now, as `SetValue.add`
// would build it: for results that are collected before they take the place of a key.
// Invariant: forms only go from integers to entries to a table, never back.

import type { ByteSlice } from '../../util/byte-slice.js';
import type { CollectionLimits } from '../collection-limits.js';
import { ENCODING_HASHTABLE, ENCODING_INTSET, ENCODING_LISTPACK } from '../encodings.js';
import { parseMember } from './packed-set.js';

export class SetForm {
  /** ENCODING_INTSET, ENCODING_LISTPACK or ENCODING_HASHTABLE */
  encoding = ENCODING_INTSET;
  /** Whether every member was an integer. */
  hasIntegersOnly = true;
  private count = 0;
  private longest = 0;

  /** @param encoding the form of the set while it is empty */
  begin(encoding: number): void {
    this.encoding = encoding;
    this.hasIntegersOnly = true;
    this.count = 0;
    this.longest = 0;
  }

  /** Takes a new member into account. Uses `parsed`. */
  take(member: ByteSlice, limits: CollectionLimits): void {
    const isInteger = this.hasIntegersOnly && parseMember(member);
    this.hasIntegersOnly = isInteger;
    this.longest = Math.max(this.longest, member.length);
    if (this.encoding === ENCODING_INTSET && isInteger) {
      if (this.count >= limits.setMaxIntsetEntries) this.encoding = ENCODING_HASHTABLE;
    } else if (this.encoding !== ENCODING_HASHTABLE) {
      const isPacked =
        this.count < limits.setMaxListpackEntries && this.longest <= limits.setMaxListpackValue;
      this.encoding = isPacked ? ENCODING_LISTPACK : ENCODING_HASHTABLE;
    }
    this.count++;
  }
}
