// The order of texts, or of numbers, as a permutation. Both are sorted by a double: numbers by
// themselves, texts by one that stands for their next six bytes. What has the same double is then
// sorted by what follows. Long runs go through a radix sort of the doubles' bits, so no comparison
// calls anything. Invariant: sorting is stable.

import type { SortTexts } from './sort-texts.js';

/** Shorter runs are sorted by insertion. */
const INSERTION_MAX = 24;
const FIRST_ROOM = 256;
/** Room for more texts than this is given back after use. */
const KEPT_MAX = 16 * 1024;
/** Digits of the radix sort: six of them cover 64 bits. */
const DIGIT_BITS = 11;
const DIGITS = 6;
const BUCKETS = 1 << DIGIT_BITS;
/** How many bytes of a text one double holds: 257 values each, one of them for the text's end. */
const KEY_BYTES = 6;
const KEY_BASE = 257;
/** How many bytes that all texts share are passed over at once. */
const COMMON_MAX = 64;
/** Texts that are the same for more bytes than this are compared as wholes. */
const DEPTH_MAX = 128;
/** Before every text, the empty one too. */
const KEY_MISSING = -1;

const histogram = new Int32Array(DIGITS * BUCKETS);

export class SortOrder {
  /** The permutation: which text is first, second, ... */
  order = new Int32Array(0);
  /** By text, not by place. */
  keys = new Float64Array(0);
  /** Runs yet to be sorted by texts: first place, end, how many bytes they have in common. */
  private readonly pushed: number[] = [];
  private spare = new Int32Array(0);
  private low = new Int32Array(0);
  private high = new Int32Array(0);

  /**
   * Begins with `count` texts in the order in which they are.
   * @param isReversed begins with the last: read backwards, a stable order is then one again
   */
  begin(count: number, isReversed: boolean): void {
    if (this.order.length < count) this.allocate(Math.max(count, FIRST_ROOM));
    const { order } = this;
    for (let i = 0; i < count; i++) order[i] = isReversed ? count - 1 - i : i;
  }

  /** Gives the memory of a long sort back. */
  release(): void {
    if (this.order.length > KEPT_MAX) this.allocate(0);
  }

  /** Sorts places `[from, to)` by the doubles in `keys`, which must be no NaN. */
  private sortByKeys(from: number, to: number): void {
    if (to - from <= INSERTION_MAX) this.insert(from, to);
    else this.radix(from, to);
  }

  /** Sorts the first `count` places by `keys`, and where those are the same by the texts. */
  sortByKeysAndTexts(count: number, texts: SortTexts): void {
    this.sortByKeys(0, count);
    this.pushRuns(0, count, 0);
    this.sortPushed(texts);
  }

  /** Sorts the first `count` places by their texts' bytes; missing texts come first. */
  sortByTexts(count: number, texts: SortTexts): void {
    if (count > 1) this.pushed.push(0, count, 0);
    this.sortPushed(texts);
  }

  /** Works the list of runs off: a stack of our own, as texts decide how deep it gets. */
  private sortPushed(texts: SortTexts): void {
    const { order, keys, pushed } = this;
    while (pushed.length > 0) {
      const depth = pushed.pop() ?? 0;
      const to = pushed.pop() ?? 0;
      const from = pushed.pop() ?? 0;
      if (depth > DEPTH_MAX) {
        this.sortDeep(from, to, texts);
        continue;
      }
      const start = depth + this.commonLength(from, to, texts, depth);
      for (let i = from; i < to; i++) keys[order[i]] = textKey(texts, order[i], start);
      this.sortByKeys(from, to);
      this.pushRuns(from, to, start + KEY_BYTES);
    }
  }

  /** Notes each run of places in `[from, to)` with the same key, unless its texts end there. */
  private pushRuns(from: number, to: number, depth: number): void {
    const { order, keys } = this;
    for (let runFrom = from, runTo = from; runFrom < to; runFrom = runTo) {
      const key = keys[order[runFrom]];
      while (runTo < to && keys[order[runTo]] === key) runTo++;
      if (runTo - runFrom === 1) continue;
      const areEqual = depth > 0 && (key === KEY_MISSING || key % KEY_BASE === 0);
      if (!areEqual) this.pushed.push(runFrom, runTo, depth);
    }
  }

  /** Sorts places by comparing: texts with so much in common would take many rounds of keys. */
  private sortDeep(from: number, to: number, texts: SortTexts): void {
    const { bytes } = texts;
    const compare = (a: number, b: number): number =>
      bytes.compare(bytes, texts.startOf(b), texts.endOf(b), texts.startOf(a), texts.endOf(a));
    const places = Array.from(this.order.subarray(from, to));
    this.order.set(places.sort(compare), from);
  }

