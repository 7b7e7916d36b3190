// The 24 bits per record that say when or how often it was used: a clock of seconds for LRU, or
// 16 bits of minutes and a logarithmic counter for LFU, as Redis has them. Which of the two they
// are follows `maxmemory-policy`. Invariant: `touch` never allocates.

import type { Random } from '../util/random.js';

const LRU_BITS_MAX = 0xffffff;
const LFU_INITIAL = 5;
const LFU_COUNTER_MAX = 255;
const MINUTES_MAX = 0xffff;

export class AccessClock {
  isLfu = false;
  /** lfu-log-factor and lfu-decay-time */
  lfuLogFactor = 10;
  lfuDecayMinutes = 1;
  private readonly random: Random;
  /** Unix ms at which the next second begins. */
  private freshUntil = 0;
  private seconds = 0;
  private minutes = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** @param now unix ms */
  refresh(now: number): void {
    if (now < this.freshUntil && now >= this.freshUntil - 1000) return;
    this.freshUntil = (Math.floor(now / 1000) + 1) * 1000;
    this.seconds = Math.floor(now / 1000) % (LRU_BITS_MAX + 1);
    this.minutes = Math.floor(now / 60000) & MINUTES_MAX;
  }

  /** @returns the access bits of a new record */
  initial(): number {
    return this.isLfu ? (this.minutes << 8) | LFU_INITIAL : this.seconds;
  }

  /** @returns the access bits after one more use */
  touch(bits: number): number {
    return this.isLfu ? this.countUse(bits) : this.seconds;
  }

  /** @returns OBJECT IDLETIME, in seconds */
  idleSeconds(bits: number): number {
    const idle = this.seconds - bits;
    return idle >= 0 ? idle : idle + LRU_BITS_MAX + 1;
  }

  /** @returns access bits that say: last used `seconds` ago */
  bitsForIdle(seconds: number): number {
    const whole = Math.min(seconds, LRU_BITS_MAX);
    return (this.seconds - whole + LRU_BITS_MAX + 1) % (LRU_BITS_MAX + 1);
  }

  /** @returns access bits that say: used this often, just now */
  bitsForFrequency(frequency: number): number {
    return (this.minutes << 8) | frequency;
  }

  /** @returns OBJECT FREQ: the counter after the decay due since the last use */
  frequency(bits: number): number {
    const counter = bits & LFU_COUNTER_MAX;
    if (this.lfuDecayMinutes === 0) return counter;
    const elapsed = (this.minutes - (bits >>> 8)) & MINUTES_MAX;
    return Math.max(0, counter - Math.floor(elapsed / this.lfuDecayMinutes));
  }

  private countUse(bits: number): number {
    let counter = this.frequency(bits);
    if (counter < LFU_COUNTER_MAX) {
      const base = Math.max(0, counter - LFU_INITIAL);
      const odds = 1 / (base * this.lfuLogFactor + 1);
      if (this.random.next32() / 2 ** 32 < odds) counter++;
    }
    return (this.minutes << 8) | counter;
  }
}
