// The format document and the code agree: a reader written from the document alone reads its
// example, and the writer writes it byte for byte.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import crc from 'crc-32';
import fse from 'fs-extra';
import { EntryEncoder } from '../../engine/log/entry-encoder.js';
import { encodeFileHeader } from '../../engine/log/file-header.js';
import { FrameBuffer } from '../../engine/log/frame-buffer.js';
import { Args } from '../../engine/util/args.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { HandClock } from './log-fixture.js';

/** Tests run from a build folder, which has no documents: look upwards, then where we stand. */
async function formatDocument(): Promise<string> {
  const name = 'engine/log/FORMAT.md';
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    if (await fse.pathExists(join(dir, name))) return fse.readFile(join(dir, name), 'utf8');
    if (dir === dirname(dir)) return fse.readFile(join(process.cwd(), name), 'utf8');
  }
}

async function example(): Promise<Buffer> {
  const document = await formatDocument();
  const lines = [...document.matchAll(/^ {4}[0-9a-f]{4} {2}((?:[0-9a-f]{2} ?)+)$/gm)];
  return Buffer.from(lines.map((line) => line[1].replaceAll(' ', '')).join(''), 'hex');
}

function varint(bytes: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function entriesOf(payload: Buffer): string[] {
  const entries = [];
  for (let at = 0; at < payload.length; ) {
    let count: number;
    let length: number;
    let db: number;
    [db, at] = varint(payload, at);
    [count, at] = varint(payload, at);
    const words = [];
    for (let i = 0; i < count; i++) {
      [length, at] = varint(payload, at);
      words.push(payload.toString('latin1', at, at + length));
      at += length;
    }
    entries.push(`${db}: ${words.join(' ')}`);
  }
  return entries;
}

test('a reader written from the document reads its example', async () => {
  const bytes = await example();
  assert.equal(bytes.length, 164);
  assert.equal(bytes.toString('latin1', 0, 8), 'REDDIS\0L');
  assert.equal(crc.buf(bytes.subarray(0, 60), 0) >>> 0, bytes.readUInt32LE(60));
  const baseSeq = bytes.readUInt32LE(40);
  const salt = bytes.readUInt32LE(56);
  const seen: string[] = [];
  for (let at = 64; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    const payload = bytes.subarray(at + 32, at + 32 + length);
    assert.equal(bytes.toString('latin1', at, at + 4), 'RDL1');
    assert.equal(crc.buf(bytes.subarray(at, at + 28), salt) >>> 0, bytes.readUInt32LE(at + 28));
    assert.equal(crc.buf(payload, salt) >>> 0, bytes.readUInt32LE(at + 24));
    const seq = baseSeq + bytes.readUInt32LE(at + 8);
    if (bytes[at + 20] === 1) seen.push(...entriesOf(payload).map((entry) => `${seq} ${entry}`));
    else seen.push(`${seq} seal ${payload.readUInt32LE(0)} ${payload.readUInt32LE(8)}`);
    at += 32 + length;
  }
  assert.deepEqual(seen, ['1001 0: SET k v', '1001 2: DEL old', '1003 seal 1001 1002']);
});

test('the writer writes the example', async () => {
  const clock = new HandClock();
  clock.ms = 1_700_000_000_250;
  const header = {
    kind: 'log' as const,
    datasetId: '000102030405060708090a0b0c0d0e0f',
    number: 7,
    baseSeq: 1001,
    baseTimeMs: 1_700_000_000_000,
    salt: 0x89abcdef,
  };
  const frames = new FrameBuffer(clock);
  frames.nextSeq = 1001;
  frames.durableSeq = 1000;
  frames.beginFile(header.salt, header.baseSeq, header.baseTimeMs);
  const entries = new EntryEncoder(frames);
  const args = new Args();
  args.assign(['SET', 'k', 'v'].map(latin1Bytes));
  entries.appendEntry(0, args);
  args.assign(['DEL', 'old'].map(latin1Bytes));
  entries.appendEntry(2, args);
  frames.closeFrame();
  frames.durableSeq = 1002;
  frames.appendSeal();
  const written = Buffer.concat([encodeFileHeader(header), frames.bytes.subarray(0, frames.at)]);
  assert.equal(written.toString('hex'), (await example()).toString('hex'));
});
