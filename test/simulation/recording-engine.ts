// An engine that tells what runs in it: each command that came through a simulated connection, in
// the order in which they ran. Invariant: nobody can tell the difference.

import {
  type Args,
  Engine,
  type EngineOptions,
  EXECUTE_DONE,
  type Reply,
  SESSION_BLOCKED,
  type Session,
} from '../../engine/index.js';
import { Connection } from '../../protocol/connection.js';
import type { Link } from './link.js';
import { VirtualSocket } from './virtual-socket.js';
import type { Witness } from './witness.js';

export class RecordingEngine extends Engine {
  private readonly witness: Witness;
  private readonly links: WeakMap<VirtualSocket, Link>;

  constructor(options: EngineOptions, witness: Witness, links: WeakMap<VirtualSocket, Link>) {
    super(options);
    this.witness = witness;
    this.links = links;
  }

  override execute(session: Session, args: Args, reply: Reply): number {
    const { witness } = this;
    const words = Array.from({ length: args.count }, (_, i) => args.text(i));
    const errors = reply.errorCount;
    witness.before(this.keyspace.now);
    const result = super.execute(session, args, reply);
    if (result !== EXECUTE_DONE) return result;
    const error = reply.errorCount > errors ? reply.lastError : null;
    const isWaiting = (): boolean => (session.flags & SESSION_BLOCKED) !== 0;
    witness.ran({ link: this.linkOf(session), words, error, isWaiting });
    return result;
  }

  /** The log's write stalls: these replies leave without it. */
  override countUngated(replies: number): void {
    if (replies > 0) this.witness.ungated();
    super.countUngated(replies);
  }

  private linkOf(session: Session): Link {
    if (session instanceof Connection && session.socket instanceof VirtualSocket) {
      const link = this.links.get(session.socket);
      if (link !== undefined) return link;
    }
    throw new Error('a command of nobody ran');
  }
}
