// The data directory that campaigns damage: a snapshot with every type, and segments with every
// kind of frame, in one of three states. Its contents are known from what was put in, not from
// what the engine reads. Invariant: the seed decides every byte.
//
//   snapshot  sealed segment            open segments
//   16 KiB    entries, units, units     killed:   one that ended, one that was written to
//             over frames, fragments,   unsynced: one that was written to, an empty one
//             a gap, a new base time    closed:   one with a seal, an empty one with a seal

import assert from 'node:assert/strict';
import { Config, Engine } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { DataSetWriter } from '../../engine/log/data-set-writer.js';
import { FrameBuffer } from '../../engine/log/frame-buffer.js';
import type { LogFrame } from '../../engine/log/log-frame.js';
import type { LogWriter } from '../../engine/log/log-writer.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { append, HandClock, open, until, writerOf } from '../log/log-fixture.js';
import { FakeClock } from '../support/fake-clock.js';
import { fileError, MemoryFileSystem } from '../support/memory-file-system.js';
import type { FileImage } from './file-image.js';
import { factsOf, framesOf, lastBaseTimeMs, payloadsOf } from './frame-map.js';
import { type GenerationImages, imagesOf } from './generation-images.js';
import {
  encodeEntry,
  logCommand,
  noise,
  SAMPLE_CONFIG,
  type SampleCommand,
  snapshotCommands,
} from './sample-commands.js';

export const DIR = '/data';
export const MANIFEST = `${DIR}/MANIFEST`;
/** More than a frame's time field holds, so that a new base time follows. */
const LONG_MS = 50 * 24 * 3600 * 1000;
const PIECE_BYTES = 90;
/** Two values of this size do not go into one frame. */
const LARGE_BYTES = 2070;
const ENTRIES = 1;
const CONTINUES = 1;
const CONTINUED = 2;
const FRAGMENT = 4;
const FRAGMENT_END = 8;
const UNIT = 16;

export type SampleState = 'killed' | 'unsynced' | 'closed';

export interface SampleLog {
  readonly state: SampleState;
  /** The disk; never changed. */
  readonly disk: MemoryFileSystem;
  /** Its only one. */
  readonly generation: GenerationImages;
  readonly snapshot: FileImage;
  /** In order: the sealed one, and those that are open for the manifest. */
  readonly segments: readonly FileImage[];
  /** What made the snapshot. */
  readonly snapshotCommands: readonly SampleCommand[];
  readonly snapshotPayloads: Buffer;
  /** What the log holds after the snapshot, and the number of each. */
  readonly commands: readonly SampleCommand[];
  readonly seqs: readonly number[];
  /** The commands as entries, one after the other, and where each ends. */
  readonly payloads: Buffer;
  readonly ends: readonly number[];
}

export interface SampleSizes {
  readonly sealedBytes: number;
  /** The open segment that ended; only of a killed one. */
  readonly endedBytes: number;
  /** What is known to be durable of the current one, and what is not. */
  readonly durableBytes: number;
  readonly unsyncedBytes: number;
}

export const USUAL_SIZES: SampleSizes = {
  sealedBytes: 5500,
  endedBytes: 5500,
  durableBytes: 8000,
  unsyncedBytes: 3000,
};

class SampleMaker {
  readonly clock = new HandClock();
  readonly commands: SampleCommand[] = [];
  readonly seqs: number[] = [];
  readonly random: SeededRandom;
  nextSeq = 0;
  private readonly fs = new MemoryFileSystem();
  private readonly sizes: SampleSizes;

  constructor(random: SeededRandom, sizes: SampleSizes) {
    this.random = random;
    this.sizes = sizes;
  }

  async make(state: SampleState): Promise<SampleLog> {
    const first = snapshotCommands(this.random);
    const snapshot = await makeSnapshot(first, this.random);
    await this.makeSealed(snapshot);
    await this.makeOpen(state);
    let disk = this.fs.afterKill();
    if (state === 'killed') this.addFragments(disk);
    disk = disk.afterKill();
    const [generation] = imagesOf(disk, DIR).generations;
    const { snapshot: image, segments } = generation;
    assert.ok(image !== null);
    const entries = this.commands.map(encodeEntry);
    let end = 0;
    const sample: SampleLog = {
      state,
      disk,
      generation,
      snapshot: image,
      segments: segments.map((segment) => segment.image),
      snapshotCommands: first,
      snapshotPayloads: payloadsOf(image.bytes, image.frames),
      commands: this.commands,
      seqs: this.seqs,
      payloads: Buffer.concat(entries),
      ends: entries.map(({ length }) => {
        end += length;
        return end;
      }),
    };
    checkSample(sample);
    return sample;
  }

  private take(command: SampleCommand): SampleCommand {
    this.commands.push(command);
    this.seqs.push(this.nextSeq++);
    return command;
  }

  private next(): SampleCommand {
    return this.take(logCommand(this.random));
  }

