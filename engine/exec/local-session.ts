// A caller inside the process: the embedded API, replay. Invariant: at most one of its commands is
// waiting at a time; the next one is offered only after `resume`.

import type { Reply } from '../contract/reply.js';
import { SESSION_BLOCKED, SESSION_TRUSTED, Session } from '../contract/session.js';

export class LocalSession extends Session {
  /** Called when a wait inside a command ends, with the writer of its reply. */
  onResume: ((write: (reply: Reply) => void) => void) | null = null;
  isClosed = false;

  constructor(id: number) {
    super(id);
    this.flags = SESSION_TRUSTED;
    this.isAuthenticated = true;
    this.resp = 3;
  }

  override resume(write: (reply: Reply) => void): void {
    this.flags &= ~SESSION_BLOCKED;
    this.onResume?.(write);
  }

  override close(): void {
    this.isClosed = true;
  }
}
