// Reads what a disk holds, as a start would, into one engine that all disks share: a process of
// its own for each of a campaign's tens of thousands of disks would be most of its time. Invariant:
// a disk that cannot be started from is an error, as it is for a server.

import assert from 'node:assert/strict';
import { Replayer } from '../../engine/exec/replayer.js';
import { Config, Engine } from '../../engine/index.js';
import { recover } from '../../engine/log/recovery.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { checkNumbers, DIR, JOURNAL, LocalCaller, STABLE } from './journal-engine.js';

export class JournalReader {
  private readonly engine: Engine;
  private readonly caller: LocalCaller;

  private constructor() {
    const config = new Config();
    config.preset('databases', '1');
    const clock = new FakeClock();
    this.engine = new Engine({ dir: null, clock, config, random: new SeededRandom(1) });
    this.caller = new LocalCaller(this.engine);
  }

  static async open(): Promise<JournalReader> {
    const reader = new JournalReader();
    await reader.engine.load();
    return reader;
  }

  /**
   * @param seed of what the start writes
   * @returns how many numbers a server finds there
   * @throws Error that begins with `what`, when it finds anything but the first numbers in order
   */
  async lengthOf(fs: MemoryFileSystem, seed: number, what: string): Promise<number> {
    const { engine, caller } = this;
    caller.run('DEL', JOURNAL, STABLE);
    const replayer = new Replayer(engine.keyspace, engine.executor);
    try {
      const { start } = await recover({
        fs,
        dir: DIR,
        clock: engine.clock,
        random: new SeededRandom(seed),
        owner: null,
        historyGenerations: 1,
        onSnapshot: replayer.onSnapshot,
        onEntries: replayer.onEntries,
        onEnd: () => replayer.finish(),
      });
      for (const { fd } of [start.current, start.spare]) await fs.close(fd);
    } catch (error) {
      throw new Error(`${what}: ${error}`, { cause: error });
    }
    assert.ok(Number(caller.run('DBSIZE')) <= 2, what);
    return checkNumbers(caller.run('LRANGE', JOURNAL, '0', '-1'), what);
  }

  async close(): Promise<void> {
    await this.engine.close();
  }
}
