// DEBUG OBJECT and STRINGMATCH-LEN: looks inside.

import type { Context } from '../../contract/context.js';
import { ERR_NO_SUCH_KEY } from '../../contract/errors.js';
import { ENCODING_NAMES } from '../../keyspace/encodings.js';
import { NO_REF } from '../../memory/chunks.js';
import { ByteWriter } from '../../snapshot/rdb/byte-writer.js';
import type { Args } from '../../util/args.js';
import { globMatch } from '../../util/glob.js';
import { writeRdbValue } from '../generic/rdb-values.js';

/** The type byte that a serialised value begins with is not counted. */
const TYPE_BYTES = 1;

/** The address is that of the record in its database's arena. */
export function debugObjectCommand(ctx: Context, args: Args): void {
  const { db, reply, keyspace } = ctx;
  const ref = db.find(args, 2);
  if (ref === NO_REF) {
    reply.error(ERR_NO_SUCH_KEY);
    return;
  }
  const writer = new ByteWriter();
  writeRdbValue(writer, db, ref, ctx.config.flag('rdbcompression'));
  const bits = db.accessOf(ref);
  const { accessClock } = keyspace;
  reply.status(
    `Value at:0x${ref.toString(16)} refcount:1 encoding:${ENCODING_NAMES[db.encodingOf(ref)]} ` +
      `serializedlength:${writer.length - TYPE_BYTES} lru:${bits} ` +
      `lru_seconds_idle:${accessClock.isLfu ? 0 : accessClock.idleSeconds(bits)}`,
  );
}

/** STRINGMATCH-LEN <pattern> <text>: 1 when the glob matches, else 0. */
export function debugStringmatchLenCommand(ctx: Context, args: Args): void {
  const { bytes, at, length } = args;
  const matches = globMatch(bytes, at[2], length[2], bytes, at[3], length[3], false);
  ctx.reply.integer(matches ? 1 : 0);
}
