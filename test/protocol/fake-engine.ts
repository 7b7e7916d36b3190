// An engine small enough to see through: a handful of commands over a Map, a log whose
// acknowledgement the test controls, and the same port the real engine has.

import type { Command } from '../../engine/contract/command.js';
import { systemLoop } from '../../engine/util/event-loop.js';
import {
  type Args,
  type Clock,
  type ConfigPort,
  type EnginePort,
  EXECUTE_DONE,
  EXECUTE_POSTPONED,
  type Reply,
  SESSION_BLOCKED,
  SESSION_CLOSE_AFTER_REPLY,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  type Session,
  type SessionDetail,
} from '../../protocol/engine-port.js';

export class FakeConfig implements ConfigPort {
  readonly values = new Map<string, string>([
    ['maxclients', '10000'],
    ['timeout', '0'],
    ['tcp-keepalive', '300'],
    ['tcp-backlog', '511'],
    ['protected-mode', 'yes'],
    ['proto-max-bulk-len', '536870912'],
    ['client-query-buffer-limit', '1073741824'],
    [
      'client-output-buffer-limit',
      'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
    ],
  ]);

  number(name: string): number {
    return Number(this.text(name));
  }

  flag(name: string): boolean {
    return this.text(name) === 'yes';
  }

  text(name: string): string {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`no directive ${name}`);
    return value;
  }

  match(): readonly (readonly [string, string])[] {
    return [...this.values];
  }

  set(pairs: readonly (readonly [string, string])[]): string | null {
    for (const [name, value] of pairs) this.values.set(name, value);
    return null;
  }

  rewrite(): string | null {
    return null;
  }
}

export class FakeClock implements Clock {
  ms = 1_700_000_000_000;
  now(): number {
    return this.ms;
  }
  nowUs(): number {
    return this.ms * 1000;
  }
  monotonicMs(): number {
    return this.ms;
  }
}

function command(fullName: string): Command {
  return {
    spec: {
      name: fullName.toUpperCase(),
      group: 'connection',
      since: '0.0.0',
      arity: -1,
      flags: [],
      summary: 'A command of the fake engine',
      complexity: 'O(1)',
      propagate: 'never',
    },
    fullName,
    arity: -1,
    flags: 0,
    isWrite: false,
    propagation: 'never',
    handler: null,
    parent: null,
    subcommands: null,
    calls: 0,
    durationUs: 0,
    rejectedCalls: 0,
    failedCalls: 0,
    unmeasuredCalls: 0,
  };
}

const CLIENT_REPLY = command('client|reply');
const ANY = command('any');

export class FakeEngine implements EnginePort {
  readonly config = new FakeConfig();
  readonly clock = new FakeClock();
  readonly loop = systemLoop;
  isPasswordRequired = false;
  acknowledged = 0;
  noteEpoch = 0;
  isUngated = false;
  ungatedReplies = 0;
  onAcknowledged: (() => void) | null = null;
  onCommitFailed: ((from: number, to: number, error: string) => void) | null = null;
  onReady: (() => void) | null = null;

  /** What sessions show of keys is durable when it is none of these. */
  readonly waitingKeys = new Set<string>();
  readonly data = new Map<string, Buffer>();
  readonly gone: number[] = [];
  readonly blocked: Session[] = [];
  readonly pauses: [number, boolean][] = [];
  /** While set, commits are acknowledged only by `acknowledge`. */
  isHolding = false;
  isPostponing = false;
  ticket = 0;
  executed = 0;
  postponed = 0;
  private lastId = 0;
  private isDirty = false;

  nextSessionId(): number {
    return ++this.lastId;
  }

  refreshClock(): void {}

  /** What is answered to who sees a key of `waitingKeys`, once nothing waits. */
  doubt: string | null = null;

  areDurable(keys: readonly string[] | null): boolean {
    return keys?.every((key) => !this.waitingKeys.has(key)) ?? true;
  }

  countUngated(replies: number): void {
    this.ungatedReplies += replies;
  }

  commit(): number {
    if (this.isDirty) this.ticket++;
    this.isDirty = false;
    if (!this.isHolding) this.acknowledged = this.ticket;
    return this.ticket;
  }

  acknowledge(): void {
    this.acknowledged = this.ticket;
    this.onAcknowledged?.();
  }

  sessionGone(session: Session): void {
    this.gone.push(session.id);
  }

  describeSession(): SessionDetail {
    return {
      queuedCommands: -1,
      queuedBytes: 0,
      watchedKeys: 0,
      isDirty: false,
      channels: 0,
      patterns: 0,
      shardChannels: 0,
    };
  }

  pause(untilMs: number, onlyWrites: boolean): void {
    this.pauses.push([untilMs, onlyWrites]);
  }

  unpause(): void {
    this.pauses.length = 0;
  }

  prefetch(): void {}

  execute(session: Session, args: Args, reply: Reply): number {
    if (this.isPostponing) {
      this.postponed++;
      return EXECUTE_POSTPONED;
    }
    this.executed++;
    session.lastCommand = args.is(0, 'CLIENT') && args.is(1, 'REPLY') ? CLIENT_REPLY : ANY;
    if (args.is(0, 'PING') && args.count <= 2) {
      if (args.count > 1) this.bulk(args, 1, reply);
      else reply.status('PONG');
    } else if (args.is(0, 'SET') && args.count === 3) {
      this.data.set(args.text(1), args.copy(2));
      this.isDirty = true;
      reply.ok();
    } else if (args.is(0, 'GET') && args.count === 2) {
      const value = this.data.get(args.text(1));
      if (value === undefined) reply.null();
      else reply.bulk(value, 0, value.length);
    } else if (args.is(0, 'ECHO')) {
      reply.array(args.count - 1);
      for (let i = 1; i < args.count; i++) this.bulk(args, i, reply);
    } else if (args.is(0, 'COUNT')) {
      reply.integer(args.count);
    } else if (args.is(0, 'FILL')) {
      // A reply of as many bytes as the argument says.
      const size = Number(args.text(1));
      reply.bulk(Buffer.alloc(size, 102), 0, size);
    } else if (args.is(0, 'HELLO')) {
      session.resp = args.is(1, '3') ? 3 : 2;
      reply.map(1);
      reply.text('proto');
      reply.integer(session.resp);
    } else if (args.is(0, 'AUTH')) {
      session.isAuthenticated = true;
      reply.ok();
    } else if (args.is(0, 'BLOCK')) {
      session.flags |= SESSION_BLOCKED;
      this.blocked.push(session);
    } else if (args.is(0, 'QUIT')) {
      session.flags |= SESSION_CLOSE_AFTER_REPLY;
      reply.ok();
    } else if (args.is(0, 'CLIENT')) {
      this.clientReply(session, args, reply);
    } else {
      reply.error(`ERR unknown command '${args.text(0)}'`);
    }
    return EXECUTE_DONE;
  }

  private bulk(args: Args, index: number, reply: Reply): void {
    reply.bulk(args.bytes, args.at[index], args.length[index]);
  }

  private clientReply(session: Session, args: Args, reply: Reply): void {
    if (args.is(2, 'ON')) {
      session.flags &= ~(SESSION_REPLY_OFF | SESSION_REPLY_SKIP);
      reply.ok();
    } else if (args.is(2, 'OFF')) {
      session.flags |= SESSION_REPLY_OFF;
    } else if ((session.flags & SESSION_REPLY_OFF) === 0) {
      session.flags |= SESSION_REPLY_SKIP;
    }
  }
}
