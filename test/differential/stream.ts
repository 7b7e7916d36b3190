// One random stream of commands against both servers. Invariant: from the first unexplained
// difference on nothing is sent any more, so what is reported is a cause and not a consequence.

import { type CommandWord, type CommandWords, RespConnection } from '../support/resp-connection.js';
import { ArgumentSource } from './argument-source.js';
import { type Comparison, exact } from './comparison.js';
import { connectionCalls } from './connection-calls.js';
import { type Difference, explain } from './differences.js';
import { hashCalls } from './hash-calls.js';
import { keyCalls } from './key-calls.js';
import { listCalls } from './list-calls.js';
import { scenarios } from './scenarios.js';
import { serverCalls } from './server-calls.js';
import { setCalls } from './set-calls.js';
import { sortCalls } from './sort-calls.js';
import { sortedSetCalls } from './sorted-set-calls.js';
import type { CallMaker, Scenario, Sides, Step } from './step.js';
import { stringCalls } from './string-calls.js';

/** Commands sent in one piece. */
const BATCH = 50;
/** In 1000 steps so many scenarios. */
const SCENARIOS_PER_MILLE = 12;
const BROKEN_PERCENT = 6;
/** Earlier commands shown with a difference. */
const HISTORY_SHOWN = 12;
const REPLY_SHOWN_BYTES = 600;

export interface StreamPorts {
  readonly ours: number;
  readonly theirs: number;
}

export interface StreamResult {
  readonly commands: number;
  /** The names of the commands sent, in lower case. */
  readonly sent: ReadonlySet<string>;
  /** How often each known difference was met. */
  readonly explained: ReadonlyMap<Difference, number>;
  /** The first unexplained one, or null. */
  readonly failure: string | null;
}

function areStringEncodings(...replies: readonly Buffer[]): boolean {
  return replies.every((raw) => /^\$\d\r\n(int|embstr|raw)\r\n$/.test(raw.toString('latin1')));
}

