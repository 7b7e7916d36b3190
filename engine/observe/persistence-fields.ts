// INFO persistence: Redis's `loading`, `rdb_*` and `aof_*` names over one log with snapshots. What
// Redis calls saving an RDB file and rewriting the AOF is here the same thing, a compaction.

import type { InfoField } from './info-fields.js';
import type { InfoSources, LoadingFacts } from './info-sources.js';

function status(isOk: boolean): string {
  return isOk ? 'ok' : 'err';
}

export const PERSISTENCE_FIELDS: readonly InfoField[] = [
  ['loading', ({ persistence }) => (persistence.loading === null ? 0 : 1)],
  ['async_loading', () => 0],
  ['current_cow_peak', () => 0],
  ['current_cow_size', () => 0],
  ['current_cow_size_age', () => 0],
  ['current_fork_perc', () => '0.00'],
  ['rdb_changes_since_last_save', ({ persistence }) => persistence.changesSinceSave],
  ['rdb_bgsave_in_progress', ({ persistence }) => (persistence.compaction.isRunning ? 1 : 0)],
  ['rdb_last_save_time', ({ persistence }) => persistence.lastSaveSeconds],
  ['rdb_last_bgsave_status', ({ persistence }) => status(persistence.compaction.isLastOk)],
  ['rdb_last_bgsave_time_sec', ({ persistence }) => persistence.compaction.lastSeconds],
  ['rdb_current_bgsave_time_sec', ({ persistence }) => persistence.compaction.currentSeconds],
  ['rdb_saves', ({ persistence }) => persistence.compaction.finished],
  ['rdb_last_cow_size', () => 0],
  ['aof_enabled', ({ persistence }) => (persistence.isEnabled ? 1 : 0)],
  ['aof_rewrite_in_progress', ({ persistence }) => (persistence.compaction.isRunning ? 1 : 0)],
  ['aof_rewrite_scheduled', ({ persistence }) => (persistence.compaction.isScheduled ? 1 : 0)],
  ['aof_last_rewrite_time_sec', ({ persistence }) => persistence.compaction.lastSeconds],
  ['aof_current_rewrite_time_sec', ({ persistence }) => persistence.compaction.currentSeconds],
  ['aof_last_bgrewrite_status', ({ persistence }) => status(persistence.compaction.isLastOk)],
  ['aof_rewrites', ({ persistence }) => persistence.compaction.finished],
  [
    'aof_rewrites_consecutive_failures',
    ({ persistence }) => persistence.compaction.consecutiveFailures,
  ],
  ['aof_last_write_status', ({ persistence }) => status(persistence.isLastWriteOk)],
  ['aof_last_cow_size', () => 0],
  ['module_fork_in_progress', () => 0],
  ['module_fork_last_cow_size', () => 0],
];

/** Lines only a server with a log has. */
const LOG_FIELDS: readonly InfoField[] = [
  ['aof_current_size', ({ persistence }) => persistence.currentSizeBytes],
  ['aof_base_size', ({ persistence }) => persistence.baseSizeBytes],
  ['aof_pending_rewrite', () => 0],
  ['aof_buffer_length', ({ persistence }) => persistence.bufferedBytes],
  ['aof_pending_bio_fsync', ({ persistence }) => persistence.pendingSyncs],
  ['aof_delayed_fsync', ({ persistence }) => persistence.delayedSyncs],
];

/** Seconds loading goes on, at the speed so far. */
function loadingEta(facts: LoadingFacts, nowSeconds: number): number {
  const leftBytes = Math.max(0, facts.totalBytes - facts.loadedBytes);
  if (leftBytes === 0) return 0;
  // As Redis: one second until there is a speed to speak of.
  const elapsedSeconds = nowSeconds - facts.startSeconds;
  if (facts.loadedBytes === 0 || elapsedSeconds <= 0) return 1;
  return Math.ceil((elapsedSeconds * leftBytes) / facts.loadedBytes);
}

/** @returns the lines of a load under way, with Redis's names */
function loadingLines({ clock }: InfoSources, facts: LoadingFacts): [string, string | number][] {
  const share = facts.totalBytes === 0 ? 1 : facts.loadedBytes / facts.totalBytes;
  return [
    ['loading_start_time', facts.startSeconds],
    ['loading_total_bytes', facts.totalBytes],
    ['loading_loaded_bytes', facts.loadedBytes],
    ['loading_loaded_perc', (Math.min(1, share) * 100).toFixed(2)],
    ['loading_eta_seconds', loadingEta(facts, Math.floor(clock.now() / 1000))],
  ];
}

/** @returns name and value of the lines that depend on what the server is doing */
export function persistenceLines(
  sources: InfoSources,
): (readonly [name: string, value: string | number])[] {
  const { persistence } = sources;
  const lines: (readonly [string, string | number])[] = [];
  if (persistence.isEnabled) {
    for (const [name, produce] of LOG_FIELDS) {
      const value = produce(sources);
      if (value !== null) lines.push([name, value]);
    }
    lines.push(...persistence.details());
  }
  if (persistence.loading !== null) lines.push(...loadingLines(sources, persistence.loading));
  return lines;
}
