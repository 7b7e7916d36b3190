// Whole engines on damaged disks: what a client would see must be what the commands make that the
// model lets through, and a second start shows the same. Slow beside a start of the log alone, so
// campaigns ask it of some of their cases.

import assert from 'node:assert/strict';
import { Config, Engine } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { LogError } from '../../engine/log/errors.js';
import type { FileSystem } from '../../engine/util/fs.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import type { Expectation } from './damage-model.js';
import { SAMPLE_CONFIG } from './sample-commands.js';
import { DIR, runCommands, type SampleLog } from './sample-log.js';

/** @param fs null keeps everything in memory only */
function engineOn(fs: FileSystem | null): Engine {
  const config = new Config();
  for (const [name, value] of Object.entries(SAMPLE_CONFIG)) config.preset(name, value);
  const random = new SeededRandom(1);
  const files = fs === null ? { dir: null } : { dir: DIR, fs };
  return new Engine({ ...files, owner: null, clock: new FakeClock(), config, random });
}

async function digestOf(client: LocalClient): Promise<string> {
  return String(await client.call('DEBUG', 'DIGEST'));
}

/** What the data of a sample is after a number of its commands. */
export class EngineOracle {
  private readonly sample: SampleLog;
  /** An engine in memory only, and how many commands it was given. */
  private model: { engine: Engine; client: LocalClient; entries: number } | null = null;

  constructor(sample: SampleLog) {
    this.sample = sample;
  }

  /** @param disk is started from, twice */
  async judge(disk: MemoryFileSystem, expected: Expectation, what: string): Promise<void> {
    if (expected.verdict === 'corrupt') {
      const engine = engineOn(disk);
      await assert.rejects(engine.load(), (error) => {
        return error instanceof LogError && error.code === 'CORRUPT';
      });
      return;
    }
    const digest = await this.digestAfter(expected.entries);
    for (const time of ['first', 'second']) {
      const engine = engineOn(disk);
      await engine.load();
      const client = new LocalClient(engine);
      assert.equal(await digestOf(client), digest, `${what}: the data after the ${time} start`);
      client.close();
      await engine.close();
    }
  }

  async close(): Promise<void> {
    this.model?.client.close();
    await this.model?.engine.close();
    this.model = null;
  }

  /** Numbers that grow are quick. */
  private async digestAfter(entries: number): Promise<string> {
    if (this.model !== null && this.model.entries > entries) await this.close();
    this.model ??= await this.begin();
    const { model } = this;
    await runCommands(model.client, this.sample.commands.slice(model.entries, entries));
    model.entries = entries;
    return digestOf(model.client);
  }

  private async begin() {
    const engine = engineOn(null);
    await engine.load();
    const client = new LocalClient(engine);
    await runCommands(client, this.sample.snapshotCommands);
    return { engine, client, entries: 0 };
  }
}
