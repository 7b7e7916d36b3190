// Damages of a sample directory, each of which a start must notice: it refuses, or it says that a
// tail was torn, and what it serves then is the beginning of what was written.

import assert from 'node:assert/strict';
import { EntryDecoder } from '../../engine/log/entry-decoder.js';
import { FRAME_GAP, FRAME_SYNC, FRAME_TIME } from '../../engine/log/format.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import {
  damage,
  forgeFrame,
  forgeHeader,
  forgeManifest,
  type Place,
  placesOf,
  type SampleDisk,
  signFrame,
} from './forged-disk.js';
import { DIR, type LogModules, openDisk } from './log-server.js';

type Forgery = (sample: SampleDisk, disk: MemoryFileSystem, foreign: SampleDisk) => void;
const LARGE_BYTES = 3 * 1024 * 1024;

function flip(bytes: Buffer, at: number): void {
  bytes[at] ^= 0x10;
}

/** @returns the first frame, but the very first one, that holds entries */
function filledPlace(bytes: Buffer): Place {
  const filled = placesOf(bytes).filter(({ at, end }) => end - at > 32 + 9 && bytes[at + 20] !== 3);
  return filled[1];
}

function flipPayload(path: (sample: SampleDisk) => string): Forgery {
  return (sample, disk) => {
    damage(disk, path(sample), (bytes) => flip(bytes, filledPlace(bytes).at + 32 + 9));
  };
}

function frameField(nth: number, change: (frame: Buffer) => void): Forgery {
  return (sample, disk) => forgeFrame(disk, sample.open, nth, change);
}

function spareHeader(change: (bytes: Buffer) => void): Forgery {
  return (sample, disk) => forgeHeader(disk, sample.spare, change);
}

/** Every forgery, by what it does. */
export const FORGERIES: readonly (readonly [what: string, forgery: Forgery])[] = [
  ['a changed byte in a payload of the open segment', flipPayload(({ open }) => open)],
  ['a changed byte in a payload of a sealed segment', flipPayload(({ sealed }) => sealed)],
  ['a changed byte in a payload of the snapshot', flipPayload(({ snapshot }) => snapshot)],
  [
    'a changed durable lag in a frame header',
    ({ sealed }, disk) => damage(disk, sealed, (bytes) => flip(bytes, placesOf(bytes)[2].at + 12)),
  ],
  ['another magic', frameField(1, (frame) => flip(frame, 0))],
  ['a seq too high', frameField(1, (frame) => frame.writeUInt32LE(frame.readUInt32LE(8) + 1, 8))],
  ['a unit that begins in the middle', frameField(2, (frame) => frame.writeUInt8(2, 21))],
  ['a unit that does not go on', frameField(2, (frame) => frame.writeUInt8(1, 21))],
  ['a first piece with a later number', laterPiece],
  ['a time that goes back', frameField(-1, (frame) => frame.writeUInt32LE(0, 16))],
  ['a type of the other kind of file', frameField(1, (frame) => frame.writeUInt8(16, 20))],
  [
    'a seal of another first entry',
    ({ sealed }, disk) => forgeFrame(disk, sealed, -1, (frame) => flip(frame, 32)),
  ],
  [
    'a seal of another last entry',
    ({ sealed }, disk) => forgeFrame(disk, sealed, -1, (frame) => flip(frame, 40)),
  ],
  [
    'a seal with flags',
    ({ sealed }, disk) => forgeFrame(disk, sealed, -1, (frame) => frame.writeUInt8(16, 21)),
  ],
  ['a marker behind the seal', markerBehindSeal],
  ['bytes behind a sealed file', ({ sealed }, disk) => damage(disk, sealed, appended)],
  ['a frame missing in the open segment', frameMissing],
  ['frames of another file', foreignFrames],
  ['a length beyond all blocks', longPayload],
  ['a changed time in a file header', ({ open }, disk) => damage(disk, open, (b) => flip(b, 48))],
  ['a newer version', spareHeader((bytes) => bytes.writeUInt16LE(2, 8))],
  ['an unknown feature', spareHeader((bytes) => bytes.writeUInt32LE(1, 12))],
  ['another length of the header', spareHeader((bytes) => bytes.writeUInt16LE(72, 10))],
  ['another data set', spareHeader((bytes) => flip(bytes, 16))],
  ['another file number', spareHeader((bytes) => flip(bytes, 32))],
  ['another salt', spareHeader((bytes) => flip(bytes, 56))],
  ['another kind of file', spareHeader((bytes) => bytes.write('S', 7))],
  [
    'a changed digit in the manifest',
    (_sample, disk) =>
      damage(disk, `${DIR}/MANIFEST`, (bytes) => {
        bytes.write('9', bytes.indexOf('generation ') + 11);
      }),
  ],
  [
    'a sealed segment missing in the manifest',
    (_sample, disk) =>
      forgeManifest(disk, (next) => {
        next.segments.shift();
      }),
  ],
  [
    'a sealed segment behind an open one',
    (_sample, disk) =>
      forgeManifest(disk, ({ segments }) => {
        segments.splice(0, 0, ...segments.splice(-2, 1));
      }),
  ],
  ['a sealed segment without its seal', sealMissing],
  ['a sealed segment that ends too early', endsEarly],
  ['the end of a segment missing, others behind it', endMissing],
  ['a few bytes behind the open segment', ({ open }, disk) => damage(disk, open, appended)],
  [
    'a unit that the end of the file cuts short',
    frameField(-1, (frame) => frame.writeUInt8(1, 21)),
  ],
  ['an entry that ends with its first piece', firstPieceOnly],
  ['an entry whose second piece is another entry', pieceThenEntry],
  ['a gap that begins with another entry', newGap((seq) => [seq + 1, seq + 5])],
  ['a gap that ends before it begins', newGap((seq) => [seq, seq - 3])],
  ['a gap that ends with an impossible entry', newGap((seq) => [seq, 1e15])],
  ['a time that no clock shows', newMarker(FRAME_TIME, () => [1e15])],
  ['an argument that is longer than its entry', longArgument],
  ['more arguments than there are bytes', manyArguments],
  ['a sealed segment that is gone', ({ sealed }, disk) => disk.remove(sealed)],
  ['a manifest that is gone', (_sample, disk) => disk.remove(`${DIR}/MANIFEST`)],
];

