// How long the event loop is held when a value of millions of elements is saved, deleted, expired
// or loaded: `node dist/test/bench/huge-values.js --elements 10000000`.
//   --elements N   of each value (default 1000000)
//   --types LIST   of list, set, hash, zset (default all)
// One engine in this process with a log in a temporary directory; while something goes on, a write
// of one element is made every millisecond. A turn is given twice: as it passed, and as the
// processor worked for it, without what other programs took (Linux, to a few ms). No figure is
// judged.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mri from 'mri';
import { Config, Engine } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { SilentCaller } from '../support/silent-caller.js';

const BATCH = 500;
const BATCHES_PER_TURN = 4;
const MIB = 1024 * 1024;
const KEY = 'huge';

type Type = 'list' | 'set' | 'hash' | 'zset';
const ADD: Record<Type, string> = { list: 'RPUSH', set: 'SADD', hash: 'HSET', zset: 'ZADD' };

/** The words that add elements `from` up to `to`, in an order that is not that of their scores. */
function adding(type: Type, from: number, to: number): string[] {
  const words = [ADD[type], KEY];
  for (let i = from; i < to; i++) {
    if (type === 'zset') words.push(String((i * 7919) % 1_000_003));
    words.push(`element:${i}`);
    if (type === 'hash') words.push(`value:${i}`);
  }
  return words;
}

/** No compaction but the one that is asked for. */
function withoutRewrites(): Config {
  const config = new Config();
  config.set([['auto-aof-rewrite-percentage', '0']], true);
  return config;
}

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** @returns how long this thread has worked, in ms */
function workedMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6;
}

/** Watches the turns of the event loop, and writes a little meanwhile. */
class Watch {
  longestMs = 0;
  longestWorkMs = 0;
  private isOn = true;
  private last = performance.now();
  private lastWork = workedMs();
  private lastWrite = 0;
  private readonly write: () => void;

  constructor(write: () => void) {
    this.write = write;
    setImmediate(this.turn);
  }

  stop(): [name: string, value: number][] {
    this.isOn = false;
    return [
      ['longest turn ms', this.longestMs],
      ['worked ms', this.longestWorkMs],
    ];
  }

  private readonly turn = (): void => {
    const now = performance.now();
    this.longestMs = Math.max(this.longestMs, now - this.last);
    this.last = now;
    const worked = workedMs();
    this.longestWorkMs = Math.max(this.longestWorkMs, worked - this.lastWork);
    this.lastWork = worked;
    if (!this.isOn) return;
    if (now - this.lastWrite > 1) {
      this.lastWrite = now;
      this.write();
    }
    setImmediate(this.turn);
  };
}

function print(
  type: Type,
  what: string,
  ...figures: readonly [name: string, value: number][]
): void {
  const texts = figures.map(([name, value]) => `${name} ${value.toFixed(1)}`);
  process.stdout.write(`${type.padEnd(6)}${what.padEnd(28)}${texts.join('   ')}\n`);
}

class Bench {
  private readonly type: Type;
  private readonly elements: number;
  private readonly dir: string;
  private engine: Engine;
  private caller: SilentCaller;
  private writes = 0;

  constructor(type: Type, elements: number, dir: string) {
    this.type = type;
    this.elements = elements;
    this.dir = dir;
    this.engine = new Engine({ dir, config: withoutRewrites() });
    this.caller = new SilentCaller(this.engine);
  }

  async run(): Promise<void> {
    await this.engine.load();
    await this.fill();
    await this.drop('deleted', () => this.call(['DEL', KEY]));
    await this.fill();
    await this.drop('unlinked while it is saved', () => this.call(['UNLINK', KEY]), true);
    await this.fill();
    await this.drop('expired', () => this.call(['PEXPIRE', KEY, '1']));
    await this.fill();
    await this.save();
    // Last: the digests' garbage takes the collector longer than anything that is measured.
    await this.reload();
    await this.engine.close();
  }

  private call(words: readonly string[]): void {
    const error = this.caller.run(words);
    if (error !== null) throw new Error(`${words[0]}: ${error}`);
    this.engine.commit();
  }

  private async fill(): Promise<void> {
    const startMs = performance.now();
    for (let from = 0; from < this.elements; ) {
      for (let i = 0; i < BATCHES_PER_TURN && from < this.elements; i++, from += BATCH) {
        this.call(adding(this.type, from, Math.min(from + BATCH, this.elements)));
      }
      await immediate();
    }
    const seconds = (performance.now() - startMs) / 1000;
    print(this.type, 'filled', ['s', seconds], ['MiB', this.engine.keyspace.usedBytes / MIB]);
  }

  private readonly writeOne = (): void => {
    const i = (this.writes++ * 104729) % this.elements;
    if (this.type === 'list') this.call(['LSET', KEY, String(i), 'changed']);
    else this.call(adding(this.type, i, i + 1));
  };

  private async save(): Promise<void> {
    const client = new LocalClient(this.engine);
    const startMs = performance.now();
    const watch = new Watch(this.writeOne);
    await client.call('SAVE');
    const longest = watch.stop();
    const seconds = (performance.now() - startMs) / 1000;
    print(this.type, 'saved under writes', ...longest, ['s', seconds]);
    client.close();
  }

  private async reload(): Promise<void> {
    const before = await this.digest();
    await this.engine.close();
    this.engine = new Engine({ dir: this.dir, config: withoutRewrites() });
    this.caller = new SilentCaller(this.engine);
    const startMs = performance.now();
    await this.engine.load();
    const seconds = (performance.now() - startMs) / 1000;
    const isSame = (await this.digest()) === before;
    print(this.type, `loaded (${isSame ? 'same' : 'OTHER'} digest)`, ['s', seconds]);
  }

  private async digest(): Promise<string> {
    const client = new LocalClient(this.engine);
    this.engine.config.preset('enable-debug-command', 'yes');
    const digest = String(await client.call('DEBUG', 'DIGEST'));
    client.close();
    return digest;
  }

  private async drop(what: string, act: () => void, isSaving = false): Promise<void> {
    const client = new LocalClient(this.engine);
    const { keyspace } = this.engine;
    const saving = isSaving ? client.call('SAVE') : Promise.resolve();
    if (isSaving) for (let i = 0; i < 200; i++) await immediate();
    const startMs = performance.now();
    const watch = new Watch(() => this.call(['SET', 'other', 'value']));
    act();
    const commandMs = performance.now() - startMs;
    const isThere = (): boolean => keyspace.usedBytes > MIB;
    while (isThere()) await immediate();
    const longest = watch.stop();
    const seconds = (performance.now() - startMs) / 1000;
    await saving;
    print(this.type, what, ...longest, ['command ms', commandMs], ['s', seconds]);
    client.close();
  }
}

const flags = mri<{ elements?: number; types?: string }>(process.argv.slice(2));
const types = (flags.types ?? 'list,set,hash,zset').split(',');
for (const type of ['list', 'set', 'hash', 'zset'] as const) {
  if (!types.includes(type)) continue;
  const dir = mkdtempSync(join(tmpdir(), 'reddis-huge-'));
  try {
    await new Bench(type, flags.elements ?? 1_000_000, dir).run();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
