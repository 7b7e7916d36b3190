// A whole engine that rewrites its log, on a file system in memory: every write sets one small
// key to one number more, so a state is a number of writes. Knows the lines of the switch, as
// the design numbers them, by what the engine asks of the file system.

import assert from 'node:assert/strict';
import { Config, Engine } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { decodeManifest } from '../../engine/log/manifest.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import type { MemoryFileSystem, Operation } from '../support/memory-file-system.js';

const DIR = '/data';
const KEYS = 16;
const PADS = [10, 700, 60, 2500].map((length) => 'p'.repeat(length));

/** R1 to R8 begin a new segment, S1 to S9 put a snapshot in place, G1 to G6 put the old away. */
export const SWITCH_LINES = [
  ...Array.from({ length: 8 }, (_, i) => `R${i + 1}`),
  ...Array.from({ length: 9 }, (_, i) => `S${i + 1}`),
  ...Array.from({ length: 6 }, (_, i) => `G${i + 1}`),
];

export class SwitchEngine {
  readonly fs: MemoryFileSystem;
  readonly clock = new FakeClock();
  sent = 0;
  acknowledged = 0;
  private readonly engine: Engine;
  private readonly client: LocalClient;

  private constructor(fs: MemoryFileSystem, seed: number) {
    this.fs = fs;
    const config = new Config();
    config.preset('appendfsync', 'always');
    config.preset('auto-aof-rewrite-percentage', '0');
    const random = new SeededRandom(seed);
    this.engine = new Engine({ dir: DIR, fs, owner: null, clock: this.clock, config, random });
    this.client = new LocalClient(this.engine);
  }

  static async open(fs: MemoryFileSystem, seed: number): Promise<SwitchEngine> {
    const opened = new SwitchEngine(fs, seed);
    await opened.engine.load();
    return opened;
  }

  async write(): Promise<void> {
    const number = this.sent++;
    await this.client.call('SET', `key${number % KEYS}`, writtenValue(number));
    this.acknowledged = Math.max(this.acknowledged, number + 1);
  }

  /** Sets a key that no write sets. */
  async setOther(sizeBytes: number): Promise<void> {
    await this.client.call('SET', 'other', 'o'.repeat(sizeBytes));
  }

  async rewrite(): Promise<void> {
    assert.equal(await this.client.call('SAVE'), 'OK');
  }

  /** Lets time pass: the log says in itself how far it is durable. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    this.engine.runCron();
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** @returns how many writes the state is the result of; fails when it is no such state */
  async writesSeen(what: string): Promise<number> {
    const names = Array.from({ length: KEYS }, (_, key) => `key${key}`);
    const values = await this.client.call('MGET', ...names);
    assert.ok(Array.isArray(values));
    const numbers = values.map((value) =>
      value === null ? -1 : Number.parseInt(String(value), 10),
    );
    const seen = Math.max(...numbers) + 1;
    values.forEach((value, key) => {
      const rounds = Math.ceil((seen - key) / KEYS);
      const number = key + (rounds - 1) * KEYS;
      assert.equal(value, rounds > 0 ? writtenValue(number) : null, `${what}: key${key}`);
    });
    return seen;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.engine.close();
  }
}

function writtenValue(number: number): string {
  return `${number} ${PADS[number % PADS.length]}`;
}

/** Tells which line of a switch an operation belongs to; sees all operations from its beginning. */
export class SwitchLines {
  /** The segment that ends, and the one that is begun. */
  private readonly outgoing: string;
  private readonly next: string;
  private isSnapshotWritten = false;
  private isSnapshotNamed = false;
  private last = '';

  constructor(fs: MemoryFileSystem) {
    const { segments } = decodeManifest(fs.bytesOf(`${DIR}/MANIFEST`), 'MANIFEST');
    const open = segments.filter(({ sealed }) => sealed === null);
    assert.equal(open.length, 2, 'a current segment and its successor');
    [this.outgoing, this.next] = open.map(({ name }) => `${DIR}/${name}`);
  }

  /** @returns the line, or '' for what belongs to none */
  lineOf({ name, path }: Operation): string {
    const line = this.find(name, path);
    if (line !== '') this.last = line;
    return line;
  }

  private find(name: Operation['name'], path: string): string {
    if (path === this.outgoing && name === 'write') return 'R1';
    if (path === this.outgoing && name === 'fdatasync') return 'R2';
    if (path === this.next && name === 'write') return 'R8';
    if (path.endsWith('.rsnap.tmp')) return this.snapshotLine(name);
    if (path.startsWith(`${DIR}/history`)) return this.historyLine(name);
    if (path === `${DIR}/MANIFEST.tmp`) {
      if (name === 'rename') return this.isSnapshotNamed ? 'S8' : 'R6';
      return this.isSnapshotNamed ? 'S7' : 'R5';
    }
    if (name === 'syncDirectory') return this.directoryLine();
    if (name === 'link') return 'G1';
    if (name === 'unlink') return 'G3';
    const isNew = path.endsWith('.rlog') && path !== this.outgoing && path !== this.next;
    return isNew && ['open', 'write', 'fsync'].includes(name) ? 'R3' : '';
  }

  private snapshotLine(name: Operation['name']): string {
    if (name === 'rename') {
      this.isSnapshotNamed = true;
      return 'S5';
    }
    if (name === 'fsync') {
      this.isSnapshotWritten = true;
      return 'S3';
    }
    if (this.isSnapshotWritten) return name === 'open' || name === 'read' ? 'S4' : '';
    return name === 'open' ? 'S1' : 'S2';
  }

  private historyLine(name: Operation['name']): string {
    if (name === 'unlink') return 'G5';
    if (name !== 'syncDirectory') return name === 'readdir' || name === 'stat' ? '' : 'G1';
    return this.last === 'G5' || this.last === 'G6' ? 'G6' : 'G2';
  }

  private directoryLine(): string {
    const after: Record<string, string> = { R6: 'R7', S5: 'S6', S8: 'S9', G1: 'G1' };
    return after[this.last] ?? (this.last.startsWith('G') ? 'G4' : 'R4');
  }
}
