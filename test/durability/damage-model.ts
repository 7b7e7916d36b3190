// What must come of one damaged file of a sample, from what the oracle says of the directory.

import { type BytesOf, expectedStart, type StartExpected } from './damage-oracle.js';
import type { SampleLog } from './sample-log.js';

/** A file of a directory, as it was. */
export interface SampleFile {
  readonly path: string;
  readonly bytes: Buffer;
}

export interface Damage {
  readonly file: SampleFile;
  /** What the file has now. */
  readonly bytes: Buffer;
}

export interface Expectation extends StartExpected {
  /** Entries that a start hands on: the first ones. */
  readonly entries: number;
}

/** @returns what must come of one damaged segment or snapshot */
export function expectationOf(sample: SampleLog, { file, bytes }: Damage): Expectation {
  const bytesOf: BytesOf = (image) => (image === file ? bytes : image.bytes);
  const expected = expectedStart(sample.generation, bytesOf);
  return { ...expected, entries: entriesBefore(sample, expected.lastSeq + 1) };
}

/** @returns how many entries come before entry `seq` */
export function entriesBefore({ seqs }: SampleLog, seq: number): number {
  let [from, to] = [0, seqs.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (seqs[middle] < seq) from = middle + 1;
    else to = middle;
  }
  return from;
}
