// Sessions that wait for keys. Each key has a queue for each type that somebody waits for; a key
// that comes into being makes the queue of its type ready, and after the command (the whole EXEC)
// that made it the sessions in the queue run their commands again, first come first served, as long
// as the key is there. Serving one may make further keys ready; those come after.
//
// Invariants: a waiting session is in the queue of each of its keys once, and in none when it ends;
// waiting, being served and leaving cost the number of the session's own keys, whoever else waits.

import type { BlockingPort, KeyWait } from '../contract/ports.js';
import type { Reply } from '../contract/reply.js';
import type { Session } from '../contract/session.js';
import type { KeyListener, Keyspace } from '../keyspace/keyspace.js';
import { NO_REF } from '../memory/chunks.js';
import { Args } from '../util/args.js';
import type { Clock } from '../util/clock.js';
import { loadCommand, type StoredCommand, storeCommand } from './command-tape.js';
import { KeyTable } from './key-table.js';

/** Who runs commands again; the executor. */
export interface CommandServer {
  /** Whether a command of the session may not run now. */
  isHeldBack(wait: WaitingCommand): boolean;
  /** Runs the command of a session that is not blocked any more. */
  serve(wait: WaitingCommand, args: Args, reply: Reply): void;
  /** Counts a command that ended without having been served. */
  countUnserved(wait: WaitingCommand, error: string | null): void;
}

/** A blocked command: what it takes to run it again. */
export interface WaitingCommand {
  readonly session: Session;
  readonly command: KeyWait['command'];
}

/** The waiters of one key that wait for one type, oldest first. */
class WaitQueue {
  readonly key: WaitedKey;
  readonly type: number;
  first: WaitLink | null = null;
  last: WaitLink | null = null;
  length = 0;
  isReady = false;

  constructor(key: WaitedKey, type: number) {
    this.key = key;
    this.type = type;
  }
}

class WaitedKey {
  readonly dbIndex: number;
  readonly key: string;
  /** Mostly one. */
  readonly queues: WaitQueue[] = [];

  constructor(dbIndex: number, key: string) {
    this.dbIndex = dbIndex;
    this.key = key;
  }
}

/** A session's place in a queue. */
class WaitLink {
  readonly wait: Waiter;
  readonly queue: WaitQueue;
  /** Which argument the key is. */
  readonly keyIndex: number;
  previous: WaitLink | null = null;
  next: WaitLink | null = null;

  constructor(wait: Waiter, queue: WaitQueue, keyIndex: number) {
    this.wait = wait;
    this.queue = queue;
    this.keyIndex = keyIndex;
  }
}

class Waiter implements WaitingCommand {
  readonly session: Session;
  readonly command: KeyWait['command'];
  /** Monotonic ms; Infinity waits for ever. */
  readonly deadlineMs: number;
  /** The arguments; see command-tape. */
  readonly stored: StoredCommand;
  readonly links: WaitLink[] = [];
  finish: (write: (reply: Reply) => void) => void = () => {};

  constructor(wait: KeyWait, deadlineMs: number) {
    this.session = wait.session;
    this.command = wait.command;
    this.deadlineMs = deadlineMs;
    this.stored = storeCommand(wait.args);
  }
}

export class KeyWaiters {
  private readonly keyspace: Keyspace;
  private readonly blocking: Pick<BlockingPort, 'block'>;
  private readonly clock: Clock;
  /** Set by the executor, before anybody can wait. */
  server: CommandServer | null = null;
  private readonly keys = new KeyTable<WaitedKey>();
  private ready: WaitQueue[] = [];
  private isServing = false;
  /** The deadline of the command that is run again; a wait begun by it keeps it. */
  private servedDeadlineMs = Number.NaN;
  private readonly args = new Args();

  constructor(parts: {
    readonly keyspace: Keyspace;
    readonly blocking: Pick<BlockingPort, 'block'>;
    readonly clock: Clock;
  }) {
    this.keyspace = parts.keyspace;
    this.blocking = parts.blocking;
    this.clock = parts.clock;
    this.keyspace.onSwapped = (dbIndex) => this.swapped(dbIndex);
  }

  /** How many keys somebody waits for. */
  get keyCount(): number {
    return this.keys.size;
  }

  /** Whether sessions may have to be served. */
  get hasReady(): boolean {
    return this.ready.length > 0;
  }

