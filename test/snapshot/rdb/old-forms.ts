// Collections in the forms of older Redis servers, which this server reads but does not write.

import { ByteWriter } from '../../../engine/snapshot/rdb/byte-writer.js';
import { ListpackWriter } from '../../../engine/snapshot/rdb/listpack.js';
import { writeRdbLength } from '../../../engine/snapshot/rdb/rdb-length.js';
import { sealRdbPayload } from '../../../engine/snapshot/rdb/rdb-payload.js';
import { writeRdbString } from '../../../engine/snapshot/rdb/rdb-string.js';
import { parsed, splitInteger64 } from '../../../engine/util/numbers.js';

const ZIPLIST_HEADER_BYTES = 10;

function writeZiplistEntry(writer: ByteWriter, text: Buffer): void {
  if (splitInteger64(text, 0, text.length)) {
    const { low, high } = parsed;
    if (high === low >> 31 && low >= 0 && low <= 12) {
      writer.writeByte(0xf1 + low);
    } else if (high === low >> 31 && low === (low << 24) >> 24) {
      writer.writeByte(0xfe);
      writer.writeByte(low);
    } else if (high === low >> 31 && low === (low << 16) >> 16) {
      writer.writeByte(0xc0);
      writer.writeUint16Le(low);
    } else if (high === low >> 31 && low === (low << 8) >> 8) {
      writer.writeByte(0xf0);
      writer.writeUint16Le(low);
      writer.writeByte(low >> 16);
    } else {
      writer.writeByte(high === low >> 31 ? 0xd0 : 0xe0);
      writer.writeUint32Le(low);
      if (high !== low >> 31) writer.writeUint32Le(high);
    }
    return;
  }
  if (text.length < 64) {
    writer.writeByte(text.length);
  } else if (text.length < 16384) {
    writer.writeByte(0x40 | (text.length >> 8));
    writer.writeByte(text.length);
  } else {
    writer.writeByte(0x80);
    writer.writeUint32Be(text.length);
  }
  writer.writeBytes(text, 0, text.length);
}

/** @returns a ziplist of these texts (latin1) */
export function ziplist(texts: readonly string[]): Buffer {
  const writer = new ByteWriter();
  for (let i = 0; i < ZIPLIST_HEADER_BYTES; i++) writer.writeByte(0);
  let previous = 0;
  let last = writer.length;
  for (const text of texts) {
    last = writer.length;
    if (previous < 254) {
      writer.writeByte(previous);
    } else {
      writer.writeByte(254);
      writer.writeUint32Le(previous);
    }
    writeZiplistEntry(writer, Buffer.from(text, 'latin1'));
    previous = writer.length - last;
  }
  writer.writeByte(255);
  const bytes = writer.copy();
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt32LE(last, 4);
  bytes.writeUInt16LE(texts.length, 8);
  return bytes;
}

/** @param unused free bytes behind each value, as an edited zipmap has them */
export function zipmap(pairs: readonly (readonly [string, string])[], unused: number): Buffer {
  const writer = new ByteWriter();
  writer.writeByte(Math.min(pairs.length, 254));
  const writeLength = (length: number): void => {
    writer.writeByte(Math.min(length, 254));
    if (length >= 254) writer.writeUint32Le(length);
  };
  for (const [field, value] of pairs) {
    writeLength(field.length);
    writer.writeBytes(Buffer.from(field, 'latin1'), 0, field.length);
    writeLength(value.length);
    writer.writeByte(unused);
    writer.writeBytes(Buffer.from(value, 'latin1'), 0, value.length);
    for (let i = 0; i < unused; i++) writer.writeByte(0xff);
  }
  writer.writeByte(255);
  return writer.copy();
}

export function listpack(texts: readonly string[]): Buffer {
  const writer = new ListpackWriter();
  for (const text of texts) writer.append(Buffer.from(text, 'latin1'), 0, text.length);
  return Buffer.from(writer.finish());
}

/** An intset of integers of 16 bits. */
export function intset(integers: readonly number[]): Buffer {
  const writer = new ByteWriter();
  writer.writeUint32Le(2);
  writer.writeUint32Le(integers.length);
  for (const integer of integers) writer.writeUint16Le(integer);
  return writer.copy();
}

/** What stands behind a type byte: numbers are lengths, buffers strings, text is written as is. */
export type Part = number | Buffer | { readonly raw: string };

/** @returns the value of a payload: type byte and parts, without the footer */
export function rdbValue(type: number, parts: readonly Part[], compress = false): Buffer {
  const writer = new ByteWriter();
  writer.writeByte(type);
  for (const part of parts) {
    if (typeof part === 'number') writeRdbLength(writer, part);
    else if (Buffer.isBuffer(part)) writeRdbString(writer, part, 0, part.length, compress);
    else writer.writeBytes(Buffer.from(part.raw, 'latin1'), 0, part.raw.length);
  }
  return writer.copy();
}

