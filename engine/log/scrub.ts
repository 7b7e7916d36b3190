// Re-reads what nobody reads while the server runs: the sealed files of the data set, its history
// and the manifests, at a low rate. Damage is found while memory still has the truth: a damaged
// file of the data set asks for a rewrite (`needsRewrite`), which puts a sound generation in its
// place; history gives up what can no longer be restored; a manifest is written anew.
// Invariants: one block is read and checked at a time; a file that left the data set, or moved,
// while it was read is no damage; nothing is put aside before something sound is in its place.

import type { Clock } from '../util/clock.js';
import { errorCode, type FileSystem } from '../util/fs.js';
import { cutHistory, type HistoryLoss, putStraysAside } from './damaged-history.js';
import { DataSet } from './data-set.js';
import { type LogDamage, LogError } from './errors.js';
import type { LogDirectory } from './log-directory.js';
import { historySource } from './log-source.js';
import type { Manifest } from './manifest.js';
import { mendManifest } from './manifest-mending.js';
import { ScrubPace, ScrubStopped } from './scrub-pace.js';

/** What is read and checked at a time: a fraction of a millisecond. */
const BLOCK_BYTES = 32 * 1024;
/** However small the data set, a pass does not take longer than at this rate. */
const RATE_MIN_BYTES_PER_S = 1024 * 1024;
const MS_PER_HOUR = 3_600_000;
/** A pass is read so much faster than it need be, so that it ends before the next is due. */
const HASTE = 1.1;
/** Files were just read when the engine opened; the first pass leaves it alone so long. */
const FIRST_PASS_AFTER_MS = 60_000;
/** After a pass that found something, or could not read all, the next begins so soon. */
const NEXT_PASS_AFTER_MS = 60_000;
/** Errors that say something about the bytes of a file; others may pass. */
const UNREADABLE = new Set(['EIO', 'EBADMSG', 'EUCLEAN', 'ENODATA']);

export interface ScrubOptions {
  readonly directory: LogDirectory;
  readonly clock: Clock;
  /** Hours a pass may take; 0 turns the scrub off. Asked again and again. */
  readonly hours: () => number;
  readonly notice: (level: 'notice' | 'warning', text: string) => void;
}

interface SealedFile {
  readonly manifest: Manifest;
  readonly name: string;
  readonly sizeBytes: number;
}

export class Scrub {
  /** When the last complete pass without any damage ended, unix ms; 0 before the first. */
  lastOkMs = 0;
  /** Passes that went to their end. */
  passes = 0;
  /** Files found damaged or missing. */
  errors = 0;
  /** Where the last damage was, and what; '' without any. */
  lastError = '';
  private readonly options: ScrubOptions;
  private readonly fs: FileSystem;
  private readonly directory: LogDirectory;
  private pace = new ScrubPace();
  private running: Promise<void> | null = null;
  private tickedMs: number;
  private passStartMs: number;
  /** When the next pass begins, if that is before the period is over. */
  private soonMs = Infinity;
  private totalBytes = 0;
  private doneBytes = 0;
  /** Bytes of the file being read that are done. */
  private fileBytes = 0;
  private isClean = true;
  private isStopped = false;
  private wasDamaged = false;

  constructor(options: ScrubOptions) {
    this.options = options;
    this.directory = options.directory;
    this.fs = options.directory.fs;
    this.tickedMs = options.clock.monotonicMs();
    this.passStartMs = this.tickedMs;
    this.soonMs = this.tickedMs + FIRST_PASS_AFTER_MS;
  }

  /** Files of the data set that are damaged on disk and not yet replaced. */
  get damagedFiles(): number {
    let count = 0;
    for (const { name } of sealedFiles(this.directory.manifest)) {
      if (this.directory.damaged.has(name)) count++;
    }
    return count;
  }

  /** Whether memory must be written to new files, because the present ones are damaged. */
  get needsRewrite(): boolean {
    return this.directory.damaged.size > 0 && this.damagedFiles > 0;
  }

