// MULTI, EXEC, DISCARD and WATCH: what is queued, what is watched, and running the queue.
// Invariant: a session has a Transaction here exactly while it is between MULTI and EXEC, watches
// keys, or was touched; SESSION_MULTI is set exactly between MULTI and EXEC or DISCARD.

import { COMMAND_FLAGS, type Command } from '../contract/command.js';
import type { TransactionsPort } from '../contract/ports.js';
import type { Reply } from '../contract/reply.js';
import {
  PLAIN_SESSION,
  SESSION_DENY_BLOCKING,
  SESSION_MULTI,
  SESSION_NO_TOUCH,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  type Session,
  type SessionDetail,
} from '../contract/session.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import { Args } from '../util/args.js';
import { assert } from '../util/assert.js';
import { EMPTY_BYTES } from '../util/bytes.js';
import { CommandTape } from './command-tape.js';
import type { Effects } from './effects.js';
import { NullReply } from './null-reply.js';
import { WatchedKeys, Watcher } from './watched-keys.js';

const ERR_EXEC_WITHOUT_MULTI = 'ERR EXEC without MULTI';
const ERR_DISCARD_WITHOUT_MULTI = 'ERR DISCARD without MULTI';
const ERR_NESTED_MULTI = 'ERR MULTI calls can not be nested';
const ERR_WATCH_IN_MULTI = 'ERR WATCH inside MULTI is not allowed';
const EXECABORT = 'EXECABORT Transaction discarded because of previous errors.';
/** A tape that held more is not kept for the next transaction. */
const SPARE_TAPE_MAX_BYTES = 64 * 1024;
const REPLY_MUTES = SESSION_REPLY_OFF | SESSION_REPLY_SKIP;

/** Commands that run at once between MULTI and EXEC. */
const NEVER_QUEUED = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);

/** Who runs one command of a queue; the executor. */
export interface QueueRunner {
  runQueued(session: Session, command: Command, args: Args, reply: Reply): void;
}

class Transaction {
  readonly watcher: Watcher;
  /** Null until something is queued. */
  tape: CommandTape | null = null;
  commands: Command[] = [];
  /** COMMAND_FLAGS bits that some, and that all, of the queued commands have. */
  someFlags = 0;
  commonFlags = ~0;
  /** A command could not be queued: EXEC will fail. */
  isBroken = false;
  /** A watched key has changed: EXEC will do nothing. */
  isTouched = false;

  constructor(session: Session) {
    this.watcher = new Watcher(session, () => {
      this.isTouched = true;
      this.dropQueue();
    });
  }

  push(command: Command, args: Args, tape: CommandTape): void {
    this.tape = tape;
    tape.push(args);
    this.commands.push(command);
    this.someFlags |= command.flags;
    this.commonFlags &= command.flags;
  }

  dropQueue(): void {
    this.tape = null;
    this.commands = [];
    this.someFlags = 0;
    this.commonFlags = ~0;
  }
}

export class Transactions implements TransactionsPort {
  readonly watchedKeys: WatchedKeys;
  /** Whether a queue is being run. */
  isRunning = false;
  /** Set by the executor, before anything can be queued. */
  runner: QueueRunner | null = null;
  private readonly keyspace: Keyspace;
  private readonly effects: Effects;
  private readonly bySession = new Map<Session, Transaction>();
  private readonly mutedReply: Reply = new NullReply();
  /** The command of a queue that runs. */
  private readonly args = new Args();
  private spareTape: CommandTape | null = null;

  constructor(parts: { readonly keyspace: Keyspace; readonly effects: Effects }) {
    this.keyspace = parts.keyspace;
    this.effects = parts.effects;
    this.watchedKeys = new WatchedKeys(parts.keyspace);
  }

  // --- for the executor, about a session in MULTI ---

  isQueued(command: Command): boolean {
    return !NEVER_QUEUED.has(command.fullName);
  }

  queue(session: Session, command: Command, args: Args): void {
    const transaction = this.of(session);
    // What will not run need not be kept.
    if (transaction.isBroken || transaction.isTouched) return;
    transaction.push(command, args, transaction.tape ?? this.takeTape());
  }

  /** A command of the session was refused: its EXEC will fail. */
  fail(session: Session): void {
    const transaction = this.of(session);
    transaction.isBroken = true;
    transaction.dropQueue();
  }

  /** @returns the flags that count for the gates: EXEC has those of what it will run */
  gateFlags(session: Session, command: Command): number {
    const transaction = this.bySession.get(session);
    if (transaction === undefined || command.fullName !== 'exec') return command.flags;
    const { someFlags, commonFlags } = transaction;
    const allowed = COMMAND_FLAGS.loading | COMMAND_FLAGS.stale;
    return (command.flags | someFlags) & (~allowed | commonFlags);
  }

  // --- for the commands ---

