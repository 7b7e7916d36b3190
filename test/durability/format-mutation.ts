// Changes files of a data directory as somebody who knows the format would: fields get numbers
// that hurt, payloads are stretched, cut and mixed, frames are moved and made up, and then the
// checksums are mostly put right again, so that what is behind them is reached.
// Invariant: what is done depends on the generator alone.

import crc from 'crc-32';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { FILE_HEADER, FRAME_HEADER } from './file-image.js';

/** Numbers at which things break: limits of fields, of sizes, and their neighbours. */
const NUMBERS = [
  0, 1, 2, 7, 8, 15, 16, 17, 18, 31, 32, 127, 128, 255, 256, 4095, 4096, 65535, 65536, 1048575,
  1048576, 1048577, 16777216, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];
const DOUBLES = [Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 0.5, 2 ** 53, 1e300, 2 ** 24];
const TYPES = [1, 2, 3, 4, 5, 6, 15, 16, 17, 18, 19, 254, 255];
const PAYLOAD_MAX = 1048576;
const META = 16;
const VARINTS = ['ffffffff0f', 'ffffffffff', 'ffffffff7f', '8080808000', 'ffffff7f', '80', '00'];

interface LooseFrame {
  header: Buffer;
  payload: Buffer;
  /** The payload is written with the length it says, or as it is. */
  isLengthKept: boolean;
}

/** @returns a segment or snapshot, changed */
export function mutateFile(random: SeededRandom, bytes: Buffer): Buffer {
  if (randomBelow(random, 12) === 0) return spoilRaw(random, bytes);
  const header = Buffer.from(bytes.subarray(0, FILE_HEADER));
  const frames = framesOf(bytes);
  const times = 1 + randomBelow(random, 3);
  for (let i = 0; i < times; i++) mutateOnce(random, header, frames);
  if (randomBelow(random, 3) > 0) renumber(header, frames);
  return encode(random, header, frames);
}

/** @returns a manifest, changed; its checksum is mostly right */
export function mutateManifest(random: SeededRandom, bytes: Buffer): Buffer {
  let lines = bytes.toString('latin1').split('\n').slice(0, -2);
  const times = 1 + randomBelow(random, 3);
  for (let i = 0; i < times; i++) lines = mutateLines(random, lines);
  const body = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  if (randomBelow(random, 5) === 0) return spoilRaw(random, bytes);
  return Buffer.concat([body, Buffer.from(`crc ${crcText(body)}\n`)]);
}

/** @returns the manifest with the sizes that files have now, so that they are not the only flaw */
export function withSizes(manifest: Buffer, sizeOf: (name: string) => number | null): Buffer {
  const lines = manifest.toString('latin1').split('\n').slice(0, -2);
  const fitted = lines.map((line) => {
    const name = line.split(' ')[1];
    const size = sizeOf(name);
    return size === null ? line : line.replace(/ size \d+/, ` size ${size}`);
  });
  const body = Buffer.from(`${fitted.join('\n')}\n`, 'latin1');
  return Buffer.concat([body, Buffer.from(`crc ${crcText(body)}\n`)]);
}

/** @returns a segment of headers only, each of which says that much of the rest is its payload */
export function overlappingFrames(like: Buffer, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  like.copy(bytes, 0, 0, FILE_HEADER + FRAME_HEADER);
  const salt = like.readUInt32LE(56);
  for (let at = FILE_HEADER; at + FRAME_HEADER <= sizeBytes; at += FRAME_HEADER) {
    bytes.copy(bytes, at, FILE_HEADER, FILE_HEADER + FRAME_HEADER);
    bytes.writeUInt32LE(Math.min(PAYLOAD_MAX, sizeBytes - at - FRAME_HEADER), at + 4);
    bytes.writeUInt32LE(0xffffffff, at + 12);
    bytes.writeUInt32LE(crcOf(bytes.subarray(at, at + 28), salt), at + 28);
  }
  return bytes;
}

/** @returns a snapshot whose first frame says that its first database has so many keys */
export function claimingKeys(like: Buffer, count: number): Buffer {
  const bytes = Buffer.from(like);
  const salt = like.readUInt32LE(56);
  const payloadAt = FILE_HEADER + FRAME_HEADER;
  bytes.writeDoubleLE(count, payloadAt + 16);
  const payload = bytes.subarray(payloadAt, payloadAt + bytes.readUInt32LE(FILE_HEADER + 4));
  bytes.writeUInt32LE(crcOf(payload, salt), FILE_HEADER + 24);
  const checked = bytes.subarray(FILE_HEADER, FILE_HEADER + 28);
  bytes.writeUInt32LE(crcOf(checked, salt), FILE_HEADER + 28);
  return bytes;
}

