// The history of one data set while it is open: what is kept, how far back it goes, how much it
// takes, and what goes next. Invariants: what it says is what the last look at the directory saw;
// times come from the files themselves, so a copied directory keeps what the original would; a
// generation whose end is not known is not too old.

import { join } from 'node:path';
import type { Clock } from '../util/clock.js';
import type { FileSystem } from '../util/fs.js';
import { historyPath } from './file-names.js';
import { expireHistory, readHistory } from './history.js';
import {
  expiryReason,
  type HistoryLimits,
  type SupersededGeneration,
} from './history-retention.js';
import { type Manifest, manifestFiles } from './manifest.js';
import { beginningOf, snapshotTime } from './restore-point.js';

/** What was removed and why. */
export interface ExpiredHistory {
  /** Oldest first. */
  readonly generations: readonly number[];
  /** The directive that asked for it; '' when nothing was removed. */
  readonly reason: string;
}

export class HistoryKeeper {
  /** Of all files that superseded generations name. */
  totalBytes = 0;
  /** In force from the next `expire` on. */
  limits: HistoryLimits;
  private readonly fs: FileSystem;
  private readonly dir: string;
  private readonly clock: Clock;
  /** Oldest first. */
  private kept: readonly SupersededGeneration[] = [];
  /** When the generation in use begins, unix ms; NaN when that is not known. */
  private currentMs = Number.NaN;
  /** What files said that were looked at before; they do not change. */
  private times = new Map<string, number>();
  private sizes = new Map<string, number>();

  constructor(fs: FileSystem, dir: string, clock: Clock, limits: HistoryLimits) {
    this.fs = fs;
    this.dir = dir;
    this.clock = clock;
    this.limits = limits;
  }

  /** The earliest time that can be restored, unix ms; 0 when that is not known. */
  get oldestMs(): number {
    const times = [...this.kept.map(({ startMs }) => startMs), this.currentMs];
    return times.find((timeMs) => !Number.isNaN(timeMs)) ?? 0;
  }

  /** Whether a generation should go; costs nothing. */
  get isDue(): boolean {
    const { kept, totalBytes, limits, clock } = this;
    return expiryReason(kept, totalBytes, limits, clock.now()) !== '';
  }

  /**
   * Removes what should be kept no longer, and data files that no generation needs.
   * @param current the manifest in use
   */
  async expire(current: Manifest): Promise<ExpiredHistory> {
    await this.look(current);
    const kept = [...this.kept];
    const generations: number[] = [];
    let { totalBytes } = this;
    let reason = '';
    for (;;) {
      const why = expiryReason(kept, totalBytes, this.limits, this.clock.now());
      const oldest = kept[0];
      if (why === '' || oldest === undefined) break;
      reason = why;
      generations.push(oldest.generation);
      totalBytes -= oldest.sizeBytes;
      kept.shift();
    }
    await expireHistory(this.fs, this.dir, kept[0]?.generation ?? current.generation);
    this.kept = kept;
    this.totalBytes = totalBytes;
    return { generations, reason };
  }

  /** Makes room. @returns the generation that was removed, or -1 when there is none */
  async dropOldest(current: Manifest): Promise<number> {
    await this.look(current);
    const [oldest, ...kept] = this.kept;
    if (oldest === undefined) {
      // A removal that was cut short leaves files of generations that are gone already.
      await expireHistory(this.fs, this.dir, current.generation);
      return -1;
    }
    await expireHistory(this.fs, this.dir, (kept[0] ?? current).generation);
    this.kept = kept;
    this.totalBytes -= oldest.sizeBytes;
    return oldest.generation;
  }

  /** Sees what is there. */
  private async look(current: Manifest): Promise<void> {
    const { manifests } = await readHistory(this.fs, this.dir);
    const old = manifests.filter(({ generation }) => generation < current.generation);
    const times = new Map<string, number>();
    const sizes = new Map<string, number>();
    const kept: SupersededGeneration[] = [];
    const currentMs = await this.startOf(current, this.dir, times);
    let endMs = Number.isNaN(currentMs) ? Number.POSITIVE_INFINITY : currentMs;
    let totalBytes = 0;
    for (const manifest of old.reverse()) {
      const { generation } = manifest;
      const sizeBytes = await this.measure(manifest, sizes);
      const startMs = await this.startOf(manifest, historyPath(this.dir), times);
      kept.unshift({ generation, startMs, endMs, sizeBytes });
      totalBytes += sizeBytes;
      if (!Number.isNaN(startMs)) endMs = startMs;
    }
    this.times = times;
    this.sizes = sizes;
    this.kept = kept;
    this.totalBytes = totalBytes;
    this.currentMs = currentMs;
  }

  /** @returns when a generation begins; NaN when its files do not say */
  private async startOf(
    { snapshot, segments }: Manifest,
    dir: string,
    times: Map<string, number>,
  ): Promise<number> {
    if (snapshot === null) {
      const startMs = beginningOf(segments);
      return Number.isFinite(startMs) ? startMs : Number.NaN;
    }
    const { name } = snapshot;
    let timeMs = this.times.get(name);
    if (timeMs === undefined) {
      try {
        timeMs = await snapshotTime(this.fs, join(dir, name));
      } catch {
        // Missing or damaged, for the scrub to find: not to know its time only keeps more.
        return Number.NaN;
      }
    }
    times.set(name, timeMs);
    return timeMs;
  }

  /** @param sizes of files that later generations need, and then this one's, too */
  private async measure(manifest: Manifest, sizes: Map<string, number>): Promise<number> {
    let total = 0;
    for (const name of manifestFiles(manifest)) {
      if (sizes.has(name)) continue;
      const known = this.sizes.get(name);
      const path = join(historyPath(this.dir), name);
      const sizeBytes = known ?? (await this.fs.stat(path))?.sizeBytes;
      if (sizeBytes === undefined) continue;
      sizes.set(name, sizeBytes);
      total += sizeBytes;
    }
    return total;
  }
}
