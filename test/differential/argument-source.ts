// Arguments for random commands: few keys, so that commands meet; values, numbers and options at
// and around the edges where servers differ. Invariant: everything comes from one seed, except
// that absolute times are relative to `startMs`. No argument is a deadline that passes within
// minutes: two servers would not see it pass at the same command.

import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import type { CommandWord } from '../support/resp-connection.js';

const KEYS: readonly Buffer[] = [
  ...'a b c d k1 k2 k3 key:4 key:5 {tag}6 {tag}7 mylist'.split(' '),
  '12345',
  '-7',
  '*',
  'k[1-3]',
  'back\\slash',
  ' with space ',
  '',
  '\r\n',
  '\0\xff\x80bin',
  'L'.repeat(300),
].map((key) => Buffer.from(key, 'latin1'));

const INTEGERS = '0 1 -1 2 7 10 42 99 100 255 256 9999 10000 32767 65536 2147483647 -2147483648';
const INTEGER_LIMITS = [
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775806',
  '4611686018427387904',
  '-4611686018427387905',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '4294967295',
  '4294967296',
  '-4294967297',
];
const NOT_INTEGERS = [
  '9223372036854775808',
  '-9223372036854775809',
  '18446744073709551616',
  '',
  'abc',
  ' 1',
  '1 ',
  '+1',
  '01',
  '-0',
  '1.0',
  '1e3',
  '0x10',
  '1\0',
  '--1',
  '99999999999999999999999999999999999999999999',
];
const FLOATS = [
  ...'0.1 0.2 -0.3 1.5 3.14159265358979 5e3 5.0e3 1e17 1e18 1e19 1e-5 1e-17'.split(' '),
  ...'1e-18 1e-300 .5 5. -0 0.0 1e300 -1e300 1e308 1e4000 0x1p3 0x10'.split(' '),
  ...'3.0000000000000000 17179869184.25 10.123e-7'.split(' '),
  '1.000000000000000055511151231257827',
  '123456789012345678901234567890',
  '0.000000000000000000000000000001',
];
const NOT_FLOATS = [
  'abc',
  '',
  'nan',
  'inf',
  '-inf',
  '+inf',
  '1.5 ',
  ' 1.5',
  '1.5abc',
  '1e',
  '--1',
  '1e5000',
];
const LCS_TEXTS = ['ohmytext', 'mynewtext', 'abcabcabc', 'cabcab', 'aaaaaaaa', 'GATTACA', 'x'];
/** What breaks any argument; safe as a time, an offset and a count. */
const JUNK = [
  '',
  'abc',
  '-1',
  '0',
  '1.5',
  'nan',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '\0',
  'NX',
  'GET',
];
const NOT_TIMES = ['abc', '', '1.5', '9223372036854775808', ' 100'];
const TIMES_OUT_OF_RANGE = [
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775',
  '9223372036854776',
];
const PATTERNS =
  '* k* k? key:* [a-c] [^a]* k[1-2] ?* a* *a *e*y* {tag}? \\* k\\[1-3] [b-a] [ [a [] ** [\\]';

/** The nearest that a deadline of a living key may be; no stream takes so long. */
const DEADLINE_MIN_S = 1000;
const DEADLINE_SPAN_S = 1_000_000;

export class ArgumentSource {
  readonly random: SeededRandom;
  readonly startMs: number;

  constructor(seed: number, startMs: number) {
    this.random = new SeededRandom(seed);
    this.startMs = startMs;
  }

  below(limit: number): number {
    return randomBelow(this.random, limit);
  }

  /** @returns true in `percent` of 100 cases */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  /** @returns one of the words in a text */
  word(words: string): string {
    return this.pick(words.split(' '));
  }

  /** @returns a word, now and then spelled in lower or mixed case */
  keyword(words: string): string {
    const word = this.word(words);
    if (this.chance(80)) return word;
    return this.chance(50) ? word.toLowerCase() : word[0] + word.slice(1).toLowerCase();
  }

  key(): Buffer {
    return this.pick(KEYS);
  }

  keys(countMax: number): Buffer[] {
    return Array.from({ length: 1 + this.below(countMax) }, () => this.key());
  }

  /** @returns from nothing up to `countMax` of the given makers' words, in random order */
  some(countMax: number, makers: readonly (() => CommandWord[])[]): CommandWord[] {
    return Array.from({ length: this.below(countMax + 1) }, () => this.pick(makers)()).flat();
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  value(): Buffer | string {
    switch (this.below(12)) {
      case 0:
      case 1:
      case 2:
        return this.word(INTEGERS);
      case 3:
        return this.pick(INTEGER_LIMITS);
      case 4:
        return this.pick(NOT_INTEGERS);
      case 5:
        return this.pick(FLOATS);
      case 6:
        return this.pick(LCS_TEXTS);
      case 7:
        return this.bytes(this.below(20));
      case 8:
        // Around the longest embstr.
        return this.bytes(42 + this.below(5));
      case 9:
        return 'ab'.repeat(this.below(150));
      case 10:
        return this.bytes(this.below(400));
      default:
        return this.chance(20) ? 'long line '.repeat(this.below(2000)) : 'hello world';
    }
  }

  integer(): string {
    const kind = this.below(10);
    if (kind < 6) return this.word(INTEGERS);
    return kind < 8 ? this.pick(INTEGER_LIMITS) : this.pick(NOT_INTEGERS);
  }

  float(): string {
    const kind = this.below(10);
    if (kind < 6) return this.pick(FLOATS);
    return kind < 8 ? this.word(INTEGERS) : this.pick(NOT_FLOATS);
  }

  /** An index into a string. */
  offset(): string {
    if (this.chance(85)) return String(this.below(60) - 20);
    return this.pick(['9223372036854775807', '-9223372036854775808', '536870912', 'abc', '1.5']);
  }

  /** A relative time in seconds or milliseconds; nothing that passes during a stream. */
  relativeTime(unit: 's' | 'ms'): string {
    const kind = this.below(20);
    if (kind === 0) return this.pick(NOT_TIMES);
    if (kind === 1) return this.pick(TIMES_OUT_OF_RANGE);
    if (kind === 2) return this.word('0 -1 -100');
    const seconds = DEADLINE_MIN_S + this.below(DEADLINE_SPAN_S);
    return unit === 's' ? String(seconds) : String(seconds * 1000 + this.below(1000));
  }

  /** A moment in unix time; far away, or long past. */
  moment(unit: 's' | 'ms'): string {
    const kind = this.below(20);
    if (kind === 0) return this.pick(NOT_TIMES);
    if (kind === 1) return this.pick(TIMES_OUT_OF_RANGE);
    if (kind === 2) return this.word('0 -1 1 1000000');
    const ms = this.startMs + (DEADLINE_MIN_S + this.below(DEADLINE_SPAN_S)) * 1000;
    return unit === 's' ? String(Math.floor(ms / 1000)) : String(ms + this.below(1000));
  }

  /** `EX 100` and its like. */
  timeOption(): CommandWord[] {
    const name = this.keyword('EX PX EXAT PXAT');
    if (this.chance(3)) return [name];
    const unit = name.toUpperCase().startsWith('P') ? 'ms' : 's';
    const time = /at$/i.test(name) ? this.moment(unit) : this.relativeTime(unit);
    return [name, time];
  }

  pattern(): Buffer | string {
    return this.chance(80) ? this.word(PATTERNS) : this.key();
  }

  database(): string {
    return this.chance(90)
      ? this.word('0 1 2 3')
      : this.word('15 16 -1 abc 1.5 99999999999999999999');
  }

  junk(): string {
    return this.pick(JUNK);
  }
}
