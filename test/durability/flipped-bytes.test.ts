// T2: bytes of segments, snapshot and manifest are changed. What must hold: every change is
// noticed, nothing changed is served, and what is known to be durable is refused, never cut.
//
// What is noticed depends on the byte and the way it is changed: every byte is changed in every
// way and the file read. What comes of it depends only on what was hit: for every byte a server
// starts, with a way that differs from byte to byte.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFileHeader } from '../../engine/log/file-header.js';
import { scannerFor } from '../../engine/log/file-reader.js';
import { SCAN_NEEDS_MORE } from '../../engine/log/frame-scanner.js';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { Campaign, casesOf } from './campaign.js';
import { type Expectation, expectationOf, type SampleFile } from './damage-model.js';
import { DamagedStarts, thoroughnessOf } from './damaged-start.js';
import type { FileImage } from './file-image.js';
import { factsOf } from './frame-map.js';
import { MANIFEST, makeSample, type SampleLog, type SampleState } from './sample-log.js';

const WAYS: readonly (readonly [what: string, change: (byte: number) => number])[] = [
  ['^01', (byte) => byte ^ 0x01],
  ['^80', (byte) => byte ^ 0x80],
  ['^ff', (byte) => byte ^ 0xff],
  ['=00', () => 0x00],
  ['=0a', () => 0x0a],
];
const FILE_HEADER_BYTES = 64;
/** Bytes of one random change, at most. */
const CHANGED_MAX = 8;

/** @returns whether a file with these bytes is read to its end as if it were sound */
function isBelieved(bytes: Buffer, firstSeq: number): boolean {
  const header = decodeFileHeader(bytes, bytes.length);
  if (typeof header === 'string') return false;
  const scanner = scannerFor(header, firstSeq);
  for (let at = FILE_HEADER_BYTES; at < bytes.length; ) {
    const length = scanner.check(bytes, at, bytes.length);
    if (length <= SCAN_NEEDS_MORE || !scanner.accept(bytes, at)) return false;
    at += length;
  }
  return scanner.isComplete;
}

function filesOf({ snapshot, segments }: SampleLog): FileImage[] {
  return [snapshot, ...segments];
}

/** The first entry of a file. */
function firstSeqOf(file: FileImage): number {
  return file.frames[0]?.seq ?? factsOf(file.bytes).baseSeq;
}

function flipEverywhere(sample: SampleLog, campaign: Campaign): void {
  for (const file of filesOf(sample)) {
    const bytes = Buffer.from(file.bytes);
    const firstSeq = firstSeqOf(file);
    assert.ok(isBelieved(bytes, firstSeq), `${file.path} as it was`);
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      for (const [what, change] of WAYS) {
        bytes[at] = change(byte);
        if (bytes[at] === byte) continue;
        campaign.count++;
        if (isBelieved(bytes, firstSeq)) assert.fail(`${file.path}, byte ${at} ${what}: believed`);
      }
      bytes[at] = byte;
    }
  }
}

const STATES = ['killed', 'unsynced', 'closed'] as const;

test('every byte of a log, changed in five ways, is noticed', async (t) => {
  const campaign = new Campaign(t, 'T2', 'changes of bytes, each read');
  await campaign.run(casesOf({ short: 1, long: 60 }), async (_random, seed) => {
    flipEverywhere(await makeSample(seed, STATES[seed % STATES.length]), campaign);
  });
});

/** Starts from a sample with some bytes changed. */
class Flips {
  readonly sample: SampleLog;
  readonly verdicts = { sound: 0, torn: 0, corrupt: 0 };
  private readonly starts: DamagedStarts;
  private readonly campaign: Campaign;

  constructor(sample: SampleLog, campaign: Campaign) {
    this.sample = sample;
    this.starts = new DamagedStarts(sample);
    this.campaign = campaign;
  }

