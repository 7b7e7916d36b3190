// Slices point at bytes; numbers are printed into memory of their own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Args } from '../../engine/util/args.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';

function sliceOf(text: string): ByteSlice {
  return new ByteSlice().ofBuffer(Buffer.from(text, 'latin1'));
}

test('a slice of an argument is its bytes', () => {
  const args = new Args();
  args.assign([Buffer.from('SET'), Buffer.from('key')]);
  const slice = new ByteSlice().ofArgument(args, 1);
  assert.equal(slice.text(), 'key');
  assert.deepEqual(slice.copy(), Buffer.from('key'));
  assert.ok(slice.equals(sliceOf('key')));
  assert.ok(!slice.equals(sliceOf('kez')));
});

test('slices are ordered byte by byte, a beginning before the whole', () => {
  const sorted = ['', 'a', 'aa', 'b', '\x7f', '\x80', '\xff', '\xff\x00'];
  for (let i = 0; i < sorted.length; i++) {
    for (let j = 0; j < sorted.length; j++) {
      const order = Math.sign(sliceOf(sorted[i]).compare(sliceOf(sorted[j])));
      assert.equal(order, Math.sign(i - j), `${sorted[i]} and ${sorted[j]}`);
    }
  }
});

test('numbers are printed as Redis prints them', () => {
  const slice = new ByteSlice();
  assert.equal(slice.ofNumber(-9007199254740991).text(), '-9007199254740991');
  assert.equal(slice.ofInteger(0, -2147483648).text(), '-9223372036854775808');
  assert.equal(slice.ofDouble(0.1).text(), '0.1');
  assert.equal(slice.ofDouble(Infinity).text(), 'inf');
  assert.equal(slice.ofDouble(-1.7976931348623157e308).text(), '-1.7976931348623157e+308');
});

test('two slices with printed numbers do not disturb each other', () => {
  const a = new ByteSlice().ofNumber(1);
  const b = new ByteSlice().ofNumber(2);
  assert.equal(a.text(), '1');
  assert.equal(b.text(), '2');
});

test('a cleared slice is empty', () => {
  const slice = sliceOf('abc');
  slice.clear();
  assert.equal(slice.text(), '');
});
