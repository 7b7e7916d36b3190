// A reply built as a JavaScript value, for callers inside the process: strings as Buffers, maps as
// Map, sets as Set, errors as ReplyError. Invariant: `take` is called once per command, after
// exactly one value has been written.

import type { Reply, ReplyMark } from '../contract/reply.js';
import { ReplyError } from '../contract/reply-error.js';
import { assert } from '../util/assert.js';
import { latin1Bytes, ownBytes } from '../util/bytes.js';

/** What a command answers. A Map or a Set where RESP3 has one; a number where it is safe. */
export type ReplyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | ReplyError
  | ReplyValue[]
  | Map<ReplyValue, ReplyValue>
  | Set<ReplyValue>;

interface OpenAggregate {
  readonly kind: 'array' | 'map' | 'set';
  readonly items: ReplyValue[];
  /** How many values it still lacks; Infinity until `end...` when the length is not known. */
  missing: number;
}

export class ValueReply implements Reply {
  errorCount = 0;
  lastError = '';
  private readonly open: OpenAggregate[] = [];
  private value: ReplyValue | undefined;

  /** @returns the value written since the last `take` */
  take(): ReplyValue {
    const { value } = this;
    assert(value !== undefined && this.open.length === 0, 'a command writes exactly one value');
    this.value = undefined;
    return value;
  }

  /** Whether a whole value is there to `take`. */
  get hasValue(): boolean {
    return this.value !== undefined;
  }

  ok(): void {
    this.add('OK');
  }

  status(text: string): void {
    this.add(text);
  }

  error(text: string): void {
    this.errorCount++;
    this.lastError = text;
    this.add(new ReplyError(text));
  }

  integer(value: number): void {
    this.add(value);
  }

  integer64(value: bigint): void {
    const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
    this.add(isSafe ? Number(value) : value);
  }

  bulk(bytes: Uint8Array, from: number, length: number): void {
    this.add(ownBytes(bytes, from, length));
  }

  bulkView(view: DataView, from: number, length: number): void {
    this.add(Buffer.from(new Uint8Array(view.buffer, view.byteOffset + from, length)));
  }

  text(value: string): void {
    this.add(latin1Bytes(value));
  }

  bulkInteger(value: number): void {
    this.add(latin1Bytes(String(value)));
  }

  null(): void {
    this.add(null);
  }

  nullArray(): void {
    this.add(null);
  }

  array(length: number): void {
    this.begin('array', length);
  }

  map(length: number): void {
    this.begin('map', 2 * length);
  }

  set(length: number): void {
    this.begin('set', length);
  }

  push(length: number): void {
    this.begin('array', length);
  }

  double(value: number): void {
    this.add(value);
  }

  boolean(value: boolean): void {
    this.add(value);
  }

  bigNumber(digits: string): void {
    this.add(BigInt(digits));
  }

  verbatim(_format: string, text: string): void {
    this.text(text);
  }

  attribute(): void {
    // Attributes are hints beside a value; a caller inside the process has no use for them.
    assert(false, 'attributes are only sent over RESP3');
  }

  beginArray(): ReplyMark {
    return this.begin('array', Infinity);
  }

  endArray(mark: ReplyMark): void {
    this.end(mark);
  }

  beginMap(): ReplyMark {
    return this.begin('map', Infinity);
  }

  endMap(mark: ReplyMark): void {
    this.end(mark);
  }

  beginSet(): ReplyMark {
    return this.begin('set', Infinity);
  }

  endSet(mark: ReplyMark): void {
    this.end(mark);
  }

  private begin(kind: OpenAggregate['kind'], missing: number): ReplyMark {
    this.open.push({ kind, items: [], missing });
    this.closeFull();
    return this.open.length - 1;
  }

  private end(mark: ReplyMark): void {
    assert(mark === this.open.length - 1, 'aggregates are closed innermost first');
    this.open[mark].missing = 0;
    this.closeFull();
  }

  private add(value: ReplyValue): void {
    const top = this.open.at(-1);
    if (top === undefined) {
      assert(this.value === undefined, 'a command writes exactly one value');
      this.value = value;
      return;
    }
    top.items.push(value);
    top.missing--;
    this.closeFull();
  }

  private closeFull(): void {
    const top = this.open.at(-1);
    if (top === undefined || top.missing > 0) return;
    this.open.pop();
    this.add(aggregate(top));
  }
}

function aggregate({ kind, items }: OpenAggregate): ReplyValue {
  if (kind === 'array') return items;
  if (kind === 'set') return new Set(items);
  const map = new Map<ReplyValue, ReplyValue>();
  for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  return map;
}
