// Progress of long work: a bar on a terminal, a line now and then elsewhere. Work that ends
// quickly shows nothing. Invariant: what is drawn on a terminal is wiped by `end`, so the next
// line starts clean.

import type { Clock } from '../engine/index.js';

/** Shorter work is not worth a word. */
const QUIET_MS = 500;
const REDRAW_MS = 100;
const LINE_EVERY_MS = 2000;
const BAR_WIDTH = 30;
const WIPE_LINE = '\r\u001b[K';

export interface ProgressOptions {
  /** What is going on, as a beginning of a sentence: `Loading`. */
  readonly label: string;
  readonly clock: Clock;
  /** Draws on a terminal; null where there is none. */
  readonly draw: ((text: string) => void) | null;
  /** Takes whole lines where nothing is drawn. */
  readonly line: (text: string) => void;
}

/** @returns `3.4 MB`, three significant digits, decimal units */
export function formatSize(sizeBytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = sizeBytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const text =
    unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(value < 9.995 ? 2 : 1);
  return `${text} ${units[unit]}`;
}

export class Progress {
  private readonly options: ProgressOptions;
  private readonly startMs: number;
  private shownMs: number;
  private hasDrawn = false;

  constructor(options: ProgressOptions) {
    this.options = options;
    this.startMs = options.clock.monotonicMs();
    // Whichever way it is shown, the first time is after QUIET_MS.
    const everyMs = options.draw === null ? LINE_EVERY_MS : REDRAW_MS;
    this.shownMs = this.startMs + QUIET_MS - everyMs;
  }

  /** To be called as often as one likes. */
  readonly update = (doneBytes: number, totalBytes: number): void => {
    const { draw, line, clock } = this.options;
    const now = clock.monotonicMs();
    if (now - this.shownMs < (draw === null ? LINE_EVERY_MS : REDRAW_MS)) return;
    this.shownMs = now;
    if (draw === null) line(this.describe(doneBytes, totalBytes, now));
    else draw(`${WIPE_LINE}${this.bar(doneBytes, totalBytes, now)}`);
    this.hasDrawn = draw !== null;
  };

  end(): void {
    if (this.hasDrawn) this.options.draw?.(WIPE_LINE);
    this.hasDrawn = false;
  }

  private describe(doneBytes: number, totalBytes: number, nowMs: number): string {
    const percent = Math.floor(fraction(doneBytes, totalBytes) * 100);
    const sizes = `${formatSize(doneBytes)} of ${formatSize(totalBytes)}`;
    const elapsedMs = nowMs - this.startMs;
    const leftMs = doneBytes > 0 ? (elapsedMs / doneBytes) * (totalBytes - doneBytes) : 0;
    const left = `about ${Math.ceil(Math.max(0, leftMs) / 1000)} s left`;
    return `${this.options.label}: ${percent}% (${sizes}, ${left})`;
  }

  private bar(doneBytes: number, totalBytes: number, nowMs: number): string {
    const filled = Math.round(fraction(doneBytes, totalBytes) * BAR_WIDTH);
    const bar = '#'.repeat(filled).padEnd(BAR_WIDTH, '.');
    return `[${bar}] ${this.describe(doneBytes, totalBytes, nowMs)}`;
  }
}

function fraction(doneBytes: number, totalBytes: number): number {
  return totalBytes > 0 ? Math.min(1, doneBytes / totalBytes) : 1;
}
