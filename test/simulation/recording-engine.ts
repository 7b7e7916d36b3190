// An engine that tells what happens in it: each command that came through a simulated connection,
// each client served that waited, each key that goes by itself, in the order in which they do.
// Invariant: nobody can tell the difference.

import type { Context } from '../../engine/contract/context.js';
import {
  type Args,
  Engine,
  type EngineOptions,
  EXECUTE_DONE,
  type Reply,
  SESSION_BLOCKED,
  type Session,
} from '../../engine/index.js';
import type { Arena } from '../../engine/memory/arena.js';
import { CHUNK_SHIFT, type Ref } from '../../engine/memory/chunks.js';
import { keyAtOf, keyLengthOf } from '../../engine/memory/record.js';
import { Connection } from '../../protocol/connection.js';
import type { Link } from './link.js';
import type { MemoryUse } from './memory-limit.js';
import { VirtualSocket } from './virtual-socket.js';
import type { Scope } from './virtual-time.js';
import { refusalOf, type Witness } from './witness.js';

function keyText(arena: Arena, ref: Ref): string {
  const at = keyAtOf(arena, ref);
  return arena.bytes[ref >>> CHUNK_SHIFT].toString('latin1', at, at + keyLengthOf(arena, ref));
}

interface Observers {
  readonly witness: Witness;
  readonly links: WeakMap<VirtualSocket, Link>;
  /** Of the process: nobody looks at a dead one. */
  readonly scope: Scope;
}

export class RecordingEngine extends Engine {
  private readonly observers: Observers;

  constructor(options: EngineOptions, observers: Observers) {
    super(options);
    this.observers = observers;
    this.watchRemovals();
    this.watchWaiters();
    this.watchDraws();
  }

  override unpause(): void {
    this.observers.witness.unpaused();
    super.unpause();
  }

  override execute(session: Session, args: Args, reply: Reply): number {
    const { witness } = this.observers;
    const words = Array.from({ length: args.count }, (_, i) => args.text(i));
    const errors = reply.errorCount;
    const useBefore = this.memoryUse;
    witness.begins(this.keyspace.now);
    const result = super.execute(session, args, reply);
    if (result !== EXECUTE_DONE) {
      witness.postponed();
      return result;
    }
    const error = reply.errorCount > errors ? reply.lastError : null;
    const isWaiting = (): boolean => (session.flags & SESSION_BLOCKED) !== 0;
    const link = this.linkOf(session);
    witness.ran({ link, words, error, isWaiting, useBefore, use: this.memoryUse });
    return result;
  }

  /** The log's write stalls: these replies leave without it. */
  override countUngated(replies: number): void {
    if (replies > 0) this.observers.witness.ungated();
    super.countUngated(replies);
  }

  private get memoryUse(): MemoryUse {
    const { usedBytes, lazyFree } = this.keyspace;
    return { usedBytes, isFreeing: lazyFree.pendingObjects > 0 };
  }

  private watchRemovals(): void {
    const { keyspace } = this;
    const { onRemoved, onFieldRemoved } = keyspace;
    keyspace.onRemoved = (db, bytes, at, length) => {
      this.removed(`${db.index} ${bytes.toString('latin1', at, at + length)}`, null);
      onRemoved?.(db, bytes, at, length);
    };
    keyspace.onFieldRemoved = (db, owner, field) => {
      this.removed(`${db.index} ${keyText(db.arena, owner)}`, keyText(db.arena, field));
      onFieldRemoved?.(db, owner, field);
    };
  }

  private removed(key: string, field: string | null): void {
    const { witness, scope } = this.observers;
    if (!scope.isAlive) return;
    const isInUnit = this.transactions.isRunning;
    const { now: nowMs } = this.keyspace;
    witness.unasked.add({ kind: 'removal', key, field, nowMs, isInUnit, use: this.memoryUse });
  }

  /** Random commands tell what they drew, as they reply it. */
  private watchDraws(): void {
    const { drawn } = this.observers.witness.state;
    for (const name of ['spop', 'srandmember']) {
      const command = this.registry.byName(name);
      const handler = command?.handler;
      if (!command || !handler) throw new Error(`there is no ${name}`);
      const draw = (ctx: Context, args: Args): void => {
        const { reply } = ctx;
        const members: string[] = [];
        const write = reply.bulkView;
        reply.bulkView = (view, at, length) => {
          members.push(Buffer.from(view.buffer, view.byteOffset + at, length).toString('latin1'));
          write.call(reply, view, at, length);
        };
        handler(ctx, args);
        Reflect.deleteProperty(reply, 'bulkView');
        drawn.push(members);
      };
      Object.assign(command, { handler: draw });
    }
  }

  private watchWaiters(): void {
    const { keyWaiters } = this.blocking;
    const { server } = keyWaiters;
    if (server === null) throw new Error('nobody serves who waits');
    keyWaiters.server = {
      isHeldBack: (wait) => server.isHeldBack(wait),
      countUnserved: (wait, error) => server.countUnserved(wait, error),
      serve: (wait, args, reply) => {
        const { witness, scope } = this.observers;
        const { session } = wait;
        const errors = reply.errorCount;
        witness.unasked.bodyEnds();
        server.serve(wait, args, reply);
        if (!scope.isAlive) return;
        const refusal = refusalOf(reply.errorCount > errors ? reply.lastError : null);
        const isWaitingAgain = (session.flags & SESSION_BLOCKED) !== 0;
        witness.unasked.add({
          kind: 'serving',
          link: this.linkOf(session),
          refusal,
          isWaitingAgain,
        });
      },
    };
  }

  private linkOf(session: Session): Link {
    if (session instanceof Connection && session.socket instanceof VirtualSocket) {
      const link = this.observers.links.get(session.socket);
      if (link !== undefined) return link;
    }
    throw new Error('a command of nobody ran');
  }
}
