// HGETEX: reads fields and sets or lifts their deadlines. Invariant: the log sees only what became
// of the deadlines: HPEXPIREAT, HPERSIST or HDEL.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashValue } from '../../keyspace/values/hash-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { logDeadline, logDeletion, logPersist } from './field-effects.js';
import {
  fieldOptions,
  OPTION_PERSIST,
  optionDeadline,
  parseFieldOptions,
  TIME_OPTIONS,
} from './field-options.js';
import { checkFieldsClause, FIELDS_ARGUMENT, findFieldsClause, isPast } from './fields-clause.js';
import { takeFields } from './hdel.js';
import { replyFields } from './hget.js';

const hash = new HashValue();
const field = new ByteSlice();

export function hgetexCommand(ctx: Context, args: Args): void {
  const { db } = ctx;
  const clauseAt = findFieldsClause(args, 2);
  if (clauseAt >= 0 && !parseFieldOptions(ctx, args, clauseAt, false)) return;
  if (!checkFieldsClause(ctx, args, clauseAt, 1)) return;
  const found = lookupReadTyped(ctx, args, 1, TYPE_HASH);
  if (found === WRONG_TYPE) return;
  const deadlineMs = optionDeadline(ctx, args);
  if (Number.isNaN(deadlineMs)) return;
  const from = clauseAt + 2;
  const isPersisting = (fieldOptions.bits & OPTION_PERSIST) !== 0;
  const isReading = deadlineMs < 0 && !isPersisting;
  // A second look announces the change; it finds the same record.
  const ref = found === NO_REF || isReading ? found : db.lookupWrite(args, 1);
  if (ref !== NO_REF) hash.open(db, ref);
  if (ref === NO_REF || isReading || !hash.expireArguments(args, from, 1)) {
    replyFields(ctx, hash.ref === NO_REF || ref === NO_REF ? null : hash, args, from);
    return;
  }
  if (deadlineMs >= 0 && isPast(ctx, deadlineMs)) {
    const deleted = takeFields(ctx, hash, args, from);
    if (deleted === 0) return;
    ctx.keyspace.expiredFields += deleted;
    logDeletion(ctx, args, from);
    db.changed(hash.ref, deleted);
    hash.dropIfEmpty();
    return;
  }
  relistFields(ctx, args, from, deadlineMs);
  replyFields(ctx, hash, args, from);
}

/** Sets the deadline of the fields from argument `from` on, -1 to lift it, and logs it. */
function relistFields(ctx: Context, args: Args, from: number, deadlineMs: number): void {
  let changed = 0;
  let at = from;
  try {
    for (; at < args.count; at++) {
      const current = hash.deadlineOf(field.ofArgument(args, at));
      if (Number.isNaN(current) || (deadlineMs < 0 && current < 0)) continue;
      hash.setDeadline(field, deadlineMs);
      changed++;
    }
  } finally {
    // Also when memory ran out on the way: what was set until then stays.
    if (changed > 0) {
      if (deadlineMs < 0) logPersist(ctx, args, from, at);
      else logDeadline(ctx, args, from - 2, from, at, deadlineMs);
      ctx.db.changed(hash.ref, changed);
    }
  }
}

export const hgetexSpec: CommandSpec = {
  name: 'HGETEX',
  group: 'hash',
  since: '9.0.0',
  arity: -5,
  flags: ['write', 'fast'],
  summary: 'Reads fields of a hash and sets, moves or lifts their deadlines.',
  complexity: 'O(N) for N fields.',
  keys: [keySpec(['RW', 'access'], 1)],
  arguments: [
    KEY,
    {
      name: 'expiration',
      type: 'oneof',
      optional: true,
      arguments: [...TIME_OPTIONS, { name: 'persist', type: 'pure-token', token: 'PERSIST' }],
    },
    FIELDS_ARGUMENT,
  ],
  propagate: 'effects',
  handler: hgetexCommand,
};
