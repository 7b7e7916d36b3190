// Runs one of the command-line programs to its end: its output, standard error apart, and its exit
// code. For a daemon that stays there is test/support/daemon.ts.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAMS = fileURLToPath(new URL('../../cli/', import.meta.url));
/** A program that takes so long has failed its test. */
const PATIENCE_MS = 60_000;

export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @param name `reddis` or `reddis-check-aof`
 * @param input what it reads from standard input
 */
export async function run(
  name: string,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<ProgramEnd> {
  const env = { ...process.env };
  delete env.REDISCLI_AUTH;
  const words = [`${PROGRAMS}${name}.js`, ...args];
  const child = spawn(process.execPath, words, { env, timeout: PATIENCE_MS });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  // A program that ends without reading its input breaks the pipe.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}
