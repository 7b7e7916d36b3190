// The commands of the logs that campaigns damage: every type, in small and large form, keys and
// fields with deadlines, several databases. Invariant: each command has one outcome only, whatever
// the clock and the random numbers of the engine that runs it.

import { randomBelow, type SeededRandom } from '../../engine/util/random.js';

export interface SampleCommand {
  readonly dbIndex: number;
  readonly words: readonly string[];
}

export const SAMPLE_DATABASES = 3;
/** Collections become large early, so that a small snapshot holds large ones. */
export const SAMPLE_CONFIG: Readonly<Record<string, string>> = {
  databases: String(SAMPLE_DATABASES),
  'list-max-listpack-size': '16',
  'hash-max-listpack-entries': '8',
  'set-max-listpack-entries': '8',
  'set-max-intset-entries': '8',
  'zset-max-listpack-entries': '8',
  'enable-debug-command': 'yes',
};

const FAR_MS = '4102444800000';
const KEYS = 5;

/** @returns commands that make a key of each type and form, for a snapshot of about 16 KiB */
export function snapshotCommands(random: SeededRandom): SampleCommand[] {
  const many = Array.from({ length: 70 }, (_, i) => `element:${i}:${randomBelow(random, 1e6)}`);
  const few = many.slice(0, 4);
  const words: string[][] = [
    ['SET', 'string:int', '-9223372036854775808'],
    ['SET', 'string:short', 'short'],
    ['SET', 'string:long', noise(random, 900)],
    ['SET', 'string:deadline', 'v', 'PXAT', FAR_MS],
    ['RPUSH', 'list:small', ...few, '5', ''],
    ['RPUSH', 'list:large', ...many, noise(random, 700), '7'],
    ['SADD', 'set:numbers', '1', '-5', '70000'],
    ['SADD', 'set:small', ...few],
    ['SADD', 'set:large', ...many, noise(random, 300)],
    ['HSET', 'hash:small', 'f', 'v', 'g', '5'],
    ['HSET', 'hash:large', ...many.flatMap((field, i) => [field, String(i)])],
    ['HSET', 'hash:deadlines', 'f', 'v', 'g', 'w'],
    ['HPEXPIREAT', 'hash:deadlines', FAR_MS, 'FIELDS', '1', 'f'],
    ['ZADD', 'zset:small', '1', 'a', '-inf', 'b', '1.5', 'c'],
    ['ZADD', 'zset:large', ...many.flatMap((member, i) => [String(i / 4), member])],
    ['PEXPIREAT', 'zset:large', FAR_MS],
  ];
  const commands: SampleCommand[] = words.map((each) => ({ dbIndex: 0, words: each }));
  for (let i = 0; i < 40; i++) {
    const dbIndex = i % SAMPLE_DATABASES;
    commands.push({ dbIndex, words: ['SET', `plain:${i}`, noise(random, 40)] });
  }
  return commands;
}

/** @returns the next command for the log */
export function logCommand(random: SeededRandom): SampleCommand {
  const below = (limit: number): number => randomBelow(random, limit);
  const key = (type: string): string => `${type}:${below(KEYS)}`;
  const element = (): string => `element:${below(40)}`;
  const makers: readonly (() => string[])[] = [
    () => ['SET', key('string'), noise(random, below(120))],
    () => ['APPEND', key('string'), noise(random, below(20))],
    () => ['INCRBY', key('counter'), String(below(1000))],
    () => ['SET', key('string'), 'v', 'PXAT', FAR_MS],
    () => ['RPUSH', key('list'), element(), noise(random, below(60))],
    () => ['LPOP', key('list'), '1'],
    () => ['LPUSH', key('list'), element(), element(), element()],
    () => ['SADD', key('set'), element(), element(), String(below(100))],
    () => ['SREM', key('set'), element()],
    () => ['HSET', key('hash'), element(), noise(random, below(40))],
    () => ['HDEL', key('hash'), element()],
    () => ['ZADD', key('zset'), String(below(100)), element(), '1.5', element()],
    () => ['ZINCRBY', key('zset'), String(below(9)), element()],
    () => ['PEXPIREAT', key('hash'), FAR_MS],
    () => ['DEL', key('string'), key('set')],
    () => ['RPOPLPUSH', key('list'), key('list')],
    () => ['SUNIONSTORE', key('set'), key('set'), key('set')],
  ];
  const words = makers[below(makers.length)]();
  return { dbIndex: below(4) === 0 ? 1 + below(SAMPLE_DATABASES - 1) : 0, words };
}

/** @returns bytes of every value, the frame magic among them now and then */
export function noise(random: SeededRandom, length: number): string {
  let text = '';
  while (text.length < length) {
    const value = random.next32();
    text += value % 16 === 0 ? 'RDL1' : String.fromCharCode(value & 0xff, (value >>> 8) & 0xff);
  }
  return text.slice(0, length);
}

/** @returns a command as a log entry: varints, then the words (FORMAT.md, "Entries") */
export function encodeEntry({ dbIndex, words }: SampleCommand): Buffer {
  const parts: Buffer[] = [varint(dbIndex), varint(words.length)];
  for (const word of words) parts.push(varint(word.length), Buffer.from(word, 'latin1'));
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) return Buffer.from(bytes);
  }
}
