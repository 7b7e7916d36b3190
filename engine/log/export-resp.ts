// The log as commands of the Redis protocol, for `redis-cli --pipe` into any Redis server. Entries
// carry their database, so a SELECT goes before each change of it.

import { copyBytes } from '../util/bytes.js';
import type { FileSystem } from '../util/fs.js';
import type { EntryDecoder } from './entry-decoder.js';
import type { LogError } from './errors.js';
import type { BytesProgress } from './file-reader.js';
import type { LogSource } from './log-source.js';
import { type WalkVisitor, walk } from './log-walk.js';

const CHUNK_BYTES = 256 * 1024;
/** Room for one number with its marker and line end. */
const NUMBER_BYTES = 16;

/** Gathers commands and hands them on in chunks. */
export class RespExporter {
  private bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES * 2);
  private at = 0;
  private dbIndex = 0;
  private readonly write: (chunk: Buffer) => void;

  /** @param write takes each chunk; the chunk is its own */
  constructor(write: (chunk: Buffer) => void) {
    this.write = write;
  }

  /** Puts out one command, after a SELECT when it is for another database than the one before. */
  command(dbIndex: number, args: EntryDecoder['args']): void {
    if (dbIndex !== this.dbIndex) {
      const digits = String(dbIndex);
      this.text(`*2\r\n$6\r\nSELECT\r\n$${digits.length}\r\n${digits}\r\n`);
      this.dbIndex = dbIndex;
    }
    this.text(`*${args.count}\r\n`);
    for (let i = 0; i < args.count; i++) {
      const length = args.length[i];
      this.text(`$${length}\r\n`);
      this.reserve(length + 2);
      copyBytes(args.bytes, args.at[i], this.bytes, this.at, length);
      this.at += length;
      this.bytes[this.at++] = 13;
      this.bytes[this.at++] = 10;
    }
    if (this.at >= CHUNK_BYTES) this.flush();
  }

  /** Hands on what has gathered. */
  flush(): void {
    if (this.at === 0) return;
    const chunk = Buffer.from(this.bytes.subarray(0, this.at));
    this.at = 0;
    if (this.bytes.length > CHUNK_BYTES * 8) this.bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES * 2);
    this.write(chunk);
  }

  private text(text: string): void {
    this.reserve(text.length + NUMBER_BYTES);
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i);
  }

  private reserve(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.at + length, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }
}

/**
 * @param snapshot turns snapshot frames into commands through the exporter; who writes snapshots
 *   supplies it
 * @returns null, or the corruption at which the export stopped
 */
export async function exportResp(
  fs: FileSystem,
  source: LogSource,
  write: (chunk: Buffer) => void,
  snapshot: (exporter: RespExporter) => Pick<WalkVisitor, 'snapshot' | 'snapshotGap'>,
  onProgress?: BytesProgress,
): Promise<LogError | null> {
  const exporter = new RespExporter(write);
  const error = await walk(fs, source, {
    ...snapshot(exporter),
    entry: (decoder) => exporter.command(decoder.dbIndex, decoder.args),
    onProgress: async (bytes) => {
      exporter.flush();
      await onProgress?.(bytes);
    },
  });
  exporter.flush();
  return error;
}
