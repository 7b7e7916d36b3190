// Goes through everything a source holds, frame by frame or entry by entry, with times. The tools
// that print and export stand on it.

import type { FileSystem } from '../util/fs.js';
import { EntryDecoder } from './entry-decoder.js';
import { LogError } from './errors.js';
import { type BytesProgress, type FrameSink, scannerFor } from './file-reader.js';
import { FRAME_ENTRIES } from './format.js';
import type { FrameScanner } from './frame-scanner.js';
import { gapHook } from './gap-hook.js';
import { type LogSource, type SourceFile, withHeader } from './log-source.js';

export interface WalkVisitor {
  /** Takes a frame of a snapshot. */
  snapshot?: FrameSink;
  /** Called where a salvage left records of the snapshot out. */
  snapshotGap?: () => void;
  /** Takes an entry: `decoder.dbIndex` and `decoder.args`, valid only during the call. */
  entry?: (decoder: EntryDecoder, seq: number, timeMs: number) => void;
  /** Called after each file was read, with the state of its scanner. */
  file?: (file: SourceFile, scanner: FrameScanner) => void;
  onProgress?: BytesProgress;
}

/**
 * @returns null, or the corruption at which reading stopped; everything before it was visited
 */
export async function walk(
  fs: FileSystem,
  source: LogSource,
  visitor: WalkVisitor,
): Promise<LogError | null> {
  for (const file of source.files) {
    const error = await walkFile(fs, file, visitor);
    if (error !== null) return error;
  }
  return source.problem;
}

function walkFile(
  fs: FileSystem,
  file: SourceFile,
  visitor: WalkVisitor,
): Promise<LogError | null> {
  const decoder = new EntryDecoder();
  return withHeader(fs, file.path, async (reader, header) => {
    const scanner = scannerFor(header, file.firstSeq);
    const sink: FrameSink = (bytes, from, to, count, seq, type) => {
      if (type !== FRAME_ENTRIES) {
        visitor.snapshot?.(bytes, from, to, count, seq, type);
        return;
      }
      if (visitor.entry === undefined) return;
      decoder.begin(bytes, from, to);
      for (let at = seq; decoder.next(); at++) visitor.entry(decoder, at, scanner.timeMs);
    };
    if (file.kind === 'snapshot') reader.onFrame = gapHook(visitor.snapshotGap ?? null);
    const scan = await reader
      .scan(scanner, sink, file.soundBytes, visitor.onProgress ?? null)
      .catch(corruption);
    visitor.file?.(file, scanner);
    if (scan instanceof LogError) return scan;
    if (scan.isWhole) return null;
    const damage = {
      file: file.path,
      offset: scanner.soundOffset,
      seq: scanner.soundNextSeq,
      reason: scan.reason,
    };
    const message = `${file.path} is damaged at byte ${damage.offset}: ${damage.reason}`;
    const remedy = 'reddis-check-aof --salvage --out NEWDIR DIR keeps every intact entry';
    return new LogError('CORRUPT', message, remedy, damage);
  });
}

/** Content that makes no sense is where reading stops, as damage is. */
function corruption(error: unknown): LogError {
  if (error instanceof LogError && error.code === 'CORRUPT') return error;
  throw error;
}
