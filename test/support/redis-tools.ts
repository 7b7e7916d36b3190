// The programs of a Redis installation that tests compare with or drive: redis-server, redis-cli,
// redis-benchmark. Where one is missing its tests are skipped, and say so.

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export type RedisTool = 'redis-server' | 'redis-cli' | 'redis-benchmark';

/** @returns the path of a program, or null where it is not installed */
export function findTool(name: RedisTool): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** @returns the `skip` option of a test that needs programs: false, or what is missing */
export function skipWithout(...names: RedisTool[]): string | false {
  const missing = names.filter((name) => findTool(name) === null);
  return missing.length === 0 ? false : `${missing.join(' and ')} not installed`;
}

/** @throws Error where it is not installed */
export function toolPath(name: RedisTool): string {
  const path = findTool(name);
  if (path === null) throw new Error(`${name} is not installed`);
  return path;
}

export interface ToolEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that takes so long has failed its test. */
const PATIENCE_MS = 60_000;

/** Runs a program to its end. @param input what it reads from standard input */
export function runTool(
  name: RedisTool,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<ToolEnd> {
  const child = spawn(toolPath(name), args, { timeout: PATIENCE_MS });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // A program that ends without reading its input breaks the pipe.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const [stdout, stderr] = [out, err].map((parts) => Buffer.concat(parts).toString('latin1'));
      resolve({ code, stdout, stderr });
    });
  });
}
