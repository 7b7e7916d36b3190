// Packed lists against arrays of byte strings: what is read is what was written, both ways, and
// bytes that are no packed list are told from those that are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countEntries,
  entryInteger,
  entrySize,
  findEntry,
  nextEntry,
  PackedElement,
  previousEntry,
  readEntry,
  readScore,
} from '../../engine/memory/packed-list.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { viewOf } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

const element = new PackedElement();
const slice = new ByteSlice();

/** Lengths on both sides of every step of the header and the back length. */
const LENGTHS = [0, 1, 19, 20, 21, 62, 63, 64, 65, 250, 251, 252, 253, 254, 255, 256, 8191, 8192];

const INTEGERS = [
  ...['0', '1', '127', '128', '-1', '-128', '32767', '32768', '-32768', '-32769', '8388607'],
  ...['8388608', '-8388608', '-8388609', '2147483647', '2147483648', '-2147483648'],
  ...['-2147483649', '9007199254740993', '9223372036854775807', '-9223372036854775808'],
];
/** Nearly integers: strings all the same. */
const TEXTS = ['', '-', '-0', '00', '01', '+1', ' 1', '1 ', '1.0', '9223372036854775808', '1e3'];

function samples(): Buffer[] {
  return [
    ...LENGTHS.map((length) => Buffer.alloc(length, 'x')),
    ...INTEGERS.map((text) => Buffer.from(text)),
    ...TEXTS.map((text) => Buffer.from(text)),
    Buffer.from([0, 255, 128, 13, 10]),
  ];
}

function pack(elements: readonly Buffer[]): Buffer {
  let size = 0;
  for (const bytes of elements) size += element.set(slice.ofBuffer(bytes)).size;
  const packed = Buffer.alloc(size);
  let at = 0;
  for (const bytes of elements) {
    at = element.set(slice.ofBuffer(bytes)).write(viewOf(packed), at);
  }
  assert.equal(at, size);
  return packed;
}

function unpack(packed: Buffer): Buffer[] {
  const view = viewOf(packed);
  const found: Buffer[] = [];
  for (let at = 0; at < packed.length; at = nextEntry(view, at)) {
    readEntry(packed, view, at, slice);
    found.push(slice.copy());
  }
  return found;
}

test('what is packed is read back byte for byte, forwards and backwards', () => {
  const elements = samples();
  const packed = pack(elements);
  assert.deepEqual(unpack(packed), elements);
  const view = viewOf(packed);
  const backwards: Buffer[] = [];
  for (let end = packed.length; end > 0; ) {
    end = previousEntry(view, end);
    readEntry(packed, view, end, slice);
    backwards.push(slice.copy());
  }
  assert.deepEqual(backwards.reverse(), elements);
  assert.equal(countEntries(packed, view, 0, packed.length), elements.length);
});

test('an element is found exactly where it stands', () => {
  const elements = samples();
  const packed = pack(elements);
  const view = viewOf(packed);
  let at = 0;
  for (const bytes of elements) {
    const first = elements.findIndex((each) => each.equals(bytes));
    const found = findEntry(view, 0, packed.length, element.set(slice.ofBuffer(bytes)), 1);
    if (elements[first] === bytes) assert.equal(found, at, bytes.toString('latin1', 0, 30));
    at += entrySize(view, at);
  }
  const absent = element.set(slice.ofBuffer(Buffer.from('absent')));
  assert.equal(findEntry(view, 0, packed.length, absent, 1), -1);
});

test('a search by twos looks only at fields, never at values', () => {
  const packed = pack(['a', 'b', 'b', 'c'].map((text) => Buffer.from(text)));
  const view = viewOf(packed);
  const at = findEntry(view, 0, packed.length, element.set(slice.ofBuffer(Buffer.from('b'))), 2);
  assert.equal(at, 6);
  const value = element.set(slice.ofBuffer(Buffer.from('c')));
  assert.equal(findEntry(view, 0, packed.length, value, 2), -1);
});

test('integers take few bytes and are known as integers', () => {
  const sizeOf = (text: string) => element.set(slice.ofBuffer(Buffer.from(text))).size;
  assert.equal(sizeOf('127'), 2);
  assert.equal(sizeOf('-1'), 4);
  assert.equal(sizeOf('8388607'), 5);
  assert.equal(sizeOf('2147483647'), 6);
  assert.equal(sizeOf('9223372036854775807'), 10);
  for (const text of INTEGERS) {
    assert.equal(entryInteger(viewOf(pack([Buffer.from(text)])), 0), true, text);
  }
  for (const text of TEXTS) {
    assert.equal(entryInteger(viewOf(pack([Buffer.from(text)])), 0), false, text);
  }
});

test('scores come back as the doubles they were', () => {
  const packed = Buffer.alloc(16);
  const view = viewOf(packed);
  const scores = [0, -0, 1, -1, 0.1, 1e300, -1e-300, Infinity, -Infinity, 2 ** 53, 2 ** 60, 127.5];
  for (const score of scores) {
    const end = element.setDouble(score).write(view, 0);
    assert.ok(Object.is(readScore(view, 0), score), String(score));
    assert.equal(end, element.size);
    assert.equal(countEntries(packed, view, 0, end), 1);
  }
});

test('damaged bytes are refused or still a well-formed list, and nothing is read outside', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const elements = samples().filter((bytes) => bytes.length < 300);
  for (let round = 0; round < 3000; round++) {
    const packed = pack(elements);
    const at = randomBelow(random, packed.length);
    packed[at] = randomBelow(random, 256);
    const end = randomBelow(random, 4) === 0 ? randomBelow(random, packed.length) : packed.length;
    const own = Buffer.from(packed.subarray(0, end));
    const count = countEntries(own, viewOf(own), 0, own.length);
    if (count < 0) continue;
    const found = unpack(own);
    assert.equal(found.length, count, `seed ${seed}`);
    assert.equal(countEntries(own, viewOf(own), 0, own.length), count);
  }
});

test('forms that no element has are refused', () => {
  const refused = [
    [0x81, 0x35, 2],
    [0xc0, 0x01, 0x61, 3],
    [0xe0, 1, 0, 0, 0, 0x61, 6],
    [0xf0, 5, 0, 3],
    [0xf1, 5, 0, 0, 4],
    [0xf2, 5, 0, 0, 0, 5],
    [0xf5, 1],
    [0xe1, 1],
    [0x05, 2],
    [0xff],
    [0x05, 0xff],
    [0xe0, 0xff, 0xff, 0xff, 0xff, 0x61, 6],
  ];
  for (const numbers of refused) {
    const bytes = Buffer.from(numbers);
    assert.equal(countEntries(bytes, viewOf(bytes), 0, bytes.length), -1, bytes.toString('hex'));
  }
});
