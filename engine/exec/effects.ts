// The way of a write to the log: what a command did, in the words of commands that do it again.
// Invariant: while the log is replayed nothing is appended.

import type { EffectsPort } from '../contract/ports.js';
import type { Database } from '../keyspace/database.js';
import type { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, type Ref } from '../memory/chunks.js';
import { keyAtOf, keyLengthOf } from '../memory/record.js';
import type { Args } from '../util/args.js';

/** The part of the log writer that takes commands. */
export interface CommandLog {
  appendEntry(dbIndex: number, args: Args): void;
  beginEntry(dbIndex: number, argc: number): void;
  putArgument(bytes: Uint8Array, at: number, length: number): void;
  putText(text: string): void;
  putInteger(value: number): void;
  endEntry(): void;
  /** Entries until `endUnit` count together or not at all after a crash. Units do not nest. */
  beginUnit(): void;
  endUnit(): void;
}

export class Effects implements EffectsPort {
  /** Commands propagated so far. */
  count = 0;
  /** Null while nothing is logged. */
  log: CommandLog | null = null;
  private unitDepth = 0;

  beginUnit(): void {
    if (this.unitDepth++ === 0 && this.log !== null) this.log.beginUnit();
  }

  endUnit(): void {
    if (--this.unitDepth === 0 && this.log !== null) this.log.endUnit();
  }

  begin(dbIndex: number, argc: number): void {
    this.count++;
    if (this.log !== null) this.log.beginEntry(dbIndex, argc);
  }

  bytes(bytes: Uint8Array, at: number, length: number): void {
    if (this.log !== null) this.log.putArgument(bytes, at, length);
  }

  text(text: string): void {
    if (this.log !== null) this.log.putText(text);
  }

  integer(value: number): void {
    if (this.log !== null) this.log.putInteger(value);
  }

  end(): void {
    if (this.log !== null) this.log.endEntry();
  }

  /** Appends a command as it came. */
  verbatim(dbIndex: number, args: Args): void {
    this.count++;
    if (this.log !== null) this.log.appendEntry(dbIndex, args);
  }

  /** An expiry or eviction is logged as the deletion that it is. */
  removed(db: Database, bytes: Buffer, at: number, length: number): void {
    this.begin(db.index, 2);
    this.text('DEL');
    this.bytes(bytes, at, length);
    this.end();
  }

  /** The same of a hash field: the records of its key and its own. */
  fieldRemoved(db: Database, owner: Ref, field: Ref): void {
    this.begin(db.index, 3);
    this.text('HDEL');
    this.recordKey(db.arena, owner);
    this.recordKey(db.arena, field);
    this.end();
  }

  private recordKey(arena: Arena, ref: Ref): void {
    this.bytes(arena.bytes[ref >>> CHUNK_SHIFT], keyAtOf(arena, ref), keyLengthOf(arena, ref));
  }
}
