// What the way of a commit is told and tells: its policy, who hears of its progress, and how a
// failure of the log looks from outside.

import type { FileError } from '../util/fs.js';

export type SyncPolicy = 'always' | 'everysec' | 'no';

/** Why writes are refused: the reply's code and the text after it. */
export interface LogRefusal {
  code: 'MISCONF';
  text: string;
}

/** The error that made the current files unusable. */
export interface LogFailure {
  error: FileError;
  operation: 'write' | 'fdatasync' | 'stat' | 'lock';
  file: string;
}

export interface CommitListener {
  acknowledged(): void;
  failed(from: number, to: number, error: FileError): void;
  notice(level: 'notice' | 'warning', text: string): void;
  /** Writes are refused from now on, or are not any more. */
  refusalChanged(): void;
  /**
   * From the first call to `caughtUp`: the frames in `bytes[from .. to)` wait to be acknowledged,
   * with `ticket` or later ones. Frames may be told of twice.
   */
  waiting(ticket: number, bytes: Buffer, from: number, to: number): void;
  /** As `waiting`, for frames that are not at hand any more: they may change any key. */
  unknownWaiting(ticket: number): void;
  caughtUp(): void;
  /** Nothing is acknowledged before `renewLease`. */
  leaseEnded(): void;
  /** Whether so much waits that no more writes should come. */
  overfull(isOverfull: boolean): void;
}
