// GETRANGE and its first name, SUBSTR. Invariant: any two integers name a range; what lies outside
// the string is left out.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER } from '../../contract/errors.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { EMPTY_BYTES } from '../../util/bytes.js';
import { KEY } from '../argument-docs.js';
import { integerArgument } from '../integer-argument.js';
import { replyStringPart, requireString, stringLength } from './string-value.js';

export function getrangeCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const start = integerArgument(args, 2);
  const end = integerArgument(args, 3);
  if (Number.isNaN(start) || Number.isNaN(end)) {
    reply.error(ERR_NOT_INTEGER);
    return;
  }
  const ref = db.lookupRead(args, 1);
  if (ref === NO_REF) {
    reply.bulk(EMPTY_BYTES, 0, 0);
    return;
  }
  if (!requireString(ctx, ref)) return;
  const length = stringLength(db, ref);
  const from = start < 0 ? Math.max(0, length + start) : start;
  const to = Math.min(length - 1, end < 0 ? Math.max(0, length + end) : end);
  // Both before the string's first byte: only their order tells an empty range.
  const isBackwards = start < 0 && end < 0 && start > end;
  if (isBackwards || from > to) reply.bulk(EMPTY_BYTES, 0, 0);
  else replyStringPart(reply, db, ref, from, to - from + 1);
}

const RANGE: readonly ArgumentDoc[] = [
  KEY,
  { name: 'start', type: 'integer' },
  { name: 'end', type: 'integer' },
];

export const getrangeSpec: CommandSpec = {
  name: 'GETRANGE',
  group: 'string',
  since: '2.4.0',
  arity: 4,
  flags: ['readonly'],
  summary: 'Reads a part of the string at a key; negative positions count from its end.',
  complexity: 'O(N) for N bytes in the answer.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: RANGE,
  propagate: 'never',
  handler: getrangeCommand,
};

export const substrSpec: CommandSpec = {
  name: 'SUBSTR',
  group: 'string',
  since: '1.0.0',
  arity: 4,
  flags: ['readonly'],
  summary: 'GETRANGE by its first name.',
  complexity: 'O(N) for N bytes in the answer.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: RANGE,
  deprecated: { since: '2.0.0', replacedBy: '`GETRANGE`' },
  propagate: 'never',
  handler: getrangeCommand,
};
