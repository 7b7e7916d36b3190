// Lengths in RDB: each form at its edges, and refusals.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader } from '../../../engine/snapshot/rdb/byte-reader.js';
import { ByteWriter } from '../../../engine/snapshot/rdb/byte-writer.js';
import {
  readRdbLength,
  readRdbLength64,
  writeRdbLength,
  writeRdbLength64,
} from '../../../engine/snapshot/rdb/rdb-length.js';

const FORMS: [number, string][] = [
  [0, '00'],
  [63, '3f'],
  [64, '4040'],
  [16383, '7fff'],
  [16384, '8000004000'],
  [4294967295, '80ffffffff'],
  [4294967296, '810000000100000000'],
  [Number.MAX_SAFE_INTEGER, '81001fffffffffffff'],
];

test('each length takes its shortest form and reads back', () => {
  for (const [value, hex] of FORMS) {
    const writer = new ByteWriter();
    writeRdbLength(writer, value);
    writeRdbLength64(writer, BigInt(value));
    const bytes = writer.copy();
    assert.equal(bytes.toString('hex'), hex + hex);
    const reader = new ByteReader(bytes, 0, bytes.length);
    assert.equal(readRdbLength(reader), value);
    assert.equal(readRdbLength64(reader), BigInt(value));
    assert.equal(reader.left(), 0);
    assert.equal(reader.failed, false);
  }
});

test('numbers of 64 bits go through as BigInt and fail as a length', () => {
  const writer = new ByteWriter();
  writeRdbLength64(writer, 2n ** 64n - 1n);
  const bytes = writer.copy();
  assert.equal(bytes.toString('hex'), '81ffffffffffffffff');
  assert.equal(readRdbLength64(new ByteReader(bytes, 0, bytes.length)), 2n ** 64n - 1n);
  const reader = new ByteReader(bytes, 0, bytes.length);
  assert.equal(readRdbLength(reader), 0);
  assert.equal(reader.failed, true);
});

test('cut, unknown and special forms fail the reader', () => {
  for (const hex of ['', '40', '80000000', '8100000000000000', '82', 'bf', 'c0', 'ff']) {
    const bytes = Buffer.from(`${hex}0102`, 'hex');
    const reader = new ByteReader(bytes, 0, hex.length / 2);
    assert.equal(readRdbLength(reader), 0, hex);
    assert.equal(reader.failed, true, hex);
    assert.equal(reader.left(), 0, hex);
  }
});
