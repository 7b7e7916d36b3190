// What a command is made of. One declarative object beside each handler is the only place that
// knows the command's facts; dispatch, arity errors, gates, COMMAND and COMMAND DOCS, ACL
// categories, log propagation and the README table are all derived from it.

import type { Args } from '../util/args.js';
import type { Context } from './context.js';

export type CommandGroup =
  | 'generic'
  | 'string'
  | 'list'
  | 'set'
  | 'sorted-set'
  | 'hash'
  | 'stream'
  | 'bitmap'
  | 'hyperloglog'
  | 'geo'
  | 'pubsub'
  | 'transactions'
  | 'scripting'
  | 'connection'
  | 'server';

/** Flag names as COMMAND INFO prints them, and their bits. */
export const COMMAND_FLAGS = {
  write: 1 << 0,
  readonly: 1 << 1,
  denyoom: 1 << 2,
  admin: 1 << 3,
  pubsub: 1 << 4,
  noscript: 1 << 5,
  blocking: 1 << 6,
  loading: 1 << 7,
  stale: 1 << 8,
  skip_monitor: 1 << 9,
  skip_slowlog: 1 << 10,
  asking: 1 << 11,
  fast: 1 << 12,
  no_auth: 1 << 13,
  may_replicate: 1 << 14,
  no_mandatory_keys: 1 << 15,
  protected: 1 << 16,
  no_async_loading: 1 << 17,
  no_multi: 1 << 18,
  allow_busy: 1 << 19,
  module: 1 << 20,
} as const;
export type CommandFlag = keyof typeof COMMAND_FLAGS;

/** What a key argument is used for, as COMMAND INFO's key specifications say it. */
export type KeyFlag =
  | 'RO'
  | 'RW'
  | 'OW'
  | 'RM'
  | 'access'
  | 'update'
  | 'insert'
  | 'delete'
  | 'not_key'
  | 'incomplete'
  | 'variable_flags';

export interface KeySpec {
  readonly flags: readonly KeyFlag[];
  readonly beginSearch:
    | { readonly type: 'index'; readonly index: number }
    | { readonly type: 'keyword'; readonly keyword: string; readonly startFrom: number }
    | { readonly type: 'unknown' };
  readonly findKeys:
    | {
        readonly type: 'range';
        readonly lastKey: number;
        readonly step: number;
        readonly limit: number;
      }
    | {
        readonly type: 'keynum';
        readonly keyNumIndex: number;
        readonly firstKey: number;
        readonly step: number;
      }
    | { readonly type: 'unknown' };
  readonly notes?: string;
}

/** A key among the arguments of one call. */
export interface KeyPosition {
  /** Index among the arguments; the command name is 0. */
  readonly index: number;
  readonly flags: readonly KeyFlag[];
}

/** One argument of COMMAND DOCS. It documents; the handler parses. */
export interface ArgumentDoc {
  readonly name: string;
  readonly type:
    | 'string'
    | 'integer'
    | 'double'
    | 'key'
    | 'pattern'
    | 'unix-time'
    | 'pure-token'
    | 'oneof'
    | 'block';
  readonly token?: string;
  /** Index into the command's key specifications, for type `key`. */
  readonly keySpecIndex?: number;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  readonly multipleToken?: boolean;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly arguments?: readonly ArgumentDoc[];
}

/**
 * How a write reaches the log:
 * `verbatim`  its own arguments, when it changed something;
 * `effects`   the handler calls `ctx.propagate`; changing without propagating is a bug (asserted);
 * `never`     it does not change the dataset.
 */
export type Propagation = 'verbatim' | 'effects' | 'never';

export type Handler = (ctx: Context, args: Args) => void;

export interface CommandSpec {
  /** Upper case; a subcommand's own name without its container's. */
  readonly name: string;
  readonly group: CommandGroup;
  readonly since: string;
  /** Exact number of arguments with the name, or minus the least number. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly summary: string;
  readonly complexity: string;
  readonly keys?: readonly KeySpec[];
  readonly arguments?: readonly ArgumentDoc[];
  /** ACL categories that do not follow from the flags and the group, without the `@`. */
  readonly acl?: readonly string[];
  readonly tips?: readonly string[];
  readonly history?: readonly (readonly [since: string, change: string])[];
  readonly deprecated?: { readonly since: string; readonly replacedBy: string };
  readonly propagate: Propagation;
  /** Absent only for a container: its subcommands have the handlers. */
  readonly handler?: Handler;
  readonly subcommands?: readonly CommandSpec[];
  /** For commands whose keys no specification can express: where in `args` they are. */
  readonly getKeys?: (args: Args) => readonly KeyPosition[] | null;
  /** For a key specification with `variable_flags`: what this very call does to its keys. */
  readonly keyFlags?: (args: Args) => readonly KeyFlag[];
}

/** A spec made ready for one engine: bits in place of names, and this engine's statistics. */
export interface Command {
  readonly spec: CommandSpec;
  /** Lower case; `client|kill` for a subcommand. */
  readonly fullName: string;
  readonly arity: number;
  /** COMMAND_FLAGS bits. */
  readonly flags: number;
  readonly isWrite: boolean;
  readonly propagation: Propagation;
  readonly handler: Handler | null;
  readonly parent: Command | null;
  /** By upper-case name; null for a command without subcommands. */
  readonly subcommands: ReadonlyMap<string, Command> | null;
  calls: number;
  /** Estimated from sampled calls where calls are short. */
  durationUs: number;
  /** How many calls from now on are not measured. */
  unmeasuredCalls: number;
  rejectedCalls: number;
  failedCalls: number;
}

/** Keys from `index` to `lastKey` (relative; negative counts from the end), every `step`-th. */
export function keySpec(flags: readonly KeyFlag[], index: number, lastKey = 0, step = 1): KeySpec {
  return {
    flags,
    beginSearch: { type: 'index', index },
    findKeys: { type: 'range', lastKey, step, limit: 0 },
  };
}
