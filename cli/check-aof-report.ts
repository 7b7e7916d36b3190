// What reddis-check-aof prints for people: one function per outcome, each returning lines. The same
// facts go out as they are with `--json`.

import {
  type CheckedFile,
  type CheckReport,
  type DumpedCommand,
  type FixReport,
  quoteArgument,
  type RebuildReport,
  type RestoreLogReport,
  type SalvageReport,
  type Verdict,
} from '../engine/index.js';
import { formatSize } from './progress.js';

/** Exit codes, for scripts. */
export const EXIT_CODES: Readonly<Record<Verdict, number>> = {
  sound: 0,
  torn: 1,
  corrupt: 2,
  unusable: 3,
  locked: 4,
};

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  sound: 'sound',
  torn: 'a torn end, as a crash leaves it',
  corrupt: 'CORRUPT',
  unusable: 'not usable as a log',
  locked: 'in use by a running server',
};
/** Longer arguments are cut in a dump for people. */
const DUMPED_ARGUMENT_MAX = 128;

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function range({ firstSeq, lastSeq }: { firstSeq: number; lastSeq: number }): string {
  return firstSeq === lastSeq ? `entry ${firstSeq}` : `entries ${firstSeq} to ${lastSeq}`;
}

function fileLine(file: CheckedFile): string {
  const { path, kind, soundBytes, entryCount } = file;
  const size = formatSize(soundBytes);
  if (kind === 'snapshot') return `  ${path}: snapshot, ${size}, ${entryCount} records`;
  if (entryCount === 0) return `  ${path}: log, ${size}, no entries`;
  return `  ${path}: log, ${size}, ${range(file)}, until ${timeText(file.lastTimeMs)}`;
}

export function checkLines(report: CheckReport): string[] {
  const { path, verdict, files, lostCount, message, remedy } = report;
  const lines = [`${path}: ${VERDICT_WORDS[verdict]}`, ...files.map(fileLine)];
  if (files.length > 0) lines.push(`  last sound entry: ${report.lastSoundSeq}`);
  if (lostCount > 0) lines.push(`  entries lost in an earlier salvage: ${lostCount}`);
  if (message !== '') lines.push(`  ${message}`);
  if (remedy !== '') lines.push(`  ${remedy}`);
  return lines;
}

export function fixLines({ cutBytes, backups, lastSeq }: FixReport): string[] {
  if (cutBytes === 0) return ['Nothing was torn.'];
  const kept = `the bytes are kept in ${backups.join(', ')}`;
  return [`Cut ${cutBytes} bytes after entry ${lastSeq}; ${kept}`];
}

export function salvageLines(report: SalvageReport, out: string): string[] {
  const { snapshotSeq, lostRecords, entryCount, damages, lost, isEndUnknown } = report;
  const base = snapshotSeq === 0 ? '' : `the snapshot up to entry ${snapshotSeq} and `;
  const lines = [`${out} holds ${base}${entryCount} intact entries, up to ${report.lastSeq}`];
  for (const { file, offset, sizeBytes } of damages) {
    const what = sizeBytes === 0 ? 'is missing' : `${sizeBytes} bytes left out from byte ${offset}`;
    lines.push(`  ${file}: ${what}`);
  }
  if (lostRecords > 0) lines.push(`  lost: ${lostRecords} records of the snapshot`);
  for (const gap of lost) lines.push(`  lost: ${range(gap)}`);
  if (isEndUnknown) {
    lines.push('  The end is damaged and nothing says how far it went: more may be lost.');
  }
  if (lost.length > 0 || lostRecords > 0 || isEndUnknown) {
    lines.push('  What came after a loss may depend on it; look before you use it.');
  } else lines.push('  Nothing is lost.');
  return lines;
}

export function restoreLines(report: RestoreLogReport, out: string): string[] {
  const { snapshotSeq, entryCount, lastSeq, stoppedBy, shiftMs, shiftedDeadlines } = report;
  const base = snapshotSeq === 0 ? '' : `the snapshot up to entry ${snapshotSeq} and `;
  const lines = [`${out} holds ${base}${entryCount} entries, up to ${lastSeq}`];
  if (shiftedDeadlines > 0) {
    lines.push(`  ${shiftedDeadlines} deadlines are ${shiftMs} ms later than they were`);
  }
  if (stoppedBy !== null) lines.push(`  The point was not reached: damage in ${stoppedBy}`);
  return lines;
}

export function rebuildLines({ files, leftOut, lastSeq }: RebuildReport): string[] {
  const lines = [`The new MANIFEST names ${files.join(', ')}, up to entry ${lastSeq}`];
  if (leftOut.length > 0) lines.push(`  left out: ${leftOut.join(', ')}`);
  return lines;
}

function argumentText(argument: string): string {
  if (argument.length <= DUMPED_ARGUMENT_MAX) return quoteArgument(argument);
  const more = argument.length - DUMPED_ARGUMENT_MAX;
  return `${quoteArgument(argument.slice(0, DUMPED_ARGUMENT_MAX))}...(${more} more bytes)`;
}

/** @returns `12 2026-11-22T14:05:00.123Z db0 SET "k" "v"`; `snapshot` in place of a time */
export function dumpLine({ seq, timeMs, dbIndex, args }: DumpedCommand): string {
  const words: string[] = [];
  for (let i = 1; i < args.count; i++) words.push(argumentText(args.text(i)));
  const time = timeMs === null ? 'snapshot' : timeText(timeMs);
  return [seq, time, `db${dbIndex}`, args.text(0).toUpperCase(), ...words].join(' ');
}

/** The same as one JSON object; arguments are latin1: one character per byte. */
export function dumpJson({ seq, timeMs, dbIndex, args }: DumpedCommand): string {
  const words: string[] = [];
  for (let i = 0; i < args.count; i++) words.push(args.text(i));
  return JSON.stringify({ seq, timeMs, db: dbIndex, args: words });
}
