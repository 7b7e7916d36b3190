// What the log tests share: commands in, recovered commands out, time moved by hand.

import { EntryDecoder } from '../../engine/log/entry-decoder.js';
import type { FinishedSnapshot } from '../../engine/log/log-directory.js';
import { LogWriter, type LogWriterOptions } from '../../engine/log/log-writer.js';
import { type RecoveredLog, recover } from '../../engine/log/recovery.js';
import { Args } from '../../engine/util/args.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import type { Clock } from '../../engine/util/clock.js';
import type { FileSystem } from '../../engine/util/fs.js';
import { SeededRandom } from '../../engine/util/random.js';

export class HandClock implements Clock {
  ms = 1_700_000_000_000;

  now(): number {
    return this.ms;
  }

  nowUs(): number {
    return this.ms * 1000;
  }

  monotonicMs(): number {
    return this.ms;
  }
}

export interface Recovered extends RecoveredLog {
  /** `db:ARG ARG ...` of each entry after the snapshot, in order. */
  commands: string[];
  /** The payload of each snapshot frame as latin1. */
  snapshot: string[];
  seqs: number[];
}

const decoder = new EntryDecoder();
/** Each start has other salts, as in life, but the same ones in each run. */
let nextSeed = 7;

/** @returns a sink that writes down commands as text */
export function commandSink(commands: string[], seqs: number[]) {
  return (bytes: Buffer, from: number, to: number, count: number, seq: number): void => {
    decoder.begin(bytes, from, to);
    let found = 0;
    while (decoder.next()) {
      const words = [];
      for (let i = 0; i < decoder.args.count; i++) words.push(decoder.args.text(i));
      commands.push(`${decoder.dbIndex}:${words.join(' ')}`);
      seqs.push(seq + found++);
    }
    if (found !== count) throw new Error(`a frame said ${count} entries and had ${found}`);
  };
}

export async function open(
  fs: FileSystem,
  dir = '/data',
  clock: Clock = new HandClock(),
  seed = nextSeed++,
): Promise<Recovered> {
  const commands: string[] = [];
  const snapshot: string[] = [];
  const seqs: number[] = [];
  const recovered = await recover({
    fs,
    dir,
    clock,
    random: new SeededRandom(seed),
    owner: null,
    historyGenerations: 1,
    onSnapshot: (bytes, from, to) => snapshot.push(bytes.toString('latin1', from, to)),
    onEntries: commandSink(commands, seqs),
  });
  return { ...recovered, commands, snapshot, seqs };
}

export function writerOf(
  recovered: RecoveredLog,
  options: Partial<LogWriterOptions> = {},
): LogWriter {
  return new LogWriter(recovered, { policy: 'everysec', ...options });
}

const args = new Args();

/** Appends `SET k v` given as words. */
export function append(log: LogWriter, db: number, ...words: string[]): void {
  args.assign(words.map(latin1Bytes));
  log.entries.appendEntry(db, args);
}

/**
 * Writes a snapshot of one record.
 * @param seq what `rotate` returned
 * @returns what `switchGeneration` takes
 */
export async function writeSnapshot(
  log: LogWriter,
  seq: number,
  record: string,
): Promise<FinishedSnapshot> {
  const { name, writer } = log.createSnapshot(seq);
  const { frames } = writer;
  frames.beginEntry(16, record.length);
  frames.bytes.write(record, frames.at, 'latin1');
  frames.at += record.length;
  frames.endEntry();
  const sizeBytes = await writer.finish();
  return { name, seq, sizeBytes, salt: writer.header.salt };
}

/** Ticks until `condition` holds; fails loudly after many turns. */
export async function until(condition: () => boolean, tick: () => void = () => undefined) {
  for (let turn = 0; turn < 10_000; turn++) {
    if (condition()) return;
    tick();
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('the condition did not come true');
}
