// Writes commands as log entries: database, number of arguments, then each argument with its
// length, all numbers as varints (7 bits a byte, low bits first, high bit: more follow). The hot
// path encodes straight into the frame buffer and allocates nothing.

import type { Args } from '../util/args.js';
import { assert } from '../util/assert.js';
import { copyBytes, copyView, ViewCache } from '../util/bytes.js';
import { decimalLength, writeInteger, writeInteger64 } from '../util/numbers.js';
import { FRAME_ENTRIES } from './format.js';
import type { FrameBuffer } from './frame-buffer.js';

/** The most bytes a varint has; lengths stay far below 2^35. */
const VARINT_MAX_BYTES = 5;
const INTEGER64_MAX_BYTES = 20;

/** @returns how many bytes `putVarint` writes for a number below 2^35 */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** @returns where the byte after the varint goes */
export function putVarint(to: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest >= 0x80) {
    to[at++] = (rest & 0x7f) | 0x80;
    rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80);
  }
  to[at++] = rest;
  return at;
}

export class EntryEncoder {
  private readonly frames: FrameBuffer;
  private readonly views = new ViewCache();
  /** Arguments the entry begun with `beginEntry` still lacks. */
  private missing = 0;

  constructor(frames: FrameBuffer) {
    this.frames = frames;
  }

  /** Until `endUnit`, entries count together or not at all after a crash. */
  beginUnit(): void {
    this.frames.beginUnit();
  }

  endUnit(): void {
    this.frames.endUnit();
  }

  /** Appends a command as it came. The arguments are copied; nothing of `args` is kept. */
  appendEntry(dbIndex: number, args: Args): void {
    const { frames } = this;
    const { count, length, at, view } = args;
    let size = varintLength(dbIndex) + varintLength(count);
    for (let i = 0; i < count; i++) size += varintLength(length[i]) + length[i];
    frames.beginEntry(FRAME_ENTRIES, size);
    const to = frames.bytes;
    const toView = this.views.of(to);
    let end = frames.at;
    end = dbIndex < 0x80 ? putByte(to, end, dbIndex) : putVarint(to, end, dbIndex);
    end = count < 0x80 ? putByte(to, end, count) : putVarint(to, end, count);
    for (let i = 0; i < count; i++) {
      const argumentLength = length[i];
      if (argumentLength < 0x80) to[end++] = argumentLength;
      else end = putVarint(to, end, argumentLength);
      copyView(view, at[i], toView, end, argumentLength);
      end += argumentLength;
    }
    frames.at = end;
    frames.endEntry();
  }

  /**
   * Begins a command put together piece by piece: `argc` calls of the `put` methods, then
   * `endEntry`.
   */
  beginEntry(dbIndex: number, argc: number): void {
    const { frames } = this;
    assert(this.missing === 0, 'the entry before has all its arguments');
    frames.beginEntry(FRAME_ENTRIES, 0);
    frames.reserve(2 * VARINT_MAX_BYTES);
    frames.at = putVarint(frames.bytes, putVarint(frames.bytes, frames.at, dbIndex), argc);
    this.missing = argc;
  }

  putArgument(bytes: Uint8Array, at: number, length: number): void {
    const { frames } = this;
    frames.reserve(VARINT_MAX_BYTES + length);
    const end = putVarint(frames.bytes, frames.at, length);
    copyBytes(bytes, at, frames.bytes, end, length);
    frames.at = end + length;
    this.missing--;
  }

  /** @param text one byte per character: ASCII, or latin1 that stands for bytes */
  putText(text: string): void {
    const { frames } = this;
    const { length } = text;
    frames.reserve(VARINT_MAX_BYTES + length);
    const to = frames.bytes;
    let end = putVarint(to, frames.at, length);
    for (let i = 0; i < length; i++) to[end++] = text.charCodeAt(i);
    frames.at = end;
    this.missing--;
  }

  /** @param value a safe integer, written as decimal text */
  putInteger(value: number): void {
    const { frames } = this;
    const length = decimalLength(value);
    frames.reserve(VARINT_MAX_BYTES + length);
    const end = putVarint(frames.bytes, frames.at, length);
    frames.at = end + writeInteger(frames.bytes, end, value);
    this.missing--;
  }

  /** The same for a 64-bit integer in two int32 halves. */
  putInteger64(low: number, high: number): void {
    const { frames } = this;
    frames.reserve(1 + INTEGER64_MAX_BYTES);
    const length = writeInteger64(frames.bytes, frames.at + 1, low, high);
    frames.bytes[frames.at] = length;
    frames.at += 1 + length;
    this.missing--;
  }

  endEntry(): void {
    assert(this.missing === 0, 'an entry has as many arguments as it said');
    this.frames.endEntry();
  }
}

function putByte(to: Uint8Array, at: number, byte: number): number {
  to[at] = byte;
  return at + 1;
}