  /**
   * @returns how many bytes from `depth` on are the same in all texts at places `[from, to)`, up to
   *   COMMON_MAX: to look at more than a round of keys gets through would be wasted on most
   */
  private commonLength(from: number, to: number, texts: SortTexts, depth: number): number {
    const { order } = this;
    const { bytes } = texts;
    let common = COMMON_MAX;
    for (let i = from; i < to; i++) {
      common = Math.min(common, texts.endOf(order[i]) - texts.startOf(order[i]) - depth);
    }
    const first = texts.startOf(order[from]) + depth;
    for (let i = from + 1; i < to && common > 0; i++) {
      const at = texts.startOf(order[i]) + depth;
      let same = 0;
      while (same < common && bytes[first + same] === bytes[at + same]) same++;
      common = same;
    }
    return Math.max(0, common);
  }

  private insert(from: number, to: number): void {
    const { order, keys } = this;
    for (let i = from + 1; i < to; i++) {
      const index = order[i];
      const key = keys[index];
      let at = i;
      for (; at > from && keys[order[at - 1]] > key; at--) order[at] = order[at - 1];
      order[at] = index;
    }
  }

  /** Least significant digit first; a digit that all keys share is passed over. */
  private radix(from: number, to: number): void {
    const { order, low, high } = this;
    const count = to - from;
    this.loadBits(from, to);
    let source = order;
    let sourceAt = from;
    let target = this.spare;
    let targetAt = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const base = digit * BUCKETS;
      if (this.isShared(base, digit, order[from], count)) continue;
      let sum = 0;
      for (let i = base; i < base + BUCKETS; i++) {
        const next = sum + histogram[i];
        histogram[i] = sum;
        sum = next;
      }
      for (let i = 0; i < count; i++) {
        const index = source[sourceAt + i];
        const bucket = base + digitOf(low[index], high[index], digit);
        target[targetAt + histogram[bucket]++] = index;
      }
      [source, target] = [target, source];
      [sourceAt, targetAt] = [targetAt, sourceAt];
    }
    if (source !== order) order.set(source.subarray(0, count), from);
  }

  private isShared(base: number, digit: number, index: number, count: number): boolean {
    return histogram[base + digitOf(this.low[index], this.high[index], digit)] === count;
  }

  /** Turns keys into 64-bit integers of the same order, and counts their digits. */
  private loadBits(from: number, to: number): void {
    const { order, keys, low, high } = this;
    histogram.fill(0);
    for (let i = from; i < to; i++) {
      const index = order[i];
      // -0 becomes 0: they are the same number.
      double[0] = keys[index] + 0;
      const isNegative = halves[1] < 0;
      const lowBits = isNegative ? ~halves[0] : halves[0];
      const highBits = isNegative ? ~halves[1] : halves[1] ^ 0x80000000;
      low[index] = lowBits;
      high[index] = highBits;
      for (let digit = 0; digit < DIGITS; digit++) {
        histogram[digit * BUCKETS + digitOf(lowBits, highBits, digit)]++;
      }
    }
  }

  private allocate(count: number): void {
    this.order = new Int32Array(count);
    this.spare = new Int32Array(count);
    this.low = new Int32Array(count);
    this.high = new Int32Array(count);
    this.keys = new Float64Array(count);
  }
}

const double = new Float64Array(1);
/** Low half, high half: typed arrays are little-endian wherever Node runs. */
const halves = new Int32Array(double.buffer);

/** @returns bits 11 * digit and up of the 64-bit integer with these halves */
function digitOf(low: number, high: number, digit: number): number {
  const shift = digit * DIGIT_BITS;
  if (shift + DIGIT_BITS <= 32) return (low >>> shift) & (BUCKETS - 1);
  if (shift >= 32) return (high >>> (shift - 32)) & (BUCKETS - 1);
  return ((low >>> shift) | (high << (32 - shift))) & (BUCKETS - 1);
}

/** @returns a double that stands for six bytes of a text, and for where it ends among them */
function textKey(texts: SortTexts, index: number, depth: number): number {
  if (texts.isMissing(index)) return KEY_MISSING;
  const { bytes } = texts;
  const at = texts.startOf(index) + depth;
  const end = texts.endOf(index);
  let key = 0;
  for (let i = at; i < at + KEY_BYTES; i++) key = key * KEY_BASE + (i < end ? bytes[i] + 1 : 0);
  return key;
}
