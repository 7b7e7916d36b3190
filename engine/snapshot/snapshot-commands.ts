// A snapshot as the commands that would build it: for tools that print or export. Frames of keys
// are read into an empty keyspace of its own, by the same reader that loads snapshots, and emptied
// again; large collections pass through as their elements come. So memory is that of one frame.
// Invariant: the commands of one key come in order, its deadline last.

import type { Database } from '../keyspace/database.js';
import { TYPE_STRING } from '../keyspace/encodings.js';
import { Keyspace } from '../keyspace/keyspace.js';
import { StringView } from '../keyspace/strings.js';
import { collectionOf } from '../keyspace/values/collections.js';
import { LogError } from '../log/errors.js';
import type { FrameSink } from '../log/file-reader.js';
import { CHUNK_SHIFT, type Ref } from '../memory/chunks.js';
import type { HashSeed } from '../memory/hash.js';
import { deadlineOf, keyAtOf, keyLengthOf } from '../memory/record.js';
import { RefList } from '../memory/ref-list.js';
import { Args } from '../util/args.js';
import type { Random } from '../util/random.js';
import { type CommandSink, ElementCommands } from './element-commands.js';
import { LargeCommands } from './large-commands.js';
import { RecordReader } from './record-codec.js';
import {
  FRAME_SNAPSHOT_KEYS,
  FRAME_SNAPSHOT_LARGE,
  FRAME_SNAPSHOT_META,
} from './snapshot-format.js';
import { readSnapshotMeta } from './snapshot-meta.js';

/** When the frame that says how many there are is lost; an empty one costs little. */
const DATABASES_UNKNOWN = 4096;

const SET = Buffer.from('SET');
const PXAT = Buffer.from('PXAT');

export type { CommandSink } from './element-commands.js';

export class SnapshotCommands {
  private readonly random: Random;
  private readonly put: CommandSink;
  private readonly args = new Args();
  private readonly view = new StringView();
  private readonly refs = new RefList();
  private readonly elements: ElementCommands;
  private readonly large: LargeCommands;
  private keyspace: Keyspace | null = null;
  private reader: RecordReader | null = null;

  /** @param put takes each command, in the order of the snapshot's frames */
  constructor(random: Random, put: CommandSink) {
    this.random = random;
    this.put = put;
    this.elements = new ElementCommands(put);
    this.large = new LargeCommands(this.elements);
  }

  /**
   * Takes the frames of one snapshot, the first frame first.
   * @throws LogError CORRUPT when a frame makes no sense although its checksum is right
   */
  readonly take: FrameSink = (bytes, from, to, _count, _seq, type) => {
    let problem: string | null = null;
    if (type === FRAME_SNAPSHOT_META) problem = this.begin(bytes, from, to);
    else if (type === FRAME_SNAPSHOT_KEYS) problem = this.takeKeys(bytes, from, to);
    else if (type === FRAME_SNAPSHOT_LARGE) problem = this.large.take(bytes, from, to);
    else problem = `a frame has the unknown type ${type}`;
    if (problem !== null) throw new LogError('CORRUPT', `the snapshot cannot be read: ${problem}`);
  };

  /** To be called where a salvage left records out: what comes need not fit what came. */
  readonly noteGap = (): void => {
    this.large.noteGap();
    // The first frame only says how large a keyspace to make.
    if (this.keyspace === null) this.makeKeyspace(DATABASES_UNKNOWN, this.newSeed());
  };

  private begin(bytes: Buffer, from: number, to: number): string | null {
    const meta = readSnapshotMeta(bytes, from, to);
    if (typeof meta === 'string') return meta;
    this.makeKeyspace(Math.max(1, meta.counts.length), meta.seed);
    return null;
  }

  private newSeed(): HashSeed {
    return { k0: this.random.next32() | 0, k1: this.random.next32() | 0 };
  }

  private makeKeyspace(databases: number, seed: HashSeed): void {
    this.keyspace = new Keyspace({ databases, seed, random: this.random, now: 0 });
    this.keyspace.expiresKeys = false;
    this.reader = new RecordReader(this.keyspace);
  }

  private takeKeys(bytes: Buffer, from: number, to: number): string | null {
    if (this.keyspace === null || this.reader === null) return 'its first frame is missing';
    const problem = this.reader.read(bytes, from, to);
    for (const db of this.keyspace.databases) if (db.count > 0) this.drain(db);
    return problem;
  }

  /** Puts out every key of a database and removes it. */
  private drain(db: Database): void {
    const { refs } = this;
    refs.clear();
    let position = 0;
    do position = db.table.scanStep(position, refs);
    while (position !== 0);
    for (let i = 0; i < refs.length; i++) this.putKey(db, refs.refs[i]);
    for (let i = 0; i < refs.length; i++) db.remove(refs.refs[i]);
  }

  private putKey(db: Database, ref: Ref): void {
    const { arena } = db;
    const keyAt = keyAtOf(arena, ref);
    const key = arena.bytes[ref >>> CHUNK_SHIFT].subarray(keyAt, keyAt + keyLengthOf(arena, ref));
    const deadline = deadlineOf(arena, ref);
    if (db.typeOf(ref) !== TYPE_STRING) {
      this.putCollection(db, ref, key, deadline);
      return;
    }
    this.view.open(db, ref);
    const { bytes, at, length } = this.view;
    const words: Uint8Array[] = [SET, key, bytes.subarray(at, at + length)];
    if (deadline >= 0) words.push(PXAT, Buffer.from(String(deadline)));
    this.args.assign(words);
    this.put(db.index, this.args);
  }

  private putCollection(db: Database, ref: Ref, key: Buffer, deadline: number): void {
    const { elements } = this;
    const type = db.typeOf(ref);
    const { cursor } = collectionOf(type);
    elements.begin(db.index, key, type);
    cursor.open(db, ref);
    cursor.rewind();
    while (cursor.next()) {
      elements.add(cursor.element, cursor.value, cursor.score, cursor.deadlineMs);
    }
    elements.end(deadline);
  }
}
