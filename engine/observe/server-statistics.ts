// What the engine counts besides the commands themselves: errors by code, rates, the memory peak.
// Plain numbers in fixed shapes, so counting allocates nothing; INFO stats reads them.

/** Rates are averages of this many samples, as Redis's are. */
export const RATE_SAMPLES = 16;
/** More different error codes than this are counted in the total only. */
export const ERROR_CODES_MAX = 128;

/** A rate per second: the average of the last samples of a counter. */
export class SampledRate {
  private readonly samples = new Float64Array(RATE_SAMPLES);
  private next = 0;
  private lastCount = 0;
  private lastMs = -1;

  /**
   * @param count the counter as it is
   * @param nowMs monotonic milliseconds
   */
  sample(count: number, nowMs: number): void {
    const elapsedMs = nowMs - this.lastMs;
    if (this.lastMs >= 0 && elapsedMs > 0) {
      // After CONFIG RESETSTAT the counter starts anew.
      const grown = Math.max(0, count - this.lastCount);
      this.samples[this.next] = (grown * 1000) / elapsedMs;
      this.next = (this.next + 1) % RATE_SAMPLES;
    }
    this.lastCount = count;
    this.lastMs = nowMs;
  }

  get perSecond(): number {
    let sum = 0;
    for (let i = 0; i < RATE_SAMPLES; i++) sum += this.samples[i];
    return sum / RATE_SAMPLES;
  }
}

export class ServerStatistics {
  /** All error replies, also those without a code of their own. */
  errorReplies = 0;
  /** Most bytes the keyspace has held, as `observeMemory` saw it. */
  peakMemoryBytes = 0;
  /** Unix seconds of that moment. */
  peakMemorySeconds = 0;
  readonly commandRate = new SampledRate();
  readonly inputRate = new SampledRate();
  readonly outputRate = new SampledRate();
  /** Error replies by code, in the order in which the codes first came. */
  readonly errorsByCode = new Map<string, number>();

  /** @param code the first word of the error text */
  countError(code: string): void {
    this.errorReplies++;
    const count = this.errorsByCode.get(code);
    if (count !== undefined) this.errorsByCode.set(code, count + 1);
    else if (this.errorsByCode.size < ERROR_CODES_MAX) this.errorsByCode.set(code, 1);
  }

  /** Remembers the peak. @param nowMs unix ms */
  observeMemory(usedBytes: number, nowMs: number): void {
    if (usedBytes <= this.peakMemoryBytes) return;
    this.peakMemoryBytes = usedBytes;
    this.peakMemorySeconds = Math.floor(nowMs / 1000);
  }

  /** CONFIG RESETSTAT; the memory peak stays, as in Redis. */
  reset(): void {
    this.errorReplies = 0;
    this.errorsByCode.clear();
  }
}
