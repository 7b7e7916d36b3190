#!/usr/bin/env node
// Checks and repairs data directories: thin over the functions of engine/log-tools.ts. What was
// asked for goes to standard output, questions, progress and complaints to standard error.
// Exit codes: 0 sound or done, 1 torn end, 2 corruption, 3 unusable (or wrong usage), 4 locked.

import { createInterface } from 'node:readline/promises';
import {
  checkLog,
  dumpLog,
  exportLog,
  fixLog,
  LogError,
  rebuildLogManifest,
  restoreLog,
  salvageLog,
  systemClock,
} from '../engine/index.js';
import { type CheckAofOptions, parseCheckAofOptions } from './check-aof-options.js';
import {
  checkLines,
  dumpJson,
  dumpLine,
  EXIT_CODES,
  fixLines,
  rebuildLines,
  restoreLines,
  salvageLines,
} from './check-aof-report.js';
import { Progress } from './progress.js';
import { CHECK_AOF_USAGE, VERSION_LINE } from './usage.js';

/** Dumped lines are written in pieces of about this size. */
const OUTPUT_BYTES = 65536;

function complain(message: string): void {
  process.stderr.write(`reddis-check-aof: ${message}\n`);
}

function print(options: CheckAofOptions, report: object, lines: readonly string[]): void {
  const text = options.json ? JSON.stringify(report) : lines.join('\n');
  process.stdout.write(`${text}\n`);
}

/** Runs one piece of work with its progress on standard error. */
async function withProgress<T>(
  label: string,
  work: (onProgress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const line = (text: string): boolean => process.stderr.write(`${text}\n`);
  const draw = process.stderr.isTTY ? (text: string) => process.stderr.write(text) : null;
  const progress = new Progress({ label, clock: systemClock, draw, line });
  try {
    return await work(progress.update);
  } finally {
    progress.end();
  }
}

/** @returns whether the answer on standard input is yes */
async function isConfirmed(question: string): Promise<boolean> {
  process.stderr.write(`${question} [y/N]: `);
  const input = createInterface({ input: process.stdin });
  const { value } = await input[Symbol.asyncIterator]().next();
  input.close();
  return /^y(es)?$/i.test(String(value ?? '').trim());
}

async function check(options: CheckAofOptions): Promise<number> {
  const report = await withProgress('Checking', (onProgress) =>
    checkLog(options.path, { onProgress }),
  );
  print(options, report, checkLines(report));
  return EXIT_CODES[report.verdict];
}

async function fix(options: CheckAofOptions): Promise<number> {
  const { path, yes, json } = options;
  const before = await withProgress('Checking', (onProgress) => checkLog(path, { onProgress }));
  if (before.verdict !== 'torn') {
    print(options, before, checkLines(before));
    return EXIT_CODES[before.verdict];
  }
  if (!json) print(options, before, checkLines(before));
  if (!yes && !(await isConfirmed('Cut the torn end?'))) {
    complain('nothing was changed');
    return EXIT_CODES.torn;
  }
  const report = await withProgress('Fixing', (onProgress) => fixLog(path, { onProgress }));
  print(options, report, fixLines(report));
  return EXIT_CODES.sound;
}

async function salvage(options: CheckAofOptions): Promise<number> {
  const { path, out } = options;
  const report = await withProgress('Salvaging', (onProgress) =>
    salvageLog(path, out, { onProgress }),
  );
  print(options, report, salvageLines(report, out));
  return EXIT_CODES.sound;
}

async function restore(options: CheckAofOptions): Promise<number> {
  const { path, target, out, shiftsTtl: shiftsDeadlines } = options;
  const report = await withProgress('Restoring', (onProgress) =>
    restoreLog(path, target, out, { onProgress, shiftsDeadlines }),
  );
  print(options, report, restoreLines(report, out));
  return report.stoppedBy === null ? EXIT_CODES.sound : EXIT_CODES.corrupt;
}

async function rebuild(options: CheckAofOptions): Promise<number> {
  const report = await withProgress('Reading', (onProgress) =>
    rebuildLogManifest(options.path, { onProgress }),
  );
  print(options, report, rebuildLines(report));
  return EXIT_CODES.sound;
}

/** @returns the exit code for where a dump or an export stopped */
function endOf(damage: LogError | null): number {
  if (damage === null) return EXIT_CODES.sound;
  complain(`stopped: ${damage.message}${damage.remedy === '' ? '' : `; ${damage.remedy}`}`);
  return EXIT_CODES.corrupt;
}

async function dump({ path, json }: CheckAofOptions): Promise<number> {
  const format = json ? dumpJson : dumpLine;
  let text = '';
  const damage = await dumpLog(path, (command) => {
    text += `${format(command)}\n`;
    if (text.length < OUTPUT_BYTES) return;
    process.stdout.write(text);
    text = '';
  });
  process.stdout.write(text);
  return endOf(damage);
}

async function exportResp({ path }: CheckAofOptions): Promise<number> {
  return endOf(await exportLog(path, (chunk) => process.stdout.write(chunk)));
}

async function tell(text: string): Promise<number> {
  process.stdout.write(text);
  return EXIT_CODES.sound;
}

function run(options: CheckAofOptions): Promise<number> {
  switch (options.action) {
    case 'check':
      return check(options);
    case 'fix':
      return fix(options);
    case 'salvage':
      return salvage(options);
    case 'restore':
      return restore(options);
    case 'rebuild-manifest':
      return rebuild(options);
    case 'dump':
      return dump(options);
    case 'export-resp':
      return exportResp(options);
    case 'help':
      return tell(CHECK_AOF_USAGE);
    case 'version':
      return tell(VERSION_LINE);
  }
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof LogError)) return EXIT_CODES.unusable;
  if (error.code === 'CORRUPT') return EXIT_CODES.corrupt;
  return error.code === 'LOCKED' ? EXIT_CODES.locked : EXIT_CODES.unusable;
}

// `--dump | head` closes the pipe when it has seen enough.
process.stdout.on('error', () => process.exit(EXIT_CODES.sound));
try {
  process.exitCode = await run(parseCheckAofOptions(process.argv.slice(2)));
} catch (error) {
  const remedy = error instanceof LogError && error.remedy !== '' ? `; ${error.remedy}` : '';
  complain(`${error instanceof Error ? error.message : String(error)}${remedy}`);
  process.exitCode = exitCodeOf(error);
}
