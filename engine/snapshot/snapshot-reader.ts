// Loads the frames of one snapshot into a keyspace. Invariant: what makes no sense although its
// checksum is right is reported in words; nothing that a file holds makes this throw, but for
// memory that is not there.

import type { Keyspace } from '../keyspace/keyspace.js';
import { LargeLoader } from './large-loader.js';
import { RecordReader } from './record-codec.js';
import {
  FRAME_SNAPSHOT_KEYS,
  FRAME_SNAPSHOT_LARGE,
  FRAME_SNAPSHOT_META,
} from './snapshot-format.js';
import { readSnapshotMeta } from './snapshot-meta.js';

/** Room is made at once for so many keys; more are believed when they come. */
const RESERVED_KEYS_MAX = 1 << 24;
/** No key takes fewer in a frame: database, kind, shape, access bits, and two lengths. */
const KEY_MIN_BYTES = 8;

export class SnapshotReader {
  private readonly keyspace: Keyspace;
  private readonly records: RecordReader;
  private readonly large: LargeLoader;
  private roomMax = RESERVED_KEYS_MAX;

  /** @param keyspace where everything goes; empty */
  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
    this.records = new RecordReader(keyspace);
    this.large = new LargeLoader(keyspace);
  }

  /** From now on makes room at once only for what a file of this size can hold. */
  limitRoom(sizeBytes: number): void {
    this.roomMax = Math.min(RESERVED_KEYS_MAX, Math.ceil(sizeBytes / KEY_MIN_BYTES));
    this.large.limitRoom(sizeBytes);
  }

  /**
   * Takes the next frame.
   * @param bytes the payload is `bytes[from .. to)`
   * @returns null, or in words what is wrong
   * @throws ArenaFullError
   */
  read(bytes: Buffer, from: number, to: number, type: number): string | null {
    if (type === FRAME_SNAPSHOT_KEYS) return this.records.read(bytes, from, to);
    if (type === FRAME_SNAPSHOT_LARGE) return this.large.read(bytes, from, to);
    if (type === FRAME_SNAPSHOT_META) return this.begin(bytes, from, to);
    return `a frame has the unknown type ${type}`;
  }

  /** To be called where a salvage left records out: what comes need not fit what came. */
  noteGap(): void {
    this.large.noteGap();
  }

  /** To be called after the last frame. @returns null, or in words what is missing */
  finish(): string | null {
    return this.large.finish();
  }

  private begin(bytes: Buffer, from: number, to: number): string | null {
    const meta = readSnapshotMeta(bytes, from, to);
    if (typeof meta === 'string') return meta;
    const { keyspace } = this;
    const { length } = keyspace.databases;
    if (meta.counts.length > length) {
      return `it holds ${meta.counts.length} databases, but there are ${length}`;
    }
    if (keyspace.databases.some((db) => db.count > 0)) return 'its first frame is not the first';
    let room = this.roomMax;
    const rooms = meta.counts.map((count) => {
      const own = Math.min(count, room);
      room -= own;
      return own;
    });
    keyspace.prepareLoad(meta.seed, rooms);
    return null;
  }
}
