// Time and order of a simulation: one queue of events, a clock that moves only from one event to
// the next, and turns of an event loop as Node has them. Invariant: the same seed gives the same
// events at the same times; the trace says so in one number.

import type { AlarmClock } from '../../engine/util/clock.js';
import type { EventLoop } from '../../engine/util/event-loop.js';
import { type Random, randomBelow } from '../../engine/util/random.js';

/** Unix ms at which every simulation begins. */
const START_MS = 1_700_000_000_000;
/** What a callback costs at most. */
const CALLBACK_MAX_US = 30;
/** What looking at the clock costs at most: this is what divides the work of slices. */
const LOOK_MAX_US = 40;
/** Once in so many looks the process is not given the processor for a while. */
const HICCUP_EVERY = 400;
const HICCUP_MAX_US = 4000;
/** Events that one `runUntil` may take before it counts as endless. */
const EVENTS_MAX = 3_000_000;

/** Whose events they are: those of a dead process are dropped. */
export interface Scope {
  isAlive: boolean;
}

interface Event {
  readonly atUs: number;
  readonly order: number;
  readonly scope: Scope;
  readonly what: string;
  run: (() => void) | null;
}

export class VirtualTime {
  readonly random: Random;
  nowUs = 0;
  events = 0;
  /** The wall clock at the begin of the event that runs now, unix ms. */
  eventWallMs = START_MS;
  /** The same of `nowMs`. */
  eventMs = 0;
  /** How far the wall clock was set forward in all, each time it was set. */
  readonly wallOffsetsMs: number[] = [0];
  readonly startMs = START_MS;
  private traceLow = 0x811c9dc5;
  private traceHigh = 0x01000193;
  private readonly heap: Event[] = [];
  private turns: { readonly scope: Scope; readonly run: () => void }[] = [];
  private order = 0;

  constructor(random: Random) {
    this.random = random;
  }

  get nowMs(): number {
    return this.nowUs / 1000;
  }

  /** Unix ms. */
  get wallMs(): number {
    return START_MS + this.wallOffsetMs + Math.floor(this.nowUs / 1000);
  }

  private get wallOffsetMs(): number {
    return this.wallOffsetsMs[this.wallOffsetsMs.length - 1];
  }

  /** Sets the wall clock forward, or back; durations go on as they were. */
  setForward(ms: number): void {
    this.wallOffsetsMs.push(this.wallOffsetMs + ms);
  }

  /** Everything that happened so far, in its order, as one number. */
  get trace(): string {
    return `${(this.traceHigh >>> 0).toString(16)}-${(this.traceLow >>> 0).toString(16)}`;
  }

  below(limit: number): number {
    return randomBelow(this.random, limit);
  }

  /** @returns true once in `times` */
  oneIn(times: number): boolean {
    return randomBelow(this.random, times) === 0;
  }

  /** Makes something that happened part of the trace. */
  note(text: string): void {
    let { traceLow: low, traceHigh: high } = this;
    for (let i = 0; i < text.length; i++) {
      low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
      high = Math.imul(high ^ text.charCodeAt(i) ^ (low >>> 15), 0x85ebca6b);
    }
    this.traceLow = low;
    this.traceHigh = high;
  }

  /** Time that is spent while nothing else can run. */
  spend(us: number): void {
    this.nowUs += us;
  }

  /** @param what for the trace @returns a function that withdraws it */
  at(atUs: number, scope: Scope, what: string, run: () => void): () => void {
    const event = { atUs: Math.ceil(atUs), order: ++this.order, scope, what, run };
    this.push(event);
    return () => {
      event.run = nothing;
    };
  }

  after(delayUs: number, scope: Scope, what: string, run: () => void): () => void {
    return this.at(this.nowUs + delayUs, scope, what, run);
  }

  nextTurn(scope: Scope, run: () => void): void {
    this.turns.push({ scope, run });
  }

  /**
   * Lets things happen until a condition holds.
   * @throws Error when it does not hold within `limitMs` of virtual time, or nothing is left to do
   */
  async runUntil(isDone: () => boolean, limitMs: number, what: string): Promise<void> {
    const endUs = this.nowUs + limitMs * 1000;
    await settled();
    for (let events = 0; !isDone(); ) {
      if (this.nowUs > endUs) throw new Error(`${what}: not within ${limitMs} ms`);
      if (events++ > EVENTS_MAX) throw new Error(`${what}: something happens without end`);
      const next = this.heap[0];
      if (next !== undefined && next.atUs <= this.nowUs) {
        await this.runEvent();
      } else if (this.turns.length > 0) {
        await this.runTurns(isDone);
      } else if (next !== undefined) {
        this.nowUs = next.atUs;
      } else {
        throw new Error(`${what}: nothing will ever happen again`);
      }
    }
  }

  /** The clock and the event loop of one process. */
  process(scope: Scope): { clock: AlarmClock; loop: EventLoop } {
    const look = (): void => this.look();
    const later = (delayMs: number, run: () => void): (() => void) =>
      this.after(Math.max(1, delayMs) * 1000, scope, 'timer', run);
    const clock: AlarmClock = {
      now: () => this.wallMs,
      nowUs: () => (START_MS + this.wallOffsetMs) * 1000 + this.nowUs,
      monotonicMs: () => {
        look();
        return this.nowMs;
      },
      alarm: later,
    };
    const loop: EventLoop = {
      nextTurn: (run) => this.nextTurn(scope, run),
      later,
      every: (periodMs, run) => {
        let end = nothing;
        const arm = (): void => {
          end = later(periodMs, () => {
            arm();
            run();
          });
        };
        arm();
        return () => end();
      },
    };
    return { clock, loop };
  }

  private look(): void {
    this.spend(this.below(LOOK_MAX_US + 1));
    if (this.oneIn(HICCUP_EVERY)) this.spend(this.below(HICCUP_MAX_US));
  }

  private async runEvent(): Promise<void> {
    const { run, scope, what, atUs } = this.pop();
    if (!scope.isAlive || run === null || run === nothing) return;
    this.note(`${what}@${atUs}`);
    await this.call(run);
  }

  /** Those that wait now; what they ask for is for the turn after. */
  private async runTurns(isDone: () => boolean): Promise<void> {
    const { turns } = this;
    this.turns = [];
    for (let i = 0; i < turns.length; i++) {
      if (isDone()) {
        this.turns = [...turns.slice(i), ...this.turns];
        return;
      }
      const { scope, run } = turns[i];
      if (!scope.isAlive) continue;
      this.note('turn');
      await this.call(run);
    }
  }

  private async call(run: () => void): Promise<void> {
    this.events++;
    this.eventWallMs = this.wallMs;
    this.eventMs = this.nowMs;
    this.spend(this.below(CALLBACK_MAX_US));
    run();
    await settled();
  }

  private push(event: Event): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = event;
  }

  private pop(): Event {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}

function nothing(): void {}

/** Resolves when no promise has anything left to call: the end of a callback of Node's. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
