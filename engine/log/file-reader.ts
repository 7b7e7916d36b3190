// Streams the frames of one segment or snapshot to a sink, a block at a time: while one block is
// checked the next is read off-thread, and the event loop runs between blocks. Memory is two
// blocks whatever the size of the file, plus one entry when that entry is in fragments.

import { basename } from 'node:path';
import { EMPTY_BYTES } from '../util/bytes.js';
import { type FileSystem, readFully } from '../util/fs.js';
import { LogError } from './errors.js';
import { decodeFileHeader, type FileHeader, type HeaderProblem } from './file-header.js';
import {
  FILE_HEADER_BYTES,
  FLAG_FRAGMENT,
  FLAG_FRAGMENT_END,
  FRAME_ENTRIES,
  FRAME_HEADER_BYTES,
  FRAME_PAYLOAD_MAX_BYTES,
  FRAME_SNAPSHOT_FIRST,
} from './format.js';
import { FrameScanner, SCAN_DAMAGED, SCAN_NEEDS_MORE } from './frame-scanner.js';

/** How much is read and checked at a time, unless the caller wants less. */
const BLOCK_BYTES = 1024 * 1024;
/** The most that a block can leave over for the next: one frame less a byte. */
const CARRY_BYTES = FRAME_HEADER_BYTES + FRAME_PAYLOAD_MAX_BYTES;

/**
 * Takes the entries of one frame: `bytes[from .. to)` is its payload, `count` entries of which
 * the first is `seq`. The bytes are valid only during the call.
 */
export type FrameSink = (
  bytes: Buffer,
  from: number,
  to: number,
  count: number,
  seq: number,
  type: number,
) => void;

/** Told how many more bytes of a file were read; reading waits for what it returns. */
export type BytesProgress = (bytes: number) => void | Promise<void>;

/** Sees each frame as it is in the file: `bytes[at .. at + length)` with header, just accepted. */
export type FrameHook = (bytes: Buffer, at: number, length: number, scanner: FrameScanner) => void;

/** Where a file stops being sound, or its end. */
export interface FileScan {
  /** Whether every frame up to the end of the file (or `limitBytes`) is sound. */
  isWhole: boolean;
  reason: string;
  scanner: FrameScanner;
}

/** @returns a scanner for the frames of a file, which must begin with entry `nextSeq` (-1: any) */
export function scannerFor(header: FileHeader, nextSeq: number): FrameScanner {
  const { kind, salt, baseSeq, baseTimeMs } = header;
  const isLog = kind === 'log';
  const scanner = new FrameScanner(salt, isLog ? baseSeq : 1, baseTimeMs, isLog ? nextSeq : 1);
  scanner.kind = kind;
  return scanner;
}

export class FrameFileReader {
  readonly path: string;
  readonly sizeBytes: number;
  private readonly fs: FileSystem;
  private readonly fd: number;
  private readonly blockBytes: number;
  private current: Buffer = EMPTY_BYTES;
  private other: Buffer = EMPTY_BYTES;
  private pieces: Buffer = EMPTY_BYTES;
  private piecesLength = 0;
  private carryBytes = 0;
  /** Called for every frame, markers and fragments too. */
  onFrame: FrameHook | null = null;

  private constructor(fs: FileSystem, path: string, fd: number, blockBytes: number) {
    this.fs = fs;
    this.path = path;
    this.fd = fd;
    this.blockBytes = blockBytes;
    this.sizeBytes = fs.fstatSync(fd).sizeBytes;
  }

  /** @param blockBytes how much `scan` reads and checks between two breaths of the event loop */
  static async open(
    fs: FileSystem,
    path: string,
    blockBytes = BLOCK_BYTES,
  ): Promise<FrameFileReader> {
    return new FrameFileReader(fs, path, await fs.open(path, 'read'), blockBytes);
  }

  close(): Promise<void> {
    return this.fs.close(this.fd);
  }

  get name(): string {
    return basename(this.path);
  }

  async readHeader(): Promise<FileHeader | HeaderProblem> {
    const bytes = Buffer.alloc(FILE_HEADER_BYTES);
    const length = await readFully(this.fs, this.fd, bytes, 0, FILE_HEADER_BYTES, 0);
    return decodeFileHeader(bytes, length);
  }

  /** Reads a range of the file. @returns how many bytes there were */
  readAt(bytes: Buffer, position: number, length: number): Promise<number> {
    return readFully(this.fs, this.fd, bytes, 0, length, position);
  }

