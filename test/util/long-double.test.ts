// The emulated x87 long double. The expected sums were read from a real server's INCRBYFLOAT on an
// x86-64 machine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latin1Bytes } from '../../engine/util/bytes.js';
import {
  addLongDoubles,
  formatLongDouble,
  LONG_DOUBLE_TEXT_LIMIT,
  LONG_DOUBLE_ZERO,
  type LongDouble,
  parseLongDouble,
} from '../../engine/util/long-double.js';
import { randomSeed, SeededRandom } from '../../engine/util/random.js';

function parse(text: string): LongDouble | null {
  return parseLongDouble(latin1Bytes(`7${text}3`), 1, text.length);
}

function sum(a: string, b: string): string {
  const left = parse(a);
  const right = parse(b);
  assert.ok(left !== null && right !== null, `${a} + ${b}`);
  return formatLongDouble(addLongDoubles(left, right));
}

const SUMS: [string, string, string][] = [
  ['3.0', '1.1', '4.1'],
  ['5.0e3', '2.0e2', '5200'],
  ['0.1', '0.2', '0.3'],
  ['1', '-1.1', '-0.1'],
  ['17179869184', '1.5', '17179869185.5'],
  ['1e18', '0.001', '1000000000000000000'],
  ['18446744073709551615', '0', '18446744073709551615'],
  ['18446744073709551615', '1', '18446744073709551616'],
  ['18446744073709551615', '2', '18446744073709551616'],
  ['9223372036854775807', '0.5', '9223372036854775807.5'],
  ['1e20', '0.1', '100000000000000000000'],
  ['1e25', '1e6', '10000000000000000001048576'],
  ['-0', '0', '0'],
  ['-0.00000000000000000001', '0', '0'],
  ['0', '1e-17', '0.00000000000000001'],
  ['0', '5e-18', '0'],
  ['0', '6e-18', '0.00000000000000001'],
  ['0x10', '0x.8p1', '17'],
  ['0.5', '-0.5', '0'],
  ['3.6451995318824746025e-4951', '0', '0'],
  ['1.00000000000000000005', '0', '1'],
  ['0', '12345678.90123456789', '12345678.90123456789024203'],
];

test('sums come out as INCRBYFLOAT prints them on x86', () => {
  for (const [a, b, result] of SUMS) assert.equal(sum(a, b), result, `${a} + ${b}`);
});

const REFUSED = ['', '-', '.', '1e', ' 1', '1 ', '1\x00', 'nan', 'infi', '0x', '1e4933', '1e-4952'];

test('text that is no long double is refused', () => {
  for (const text of [...REFUSED, '1e99999999999999999999', '0x1p16384', '0x1p-16446']) {
    assert.equal(parse(text), null, JSON.stringify(text));
  }
});

test('text is read up to the limit of its length and refused beyond it', () => {
  const longest = '9'.repeat(4930);
  assert.notEqual(parse(longest), null);
  assert.notEqual(parse(`0.${'1'.repeat(LONG_DOUBLE_TEXT_LIMIT - 3)}`), null);
  assert.equal(parse(`0.${'1'.repeat(LONG_DOUBLE_TEXT_LIMIT - 2)}`), null);
});

test('the largest values overflow to infinity, and infinities of both signs to a NaN', () => {
  assert.equal(sum('1.18973149535723176502e4932', '1.18973149535723176502e4932'), 'inf');
  assert.equal(sum('-1.18973149535723176502e4932', '-1e4932'), '-inf');
  assert.equal(sum('inf', '-1'), 'inf');
  assert.equal(sum('1', '-Infinity'), '-inf');
  assert.equal(sum('inf', '-inf'), 'nan');
  assert.equal(sum('-inf', '-inf'), '-inf');
  assert.equal(formatLongDouble(LONG_DOUBLE_ZERO), '0');
});

test('a value prints to its last whole digit however large it is', () => {
  const text = sum('1e4000', '1');
  assert.equal(text.length, 4000);
  const bytes = latin1Bytes(text);
  const again = parseLongDouble(bytes, 0, bytes.length);
  assert.deepEqual(again, parse('1e4000'));
});

test('whole numbers of 64 bits and dyadic fractions add exactly', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 5000; round++) {
    const a = (BigInt(random.next32()) << 30n) | BigInt(random.next32() >>> 2);
    const b = -((BigInt(random.next32()) << 30n) | BigInt(random.next32() >>> 2));
    assert.equal(sum(`${a}`, `${b}`), `${a + b}`, `seed ${seed}: ${a} + ${b}`);
    const x = random.next32() / 1024;
    const y = -random.next32() / 4096;
    assert.equal(Number(sum(x.toFixed(12), y.toFixed(12))), x + y, `seed ${seed}: ${x} + ${y}`);
  }
});
