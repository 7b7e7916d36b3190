// What a stream is made of: single commands, compared as they come, and scenarios, which need the
// answers of one step for the next. Invariant: both servers are sent the same, in the same order.

import type { CommandWords, RespConnection } from '../support/resp-connection.js';
import type { ArgumentSource } from './argument-source.js';
import type { Comparison } from './comparison.js';

export interface Step {
  readonly words: CommandWords;
  readonly compare: Comparison;
}

/** Makes a random call of one command; several steps where one must follow at once. */
export interface CallMaker {
  /** How often it is chosen, relative to the others. */
  readonly weight: number;
  /** False where a broken argument would do harm: end the connection, sleep for long. */
  readonly mayBeBroken: boolean;
  readonly make: (source: ArgumentSource) => Step | Step[];
}

/** Our server, the reference, and a judge. */
export interface Sides {
  readonly ours: RespConnection;
  readonly theirs: RespConnection;
  readonly oursPort: number;
  readonly theirsPort: number;
  /** Compares replies to `words`; remembers what is not alike. */
  judge(words: CommandWords, ours: Buffer, theirs: Buffer, compare: Comparison): void;
  /** Sends steps to both and judges. */
  run(steps: readonly Step[]): Promise<void>;
}

export interface Scenario {
  readonly name: string;
  readonly weight: number;
  readonly play: (sides: Sides, source: ArgumentSource) => Promise<void>;
}

/** Short form for the lists of makers. */
export function call(
  weight: number,
  words: (source: ArgumentSource) => CommandWords,
  compare: Comparison,
): CallMaker {
  return { weight, mayBeBroken: true, make: (source) => ({ words: words(source), compare }) };
}
