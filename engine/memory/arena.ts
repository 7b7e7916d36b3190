// The memory of one database: blocks outside the JS heap, named by 32-bit references. Small blocks
// come from slabs, large ones from page runs; what is used is known to the byte.
//
//   const ref = arena.allocate(40);
//   arena.bytes[ref >>> CHUNK_SHIFT]  at byte  (ref & UNIT_MASK) << 3
//
// A large block may reach past its first chunk number; its views then cover the whole block.

import { CHUNK_SHIFT, Chunks, type Ref } from './chunks.js';
import { SLAB_BLOCK_MAX_BYTES, SlabHeap } from './slab-heap.js';
import { SpanHeap } from './span-heap.js';

/** A snapshot on its way through one large collection, as the collection sees it. */
export interface WalkSink {
  /** Elements with an unsigned hash below this have been visited; Infinity at the end. */
  readonly position: number;
  /** Writes the element as it is now; it is about to change or go and has not been visited. */
  writeElement(arena: Arena, ref: Ref): void;
}

export class Arena {
  readonly bytes: Buffer[];
  readonly words: Int32Array[];
  readonly doubles: Float64Array[];
  readonly views: DataView[];
  /** The snapshots under way, by the header of the collection that they are in. */
  readonly walks = new Map<Ref, WalkSink>();
  private readonly chunks = new Chunks();
  private readonly slabs = new SlabHeap(this.chunks);
  private readonly spans = new SpanHeap(this.chunks);

  constructor() {
    this.bytes = this.chunks.bytes;
    this.words = this.chunks.words;
    this.doubles = this.chunks.doubles;
    this.views = this.chunks.views;
  }

  /**
   * @param size bytes, at least 1; the content is undefined
   * @throws ArenaFullError
   */
  allocate(size: number): Ref {
    return size <= SLAB_BLOCK_MAX_BYTES ? this.slabs.allocate(size) : this.spans.allocate(size);
  }

  free(ref: Ref): void {
    if (this.slabs.owns(ref >>> CHUNK_SHIFT)) this.slabs.free(ref);
    else this.spans.free(ref);
  }

  /** Gives all memory back at once; the arena is of no use any more. */
  giveUp(): void {
    this.chunks.clear();
  }

  /** @returns the bytes the block at `ref` really has, at least what was asked for */
  capacity(ref: Ref): number {
    if (this.slabs.owns(ref >>> CHUNK_SHIFT)) return this.slabs.capacity(ref);
    return this.spans.capacity(ref);
  }

  /** @returns the capacity that a block for `size` bytes would have */
  static capacityFor(size: number): number {
    return size <= SLAB_BLOCK_MAX_BYTES ? SlabHeap.capacityFor(size) : SpanHeap.capacityFor(size);
  }

  /** Bytes of all blocks handed out and not freed. */
  get usedBytes(): number {
    return this.slabs.usedBytes + this.spans.usedBytes;
  }

  /** Bytes inside slabs in use that no block occupies: what fragmentation costs. */
  get fragmentedBytes(): number {
    return this.slabs.slabBytes - this.slabs.usedBytes;
  }

  /** Address space taken; untouched parts of it are not resident. */
  get reservedBytes(): number {
    return this.chunks.reservedBytes;
  }
}
