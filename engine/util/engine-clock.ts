// The clock of one engine: what it takes for the time. It follows the wall clock as `ClockSlew`
// says, or, when told to, exactly. Invariant: between two looks a jump of the wall clock is not
// seen, so the commands of a turn, and those that expire next, agree on the time.

import type { AlarmClock } from './clock.js';
import { ClockSlew, GAP_MAX_MS } from './clock-slew.js';

export class EngineClock implements AlarmClock {
  /** Times that the wall clock was found to have jumped, by more than a second. */
  jumps = 0;
  /** Told of each jump, as one line. */
  onJump: (text: string) => void = () => undefined;
  private readonly wall: AlarmClock;
  private slew: ClockSlew;
  private isSlewed = true;

  constructor(wall: AlarmClock) {
    this.wall = wall;
    this.slew = agreement(wall);
  }

  now(): number {
    if (!this.isSlewed) return this.wall.now();
    return Math.floor(this.slew.timeAt(this.wall.monotonicMs()));
  }

  nowUs(): number {
    if (!this.isSlewed) return this.wall.nowUs();
    return Math.floor(this.slew.timeAt(this.wall.monotonicMs()) * 1000);
  }

  monotonicMs(): number {
    return this.wall.monotonicMs();
  }

  alarm(delayMs: number, ring: () => void): () => void {
    return this.wall.alarm(delayMs, ring);
  }

  /** How far the wall clock was ahead at the last look, in whole ms. */
  get gapMs(): number {
    return this.isSlewed ? Math.round(this.slew.gapMs) : 0;
  }

  /** @param isSlewed whether jumps of the wall clock are made up for slowly */
  setSlewed(isSlewed: boolean): void {
    if (this.isSlewed === isSlewed) return;
    this.isSlewed = isSlewed;
    this.slew = agreement(this.wall);
  }

  /** Looks at the wall clock; several times a second. */
  look(): void {
    const { wall, slew, isSlewed } = this;
    const jumpMs = slew.look(wall.now(), wall.monotonicMs());
    if (jumpMs === 0) return;
    this.jumps++;
    const isFollowed = !isSlewed || slew.gapMs === 0;
    const size = (Math.abs(jumpMs) / 1000).toFixed(1);
    const end = isFollowed ? 'deadlines follow at once' : 'deadlines follow slowly';
    const reason = isSlewed && isFollowed ? `: it is over ${GAP_MAX_MS / 60_000} minutes off` : '';
    const direction = jumpMs > 0 ? 'forward' : 'back';
    this.onJump(`The wall clock jumped ${direction} by ${size} s; ${end}${reason}`);
  }
}

function agreement(wall: AlarmClock): ClockSlew {
  const wallMs = wall.now();
  const fineMs = wall.nowUs() / 1000;
  // The fine clock of a platform may not follow the wall clock's jumps.
  const isAgreed = Math.abs(fineMs - wallMs) <= 2;
  return new ClockSlew(isAgreed ? fineMs : wallMs, wall.monotonicMs());
}
