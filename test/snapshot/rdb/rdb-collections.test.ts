// Collections in payloads: written as a Redis 7.0 server writes them, read in every form there has
// been, and refused when anything about them is wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ENCODING_HASHTABLE,
  ENCODING_INTSET,
  ENCODING_LISTPACK,
  ENCODING_SKIPLIST,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_ZSET,
} from '../../../engine/keyspace/encodings.js';
import { ByteReader } from '../../../engine/snapshot/rdb/byte-reader.js';
import { ByteWriter } from '../../../engine/snapshot/rdb/byte-writer.js';
import {
  type RdbCollection,
  readRdbCollection,
} from '../../../engine/snapshot/rdb/rdb-collection-reader.js';
import { writeRdbCollection } from '../../../engine/snapshot/rdb/rdb-collection-writer.js';
import { sealRdbPayload } from '../../../engine/snapshot/rdb/rdb-payload.js';
import { ByteSlice } from '../../../engine/util/byte-slice.js';
import { SeededRandom } from '../../../engine/util/random.js';
import { FakeCursor, type FakeElement } from './fake-cursor.js';
import { HASH_2, intset, listpack, rdbValue, SAMPLES, ziplist, zipmap } from './old-forms.js';

const SEED = { k0: 1, k1: 2 };

function read(value: Buffer): RdbCollection | null {
  const reader = new ByteReader(value, 0, value.length);
  return readRdbCollection(reader.readByte(), reader, SEED);
}

/** @returns the elements, of sorted sets each with its score */
function texts({ elements, kind, stride }: RdbCollection): string[] {
  const view = elements.view();
  const slice = new ByteSlice();
  const found: string[] = [];
  for (let i = 0; i < elements.count; i++) {
    if (kind === 'sorted set' && stride === 2 && i % 2 === 1) continue;
    elements.open(i, view, slice);
    found.push(slice.text());
    if (kind === 'sorted set') {
      found.push(slice.ofDouble(elements.numbers[i / stride]).text());
    }
  }
  return found;
}

function write(type: number, encoding: number, elements: readonly FakeElement[]): Buffer {
  const writer = new ByteWriter();
  const cursor = new FakeCursor(elements);
  const version = writeRdbCollection(writer, cursor, type, encoding, true);
  sealRdbPayload(writer, 0, version);
  return writer.copy();
}

const list = (...elements: string[]): FakeElement[] => elements.map((element) => ({ element }));

/** What a Redis 7.0 server dumps. */
const DUMPS: readonly [name: string, type: number, encoding: number, FakeElement[], hex: string][] =
  [
    [
      'list',
      TYPE_LIST,
      ENCODING_LISTPACK,
      list('a', '1', '-1', '5000', '70000', '-3000000', '123456789012', 'x'.repeat(100), ''),
      '120102c33240901f9000000009008161020101dfff02f1881303f270110104f24039d204f4141a9901be1c4020' +
        '02e06478e05a0003668001ff0a006ae1b4b030a80e60',
    ],
    [
      'set of small integers',
      TYPE_SET,
      ENCODING_INTSET,
      list('1', '2', '3'),
      '0b0e02000000030000000100020003000a00a5025ce26d6e4d1b',
    ],
    [
      'set of middle integers',
      TYPE_SET,
      ENCODING_INTSET,
      list('1', '70000'),
      '0b10040000000200000001000000701101000a002735436efd6656c4',
    ],
    [
      'set of large integers',
      TYPE_SET,
      ENCODING_INTSET,
      list('-99999999999', '1'),
      '0b180800000002000000011889b7e8ffffff01000000000000000a006b3bd6d1348b6e81',
    ],
    ['set', TYPE_SET, ENCODING_HASHTABLE, list('x'), '020101780a00ffe880ba760c2f09'],
    [
      'packed sorted set',
      TYPE_ZSET,
      ENCODING_LISTPACK,
      [
        { element: 'c', score: Number.NEGATIVE_INFINITY },
        { element: 'a', score: 1 },
        { element: 'b', score: 2.5 },
        { element: '5', score: 10 },
        { element: 'd', score: Number.POSITIVE_INFINITY },
      ],
      '1129290000000a00816302842d696e6605816102010181620283322e350405010a0181640283696e6604ff0a00' +
        '6622d5efc742bd74',
    ],
    [
      'packed hash',
      TYPE_HASH,
      ENCODING_LISTPACK,
      [
        { element: 'f', value: 'v' },
        { element: '1', value: '2' },
      ],
      '101111000000040081660281760201010201ff0a001a4df2175e0bff9b',
    ],
    [
      'hash',
      TYPE_HASH,
      ENCODING_HASHTABLE,
      [{ element: 'f', value: 'v' }],
      '0401016601760a00adf24356b1860efc',
    ],
  ];

