// Restores a point in time with every deadline moved, so that keys live on for as long as they had
// left then. The state is built in memory, as a server would, and written as one snapshot.
// Invariant: the directory has no manifest, and so is refused, until all of it is written.

import { Config } from './config/config.js';
import { Engine } from './engine.js';
import { Replayer } from './exec/replayer.js';
import { shiftDeadlines } from './keyspace/deadline-shift.js';
import type { DataSetWriter } from './log/data-set-writer.js';
import { LogError } from './log/errors.js';
import { scannerFor } from './log/file-reader.js';
import { FLAG_FRAGMENT, FLAG_FRAGMENT_END, FRAME_ENTRIES, FRAME_GAP } from './log/format.js';
import { gapHook } from './log/gap-hook.js';
import type { LogFrame } from './log/log-frame.js';
import { withHeader } from './log/log-source.js';
import type { RestoreOutput } from './log/restore.js';
import { KeyspaceWalker } from './snapshot/keyspace-walker.js';
import { writeSnapshotMeta } from './snapshot/snapshot-meta.js';
import type { Clock } from './util/clock.js';
import type { FileSystem } from './util/fs.js';
import type { Random } from './util/random.js';

/** Far more than anybody has; a database that is empty costs little. */
const DATABASES = 4096;
/** The snapshot is written in pieces of about this size. */
const PIECE_BYTES = 512 * 1024;

export interface ShiftedRestoreParts {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  /** The point, unix ms; null: the time of the last entry before it. */
  readonly pointMs: number | null;
}

export class ShiftedRestore implements RestoreOutput {
  /** How much later deadlines are; known after `finish`. */
  shiftMs = 0;
  /** How many there were. */
  deadlines = 0;
  private readonly parts: ShiftedRestoreParts;
  private readonly engine: Engine;
  private readonly replayer: Replayer;
  private lastSeq = 0;
  /** Time of the last entry. */
  private lastTimeMs = 0;
  private pieces: Buffer[] = [];
  private out: DataSetWriter | null = null;

  constructor(parts: ShiftedRestoreParts) {
    this.parts = parts;
    const config = new Config();
    config.preset('databases', String(DATABASES));
    const { random } = parts;
    // It is never told to load, so it takes no time and expires nothing.
    this.engine = new Engine({ dir: null, owner: null, config, random });
    this.replayer = new Replayer(this.engine.keyspace, this.engine.executor);
  }

  /** @param out where the state goes; to be given before `finish` */
  writeTo(out: DataSetWriter): void {
    this.out = out;
  }

  async copySnapshot(path: string, seq: number): Promise<void> {
    await withHeader(this.parts.fs, path, async (reader, header) => {
      reader.onFrame = gapHook(this.replayer.onGap);
      this.replayer.onSnapshotSize(reader.sizeBytes);
      await reader.scan(scannerFor(header, 1), this.replayer.onSnapshot);
      this.lastTimeMs = header.baseTimeMs;
    });
    this.replayer.finish();
    this.lastSeq = seq;
  }

  async beginSegment(_seq: number, timeMs: number): Promise<void> {
    if (this.lastTimeMs === 0) this.lastTimeMs = timeMs;
  }

  async flush(): Promise<void> {}

  putFrame({ payload, type, flags, count, seq, nextSeq, timeMs }: LogFrame): void {
    this.lastSeq = nextSeq - 1;
    this.lastTimeMs = Math.max(this.lastTimeMs, timeMs);
    if (type === FRAME_GAP) this.replayer.onGap();
    if (type !== FRAME_ENTRIES) return;
    if ((flags & FLAG_FRAGMENT) === 0) {
      this.replay(payload, count, seq);
      return;
    }
    this.pieces.push(Buffer.from(payload));
    if ((flags & FLAG_FRAGMENT_END) === 0) return;
    const whole = Buffer.concat(this.pieces);
    this.pieces = [];
    this.replay(whole, 1, seq);
  }

  async finish(): Promise<number> {
    const { clock, pointMs } = this.parts;
    const { keyspace } = this.engine;
    const { out } = this;
    if (out === null) throw new Error('an output is given before the end');
    this.replayer.finish();
    const isEmpty = this.lastSeq === 0;
    this.shiftMs = isEmpty ? 0 : Math.max(0, clock.now() - (pointMs ?? this.lastTimeMs));
    this.deadlines = shiftDeadlines(keyspace, this.shiftMs);
    const writer = out.beginSnapshot(this.lastSeq, this.lastTimeMs);
    const counts = keyspace.databases.map((db) => db.count);
    writeSnapshotMeta(writer.frames, { seed: keyspace.seed, counts });
    const walker = new KeyspaceWalker(keyspace, writer.frames, clock);
    while (!walker.step(Number.POSITIVE_INFINITY, PIECE_BYTES)) await writer.flush();
    out.endSnapshot(await writer.finish());
    return out.finish();
  }

  private replay(payload: Buffer, count: number, seq: number): void {
    try {
      this.replayer.onEntries(payload, 0, payload.length, count, seq);
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'UNUSABLE') throw error;
      throw new LogError('UNUSABLE', error.message, 'restore it without --shift-ttl');
    }
  }
}
