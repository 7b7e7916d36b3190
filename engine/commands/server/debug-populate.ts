// DEBUG POPULATE: many keys at once, for tests of size. Invariant: keys that are there already stay
// as they are, and each new one is logged as the SET that makes it.

import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER } from '../../contract/errors.js';
import type { Database } from '../../keyspace/database.js';
import { putString } from '../../keyspace/strings.js';
import { NO_REF } from '../../memory/chunks.js';
import { Args } from '../../util/args.js';
import { EMPTY_BYTES } from '../../util/bytes.js';
import { integerArgument } from '../integer-argument.js';

const PREFIX = 'key';
const COUNT_ERROR = 'ERR value is out of range, must be positive';
const KEY = 0;
const VALUE = 1;

/** The key and the value of one step. */
const words = new Args();
words.push(0, 0);
words.push(0, 0);

/** Puts `<prefix>:<number>` and its value into `words`. */
function setWords(prefix: Buffer, number: number, sizeBytes: number): void {
  const digits = String(number);
  const text = `value:${digits}`;
  const keyLength = prefix.length + 1 + digits.length;
  const length = sizeBytes < 0 ? text.length : sizeBytes;
  if (words.bytes.length < keyLength + length) words.bytes = Buffer.alloc((keyLength + length) * 2);
  const { bytes } = words;
  prefix.copy(bytes);
  bytes.write(`:${digits}`, prefix.length, 'latin1');
  bytes.fill(0, keyLength, keyLength + length);
  bytes.write(text.slice(0, length), keyLength, 'latin1');
  words.length[KEY] = keyLength;
  words.at[VALUE] = keyLength;
  words.length[VALUE] = length;
  words.hashedIndex = -1;
}

function setKey(ctx: Context, db: Database): void {
  if (db.lookupWrite(words, KEY) !== NO_REF) return;
  putString(db, NO_REF, words, KEY, VALUE, false);
  const { effects } = ctx;
  effects.begin(db.index, 3);
  effects.text('SET');
  effects.bytes(words.bytes, words.at[KEY], words.length[KEY]);
  effects.bytes(words.bytes, words.at[VALUE], words.length[VALUE]);
  effects.end();
}

/** POPULATE <count> [<prefix>] [<size>]: values of `size` bytes are cut, or filled with zeros. */
export function debugPopulateCommand(ctx: Context, args: Args): void {
  const { reply, db } = ctx;
  const count = integerArgument(args, 2);
  const sizeBytes = args.count > 4 ? integerArgument(args, 4) : -1;
  if (Number.isNaN(count) || Number.isNaN(sizeBytes)) {
    reply.error(ERR_NOT_INTEGER);
    return;
  }
  if (count < 0 || (args.count > 4 && sizeBytes < 0)) {
    reply.error(COUNT_ERROR);
    return;
  }
  const prefix = args.count > 3 ? args.copy(3) : Buffer.from(PREFIX);
  for (let number = 0; number < count; number++) {
    setWords(prefix, number, sizeBytes);
    setKey(ctx, db);
  }
  words.bytes = EMPTY_BYTES;
  reply.ok();
}
