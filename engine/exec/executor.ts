// The one door: sockets, the embedded API and the replay of the log all run commands here. Table
// lookup, arity, gates, handler, propagation; in that order, for everyone.
//
// Invariants: a write that changed something has been handed to the log before `execute` returns;
// a command that needs no gate allocates nothing here.

import { COMMAND_FLAGS, type Command } from '../contract/command.js';
import type { Context } from '../contract/context.js';
import { wrongArity } from '../contract/errors.js';
import type { Reply } from '../contract/reply.js';
import {
  SESSION_BLOCKED,
  SESSION_MULTI,
  SESSION_NO_TOUCH,
  type Session,
} from '../contract/session.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import { ArenaFullError } from '../memory/chunks.js';
import type { Args } from '../util/args.js';
import { assert } from '../util/assert.js';
import type { Clock } from '../util/clock.js';
import type { Blocking } from './blocking.js';
import type { Effects } from './effects.js';
import type { Gates } from './gates.js';
import type { CommandServer, KeyWaiters, WaitingCommand } from './key-waiters.js';
import { execAborted, unknownCommand } from './refusals.js';
import type { Registry } from './registry.js';
import type { ReplyNotes } from './reply-notes.js';
import type { QueueRunner, Transactions } from './transactions.js';

/** The command ran or was refused; its answer has been written. */
export const EXECUTE_DONE = 0;
/** The command may not run now; it is to be offered again, unchanged. */
export const EXECUTE_POSTPONED = 1;

/** Shorter calls are timed once in SAMPLE_EVERY: reading the clock costs as much as a GET. */
const SHORT_CALL_US = 20;
const SAMPLE_EVERY = 32;
const OUT_OF_MEMORY = 'OOM the value does not fit the memory that is left';
const COMMAND_NOT_IN_MULTI = 'ERR Command not allowed inside a transaction';
/** What is logged changes something and waits for nothing. */
const LOGGED = COMMAND_FLAGS.write;
const LOGGED_MASK = COMMAND_FLAGS.write | COMMAND_FLAGS.blocking;
/** Sessions whose commands may not just run. */
const SESSION_GATED = SESSION_NO_TOUCH | SESSION_MULTI;

export class Executor implements CommandServer, QueueRunner {
  /** Commands run since the start. */
  commandsProcessed = 0;
  /** Counts one more reply that begins with this error code. */
  onError: ((code: string) => void) | null = null;
  private readonly context: Context;
  private readonly registry: Registry;
  private readonly keyspace: Keyspace;
  private readonly effects: Effects;
  private readonly gates: Gates;
  private readonly clock: Clock;
  private readonly keyWaiters: KeyWaiters;
  private readonly transactions: Transactions;
  private readonly replyNotes: ReplyNotes;
  /** Errors replied that are nobody's any more: commands inside EXEC have counted them. */
  private countedErrors = 0;

  constructor(parts: {
    readonly context: Context;
    readonly registry: Registry;
    readonly effects: Effects;
    readonly gates: Gates;
    readonly blocking: Blocking;
    readonly transactions: Transactions;
    readonly replyNotes: ReplyNotes;
  }) {
    this.context = parts.context;
    this.registry = parts.registry;
    this.effects = parts.effects;
    this.gates = parts.gates;
    this.keyspace = parts.context.keyspace;
    this.clock = parts.context.clock;
    this.keyWaiters = parts.blocking.keyWaiters;
    this.transactions = parts.transactions;
    this.replyNotes = parts.replyNotes;
    this.keyWaiters.server = this;
    this.transactions.runner = this;
  }

