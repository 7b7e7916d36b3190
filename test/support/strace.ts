// Errors injected by strace into the system calls of a running process.

import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { TestProcess } from './child-process.js';

export interface Injection {
  /** What strace injects: a system call and its error. */
  readonly call: string;
  readonly error: string;
  /** Which calls of each thread fail: `3`, `3+` from the third on, `3..5`. */
  readonly when: string;
}

export function hasStrace(): boolean {
  return spawnSync('strace', ['--version']).status === 0;
}

/**
 * Attaches to a running process.
 * @param outPath the calls are written there; `(INJECTED)` marks those that failed
 * @returns strace; null when this machine does not allow that
 */
export async function inject(
  t: TestContext,
  pid: number | undefined,
  { call, error, when }: Injection,
  outPath: string,
): Promise<TestProcess | null> {
  const injection = `inject=${call}:error=${error}:when=${when}`;
  const words = ['-f', '-o', outPath, '-e', `trace=${call}`, '-e', injection, '-p', String(pid)];
  const strace = new TestProcess(t, 'strace', words);
  try {
    await strace.line(/Process \d+ attached/);
    return strace;
  } catch {
    t.diagnostic(`strace cannot attach: ${strace.output}`);
    return null;
  }
}