/** Changes bytes without knowing what they are. */
export function spoilRaw(random: SeededRandom, bytes: Buffer): Buffer {
  const at = randomBelow(random, bytes.length + 1);
  const some = Buffer.from(Array.from({ length: randomBelow(random, 60) }, () => random.next32()));
  const skipped = randomBelow(random, 2) * randomBelow(random, 200);
  return Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at + skipped)]);
}

/** Puts a number that hurts, a double or a varint somewhere into a payload. */
export function mutatePayload(random: SeededRandom, from: Buffer, other: Buffer): Buffer {
  const payload = Buffer.from(from);
  const at = randomBelow(random, payload.length + 1);
  const end = Math.min(payload.length, at + 1 + randomBelow(random, 40));
  const join = (...parts: Buffer[]) => Buffer.concat(parts);
  switch (randomBelow(random, 8)) {
    case 0:
      return join(payload.subarray(0, at), payload.subarray(end));
    case 1:
      return join(payload.subarray(0, end), payload.subarray(at));
    case 2:
      return join(payload.subarray(0, at), varint(random), payload.subarray(at));
    case 3:
      return join(payload.subarray(0, at), varint(random), payload.subarray(end));
    case 4:
      return join(payload.subarray(0, at), other.subarray(randomBelow(random, other.length + 1)));
    case 5:
      if (payload.length >= 8) {
        payload.writeDoubleLE(pick(random, DOUBLES), randomBelow(random, payload.length - 7));
      }
      return payload;
    case 6:
      if (payload.length >= 4) {
        payload.writeUInt32LE(pick(random, NUMBERS), randomBelow(random, payload.length - 3));
      }
      return payload;
    default:
      if (at < payload.length) payload[at] = pick(random, NUMBERS);
      return payload;
  }
}

function mutateOnce(random: SeededRandom, header: Buffer, frames: LooseFrame[]): void {
  if (frames.length === 0 || randomBelow(random, 10) === 0) {
    mutateHeader(random, header);
    return;
  }
  const index = randomBelow(random, frames.length);
  const frame = frames[index];
  const other = pick(random, frames);
  switch (randomBelow(random, 8)) {
    case 0:
      frames.splice(index, 1);
      return;
    case 1:
      frames.splice(index, 0, copyOf(other));
      return;
    case 2:
      frames.splice(index, 0, madeUp(random, other));
      return;
    case 3:
      frames.splice(index, 1, copyOf(other));
      return;
    case 4:
      mutateFrameHeader(random, frame);
      return;
    default:
      frame.payload = mutatePayload(random, frame.payload, other.payload);
      if (frame.header[20] === META && frame.payload.length >= 24) {
        frame.payload.writeDoubleLE(pick(random, DOUBLES), 16);
      }
  }
}

function mutateHeader(random: SeededRandom, header: Buffer): void {
  const at = pick(random, [8, 10, 12, 16, 32, 36, 40, 44, 48, 52, 56]);
  header.writeUInt32LE(pick(random, NUMBERS), at);
}

function mutateFrameHeader(random: SeededRandom, frame: LooseFrame): void {
  const { header } = frame;
  switch (randomBelow(random, 7)) {
    case 0:
      header.writeUInt32LE(pick(random, NUMBERS), 4);
      frame.isLengthKept = true;
      return;
    case 1:
      header.writeUInt32LE(pick(random, NUMBERS), pick(random, [8, 12, 16]));
      return;
    case 2:
      header[20] = pick(random, TYPES);
      return;
    case 3:
    case 4:
      header[21] = randomBelow(random, 32);
      return;
    default:
      header.writeUInt16LE(pick(random, NUMBERS) & 0xffff, 22);
  }
}

/** A frame of any type with a payload that is mostly too short for it. */
function madeUp(random: SeededRandom, like: LooseFrame): LooseFrame {
  const header = Buffer.from(like.header);
  header[20] = pick(random, TYPES);
  header[21] = randomBelow(random, 3) === 0 ? randomBelow(random, 32) : 0;
  header.writeUInt16LE(randomBelow(random, 3), 22);
  const payload = Buffer.alloc(pick(random, [0, 1, 7, 8, 15, 16, 17, 40]));
  for (let at = 0; at + 4 <= payload.length; at += 4) {
    payload.writeUInt32LE(pick(random, NUMBERS), at);
  }
  return { header, payload, isLengthKept: false };
}

