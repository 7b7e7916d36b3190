// How much a node of a list may hold: what `list-max-listpack-size` says, in the terms of
// Redis, whose listpacks have seven bytes around their entries. Both the packed form of a small
// list and the leaves of a large one follow it.

import { PACKED_COUNT_MAX } from '../memory/packed-list.js';
import { listpackExceeds } from './list-run.js';

/** By `-list-max-listpack-size - 1`; anything lower counts as the last. */
const FILL_BYTES = [4096, 8192, 16384, 32768, 65536];
/** A node that is limited by its number of entries holds no more bytes than this. */
const SAFETY_BYTES = 8192;
/** The total length and count before the entries of a listpack, and the byte after. */
const LISTPACK_BYTES = 7;
/** What an entry takes besides its element, at most. */
const ENTRY_ESTIMATE_BYTES = 8;
const INT32_MAX = 2147483647;

export class ListLimits {
  /** Elements per node, or -1 to -5 for 4 to 64 KiB. */
  private fill = 0;
  /** Elements from here on get nodes of their own whatever the fill; 0 for off. */
  private packedThresholdBytes = 0;
  /** Most bytes of a node that holds several entries. */
  nodeBytes = 0;
  /** Most entries of a node. */
  nodeEntries = 0;

  constructor() {
    this.set(-2, 0);
  }

  /**
   * @param fill list-max-listpack-size
   * @param packedThresholdBytes DEBUG QUICKLIST-PACKED-THRESHOLD, 0 for none
   */
  set(fill: number, packedThresholdBytes: number): void {
    this.packedThresholdBytes = packedThresholdBytes;
    if (fill === this.fill) return;
    this.fill = fill;
    const isBySize = fill < 0;
    this.nodeBytes = isBySize ? FILL_BYTES[Math.min(-fill, FILL_BYTES.length) - 1] : SAFETY_BYTES;
    this.nodeEntries = isBySize ? INT32_MAX : Math.max(1, fill);
  }

  /** @returns whether entries of so many bytes (as a listpack has them) are too much for a node */
  exceeds(entryBytes: number, count: number): boolean {
    return entryBytes + LISTPACK_BYTES > this.nodeBytes || count > this.nodeEntries;
  }

  /** @returns whether a node of `count` entries has no room for an element of `length` bytes */
  isFullFor(entryBytes: number, count: number, length: number): boolean {
    return this.exceeds(entryBytes + length + ENTRY_ESTIMATE_BYTES, count + 1);
  }

  /**
   * @param addedBytes of elements that are to come to those of the run `[from, to)`
   * @param count of entries, those to come among them
   * @returns whether all of them are too much for a packed list
   */
  exceedsPacked(
    view: DataView,
    from: number,
    to: number,
    addedBytes: number,
    count: number,
  ): boolean {
    if (count > this.nodeEntries || count > PACKED_COUNT_MAX) return true;
    return listpackExceeds(view, from, to, this.nodeBytes - LISTPACK_BYTES - addedBytes);
  }

  /**
   * @param isShrinking whether elements were removed: only well below the limit is then enough
   * @returns whether the only node of a list, with these entries, may become a packed list
   */
  mayPack(view: DataView, from: number, to: number, count: number, isShrinking: boolean): boolean {
    const part = isShrinking ? 2 : 1;
    if (count > PACKED_COUNT_MAX) return false;
    if (this.fill >= 0) return count <= Math.floor(this.nodeEntries / part);
    return !listpackExceeds(view, from, to, this.nodeBytes / part - LISTPACK_BYTES);
  }

  /** @returns whether an element of `length` bytes gets a node of its own */
  isLarge(length: number): boolean {
    if (this.packedThresholdBytes !== 0) return length >= this.packedThresholdBytes;
    return length > this.nodeBytes;
  }
}