function shown(word: CommandWord): string {
  const text = Buffer.isBuffer(word) ? word.toString('latin1') : String(word);
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...(${text.length})` : text);
}

function weighted<T extends { readonly weight: number }>(from: readonly T[]): T[] {
  return from.flatMap((item) => Array.from({ length: item.weight }, () => item));
}

const CALLS: readonly CallMaker[] = weighted([
  ...weighted(stringCalls.map((maker) => ({ ...maker }))),
  ...weighted(hashCalls.map((maker) => ({ ...maker }))),
  ...keyCalls,
  ...keyCalls,
  ...weighted(listCalls.map((maker) => ({ ...maker }))),
  ...weighted(setCalls.map((maker) => ({ ...maker }))),
  ...weighted(sortedSetCalls.map((maker) => ({ ...maker }))),
  ...weighted(sortCalls.map((maker) => ({ ...maker }))),
  ...connectionCalls,
  ...serverCalls,
]);
const SCENARIOS: readonly Scenario[] = weighted(scenarios);

/** Leaves an argument out, adds one, or replaces one. */
function broken(words: CommandWords, source: ArgumentSource): CommandWords {
  const copy = [...words];
  const at = 1 + source.below(Math.max(1, copy.length - 1));
  const kind = source.below(3);
  if (kind === 0) copy.splice(at, 1);
  else copy.splice(at, kind === 1 ? 0 : 1, source.junk());
  return copy;
}

class Stream implements Sides {
  readonly ours: RespConnection;
  readonly theirs: RespConnection;
  readonly oursPort: number;
  readonly theirsPort: number;
  readonly explained = new Map<Difference, number>();
  readonly sent = new Set<string>();
  commands = 0;
  failure: string | null = null;
  private readonly history: string[] = [];
  /** The data was loaded: one of the servers may have given a string a shorter encoding then. */
  private readonly isLoaded: boolean;

  constructor(ours: RespConnection, theirs: RespConnection, ports: StreamPorts, isLoaded: boolean) {
    this.ours = ours;
    this.theirs = theirs;
    this.oursPort = ports.ours;
    this.theirsPort = ports.theirs;
    this.isLoaded = isLoaded;
  }

  judge(words: CommandWords, ours: Buffer, theirs: Buffer, compare: Comparison): void {
    this.commands++;
    this.sent.add(String(words[0]).toLowerCase());
    if (this.failure !== null) return;
    this.history.push(words.map(shown).join(' '));
    if (this.history.length > HISTORY_SHOWN) this.history.shift();
    if (ours.equals(theirs)) return;
    const wrong = compare(ours, theirs);
    if (wrong === null) return;
    if (this.isLoaded && areStringEncodings(ours, theirs)) return;
    const known = explain(words, ours, theirs);
    if (known !== null) {
      this.explained.set(known, (this.explained.get(known) ?? 0) + 1);
      return;
    }
    const replies = [ours, theirs].map((raw) =>
      JSON.stringify(raw.toString('latin1', 0, REPLY_SHOWN_BYTES)),
    );
    this.failure = [
      `${this.history.at(-1)}: ${wrong}`,
      `  Reddis: ${replies[0]}`,
      `  Redis:  ${replies[1]}`,
      ...this.history.slice(0, -1).map((line) => `  after ${line}`),
    ].join('\n');
  }

  async run(steps: readonly Step[]): Promise<void> {
    const commands = steps.map(({ words }) => words);
    const [mine, other] = await Promise.all([
      this.ours.exchange(commands),
      this.theirs.exchange(commands),
    ]);
    steps.forEach(({ words, compare }, i) => {
      this.judge(words, mine[i], other[i], compare);
    });
  }
}

function nextSteps(source: ArgumentSource): readonly Step[] {
  const maker = source.pick(CALLS);
  const made = maker.make(source);
  const steps = Array.isArray(made) ? made : [made];
  if (!maker.mayBeBroken || !source.chance(BROKEN_PERCENT)) return steps;
  const [first, ...rest] = steps;
  const words = broken(first.words, source);
  if (rest.length === 0 || words.length < 2) return [{ ...first, words }];
  // What it may have left with a deadline long past has another name now. Redis counts such a key
  // until it comes across it; Reddis never does.
  return [
    { ...first, words },
    { words: ['EXISTS', words[1]], compare: exact },
  ];
}

/**
 * Empties both servers and sends both the same commands.
 * @param seed decides everything
 * @param count about how many commands
 * @param keepsData goes on from the data that both have instead
 */
export async function runStream(
  ports: StreamPorts,
  seed: number,
  count: number,
  keepsData = false,
): Promise<StreamResult> {
  const source = new ArgumentSource(seed, Date.now());
  const [ours, theirs] = await Promise.all([
    RespConnection.open(ports.ours),
    RespConnection.open(ports.theirs),
  ]);
  const stream = new Stream(ours, theirs, ports, keepsData);
  const start = [['DEBUG', 'SET-ACTIVE-EXPIRE', '1'], ...(keepsData ? [] : [['FLUSHALL']])];
  await Promise.all([ours.exchange(start), theirs.exchange(start)]);
  if (source.chance(50)) await Promise.all([ours.call('HELLO', 3), theirs.call('HELLO', 3)]);
  while (stream.commands < count && stream.failure === null) {
    const batch: Step[] = [];
    while (batch.length < BATCH && source.below(1000) >= SCENARIOS_PER_MILLE) {
      batch.push(...nextSteps(source));
    }
    await stream.run(batch);
    if (stream.failure !== null) break;
    if (batch.length < BATCH) await source.pick(SCENARIOS).play(stream, source);
  }
  await Promise.all([ours.close(), theirs.close()]);
  const { commands, sent, explained, failure } = stream;
  return { commands, sent, explained, failure };
}
