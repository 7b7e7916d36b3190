// Several small commands of one pipeline, parsed ahead of their execution, so that the engine can
// touch the memory of all their keys at once (see `EnginePort.prefetch`). Invariant: a batch
// remembers nothing about the connection: what is not taken from it is parsed again.

import { Args } from '../engine-port.js';
import type { RequestParser, RequestSource } from './request-parser.js';

/** Misses that the memory can serve at once; more parsing ahead gains nothing. */
const BATCH_MAX = 16;

export class RequestBatch {
  /** The commands; only the first `count` are there. */
  readonly commands: readonly Args[] = Array.from({ length: BATCH_MAX }, () => new Args());
  count = 0;
  private readonly ends = new Int32Array(BATCH_MAX);
  private taken = 0;

  /** Parses whole small commands from `at` on. @returns how many there are */
  fill(
    parser: RequestParser,
    bytes: Buffer,
    at: number,
    end: number,
    source: RequestSource,
  ): number {
    let position = at;
    let count = 0;
    while (count < BATCH_MAX) {
      const args = this.commands[count];
      position = parser.parseSmall(bytes, position, end, source, args);
      if (position === 0) break;
      args.hashedIndex = -1;
      this.ends[count++] = position;
    }
    this.count = count;
    this.taken = 0;
    return count;
  }

  get isEmpty(): boolean {
    return this.taken === this.count;
  }

  /** @returns the next command */
  take(): Args {
    return this.commands[this.taken++];
  }

  /** Where the command taken last ends. */
  get end(): number {
    return this.ends[this.taken - 1];
  }

  /** Forgets what was not taken. */
  clear(): void {
    this.count = 0;
    this.taken = 0;
  }
}