  get isRunning(): boolean {
    return this.running !== null;
  }

  /** How much of the pass under way is done, in percent; 100 between passes. */
  get progressPercent(): number {
    if (this.running === null || this.totalBytes === 0) return 100;
    return Math.min(100, (this.doneBytes * 100) / this.totalBytes);
  }

  /** Periodic work; call it about ten times a second. */
  tick(): void {
    const nowMs = this.options.clock.monotonicMs();
    const elapsedMs = nowMs - this.tickedMs;
    this.tickedMs = nowMs;
    this.noteHealing();
    const hours = this.options.hours();
    if (this.running !== null) {
      if (hours === 0) this.pace.stop();
      else this.pace.refill(elapsedMs);
      return;
    }
    const dueMs = Math.min(this.soonMs, this.passStartMs + hours * MS_PER_HOUR);
    if (hours > 0 && nowMs >= dueMs && !this.isStopped) {
      this.passStartMs = nowMs;
      this.soonMs = Infinity;
      this.pace = new ScrubPace();
      this.running = this.pass(hours).finally(() => {
        this.running = null;
      });
    }
  }

  /** Resolves when nothing is being read. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.pace.stop();
    await this.running;
  }

  // --- a pass ---

  private async pass(hours: number): Promise<void> {
    this.isClean = true;
    this.doneBytes = 0;
    try {
      await this.manifests();
      const history = await historySource(this.fs, this.directory.dir);
      const files = [this.directory.manifest, ...history.manifests].flatMap(sealedFiles);
      this.totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      const wanted = (this.totalBytes * HASTE) / (hours * 3600);
      this.pace.setRate(Math.max(RATE_MIN_BYTES_PER_S, wanted));
      await this.liveFiles();
      await this.historyFiles();
      this.passes++;
      if (this.isClean) this.lastOkMs = this.options.clock.now();
    } catch (error) {
      if (error instanceof ScrubStopped) return;
      this.isClean = false;
      this.options.notice('warning', `Scrub: the pass was given up: ${messageOf(error)}`);
    }
    if (!this.isClean) this.soonMs = this.options.clock.monotonicMs() + NEXT_PASS_AFTER_MS;
  }

  private async manifests(): Promise<void> {
    const { directory } = this;
    const problem = await directory.exclusively(() => mendManifest(directory));
    if (problem !== null) this.found(problem);
    const { fs, dir } = directory;
    for (const lost of await directory.exclusively(() => putStraysAside(fs, dir))) {
      this.found(`${lost}; that generation is no longer kept`);
    }
  }

  private async liveFiles(): Promise<void> {
    const { directory } = this;
    for (const { name, sizeBytes } of sealedFiles(directory.manifest)) {
      // It may have left, or be known, by the time it is its turn.
      const manifest = directory.manifest;
      const isThere = sealedFiles(manifest).some((file) => file.name === name);
      if (directory.damaged.has(name)) this.isClean = false;
      else if (isThere) await this.file({ manifest, name, sizeBytes }, directory.path(name), true);
    }
  }

  private async historyFiles(): Promise<void> {
    const { dir } = this.directory;
    // What was superseded while it was to be read is there once the switch under way has ended.
    await this.directory.exclusively(async () => undefined);
    const { manifests } = await historySource(this.fs, dir);
    const seen = new Set<string>();
    for (const file of manifests.flatMap(sealedFiles)) {
      if (seen.has(file.name)) continue;
      seen.add(file.name);
      const { pathOf } = await historySource(this.fs, dir);
      await this.file(file, pathOf(file.name), false);
    }
  }

  /** Reads one file through and does what its damage calls for. */
  private async file({ manifest, name, sizeBytes }: SealedFile, path: string, isLive: boolean) {
    const dataSet = new DataSet(this.fs, manifest, () => path);
    const startBytes = this.doneBytes;
    let damage = await this.damageIn(dataSet, name);
    // An error of the disk may have passed; damage does not.
    if (damage?.isError) damage = await this.damageIn(dataSet, name);
    this.doneBytes = startBytes + sizeBytes;
    if (damage === null) return;
    const { directory } = this;
    const { offset, reason } = damage;
    const what = `${path} is damaged at byte ${offset}: ${reason}`;
    if (damage.isPassing) {
      this.isClean = false;
      this.options.notice('warning', `Scrub: ${path} could not be read: ${reason}`);
    } else if (isLive) {
      const isStill = async () => sealedFiles(directory.manifest).some((one) => one.name === name);
      if (!(await directory.exclusively(isStill))) return;
      directory.damaged.add(name);
      this.wasDamaged = true;
      this.found(`${what}; memory is sound, the log is rewritten from it`);
    } else {
      await directory.exclusively(() => this.cutHistory(name, path, what));
    }
  }

