// References and their hashes, collected by a walk. Reused, so that a walk allocates nothing.
// Invariant: entries `0 .. length - 1` are those pushed since the last `clear`.

import type { Ref } from './chunks.js';

const INITIAL_ROOM = 64;

export class RefList {
  length = 0;
  refs = new Int32Array(INITIAL_ROOM);
  hashes = new Int32Array(INITIAL_ROOM);

  push(ref: Ref, hash: number): void {
    if (this.length === this.refs.length) this.grow();
    this.refs[this.length] = ref;
    this.hashes[this.length++] = hash;
  }

  clear(): void {
    this.length = 0;
  }

  private grow(): void {
    const refs = new Int32Array(this.length * 2);
    const hashes = new Int32Array(this.length * 2);
    refs.set(this.refs);
    hashes.set(this.hashes);
    this.refs = refs;
    this.hashes = hashes;
  }
}
