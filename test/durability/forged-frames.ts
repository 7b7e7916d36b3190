// Single frames that are out of place although their checksums are right, given to what searches
// for frames behind damage: salvage, and the words in which a refusal says what is lost. What a
// salvage puts out must open, and have nothing in it that was not written as it is.

import assert from 'node:assert/strict';
import type { LogError } from '../../engine/log/errors.js';
import type { FileHeader } from '../../engine/log/file-header.js';
import { encodeFileHeader } from '../../engine/log/file-header.js';
import { FrameFileReader } from '../../engine/log/file-reader.js';
import { FRAME_PAYLOAD_MAX_BYTES } from '../../engine/log/format.js';
import { findFrames } from '../../engine/log/resync.js';
import { SeededRandom } from '../../engine/util/random.js';
import { HandClock } from '../log/log-fixture.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { damage, forgeFrame, placesOf, signFrame } from './forged-disk.js';
import type { HistorySample, Reading } from './forged-history.js';
import { DIR, ENGINE, openDisk } from './log-server.js';

const OUT = '/out';
const FILE = '/log';
const MIB = 1024 * 1024;
const [FIRST_PIECE, PIECE, LAST_PIECE] = [5, 7, 14];
const CONTINUES = 1;
const CONTINUED = 2;
const HEADER: FileHeader = {
  kind: 'log',
  datasetId: '0'.repeat(32),
  number: 1,
  baseSeq: 1,
  baseTimeMs: 1_700_000_000_000,
  salt: 0x1234567,
};

/** Forges flags and count of one of the last frames, which are three that hold entries. */
function form(
  disk: MemoryFileSystem,
  { open }: HistorySample,
  nth: number,
  flags: number,
  count: number,
  seq?: number,
): void {
  forgeFrame(disk, open, nth, (frame) => {
    if (seq !== undefined) frame.writeUInt32LE(seq, 8);
    frame.writeUInt8(flags, 21);
    frame.writeUInt16LE(count, 22);
  });
}

function spoil(disk: MemoryFileSystem, path: string, nth: number): void {
  damage(disk, path, (bytes) => {
    bytes[(placesOf(bytes).at(nth)?.end ?? 0) - 2] ^= 0x10;
  });
}

/** @returns the entries of the last three frames: one more than the one before the first of them */
function seqOf(disk: MemoryFileSystem, path: string, nth: number): number {
  const bytes = disk.bytesOf(path);
  const at = placesOf(bytes).at(nth)?.at ?? 0;
  return Number(bytes.readBigUInt64LE(40)) + bytes.readUInt32LE(at + 8);
}

/** Makes the last three frames the pieces of one entry. */
function asPieces(disk: MemoryFileSystem, sample: HistorySample): void {
  const field = disk
    .bytesOf(sample.open)
    .readUInt32LE((placesOf(disk.bytesOf(sample.open)).at(-3)?.at ?? 0) + 8);
  form(disk, sample, -3, FIRST_PIECE, 0, field);
  form(disk, sample, -2, PIECE, 1, field);
  form(disk, sample, -1, LAST_PIECE, 2, field);
}

/** @param keptTo the last entry that salvage keeps of a history, all before it included */
function salvaging(
  what: string,
  forge: (disk: MemoryFileSystem, sample: HistorySample) => void,
  keptTo: (disk: MemoryFileSystem, sample: HistorySample) => number,
): Reading {
  return [
    `salvaging ${what}`,
    async ({ history: sample }) => {
      const disk = sample.disk.copy();
      forge(disk, sample);
      const expected = sample.entries.slice(0, keptTo(disk, sample));
      await ENGINE.salvage(disk, DIR, OUT, new SeededRandom(1));
      const state: string[] = [];
      await ENGINE.recover({
        fs: disk,
        dir: OUT,
        clock: new HandClock(),
        random: new SeededRandom(1),
        owner: null,
        historyGenerations: 1,
        onSnapshot: () => undefined,
        // Pieces make one entry of other words, of which only the number matters.
        onEntries: (_bytes, _from, _to, count, seq) => {
          for (let i = 0; i < count; i++) state.push(sample.entries[seq + i - 1]);
        },
      });
      assert.deepEqual(state, expected.slice(sample.snapshotSeq), 'what is kept');
    },
  ];
}

const before =
  (nth: number) =>
  (disk: MemoryFileSystem, { open }: HistorySample) =>
    seqOf(disk, open, nth) - 1;