  /**
   * Checks frame after frame from `scanner.offset` and hands the entries on; stops at the first
   * damage, at `limitBytes`, or at the end of the file.
   * @param sink null to check only
   * @param limitBytes the file counts as ending here; must not be beyond its size
   */
  async scan(
    scanner: FrameScanner,
    sink: FrameSink | null,
    limitBytes = this.sizeBytes,
    onProgress: BytesProgress | null = null,
  ): Promise<FileScan> {
    this.makeRoom(limitBytes - scanner.offset);
    const { carryBytes } = this;
    this.piecesLength = 0;
    let position = scanner.offset;
    let carried = 0;
    let read = await this.readBlock(this.current, position, limitBytes);
    while (read > 0) {
      const next = this.readBlock(this.other, position + read, limitBytes);
      const end = carryBytes + read;
      let at: number;
      try {
        at = this.consume(scanner, sink, carryBytes - carried, end);
      } catch (error) {
        await next;
        throw this.placed(error, scanner);
      }
      const nextRead = await next;
      await onProgress?.(read);
      if (at < 0) return { isWhole: false, reason: scanner.reason, scanner };
      carried = end - at;
      if (nextRead > 0) this.current.copy(this.other, carryBytes - carried, at, end);
      [this.current, this.other] = [this.other, this.current];
      position += read;
      read = nextRead;
    }
    if (carried > 0) return { isWhole: false, reason: 'the last frame is cut short', scanner };
    if (!scanner.isComplete) return { isWhole: false, reason: 'a unit is cut short', scanner };
    return { isWhole: true, reason: '', scanner };
  }

  /** What a sink throws of a frame's content says nothing of the file and the place; this does. */
  private placed(error: unknown, { offset, payloadLength, seq }: FrameScanner): unknown {
    if (!(error instanceof LogError) || error.damage !== null) return error;
    const { code, message: reason, remedy } = error;
    const damage = {
      file: this.path,
      offset: offset - FRAME_HEADER_BYTES - payloadLength,
      seq,
      reason,
    };
    const verb = code === 'CORRUPT' ? 'is damaged at' : 'cannot be used from';
    const message = `${this.path} ${verb} byte ${damage.offset}: ${reason}`;
    return new LogError(code, message, remedy, damage);
  }

  /** Two blocks, each with room in front for what the one before leaves over. */
  private makeRoom(length: number): void {
    const { blockBytes } = this;
    const isSingle = length <= blockBytes;
    const carryBytes = isSingle ? 0 : Math.min(CARRY_BYTES, length);
    const needed = carryBytes + (isSingle ? Math.max(0, length) : blockBytes);
    this.carryBytes = carryBytes;
    if (this.current.length >= needed) return;
    this.current = Buffer.allocUnsafeSlow(needed);
    this.other = isSingle ? EMPTY_BYTES : Buffer.allocUnsafeSlow(needed);
  }

  private async readBlock(into: Buffer, position: number, limitBytes: number): Promise<number> {
    const length = Math.min(this.blockBytes, limitBytes - position);
    if (length <= 0) return 0;
    return readFully(this.fs, this.fd, into, this.carryBytes, length, position);
  }

  /** @returns where the first incomplete frame begins, or -1 at damage */
  private consume(
    scanner: FrameScanner,
    sink: FrameSink | null,
    from: number,
    end: number,
  ): number {
    const bytes = this.current;
    let at = from;
    while (at < end) {
      const length = scanner.check(bytes, at, end);
      if (length === SCAN_NEEDS_MORE) break;
      if (length === SCAN_DAMAGED || !scanner.accept(bytes, at)) return -1;
      if (this.onFrame !== null) this.onFrame(bytes, at, length, scanner);
      const { type } = scanner;
      if (sink !== null && (type === FRAME_ENTRIES || type >= FRAME_SNAPSHOT_FIRST)) {
        const payloadAt = at + FRAME_HEADER_BYTES;
        if (scanner.flags & FLAG_FRAGMENT) this.gather(scanner, sink, payloadAt, at + length);
        else sink(bytes, payloadAt, at + length, scanner.count, scanner.seq, type);
      }
      at += length;
    }
    return at;
  }

  /** Puts an entry in fragments together and hands it on at its last piece. */
  private gather(scanner: FrameScanner, sink: FrameSink, from: number, to: number): void {
    const needed = this.piecesLength + to - from;
    if (needed > this.pieces.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.pieces.length * 2));
      this.pieces.copy(grown, 0, 0, this.piecesLength);
      this.pieces = grown;
    }
    this.current.copy(this.pieces, this.piecesLength, from, to);
    this.piecesLength = needed;
    if ((scanner.flags & FLAG_FRAGMENT_END) === 0) return;
    sink(this.pieces, 0, this.piecesLength, 1, scanner.seq, scanner.type);
    this.piecesLength = 0;
    if (this.pieces.length > CARRY_BYTES * 8) this.pieces = EMPTY_BYTES;
  }
}
