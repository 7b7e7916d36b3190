// Ways to damage a file: ranges overwritten, cut out and put in, with zeros, noise, bytes of other
// files and older bytes of the same one; whole frames swapped, doubled, moved and deleted.
// Invariant: what is done depends on the generator alone, and the words say what was done.

import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import type { FileImage } from './file-image.js';
import type { MappedFrame } from './frame-map.js';

/** No range is longer. */
const RANGE_MAX_BYTES = 64 * 1024;
const RANGE_SHIFTS = 17;

const EMPTY = Buffer.alloc(0);

type Filling = 'zeros' | 'noise' | 'other' | 'older';
const FILLINGS: readonly Filling[] = ['zeros', 'noise', 'other', 'older'];

/** Damages what `bytes` holds of `image`. @returns the new bytes, and in words what was done */
type Damage = (
  random: SeededRandom,
  bytes: Buffer,
  image: FileImage,
  others: readonly FileImage[],
) => { bytes: Buffer; what: string };

const overwrite: Damage = (random, bytes, image, others) => {
  const from = placeIn(random, bytes, image);
  const length = Math.min(lengthOf(random), bytes.length - from);
  const filling = FILLINGS[randomBelow(random, FILLINGS.length)];
  const changed = Buffer.from(bytes);
  fillingOf(random, filling, length, image, others).copy(changed, from);
  return { bytes: changed, what: `${filling} over ${length} bytes at ${from}` };
};

const insert: Damage = (random, bytes, image, others) => {
  const at = placeIn(random, bytes, image);
  const filling = FILLINGS[randomBelow(random, FILLINGS.length)];
  const put = fillingOf(random, filling, lengthOf(random), image, others);
  return { bytes: splice(bytes, at, 0, put), what: `${put.length} ${filling} put in at ${at}` };
};

const remove: Damage = (random, bytes, image) => {
  const at = placeIn(random, bytes, image);
  const length = Math.min(lengthOf(random), bytes.length - at);
  return { bytes: splice(bytes, at, length), what: `${length} bytes taken out at ${at}` };
};

const truncate: Damage = (random, bytes, image) => {
  const at = placeIn(random, bytes, image);
  return { bytes: Buffer.from(bytes.subarray(0, at)), what: `cut at ${at}` };
};

const extend: Damage = (random, bytes, image, others) => {
  const filling = FILLINGS[randomBelow(random, FILLINGS.length)];
  const put = fillingOf(random, filling, lengthOf(random), image, others);
  return { bytes: Buffer.concat([bytes, put]), what: `${put.length} ${filling} at the end` };
};

const deleteFrame: Damage = (random, bytes, image) => {
  const seen = wholeFrames(bytes, image);
  if (seen.length === 0) return { bytes, what: 'nothing' };
  const { at, frame } = pick(random, seen);
  return { bytes: splice(bytes, at, frame.bytes.length), what: `frame at ${at} deleted` };
};

const doubleFrame: Damage = (random, bytes, image) => {
  const seen = wholeFrames(bytes, image);
  if (seen.length === 0) return { bytes, what: 'nothing' };
  const { frame } = pick(random, seen);
  const at = pick(random, seen).at;
  const what = `entry ${frame.seq} again at ${at}`;
  return { bytes: splice(bytes, at, 0, frame.bytes), what };
};

const foreignFrame: Damage = (random, bytes, image, others) => {
  const seen = wholeFrames(bytes, image);
  const frames = others.flatMap((other) => other.frames);
  if (seen.length === 0 || frames.length === 0) return { bytes, what: 'nothing' };
  const frame = pick(random, frames);
  const { at, frame: own } = pick(random, seen);
  const replaced = randomBelow(random, 2) * own.bytes.length;
  const what = `entry ${frame.seq} of another file at ${at}, for ${replaced} bytes`;
  return { bytes: splice(bytes, at, replaced, frame.bytes), what };
};

