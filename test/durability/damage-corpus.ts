// Undamaged data directories to be damaged: small ones that together hold everything a log can,
// made with the real writer, each with what was written to it as the truth.
// Invariant: a corpus is the same bytes in every run, so that a case is its seed alone.

import type { LogWriter } from '../../engine/log/log-writer.js';
import { salvage } from '../../engine/log/salvage.js';
import { SeededRandom } from '../../engine/util/random.js';
import { append, HandClock, open, until, writerOf } from '../log/log-fixture.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { type DirectoryImages, imagesOf } from './generation-images.js';

export const DIR = '/data';
/** More than a frame can say with one base time. */
const LONG_PAUSE_MS = 60 * 24 * 3600 * 1000;
const SNAPSHOT_RECORD = 16;
/** Salts of a corpus come from it. */
const SEEDS = { everysec: 11, chain: 12, closed: 13, compacted: 14, salvaged: 15, large: 16 };

export interface Corpus extends DirectoryImages {
  readonly name: string;
  /** Never changed: damage goes to a copy. */
  readonly fs: MemoryFileSystem;
  /** The text of entry `seq` is at `seq - 1`; null for one that was lost before. */
  readonly commands: readonly (string | null)[];
}

/** Writes a log and remembers what was written. */
export class CorpusWriter {
  readonly commands: (string | null)[] = [];
  readonly fs: MemoryFileSystem;
  private readonly clock: HandClock;
  private readonly log: LogWriter;

  private constructor(fs: MemoryFileSystem, clock: HandClock, log: LogWriter) {
    this.fs = fs;
    this.clock = clock;
    this.log = log;
  }

  static async begin(
    seed: number,
    policy: 'always' | 'everysec' = 'always',
    fs = new MemoryFileSystem(),
  ): Promise<CorpusWriter> {
    const clock = new HandClock();
    return new CorpusWriter(fs, clock, writerOf(await open(fs, DIR, clock, seed), { policy }));
  }

  /** Writes one turn: an entry for each value, as one unit if wanted. */
  async turn(values: readonly string[], isUnit = false): Promise<void> {
    const { log, commands, clock } = this;
    clock.ms += 250;
    if (isUnit) log.beginUnit();
    for (const value of values) {
      const db = commands.length % 3;
      const key = `key${commands.length + 1}`;
      append(log, db, 'SET', key, value);
      commands.push(`${db}:SET ${key} ${value}`);
    }
    if (isUnit) log.endUnit();
    const ticket = log.commit();
    await until(() => log.acknowledged >= ticket);
  }

  /** Turns of all shapes: one entry, several, units in one frame and in several. */
  async mixed(random: SeededRandom, turns: number): Promise<void> {
    for (let i = 0; i < turns; i++) {
      const shape = random.next32() % 8;
      const isUnit = shape < 3;
      const count = shape < 5 ? 2 + (random.next32() % 4) : 1;
      const maxBytes = shape === 0 ? 3000 : 90;
      const values = Array.from({ length: count }, () => 'v'.repeat(random.next32() % maxBytes));
      await this.turn(values, isUnit);
    }
  }

  pause(): void {
    this.clock.ms += LONG_PAUSE_MS;
  }

  /** Lets a second pass: what was written is synced, and an idle log says so. */
  async second(): Promise<void> {
    this.clock.ms += 1100;
    await until(
      () => this.log.durableSeq === this.log.lastSeq,
      () => this.log.tick(),
    );
  }

  /** @param isNoted whether the manifest comes to know that the segment before is sealed */
  async rotate(isNoted: boolean): Promise<void> {
    await this.log.prepareRotation();
    this.log.rotate();
    if (isNoted) await this.log.prepareRotation();
  }

  /** Replaces what was written so far by a snapshot of two records for each entry. */
  async compact(): Promise<void> {
    const { log } = this;
    await log.prepareRotation();
    const seq = log.rotate();
    const { name, writer } = log.createSnapshot(seq);
    for (const command of this.commands.slice(0, seq)) {
      for (const text of [`${command};`, `again ${command};`]) {
        writer.frames.beginEntry(SNAPSHOT_RECORD, text.length);
        writer.frames.bytes.write(text, writer.frames.at, 'latin1');
        writer.frames.at += text.length;
        writer.frames.endEntry();
      }
    }
    const sizeBytes = await writer.finish();
    await log.switchGeneration({ name, seq, sizeBytes, salt: writer.header.salt });
  }