  private chance(percent: number): boolean {
    return randomBelow(this.random, 100) < percent;
  }

  /** The snapshot and a sealed segment, as salvage puts them together. */
  private async makeSealed(snapshot: Buffer): Promise<void> {
    const { fs, clock } = this;
    const { datasetId, salt, baseSeq, number } = factsOf(snapshot);
    const name = `snap-${String(number).padStart(8, '0')}.rsnap`;
    fs.put(`/made/${name}`, snapshot);
    const writer = await DataSetWriter.create(fs, DIR, this.random, datasetId);
    await writer.copySnapshot(`/made/${name}`, baseSeq, salt, snapshot.length);
    fs.remove(`/made/${name}`);
    this.nextSeq = baseSeq + 1;
    await writer.beginSegment(this.nextSeq, clock.ms);
    let written = 0;
    for (let turn = 0; written < this.sizes.sealedBytes || turn < 8; turn++) {
      clock.ms += turn === 5 ? LONG_MS : randomBelow(this.random, 100);
      if (turn === 3) {
        writer.putGap(this.nextSeq, this.nextSeq + 6);
        this.nextSeq += 7;
      }
      const frames = turn % 7 === 2 ? this.unitFrames() : [this.entriesFrame(turn % 3 === 1)];
      if (turn % 7 === 4) frames.push(...this.fragmentFrames());
      for (const frame of frames) {
        writer.putFrame(frame);
        written += frame.payload.length + 32;
      }
    }
    await writer.finish();
  }

  private entriesFrame(isUnit: boolean): LogFrame {
    const seq = this.nextSeq;
    const count = 1 + randomBelow(this.random, 4);
    const entries = Array.from({ length: count }, () => encodeEntry(this.next()));
    const flags = isUnit && count > 1 ? UNIT : 0;
    return this.frame(Buffer.concat(entries), flags, count, seq, this.nextSeq);
  }

  private frame(
    payload: Buffer,
    flags: number,
    count: number,
    seq: number,
    nextSeq: number,
  ): LogFrame {
    return { payload, type: ENTRIES, flags, count, seq, nextSeq, timeMs: this.clock.ms };
  }

  private unitFrames(): LogFrame[] {
    const frames = [this.entriesFrame(false), this.entriesFrame(false), this.entriesFrame(false)];
    const flags = [CONTINUES, CONTINUES | CONTINUED, CONTINUED];
    return frames.map((frame, i) => ({ ...frame, flags: flags[i] }));
  }

  /** One entry in pieces, as a writer makes them of one that is larger than a payload may be. */
  private fragmentFrames(): LogFrame[] {
    const seq = this.nextSeq;
    const value = noise(this.random, 300 + randomBelow(this.random, 100));
    const entry = encodeEntry(this.take({ dbIndex: 1, words: ['SET', 'in pieces', value] }));
    const pieces = Math.ceil(entry.length / PIECE_BYTES);
    return Array.from({ length: pieces }, (_, piece) => {
      const isLast = piece === pieces - 1;
      const flags = FRAGMENT | (piece > 0 ? CONTINUED : 0) | (isLast ? FRAGMENT_END : CONTINUES);
      const payload = entry.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
      return this.frame(payload, flags, piece, seq, isLast ? this.nextSeq : seq);
    });
  }

  /** What a server writes that goes on from there. */
  private async makeOpen(state: SampleState): Promise<void> {
    const { fs, sizes, clock } = this;
    const policy = state === 'unsynced' ? 'no' : 'everysec';
    const isEnding = state === 'killed';
    const segmentSizeBytes = isEnding ? sizes.endedBytes : Number.POSITIVE_INFINITY;
    const log = writerOf(await open(fs, DIR, clock, this.random.next32()), {
      policy,
      segmentSizeBytes,
    });
    assert.equal(log.lastSeq + 1, this.nextSeq);
    if (isEnding) {
      // No further file can be made, so the segment that ends stays open for the manifest.
      fs.onOperation = ({ name }) => {
        if (name === 'open') throw fileError('EIO');
      };
      await this.write(log, () => !log.canRotate);
      await settle(log, clock);
    }
    await this.write(log, grownBy(log, sizes.durableBytes));
    if (state !== 'unsynced') await settle(log, clock);
    clock.ms += LONG_MS;
    await this.write(log, grownBy(log, sizes.unsyncedBytes), 0);
    if (state === 'closed') await log.close();
  }

  /** @param padBytes large values make a unit of several frames now and then; 0 for none */
  private async write(
    log: LogWriter,
    isDone: () => boolean,
    padBytes = LARGE_BYTES,
  ): Promise<void> {
    for (let turn = 0; !isDone(); turn++) {
      this.clock.ms += randomBelow(this.random, 100);
      const before = 1 + randomBelow(this.random, 3);
      for (let i = 0; i < before; i++) this.append(log, this.next());
      if (turn % 4 === 1) this.writeUnit(log, 1 + randomBelow(this.random, 3), 0);
      if (turn % 12 === 4 && padBytes > 0) this.writeUnit(log, 2, padBytes);
      const ticket = log.commit();
      await until(() => log.acknowledged >= ticket);
      if (this.chance(10)) log.tick();
    }
  }

