// Doubles as text. The expected values were taken from a real server (ZADD, ZSCORE) and from the
// exact arithmetic of the format.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { formatDouble, parseDouble } from '../../engine/util/doubles.js';
import { randomSeed, SeededRandom } from '../../engine/util/random.js';

function parse(text: string): number | null {
  const bytes = latin1Bytes(`7${text}3`);
  return parseDouble(bytes, 1, text.length);
}

const READ: [string, number][] = [
  ['0', 0],
  ['-0', -0],
  ['+3', 3],
  ['5.', 5],
  ['+.5', 0.5],
  ['-.25', -0.25],
  ['007', 7],
  ['3.14', 3.14],
  ['0.1', 0.1],
  ['1e3', 1000],
  ['1E+3', 1000],
  ['25e-1', 2.5],
  ['9007199254740993', 9007199254740992],
  ['9007199254740993.0001', 9007199254740994],
  ['0.30000000000000004', 0.30000000000000004],
  ['inf', Infinity],
  ['-INF', -Infinity],
  ['+Infinity', Infinity],
  ['0x10', 16],
  ['0X1p3', 8],
  ['-0x.8', -0.5],
  ['0x1.8P+1', 3],
  ['0x1p-1074', 5e-324],
  ['0x1.8p-1075', 5e-324],
  ['0x1fffffffffffffp971', Number.MAX_VALUE],
  ['0x3ffffffffffffdp-1', 9007199254740990],
  ['0x3fffffffffffffp-1', 9007199254740992],
  ['4.9406564584124654e-324', 5e-324],
  ['2.4703282292062328e-324', 5e-324],
  ['1.7976931348623158e308', Number.MAX_VALUE],
  ['0e99999999999999999999', 0],
  ['0x0p99999999999', 0],
];

test('every form strtod knows is read, rounded once', () => {
  for (const [text, value] of READ) {
    const read = parse(text);
    assert.ok(Object.is(read, value), `${text} read as ${read}`);
  }
});

const REFUSED = [
  '',
  '-',
  '+',
  '.',
  '-.',
  'e5',
  '1e',
  '1e+',
  '.e1',
  '1..2',
  '1.2.3',
  ' 1',
  '1 ',
  '1\x00',
  '--1',
  '+-1',
  'nan',
  '-nan',
  'nan(1)',
  'in',
  'infi',
  'infinit',
  'infinityx',
  '0x',
  '0x.',
  '0xg',
  '0x1p',
  '0xp1',
  '1,5',
  '1_0',
  '1e5.5',
  '1e400',
  '-1e400',
  '1e-400',
  '1e99999999999999999999',
  '1e-99999999999999999999',
  '1.7976931348623159e308',
  '2.4703282292062327e-324',
  '0x1p1024',
  '0x1p-1075',
  '0x1p99999999999',
];

test('anything else, and what only infinity or zero could stand for, is refused', () => {
  for (const text of REFUSED) assert.equal(parse(text), null, JSON.stringify(text));
});

test('digits far beyond any precision still decide a tie', () => {
  const tie = `9007199254740993.${'0'.repeat(2000)}`;
  assert.equal(parse(tie), 9007199254740992);
  assert.equal(parse(`${tie}1`), 9007199254740994);
  assert.equal(parse(`0.${'0'.repeat(5000)}1e5001`), 1);
  assert.equal(parse(`1${'0'.repeat(5000)}e-5000`), 1);
  assert.equal(parse(`0x1${'0'.repeat(2000)}p-8000`), 1);
});

const PRINTED: [number, string][] = [
  [0, '0'],
  [-0, '-0'],
  [3, '3'],
  [-17.5, '-17.5'],
  [0.1, '0.1'],
  [1e18, '1000000000000000000'],
  [2 ** 60, '1152921504606846976'],
  [2 ** 62, '4611686018427387904'],
  [1e19, '1e+19'],
  [35379357140279040000, '35379357140279040000'],
  [1e300, '1e+300'],
  [-1.5e-7, '-1.5e-7'],
  [0.000001, '0.000001'],
  [0.0012345678, '0.0012345678'],
  [0.00012345678, '1.2345678e-4'],
  [1234.567890123, '1234.567890123'],
  [12345.678901234, '1.2345678901234e+4'],
  [12345.678901, '12345.678901'],
  [5e-324, '5e-324'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [Infinity, 'inf'],
  [-Infinity, '-inf'],
  [Number.NaN, 'nan'],
];

test('doubles print in the layout of Valkey 8', () => {
  for (const [value, text] of PRINTED) assert.equal(formatDouble(value), text);
});

test('random doubles survive printing and reading, and read as Number reads them', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const view = new DataView(new ArrayBuffer(8));
  for (let round = 0; round < 50000; round++) {
    view.setUint32(0, random.next32());
    view.setUint32(4, random.next32());
    const wild = view.getFloat64(0);
    const plain = (random.next32() | 0) / 10 ** (random.next32() % 12);
    for (const value of Number.isNaN(wild) ? [plain] : [wild, plain]) {
      const place = `seed ${seed}: ${value}`;
      assert.ok(Object.is(parse(formatDouble(value)), value), place);
      if (Number.isFinite(value)) assert.ok(Object.is(parse(String(value)), value), place);
    }
    const digits = `${random.next32()}.${random.next32()}${random.next32() % 1000}`;
    assert.equal(parse(digits), Number(digits), `seed ${seed}: ${digits}`);
  }
});
