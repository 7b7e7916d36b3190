// DUMP and RESTORE: values that travel between servers, ours or Redis's, as sealed payloads.
// Invariants: a payload is checked whole before the database changes; the log gets the deadline
// as an absolute time.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { BUSYKEY, ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import { replaceKey } from '../../keyspace/replaced-key.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import { ByteWriter } from '../../snapshot/rdb/byte-writer.js';
import {
  openRdbPayload,
  sealRdbPayload,
  verifyRdbPayload,
} from '../../snapshot/rdb/rdb-payload.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { integerArgument } from '../integer-argument.js';
import { logKeyDeletion } from '../key-deletion.js';
import { DEADLINE_MAX_MS } from './expire-time.js';
import { readRdbValue, type StoreValue, writeRdbValue } from './rdb-values.js';

const ERR_IDLETIME = 'ERR Invalid IDLETIME value, must be >= 0';
const ERR_FREQ = 'ERR Invalid FREQ value, must be >= 0 and <= 255';
const ERR_TTL = 'ERR Invalid TTL value, must be >= 0';
const ERR_PAYLOAD = 'ERR DUMP payload version or checksum are wrong';
const ERR_BAD_DATA = 'ERR Bad data format';

const FREQUENCY_MAX = 255;
const NOT_GIVEN = -1;
const NO_DEADLINE = 0;

export function dumpCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = db.lookupRead(args, 1);
  if (ref === NO_REF) {
    reply.null();
    return;
  }
  const writer = new ByteWriter();
  const version = writeRdbValue(writer, db, ref, ctx.config.flag('rdbcompression'));
  sealRdbPayload(writer, 0, version);
  reply.bulk(writer.bytes, 0, writer.length);
}

export const dumpSpec: CommandSpec = {
  name: 'DUMP',
  group: 'generic',
  since: '2.6.0',
  arity: 2,
  flags: ['readonly'],
  summary: "Serialises the value of a key in Redis's own form.",
  complexity: 'O(N) for N bytes in the value.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY],
  tips: ['nondeterministic_output'],
  propagate: 'never',
  handler: dumpCommand,
};

interface RestoreOptions {
  replaces: boolean;
  isAbsolute: boolean;
  idleSeconds: number;
  frequency: number;
}

/** @returns the options, or the error text */
function parseOptions(args: Args): RestoreOptions | string {
  const options = {
    replaces: false,
    isAbsolute: false,
    idleSeconds: NOT_GIVEN,
    frequency: NOT_GIVEN,
  };
  for (let i = 4; i < args.count; i++) {
    const hasValue = i + 1 < args.count;
    if (args.is(i, 'REPLACE')) {
      options.replaces = true;
    } else if (args.is(i, 'ABSTTL')) {
      options.isAbsolute = true;
    } else if (args.is(i, 'IDLETIME') && hasValue && options.frequency === NOT_GIVEN) {
      options.idleSeconds = integerArgument(args, ++i);
      if (Number.isNaN(options.idleSeconds)) return ERR_NOT_INTEGER;
      if (options.idleSeconds < 0) return ERR_IDLETIME;
    } else if (args.is(i, 'FREQ') && hasValue && options.idleSeconds === NOT_GIVEN) {
      options.frequency = integerArgument(args, ++i);
      if (Number.isNaN(options.frequency)) return ERR_NOT_INTEGER;
      if (options.frequency < 0 || options.frequency > FREQUENCY_MAX) return ERR_FREQ;
    } else {
      return ERR_SYNTAX;
    }
  }
  return options;
}

/** @returns what stores the payload's value, or the error text */
function readPayload({ keyspace }: Context, args: Args): StoreValue | string {
  const at = args.at[3];
  const length = args.length[3];
  if (verifyRdbPayload(args.bytes, at, length) !== 'intact') return ERR_PAYLOAD;
  const reader = openRdbPayload(args.bytes, at, length);
  return readRdbValue(reader, keyspace.seed) ?? ERR_BAD_DATA;
}

