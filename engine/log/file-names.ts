// Every name the log layer makes or recognises in its directory, in one place. Numbers only grow
// and are never reused, so a name once seen always means the same bytes.

import { join } from 'node:path';

export const MANIFEST_NAME = 'MANIFEST';
export const MANIFEST_TEMPORARY_NAME = 'MANIFEST.tmp';
export const LOCK_NAME = 'LOCK';
export const LOCK_SOCKET_NAME = 'LOCK.sock';
export const RESERVE_NAME = 'RESERVE';
export const HISTORY_NAME = 'history';
export const QUARANTINE_NAME = 'quarantine';

const TEMPORARY_SUFFIX = '.tmp';
const NUMBER_DIGITS = 8;
const DATA_NAME = /^(log|snap)-(\d{8,16})\.(rlog|rsnap)$/;

/** @returns the name of the log segment with this file number */
export function segmentName(number: number): string {
  return `log-${String(number).padStart(NUMBER_DIGITS, '0')}.rlog`;
}

/** @returns the name of the snapshot with this file number */
export function snapshotName(number: number): string {
  return `snap-${String(number).padStart(NUMBER_DIGITS, '0')}.rsnap`;
}

/** The name a snapshot has until it is complete and verified. */
export function temporaryName(name: string): string {
  return `${name}${TEMPORARY_SUFFIX}`;
}

/** @returns the name that a temporary one stands for; any other as it is */
export function finalName(name: string): string {
  return name.endsWith(TEMPORARY_SUFFIX) ? name.slice(0, -TEMPORARY_SUFFIX.length) : name;
}

export interface DataFileName {
  kind: 'log' | 'snapshot';
  number: number;
}

/** @returns what a file name says, or null when it is not the name of a data file */
export function parseDataFileName(name: string): DataFileName | null {
  const match = DATA_NAME.exec(name);
  if (match === null) return null;
  const kind = match[1] === 'log' ? 'log' : 'snapshot';
  const number = Number(match[2]);
  const made = kind === 'log' ? segmentName(number) : snapshotName(number);
  return made === name ? { kind, number } : null;
}

/** Whether a name is a leftover that only an interrupted switch leaves. */
export function isTemporaryName(name: string): boolean {
  if (name === MANIFEST_TEMPORARY_NAME) return true;
  return name.endsWith(TEMPORARY_SUFFIX) && parseDataFileName(finalName(name)) !== null;
}

/** Where the manifest of a superseded generation is kept. */
export function historyManifestName(generation: number): string {
  return `${MANIFEST_NAME}-${generation}`;
}

/** @returns the generation in a history manifest's name, or -1 */
export function parseHistoryManifestName(name: string): number {
  const match = /^MANIFEST-(\d{1,15})$/.exec(name);
  return match === null ? -1 : Number(match[1]);
}

export function historyPath(dir: string): string {
  return join(dir, HISTORY_NAME);
}

export function quarantinePath(dir: string): string {
  return join(dir, QUARANTINE_NAME);
}
