// Bytes that no client should send: valid commands with something wrong in them, absurd headers,
// noise. Everything follows from the generator's seed.

import { type Random, randomBelow } from '../../engine/util/random.js';
import { encode } from './test-client.js';

const LENGTHS = [
  '0',
  '1',
  '-1',
  '-2',
  '01',
  '+1',
  '1 ',
  '',
  'x',
  '\u0000',
  '65536',
  '536870912',
  '536870913',
  '2147483647',
  '2147483648',
  '4294967296',
  '9223372036854775807',
  '99999999999999999999',
];
const WORD_LENGTHS = [0, 1, 2, 5, 31, 32, 100, 5000];
/** Longer than a header line may be. */
const RUN_BYTES = 70_000;

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[randomBelow(random, items.length)];
}

function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => randomBelow(random, 256)));
}

/** @returns a command as an array or inline, of a shape that every server accepts */
export function validCommand(random: Random): Buffer {
  const argumentCount = randomBelow(random, 3);
  const words = Array.from({ length: argumentCount }, () =>
    noise(random, pick(random, WORD_LENGTHS)),
  );
  words.unshift(Buffer.from(['PING', 'GET', 'SET'][argumentCount]));
  if (randomBelow(random, 4) > 0) return encode(...words);
  const quoted = words.map((word) => `"${word.toString('hex').replace(/../g, '\\x$&')}"`);
  return Buffer.from(`${quoted.join(' ')}\r\n`);
}

/** @returns some commands and something wrong with them */
export function hostileBytes(random: Random): Buffer {
  const commands = Array.from({ length: 1 + randomBelow(random, 6) }, () => validCommand(random));
  const kind = randomBelow(random, 5);
  if (kind === 0) return noise(random, randomBelow(random, 300));
  if (kind === 1) {
    commands.push(Buffer.from(`*${pick(random, LENGTHS)}\r\n$${pick(random, LENGTHS)}\r\nx\r\n`));
  }
  if (kind === 2) commands.push(Buffer.alloc(RUN_BYTES, pick(random, [0, 36, 42, 65, 10, 13])));
  const bytes = Buffer.concat(commands);
  for (let i = randomBelow(random, 4); kind > 2 && i > 0; i--) {
    const at = randomBelow(random, bytes.length);
    if (kind === 3) bytes[at] = randomBelow(random, 256);
    else bytes.copyWithin(at, randomBelow(random, bytes.length));
  }
  return bytes;
}