const swapFrames: Damage = (random, bytes, image) => {
  const seen = wholeFrames(bytes, image);
  if (seen.length < 2) return { bytes, what: 'nothing' };
  const one = randomBelow(random, seen.length - 1);
  const isNext = randomBelow(random, 2) === 0;
  const other = isNext ? one + 1 : one + 1 + randomBelow(random, seen.length - one - 1);
  const [a, b] = [seen[one], seen[other]];
  const [aEnd, bEnd] = [a.at + a.frame.bytes.length, b.at + b.frame.bytes.length];
  const parts = [
    bytes.subarray(0, a.at),
    b.frame.bytes,
    bytes.subarray(aEnd, b.at),
    a.frame.bytes,
    bytes.subarray(bEnd),
  ];
  return { bytes: Buffer.concat(parts), what: `frames at ${a.at} and ${b.at} swapped` };
};

/** Only what says what a frame is, or only what it holds. */
const spoilFrame: Damage = (random, bytes, image) => {
  const seen = wholeFrames(bytes, image);
  if (seen.length === 0) return { bytes, what: 'nothing' };
  const { at, frame } = pick(random, seen);
  const isHeader = randomBelow(random, 2) === 0 || frame.bytes.length === 32;
  const place =
    at + (isHeader ? randomBelow(random, 32) : 32 + randomBelow(random, frame.bytes.length - 32));
  const changed = Buffer.from(bytes);
  changed[place] ^= 1 + randomBelow(random, 255);
  return { bytes: changed, what: `byte ${place} of the frame at ${at} changed` };
};

const DAMAGES: readonly Damage[] = [
  overwrite,
  overwrite,
  overwrite,
  insert,
  remove,
  truncate,
  extend,
  deleteFrame,
  doubleFrame,
  foreignFrame,
  swapFrames,
  swapFrames,
  spoilFrame,
];

/** Opens a frame up: its header and none, some or all of its payload are gone. */
export const breakOpen: Damage = (random, bytes, image) => {
  const seen = wholeFrames(bytes, image);
  if (seen.length === 0) return { bytes, what: 'nothing' };
  const { at, frame } = pick(random, seen);
  const from = randomBelow(random, 4) === 0 ? at + 32 : at + randomBelow(random, 32);
  const length = 1 + randomBelow(random, Math.min(frame.bytes.length, 90));
  const changed = Buffer.from(bytes);
  for (let i = from; i < Math.min(from + length, bytes.length); i++) changed[i] ^= 0x55;
  return { bytes: changed, what: `the frame at ${at} opened from ${from} on, ${length} bytes` };
};

/** @returns the file with one more damage */
export const damageOnce: Damage = (random, bytes, image, others) => {
  return pick(random, DAMAGES)(random, bytes, image, others);
};

function wholeFrames(bytes: Buffer, image: FileImage): { at: number; frame: MappedFrame }[] {
  return image.seenIn(bytes).filter(({ isWhole }) => isWhole);
}

/** Half of the places are where a frame begins, or near it. */
function placeIn(random: SeededRandom, bytes: Buffer, image: FileImage): number {
  const anywhere = randomBelow(random, bytes.length + 1);
  if (randomBelow(random, 2) === 0 || image.frames.length === 0) return anywhere;
  const near =
    pick(random, image.frames).offset + [0, 0, 0, -1, 1, 31, 32, 33][randomBelow(random, 8)];
  return Math.min(bytes.length, near);
}

/** As many short ranges as long ones. */
function lengthOf(random: SeededRandom): number {
  return 1 + randomBelow(random, Math.min(RANGE_MAX_BYTES, 2 ** randomBelow(random, RANGE_SHIFTS)));
}

function fillingOf(
  random: SeededRandom,
  filling: Filling,
  length: number,
  image: FileImage,
  others: readonly FileImage[],
): Buffer {
  const put = Buffer.alloc(length);
  if (filling === 'noise') for (let i = 0; i < length; i++) put[i] = random.next32();
  if (filling === 'other' && others.length > 0) copySome(random, pick(random, others), put);
  if (filling === 'older') copySome(random, image, put);
  return put;
}

/** Half of the time what is copied begins with a frame. */
function copySome(random: SeededRandom, image: FileImage, put: Buffer): void {
  const from = placeIn(random, image.bytes, image);
  image.bytes.copy(put, 0, from);
}

function splice(bytes: Buffer, at: number, length: number, put: Buffer = EMPTY): Buffer {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + length)]);
}

function pick<T>(random: SeededRandom, from: readonly T[]): T {
  return from[randomBelow(random, from.length)];
}
