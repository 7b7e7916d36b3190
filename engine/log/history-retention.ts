// How much history is kept, as one rule without a disk or a clock: by count, by age and by size.
// Invariant: what goes is the oldest, one generation after the other, so what is left has no hole.

export interface HistoryLimits {
  /** Superseded generations that are kept however old they are. */
  generations: number;
  /** Further ones are kept as long as a point of the last so many hours needs them; 0: none. */
  hours: number;
  /** The oldest go, whatever the two above say, until the rest takes no more; 0: no limit. */
  maxBytes: number;
}

/** A superseded generation, as far as it decides how long it is kept. */
export interface SupersededGeneration {
  readonly generation: number;
  /** The earliest time that it can restore, unix ms; NaN when that is not known. */
  readonly startMs: number;
  /** When the next one began: it is of use for points before that. Infinity when not known. */
  readonly endMs: number;
  /** Bytes that go with it: those of files that no later one needs. */
  readonly sizeBytes: number;
}

const MS_PER_HOUR = 3_600_000;

/** Whether superseded generations are kept at all. */
export function keepsHistory({ generations, hours }: HistoryLimits): boolean {
  return generations > 0 || hours > 0;
}

/**
 * @param kept oldest first
 * @param totalBytes of all of them
 * @returns why the oldest one goes now, for the operator to read; '' when it stays
 */
export function expiryReason(
  kept: readonly SupersededGeneration[],
  totalBytes: number,
  limits: HistoryLimits,
  nowMs: number,
): string {
  if (kept.length === 0) return '';
  const { generations, hours, maxBytes } = limits;
  if (maxBytes > 0 && totalBytes > maxBytes) return 'aof-history-max-bytes';
  if (kept.length <= generations) return '';
  if (hours === 0) return 'aof-history-generations';
  return kept[0].endMs + hours * MS_PER_HOUR <= nowMs ? 'aof-history-hours' : '';
}
