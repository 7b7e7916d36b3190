// T4: bytes are found after the end of a log, as a file system or a crash may leave them: zeros,
// garbage, the beginning of a frame, frames of other files and old ones of this file. What must
// hold: they are cut and kept aside, every entry before them is there; in a sealed file, or where
// more of the log follows that is durable, they are refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameBuffer } from '../../engine/log/frame-buffer.js';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { HandClock } from '../log/log-fixture.js';
import { Campaign, casesOf } from './campaign.js';
import { expectationOf } from './damage-model.js';
import { DamagedStarts, thoroughnessOf } from './damaged-start.js';
import type { FileImage } from './file-image.js';
import { factsOf, lastBaseTimeMs } from './frame-map.js';
import { encodeEntry, logCommand } from './sample-commands.js';
import { makeSample, type SampleLog } from './sample-log.js';

const ZEROS_MAX = 8192;
const GARBAGE_MAX = 4096;
const ENTRIES = 1;

type Tail = readonly [what: string, bytes: Uint8Array];

class Tails {
  readonly sample: SampleLog;
  private readonly starts: DamagedStarts;
  private readonly campaign: Campaign;

  constructor(sample: SampleLog, campaign: Campaign) {
    this.sample = sample;
    this.campaign = campaign;
    this.starts = new DamagedStarts(sample);
  }

  /** The segment that was written to last. */
  get current(): FileImage {
    const { segments } = this.sample;
    return segments.findLast(({ frames }) => frames.length > 0) ?? segments[0];
  }

  async judge(file: FileImage, [what, bytes]: Tail): Promise<void> {
    const damage = { file, bytes: Buffer.concat([file.bytes, bytes]) };
    const expected = expectationOf(this.sample, damage);
    if (file === this.current) {
      assert.equal(expected.verdict, 'torn', what);
      assert.equal(expected.entries, this.sample.commands.length, 'nothing is lost');
    }
    const name = `${this.sample.state}: ${file.path} and ${what}`;
    await this.starts.judge(damage, expected, thoroughnessOf(this.campaign.count++), name);
  }

  end(): Promise<void> {
    return this.starts.end();
  }
}

function* garbage(random: SeededRandom, count: number): Generator<Tail> {
  for (let i = 0; i < count; i++) {
    const bytes = Buffer.alloc(1 + randomBelow(random, GARBAGE_MAX));
    for (let at = 0; at < bytes.length; at++) bytes[at] = random.next32() & 0xff;
    // What looks like a frame at first sight.
    if (i % 4 === 0) bytes.write('RDL1', 0, 'latin1');
    yield [`${bytes.length} bytes of garbage ${i}`, bytes];
  }
}

/** @returns a frame as this file's writer makes it, with entry `seq` */
function frameOf(file: FileImage, seq: number, durableSeq: number, random: SeededRandom): Buffer {
  const facts = factsOf(file.bytes);
  const made = new FrameBuffer(new HandClock());
  made.nextSeq = seq;
  made.durableSeq = durableSeq;
  const { timeMs } = file.frames[file.frames.length - 1];
  made.timeMs = timeMs;
  made.beginFile(facts.salt, facts.baseSeq, lastBaseTimeMs(facts, file.frames));
  const payload = encodeEntry(logCommand(random));
  const nextSeq = seq + 1;
  made.appendFrame({ payload, type: ENTRIES, flags: 0, count: 1, seq, nextSeq, timeMs });
  return Buffer.from(made.bytes.subarray(0, made.at));
}

/** Beginnings of the frame that would come next, with what a writer knew then. */
function* unfinished(file: FileImage, random: SeededRandom): Generator<Tail> {
  const { nextSeq } = file.frames[file.frames.length - 1];
  for (const durableSeq of [Number.NEGATIVE_INFINITY, nextSeq - 1]) {
    const frame = frameOf(file, nextSeq, durableSeq, random);
    for (let size = 1; size < frame.length; size++) {
      yield [`${size} of the ${frame.length} bytes of a frame`, frame.subarray(0, size)];
    }
  }
}

/** Frames that are intact but do not belong there. */
function* misplaced(file: FileImage, other: SampleLog, random: SeededRandom): Generator<Tail> {
  const { nextSeq } = file.frames[file.frames.length - 1];
  for (const { offset, end, seq } of file.frames) {
    if (seq !== nextSeq) yield [`its frame at ${offset}`, file.bytes.subarray(offset, end)];
  }
  for (const foreign of [...other.segments, other.snapshot]) {
    for (const { offset, end } of foreign.frames) {
      yield [`a frame of another log at ${offset}`, foreign.bytes.subarray(offset, end)];
    }
    yield ['a whole file of another log', foreign.bytes];
  }
  for (let skipped = 1; skipped <= 60; skipped++) {
    const frame = frameOf(file, nextSeq + skipped, Number.NEGATIVE_INFINITY, random);
    yield [`a frame ${skipped} entries too late`, frame];
  }
}

test('zeros after the end of a log, up to 8192 of them, are cut', async (t) => {
  const campaign = new Campaign(t, 'T4', 'tails of zeros');
  await campaign.run(casesOf({ short: 1, long: 40 }), async (_random, seed) => {
    const tails = new Tails(await makeSample(seed, 'killed'), campaign);
    for (let count = 1 + (seed % 2); count <= ZEROS_MAX; count += 2) {
      await tails.judge(tails.current, [`${count} zeros`, Buffer.alloc(count)]);
    }
    await tails.end();
  });
});

for (const state of ['killed', 'unsynced'] as const) {
  test(`garbage and misplaced frames after a log that was ${state} are cut`, async (t) => {
    const campaign = new Campaign(t, 'T4', `tails of a log that was ${state}`);
    await campaign.run(casesOf({ short: 1, long: 20 }), async (random, seed) => {
      const tails = new Tails(await makeSample(seed, state), campaign);
      const other = await makeSample(seed ^ 0x5eed, state);
      const { current } = tails;
      for (const tail of garbage(random, 300)) await tails.judge(current, tail);
      for (const tail of unfinished(current, random)) await tails.judge(current, tail);
      for (const tail of misplaced(current, other, random)) await tails.judge(current, tail);
      // Of a closed segment nothing may be said but that it is not as it was.
      for (const file of tails.sample.segments) {
        for (const tail of garbage(random, 50)) await tails.judge(file, tail);
        for (const count of [1, 31, 32, 4096]) {
          await tails.judge(file, [`${count} zeros`, Buffer.alloc(count)]);
        }
      }
      await tails.end();
    });
  });
}
