// The embedded API's way in: commands as arguments, replies as values, through the same door as
// every socket. Invariant: a call's promise settles only after the log has acknowledged the turn
// that ran it, so what was answered is kept under the configured policy.

import { ReplyError } from './contract/reply-error.js';
import { SESSION_BLOCKED } from './contract/session.js';
import type { Engine } from './engine.js';
import { EXECUTE_POSTPONED } from './exec/executor.js';
import { LocalSession } from './exec/local-session.js';
import { type ReplyValue, ValueReply } from './exec/value-reply.js';
import { Args } from './util/args.js';

/** An argument of a command: text becomes UTF-8, numbers their decimal form. */
export type CallArgument = string | number | bigint | Uint8Array;

/** As `ReplyValue`, with strings decoded as UTF-8. */
export type DecodedValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | DecodedValue[]
  | Map<DecodedValue, DecodedValue>
  | Set<DecodedValue>
  | ReplyError;

interface Call {
  readonly args: Args;
  readonly resolve: (value: ReplyValue) => void;
  readonly reject: (error: Error) => void;
}

export class LocalClient {
  readonly session: LocalSession;
  private readonly engine: Engine;
  private readonly reply = new ValueReply();
  private readonly queue: Call[] = [];
  private blocked: Call | null = null;
  private gone: Error | null = null;

  constructor(engine: Engine) {
    this.engine = engine;
    this.session = new LocalSession(engine.nextSessionId());
    this.session.onResume = (write) => {
      write(this.reply);
      const call = this.blocked;
      if ((this.session.flags & SESSION_BLOCKED) !== 0 || call === null) return;
      this.blocked = null;
      this.settle(call);
      // Not now: perhaps another caller's command is what ended the wait.
      if (this.queue.length > 0) queueMicrotask(() => this.drain());
    };
  }

  /**
   * Runs one command.
   * @returns what it answers, strings as text
   * @throws ReplyError when the server refuses or fails it
   */
  async call(...args: CallArgument[]): Promise<DecodedValue> {
    return decode(await this.callBuffer(...args));
  }

  /** As `call`, with binary-safe strings. */
  callBuffer(...args: CallArgument[]): Promise<ReplyValue> {
    if (this.gone !== null) return Promise.reject(this.gone);
    return new Promise((resolve, reject) => {
      const owned = new Args();
      owned.assign(args.map(toBytes));
      this.queue.push({ args: owned, resolve, reject });
      this.drain();
    });
  }

  /** Withdraws what waits; calls that have not run, and all later ones, are rejected. */
  close(gone = new Error('the database was closed')): void {
    this.gone ??= gone;
    this.engine.sessionGone(this.session);
    this.blocked?.reject(gone);
    this.blocked = null;
    for (const call of this.queue.splice(0)) call.reject(gone);
  }

  private drain(): void {
    while (this.blocked === null) {
      const call = this.queue[0];
      if (call === undefined) return;
      const { engine, session } = this;
      engine.refreshClock();
      const isNoted = engine.noteEpoch !== 0;
      session.dependsOnLog = false;
      session.shownKeys = null;
      if (engine.execute(session, call.args, this.reply) === EXECUTE_POSTPONED) {
        engine.whenReady(() => this.drain());
        return;
      }
      this.queue.shift();
      if ((session.flags & SESSION_BLOCKED) !== 0) this.blocked = call;
      else if (isNoted && !session.dependsOnLog) this.settleRead(call);
      else this.settle(call);
    }
  }

  private settle(call: Call): void {
    this.engine.whenAcknowledged(this.settler(call));
  }

  /** While the log is behind: a reply that shows only what is durable does not wait for it. */
  private settleRead(call: Call): void {
    this.engine.whenDurable(this.session.shownKeys, this.settler(call));
  }

  private settler(call: Call): (error: string | null) => void {
    const value = this.reply.take();
    return (error) => {
      if (error !== null) call.reject(new ReplyError(error));
      else if (value instanceof ReplyError) call.reject(value);
      else call.resolve(value);
    };
  }
}

function toBytes(argument: CallArgument): Uint8Array {
  return argument instanceof Uint8Array ? argument : Buffer.from(String(argument));
}

function decode(value: ReplyValue): DecodedValue {
  if (Buffer.isBuffer(value)) return value.toString();
  if (Array.isArray(value)) return value.map(decode);
  if (value instanceof Set) return new Set([...value].map(decode));
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [decode(key), decode(item)]));
  }
  return value;
}
