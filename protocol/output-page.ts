// Pages: where replies are written before they are sent. Invariant: a page goes back to its pool
// when the last of those who need it (the writer, turns that are held, writes in flight) lets go.

import { assert, viewOf } from './engine-port.js';

export const PAGE_BYTES = 64 * 1024;
/** Free pages kept for reuse; more are left to the garbage collector. */
const FREE_PAGES_MAX = 64;

export class Page {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** How many still need these bytes. */
  references = 0;

  constructor(sizeBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(sizeBytes);
    this.view = viewOf(this.bytes);
  }
}

export class PagePool {
  private readonly free: Page[] = [];
  /** Bytes of all pages that somebody needs. */
  bytesInUse = 0;

  /** @returns a page of PAGE_BYTES, or of its own size when more are asked for */
  take(sizeBytes: number): Page {
    const pooled = sizeBytes <= PAGE_BYTES ? this.free.pop() : undefined;
    const page = pooled ?? new Page(Math.max(sizeBytes, PAGE_BYTES));
    page.references = 1;
    this.bytesInUse += page.bytes.length;
    return page;
  }

  release(page: Page): void {
    assert(page.references > 0, 'a page is released once per reference');
    if (--page.references > 0) return;
    this.bytesInUse -= page.bytes.length;
    if (page.bytes.length === PAGE_BYTES && this.free.length < FREE_PAGES_MAX) this.free.push(page);
  }
}
