// What the protocol layer needs of the engine, and the only file here that names engine modules.
// Everything else in this folder imports from it, so the door between the layers is one file wide.

import type { ConfigPort } from '../engine/contract/ports.js';
import type { Reply } from '../engine/contract/reply.js';
import type { Session } from '../engine/contract/session.js';
import type { Args } from '../engine/util/args.js';
import type { Clock } from '../engine/util/clock.js';

export type { Command } from '../engine/contract/command.js';
export type {
  ClientFilter,
  ClientsPort,
  ClientType,
  ConfigPort,
} from '../engine/contract/ports.js';
export type { Reply, ReplyMark } from '../engine/contract/reply.js';
export {
  SESSION_BLOCKED,
  SESSION_CLOSE_AFTER_REPLY,
  SESSION_NO_EVICT,
  SESSION_NO_TOUCH,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  SESSION_UNIX_SOCKET,
  Session,
} from '../engine/contract/session.js';
export { Args } from '../engine/util/args.js';
export { assert } from '../engine/util/assert.js';
export { copyBytes, EMPTY_BYTES } from '../engine/util/bytes.js';
export type { Clock } from '../engine/util/clock.js';
export { formatDouble } from '../engine/util/doubles.js';
export { decimalLength, parseMemory, writeInteger } from '../engine/util/numbers.js';

/** The command ran (or was refused) and its answer was written. */
export const EXECUTE_DONE = 0;
/** The command may not run now: keep its bytes and offer it again after `onReady`. */
export const EXECUTE_POSTPONED = 1;

/** What the engine knows of a session that CLIENT LIST shows. */
export interface SessionDetail {
  /** Commands queued by MULTI; -1 outside a transaction. */
  readonly queuedCommands: number;
  readonly queuedBytes: number;
  readonly watchedKeys: number;
  /** A watched key has changed. */
  readonly isDirty: boolean;
  readonly channels: number;
  readonly patterns: number;
  readonly shardChannels: number;
}

export interface EnginePort {
  readonly config: ConfigPort;
  readonly clock: Clock;
  /** Whether the default user has a password: then new sessions begin unauthenticated. */
  readonly isPasswordRequired: boolean;
  nextSessionId(): number;

  /** Reads the clock. Called once per socket read: the commands of one read share a time. */
  refreshClock(): void;
  /** Runs one command. @returns EXECUTE_DONE or EXECUTE_POSTPONED */
  execute(session: Session, args: Args, reply: Reply): number;
  /** Ends the turn: hands its writes to the log. @returns the turn's ticket; never decreases */
  commit(): number;
  /** Replies of a turn may leave when its ticket is not above this. */
  readonly acknowledged: number;

  /** Set by the listener: called when `acknowledged` grew outside `commit`. */
  onAcknowledged: (() => void) | null;
  /** Set by the listener: the writes of these turns failed, `error` answers their commands. */
  onCommitFailed: ((fromTicket: number, toTicket: number, error: string) => void) | null;
  /** Set by the listener: postponed sessions may go on. */
  onReady: (() => void) | null;

  /** The client left: withdraw its waits, watches, queued commands. */
  sessionGone(session: Session): void;
  describeSession(session: Session): SessionDetail;
  /** CLIENT PAUSE: postpone commands (or only writes) until a time in unix ms. */
  pause(untilMs: number, onlyWrites: boolean): void;
  unpause(): void;
}