  /**
   * Runs one command.
   * @param args the command name and its arguments, at least one
   * @returns EXECUTE_DONE or EXECUTE_POSTPONED
   */
  execute(session: Session, args: Args, reply: Reply): number {
    let command = this.registry.find(args, 0);
    if (command !== null && command.subcommands !== null) command = this.registry.lookup(args, 0);
    if (command === null || command.handler === null) {
      return this.refuse(session, reply, command, unknownCommand(command, args));
    }
    const { arity } = command;
    if (arity > 0 ? args.count !== arity : args.count < -arity) {
      return this.refuse(session, reply, command, wrongArity(command.fullName));
    }
    if (
      this.gates.closed !== 0 ||
      !session.isAuthenticated ||
      (session.flags & SESSION_GATED) !== 0
    ) {
      if (!this.executeGated(session, command, args, reply)) return EXECUTE_POSTPONED;
    } else {
      if (session.lastCommand !== command) session.lastCommand = command;
      this.run(session, command, args, reply);
    }
    if (this.keyWaiters.hasReady) this.keyWaiters.serveReady();
    return EXECUTE_DONE;
  }

  /** Serves who waits for keys that are there; between commands, when some were held back. */
  serveReady(): void {
    if (this.keyWaiters.hasReady) this.keyWaiters.serveReady();
  }

  /**
   * Runs a logged command again: no gates, nothing is propagated.
   * @returns null, or why the log and this keyspace disagree
   */
  replay(session: Session, args: Args, reply: Reply): string | null {
    const command = args.count > 0 ? this.registry.lookup(args, 0) : null;
    if (command === null || command.handler === null) {
      return args.count > 0 ? unknownCommand(command, args) : 'an entry without a command';
    }
    const { arity } = command;
    if (arity > 0 ? args.count !== arity : args.count < -arity) return wrongArity(command.fullName);
    if ((command.flags & LOGGED_MASK) !== LOGGED) return `${command.fullName} is never logged`;
    const { context, keyspace } = this;
    context.session = session;
    context.reply = reply;
    context.command = command;
    context.db = keyspace.databases[session.dbIndex];
    const errors = reply.errorCount;
    command.handler(context, args);
    return reply.errorCount === errors ? null : reply.lastError;
  }

  // --- a command of a queue, or one that waited ---

  runQueued(session: Session, command: Command, args: Args, reply: Reply): void {
    this.run(session, command, args, reply);
    // EXEC and its commands fail each for itself.
    this.countedErrors = reply.errorCount;
  }

  isHeldBack({ session, command }: WaitingCommand): boolean {
    const { gates } = this;
    return gates.closed !== 0 && gates.postpones(session, command.flags);
  }

  serve({ session, command }: WaitingCommand, args: Args, reply: Reply): void {
    const refusal = this.gates.closed === 0 ? null : this.gates.refusal(session, command.flags);
    if (refusal !== null) this.refuse(session, reply, command, refusal);
    else this.runForSession(session, command, args, reply);
  }

  countUnserved({ session, command }: WaitingCommand, error: string | null): void {
    this.countCall(session, command);
    if (error === null) return;
    command.failedCalls++;
    this.onError?.(errorCode(error));
  }

  // --- inside ---

  /** @returns false when the command is to be offered again */
  private executeGated(session: Session, command: Command, args: Args, reply: Reply): boolean {
    const { gates, transactions } = this;
    const isInMulti = (session.flags & SESSION_MULTI) !== 0;
    const flags = isInMulti ? transactions.gateFlags(session, command) : command.flags;
    if (gates.postpones(session, flags)) return false;
    let refusal = gates.refusal(session, flags);
    if (isInMulti && refusal === null && (flags & COMMAND_FLAGS.no_multi) !== 0) {
      refusal = COMMAND_NOT_IN_MULTI;
    }
    if (refusal !== null) {
      this.refuse(session, reply, command, refusal);
    } else if (isInMulti && transactions.isQueued(command)) {
      transactions.queue(session, command, args);
      session.lastCommand = command;
      reply.status('QUEUED');
    } else {
      const { keyspace } = this;
      const propagated = this.effects.count;
      keyspace.deletesExpired = gates.deletesExpired(flags);
      this.runForSession(session, command, args, reply);
      keyspace.deletesExpired = true;
      if (gates.isLogBehind) {
        this.replyNotes.note(session, command, args, this.effects.count !== propagated);
      }
    }
    return true;
  }

