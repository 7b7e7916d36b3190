// Strings in RDB: the form Redis chooses (bytes read from a real server's DUMP), round trips, and
// damaged or lying input.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader } from '../../../engine/snapshot/rdb/byte-reader.js';
import { ByteWriter } from '../../../engine/snapshot/rdb/byte-writer.js';
import { readRdbString, writeRdbString } from '../../../engine/snapshot/rdb/rdb-string.js';
import { latin1Bytes } from '../../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../../engine/util/random.js';

const FORMS: [string, string][] = [
  ['', '00'],
  ['a', '0161'],
  ['0', 'c000'],
  ['-1', 'c0ff'],
  ['127', 'c07f'],
  ['128', 'c18000'],
  ['-128', 'c080'],
  ['-129', 'c17fff'],
  ['32767', 'c1ff7f'],
  ['32768', 'c200800000'],
  ['-32768', 'c10080'],
  ['-32769', 'c2ff7fffff'],
  ['2147483647', 'c2ffffff7f'],
  ['2147483648', '0a32313437343833363438'],
  ['-2147483648', 'c200000080'],
  ['-2147483649', '0b2d32313437343833363439'],
  ['01', '023031'],
  ['-0', '022d30'],
  ['12345678901', '0b3132333435363738393031'],
  ['a'.repeat(20), `14${'61'.repeat(20)}`],
  ['a'.repeat(21), 'c30615016161e00a00'],
  ['abc'.repeat(30), 'c30b405a0361626361e04b02016263'],
  ['hello world hello world hello world', 'c314230c68656c6c6f20776f726c642068e00b0b016c64'],
];

function write(bytes: Uint8Array, compress = true): Buffer {
  const writer = new ByteWriter();
  writeRdbString(writer, bytes, 0, bytes.length, compress);
  return writer.copy();
}

function read(bytes: Uint8Array): Uint8Array | null {
  const padded = Buffer.concat([Buffer.from([1]), bytes, Buffer.from([1, 2, 3])]);
  const reader = new ByteReader(padded, 1, bytes.length);
  const text = readRdbString(reader);
  assert.equal(text === null, reader.failed);
  if (text !== null) assert.equal(reader.left(), 0);
  return text;
}

test('each string takes the form a real server gives it, and reads back', () => {
  for (const [text, hex] of FORMS) {
    assert.equal(write(latin1Bytes(text)).toString('hex'), hex, text);
    const again = read(Buffer.from(hex, 'hex'));
    assert.ok(again !== null && Buffer.from(again).toString('latin1') === text, text);
  }
});

test('without compression a long string is stored plainly', () => {
  assert.equal(write(latin1Bytes('a'.repeat(21)), false).toString('hex'), `15${'61'.repeat(21)}`);
});

test('strings that do not shrink by four bytes are stored plainly', () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, i) => i);
  const writer = new ByteWriter();
  writer.writeByte(7);
  writeRdbString(writer, bytes, 0, 200, true);
  assert.deepEqual(writer.copy(), Buffer.concat([Buffer.from([7, 0x40, 200]), bytes]));
});

test('random strings survive, whatever they hold', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 2000; round++) {
    const symbols = 1 + randomBelow(random, 256);
    const length = randomBelow(random, round % 100 === 0 ? 100000 : 600);
    const bytes = Buffer.from(Array.from({ length }, () => randomBelow(random, symbols)));
    const again = read(write(bytes));
    assert.ok(again !== null && Buffer.compare(again, bytes) === 0, `seed ${seed}, round ${round}`);
    const cut = write(bytes);
    assert.equal(read(cut.subarray(0, randomBelow(random, cut.length))), null, `seed ${seed}`);
  }
});

test('a length that the input cannot hold is refused before memory is taken for it', () => {
  const bad = [
    '',
    '05',
    '8000ffffff61',
    '81001fffffffffffff61',
    '81ffffffffffffffff',
    '82',
    'c0',
    'c100',
    'c2000000',
    'c3',
    'c4',
    'ff',
    'c301',
    'c30101',
    'c30281001fffffffffffff0061',
    'c3028100000001000000000061',
    'c303800001000000e0ff00',
    'c302c00061',
  ];
  for (const hex of bad) assert.equal(read(Buffer.from(hex, 'hex')), null, hex);
});

test('an LZF string may claim neither more nor less than its stream gives', () => {
  const stream = '016161e00a00';
  assert.notEqual(read(Buffer.from(`c30615${stream}`, 'hex')), null);
  assert.equal(read(Buffer.from(`c30614${stream}`, 'hex')), null);
  assert.equal(read(Buffer.from(`c30616${stream}`, 'hex')), null);
  assert.equal(read(Buffer.from(`c30600${stream}`, 'hex')), null);
});
