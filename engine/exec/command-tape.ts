// Commands kept for later, because arguments are only valid while their command runs: what MULTI
// queues and what a blocked command is run again with. Compact: a count, then each argument with
// its length (varints, as log entries have them), in one piece of memory for many commands.

import { putVarint, varintLength } from '../log/entry-encoder.js';
import type { Args } from '../util/args.js';
import { copyBytes } from '../util/bytes.js';

/** @returns how many bytes `writeCommand` writes for these arguments */
export function commandBytes(args: Args): number {
  let size = varintLength(args.count);
  for (let i = 0; i < args.count; i++) size += varintLength(args.length[i]) + args.length[i];
  return size;
}

/** Writes a command's arguments at `to[at]`. @returns where the byte after them goes */
export function writeCommand(args: Args, to: Buffer, at: number): number {
  let end = putVarint(to, at, args.count);
  for (let i = 0; i < args.count; i++) {
    const length = args.length[i];
    end = putVarint(to, end, length);
    copyBytes(args.bytes, args.at[i], to, end, length);
    end += length;
  }
  return end;
}

/**
 * Makes `args` the command written at `bytes[at]`; it is valid as long as those bytes are.
 * @returns where the byte after it is
 */
export function readCommand(bytes: Buffer, at: number, args: Args): number {
  args.bytes = bytes;
  args.hashedIndex = -1;
  args.count = 0;
  let count = bytes[at++];
  if (count >= 0x80) {
    at = restOfVarint(bytes, at, count & 0x7f);
    count = varintValue;
  }
  args.reserve(count);
  for (let i = 0; i < count; i++) {
    let length = bytes[at++];
    if (length >= 0x80) {
      at = restOfVarint(bytes, at, length & 0x7f);
      length = varintValue;
    }
    args.at[i] = at;
    args.length[i] = length;
    at += length;
  }
  args.count = count;
  return at;
}

/**
 * One command by itself. A short one is a latin1 string: a small buffer costs several times its
 * bytes, and the collector far more.
 */
export type StoredCommand = string | Buffer;

const STORED_TEXT_MAX_BYTES = 4096;
const writeScratch = Buffer.allocUnsafeSlow(STORED_TEXT_MAX_BYTES);
const readScratch = Buffer.allocUnsafeSlow(STORED_TEXT_MAX_BYTES);

/** @returns a copy of a command */
export function storeCommand(args: Args): StoredCommand {
  const size = commandBytes(args);
  if (size > STORED_TEXT_MAX_BYTES) {
    const bytes = Buffer.allocUnsafeSlow(size);
    writeCommand(args, bytes, 0);
    return bytes;
  }
  writeCommand(args, writeScratch, 0);
  return writeScratch.toString('latin1', 0, size);
}

/** Makes `args` a stored command; valid until the next one is loaded. */
export function loadCommand(stored: StoredCommand, args: Args): void {
  if (typeof stored === 'string') readScratch.write(stored, 'latin1');
  readCommand(typeof stored === 'string' ? readScratch : stored, 0, args);
}

/** The value `restOfVarint` read. */
let varintValue = 0;

function restOfVarint(bytes: Buffer, from: number, low: number): number {
  let at = from;
  let unit = 0x80;
  varintValue = low;
  for (;;) {
    const byte = bytes[at++];
    varintValue += (byte & 0x7f) * unit;
    if (byte < 0x80) return at;
    unit *= 0x80;
  }
}

const FIRST_CHUNK_BYTES = 256;
const CHUNK_MAX_BYTES = 1024 * 1024;

/** A queue of commands that only grows, in pieces that are never moved. */
export class CommandTape {
  count = 0;
  /** Bytes of the arguments, with their lengths. */
  sizeBytes = 0;
  private readonly chunks: Buffer[] = [];
  /** How far each chunk is written. */
  private readonly ends: number[] = [];

  /** Adds a copy of a command. */
  push(args: Args): void {
    const needed = commandBytes(args);
    let last = this.chunks.length - 1;
    if (last < 0 || this.ends[last] + needed > this.chunks[last].length) {
      const usual = last < 0 ? FIRST_CHUNK_BYTES : this.chunks[last].length * 2;
      const size = Math.max(needed, Math.min(usual, CHUNK_MAX_BYTES));
      last = this.chunks.push(Buffer.allocUnsafeSlow(size)) - 1;
      this.ends.push(0);
    }
    const from = this.ends[last];
    const end = writeCommand(args, this.chunks[last], from);
    this.ends[last] = end;
    this.sizeBytes += end - from;
    this.count++;
  }

  /** Forgets the commands; a little memory is kept for the next ones. */
  clear(): void {
    this.chunks.length = Math.min(this.chunks.length, 1);
    this.ends.length = this.chunks.length;
    if (this.ends.length > 0) this.ends[0] = 0;
    this.count = 0;
    this.sizeBytes = 0;
  }

  /** Calls `run` with each command in order, read into `args`, valid during the call. */
  play(args: Args, run: (index: number) => void): void {
    let index = 0;
    for (let i = 0; i < this.chunks.length; i++) {
      for (let at = 0; at < this.ends[i]; ) {
        at = readCommand(this.chunks[i], at, args);
        run(index++);
      }
    }
  }
}