  /** Runs a command, which leaves no trace on keys if the session wants that. */
  private runForSession(session: Session, command: Command, args: Args, reply: Reply): void {
    const { keyspace } = this;
    const isTouching = (session.flags & SESSION_NO_TOUCH) === 0;
    keyspace.touchesKeys = isTouching || command.fullName === 'touch';
    session.lastCommand = command;
    this.run(session, command, args, reply);
    keyspace.touchesKeys = true;
  }

  /** Runs a command that has passed the gates. */
  private run(session: Session, command: Command, args: Args, reply: Reply): void {
    const { context, keyspace, effects } = this;
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (context.session !== session) context.session = session;
    if (context.reply !== reply) context.reply = reply;
    if (context.command !== command) context.command = command;
    const db = keyspace.databases[session.dbIndex];
    if (context.db !== db) context.db = db;
    const { dirty } = keyspace;
    const propagated = effects.count;
    this.countedErrors = reply.errorCount;
    if (command.unmeasuredCalls > 0) {
      command.unmeasuredCalls--;
      this.invoke(command, args);
    } else {
      this.runMeasured(command, args);
    }
    if (command.isWrite && keyspace.dirty !== dirty) {
      if (command.propagation === 'verbatim') effects.verbatim(context.db.index, args);
      else assert(effects.count !== propagated, 'a write that changed something was propagated');
    }
    if (reply.errorCount !== this.countedErrors) {
      command.failedCalls++;
      this.onError?.(errorCode(reply.lastError));
    }
    // A blocked command is counted when its waiting ends.
    const isWaiting = (session.flags & SESSION_BLOCKED) !== 0;
    if (!isWaiting || (command.flags & COMMAND_FLAGS.blocking) === 0) {
      this.countCall(session, command);
    }
  }

  private countCall(session: Session, command: Command): void {
    command.calls++;
    this.commandsProcessed++;
    session.commandsProcessed++;
  }

  private invoke(command: Command, args: Args): void {
    const { context } = this;
    try {
      command.handler?.(context, args);
    } catch (error) {
      // Running out of memory is nobody's bug: structures stay whole, the client is told.
      if (!isOutOfMemory(error)) throw error;
      context.reply.error(OUT_OF_MEMORY);
    }
  }

  private runMeasured(command: Command, args: Args): void {
    const startMs = this.clock.monotonicMs();
    this.invoke(command, args);
    const elapsedUs = (this.clock.monotonicMs() - startMs) * 1000;
    if (elapsedUs < SHORT_CALL_US) {
      command.durationUs += elapsedUs * SAMPLE_EVERY;
      command.unmeasuredCalls = SAMPLE_EVERY - 1;
    } else {
      command.durationUs += elapsedUs;
      // A long command: those after it in the same read must not live in its past.
      if (!this.transactions.isRunning) this.keyspace.setTime(this.clock.now());
    }
  }

  private refuse(session: Session, reply: Reply, command: Command | null, error: string): number {
    if (command !== null && command.fullName === 'exec') {
      this.transactions.reset(session);
      error = execAborted(error);
    } else if ((session.flags & SESSION_MULTI) !== 0) {
      this.transactions.fail(session);
    }
    reply.error(error);
    if (command !== null) command.rejectedCalls++;
    this.onError?.(errorCode(error));
    session.lastCommand = command ?? session.lastCommand;
    return EXECUTE_DONE;
  }
}

function isOutOfMemory(error: unknown): boolean {
  if (error instanceof ArenaFullError) return true;
  return error instanceof RangeError && error.message.includes('allocation failed');
}

/** @returns the code an error text begins with */
export function errorCode(error: string): string {
  const space = error.indexOf(' ');
  return space < 0 ? error : error.slice(0, space);
}
