// WAIT and WAITAOF: waiting until writes are on replicas, or on this server's disk. There are no
// replicas, so a wait for one ends only with its time-out. Inside EXEC both answer how far things
// are.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER } from '../../contract/errors.js';
import type { Reply } from '../../contract/reply.js';
import { SESSION_DENY_BLOCKING } from '../../contract/session.js';
import type { Args } from '../../util/args.js';
import { integerArgument } from '../integer-argument.js';
import { timeoutArgument } from '../timeout-argument.js';

const ERR_LOCAL_RANGE = 'ERR value is out of range, value must between 0 and 1';
const ERR_NOT_POSITIVE = 'ERR value is out of range, must be positive';
const ERR_NO_LOG = 'ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.';

export function waitCommand(ctx: Context, args: Args): void {
  const { reply, session } = ctx;
  const replicas = integerArgument(args, 1);
  if (Number.isNaN(replicas)) {
    reply.error(ERR_NOT_INTEGER);
    return;
  }
  const timeoutMs = timeoutArgument(ctx, args, 2);
  if (Number.isNaN(timeoutMs)) return;
  if (replicas <= 0 || (session.flags & SESSION_DENY_BLOCKING) !== 0) {
    reply.integer(0);
    return;
  }
  ctx.blocking.block({
    session,
    timeoutMs,
    mayUnblock: true,
    onTimeout: (later) => later.integer(0),
    onGone: () => {},
  });
}

/** @returns an error text, or the two counts and the time-out; null after an error was replied */
function parseWaitaof(
  ctx: Context,
  args: Args,
): { readonly local: number; readonly replicas: number; readonly timeoutMs: number } | null {
  const { reply } = ctx;
  const local = integerArgument(args, 1);
  const replicas = integerArgument(args, 2);
  if (Number.isNaN(local)) reply.error(ERR_NOT_INTEGER);
  else if (local !== 0 && local !== 1) reply.error(ERR_LOCAL_RANGE);
  else if (!(replicas >= 0)) reply.error(ERR_NOT_POSITIVE);
  else {
    const timeoutMs = timeoutArgument(ctx, args, 3);
    return Number.isNaN(timeoutMs) ? null : { local, replicas, timeoutMs };
  }
  return null;
}

export function waitaofCommand(ctx: Context, args: Args): void {
  const { persistence, session } = ctx;
  const wanted = parseWaitaof(ctx, args);
  if (wanted === null) return;
  if (wanted.local === 1 && !persistence.isEnabled) {
    ctx.reply.error(ERR_NO_LOG);
    return;
  }
  // Later than the caller's own last write perhaps, never earlier.
  const seq = persistence.lastSeq;
  const isLocalDone = (): boolean => persistence.isEnabled && persistence.durableSeq >= seq;
  const write = (reply: Reply): void => {
    reply.array(2);
    reply.integer(isLocalDone() ? 1 : 0);
    reply.integer(0);
  };
  const isDone = wanted.replicas === 0 && (wanted.local === 0 || isLocalDone());
  if (isDone || (session.flags & SESSION_DENY_BLOCKING) !== 0) {
    write(ctx.reply);
    return;
  }
  let withdraw = (): void => {};
  const finish = ctx.blocking.block({
    session,
    timeoutMs: wanted.timeoutMs,
    mayUnblock: true,
    onTimeout: write,
    onGone: () => withdraw(),
  });
  if (wanted.replicas === 0) withdraw = persistence.waitDurable(seq, () => finish(write));
}

const POLICIES = ['request_policy:all_shards', 'response_policy:agg_min'];

export const waitSpec: CommandSpec = {
  name: 'WAIT',
  group: 'generic',
  since: '3.0.0',
  arity: 3,
  flags: ['blocking'],
  summary: "Waits until replicas have the connection's writes.",
  complexity: 'O(1)',
  acl: ['connection'],
  arguments: [
    { name: 'numreplicas', type: 'integer' },
    { name: 'timeout', type: 'integer' },
  ],
  tips: POLICIES,
  propagate: 'never',
  handler: waitCommand,
};

export const waitaofSpec: CommandSpec = {
  name: 'WAITAOF',
  group: 'generic',
  since: '7.2.0',
  arity: 4,
  flags: ['blocking'],
  summary: "Waits until the connection's writes are on disk, here and on replicas.",
  complexity: 'O(1)',
  acl: ['connection'],
  arguments: [
    { name: 'numlocal', type: 'integer' },
    { name: 'numreplicas', type: 'integer' },
    { name: 'timeout', type: 'integer' },
  ],
  tips: POLICIES,
  propagate: 'never',
  handler: waitaofCommand,
};
