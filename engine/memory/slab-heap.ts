// Blocks of up to 16 KiB. A chunk is cut into slabs of 64 KiB, a slab into blocks of one size
// class; freed blocks are chained inside their slab, so an emptied slab can serve another class
// and an emptied chunk goes back to the operating system. The idea is J. Bonwick's ("The Slab
// Allocator", 1994), with size classes spaced as in jemalloc but twice as fine.
//
// Invariant: a slab is in the list of its class exactly while it has both a used and a free block;
// full slabs are in no list, and a slab without a used block is no slab any more.

import { CHUNK_SHIFT, CHUNKS_MAX, type Chunks, type Ref, UNIT_MASK } from './chunks.js';

export const SLAB_BLOCK_MAX_BYTES = 16 * 1024;
const SLAB_BYTES = 64 * 1024;
const SLAB_UNITS = SLAB_BYTES / 8;
const SLAB_SHIFT = 13;
const SLABS_PER_CHUNK_SHIFT = 10;
const SLABS_PER_CHUNK = 1 << SLABS_PER_CHUNK_SHIFT;
/** In `slabsUsed`: the chunk is not of this heap. */
const NOT_OWN = -1;

/** Sizes of the classes: 8 apart up to 128, then eight to a doubling. */
const CLASS_BYTES: Int32Array = makeClasses();
const CLASS_COUNT = CLASS_BYTES.length;
/** Class by size in 8-byte units. */
const CLASS_OF_UNITS: Uint8Array = makeClassIndex();

// The fields of a slab, 8 words each in one table: one cache line or less per slab.
const FIELD_SHIFT = 3;
const CLASS = 0;
const USED = 1;
/** First freed block, as units from the slab's start; -1 for none. */
const FREE = 2;
/** Units from the start that were never handed out. */
const BUMP = 3;
const NEXT = 4;
const PREVIOUS = 5;
const NOT_A_SLAB = -1;

function makeClasses(): Int32Array {
  const sizes: number[] = [];
  for (let size = 16; size <= 128; size += 8) sizes.push(size);
  for (let step = 16; step <= 1024; step *= 2) {
    for (let i = 1; i <= 8; i++) sizes.push(step * 8 + step * i);
  }
  return Int32Array.from(sizes);
}

function makeClassIndex(): Uint8Array {
  const index = new Uint8Array(SLAB_BLOCK_MAX_BYTES / 8 + 1);
  let found = 0;
  for (let units = 0; units < index.length; units++) {
    while (CLASS_BYTES[found] < units * 8) found++;
    index[units] = found;
  }
  return index;
}

export class SlabHeap {
  /** Bytes of the blocks handed out, at their class's size. */
  usedBytes = 0;
  /** Bytes of the slabs that hold at least one block. */
  slabBytes = 0;
  private readonly chunks: Chunks;
  private chunkCount = 0;
  /** By chunk number: how many of its slabs are in use, or NOT_OWN. */
  private readonly slabsUsed = new Int16Array(CHUNKS_MAX).fill(NOT_OWN);
  /** By chunk number: no unused slab of the chunk is before this one. */
  private readonly firstUnused = new Int16Array(CHUNKS_MAX);
  /** Head of the list of slabs with room, by class; -1 for none. */
  private readonly open = new Int32Array(CLASS_COUNT).fill(-1);
  private fields = new Int32Array(0);

  constructor(chunks: Chunks) {
    this.chunks = chunks;
  }

  /** @returns how many bytes a block for `size` bytes really has */
  static capacityFor(size: number): number {
    return CLASS_BYTES[CLASS_OF_UNITS[(size + 7) >>> 3]];
  }

  /** @param size at most SLAB_BLOCK_MAX_BYTES */
  allocate(size: number): Ref {
    const sizeClass = CLASS_OF_UNITS[(size + 7) >>> 3];
    let slab = this.open[sizeClass];
    if (slab < 0) slab = this.makeSlab(sizeClass);
    const field = this.fields;
    const at = slab << FIELD_SHIFT;
    const blockUnits = CLASS_BYTES[sizeClass] >>> 3;
    const base = slab << SLAB_SHIFT;
    let unit = field[at + FREE];
    if (unit >= 0) {
      const ref = base + unit;
      const words = this.chunks.words[ref >>> CHUNK_SHIFT];
      field[at + FREE] = words[(ref & UNIT_MASK) << 1];
    } else {
      unit = field[at + BUMP];
      field[at + BUMP] = unit + blockUnits;
    }
    field[at + USED]++;
    if (field[at + FREE] < 0 && field[at + BUMP] + blockUnits > SLAB_UNITS) this.unlink(slab);
    this.usedBytes += CLASS_BYTES[sizeClass];
    return base + unit;
  }

