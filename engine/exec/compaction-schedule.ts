// When a compaction begins by itself: after an error of the log, when a file turns out damaged,
// when the log has grown, and early when the disk has little space. After a failed one there is a
// pause. Invariant: a log that refuses writes is tried again at least every minute, unless
// `aof-on-io-error` leaves that to the operator, and at once when a person asks.

import type { ConfigPort } from '../contract/ports.js';
import type { FreeSpace } from '../log/free-space.js';
import type { LogWriter } from '../log/log-writer.js';
import type { Scrub } from '../log/scrub.js';
import type { Clock } from '../util/clock.js';

/** Pauses between attempts after a failure, in minutes, as Redis has them. */
const RETRY_MINUTES = [0, 0, 0, 1, 2, 4, 8, 16, 32, 60];
const RETRY_MIN_MS = 1000;
/** While writes are refused the pause doubles from a second up to this. */
const RETRY_REFUSING_MAX_MS = 60_000;

/** Why a compaction begins: what the operator reads. */
export interface CompactionReason {
  readonly level: 'notice' | 'warning';
  readonly text: string;
}

const AFTER_ERROR: CompactionReason = {
  level: 'warning',
  text: 'Rewriting the log into new files after an error',
};
const IS_DAMAGED: CompactionReason = {
  level: 'warning',
  text: 'Rewriting the log into new files: memory is sound, a file is not',
};
const HAS_GROWN: CompactionReason = {
  level: 'notice',
  text: 'Starting automatic rewriting of the log: it has grown enough',
};
const LITTLE_SPACE: CompactionReason = {
  level: 'notice',
  text: 'Starting automatic rewriting of the log: the disk has little space left',
};

export class CompactionSchedule {
  consecutiveFailures = 0;
  private readonly config: ConfigPort;
  private readonly clock: Clock;
  private failedMs = 0;

  constructor(config: ConfigPort, clock: Clock) {
    this.config = config;
    this.clock = clock;
  }

  /** @returns why a compaction should begin now, or null */
  reason(log: LogWriter, space: FreeSpace, scrub: Scrub): CompactionReason | null {
    const isRefusing = log.failure !== null;
    if (isRefusing && this.config.text('aof-on-io-error') !== 'rewrite') return null;
    if (this.clock.monotonicMs() - this.failedMs < this.pauseMs(isRefusing)) return null;
    if (isRefusing) return AFTER_ERROR;
    if (scrub.needsRewrite) return IS_DAMAGED;
    if (this.hasGrownEnough(log)) return HAS_GROWN;
    return space.wantsCompaction ? LITTLE_SPACE : null;
  }

  succeeded(): void {
    this.consecutiveFailures = 0;
  }

  failed(): void {
    this.consecutiveFailures++;
    this.failedMs = this.clock.monotonicMs();
  }

  private pauseMs(isRefusing: boolean): number {
    const failures = this.consecutiveFailures;
    if (failures === 0) return 0;
    if (isRefusing) return Math.min(RETRY_REFUSING_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1));
    const minutes = RETRY_MINUTES[Math.min(failures, RETRY_MINUTES.length - 1)];
    return Math.max(RETRY_MIN_MS, minutes * 60_000);
  }

  private hasGrownEnough(log: LogWriter): boolean {
    const { config } = this;
    const percentage = config.number('auto-aof-rewrite-percentage');
    const size = log.currentSizeBytes;
    if (percentage === 0 || size < config.number('auto-aof-rewrite-min-size')) return false;
    const base = Math.max(1, log.baseSizeBytes);
    return ((size - base) * 100) / base >= percentage;
  }
}
