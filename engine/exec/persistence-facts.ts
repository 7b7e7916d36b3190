// What INFO persistence says, read from the live log. Names that Redis has keep Redis's meaning;
// the further `aof_*` fields are listed in the README.

import type { Keyspace } from '../keyspace/keyspace.js';
import type { CompactionFacts, LoadingFacts, PersistenceSource } from '../observe/info-sources.js';
import type { Persistence } from './persistence.js';
import type { ReplyNotes } from './reply-notes.js';

interface FactsOf {
  readonly keyspace: Keyspace;
  readonly persistence: Persistence;
  readonly replyNotes: ReplyNotes;
}

export class PersistenceFacts implements PersistenceSource {
  private readonly engine: FactsOf;

  /** Those before the last CONFIG RESETSTAT. */
  private delayedSyncsBefore = 0;

  constructor(engine: FactsOf) {
    this.engine = engine;
  }

  get isEnabled(): boolean {
    return this.persistence.isEnabled;
  }

  get loading(): LoadingFacts | null {
    return this.persistence.loading;
  }

  get compaction(): CompactionFacts {
    const { persistence } = this;
    return {
      isRunning: persistence.isCompacting,
      isScheduled: false,
      lastSeconds: persistence.lastRewriteSeconds,
      currentSeconds: persistence.currentRewriteSeconds,
      isLastOk: !persistence.lastRewriteFailed,
      finished: persistence.rewrites,
      consecutiveFailures: persistence.schedule.consecutiveFailures,
    };
  }

  get lastSaveSeconds(): number {
    return this.persistence.lastSaveSeconds;
  }

  get changesSinceSave(): number {
    return this.engine.keyspace.dirty;
  }

  get isLastWriteOk(): boolean {
    return this.persistence.refusal === null && this.persistence.space?.isFull !== true;
  }

  get currentSizeBytes(): number {
    return this.persistence.log?.currentSizeBytes ?? 0;
  }

  get baseSizeBytes(): number {
    return this.persistence.log?.baseSizeBytes ?? 0;
  }

  get bufferedBytes(): number {
    return this.persistence.log?.pendingBytes ?? 0;
  }

  get pendingSyncs(): number {
    return this.persistence.log?.isBusy === true ? 1 : 0;
  }

  get delayedSyncs(): number {
    return (this.persistence.log?.delayedSyncs ?? 0) - this.delayedSyncsBefore;
  }

  *details(): Iterable<readonly [name: string, value: string | number]> {
    const { log, space, compaction, report, rewriteRefusedReason } = this.persistence;
    if (log === null || space === null) return;
    const { timing, failure } = log;
    yield ['aof_last_seq', log.lastSeq];
    yield ['aof_durable_seq', log.durableSeq];
    yield ['aof_generation', log.generation];
    yield ['aof_segments', log.segmentCount];
    yield ['aof_history_oldest_time', Math.floor(log.history.oldestMs / 1000)];
    yield ['aof_history_bytes', log.history.totalBytes];
    yield ['aof_fsync_p50_us', timing.percentileUs(0.5)];
    yield ['aof_fsync_p99_us', timing.percentileUs(0.99)];
    yield ['aof_fsync_max_us', Math.round(timing.maxUs)];
    yield ['aof_ungated_replies', this.engine.replyNotes.ungatedReplies];
    yield ['aof_io_error', failure === null ? '' : `${failure.operation}:${failure.error.message}`];
    yield ['aof_disk_free', space.freeBytes];
    yield ['aof_reserve_ok', space.isReserveOk ? 1 : 0];
    yield ['aof_rewrite_refused_reason', rewriteRefusedReason];
    if (compaction !== null) {
      const { keysWritten, keysTotal, longestSliceMs, bufferPeakBytes } = compaction;
      const done = keysTotal === 0 ? 100 : (keysWritten * 100) / keysTotal;
      yield ['aof_rewrite_progress_perc', done.toFixed(2)];
      yield ['aof_rewrite_max_slice_us', Math.round(longestSliceMs * 1000)];
      yield ['aof_rewrite_peak_extra_bytes', bufferPeakBytes];
    }
    yield* this.scrubDetails();
    if (report !== null) {
      yield ['aof_last_load_bytes', report.totalBytes];
      yield ['aof_last_torn_bytes', report.torn?.cutBytes ?? 0];
    }
  }

  private *scrubDetails(): Iterable<readonly [name: string, value: string | number]> {
    const { scrub } = this.persistence;
    if (scrub === null) return;
    yield ['aof_scrub_in_progress', scrub.isRunning ? 1 : 0];
    yield ['aof_scrub_progress_perc', scrub.progressPercent.toFixed(2)];
    yield ['aof_scrub_passes', scrub.passes];
    yield ['aof_scrub_last_ok', Math.floor(scrub.lastOkMs / 1000)];
    yield ['aof_scrub_errors', scrub.errors];
    yield ['aof_scrub_last_error', scrub.lastError];
    yield ['aof_scrub_unrepaired', scrub.damagedFiles];
  }

  resetStatistics(): void {
    this.delayedSyncsBefore = this.persistence.log?.delayedSyncs ?? 0;
  }

  private get persistence(): Persistence {
    return this.engine.persistence;
  }
}