  private writeUnit(log: LogWriter, count: number, padBytes: number): void {
    log.beginUnit();
    for (let i = 0; i < count; i++) this.append(log, this.next());
    if (padBytes > 0) {
      for (let i = 0; i < 2; i++) {
        const value = noise(this.random, padBytes);
        this.append(log, this.take({ dbIndex: 0, words: ['SET', `long:${i}`, value] }));
      }
      for (let i = 0; i < 2; i++) this.append(log, this.next());
    }
    log.endUnit();
  }

  private append(log: LogWriter, { dbIndex, words }: SampleCommand): void {
    append(log, dbIndex, ...words);
  }

  /** An entry in small pieces at the end of the last segment that was written to. */
  private addFragments(disk: MemoryFileSystem): void {
    const path = disk.paths().findLast((each) => each.endsWith('.rlog')) ?? '';
    const bytes = disk.bytesOf(path);
    const frames = framesOf(bytes);
    const last = frames[frames.length - 1];
    assert.equal(last.nextSeq, this.nextSeq);
    const facts = factsOf(bytes);
    const made = new FrameBuffer(this.clock);
    made.nextSeq = this.nextSeq;
    made.durableSeq = Math.max(...frames.map(({ durableSeq }) => durableSeq));
    made.timeMs = last.timeMs;
    made.beginFile(facts.salt, facts.baseSeq, lastBaseTimeMs(facts, frames));
    const pieces = [...this.fragmentFrames(), this.entriesFrame(false)];
    for (const piece of pieces) made.appendFrame(piece);
    disk.put(path, Buffer.concat([bytes, made.bytes.subarray(0, made.at)]));
  }
}

/** @returns a disk that holds what `seed` decides */
export function makeSample(
  seed: number,
  state: SampleState,
  sizes: SampleSizes = USUAL_SIZES,
): Promise<SampleLog> {
  return new SampleMaker(new SeededRandom(seed), sizes).make(state);
}

function grownBy(log: LogWriter, sizeBytes: number): () => boolean {
  const end = log.currentSizeBytes + sizeBytes;
  return () => log.currentSizeBytes >= end;
}

/** Syncs all, and says in the log that it is durable. */
async function settle(log: LogWriter, clock: HandClock): Promise<void> {
  clock.ms += 1001;
  log.tick();
  await until(() => !log.isBusy && log.durableSeq === log.lastSeq);
  log.tick();
}

/** @returns a snapshot, made by an engine of these commands */
async function makeSnapshot(
  commands: readonly SampleCommand[],
  random: SeededRandom,
): Promise<Buffer> {
  const fs = new MemoryFileSystem();
  const config = new Config();
  for (const [name, value] of Object.entries(SAMPLE_CONFIG)) config.preset(name, value);
  const engine = new Engine({ dir: DIR, fs, owner: null, clock: new FakeClock(), config, random });
  await engine.load();
  const client = new LocalClient(engine);
  await runCommands(client, commands);
  await client.call('SAVE');
  client.close();
  await engine.close();
  const path = fs.paths().find((each) => each.endsWith('.rsnap')) ?? '';
  return fs.bytesOf(path);
}

/** Runs commands, each in its database; an error reply is thrown. */
export async function runCommands(
  client: LocalClient,
  commands: readonly SampleCommand[],
): Promise<void> {
  for (const { dbIndex, words } of commands) {
    await client.call('SELECT', String(dbIndex));
    await client.callBuffer(...words.map((word) => Buffer.from(word, 'latin1')));
  }
}

/** The sample is what the campaigns take it for. */
function checkSample(sample: SampleLog): void {
  const { state, generation, snapshot, segments, commands, seqs, payloads } = sample;
  const frames = segments.flatMap((segment) => segment.frames);
  const own = segments.map((segment) => payloadsOf(segment.bytes, segment.frames));
  assert.ok(Buffer.concat(own).equals(payloads), 'the log holds what was put in');
  assert.equal(seqs.length, commands.length);
  assert.deepEqual(
    generation.segments.map(({ sealed }) => sealed !== null),
    [true, false, false],
  );
  const types = new Set(frames.map(({ type }) => type));
  const expected = state === 'unsynced' ? [1, 3, 4, 5] : [1, 2, 3, 4, 5];
  assert.deepEqual([...types].sort(), expected, 'every type of frame');
  const flags = new Set(frames.map((frame) => frame.flags));
  for (const flag of [1, 3, 2, 5, 7, 14, 16]) assert.ok(flags.has(flag), `flags ${flag}`);
  const kinds = new Set(snapshot.frames.map(({ type }) => type));
  assert.deepEqual([...kinds].sort(), [16, 17, 18, 3], 'every type of snapshot frame');
}
