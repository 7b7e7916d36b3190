// The named failures of the log layer. A caller shows `message` (it says what and where) and
// `remedy` (what to run), and decides by `code`; none of them is ever thrown for a bug.

/** Where and what damage was found in one file. */
export interface LogDamage {
  file: string;
  /** First byte of the first frame that could not be read. */
  offset: number;
  /** Sequence number of the first entry that could not be read. */
  seq: number;
  /** What is wrong there, in words. */
  reason: string;
}

export type LogErrorCode =
  /** A durable part of the log is damaged. */
  | 'CORRUPT'
  /** The directory or file cannot be used as a log at all. */
  | 'UNUSABLE'
  /** Another process has it. */
  | 'LOCKED'
  /** Written by a newer Reddis. */
  | 'UNSUPPORTED'
  /** The disk refused while the log was closed or switched. */
  | 'IO';

export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;
  /** What the operator can do, as one line; '' when there is nothing. */
  readonly remedy: string;
  readonly damage: LogDamage | null;
  /** First and last sequence number known to be lost, or null. */
  readonly lost: { firstSeq: number; lastSeq: number } | null;

  constructor(
    code: LogErrorCode,
    message: string,
    remedy = '',
    damage: LogDamage | null = null,
    lost: { firstSeq: number; lastSeq: number } | null = null,
  ) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.damage = damage;
    this.lost = lost;
  }
}