const SALVAGES: readonly Reading[] = [
  salvaging(
    'a frame of a type that snapshots have',
    (disk, { open }) => forgeFrame(disk, open, -1, (frame) => frame.writeUInt8(16, 20)),
    before(-1),
  ),
  salvaging(
    'a frame that goes on with nothing',
    (disk, sample) => form(disk, sample, -1, CONTINUED, 1),
    before(-1),
  ),
  salvaging(
    'an entry of which a piece in the middle is damaged',
    (disk, sample) => {
      asPieces(disk, sample);
      spoil(disk, sample.open, -2);
    },
    before(-3),
  ),
  salvaging(
    'an entry of which the last piece is missing',
    (disk, sample) => form(disk, sample, -1, 4, 0),
    before(-1),
  ),
  salvaging(
    'an entry of which one piece is there twice',
    (disk, sample) => {
      asPieces(disk, sample);
      damage(disk, sample.open, (bytes) => {
        const place = placesOf(bytes).at(-2);
        assert.ok(place !== undefined);
        const piece = bytes.subarray(place.at, place.end);
        return Buffer.concat([bytes.subarray(0, place.end), piece, bytes.subarray(place.end)]);
      });
    },
    (disk, { open }) => seqOf(disk, open, -1),
  ),
];

/** What a refusal says is lost. */
function refusal(
  what: string,
  forge: (disk: MemoryFileSystem, sample: HistorySample) => { first: number; last: number },
): Reading {
  return [
    `the loss of ${what}`,
    async ({ history: sample }) => {
      const disk = sample.disk.copy();
      const { first, last } = forge(disk, sample);
      const error: LogError = await openDisk(ENGINE, disk, 1).then(
        () => assert.fail('it is refused'),
        (thrown) => thrown,
      );
      assert.equal(error.code, 'CORRUPT', error.message);
      assert.deepEqual(error.lost, { firstSeq: first, lastSeq: last }, error.message);
    },
  ];
}

/** The sealed segment after the newest snapshot, or the one with the last entries. */
function lossAt(disk: MemoryFileSystem, path: string, from: number, to: number) {
  return { first: seqOf(disk, path, from), last: seqOf(disk, path, to) - 1 };
}

const LOSSES: readonly Reading[] = [
  refusal('one frame', (disk, { open }) => {
    spoil(disk, open, -3);
    return lossAt(disk, open, -3, -2);
  }),
  refusal('two frames one after the other', (disk, { open }) => {
    spoil(disk, open, -3);
    spoil(disk, open, -2);
    return lossAt(disk, open, -3, -1);
  }),
  refusal('a unit whose beginning is damaged', (disk, sample) => {
    const { open } = sample;
    form(
      disk,
      sample,
      -3,
      CONTINUES,
      disk.bytesOf(open)[(placesOf(disk.bytesOf(open)).at(-3)?.at ?? 0) + 22],
    );
    form(disk, sample, -2, CONTINUED, 1);
    spoil(disk, open, -3);
    return lossAt(disk, open, -3, -1);
  }),
];

/** @returns the frames that a search finds in a file with this content behind its header */
async function found(content: Buffer, minSeq = 0) {
  const disk = new MemoryFileSystem();
  disk.put(FILE, Buffer.concat([encodeFileHeader(HEADER), content]));
  const reader = await FrameFileReader.open(disk, FILE);
  const frames = [];
  for await (const frame of findFrames(reader, HEADER, 64, minSeq)) frames.push(frame);
  await reader.close();
  return frames;
}

function frameOf(seq: number, payloadBytes: number): Buffer {
  const frame = Buffer.alloc(32 + payloadBytes, 'p');
  frame.fill(0, 0, 32);
  frame.write('RDL1', 'latin1');
  frame.writeUInt32LE(payloadBytes, 4);
  frame.writeUInt32LE(seq - HEADER.baseSeq, 8);
  frame.writeUInt8(1, 20);
  frame.writeUInt16LE(1, 22);
  signFrame(frame, HEADER.salt);
  return frame;
}

const SEARCHES: readonly Reading[] = [
  [
    'searching beside a frame of more than a payload may have',
    async () => {
      const frames = await found(
        Buffer.concat([frameOf(1, FRAME_PAYLOAD_MAX_BYTES + 1), frameOf(2, 9)]),
      );
      assert.deepEqual(
        frames.map(({ seq }) => seq),
        [2],
      );
    },
  ],
  [
    'searching from an entry on',
    async () => {
      const frames = await found(Buffer.concat([1, 2, 3, 4].map((seq) => frameOf(seq, 9))), 3);
      assert.deepEqual(
        frames.map(({ seq }) => seq),
        [3, 4],
      );
    },
  ],
  [
    'searching across the end of what is read at a time',
    async () => {
      for (const isDamaged of [false, true]) {
        const frame = frameOf(1, 1000);
        if (isDamaged) frame[900] ^= 1;
        const frames = await found(Buffer.concat([Buffer.alloc(4 * MIB - 500), frame]));
        assert.deepEqual(
          frames.map(({ isPayloadIntact }) => isPayloadIntact),
          [!isDamaged],
        );
      }
    },
  ],
];

export const FRAME_READINGS: readonly Reading[] = [...SALVAGES, ...LOSSES, ...SEARCHES];
