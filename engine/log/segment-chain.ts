// The segments a writer deals with: the current one, the one before it until that is sealed and
// synced (outgoing), and an empty one that is ready to be next (spare). A rotation is therefore
// only a change of the current one, between two frames; the slow parts (sync, manifest, a new
// spare) happen behind. Invariant: a segment that is appended to is in the manifest on disk.

import type { LogDirectory, SealedSegment } from './log-directory.js';
import type { Segment } from './segment.js';

/** After a failure to prepare, the next try waits at least this long. */
const RETRY_AFTER_MS = 1000;

export class SegmentChain {
  readonly directory: LogDirectory;
  current: Segment;
  outgoing: Segment | null = null;
  spare: Segment | null;
  /** What the last try to prepare a spare failed with, or null. */
  error: Error | null = null;
  private sealed: SealedSegment | null = null;
  private preparing: Promise<void> | null = null;
  private retryMs = 0;
  /** Descriptors of abandoned segments, which calls under way may still use. */
  private abandoned: number[] = [];

  constructor(directory: LogDirectory, current: Segment, spare: Segment) {
    this.directory = directory;
    this.current = current;
    this.spare = spare;
  }

  /** Makes the spare current and the current one outgoing. */
  advance(nextSeq: number): Segment {
    const { current, spare } = this;
    if (spare === null) throw new Error('no spare segment is ready');
    this.outgoing = current;
    this.current = spare;
    this.spare = null;
    spare.firstSeq = nextSeq;
    return spare;
  }

  /** Same after a failure: nothing is written to the old ones again, nor are they synced. */
  advanceAfterFailure(nextSeq: number): Segment {
    if (this.outgoing !== null) this.abandoned.push(this.outgoing.fd);
    const spare = this.advance(nextSeq);
    if (this.outgoing !== null) this.abandoned.push(this.outgoing.fd);
    this.outgoing = null;
    this.sealed = null;
    return spare;
  }

  /** The outgoing segment until its end is synced, or null. */
  get unsealed(): Segment | null {
    return this.sealed === null ? this.outgoing : null;
  }

  /** The outgoing segment is sealed and synced: notes that in the manifest, behind. */
  retireOutgoing(lastSeq: number): void {
    const { outgoing } = this;
    if (outgoing === null || this.sealed !== null) return;
    const { name, firstSeq, sizeBytes } = outgoing;
    this.sealed = { name, firstSeq, lastSeq, sizeBytes };
  }

  /** Prepares what is missing, if anything is and no try failed just now. */
  tick(nextSeq: number, nowMs: number): void {
    if (this.preparing !== null || nowMs < this.retryMs) return;
    if (this.spare !== null && this.sealed === null) return;
    void this.prepare(nextSeq, nowMs);
  }

  /** @returns resolves when there was a try; `spare` and `error` say how it ended */
  prepare(nextSeq: number, nowMs: number): Promise<void> {
    this.preparing ??= this.tryPrepare(nextSeq, nowMs).finally(() => {
      this.preparing = null;
    });
    return this.preparing;
  }

  /** Closes abandoned descriptors; call while nothing is under way. */
  closeAbandoned(): void {
    const { fs } = this.directory;
    for (const fd of this.abandoned.splice(0)) {
      try {
        fs.closeSync(fd);
      } catch {
        // The segment is synced or given up, and the descriptor is gone either way.
      }
    }
  }

  /** Resolves when no try is under way; abandoned descriptors are closed then. */
  async settled(): Promise<void> {
    await this.preparing;
    this.closeAbandoned();
  }

  private async tryPrepare(nextSeq: number, nowMs: number): Promise<void> {
    const { sealed, spare: ready } = this;
    if (ready !== null && sealed === null) return;
    try {
      const spare = await this.directory.sealAndPrepare(sealed, ready, nextSeq);
      // The one that was ready may be in use by now: after a failure nothing waits for this.
      if (spare !== ready) this.spare = spare;
      this.error = null;
      if (sealed === null || this.sealed !== sealed) return;
      this.sealed = null;
      const fd = this.outgoing?.fd;
      this.outgoing = null;
      if (fd !== undefined) this.abandoned.push(fd);
    } catch (error) {
      this.error = error instanceof Error ? error : new Error(String(error));
      this.retryMs = nowMs + RETRY_AFTER_MS;
    }
  }
}
