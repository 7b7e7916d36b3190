// Dump payloads: whole ones as a Redis 7.0 server makes them, and every kind of damage.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '../../../engine/snapshot/rdb/byte-writer.js';
import {
  openRdbPayload,
  rdbPayloadVersion,
  sealRdbPayload,
  verifyRdbPayload,
} from '../../../engine/snapshot/rdb/rdb-payload.js';
import { readRdbString, writeRdbString } from '../../../engine/snapshot/rdb/rdb-string.js';
import { latin1Bytes } from '../../../engine/util/bytes.js';

const TYPE_STRING = 0;
/** DUMP of strings on a Redis 7.0 server. */
const DUMPS: [string, string][] = [
  ['', '00000a005d9b5c400f7fa2da'],
  ['a', '0001610a00bffeef9b8f367db4'],
  ['-32769', '00c2ff7fffff0a00aee34c4d06c68536'],
  ['abc'.repeat(30), '00c30b405a0361626361e04b020162630a00238036f9e2d0c780'],
];

function seal(text: string, version?: number): Buffer {
  const writer = new ByteWriter();
  writer.writeBytes(latin1Bytes('before'), 0, 6);
  writer.writeByte(TYPE_STRING);
  writeRdbString(writer, latin1Bytes(text), 0, text.length, true);
  sealRdbPayload(writer, 6, version);
  return writer.copy().subarray(6);
}

test('payloads are the bytes a Redis 7.0 server dumps', () => {
  for (const [text, hex] of DUMPS) assert.equal(seal(text).toString('hex'), hex, text);
});

test('a payload in the middle of other bytes is verified and read', () => {
  for (const [text, hex] of DUMPS) {
    const bytes = Buffer.from(`aabb${hex}cc`, 'hex');
    const length = hex.length / 2;
    assert.equal(verifyRdbPayload(bytes, 2, length), 'intact');
    assert.equal(rdbPayloadVersion(bytes, 2, length), 10);
    const reader = openRdbPayload(bytes, 2, length);
    assert.equal(reader.readByte(), TYPE_STRING);
    const value = readRdbString(reader);
    assert.ok(value !== null && Buffer.from(value).toString('latin1') === text);
    assert.equal(reader.left(), 0);
  }
});

test('any flipped bit and any cut is noticed', () => {
  const whole = seal('hello');
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3] ^= 1 << (bit & 7);
    assert.notEqual(verifyRdbPayload(bytes, 0, bytes.length), 'intact', `bit ${bit}`);
  }
  for (let length = 0; length < whole.length; length++) {
    const verdict = verifyRdbPayload(whole, 0, length);
    assert.notEqual(verdict, 'intact', `${length} bytes`);
    assert.equal(verdict === 'too short', length < 10, `${length} bytes`);
  }
});

test('versions up to the limit are read and later ones are not', () => {
  for (const version of [1, 9, 10, 11]) {
    const bytes = seal('v', version);
    assert.equal(verifyRdbPayload(bytes, 0, bytes.length), 'intact');
    assert.equal(rdbPayloadVersion(bytes, 0, bytes.length), version);
  }
  const later = seal('v', 12);
  assert.equal(verifyRdbPayload(later, 0, later.length), 'newer version');
  assert.equal(verifyRdbPayload(later, 0, later.length, 12), 'intact');
});

test('a zero checksum is just a wrong one, unless checksums are skipped', () => {
  const bytes = seal('hello');
  bytes.fill(0, bytes.length - 8);
  assert.equal(verifyRdbPayload(bytes, 0, bytes.length), 'wrong checksum');
  assert.equal(verifyRdbPayload(bytes, 0, bytes.length, 11, false), 'intact');
});
