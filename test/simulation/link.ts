// One connection of a client as both ends see it: what was sent, what of it ran, what was answered.
// Invariant: the server runs the commands of a link in the order they were sent, and answers them
// in that order; so the n-th command run, and the n-th reply, belong to the n-th command sent.

import type { Caller } from './model-replies.js';
import type { Scope } from './virtual-time.js';

export type OpState = 'sent' | 'ran' | 'acknowledged' | 'failed';

export interface Op {
  readonly words: readonly string[];
  state: OpState;
  /** The reply it must get; null while it waits inside a command, or for a free one. */
  expected: string | null;
  /** Any reply will do: it tells of something that the model does not know. */
  isFree: boolean;
  /** What the server refused it with. */
  refusal: string | null;
  /** It was, or the transaction that it ends, for want of memory. */
  isOutOfMemory: boolean;
  /** Which command it was of all that ran, from 1 on. */
  execution: number;
  /** How often a server had loaded its data before it ran. */
  life: number;
  /** The latest change, as a command of the model, that the reply tells of. */
  command: number;
  hasChanged: boolean;
}

export class Link implements Caller {
  readonly ops: Op[] = [];
  ran = 0;
  replied = 0;
  db = 0;
  /** Commands queued since MULTI; null outside a transaction. */
  queue: (readonly string[])[] | null = null;
  isBroken = false;
  /** Memory was short for a command of the transaction. */
  lacksMemory = false;
  readonly watched = new Map<string, number>();
  isHalfClosed = false;
  /** The process at the other end. */
  server: Scope | null = null;

  send(words: readonly string[]): Op {
    const op: Op = {
      words,
      state: 'sent',
      expected: null,
      isFree: false,
      refusal: null,
      isOutOfMemory: false,
      execution: 0,
      life: 0,
      command: 0,
      hasChanged: false,
    };
    this.ops.push(op);
    return op;
  }

  /** @returns the last change of the link's own before an op */
  lastCommandAt(op: Op): number {
    let last = 0;
    for (const other of this.ops) {
      if (other === op) break;
      if (other.hasChanged) last = Math.max(last, other.command);
    }
    return last;
  }

  get outstanding(): number {
    return this.ops.length - this.replied;
  }
}