function appended(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.from('x')]);
}

function sealedLine(disk: MemoryFileSystem, change: (sealed: SealedLine) => void): void {
  forgeManifest(disk, ({ segments }) => {
    const { sealed } = segments[0];
    assert.ok(sealed !== null);
    change(sealed);
  });
}

/** The last entry as the first of several pieces, the others of which are not there. */
function firstPieceOnly({ open }: SampleDisk, disk: MemoryFileSystem): void {
  forgeFrame(disk, open, -1, (frame) => {
    frame.writeUInt8(4, 21);
    frame.writeUInt16LE(0, 22);
  });
}

/** The last frame but one as a first piece, and the last as a whole entry of the same unit. */
function pieceThenEntry({ open }: SampleDisk, disk: MemoryFileSystem): void {
  let seq = 0;
  damage(disk, open, (bytes) => {
    const [marker, last] = placesOf(bytes).slice(-2);
    assert.equal(bytes[marker.at + 20], FRAME_SYNC, 'a marker stands between them');
    return Buffer.concat([bytes.subarray(0, marker.at), bytes.subarray(last.at)]);
  });
  forgeFrame(disk, open, -2, (frame) => {
    seq = frame.readUInt32LE(8);
    frame.writeUInt8(5, 21);
    frame.writeUInt16LE(0, 22);
  });
  forgeFrame(disk, open, -1, (frame) => {
    frame.writeUInt32LE(seq, 8);
    frame.writeUInt8(2, 21);
  });
}

/** A frame without entries behind the last one, right in all but what it says. */
function newMarker(type: number, numbers: (seq: number) => readonly number[]): Forgery {
  return ({ open }, disk) => {
    damage(disk, open, (bytes) => {
      const last = placesOf(bytes).at(-1);
      assert.ok(last !== undefined);
      const field = bytes.readUInt32LE(last.at + 8) + bytes.readUInt16LE(last.at + 22);
      const said = numbers(Number(bytes.readBigUInt64LE(40)) + field);
      const marker = Buffer.alloc(32 + 8 * said.length);
      bytes.copy(marker, 0, last.at, last.at + 32);
      marker.writeUInt32LE(8 * said.length, 4);
      marker.writeUInt32LE(field, 8);
      marker.writeUInt32LE(0xffffffff, 12);
      marker.writeUInt8(type, 20);
      marker.writeUInt8(0, 21);
      marker.writeUInt16LE(0, 22);
      for (const [i, number] of said.entries()) marker.writeBigUInt64LE(BigInt(number), 32 + 8 * i);
      signFrame(marker, bytes.readUInt32LE(56));
      return Buffer.concat([bytes, marker]);
    });
  };
}

function newGap(range: (seq: number) => readonly [first: number, last: number]): Forgery {
  return newMarker(FRAME_GAP, range);
}

/** The count of arguments, behind the number of the database, as of an entry of gigabytes. */
function manyArguments({ open }: SampleDisk, disk: MemoryFileSystem): void {
  forgeFrame(disk, open, -1, (frame) => frame.fill(0xff, 32 + 1, 32 + 1 + 4));
}

/** The last argument of the last entry one byte longer than the frame. */
function longArgument({ open }: SampleDisk, disk: MemoryFileSystem): void {
  forgeFrame(disk, open, -1, (frame) => {
    const decoder = new EntryDecoder();
    decoder.begin(frame, 32, frame.length);
    while (decoder.next());
    const { at, length, count } = decoder.args;
    const lengthBytes = length[count - 1] < 0x80 ? 1 : 2;
    frame[at[count - 1] - lengthBytes]++;
  });
}

interface SealedLine {
  firstSeq: number;
  lastSeq: number;
  sizeBytes: number;
}

