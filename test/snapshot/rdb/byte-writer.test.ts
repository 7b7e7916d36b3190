// The growing writer and the bounded reader, against each other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader } from '../../../engine/snapshot/rdb/byte-reader.js';
import { ByteWriter } from '../../../engine/snapshot/rdb/byte-writer.js';

test('fields come back as they were written, in the stated byte order', () => {
  const writer = new ByteWriter();
  writer.writeByte(0x1ff);
  writer.writeUint16Le(0x1234);
  writer.writeUint32Le(-2);
  writer.writeUint32Be(0x80000001);
  writer.writeDoubleLe(-1.5);
  writer.writeBytes(Buffer.from('xabcx'), 1, 3);
  const bytes = writer.copy();
  assert.equal(bytes.toString('hex'), 'ff3412feffffff80000001000000000000f8bf616263');
  const reader = new ByteReader(bytes, 0, bytes.length);
  assert.equal(reader.readByte(), 0xff);
  assert.equal(reader.readUint16Le(), 0x1234);
  assert.equal(reader.readUint32Le(), 0xfffffffe);
  assert.equal(reader.readUint32Be(), 0x80000001);
  assert.equal(reader.readDoubleLe(), -1.5);
  assert.deepEqual(reader.readView(3), bytes.subarray(19, 22));
  assert.equal(reader.left(), 0);
  assert.equal(reader.failed, false);
});

test('growing keeps what was written, and clearing keeps the room', () => {
  const writer = new ByteWriter();
  const chunk = Buffer.from('0123456789');
  for (let i = 0; i < 1000; i++) writer.writeBytes(chunk, 0, 10);
  assert.equal(writer.copy().toString('latin1'), '0123456789'.repeat(1000));
  const room = writer.bytes;
  writer.clear();
  writer.writeByte(65);
  assert.equal(writer.bytes, room);
  assert.equal(writer.copy().toString('latin1'), 'A');
});

test('a read past the end fails the reader for good, within the given range', () => {
  const bytes = Buffer.from('abcdefgh');
  const reads: ((reader: ByteReader) => unknown)[] = [
    (reader) => reader.readUint32Le(),
    (reader) => reader.readUint32Be(),
    (reader) => reader.readDoubleLe(),
    (reader) => reader.readView(4) ?? 0,
    (reader) => reader.skip(2 ** 40) + 1,
  ];
  for (const read of reads) {
    const reader = new ByteReader(bytes, 1, 3);
    assert.equal(read(reader), 0);
    assert.equal(reader.failed, true);
    assert.equal(reader.readByte(), 0);
    assert.equal(reader.readUint16Le(), 0);
    assert.equal(reader.left(), 0);
  }
});