  begin(session: Session, reply: Reply): void {
    if ((session.flags & SESSION_MULTI) !== 0) {
      this.fail(session);
      reply.error(ERR_NESTED_MULTI);
      return;
    }
    this.of(session);
    session.flags |= SESSION_MULTI;
    reply.ok();
  }

  discard(session: Session, reply: Reply): void {
    if ((session.flags & SESSION_MULTI) === 0) {
      reply.error(ERR_DISCARD_WITHOUT_MULTI);
      return;
    }
    this.reset(session);
    reply.ok();
  }

  watch(session: Session, args: Args, reply: Reply): void {
    if ((session.flags & SESSION_MULTI) !== 0) {
      this.fail(session);
      reply.error(ERR_WATCH_IN_MULTI);
      return;
    }
    const transaction = this.of(session);
    if (!transaction.isTouched) {
      for (let i = 1; i < args.count; i++) this.watchedKeys.watch(transaction.watcher, args, i);
    }
    reply.ok();
  }

  unwatch(session: Session): void {
    const transaction = this.bySession.get(session);
    if (transaction === undefined) return;
    this.watchedKeys.forget(transaction.watcher);
    transaction.isTouched = false;
    if ((session.flags & SESSION_MULTI) === 0) this.bySession.delete(session);
  }

  reset(session: Session): void {
    session.flags &= ~SESSION_MULTI;
    this.sessionGone(session);
  }

  execute(session: Session, reply: Reply): void {
    if ((session.flags & SESSION_MULTI) === 0) {
      reply.error(ERR_EXEC_WITHOUT_MULTI);
      return;
    }
    const transaction = this.of(session);
    const { isBroken, watcher } = transaction;
    const isTouched = transaction.isTouched || this.watchedKeys.hasExpired(watcher);
    if (isBroken || isTouched) {
      this.reset(session);
      if (isBroken) reply.error(EXECABORT);
      else reply.nullArray();
      return;
    }
    this.watchedKeys.forget(watcher);
    this.run(session, transaction, reply);
    this.reset(session);
    if (transaction.tape !== null) this.giveBack(transaction.tape);
  }

  /** The client left, or starts anew: nothing is queued or watched any more. */
  sessionGone(session: Session): void {
    const transaction = this.bySession.get(session);
    if (transaction === undefined) return;
    this.watchedKeys.forget(transaction.watcher);
    this.bySession.delete(session);
  }

  /** @returns what CLIENT LIST shows of a session */
  describe(session: Session): SessionDetail {
    const transaction = this.bySession.get(session);
    if (transaction === undefined) return PLAIN_SESSION;
    const isOpen = (session.flags & SESSION_MULTI) !== 0;
    return {
      ...PLAIN_SESSION,
      queuedCommands: isOpen ? transaction.commands.length : -1,
      queuedBytes: transaction.tape?.sizeBytes ?? 0,
      watchedKeys: transaction.watcher.watches.size,
      isDirty: transaction.isTouched,
    };
  }

  /** Runs the queue: one time, one unit of the log, nothing waits, no error ends it. */
  private run(session: Session, { tape, commands }: Transaction, reply: Reply): void {
    const { keyspace, effects, runner, args } = this;
    assert(runner !== null && !this.isRunning, 'one queue runs at a time');
    const isTouching = (session.flags & SESSION_NO_TOUCH) === 0;
    let isMuted = (session.flags & REPLY_MUTES) !== 0;
    this.isRunning = true;
    session.flags |= SESSION_DENY_BLOCKING;
    effects.beginUnit();
    try {
      (isMuted ? this.mutedReply : reply).array(commands.length);
      tape?.play(args, (index) => {
        const command = commands[index];
        keyspace.touchesKeys = isTouching || command.fullName === 'touch';
        runner.runQueued(session, command, args, isMuted ? this.mutedReply : reply);
        // CLIENT REPLY counts from the next command on, as in Redis.
        if ((session.flags & SESSION_REPLY_OFF) !== 0) isMuted = true;
        else if ((session.flags & REPLY_MUTES) === 0) isMuted = false;
      });
    } finally {
      effects.endUnit();
      session.flags &= ~SESSION_DENY_BLOCKING;
      this.isRunning = false;
    }
  }

  private takeTape(): CommandTape {
    const tape = this.spareTape ?? new CommandTape();
    this.spareTape = null;
    return tape;
  }

  /** One tape is kept: most transactions are short, and begun when the one before has ended. */
  private giveBack(tape: CommandTape): void {
    this.args.bytes = EMPTY_BYTES;
    if (tape.sizeBytes > SPARE_TAPE_MAX_BYTES) return;
    tape.clear();
    this.spareTape = tape;
  }

  private of(session: Session): Transaction {
    let transaction = this.bySession.get(session);
    if (transaction === undefined) {
      transaction = new Transaction(session);
      this.bySession.set(session, transaction);
    }
    return transaction;
  }
}
