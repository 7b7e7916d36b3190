// The elements of a small list, which lie in the record of its key: the same to walk through as
// the leaves of a large one.

import type { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, type Ref } from '../memory/chunks.js';
import { PACKED_COUNT_BYTES } from '../memory/packed-list.js';
import { valueAtOf, valueLengthOf } from '../memory/record.js';
import { ListPath } from './list-path.js';

export class ListPacked extends ListPath {
  /** @param ref a record with a packed list; stands at its first element */
  open(arena: Arena, ref: Ref): void {
    const bytes = arena.bytes[ref >>> CHUNK_SHIFT];
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = arena.views[ref >>> CHUNK_SHIFT];
    }
    const at = valueAtOf(arena, ref);
    this.leafCount = this.view.getUint16(at, true);
    this.from = at + PACKED_COUNT_BYTES;
    this.to = at + valueLengthOf(arena, ref);
    this.at = this.from;
    this.position = 0;
  }

  /** @param index 0 .. count; `count` is behind the last element */
  seek(index: number): void {
    this.goTo(index);
  }
}