function markerBehindSeal({ sealed }: SampleDisk, disk: MemoryFileSystem): void {
  damage(disk, sealed, (bytes) => {
    const seal = bytes.subarray(placesOf(bytes).at(-1)?.at);
    const marker = Buffer.from(seal.subarray(0, 32));
    marker.writeUInt32LE(0, 4);
    marker.writeUInt8(2, 20);
    signFrame(marker, bytes.readUInt32LE(56));
    return Buffer.concat([bytes, marker]);
  });
  sealedLine(disk, (line) => {
    line.sizeBytes += 32;
  });
}

/** A frame with one entry, as its only piece but numbered as the second. */
function laterPiece({ open }: SampleDisk, disk: MemoryFileSystem): void {
  const bytes = disk.bytesOf(open);
  const isSingle = ({ at }: Place): boolean => bytes[at + 20] === 1 && bytes[at + 22] === 1;
  forgeFrame(disk, open, placesOf(bytes).findIndex(isSingle), (frame) => {
    frame.writeUInt8(12, 21);
    frame.writeUInt16LE(1, 22);
  });
}

function frameMissing({ open }: SampleDisk, disk: MemoryFileSystem): void {
  damage(disk, open, (bytes) => {
    const { at, end } = filledPlace(bytes);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
  });
}

/** The same entries at the same places, as another data set wrote them. */
function foreignFrames({ open }: SampleDisk, disk: MemoryFileSystem, foreign: SampleDisk): void {
  const theirs = foreign.disk.bytesOf(foreign.open);
  damage(disk, open, (bytes) => {
    assert.equal(theirs.length, bytes.length);
    assert.notEqual(theirs.readUInt32LE(56), bytes.readUInt32LE(56), 'they have other salts');
    return Buffer.concat([bytes.subarray(0, 64), theirs.subarray(64)]);
  });
}

/** A frame that claims more than any may have, in a file of many blocks. */
function longPayload({ open }: SampleDisk, disk: MemoryFileSystem): void {
  forgeFrame(disk, open, -1, (frame) => frame.writeUInt32LE(LARGE_BYTES * 2, 4));
  damage(disk, open, (bytes) => Buffer.concat([bytes, Buffer.alloc(LARGE_BYTES)]));
}

function sealMissing({ sealed }: SampleDisk, disk: MemoryFileSystem): void {
  let sealAt = 0;
  damage(disk, sealed, (bytes) => {
    sealAt = placesOf(bytes).at(-1)?.at ?? 0;
    return bytes.subarray(0, sealAt);
  });
  sealedLine(disk, (line) => {
    line.sizeBytes = sealAt;
  });
}

/** The manifest promises one entry more than the file has, and the next segments are empty. */
function endsEarly({ open }: SampleDisk, disk: MemoryFileSystem): void {
  damage(disk, open, (bytes) => bytes.subarray(0, 64));
  forgeManifest(disk, ({ segments }) => {
    const last = segments.findLast(({ sealed }) => sealed !== null)?.sealed;
    assert.ok(last);
    last.lastSeq++;
  });
}

function endMissing({ open, spare }: SampleDisk, disk: MemoryFileSystem): void {
  const bytes = disk.bytesOf(open);
  const last = placesOf(bytes).at(-1);
  assert.ok(last !== undefined);
  const nextSeq = Number(disk.bytesOf(spare).readBigUInt64LE(40));
  // A marker in the successor, which stands right after the entries that are left.
  const marker = Buffer.from(bytes.subarray(last.at, last.at + 32));
  marker.writeUInt32LE(0, 4);
  const base = Number(bytes.readBigUInt64LE(40));
  const lastSeq = base + bytes.readUInt32LE(last.at + 8) + bytes.readUInt16LE(last.at + 22);
  marker.writeUInt32LE(lastSeq - nextSeq, 8);
  marker.writeUInt32LE(0xffffffff, 12);
  marker.writeUInt8(2, 20);
  marker.writeUInt8(0, 21);
  marker.writeUInt16LE(0, 22);
  damage(disk, spare, (before) => {
    signFrame(marker, before.readUInt32LE(56));
    return Buffer.concat([before, marker]);
  });
}

/**
 * Tries every forgery on a log layer.
 * @param foreign the same entries under other salts
 * @returns the first that it takes for sound, or null when it notices all
 */
export async function firstUnnoticed(
  modules: LogModules,
  sample: SampleDisk,
  foreign: SampleDisk,
): Promise<string | null> {
  for (const [what, forgery] of FORGERIES) {
    const disk = sample.disk.copy();
    forgery(sample, disk, foreign);
    const problem = await problemOf(modules, disk, sample.entries);
    if (problem !== null) return `${what}: ${problem}`;
  }
  return null;
}

async function problemOf(
  modules: LogModules,
  disk: MemoryFileSystem,
  entries: readonly string[],
): Promise<string | null> {
  try {
    const { state, report } = await openDisk(modules, disk, 1);
    if (report.torn === null) return 'it is taken for sound';
    const isPrefix = state.every((entry, i) => entry === entries[i]);
    return isPrefix ? null : 'what is served was never written';
  } catch (error) {
    // A mutant has an error class of its own.
    if (error instanceof Error && error.name === 'LogError') return null;
    return `it throws ${error}`;
  }
}
