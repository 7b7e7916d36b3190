// The address space of an arena: 512 chunks of 64 MiB, one ArrayBuffer each. A reference (`Ref`)
// is a 32-bit number of 8-byte units: chunk number in the top 9 bits, place in the chunk below.
// It is kept as a signed integer so that V8 never boxes it; 0 is no reference.
//
//   ref   31 ........ 23 | 22 ........................ 0
//         chunk          | 8-byte units from its start
//
// Chunks are not zeroed and not touched when made, so memory nobody wrote to is not resident.

import { assert } from '../util/assert.js';
import { viewOf } from '../util/bytes.js';
import { noteDropped } from './give-back.js';

export type Ref = number;
export const NO_REF: Ref = 0;

export const CHUNK_BYTES = 64 * 1024 * 1024;
export const CHUNK_SHIFT = 23;
export const UNIT_MASK = (1 << CHUNK_SHIFT) - 1;
export const CHUNKS_MAX = 512;

const NO_BYTES = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);
const NO_DOUBLES = new Float64Array(0);
const NO_VIEW = viewOf(NO_BYTES);

/**
 * Thrown when the 32 GiB that references can address are used up, or the operating system gives
 * no more. Whoever throws it has changed nothing.
 */
export class ArenaFullError extends Error {
  override readonly name = 'ArenaFullError';
}

function makeMemory(sizeBytes: number): Buffer {
  try {
    return Buffer.allocUnsafeSlow(sizeBytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ArenaFullError(`the operating system gives no ${sizeBytes} bytes`);
  }
}

export class Chunks {
  /** By chunk number; four views of the same memory. */
  readonly bytes: Buffer[] = [];
  readonly words: Int32Array[] = [];
  readonly doubles: Float64Array[] = [];
  readonly views: DataView[] = [];
  /** Bytes of all chunks: address space, not resident memory. */
  reservedBytes = 0;

  /**
   * @param sizeBytes more than CHUNK_BYTES takes several consecutive chunk numbers
   * @returns the number of the first chunk
   * @throws ArenaFullError
   */
  add(sizeBytes = CHUNK_BYTES): number {
    const count = Math.ceil(sizeBytes / CHUNK_BYTES);
    const first = this.findGap(count);
    const memory = makeMemory(sizeBytes);
    for (let i = 0; i < count; i++) {
      const at = i * CHUNK_BYTES;
      this.place(first + i, memory, i === 0 ? sizeBytes : sizeBytes - at, at);
    }
    this.reservedBytes += sizeBytes;
    return first;
  }

  /** Gives a chunk (or the chunks of one large block) back to the operating system. */
  remove(first: number, sizeBytes = CHUNK_BYTES): void {
    const count = Math.ceil(sizeBytes / CHUNK_BYTES);
    for (let i = first; i < first + count; i++) {
      assert(this.bytes[i].length > 0, 'a chunk is removed once');
      this.bytes[i] = NO_BYTES;
      this.words[i] = NO_WORDS;
      this.doubles[i] = NO_DOUBLES;
      this.views[i] = NO_VIEW;
    }
    this.reservedBytes -= sizeBytes;
    noteDropped(sizeBytes);
  }

  /**
   * Lets go of everything, also for those who still hold these arrays: nobody may use a reference
   * any more.
   */
  clear(): void {
    const { reservedBytes } = this;
    if (reservedBytes === 0) return;
    this.bytes.length = 0;
    this.words.length = 0;
    this.doubles.length = 0;
    this.views.length = 0;
    this.reservedBytes = 0;
    noteDropped(reservedBytes);
  }

  private place(index: number, memory: Buffer, length: number, at: number): void {
    this.bytes[index] = memory.subarray(at, at + length);
    this.views[index] = viewOf(this.bytes[index]);
    this.words[index] = new Int32Array(memory.buffer, memory.byteOffset + at, length >>> 2);
    this.doubles[index] = new Float64Array(memory.buffer, memory.byteOffset + at, length >>> 3);
  }

  /** @returns the first of `count` free consecutive numbers */
  private findGap(count: number): number {
    let run = 0;
    for (let i = 0; i < CHUNKS_MAX; i++) {
      run = i >= this.bytes.length || this.bytes[i].length === 0 ? run + 1 : 0;
      if (run === count) {
        while (this.bytes.length <= i) {
          this.bytes.push(NO_BYTES);
          this.words.push(NO_WORDS);
          this.doubles.push(NO_DOUBLES);
          this.views.push(NO_VIEW);
        }
        return i - count + 1;
      }
    }
    throw new ArenaFullError('the 32 GiB that one database can hold are used up');
  }
}