  /** See BlockingPort. */
  wait(wait: KeyWait): void {
    const { session, args } = wait;
    const now = this.clock.monotonicMs();
    let deadlineMs = wait.timeoutMs > 0 ? now + wait.timeoutMs : Number.POSITIVE_INFINITY;
    if (!Number.isNaN(this.servedDeadlineMs)) deadlineMs = this.servedDeadlineMs;
    const waiter = new Waiter(wait, deadlineMs);
    const end = wait.firstKey + wait.keyCount;
    for (let i = wait.firstKey; i < end; i++) this.enter(waiter, args, i, wait.type);
    this.keyspace.onCreated = this.onCreated;
    const isForever = deadlineMs === Number.POSITIVE_INFINITY;
    waiter.finish = this.blocking.block({
      session,
      // What is left may be nothing, but 0 would be for ever.
      timeoutMs: isForever ? 0 : Math.max(deadlineMs - now, Number.MIN_VALUE),
      mayUnblock: true,
      onTimeout: (reply) => {
        reply.nullArray();
        this.server?.countUnserved(waiter, null);
      },
      onError: (error) => this.server?.countUnserved(waiter, error),
      onGone: () => this.leave(waiter),
    });
  }

  /** Serves who waits for keys that have come into being. Between commands only. */
  serveReady(): void {
    if (this.isServing) return;
    this.isServing = true;
    // What made the key may have taken long: who is served lives after it.
    this.keyspace.setTime(this.clock.now());
    try {
      while (this.ready.length > 0) {
        const queues = this.ready;
        this.ready = [];
        for (let i = 0; i < queues.length; i++) {
          queues[i].isReady = false;
          if (this.serveQueue(queues[i])) continue;
          // Nobody may run now: these are looked at again when that is over.
          for (; i < queues.length; i++) this.ready.push(queues[i]);
          for (const queue of this.ready) queue.isReady = true;
          return;
        }
      }
    } finally {
      this.isServing = false;
    }
  }

  /** @returns false when commands are held back now */
  private serveQueue(queue: WaitQueue): boolean {
    const db = this.keyspace.databases[queue.key.dbIndex];
    // Who waits again goes to the end and is not served twice.
    let left = queue.length;
    for (let link = queue.first; link !== null && left > 0; left--) {
      const { next, wait, keyIndex } = link;
      loadCommand(wait.stored, this.args);
      const ref = db.peek(this.args, keyIndex);
      if (ref === NO_REF || db.typeOf(ref) !== queue.type) return true;
      if (this.server === null || this.server.isHeldBack(wait)) return false;
      this.serve(wait);
      link = next;
    }
    return true;
  }

  private serve(waiter: Waiter): void {
    this.leave(waiter);
    waiter.finish((reply) => {
      this.servedDeadlineMs = waiter.deadlineMs;
      try {
        this.server?.serve(waiter, this.args, reply);
      } finally {
        this.servedDeadlineMs = Number.NaN;
      }
    });
  }

  private readonly onCreated: KeyListener = (dbIndex, type, bytes, at, length) => {
    const key = this.keys.find(dbIndex, bytes, at, length);
    if (key === undefined) return;
    for (const queue of key.queues) if (queue.type === type) this.makeReady(queue);
  };

  /** Another database has come to this index: who waits there may find what they wait for. */
  private swapped(dbIndex: number): void {
    for (const { queues } of this.keys.valuesOf(dbIndex)) {
      for (const queue of queues) this.makeReady(queue);
    }
  }

  private makeReady(queue: WaitQueue): void {
    if (queue.isReady) return;
    queue.isReady = true;
    this.ready.push(queue);
  }

  /** Puts the session at the end of the queue of the key at argument `keyIndex`. */
  private enter(waiter: Waiter, args: Args, keyIndex: number, type: number): void {
    const { dbIndex } = waiter.session;
    const key = this.keyOf(dbIndex, args.text(keyIndex));
    let queue = key.queues.find((candidate) => candidate.type === type);
    if (queue === undefined) {
      queue = new WaitQueue(key, type);
      key.queues.push(queue);
    }
    // A key named twice counts once; the session entered it last.
    if (queue.last?.wait === waiter) return;
    const link = new WaitLink(waiter, queue, keyIndex);
    waiter.links.push(link);
    link.previous = queue.last;
    if (queue.last === null) queue.first = link;
    else queue.last.next = link;
    queue.last = link;
    queue.length++;
  }

  private keyOf(dbIndex: number, text: string): WaitedKey {
    const known = this.keys.get(dbIndex, text);
    if (known !== undefined) return known;
    const key = new WaitedKey(dbIndex, text);
    this.keys.add(dbIndex, text, key);
    return key;
  }

  /** Takes the session out of all its queues. */
  private leave(waiter: Waiter): void {
    for (const link of waiter.links) {
      const { queue, previous, next } = link;
      if (previous === null) queue.first = next;
      else previous.next = next;
      if (next === null) queue.last = previous;
      else next.previous = previous;
      if (--queue.length === 0) this.drop(queue);
    }
    waiter.links.length = 0;
    if (this.keys.size === 0) this.keyspace.onCreated = null;
  }

  private drop(queue: WaitQueue): void {
    const { queues, dbIndex, key } = queue.key;
    queues.splice(queues.indexOf(queue), 1);
    if (queues.length === 0) this.keys.remove(dbIndex, key);
  }
}
