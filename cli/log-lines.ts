// The daemon's log, in the line format every Redis log reader knows:
//   pid:role dd Mon yyyy hh:mm:ss.mmm level message
// Invariant: one call is one line, written whole; a log file is opened for each line, so it may be
// rotated at any time. A failure to log never stops the server.

import { appendFileSync } from 'node:fs';
import type { Clock } from '../engine/index.js';

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

/** From the least important; `nothing` as a threshold is above them all. */
const LEVELS = ['debug', 'verbose', 'notice', 'warning', 'nothing'];
const LEVEL_MARKS: Record<LogLevel, string> = {
  debug: '.',
  verbose: '-',
  notice: '*',
  warning: '#',
};
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
/** The role letter of a primary. */
const ROLE = 'M';

/** What is in a line besides its message. */
export interface LogLineHead {
  readonly pid: number;
  /** Unix ms; printed in local time. */
  readonly timeMs: number;
  readonly level: LogLevel;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** @returns the line without its line break; line breaks in the message become spaces */
export function formatLogLine({ pid, timeMs, level }: LogLineHead, message: string): string {
  const time = new Date(timeMs);
  const date = `${digits(time.getDate(), 2)} ${MONTHS[time.getMonth()]} ${time.getFullYear()}`;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => digits(part, 2))
    .join(':');
  const stamp = `${date} ${clock}.${digits(time.getMilliseconds(), 3)}`;
  return `${pid}:${ROLE} ${stamp} ${LEVEL_MARKS[level]} ${message.replace(/\r?\n/g, ' ')}`;
}

export class LogLines {
  /** Directive `loglevel`; may change while running. */
  threshold = 'notice';
  /** Directive `logfile`; empty for standard output. */
  file = '';
  private readonly clock: Clock;
  private readonly pid: number;
  private readonly out: NodeJS.WritableStream;
  private hasLostFile = false;

  /** @param out takes the lines when there is no file */
  constructor(clock: Clock, pid: number, out: NodeJS.WritableStream) {
    this.clock = clock;
    this.pid = pid;
    this.out = out;
  }

  /** Writes one line if its level is not below the threshold. */
  readonly write = (level: LogLevel, message: string): void => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.threshold)) return;
    const line = formatLogLine({ pid: this.pid, timeMs: this.clock.now(), level }, message);
    if (this.file !== '' && this.append(line)) return;
    this.out.write(`${line}\n`);
  };

  /**
   * Makes sure that the log file can be written.
   * @throws Error of the system when it cannot
   */
  checkFile(): void {
    if (this.file !== '') appendFileSync(this.file, '');
  }

  /** @returns false when the file could not be written: the line goes to the stream instead */
  private append(line: string): boolean {
    try {
      appendFileSync(this.file, `${line}\n`);
      this.hasLostFile = false;
      return true;
    } catch (error) {
      if (!this.hasLostFile) this.out.write(`cannot write ${this.file}: ${String(error)}\n`);
      this.hasLostFile = true;
      return false;
    }
  }
}
