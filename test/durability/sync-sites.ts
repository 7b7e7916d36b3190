// Every call in the log layer that syncs a file or a directory, found in its compiled code, and
// how to take each out.

import type { CodeChange } from './engine-mutant.js';

export interface SyncSite {
  /** `file function call`, with a number when a function has several of them. */
  readonly name: string;
  readonly change: CodeChange;
}

/** What is called, and what answers at once that it was done, without doing it. */
const CALLS: readonly (readonly [call: RegExp, instead: string])[] = [
  [/\bsyncFile\(/, '(async () => undefined)('],
  [/\bsyncData\(/, '(async () => undefined)('],
  [/\b(?:\w+\.)*fs\.syncDirectory\(/, '(async () => undefined)('],
  [/\b(?:\w+\.)*fs\.fdatasyncSync\(/, '(() => undefined)('],
  [/\b(?:\w+\.)*fs\.fdatasync\(/, '((_fd, done) => setImmediate(() => done(null)))('],
  [/\b(?:\w+\.)*fs\.fsync\(/, '((_fd, done) => setImmediate(() => done(null)))('],
];
const FUNCTION =
  /^\s{0,4}(?:export )?(?:static )?(?:async )?(?:function )?(?:(\w+)\(.*\{|(\w+) = \(.*=> \{)$/;
/** Their callers are the sites. */
const WRAPPERS = new Set(['syncFile', 'syncData']);
const NOT_A_FUNCTION = new Set(['if', 'for', 'while', 'switch', 'catch']);

/** @param files compiled code by path */
export function syncSites(files: ReadonlyMap<string, string>): SyncSite[] {
  const sites: SyncSite[] = [];
  for (const [file, code] of files) {
    let owner = '';
    const counts = new Map<string, number>();
    for (const [index, text] of code.split('\n').entries()) {
      const [, method, field] = FUNCTION.exec(text) ?? [];
      const begun = method ?? field ?? '';
      if (begun !== '' && !NOT_A_FUNCTION.has(begun)) owner = begun;
      if (WRAPPERS.has(owner)) continue;
      if (/^\s*(\/\/|\*|import |export (async )?function )/.test(text)) continue;
      for (const [call, instead] of CALLS) {
        const found = call.exec(text);
        if (found === null) continue;
        const verb = found[0].replace(/^.*\.|\($/g, '');
        const plain = `${file.replace(/\.js$/, '')} ${owner} ${verb}`;
        const count = (counts.get(plain) ?? 0) + 1;
        counts.set(plain, count);
        const name = count === 1 ? plain : `${plain} #${count}`;
        sites.push({ name, change: { file, from: found[0], to: instead, line: index + 1 } });
        break;
      }
    }
  }
  return sites;
}