  /** @param bytes differ from the file's own */
  async judge(file: SampleFile, bytes: Buffer, what: string): Promise<void> {
    const damage = { file, bytes };
    const expected = file.path === MANIFEST ? REFUSED : expectationOf(this.sample, damage);
    this.verdicts[expected.verdict]++;
    assert.notEqual(expected.verdict, 'sound', what);
    await this.starts.judge(damage, expected, thoroughnessOf(this.campaign.count++), what);
  }

  end(): Promise<void> {
    return this.starts.end();
  }
}

/** A manifest is one thing: no place in it, nothing served. */
const REFUSED: Expectation = {
  verdict: 'corrupt',
  entries: 0,
  lastSeq: 0,
  place: null,
  file: MANIFEST,
  lost: undefined,
  cut: new Map(),
};

function manifestOf({ disk }: SampleLog): SampleFile {
  return { path: MANIFEST, bytes: disk.bytesOf(MANIFEST) };
}

async function startEverywhere(
  state: SampleState,
  seed: number,
  step: number,
  campaign: Campaign,
): Promise<void> {
  const sample = await makeSample(seed, state);
  const flips = new Flips(sample, campaign);
  for (const file of filesOf(sample)) {
    for (let at = seed % step; at < file.bytes.length; at += step) {
      await startFlipped(flips, file, at, (at + seed) % WAYS.length);
    }
  }
  const manifest = manifestOf(sample);
  for (let at = 0; at < manifest.bytes.length; at++) {
    for (let way = 0; way < WAYS.length; way++) await startFlipped(flips, manifest, at, way);
  }
  await flips.end();
  assert.ok(flips.verdicts.corrupt > 100 && flips.verdicts.torn > 0);
}

async function startFlipped(
  flips: Flips,
  file: SampleFile,
  at: number,
  way: number,
): Promise<void> {
  const [name, change] = WAYS[way];
  const byte = change(file.bytes[at]);
  if (byte === file.bytes[at]) return;
  const bytes = Buffer.from(file.bytes);
  bytes[at] = byte;
  await flips.judge(file, bytes, `${flips.sample.state}: ${file.path}, byte ${at} ${name}`);
}

for (const [state, step] of [
  ['killed', 3],
  ['unsynced', 16],
  ['closed', 16],
] as const) {
  test(`a log that was ${state} is not served with a byte changed`, async (t) => {
    const campaign = new Campaign(t, 'T2', `starts from a changed log that was ${state}`);
    await campaign.run(casesOf({ short: 1, long: 20 }), async (_random, seed) => {
      await startEverywhere(state, seed, step, campaign);
    });
  });
}

/** Changes a few bytes, near each other or anywhere in one file. */
function changeSome(file: SampleFile, random: SeededRandom): { bytes: Buffer; places: number[] } {
  const bytes = Buffer.from(file.bytes);
  const places = new Set<number>();
  const count = 2 + randomBelow(random, CHANGED_MAX - 1);
  const first = randomBelow(random, bytes.length);
  const isNear = randomBelow(random, 2) === 0;
  while (places.size < count) {
    const at = isNear
      ? (first + randomBelow(random, 4 * CHANGED_MAX)) % bytes.length
      : randomBelow(random, bytes.length);
    if (places.has(at)) continue;
    places.add(at);
    bytes[at] ^= 1 + randomBelow(random, 255);
  }
  return { bytes, places: [...places] };
}

test('a log with several bytes changed is not served', async (t) => {
  const campaign = new Campaign(t, 'T2', 'starts with two to eight bytes of a file changed');
  const changes = 500;
  await campaign.run(casesOf({ short: 2, long: 2000 }), async (random, seed) => {
    const state = STATES[seed % STATES.length];
    const sample = await makeSample(seed, state);
    const flips = new Flips(sample, campaign);
    const files = [...filesOf(sample), manifestOf(sample)];
    for (let i = 0; i < changes; i++) {
      const file = files[randomBelow(random, files.length)];
      const { bytes, places } = changeSome(file, random);
      const what = `${state}: ${file.path}, bytes ${places.join(' ')}`;
      await flips.judge(file, bytes, what);
    }
    await flips.end();
  });
});
