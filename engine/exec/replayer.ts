// Rebuilds the keyspace from disk: snapshot records go straight in, log entries run again as
// commands. Invariant: nothing here reads a clock and nothing expires; what the log says is what
// happened.

import type { Reply } from '../contract/reply.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import { EntryDecoder } from '../log/entry-decoder.js';
import { LogError } from '../log/errors.js';
import { SnapshotReader } from '../snapshot/snapshot-reader.js';
import type { Executor } from './executor.js';
import { LocalSession } from './local-session.js';
import { NullReply } from './null-reply.js';

export class Replayer {
  /** Log entries run so far. */
  entries = 0;
  /** Entries that could not be run because of what a salvage had left out before them. */
  skipped = 0;
  /** The first of those, in words. */
  firstSkipped = '';
  private readonly keyspace: Keyspace;
  private readonly executor: Executor;
  private readonly decoder = new EntryDecoder();
  private readonly snapshot: SnapshotReader;
  private isSnapshotRead = false;
  private hasGap = false;
  private readonly session = new LocalSession(0);
  private readonly reply: Reply & NullReply = new NullReply();

  constructor(keyspace: Keyspace, executor: Executor) {
    this.keyspace = keyspace;
    this.executor = executor;
    this.snapshot = new SnapshotReader(keyspace);
  }

  /**
   * Takes one frame of a snapshot.
   * @throws LogError CORRUPT when its content makes no sense although the checksum is right
   */
  readonly onSnapshot = (
    bytes: Buffer,
    from: number,
    to: number,
    _count: number,
    _seq: number,
    type: number,
  ): void => {
    refuse(this.snapshot.read(bytes, from, to, type));
  };

  /** To be called before the frames of a snapshot, with the bytes of its file. */
  readonly onSnapshotSize = (sizeBytes: number): void => this.snapshot.limitRoom(sizeBytes);

  /** To be called where a salvage left something out, of the snapshot or of the log. */
  readonly onGap = (): void => {
    this.hasGap = true;
    if (!this.isSnapshotRead) this.snapshot.noteGap();
  };

  /**
   * To be called when all frames were taken.
   * @throws LogError CORRUPT when the snapshot ended too early
   */
  finish(): void {
    if (!this.isSnapshotRead) refuse(this.snapshot.finish());
    this.isSnapshotRead = true;
  }

  /** Takes one frame of log entries. */
  readonly onEntries = (
    bytes: Buffer,
    from: number,
    to: number,
    _count: number,
    seq: number,
  ): void => {
    const { decoder, executor, session, reply, keyspace } = this;
    this.finish();
    decoder.begin(bytes, from, to);
    while (decoder.next()) {
      if (decoder.dbIndex >= keyspace.databases.length) {
        const last = keyspace.databases.length - 1;
        throw new LogError(
          'UNUSABLE',
          `the log writes to database ${decoder.dbIndex}, but the last one is ${last}`,
          'start with a larger --databases',
        );
      }
      session.dbIndex = decoder.dbIndex;
      const problem = executor.replay(session, decoder.args, reply);
      if (problem !== null) {
        const command = decoder.args.count > 0 ? decoder.args.text(0).slice(0, 32) : '';
        this.refuseEntry(`entry near ${seq} (${command}) cannot be replayed: ${problem}`);
        continue;
      }
      this.entries++;
    }
  };

  /** After a gap an entry may need what is lost: a key to rename, a list to set an element of. */
  private refuseEntry(text: string): void {
    if (!this.hasGap) throw new LogError('CORRUPT', text);
    if (this.skipped === 0) this.firstSkipped = text;
    this.skipped++;
  }
}

/** @param problem what the snapshot's reader said, or null */
function refuse(problem: string | null): void {
  if (problem !== null) throw new LogError('CORRUPT', `the snapshot cannot be read: ${problem}`);
}
