// What the protocol layer needs of the engine, and the only file here that names engine modules.
// Everything else in this folder imports from it, so the door between the layers is one file wide.

import type {
  Args,
  Clock,
  ConfigPort,
  EventLoop,
  Reply,
  Session,
  SessionDetail,
} from '../engine/index.js';

export {
  Args,
  assert,
  type ClientFilter,
  type ClientsPort,
  type ClientType,
  type Clock,
  type ConfigPort,
  copyBytes,
  copyView,
  decimalLength,
  EMPTY_BYTES,
  type EventLoop,
  EXECUTE_DONE,
  EXECUTE_POSTPONED,
  formatDouble,
  type Reply,
  type ReplyMark,
  readOutputBufferLimits,
  SESSION_BLOCKED,
  SESSION_CLOSE_AFTER_REPLY,
  SESSION_LOCAL,
  SESSION_NO_EVICT,
  SESSION_NO_TOUCH,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  SESSION_UNIX_SOCKET,
  Session,
  type SessionDetail,
  viewOf,
  writeInteger,
} from '../engine/index.js';

export interface EnginePort {
  readonly config: ConfigPort;
  readonly clock: Clock;
  /** Decides when turns end. */
  readonly loop: EventLoop;
  /** Whether the default user has a password: then new sessions begin unauthenticated. */
  readonly isPasswordRequired: boolean;
  nextSessionId(): number;

  /** Reads the clock. Called once per socket read: the commands of one read share a time. */
  refreshClock(): void;
  /**
   * Says that the first `count` of these commands come next: the engine may fetch what they need
   * from memory, all at once. Changes nothing that can be seen.
   */
  prefetch(session: Session, commands: readonly Args[], count: number): void;
  /** Runs one command. @returns EXECUTE_DONE or EXECUTE_POSTPONED */
  execute(session: Session, args: Args, reply: Reply): number;
  /** Ends the turn: hands its writes to the log. @returns the turn's ticket; never decreases */
  commit(): number;
  /** Replies of a turn may leave when its ticket is not above this. */
  readonly acknowledged: number;

  /** Not 0 while sessions note what replies depend on; another number each time that begins. */
  readonly noteEpoch: number;
  /**
   * @param keys what a session noted in a turn
   * @param ticket of that turn
   * @returns whether the session's replies show nothing that the log may still lose
   */
  areDurable(keys: readonly string[] | null, ticket: number): boolean;
  /**
   * While memory holds writes that failed: the error for replies that show them, or may; else null.
   * `noteEpoch` is not 0 then.
   */
  readonly doubt: string | null;
  /** Whether replies leave without waiting for a write that stalls; those that do are counted. */
  readonly isUngated: boolean;
  countUngated(replies: number): void;

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