test('collections are the bytes a Redis 7.0 server dumps', () => {
  for (const [name, type, encoding, elements, hex] of DUMPS) {
    assert.equal(write(type, encoding, elements).toString('hex'), hex, name);
  }
});

test('a large list is cut into nodes, and a long element has one of its own', () => {
  const elements = [...Array.from({ length: 5000 }, (_, i) => `element ${i}`), 'y'.repeat(20_000)];
  const back = read(write(TYPE_LIST, ENCODING_LISTPACK, list(...elements, 'z')));
  assert.ok(back !== null);
  assert.deepEqual(texts(back), [...elements, 'z']);
});

test('a large sorted set keeps every double as it is', () => {
  const scores = [-0, 5e-324, 0.1, 1 / 3, 2 ** 53, 1.7976931348623157e308, Infinity];
  const elements = scores.map((score, i) => ({ element: `m${i}`, score }));
  for (const encoding of [ENCODING_LISTPACK, ENCODING_SKIPLIST]) {
    const back = read(write(TYPE_ZSET, encoding, elements));
    assert.ok(back !== null);
    assert.deepEqual([...back.elements.numbers.subarray(0, scores.length)], scores);
  }
});

test('a hash whose fields have deadlines is what Valkey 9 writes', () => {
  const elements = [
    { element: 'a', value: '1' },
    { element: 'b', value: '2', deadlineMs: 2 ** 41 + 5 },
  ];
  for (const encoding of [ENCODING_LISTPACK, ENCODING_HASHTABLE]) {
    const written = write(TYPE_HASH, encoding, elements);
    assert.deepEqual(written.subarray(0, HASH_2.length), HASH_2);
    assert.equal(written.readUInt16LE(HASH_2.length), 80);
  }
  const back = read(HASH_2);
  assert.ok(back !== null);
  assert.deepEqual(texts(back), ['a', '1', 'b', '2']);
  assert.equal(back.elements.deadlineOf(0), -1);
  assert.equal(back.elements.deadlineOf(1), 2 ** 41 + 5);
});

test('every form there has been is read', () => {
  for (const { name, value, kind, expected } of SAMPLES) {
    const back = read(value);
    assert.ok(back !== null, name);
    assert.equal(back.kind, kind, name);
    assert.deepEqual(texts(back), expected, name);
  }
});

const text = (value: string): Buffer => Buffer.from(value);
const edited = (bytes: Buffer, at: number, byte: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? bytes.length + at : at] = byte;
  return copy;
};

