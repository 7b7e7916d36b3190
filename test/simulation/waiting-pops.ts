// Clients that wait inside BLPOP. Invariant: they are kept in the order in which they began to
// wait, which is the order in which each of their keys serves them.

import type { Link, Op } from './link.js';
import { keyOf } from './model-replies.js';

export interface WaitingPop {
  readonly op: Op;
  readonly link: Link;
  /** Keys as they were named, first choice first. */
  readonly names: readonly string[];
  /** Whether the server still has it waiting. */
  readonly isWaiting: () => boolean;
}

export class WaitingPops {
  private pops: WaitingPop[] = [];

  get all(): readonly WaitingPop[] {
    return this.pops;
  }

  add(pop: WaitingPop): void {
    this.pops.push(pop);
  }

  remove(pop: WaitingPop): void {
    this.pops = this.pops.filter((each) => each !== pop);
  }

  /** Those whose time was up, or who left, wait no more. */
  prune(): void {
    this.pops = this.pops.filter(({ isWaiting }) => isWaiting());
  }

  /** Nobody waits any more. */
  clear(): void {
    this.pops = [];
  }

  /** @returns what a client waits for, or null */
  of(link: Link): WaitingPop | null {
    return this.pops.find((pop) => pop.link === link) ?? null;
  }

  /** @returns who is to get the next item of a key: the first that waits, or is just served */
  first(key: string, served: WaitingPop): WaitingPop | undefined {
    return this.pops.find((pop) => {
      if (pop !== served && !pop.isWaiting()) return false;
      return pop.names.some((name) => keyOf(pop.link, name) === key);
    });
  }
}
