// Blocks above 16 KiB: runs of 8 KiB pages, first fit inside chunks of their own, so that at most
// one page per block is wasted. A block above half a chunk gets memory to itself.
// The first page of a chunk stays unused, because page 0 of chunk 0 would be reference 0.
// Invariant: `runLength[p]` is the length of the run that begins at p, 0 inside a run or free;
// `taken` says which pages are in use.

import { CHUNK_BYTES, CHUNK_SHIFT, type Chunks, type Ref, UNIT_MASK } from './chunks.js';

const PAGE_BYTES = 8 * 1024;
const PAGE_SHIFT = 10;
const PAGES_PER_CHUNK = CHUNK_BYTES / PAGE_BYTES;
const RUN_PAGES_MAX = PAGES_PER_CHUNK / 2;

interface SpanChunk {
  readonly runLength: Uint16Array;
  readonly taken: Uint8Array;
  freePages: number;
  /** No free page is before this one. */
  firstFree: number;
}

export class SpanHeap {
  usedBytes = 0;
  private readonly chunks: Chunks;
  private readonly spanChunks = new Map<number, SpanChunk>();
  /** Blocks with memory to themselves: size by first chunk number. */
  private readonly ownMemory = new Map<number, number>();

  constructor(chunks: Chunks) {
    this.chunks = chunks;
  }

  static capacityFor(size: number): number {
    return Math.ceil(size / PAGE_BYTES) * PAGE_BYTES;
  }

  allocate(size: number): Ref {
    const pages = Math.ceil(size / PAGE_BYTES);
    if (pages > RUN_PAGES_MAX) {
      const chunk = this.chunks.add((pages + 1) * PAGE_BYTES);
      this.ownMemory.set(chunk, pages * PAGE_BYTES);
      this.usedBytes += pages * PAGE_BYTES;
      return this.refOf(chunk, 1);
    }
    for (const [chunk, span] of this.spanChunks) {
      if (span.freePages < pages) continue;
      const page = this.findRun(span, pages);
      if (page >= 0) return this.take(chunk, span, page, pages);
    }
    const span: SpanChunk = {
      runLength: new Uint16Array(PAGES_PER_CHUNK),
      taken: new Uint8Array(PAGES_PER_CHUNK),
      freePages: PAGES_PER_CHUNK - 1,
      firstFree: 1,
    };
    const chunk = this.chunks.add();
    span.taken[0] = 1;
    this.spanChunks.set(chunk, span);
    return this.take(chunk, span, 1, pages);
  }

  free(ref: Ref): void {
    const chunk = ref >>> CHUNK_SHIFT;
    const own = this.ownMemory.get(chunk);
    if (own !== undefined) {
      this.usedBytes -= own;
      this.ownMemory.delete(chunk);
      this.chunks.remove(chunk, own + PAGE_BYTES);
      return;
    }
    const span = this.spanOf(chunk);
    const page = (ref & UNIT_MASK) >>> PAGE_SHIFT;
    const pages = span.runLength[page];
    span.runLength[page] = 0;
    span.taken.fill(0, page, page + pages);
    span.freePages += pages;
    if (page < span.firstFree) span.firstFree = page;
    this.usedBytes -= pages * PAGE_BYTES;
    if (span.freePages === PAGES_PER_CHUNK - 1 && this.spanChunks.size > 1) {
      this.spanChunks.delete(chunk);
      this.chunks.remove(chunk);
    }
  }

  capacity(ref: Ref): number {
    const chunk = ref >>> CHUNK_SHIFT;
    const own = this.ownMemory.get(chunk);
    if (own !== undefined) return own;
    return this.spanOf(chunk).runLength[(ref & UNIT_MASK) >>> PAGE_SHIFT] * PAGE_BYTES;
  }

  private spanOf(chunk: number): SpanChunk {
    const span = this.spanChunks.get(chunk);
    if (span === undefined) throw new Error(`chunk ${chunk} holds no spans`);
    return span;
  }

  private refOf(chunk: number, page: number): Ref {
    return (chunk << CHUNK_SHIFT) | (page << PAGE_SHIFT);
  }

  private findRun(span: SpanChunk, pages: number): number {
    let run = 0;
    for (let page = span.firstFree; page < PAGES_PER_CHUNK; page++) {
      run = span.taken[page] === 0 ? run + 1 : 0;
      if (run === pages) return page - pages + 1;
    }
    return -1;
  }

  private take(chunk: number, span: SpanChunk, page: number, pages: number): Ref {
    span.taken.fill(1, page, page + pages);
    span.runLength[page] = pages;
    span.freePages -= pages;
    this.usedBytes += pages * PAGE_BYTES;
    while (span.firstFree < PAGES_PER_CHUNK && span.taken[span.firstFree] === 1) span.firstFree++;
    return this.refOf(chunk, page);
  }
}
