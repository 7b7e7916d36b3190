// Runs commands inside an engine, one after the other and at once, without a log: for tests that
// need to know what is between two commands.

import { LocalSession } from '../../engine/exec/local-session.js';
import { NullReply } from '../../engine/exec/null-reply.js';
import type { Engine } from '../../engine/index.js';
import { Args } from '../../engine/util/args.js';

export class SilentCaller {
  readonly engine: Engine;
  readonly session = new LocalSession(1);
  private readonly args = new Args();
  private readonly reply = new NullReply();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** @returns the error text, or null */
  run(words: readonly (string | number | Buffer)[]): string | null {
    const bytes = words.map((word) => (Buffer.isBuffer(word) ? word : Buffer.from(String(word))));
    this.args.assign(bytes);
    const errors = this.reply.errorCount;
    this.engine.executor.execute(this.session, this.args, this.reply);
    return this.reply.errorCount === errors ? null : this.reply.lastError;
  }
}