const BAD: readonly (readonly [what: string, value: Buffer])[] = [
  ['an unknown type', rdbValue(8, [1, text('a')])],
  ['an empty list', rdbValue(1, [0])],
  ['an empty set', rdbValue(2, [0])],
  ['an empty hash', rdbValue(4, [0])],
  ['an empty sorted set', rdbValue(5, [0])],
  ['an empty quicklist', rdbValue(18, [0])],
  ['a quicklist of empty nodes', rdbValue(18, [1, 2, listpack([])])],
  ['an empty plain node', rdbValue(18, [1, 1, text('')])],
  ['an unknown node container', rdbValue(18, [1, 3, listpack(['a'])])],
  ['an empty listpack', rdbValue(16, [listpack([])])],
  ['an empty ziplist', rdbValue(13, [ziplist([])])],
  ['an empty zipmap', rdbValue(9, [zipmap([], 0)])],
  ['an empty intset', rdbValue(11, [intset([])])],
  ['a length that lies', rdbValue(1, [2 ** 52, text('a')])],
  ['a length beyond memory', rdbValue(1, [{ raw: '\x81\xff\xff\xff\xff\xff\xff\xff\xff' }])],
  ['a compressed string that lies', rdbValue(1, [1, { raw: '\xc3\x01\x80\xff\xff\xff\xff\x00' }])],
  ['a member twice', rdbValue(2, [2, text('a'), text('a')])],
  ['a field twice', rdbValue(4, [2, text('a'), text('1'), text('a'), text('2')])],
  ['a packed member twice', rdbValue(20, [listpack(['a', 'b', 'a'])])],
  ['a packed field twice', rdbValue(16, [listpack(['a', '1', 'a', '2'])])],
  [
    'a zipmap field twice',
    rdbValue(9, [
      zipmap(
        [
          ['a', '1'],
          ['a', '2'],
        ],
        0,
      ),
    ]),
  ],
  ['a scored member twice', rdbValue(17, [listpack(['a', '1', 'a', '2'])])],
  ['a field without a value', rdbValue(16, [listpack(['a', '1', 'b'])])],
  ['a ziplist field without a value', rdbValue(13, [ziplist(['a', '1', 'b'])])],
  ['a member without a score', rdbValue(17, [listpack(['a', '1', 'b'])])],
  ['a score that is no number', rdbValue(17, [listpack(['a', 'x'])])],
  ['a score that is NaN', rdbValue(5, [1, text('a'), { raw: '\0\0\0\0\0\0\xf8\x7f' }])],
  ['a text score that is NaN', rdbValue(3, [1, text('a'), { raw: '\xfd' }])],
  ['a text score that is no number', rdbValue(3, [1, text('a'), { raw: '\x02x1' }])],
  ['a deadline below none', rdbValue(22, [1, text('a'), text('1'), { raw: '\xfe'.repeat(8) }])],
  ['integers that do not ascend', rdbValue(11, [intset([1, 1])])],
  ['an integer width of three', rdbValue(11, [edited(intset([1, 2]), 0, 3)])],
  ['an intset with a byte too many', rdbValue(11, [Buffer.concat([intset([1]), text('x')])])],
  ['a listpack without its end', rdbValue(16, [edited(listpack(['a', '1']), -1, 0)])],
  ['a listpack of another size', rdbValue(16, [edited(listpack(['a', '1']), 0, 99)])],
  ['a listpack of another count', rdbValue(16, [edited(listpack(['a', '1']), 4, 4)])],
  ['a listpack entry past the end', rdbValue(16, [edited(listpack(['a', '1']), 6, 0xbf)])],
  ['a wrong size behind an entry', rdbValue(16, [edited(listpack(['a', '1']), 8, 3)])],
  ['a ziplist of another size', rdbValue(13, [edited(ziplist(['a', '1']), 0, 99)])],
  ['a ziplist with a wrong last entry', rdbValue(13, [edited(ziplist(['a', '1']), 4, 10)])],
  ['a ziplist of another count', rdbValue(13, [edited(ziplist(['a', '1']), 8, 4)])],
  ['a wrong size before an entry', rdbValue(13, [edited(ziplist(['a', '1']), 13, 7)])],
  ['a zipmap of another count', rdbValue(9, [edited(zipmap([['a', '1']], 0), 0, 2)])],
];

test('what is malformed is refused', () => {
  for (const [what, value] of BAD) assert.equal(read(value), null, what);
});

test('every cut of every form is refused', () => {
  for (const { name, value } of [...SAMPLES, { name: 'hash 2', value: HASH_2 }]) {
    for (let length = 1; length < value.length; length += value.length > 5000 ? 97 : 1) {
      assert.equal(read(value.subarray(0, length)), null, `${name} cut to ${length}`);
    }
  }
});

test('no flipped bytes are ever read out of bounds, or give a collection that is not whole', () => {
  const seed = Date.now() % 1_000_000;
  const random = new SeededRandom(seed);
  const small = SAMPLES.map(({ name, value }) => ({ name, value })).concat(
    { name: 'hash 2', value: HASH_2 },
    { name: 'quicklist', value: rdbValue(18, [2, 2, listpack(['a', '-7']), 1, text('p')]) },
    { name: 'ziplist', value: rdbValue(13, [ziplist(['a', '70000', 'b', 'x'.repeat(70)])]) },
    { name: 'listpack', value: rdbValue(16, [listpack(['a', '70000', 'b', 'x'.repeat(70)])]) },
  );
  for (const { name, value } of small) {
    for (let round = 0; round < 400; round++) {
      const bytes = Buffer.from(value);
      const flips = 1 + (random.next32() % 4);
      for (let i = 0; i < flips; i++) {
        const spread = random.next32() % 2 === 0 ? bytes.length : Math.min(40, bytes.length);
        bytes[random.next32() % spread] = random.next32() & 0xff;
      }
      const back = read(bytes);
      const context = `${name}, round ${round}, seed ${seed}`;
      if (back === null) continue;
      assert.ok(back.elements.count >= back.stride, context);
      assert.equal(back.elements.count % back.stride, 0, context);
      if (back.kind !== 'sorted set') continue;
      assert.equal(back.elements.numberCount, back.elements.count / back.stride, context);
      assert.ok(!back.elements.numbers.some(Number.isNaN), context);
    }
  }
});