/** @returns the payload of a value */
export function payload(value: Buffer, version?: number): Buffer {
  const writer = new ByteWriter();
  writer.writeBytes(value, 0, value.length);
  sealRdbPayload(writer, 0, version);
  return writer.copy();
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const LONG = 'long '.repeat(60);
const INTEGERS = ['0', '12', '13', '-1', '127', '-128', '4096', '-32768', '8388607', '-2147483648'];
const MIXED = [...INTEGERS, '9223372036854775807', '', 'a', LONG, 'x'.repeat(17_000)];

/** One value of each form that is read, with the elements that it holds in order. */
export interface Sample {
  readonly name: string;
  readonly value: Buffer;
  readonly kind: 'list' | 'set' | 'hash' | 'sorted set';
  /** A hash: fields and values in turn; a sorted set: members and scores. */
  readonly expected: readonly string[];
}

const PAIRS = ['field', 'value', '7', LONG, 'c', '-40000'];
const SCORED = ['a', '-inf', 'b', '1.5', 'c', '3', 'd', 'inf'];

export const SAMPLES: readonly Sample[] = [
  {
    name: 'list',
    value: rdbValue(1, [MIXED.length, ...MIXED.map(text)], true),
    kind: 'list',
    expected: MIXED,
  },
  {
    name: 'ziplist list',
    value: rdbValue(10, [ziplist(MIXED)], true),
    kind: 'list',
    expected: MIXED,
  },
  {
    name: 'quicklist of ziplists',
    value: rdbValue(14, [3, ziplist(MIXED), ziplist([]), ziplist(['z'])], false),
    kind: 'list',
    expected: [...MIXED, 'z'],
  },
  {
    name: 'quicklist of listpacks',
    value: rdbValue(18, [3, 2, listpack(MIXED), 1, text('plain'), 2, listpack(['z'])], true),
    kind: 'list',
    expected: [...MIXED, 'plain', 'z'],
  },
  {
    name: 'set',
    value: rdbValue(2, [MIXED.length, ...MIXED.map(text)]),
    kind: 'set',
    expected: MIXED,
  },
  {
    name: 'intset',
    value: rdbValue(11, [intset([-5, 0, 300])]),
    kind: 'set',
    expected: ['-5', '0', '300'],
  },
  { name: 'set listpack', value: rdbValue(20, [listpack(MIXED)]), kind: 'set', expected: MIXED },
  {
    name: 'hash',
    value: rdbValue(4, [3, ...PAIRS.map(text)]),
    kind: 'hash',
    expected: PAIRS,
  },
  {
    name: 'zipmap',
    value: rdbValue(9, [
      zipmap(
        [
          ['field', 'value'],
          ['7', LONG],
          ['c', '-40000'],
        ],
        3,
      ),
    ]),
    kind: 'hash',
    expected: PAIRS,
  },
  { name: 'hash ziplist', value: rdbValue(13, [ziplist(PAIRS)]), kind: 'hash', expected: PAIRS },
  { name: 'hash listpack', value: rdbValue(16, [listpack(PAIRS)]), kind: 'hash', expected: PAIRS },
  {
    name: 'sorted set with text scores',
    value: rdbValue(3, [
      4,
      text('a'),
      { raw: '\xff' },
      text('b'),
      { raw: '\x031.5' },
      text('c'),
      { raw: '\x013' },
      text('d'),
      { raw: '\xfe' },
    ]),
    kind: 'sorted set',
    expected: SCORED,
  },
  {
    name: 'sorted set with binary scores',
    value: rdbValue(5, [
      4,
      text('a'),
      { raw: '\0\0\0\0\0\0\xf0\xff' },
      text('b'),
      { raw: '\0\0\0\0\0\0\xf8\x3f' },
      text('c'),
      { raw: '\0\0\0\0\0\0\x08\x40' },
      text('d'),
      { raw: '\0\0\0\0\0\0\xf0\x7f' },
    ]),
    kind: 'sorted set',
    expected: SCORED,
  },
  {
    name: 'zset ziplist',
    value: rdbValue(12, [ziplist(SCORED)]),
    kind: 'sorted set',
    expected: SCORED,
  },
  {
    name: 'zset listpack',
    value: rdbValue(17, [listpack(SCORED)]),
    kind: 'sorted set',
    expected: SCORED,
  },
];

/** Fields with deadlines, as Valkey 9 writes them: `a` has none, `b` ends at 2^41 + 5 ms. */
export const HASH_2 = rdbValue(22, [
  2,
  text('a'),
  text('1'),
  { raw: '\xff'.repeat(8) },
  text('b'),
  text('2'),
  { raw: '\x05\0\0\0\0\x02\0\0' },
]);
