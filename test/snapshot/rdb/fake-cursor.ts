// A collection that is no more than an array, behind the interface of the real ones.

import type { CollectionCursor } from '../../../engine/keyspace/values/collection.js';
import { ByteSlice } from '../../../engine/util/byte-slice.js';

/** An element with what belongs to it. */
export interface FakeElement {
  readonly element: string;
  readonly value?: string;
  readonly score?: number;
  readonly deadlineMs?: number;
}

export class FakeCursor implements CollectionCursor {
  readonly element = new ByteSlice();
  readonly value = new ByteSlice();
  score = 0;
  deadlineMs = -1;
  private at = 0;
  private readonly elements: readonly FakeElement[];

  constructor(elements: readonly FakeElement[]) {
    this.elements = elements;
  }

  get count(): number {
    return this.elements.length;
  }

  open(): void {
    this.at = 0;
  }

  rewind(): void {
    this.at = 0;
  }

  next(): boolean {
    if (this.at === this.elements.length) return false;
    const { element, value, score, deadlineMs } = this.elements[this.at++];
    this.element.ofBuffer(Buffer.from(element, 'latin1'));
    this.value.ofBuffer(Buffer.from(value ?? '', 'latin1'));
    this.score = score ?? 0;
    this.deadlineMs = deadlineMs ?? -1;
    return true;
  }
}