  close(): Promise<void> {
    return this.log.close();
  }

  end(name: string): Corpus {
    return corpusOf(name, this.fs, this.commands);
  }
}

/** @returns what is in a directory, as an undamaged corpus */
export function corpusOf(
  name: string,
  from: MemoryFileSystem,
  commands: readonly (string | null)[],
): Corpus {
  const fs = from.afterKill();
  return { name, fs, commands, ...imagesOf(fs, DIR) };
}

/** Never synced but for a time or two: most of it may be cut. */
async function everysec(): Promise<Corpus> {
  const random = new SeededRandom(SEEDS.everysec);
  const writer = await CorpusWriter.begin(SEEDS.everysec, 'everysec');
  await writer.mixed(random, 10);
  await writer.second();
  await writer.mixed(random, 6);
  writer.pause();
  await writer.mixed(random, 20);
  return writer.end('everysec');
}

/** Two sealed segments, one that is sealed but not in the manifest, the current one, the spare. */
async function chain(): Promise<Corpus> {
  const random = new SeededRandom(SEEDS.chain);
  const writer = await CorpusWriter.begin(SEEDS.chain);
  for (let i = 0; i < 3; i++) {
    await writer.mixed(random, 9);
    if (i === 1) writer.pause();
    await writer.rotate(i < 2);
  }
  await writer.mixed(random, 12);
  return writer.end('chain');
}

async function closed(): Promise<Corpus> {
  const random = new SeededRandom(SEEDS.closed);
  const writer = await CorpusWriter.begin(SEEDS.closed);
  await writer.mixed(random, 25);
  await writer.close();
  return writer.end('closed');
}

/** Two generations with snapshots of several frames, and segments after each. */
async function compacted(): Promise<Corpus> {
  const random = new SeededRandom(SEEDS.compacted);
  const writer = await CorpusWriter.begin(SEEDS.compacted);
  await writer.turn(['v'.repeat(2000), 'w'.repeat(3000), 'x'.repeat(1500)]);
  await writer.mixed(random, 12);
  await writer.compact();
  await writer.mixed(random, 10);
  await writer.compact();
  await writer.mixed(random, 6);
  await writer.rotate(true);
  await writer.mixed(random, 6);
  return writer.end('compacted');
}

/** What a salvage left, with its gaps, and what was written to it since. */
async function salvaged(): Promise<Corpus> {
  const random = new SeededRandom(SEEDS.salvaged);
  const before = await CorpusWriter.begin(SEEDS.salvaged);
  await before.mixed(random, 20);
  const fs = before.fs.afterKill();
  const path = fs.paths().find((name) => name.endsWith('.rlog')) ?? '';
  const bytes = fs.bytesOf(path);
  for (const part of [0.3, 0.6]) bytes.fill(0, bytes.length * part, bytes.length * part + 60);
  fs.put(path, bytes);
  const { lost } = await salvage(fs, DIR, '/out', random);
  const only = new MemoryFileSystem();
  for (const name of fs.paths()) {
    if (name.startsWith('/out/')) only.put(name.replace('/out', DIR), fs.bytesOf(name));
  }
  const writer = await CorpusWriter.begin(SEEDS.salvaged + 100, 'always', only);
  writer.commands.push(...before.commands);
  for (const { firstSeq, lastSeq } of lost) {
    writer.commands.fill(null, firstSeq - 1, lastSeq);
  }
  await writer.mixed(random, 8);
  return writer.end('salvaged');
}

/** Entries in fragments, and frames across the places where a reader's windows meet. */
async function large(): Promise<Corpus> {
  const writer = await CorpusWriter.begin(SEEDS.large);
  await writer.turn(['small']);
  await writer.turn(['a'.repeat(2_300_000)]);
  await writer.turn(['x', 'b'.repeat(1_200_000), 'y'.repeat(5000), 'z'], true);
  for (let i = 0; i < 90; i++) await writer.turn(['c'.repeat(7000 + 13 * i)]);
  await writer.turn(['d'.repeat(1_048_600)]);
  await writer.turn(['end']);
  return writer.end('large');
}

export interface Corpora {
  readonly small: readonly Corpus[];
  readonly large: Corpus;
}

export async function makeCorpora(): Promise<Corpora> {
  const small = [];
  for (const make of [everysec, chain, closed, compacted, salvaged]) small.push(await make());
  return { small, large: await large() };
}