/** Gives the frames the numbers that they must have in this order. */
function renumber(header: Buffer, frames: readonly LooseFrame[]): void {
  if (frames.length === 0) return;
  const isLog = header[7] === 'L'.charCodeAt(0);
  let seq = isLog ? frames[0].header.readUInt32LE(8) : 0;
  let time = 0;
  for (const { header: frame, payload } of frames) {
    frame.writeUInt32LE(seq >>> 0, 8);
    time = Math.max(time, frame.readUInt32LE(16));
    frame.writeUInt32LE(time, 16);
    const flags = frame[21];
    if (frame[20] === 4 && payload.length >= 16) {
      seq = (payload.readUInt32LE(8) + 1 - (isLog ? header.readUInt32LE(40) : 1)) >>> 0;
    } else if (flags & 4) seq += flags & 8 ? 1 : 0;
    else seq += frame.readUInt16LE(22);
  }
}

function encode(random: SeededRandom, header: Buffer, frames: readonly LooseFrame[]): Buffer {
  if (randomBelow(random, 12) > 0) header.writeUInt32LE(crcOf(header.subarray(0, 60), 0), 60);
  const salt = header.readUInt32LE(56);
  const parts = [header];
  for (const { header: frame, payload, isLengthKept } of frames) {
    const head = Buffer.from(frame);
    if (!isLengthKept) head.writeUInt32LE(payload.length, 4);
    if (randomBelow(random, 60) > 0) {
      head.writeUInt32LE(crcOf(payload, salt), 24);
      head.writeUInt32LE(crcOf(head.subarray(0, 28), salt), 28);
    }
    parts.push(head, payload);
  }
  return Buffer.concat(parts);
}

function framesOf(bytes: Buffer): LooseFrame[] {
  const frames: LooseFrame[] = [];
  for (let at = FILE_HEADER; at < bytes.length; ) {
    const end = at + FRAME_HEADER + bytes.readUInt32LE(at + 4);
    frames.push({
      header: Buffer.from(bytes.subarray(at, at + FRAME_HEADER)),
      payload: Buffer.from(bytes.subarray(at + FRAME_HEADER, end)),
      isLengthKept: false,
    });
    at = end;
  }
  return frames;
}

function mutateLines(random: SeededRandom, lines: readonly string[]): string[] {
  const index = randomBelow(random, lines.length);
  const changed = [...lines];
  switch (randomBelow(random, 6)) {
    case 0:
      changed.splice(index, 1);
      return changed;
    case 1:
      changed.splice(index, 0, pick(random, lines));
      return changed;
    case 2:
      [changed[0], changed[index]] = [changed[index], changed[0]];
      return changed;
    case 3: {
      const line = changed[index];
      const at = randomBelow(random, line.length + 1);
      const put = String.fromCharCode(randomBelow(random, 256));
      changed[index] = line.slice(0, at) + put + line.slice(at + randomBelow(random, 2));
      return changed;
    }
    default: {
      const words = changed[index].split(' ');
      const at = randomBelow(random, words.length);
      words[at] = pick(random, WORDS)(random, words[at]);
      changed[index] = words.join(' ');
      return changed;
    }
  }
}

const WORDS: readonly ((random: SeededRandom, word: string) => string)[] = [
  (random) => String(pick(random, NUMBERS)),
  (random) => String(2 ** randomBelow(random, 64)),
  (random) => pick(random, ['NaN', 'Infinity', '-1', '1.5', '1e+300', '00', '+1', '0x10', '']),
  (random) => pick(random, ['open', 'size', 'log-00000001.rlog', 'snap-99999999.rsnap', '../x']),
  (_random, word) => word.repeat(2),
  (random, word) => word.replace(/\d/, String(randomBelow(random, 10))),
];

function varint(random: SeededRandom): Buffer {
  return Buffer.from(pick(random, VARINTS), 'hex');
}

function copyOf({ header, payload, isLengthKept }: LooseFrame): LooseFrame {
  return { header: Buffer.from(header), payload, isLengthKept };
}

function crcOf(bytes: Buffer, seed: number): number {
  return crc.buf(bytes, seed | 0) >>> 0;
}

function crcText(bytes: Buffer): string {
  return crcOf(bytes, 0).toString(16).padStart(8, '0');
}

export function pick<T>(random: SeededRandom, from: readonly T[]): T {
  return from[randomBelow(random, from.length)];
}
