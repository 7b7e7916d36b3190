// Why the daemon did not start, as one line that names the remedy. Invariant: a failure that is
// expected of operators' machines never shows a stack; one that is not expected always does.

import { LogError } from '../engine/index.js';
import { ListenError } from './listen-addresses.js';
import { UsageError } from './options.js';

const LISTEN_REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there; stop it, or choose another --port',
  EACCES: 'this user may not use that port or path; choose a --port above 1023',
  EADDRNOTAVAIL: 'this machine has no such address; correct --bind',
  ENOTFOUND: 'no such host name; correct --bind',
};

const DIRECTORY_REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there; change its owner, or choose another --dir',
  EPERM: 'this user may not write there; change its owner, or choose another --dir',
  EROFS: 'the file system is read-only; choose another --dir',
  ENOTDIR: 'a part of that path is not a directory; choose another --dir',
  EEXIST: 'there is a file of that name; choose another --dir',
  ENOSPC: 'the disk is full; make room, or choose another --dir',
  EMFILE: 'too many open files; raise the limit (ulimit -n)',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * @param dir the data directory
 * @returns what went wrong and what to do about it
 */
export function describeStartFailure(error: unknown, dir: string): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof ListenError) {
    const remedy = LISTEN_REMEDIES[codeOf(error.cause)];
    return `${error.message}: ${remedy ?? messageOf(error.cause)}`;
  }
  if (error instanceof LogError) {
    return error.remedy === '' ? error.message : `${error.message}; ${error.remedy}`;
  }
  const remedy = DIRECTORY_REMEDIES[codeOf(error)];
  if (remedy !== undefined) return `cannot use the directory ${dir} (${codeOf(error)}): ${remedy}`;
  return error instanceof Error && error.stack !== undefined ? error.stack : String(error);
}