export function restoreCommand(ctx: Context, args: Args): void {
  const { db, reply, keyspace } = ctx;
  const options = parseOptions(args);
  if (typeof options === 'string') {
    reply.error(options);
    return;
  }
  const existing = db.lookupWrite(args, 1);
  if (existing !== NO_REF && !options.replaces) {
    reply.error(BUSYKEY);
    return;
  }
  const ttlMs = integerArgument(args, 2);
  if (!(ttlMs >= 0)) {
    reply.error(Number.isNaN(ttlMs) ? ERR_NOT_INTEGER : ERR_TTL);
    return;
  }
  const store = readPayload(ctx, args);
  if (typeof store === 'string') {
    reply.error(store);
    return;
  }
  const { dirty } = keyspace;
  const base = options.isAbsolute || ttlMs === NO_DEADLINE ? 0 : ctx.now;
  const deadline = Math.min(DEADLINE_MAX_MS, ttlMs + base);
  if (deadline !== NO_DEADLINE && deadline <= ctx.now && keyspace.expiresKeys) {
    if (existing !== NO_REF) {
      db.remove(existing);
      logKeyDeletion(ctx, args, 1);
    }
  } else {
    const kept = replaceKey(db, existing, args, 1, () => {
      const ref = store(db, args, 1);
      return deadline === NO_DEADLINE ? ref : db.setDeadline(ref, deadline);
    });
    setAccess(ctx, kept, options);
    keyspace.dirty = dirty;
    db.changed(kept, 1);
    if (base === 0) ctx.effects.verbatim(db.index, args);
    else logRestore(ctx, args, deadline);
  }
  reply.ok();
}

/** Makes the record as old, or as much in use, as the options say and the policy can express. */
function setAccess(ctx: Context, ref: Ref, options: RestoreOptions): void {
  const { accessClock } = ctx.keyspace;
  if (accessClock.isLfu) {
    if (options.frequency === NOT_GIVEN) return;
    ctx.db.setAccess(ref, accessClock.bitsForFrequency(options.frequency));
  } else if (options.idleSeconds !== NOT_GIVEN) {
    ctx.db.setAccess(ref, accessClock.bitsForIdle(options.idleSeconds));
  }
}

/** The command as it came, with an absolute deadline in place of the relative one. */
function logRestore(ctx: Context, args: Args, deadline: number): void {
  const { effects } = ctx;
  effects.begin(ctx.db.index, args.count + 1);
  effects.text('RESTORE');
  effects.bytes(args.bytes, args.at[1], args.length[1]);
  effects.integer(deadline);
  for (let i = 3; i < args.count; i++) effects.bytes(args.bytes, args.at[i], args.length[i]);
  effects.text('ABSTTL');
  effects.end();
}

export const restoreSpec: CommandSpec = {
  name: 'RESTORE',
  group: 'generic',
  since: '2.6.0',
  arity: -4,
  flags: ['write', 'denyoom'],
  summary: 'Makes a key hold a value that DUMP serialised, here or on another server.',
  complexity: 'O(N) for N bytes in the value.',
  keys: [keySpec(['OW', 'update'], 1)],
  arguments: [
    KEY,
    { name: 'ttl', type: 'integer' },
    { name: 'serialized-value', type: 'string' },
    { name: 'replace', type: 'pure-token', token: 'REPLACE', optional: true, since: '3.0.0' },
    { name: 'absttl', type: 'pure-token', token: 'ABSTTL', optional: true, since: '5.0.0' },
    { name: 'seconds', type: 'integer', token: 'IDLETIME', optional: true, since: '5.0.0' },
    { name: 'frequency', type: 'integer', token: 'FREQ', optional: true, since: '5.0.0' },
  ],
  history: [
    ['3.0.0', 'REPLACE came.'],
    ['5.0.0', 'ABSTTL came.'],
    ['5.0.0', 'IDLETIME and FREQ came.'],
  ],
  acl: ['dangerous'],
  propagate: 'effects',
  handler: restoreCommand,
};