  private async damageIn(dataSet: DataSet, name: string): Promise<FileDamage | null> {
    const { directory } = this;
    const { generation } = directory.manifest;
    this.fileBytes = 0;
    try {
      await dataSet.verifySealed(name, BLOCK_BYTES, (bytes) => {
        // What was superseded goes, or is read where it goes to: no space is held up meanwhile.
        if (directory.manifest.generation !== generation) throw new Superseded();
        this.fileBytes += bytes;
        this.doneBytes += bytes;
        return this.pace.pay(bytes);
      });
      return null;
    } catch (error) {
      if (error instanceof ScrubStopped) throw error;
      if (error instanceof Superseded) return null;
      if (error instanceof LogError) {
        const { offset, reason } = error.damage ?? { offset: 0, reason: error.message };
        return { offset, reason, isError: false, isPassing: false };
      }
      const isPassing = !UNREADABLE.has(errorCode(error));
      return { offset: this.fileBytes, reason: messageOf(error), isError: true, isPassing };
    }
  }

  private async cutHistory(name: string, path: string, what: string): Promise<void> {
    const { fs, directory } = this;
    const { manifests, pathOf } = await historySource(fs, directory.dir);
    const isStill = manifests.flatMap(sealedFiles).some((file) => file.name === name);
    if (!isStill) return;
    if (pathOf(name) !== path) {
      // It was just moved there; the next pass reads it.
      this.isClean = false;
      return;
    }
    const { dir, manifest, history } = directory;
    const losses = await cutHistory(fs, dir, manifest, new Set([name]));
    await history.expire(manifest);
    this.found(`${what}; ${losses.map(lossText).join(', ')}`);
  }

  private found(what: string): void {
    this.isClean = false;
    this.errors++;
    this.lastError = what;
    this.options.notice('warning', `Scrub: ${what}`);
  }

  private noteHealing(): void {
    if (!this.wasDamaged || this.needsRewrite) return;
    this.wasDamaged = false;
    const text = 'Scrub: the log is sound again; what is left of damaged files is in quarantine';
    this.options.notice('notice', text);
  }
}

/** Ends the reading of a file because the data set has become another one. */
class Superseded extends Error {}

interface FileDamage extends Pick<LogDamage, 'offset' | 'reason'> {
  /** The file system said so, not the bytes. */
  readonly isError: boolean;
  /** It says nothing about the bytes. */
  readonly isPassing: boolean;
}

function sealedFiles(manifest: Manifest): SealedFile[] {
  const { snapshot, segments } = manifest;
  const files: SealedFile[] = [];
  if (snapshot !== null) files.push({ manifest, ...snapshot });
  for (const { name, sealed } of segments) {
    if (sealed !== null) files.push({ manifest, name, sizeBytes: sealed.sizeBytes });
  }
  return files;
}

function lossText({ generation, lastSeq }: HistoryLoss): string {
  if (lastSeq === null) return `generation ${generation} is no longer kept`;
  return `generation ${generation} can be restored up to entry ${lastSeq}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
