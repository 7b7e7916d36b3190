// What handlers need from outside the keyspace, as small interfaces. Their implementations live
// further down (config, observe, exec) or outside the engine altogether (sockets, the process),
// so a handler works the same behind a socket, inside an embedding process and in a test.

import type { Args } from '../util/args.js';
import type { Command } from './command.js';
import type { Reply } from './reply.js';
import type { Session } from './session.js';

/** The directives: engine/config implements it. Names are Redis's directive names. */
export interface ConfigPort {
  /** @throws AssertionError when there is no such directive or it is not of that kind */
  number(name: string): number;
  flag(name: string): boolean;
  text(name: string): string;
  /** @returns name and value of each directive that one of the glob patterns matches */
  match(patterns: readonly string[]): readonly (readonly [name: string, value: string])[];
  /**
   * Sets all or none.
   * @param allowsProtected whether the caller may set protected directives
   * @returns null, or the whole error text
   */
  set(
    pairs: readonly (readonly [name: string, value: string])[],
    allowsProtected: boolean,
  ): string | null;
  /** Rewrites the configuration file. @returns null, or the whole error text */
  rewrite(): string | null;
}

/** INFO. */
export interface InfoPort {
  /** @param sections lower-case names, as sent; empty means the default ones */
  render(sections: readonly string[]): string;
  /** CONFIG RESETSTAT */
  resetStatistics(): void;
  /** Most bytes the keyspace has held. */
  readonly peakMemoryBytes: number;
}

/** The commands of this engine. */
export interface CommandsPort {
  /** @returns the command at argument `index`, or its subcommand where the next one names it */
  lookup(args: Args, index: number): Command | null;
  /** @param name any case; `container|sub` for a subcommand */
  byName(name: string): Command | null;
  /** Top-level commands in no particular order. */
  all(): Iterable<Command>;
}

export type ClientType = 'normal' | 'master' | 'replica' | 'pubsub';

/** Which clients CLIENT LIST and CLIENT KILL speak of; every given condition must hold. */
export interface ClientFilter {
  readonly ids?: readonly number[];
  readonly type?: ClientType;
  readonly address?: string;
  readonly localAddress?: string;
  readonly user?: string;
  readonly maxAgeSeconds?: number;
  readonly isNot?: Session;
}

/** The connected clients: the protocol layer implements it; an embedding process has none. */
export interface ClientsPort {
  readonly count: number;
  /** @returns the CLIENT INFO line of a session, without a line break */
  describe(session: Session): string;
  list(filter: ClientFilter): readonly Session[];
  /** Closes matching clients; the caller's own after its reply. @returns how many */
  kill(filter: ClientFilter, caller: Session): number;
  /** @param until unix ms */
  pause(until: number, onlyWrites: boolean): void;
  unpause(): void;
}

/** The process around the engine: the daemon implements it. */
export interface ProcessPort {
  /**
   * Begins an orderly stop. The process ends when it is through; if the final flush fails and
   * `force` is not given, `failed` is called and the server goes on.
   */
  shutdown(options: { readonly force: boolean; readonly now: boolean }, failed: () => void): void;
  /** @returns false when no shutdown was under way */
  abortShutdown(): boolean;
}

/** The log and its compaction, as the commands see them. */
export interface PersistencePort {
  /** False when everything is kept in memory only. */
  readonly isEnabled: boolean;
  /** Sequence of the last command appended. */
  readonly lastSeq: number;
  /** Highest sequence known to be on disk. */
  readonly durableSeq: number;
  readonly isCompacting: boolean;
  /** Unix seconds of the last finished snapshot; the start of the process before the first. */
  readonly lastSaveSeconds: number;
  /** Calls back, once, when `durableSeq >= seq`. @returns a function that withdraws the wait */
  waitDurable(seq: number, done: () => void): () => void;
  /** Starts a compaction. @returns null, or the whole error text that says why not */
  startCompaction(): string | null;
  /** Runs a compaction to its end. @returns null when it succeeded, or the error text */
  save(done: (error: string | null) => void): void;
  /** DEBUG RELOAD / LOADAOF: flush, forget memory, load from disk. */
  reload(options: { readonly compact: boolean }, done: (error: string | null) => void): void;
}

/** Waiting inside a command without holding the event loop. */
export interface BlockingPort {
  /**
   * Suspends the calling session after the running command. Exactly one of three things ends the
   * wait: the returned `finish`, the time-out (0 = never), or the client leaving.
   */
  block(wait: BlockedWait): (write: (reply: Reply) => void) => void;
  /**
   * Suspends the calling session until one of its keys holds a value of the type it waits for.
   * The command is then run again, whole, with a copy of its arguments; it may find nothing and
   * wait again, which keeps its first time-out. The session must be one that may block.
   */
  waitForKeys(wait: KeyWait): void;
  /**
   * Runs `work` with every other session held back until it calls `done`.
   * `done` takes the writer of the caller's reply.
   */
  exclusively(
    session: Session,
    work: (done: (write: (reply: Reply) => void) => void) => void,
  ): void;
  /** CLIENT UNBLOCK. @returns whether the session was waiting for something that may be given up */
  unblock(session: Session, withError: boolean): boolean;
}

export interface BlockedWait {
  readonly session: Session;
  /** Milliseconds; 0 waits for ever. */
  readonly timeoutMs: number;
  /** Whether CLIENT UNBLOCK ends it: what waits for data is given up, work under way is not. */
  readonly mayUnblock: boolean;
  /** Writes the reply. */
  readonly onTimeout: (reply: Reply) => void;
  /** Called when CLIENT UNBLOCK ended the wait with an error, which has been replied. */
  readonly onError?: (error: string) => void;
  /** The wait ended otherwise than by `finish`: withdraw what was registered. */
  readonly onGone: () => void;
}

/** Arguments of a command that waits for keys in the session's database. */
export interface KeyWait {
  readonly session: Session;
  readonly command: Command;
  readonly args: Args;
  /** Where the first key is among the arguments, and how many follow one another. */
  readonly firstKey: number;
  readonly keyCount: number;
  /** The type of value waited for: TYPE_LIST, TYPE_ZSET... */
  readonly type: number;
  /** Milliseconds; 0 waits for ever. */
  readonly timeoutMs: number;
}

/**
 * How a write with `propagate: 'effects'` tells the log what it did: `begin`, the arguments, `end`
 * for each command that does it again.
 */
export interface EffectsPort {
  /** @param argc how many arguments follow, the command name among them */
  begin(dbIndex: number, argc: number): void;
  bytes(bytes: Uint8Array, at: number, length: number): void;
  /** @param text ASCII */
  text(text: string): void;
  integer(value: number): void;
  end(): void;
  /** The whole entry at once: the command as it came, when its effect is just that. */
  verbatim(dbIndex: number, args: Args): void;
  /**
   * What is told until `endUnit` is applied as a whole or not at all after a crash; for a command
   * with several effects. Units may nest, the outermost counts.
   */
  beginUnit(): void;
  endUnit(): void;
}

/** MULTI and WATCH: what a session has queued and watches. */
export interface TransactionsPort {
  /** MULTI */
  begin(session: Session, reply: Reply): void;
  /** EXEC */
  execute(session: Session, reply: Reply): void;
  discard(session: Session, reply: Reply): void;
  /** WATCH: the keys are all arguments but the first. */
  watch(session: Session, args: Args, reply: Reply): void;
  unwatch(session: Session): void;
  /** Forgets what the session has queued and watches, as RESET does. */
  reset(session: Session): void;
}
