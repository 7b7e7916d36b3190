// Integers as text: the grammar at its edges, and round trips against BigInt.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latin1Bytes } from '../../engine/util/bytes.js';
import {
  decimalLength,
  isInteger64,
  parsed,
  parseInteger,
  parseInteger64,
  parseMemory,
  splitInteger64,
  writeInteger,
  writeInteger64,
} from '../../engine/util/numbers.js';
import { randomSeed, SeededRandom } from '../../engine/util/random.js';

/** Puts the text between digits, so a reader that leaves its range is caught. */
function padded(text: string): [Buffer, number, number] {
  return [latin1Bytes(`7${text}3`), 1, text.length];
}

function written(write: (to: Buffer, at: number) => number): string {
  const to = Buffer.alloc(40, '#');
  const length = write(to, 3);
  assert.equal(to.toString('latin1', 0, 3), '###');
  assert.equal(to.toString('latin1', 3 + length), '#'.repeat(37 - length));
  return to.toString('latin1', 3, 3 + length);
}

const NOT_INTEGERS = [
  '',
  '-',
  '+',
  '+1',
  ' 1',
  '1 ',
  '01',
  '-01',
  '-0',
  '00',
  '1a',
  'a',
  '1.0',
  '1e3',
  '0x1',
  '--1',
  '1-',
  '/',
  ':',
  '1:',
  '1/',
  '\x001',
  '1\x00',
  '-a',
  'abcdefghijklmnop',
  '9'.repeat(20),
  `-${'9'.repeat(20)}`,
  '12345678901234567x',
  '-12345678x01234567',
  '\xb1',
];

test('text that string2ll refuses is refused by every parser', () => {
  for (const text of NOT_INTEGERS) {
    const [bytes, at, length] = padded(text);
    assert.ok(Number.isNaN(parseInteger(bytes, at, length)), JSON.stringify(text));
    assert.equal(parseInteger64(bytes, at, length), null, JSON.stringify(text));
    assert.equal(isInteger64(bytes, at, length), false, JSON.stringify(text));
  }
});

test('parseInteger is exact inside the safe range and NaN outside it', () => {
  const inside = ['0', '7', '-7', '10', '-10', '2147483648', '999999999999999'];
  for (const text of [...inside, '9007199254740991', '-9007199254740991']) {
    assert.equal(parseInteger(...padded(text)), Number(text));
  }
  const outside = ['9007199254740992', '-9007199254740992', '9007199254740993'];
  for (const text of [...outside, '9999999999999999', '10000000000000000']) {
    assert.ok(Number.isNaN(parseInteger(...padded(text))), text);
  }
});

test('the 64-bit parsers stop exactly at the ends of the signed range', () => {
  assert.equal(parseInteger64(...padded('9223372036854775807')), 2n ** 63n - 1n);
  assert.equal(parseInteger64(...padded('-9223372036854775808')), -(2n ** 63n));
  for (const text of ['9223372036854775808', '-9223372036854775809', '9999999999999999999']) {
    assert.equal(parseInteger64(...padded(text)), null, text);
    assert.equal(isInteger64(...padded(text)), false, text);
  }
});

test('a refused text leaves the halves of the last accepted one', () => {
  assert.equal(splitInteger64(...padded('-1')), true);
  assert.equal(splitInteger64(...padded('9223372036854775808')), false);
  assert.equal(splitInteger64(...padded('12x')), false);
  assert.deepEqual({ ...parsed }, { low: -1, high: -1 });
});

function interesting(random: SeededRandom): bigint {
  const bits = random.next32() % 65;
  const raw = (BigInt(random.next32()) << 32n) | BigInt(random.next32());
  const value = BigInt.asIntN(64, bits === 64 ? raw : raw & ((1n << BigInt(bits)) - 1n));
  const near = BigInt((random.next32() % 5) - 2);
  const power = 1n << BigInt(random.next32() % 64);
  const pick = random.next32() % 4;
  if (pick === 0) return BigInt.asIntN(64, power + near);
  if (pick === 1) return BigInt.asIntN(64, 10n ** BigInt(random.next32() % 19) + near);
  return pick === 2 ? BigInt.asIntN(64, -value) : value;
}

test('random 64-bit integers are split and printed as BigInt says', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 50000; round++) {
    const value = interesting(random);
    const text = value.toString();
    const place = `seed ${seed}: ${text}`;
    assert.equal(splitInteger64(...padded(text)), true, place);
    const { low, high } = parsed;
    assert.equal(BigInt(high), value >> 32n, place);
    assert.equal(BigInt(low), BigInt.asIntN(32, value), place);
    assert.equal(parseInteger64(...padded(text)), value, place);
    assert.equal(
      written((to, at) => writeInteger64(to, at, low, high)),
      text,
      place,
    );
    const unsigned = written((to, at) => writeInteger64(to, at, low >>> 0, high >>> 0));
    assert.equal(unsigned, text, place);
    const safe = Number.isSafeInteger(Number(value)) && BigInt(Number(value)) === value;
    assert.ok(Object.is(parseInteger(...padded(text)), safe ? Number(text) : Number.NaN), place);
    if (!safe) continue;
    assert.equal(decimalLength(Number(value)), text.length, place);
    assert.equal(
      written((to, at) => writeInteger(to, at, Number(value))),
      text,
      place,
    );
  }
});

test('sizes in memory follow their unit, in any case', () => {
  const sizes: [string, number][] = [
    ['0', 0],
    ['1', 1],
    ['00012', 12],
    ['3b', 3],
    ['1k', 1000],
    ['1kb', 1024],
    ['1KB', 1024],
    ['2m', 2e6],
    ['2Mb', 2097152],
    ['5g', 5e9],
    ['5gB', 5368709120],
    ['9007199254740991', 9007199254740991],
  ];
  for (const [text, sizeBytes] of sizes) assert.equal(parseMemory(text), sizeBytes, text);
});

test('text that is no size is refused', () => {
  const texts = ['', 'kb', '-1', '+1', '1 kb', ' 1', '1tb', '1.5g', '0x10', '1kbb', 'bla'];
  for (const text of [...texts, '9007199254740992', '9'.repeat(30)]) {
    assert.equal(parseMemory(text), null, text);
  }
});
