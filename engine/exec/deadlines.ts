// Waits in the order of their deadlines: a binary heap whose entries know their place, and one
// alarm for the earliest. Invariant: an alarm is set exactly while there are entries, for the time
// of the first one or earlier.
//
// Adding and removing cost O(log n) steps at most; adding a deadline later than most, which is the
// rule, costs one.

import type { AlarmClock } from '../util/clock.js';

/** Something that ends at a time. */
export interface Deadline {
  /** Monotonic ms. */
  readonly deadlineMs: number;
  /** Its place in the heap; -1 while it is in none. */
  heapIndex: number;
}

export class Deadlines<Entry extends Deadline> {
  private readonly clock: AlarmClock;
  private readonly onDue: (entry: Entry) => void;
  private readonly heap: Entry[] = [];
  private cancelAlarm: (() => void) | null = null;
  private alarmMs = Number.POSITIVE_INFINITY;
  private isExpiring = false;

  /** @param onDue called with each entry whose time has come, after it was taken out */
  constructor(clock: AlarmClock, onDue: (entry: Entry) => void) {
    this.clock = clock;
    this.onDue = onDue;
  }

  get size(): number {
    return this.heap.length;
  }

  add(entry: Entry): void {
    const { heap } = this;
    heap.push(entry);
    this.up(entry, heap.length - 1);
    this.setAlarm();
  }

  /** Takes an entry out; one that is not in is left alone. */
  remove(entry: Entry): void {
    const { heap } = this;
    const index = entry.heapIndex;
    if (index < 0) return;
    entry.heapIndex = -1;
    const last = heap.pop();
    if (last !== undefined && last !== entry) {
      if (index > 0 && heap[(index - 1) >> 1].deadlineMs > last.deadlineMs) this.up(last, index);
      else this.down(last, index);
    }
    if (heap.length === 0) this.clearAlarm();
  }

  /** Ends what is due. Runs by itself when the alarm rings. */
  readonly expire = (): void => {
    if (this.isExpiring) return;
    this.isExpiring = true;
    const { heap } = this;
    const now = this.clock.monotonicMs();
    try {
      while (heap.length > 0 && heap[0].deadlineMs <= now) {
        const [entry] = heap;
        this.remove(entry);
        this.onDue(entry);
      }
    } finally {
      this.isExpiring = false;
      this.setAlarm();
    }
  };

  private readonly ring = (): void => {
    this.cancelAlarm = null;
    this.alarmMs = Number.POSITIVE_INFINITY;
    this.expire();
  };

  private setAlarm(): void {
    if (this.heap.length === 0 || this.isExpiring) return;
    const { deadlineMs } = this.heap[0];
    if (deadlineMs >= this.alarmMs) return;
    this.clearAlarm();
    this.alarmMs = deadlineMs;
    this.cancelAlarm = this.clock.alarm(deadlineMs - this.clock.monotonicMs(), this.ring);
  }

  private clearAlarm(): void {
    this.cancelAlarm?.();
    this.cancelAlarm = null;
    this.alarmMs = Number.POSITIVE_INFINITY;
  }

  private up(entry: Entry, from: number): void {
    const { heap } = this;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent].deadlineMs <= entry.deadlineMs) break;
      this.put(heap[parent], index);
      index = parent;
    }
    this.put(entry, index);
  }

  private down(entry: Entry, from: number): void {
    const { heap } = this;
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1].deadlineMs < heap[child].deadlineMs) child++;
      if (heap[child].deadlineMs >= entry.deadlineMs) break;
      this.put(heap[child], index);
      index = child;
    }
    this.put(entry, index);
  }

  private put(entry: Entry, index: number): void {
    this.heap[index] = entry;
    entry.heapIndex = index;
  }
}
