// Several callers of one engine in memory, with a clock moved by hand: what the tests of waiting
// and of transactions begin with.

import { Config, Engine, SESSION_BLOCKED } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { SeededRandom } from '../../engine/util/random.js';
import { type Caller, connect } from '../commands/sessions.js';
import { FakeClock } from '../support/fake-clock.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';

export const DATA_DIR = '/data';

export interface Callers {
  readonly engine: Engine;
  readonly clock: FakeClock;
  /** A new caller, as a socket would be. */
  caller(): Caller;
}

/** @returns whether the caller's command waits */
export function isBlocked(caller: Caller): boolean {
  return (caller.session.flags & SESSION_BLOCKED) !== 0;
}

/** Runs `body` with an engine that is closed whatever happens. */
export async function withCallers(
  body: (callers: Callers) => Promise<void>,
  directives: Readonly<Record<string, string>> = {},
): Promise<void> {
  const clock = new FakeClock();
  const config = new Config();
  for (const [name, value] of Object.entries(directives)) config.preset(name, value);
  const engine = new Engine({ dir: null, config, clock, random: new SeededRandom(1) });
  await engine.load();
  const all: Caller[] = [];
  // CLIENT UNBLOCK and KILL find callers by their ids, as they find connections.
  engine.surround({
    clients: {
      count: 0,
      describe: ({ id }) => `id=${id}`,
      list: ({ ids }) =>
        all.map(({ session }) => session).filter(({ id }) => ids?.includes(id) ?? true),
      kill: () => 0,
      pause: (untilMs, onlyWrites) => engine.pause(untilMs, onlyWrites),
      unpause: () => engine.unpause(),
    },
  });
  try {
    await body({
      engine,
      clock,
      caller: () => {
        const caller = connect(engine);
        all.push(caller);
        return caller;
      },
    });
  } finally {
    for (const { session } of all) engine.sessionGone(session);
    await engine.close();
  }
}

/** An embedded client, with the trust that an embedding process has. */
export function embedded(engine: Engine): LocalClient {
  return new LocalClient(engine);
}

/** An engine that logs to memory. */
export async function openLogged(fs: MemoryFileSystem): Promise<Engine> {
  const config = new Config();
  config.preset('appendfsync', 'always');
  config.preset('auto-aof-rewrite-percentage', '0');
  const random = new SeededRandom(3);
  const clock = new FakeClock();
  const engine = new Engine({ dir: DATA_DIR, fs, owner: null, clock, config, random });
  await engine.load();
  return engine;
}
