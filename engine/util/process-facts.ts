// Facts about this process and machine that the engine may need by itself: who takes a lock. The
// only place below cli that looks at `process`.

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessFacts {
  readonly pid: number;
  readonly host: string;
  /** Tells machines and their restarts apart; '' when unknown. */
  readonly bootId: string;
  /** Whether abstract Unix sockets exist: Linux. */
  readonly hasAbstractSockets: boolean;
}

/** @returns the facts of the running process */
export function currentProcessFacts(): ProcessFacts {
  const isLinux = process.platform === 'linux';
  return {
    pid: process.pid,
    host: hostname(),
    bootId: isLinux ? readBootId() : '',
    hasAbstractSockets: isLinux,
  };
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    // Without /proc (some containers) the other signs of the lock have to do.
    return '';
  }
}
