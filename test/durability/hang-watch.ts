// Ends a test process whose case never ends, and says which: an endless loop would else keep the
// seed for itself. A thread of its own looks, since the main one cannot.

import { Worker } from 'node:worker_threads';

const LOOK_EVERY_MS = 1000;
/** Cells of the shared memory: cases begun and ended, and the seed. */
const BEGUN = 0;
const SEED = 1;

const LOOKING = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const { cells, limitMs, everyMs } = workerData;
let seen = -1;
let since = Date.now();
setInterval(() => {
  const begun = Atomics.load(cells, ${BEGUN});
  if (begun !== seen || begun % 2 === 0) {
    seen = begun;
    since = Date.now();
  } else if (Date.now() - since > limitMs) {
    const seed = Atomics.load(cells, ${SEED}) >>> 0;
    writeSync(2, 'the case with --seed ' + seed + ' does not end\\n');
    process.kill(process.pid, 'SIGKILL');
  }
}, everyMs);
`;

export class HangWatch {
  private readonly cells = new Int32Array(new SharedArrayBuffer(8));
  private readonly worker: Worker;

  /** @param limitMs that no case takes, however busy the machine is */
  constructor(limitMs: number) {
    const workerData = { cells: this.cells, limitMs, everyMs: LOOK_EVERY_MS };
    this.worker = new Worker(LOOKING, { eval: true, workerData });
    this.worker.unref();
  }

  /** Runs one case under watch. */
  async watch<T>(seed: number, work: () => T | Promise<T>): Promise<T> {
    Atomics.store(this.cells, SEED, seed | 0);
    Atomics.add(this.cells, BEGUN, 1);
    try {
      return await work();
    } finally {
      Atomics.add(this.cells, BEGUN, 1);
    }
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
