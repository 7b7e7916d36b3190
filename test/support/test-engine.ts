// An engine for tests of commands: a clock moved by hand, replies as JavaScript values, and with a
// directory also a way to stop and start again.

import type { ReplyValue } from '../../engine/exec/value-reply.js';
import { Config, Engine, ReplyError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from './fake-clock.js';

export interface TestEngineOptions {
  /** Data directory; without one nothing is kept. */
  readonly dir?: string;
  /** Directives by name. */
  readonly config?: Readonly<Record<string, string>>;
  /** RESP version the caller pretends to speak; replies that differ follow it. */
  readonly resp?: 2 | 3;
}

/** What a command answered, with strings as latin1 text, maps as objects' entries in a Map. */
export type TestReply =
  | null
  | boolean
  | number
  | bigint
  | string
  | ReplyError
  | TestReply[]
  | Map<TestReply, TestReply>
  | Set<TestReply>;

type Argument = string | number | Buffer;

export class TestEngine {
  readonly clock: FakeClock;
  engine: Engine;
  private client: LocalClient;
  private readonly options: TestEngineOptions;

  constructor(options: TestEngineOptions, clock: FakeClock) {
    this.options = options;
    this.clock = clock;
    this.engine = makeEngine(options, clock);
    this.client = this.connect();
  }

  /** @returns the reply; an error reply is returned, not thrown */
  async run(...args: Argument[]): Promise<TestReply> {
    try {
      const bytes = args.map((arg) => (typeof arg === 'string' ? Buffer.from(arg, 'latin1') : arg));
      return toTestReply(await this.client.callBuffer(...bytes));
    } catch (error) {
      if (error instanceof ReplyError) return error;
      throw error;
    }
  }

  /** Another caller of the same engine. */
  another(): (...args: Argument[]) => Promise<TestReply> {
    const client = this.connect();
    return async (...args) => {
      try {
        return toTestReply(await client.callBuffer(...args));
      } catch (error) {
        if (error instanceof ReplyError) return error;
        throw error;
      }
    };
  }

  /** Moves time and lets the engine notice. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.engine.runCron();
  }

  /** Stops and starts again from what is on disk. */
  async reload(): Promise<void> {
    await this.close();
    this.engine = makeEngine(this.options, this.clock);
    await this.engine.load();
    this.client = this.connect();
  }

  async close(): Promise<void> {
    this.client.close();
    await this.engine.close();
  }

  private connect(): LocalClient {
    const client = new LocalClient(this.engine);
    client.session.resp = this.options.resp ?? 3;
    return client;
  }
}

/** @returns an engine that has loaded what its directory holds */
export async function openTestEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const test = new TestEngine(options, new FakeClock());
  await test.engine.load();
  return test;
}

/** Runs `body` with an engine that is closed whatever happens. */
export async function withEngine(
  options: TestEngineOptions,
  body: (engine: TestEngine) => Promise<void>,
): Promise<void> {
  const engine = await openTestEngine(options);
  try {
    await body(engine);
  } finally {
    await engine.close();
  }
}

function makeEngine(options: TestEngineOptions, clock: FakeClock): Engine {
  const config = new Config();
  config.preset('enable-debug-command', 'yes');
  for (const [name, value] of Object.entries(options.config ?? {})) {
    const mistake = config.preset(name, value);
    if (mistake !== null) throw new Error(`${name}: ${mistake}`);
  }
  return new Engine({ dir: options.dir ?? null, config, clock, random: new SeededRandom(1) });
}

function toTestReply(value: ReplyValue): TestReply {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(toTestReply);
  if (value instanceof Set) return new Set([...value].map(toTestReply));
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [toTestReply(key), toTestReply(item)]));
  }
  return value;
}