  free(ref: Ref): void {
    const slab = ref >>> SLAB_SHIFT;
    const field = this.fields;
    const at = slab << FIELD_SHIFT;
    const sizeClass = field[at + CLASS];
    const blockUnits = CLASS_BYTES[sizeClass] >>> 3;
    const wasFull = field[at + FREE] < 0 && field[at + BUMP] + blockUnits > SLAB_UNITS;
    const words = this.chunks.words[ref >>> CHUNK_SHIFT];
    words[(ref & UNIT_MASK) << 1] = field[at + FREE];
    field[at + FREE] = ref & (SLAB_UNITS - 1);
    this.usedBytes -= CLASS_BYTES[sizeClass];
    if (--field[at + USED] === 0) this.dropSlab(slab, wasFull);
    else if (wasFull) this.link(slab, sizeClass);
  }

  /** @returns the size in bytes of the block at `ref` */
  capacity(ref: Ref): number {
    return CLASS_BYTES[this.fields[((ref >>> SLAB_SHIFT) << FIELD_SHIFT) + CLASS]];
  }

  /** @returns whether the blocks of this chunk come from here */
  owns(chunk: number): boolean {
    return this.slabsUsed[chunk] !== NOT_OWN;
  }

  private makeSlab(sizeClass: number): number {
    const chunk = this.chunkWithRoom();
    let slab = (chunk << SLABS_PER_CHUNK_SHIFT) + this.firstUnused[chunk];
    while (this.fields[(slab << FIELD_SHIFT) + CLASS] !== NOT_A_SLAB) slab++;
    this.firstUnused[chunk] = (slab & (SLABS_PER_CHUNK - 1)) + 1;
    const at = slab << FIELD_SHIFT;
    this.fields[at + CLASS] = sizeClass;
    this.fields[at + USED] = 0;
    this.fields[at + FREE] = -1;
    // Reference 0 means none, so the very first unit of the arena is never handed out.
    this.fields[at + BUMP] = slab === 0 ? CLASS_BYTES[sizeClass] >>> 3 : 0;
    this.slabsUsed[chunk]++;
    this.slabBytes += SLAB_BYTES;
    this.link(slab, sizeClass);
    return slab;
  }

  private chunkWithRoom(): number {
    for (let chunk = 0; chunk < CHUNKS_MAX; chunk++) {
      const used = this.slabsUsed[chunk];
      if (used !== NOT_OWN && used < SLABS_PER_CHUNK) return chunk;
    }
    const chunk = this.chunks.add();
    const fieldsNeeded = ((chunk + 1) * SLABS_PER_CHUNK) << FIELD_SHIFT;
    if (this.fields.length < fieldsNeeded) {
      const fields = new Int32Array(Math.max(fieldsNeeded, this.fields.length * 2)).fill(-1);
      fields.set(this.fields);
      this.fields = fields;
    }
    this.chunkCount++;
    this.slabsUsed[chunk] = 0;
    this.firstUnused[chunk] = 0;
    return chunk;
  }

  private dropSlab(slab: number, wasFull: boolean): void {
    if (!wasFull) this.unlink(slab);
    this.fields[(slab << FIELD_SHIFT) + CLASS] = NOT_A_SLAB;
    this.slabBytes -= SLAB_BYTES;
    const chunk = slab >>> SLABS_PER_CHUNK_SHIFT;
    const inChunk = slab & (SLABS_PER_CHUNK - 1);
    if (inChunk < this.firstUnused[chunk]) this.firstUnused[chunk] = inChunk;
    // The last chunk stays: a workload at the edge would otherwise make and drop it in turns.
    if (--this.slabsUsed[chunk] === 0 && this.chunkCount > 1) {
      this.chunkCount--;
      this.slabsUsed[chunk] = NOT_OWN;
      this.chunks.remove(chunk);
    }
  }

  private link(slab: number, sizeClass: number): void {
    const head = this.open[sizeClass];
    this.fields[(slab << FIELD_SHIFT) + NEXT] = head;
    this.fields[(slab << FIELD_SHIFT) + PREVIOUS] = -1;
    if (head >= 0) this.fields[(head << FIELD_SHIFT) + PREVIOUS] = slab;
    this.open[sizeClass] = slab;
  }

  private unlink(slab: number): void {
    const at = slab << FIELD_SHIFT;
    const next = this.fields[at + NEXT];
    const previous = this.fields[at + PREVIOUS];
    if (previous >= 0) this.fields[(previous << FIELD_SHIFT) + NEXT] = next;
    else this.open[this.fields[at + CLASS]] = next;
    if (next >= 0) this.fields[(next << FIELD_SHIFT) + PREVIOUS] = previous;
  }
}
