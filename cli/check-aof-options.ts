// The arguments of `reddis-check-aof`. Invariant: exactly one thing is done, to one path, and
// nothing that writes another directory goes without `--out`.

import mri from 'mri';
import type { RestoreTarget } from '../engine/index.js';
import { UsageError } from './options.js';

export type CheckAofAction =
  | 'check'
  | 'fix'
  | 'salvage'
  | 'restore'
  | 'dump'
  | 'export-resp'
  | 'rebuild-manifest'
  | 'help'
  | 'version';

export interface CheckAofOptions {
  readonly action: CheckAofAction;
  /** A data directory, or one of its files. */
  readonly path: string;
  /** New directory, for salvage and restore. */
  readonly out: string;
  /** Where to restore to. */
  readonly target: RestoreTarget;
  /** Restored keys live on for as long as they had left. */
  readonly shiftsTtl: boolean;
  readonly json: boolean;
  /** Nobody is asked before something is changed. */
  readonly yes: boolean;
}

const DEFAULTS = {
  fix: false,
  salvage: false,
  dump: false,
  'export-resp': false,
  'rebuild-manifest': false,
  'shift-ttl': false,
  json: false,
  yes: false,
  help: false,
  version: false,
  out: '',
  'restore-to': '',
};
const ALIASES = { h: 'help', v: 'version', y: 'yes' };
const ACTIONS = ['fix', 'salvage', 'dump', 'export-resp', 'rebuild-manifest'] as const;
const RESTORE_FORMS = 'seq:N, time:T or latest';

/**
 * @param text `seq:N`, `time:T` with T an ISO date or unix ms, or `latest`
 * @throws UsageError
 */
export function parseRestoreTarget(text: string): RestoreTarget {
  if (text === 'latest') return text;
  const [, kind, value] = /^(seq|time):(.+)$/.exec(text) ?? [];
  const isNumber = /^\d{1,16}$/.test(value ?? '');
  if (kind === 'seq' && isNumber) return { seq: Number(value) };
  if (kind === 'time') {
    const timeMs = isNumber ? Number(value) : Date.parse(value);
    if (Number.isFinite(timeMs)) return { timeMs };
  }
  throw new UsageError(`--restore-to ${text}: it takes ${RESTORE_FORMS}`);
}

/**
 * @param words what follows the program's name
 * @throws UsageError
 */
export function parseCheckAofOptions(words: readonly string[]): CheckAofOptions {
  const flags = mri<typeof DEFAULTS>([...words], {
    default: DEFAULTS,
    alias: ALIASES,
    unknown: (flag) => {
      throw new UsageError(`there is no flag ${flag}; see reddis-check-aof --help`);
    },
  });
  const actions: CheckAofAction[] = ACTIONS.filter((action) => flags[action]);
  if (flags['restore-to'] !== '') actions.push('restore');
  if (flags.version) actions.unshift('version');
  if (flags.help || words.length === 0) actions.unshift('help');
  const action = actions[0] ?? 'check';
  const isTold = action === 'help' || action === 'version';
  if (!isTold && actions.length > 1) throw new UsageError(`choose one of ${actions.join(', ')}`);
  if (!isTold && flags._.length !== 1) {
    const given = flags._.length === 0 ? 'no path is given' : 'only one path can be given';
    throw new UsageError(`${given}; see reddis-check-aof --help`);
  }
  const needsOut = action === 'salvage' || action === 'restore';
  if (needsOut && flags.out === '') throw new UsageError(`${action} needs --out NEWDIR`);
  if (!needsOut && flags.out !== '' && !isTold) {
    throw new UsageError('--out goes with --salvage or --restore-to');
  }
  if (action !== 'restore' && flags['shift-ttl'] && !isTold) {
    throw new UsageError('--shift-ttl goes with --restore-to');
  }
  if (action === 'export-resp' && flags.json) {
    throw new UsageError('--export-resp writes RESP; it has no --json');
  }
  return {
    action,
    path: String(flags._[0] ?? ''),
    out: flags.out,
    target: action === 'restore' ? parseRestoreTarget(flags['restore-to']) : 'latest',
    shiftsTtl: flags['shift-ttl'],
    json: flags.json,
    yes: flags.yes,
  };
}
