// Runs commands against an engine in memory, with a clock moved by hand. After every test the
// effects that were logged are run again in an empty engine at another time, and both must then
// hold the same keys, values and deadlines: so each command test is a test of its log entries too.

import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { Engine } from '../../engine/engine.js';
import type { CommandLog } from '../../engine/exec/effects.js';
import { LocalSession } from '../../engine/exec/local-session.js';
import { type ReplyValue, ValueReply } from '../../engine/exec/value-reply.js';
import { Args } from '../../engine/util/args.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';

/** A reply with strings as latin1, and errors as text behind "(error) ". */
export type Plain = null | boolean | number | bigint | string | Plain[] | Map<Plain, Plain>;

/** A command as the log has it: database index, name, arguments; latin1. */
export type LoggedCommand = readonly [dbIndex: number, ...args: string[]];

const START_MS = 1_700_000_000_000;
/** Replay happens long before: it must not matter. */
const REPLAY_MS = 1_000;
const SEED = 1;

class RecordingLog implements CommandLog {
  readonly entries: [number, ...string[]][] = [];
  private announced = 0;

  appendEntry(dbIndex: number, args: Args): void {
    const words = Array.from({ length: args.count }, (_, i) => args.text(i));
    this.entries.push([dbIndex, ...words]);
  }

  beginEntry(dbIndex: number, argc: number): void {
    this.announced = argc;
    this.entries.push([dbIndex]);
  }

  putArgument(bytes: Uint8Array, at: number, length: number): void {
    this.putText(Buffer.from(bytes.subarray(at, at + length)).toString('latin1'));
  }

  putText(text: string): void {
    this.entries[this.entries.length - 1].push(text);
  }

  putInteger(value: number): void {
    this.putText(String(value));
  }

  // A unit says nothing about what is in it.
  beginUnit(): void {}
  endUnit(): void {}

  endEntry(): void {
    const entry = this.entries[this.entries.length - 1];
    deepEqual(entry.length - 1, this.announced, `as many arguments as announced: ${entry}`);
  }
}

export class Commands {
  readonly clock: FakeClock;
  readonly engine: Engine;
  readonly log = new RecordingLog();
  private readonly session: LocalSession;
  private readonly reply = new ValueReply();

  constructor(nowMs: number) {
    this.clock = new FakeClock(nowMs);
    const random = new SeededRandom(SEED);
    this.engine = new Engine({ dir: null, clock: this.clock, random });
    this.session = new LocalSession(this.engine.nextSessionId());
  }

  async open(): Promise<this> {
    await this.engine.load();
    this.engine.effects.log = this.log;
    return this;
  }

  /** Runs one command; strings are latin1. */
  ask(...words: (string | number | bigint | Buffer)[]): Plain {
    const args = new Args();
    args.assign(words.map((word) => (Buffer.isBuffer(word) ? word : latin1Bytes(String(word)))));
    this.engine.refreshClock();
    this.engine.execute(this.session, args, this.reply);
    return plain(this.reply.take());
  }

  select(dbIndex: number): void {
    this.session.dbIndex = dbIndex;
  }

  /** Takes the log's entries of the selected database since the last call. */
  private logged = 0;
  takeLog(): LoggedCommand[] {
    const entries = this.log.entries.slice(this.logged);
    this.logged = this.log.entries.length;
    return entries;
  }

  /** @returns key, dumped value and deadline of each key of each database, in order */
  dataset(): Plain[][] {
    const { keyspace } = this.engine;
    const expiresKeys = keyspace.expiresKeys;
    keyspace.expiresKeys = false;
    const rows: Plain[][] = [];
    const selected = this.session.dbIndex;
    for (let index = 0; index < keyspace.databases.length; index++) {
      this.select(index);
      for (const key of (this.ask('KEYS', '*') as string[]).sort()) {
        rows.push([index, key, this.ask('DUMP', key), this.ask('PEXPIRETIME', key)]);
      }
    }
    this.select(selected);
    keyspace.expiresKeys = expiresKeys;
    return rows;
  }

  /** Fails unless the log's entries make the same dataset again. */
  async checkReplay(): Promise<void> {
    const again = await new Commands(REPLAY_MS).open();
    again.engine.keyspace.expiresKeys = false;
    for (const [dbIndex, ...words] of this.log.entries) {
      again.select(dbIndex);
      const answer = again.ask(...words);
      if (typeof answer === 'string' && answer.startsWith('(error)')) {
        throw new Error(`${words.join(' ')} failed in replay: ${answer}`);
      }
    }
    deepEqual(again.dataset(), this.dataset(), 'replaying the log gives the same dataset');
    await again.engine.close();
  }
}

function plain(value: ReplyValue): Plain {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (value instanceof Error) return `(error) ${value.message}`;
  if (value instanceof Set) return [...value].map(plain);
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [plain(k), plain(v)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

/** A test of commands: an empty engine before, the replay of its log after. */
export function commandTest(
  name: string,
  body: (ask: Commands['ask'], commands: Commands) => void,
): void {
  test(name, async () => {
    const commands = await new Commands(START_MS).open();
    try {
      body((...words) => commands.ask(...words), commands);
      await commands.checkReplay();
    } finally {
      await commands.engine.close();
    }
  });
}

export const WRONGTYPE =
  '(error) WRONGTYPE Operation against a key holding the wrong kind of value';
export const SYNTAX = '(error) ERR syntax error';
export const NOT_INTEGER = '(error) ERR value is not an integer or out of range';
