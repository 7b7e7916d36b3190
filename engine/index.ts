// The door of the engine: what an embedding process, the protocol layer and the command-line
// programs may use. Nothing else below this folder is public.
//
//   import { open } from 'reddis';
//   const db = await open({ dir: './data' });
//   await db.call('SET', 'greeting', 'hello');

import { Config } from './config/config.js';
import { Engine, type EngineOptions } from './engine.js';
import type { ReplyValue } from './exec/value-reply.js';
import { type CallArgument, type DecodedValue, LocalClient } from './local-client.js';

export { COMMANDS } from './commands/index.js';
export { quoteArgument } from './config/argument-line.js';
export {
  type ConfText,
  type DirectiveLine,
  type IncludedFile,
  parseConfText,
} from './config/conf-file.js';
export { Config, type ConfigFile, type ConfigMistake } from './config/config.js';
export type { Directive } from './config/directive.js';
export { DIRECTIVES, DIRECTIVES_BY_NAME } from './config/directives.js';
export { readOutputBufferLimits } from './config/word-directives.js';
export type { CommandSpec } from './contract/command.js';
export type {
  ClientFilter,
  ClientsPort,
  ClientType,
  ConfigPort,
  ProcessPort,
} from './contract/ports.js';
export type { Reply, ReplyMark } from './contract/reply.js';
export { ReplyError } from './contract/reply-error.js';
export * from './contract/session.js';
export {
  Engine,
  type EngineOptions,
  type Logger,
  type LogLevel,
  type Surroundings,
} from './engine.js';
export { EXECUTE_DONE, EXECUTE_POSTPONED } from './exec/executor.js';
export type { CallArgument, DecodedValue } from './local-client.js';
export { LogError } from './log/errors.js';
export * from './log-tools.js';
export type { ListenerSource, ProcessSource } from './observe/info-sources.js';
export { Args } from './util/args.js';
export { assert } from './util/assert.js';
export { copyBytes, copyView, EMPTY_BYTES, viewOf } from './util/bytes.js';
export { type Clock, systemClock } from './util/clock.js';
export { formatDouble } from './util/doubles.js';
export { type EventLoop, systemLoop } from './util/event-loop.js';
export { globMatchText } from './util/glob.js';
export { decimalLength, writeInteger } from './util/numbers.js';
export { VERSION } from './version.js';

/** Options of `open`. */
export interface OpenOptions extends Omit<EngineOptions, 'config' | 'dir'> {
  /** The data directory; without one everything is kept in memory only. */
  readonly dir?: string;
  /** Directives by name, e.g. `{ appendfsync: 'always' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** An open database inside this process. */
export class Reddis {
  /**
   * Called when the database ended by itself and let go of its directory: another process took
   * that over, or the log failed under `aof-on-io-error exit`. Calls that wait, and every later
   * one, are rejected with this error.
   */
  onEnd: ((error: Error) => void) | null = null;
  private readonly engine: Engine;
  private readonly client: LocalClient;
  private ending: Promise<void> | null = null;

  constructor(engine: Engine) {
    this.engine = engine;
    this.client = new LocalClient(engine);
    engine.onLost = (reason) => this.end(`another process has the directory: ${reason}`);
    engine.onFatal = (reason) => this.end(reason);
  }

  /**
   * Runs a command; strings in the answer are decoded as UTF-8.
   * @throws ReplyError
   */
  call(...args: CallArgument[]): Promise<DecodedValue> {
    return this.client.call(...args);
  }

  /** As `call`, with strings as Buffers. */
  callBuffer(...args: CallArgument[]): Promise<ReplyValue> {
    return this.client.callBuffer(...args);
  }

  /** Waits for the disk, releases the directory. */
  async close(): Promise<void> {
    if (this.ending !== null) return this.ending;
    this.client.close();
    await this.engine.close();
  }

  private end(reason: string): void {
    if (this.ending !== null) return;
    const error = new Error(`the database has ended: ${reason}`);
    this.client.close(error);
    // That the log cannot be closed in good order is the reason, not news.
    const end = (): void => this.onEnd?.(error);
    this.ending = this.engine.close().then(end, end);
  }
}

/**
 * Opens a database in this process.
 * @throws LogError when the directory cannot be used; TypeError for a bad directive
 */
export async function open(options: OpenOptions = {}): Promise<Reddis> {
  const { dir, config: directives, ...rest } = options;
  const config = new Config();
  for (const [name, value] of Object.entries(directives ?? {})) {
    const mistake = config.preset(name, value);
    if (mistake !== null) throw new TypeError(`directive ${name}: ${mistake}`);
  }
  const engine = new Engine({ ...rest, dir: dir ?? null, config });
  await engine.load();
  return new Reddis(engine);
}
