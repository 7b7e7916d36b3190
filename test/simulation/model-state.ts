// What a server should hold: keys and values as plain JavaScript, and a journal of every change.
// Invariant: entries are never changed, only replaced, so any state of the past can be had again
// from the base and the journal up to a command.

export interface Field {
  readonly text: string;
  /** Unix ms; -1 without one. */
  readonly deadlineMs: number;
}

export type Value =
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'list'; readonly items: readonly string[] }
  | { readonly type: 'set'; readonly members: ReadonlySet<string> }
  | { readonly type: 'hash'; readonly fields: ReadonlyMap<string, Field> }
  | { readonly type: 'zset'; readonly scores: ReadonlyMap<string, number> };

export class Entry {
  readonly value: Value;
  /** Unix ms; -1 without one. */
  readonly deadlineMs: number;
  private cachedText: string | null = null;

  constructor(value: Value, deadlineMs = -1) {
    this.value = value;
    this.deadlineMs = deadlineMs;
  }

  /** Equal for equal values and deadlines. */
  get text(): string {
    this.cachedText ??= `${this.value.type} ${this.deadlineMs}\n${elementsOf(this.value)}`;
    return this.cachedText;
  }

  isVisible(nowMs: number): boolean {
    return this.deadlineMs < 0 || this.deadlineMs > nowMs;
  }
}

interface Change {
  /** The command that made it; counted from 1. */
  readonly command: number;
  readonly key: string;
  readonly entry: Entry | null;
}

export class ModelState {
  /** Commands that changed something since the base. */
  commands = 0;
  nowMs = 0;
  /** What the command that runs has drawn from sets, one list for each draw, oldest first. */
  readonly drawn: string[][] = [];
  private base = new Map<string, Entry>();
  private entries = new Map<string, Entry>();
  private journal: Change[] = [];
  /** The latest change of what was looked at since `endCommand`, as a number of commands. */
  seen = 0;
  /** Whether the command under way has changed something. */
  private isChanging = false;
  private readonly versions = new Map<string, number>();
  private changes = 0;
  /** By key: the command that changed it last. */
  private readonly changedBy = new Map<string, number>();

  /** The next change belongs to another command. */
  endCommand(): void {
    this.isChanging = false;
    this.seen = 0;
  }

  /** As `commands`, without the one that is under way. */
  get ended(): number {
    return this.isChanging ? this.commands - 1 : this.commands;
  }

  /** @returns whether there is such a key, expired or not */
  some(isSuch: (entry: Entry) => boolean): boolean {
    for (const entry of this.entries.values()) if (isSuch(entry)) return true;
    return false;
  }

  get(key: string): Entry | null {
    const entry = this.entries.get(key);
    this.seen = Math.max(this.seen, this.changedBy.get(key) ?? 0);
    return entry?.isVisible(this.nowMs) ? entry : null;
  }

  /** @returns what a key holds, whatever its deadline */
  peek(key: string): Entry | null {
    return this.entries.get(key) ?? null;
  }

  /** @param entry null deletes */
  put(key: string, entry: Entry | null): void {
    if (entry === null && !this.entries.has(key)) return;
    if (!this.isChanging) this.commands++;
    this.isChanging = true;
    if (entry === null) this.entries.delete(key);
    else this.entries.set(key, entry);
    this.journal.push({ command: this.commands, key, entry });
    this.versions.set(key, ++this.changes);
    this.changedBy.set(key, this.commands);
    this.seen = this.commands;
  }

  /** @returns a number that grows with each change of a key */
  versionOf(key: string): number {
    return this.versions.get(key) ?? 0;
  }

  /** @returns keys that are there, expired or not, by prefix */
  keys(prefix: string): string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith(prefix));
  }

  /**
   * Finds the number of commands after which the state is what a server holds.
   * @param actual by key, what has expired and is still there included
   * @returns the highest such number; -1 when there is none
   */
  prefixThatIs(actual: ReadonlyMap<string, Entry>): number {
    const sum = new StateSum();
    const wanted = new StateSum();
    for (const [key, entry] of actual) wanted.add(key, entry);
    const state = new Map(this.base);
    for (const [key, entry] of state) sum.add(key, entry);
    let found = sum.equals(wanted) ? 0 : -1;
    for (let i = 0; i < this.journal.length; i++) {
      const { command, key, entry } = this.journal[i];
      const before = state.get(key);
      if (before !== undefined) sum.remove(key, before);
      if (entry === null) state.delete(key);
      else {
        state.set(key, entry);
        sum.add(key, entry);
      }
      const isLast = this.journal[i + 1]?.command !== command;
      if (isLast && sum.equals(wanted)) found = command;
    }
    return found;
  }

  /** Begins anew with the state after so many commands. */
  rewind(commands: number): void {
    for (const { command, key, entry } of this.journal) {
      if (command > commands) break;
      if (entry === null) this.base.delete(key);
      else this.base.set(key, entry);
    }
    this.entries = new Map(this.base);
    this.base = new Map(this.entries);
    this.journal = [];
    this.commands = 0;
    this.changedBy.clear();
    this.isChanging = false;
  }

  /** @returns how the state after `commands` differs from what a server holds, for people */
  difference(actual: ReadonlyMap<string, Entry>, commands: number): string {
    const state = new Map(this.base);
    for (const { command, key, entry } of this.journal) {
      if (command > commands) break;
      if (entry === null) state.delete(key);
      else state.set(key, entry);
    }
    const lines: string[] = [];
    for (const key of new Set([...state.keys(), ...actual.keys()])) {
      const expected = shown(state.get(key));
      const found = shown(actual.get(key));
      if (expected !== found) lines.push(`${key}: expected ${expected}, found ${found}`);
    }
    return lines.slice(0, 8).join('\n');
  }
}

/** A sum over all entries that is the same whatever their order. */
class StateSum {
  private low = 0;
  private high = 0;

  add(key: string, entry: Entry): void {
    this.count(key, entry, 1);
  }

  remove(key: string, entry: Entry): void {
    this.count(key, entry, -1);
  }

  equals(other: StateSum): boolean {
    return this.low === other.low && this.high === other.high;
  }

  private count(key: string, entry: Entry, sign: number): void {
    let low = 0x811c9dc5;
    let high = 0;
    for (const text of [key, entry.text]) {
      for (let i = 0; i < text.length; i++) {
        low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
        high = Math.imul(high ^ low ^ (low >>> 13), 0x5bd1e995);
      }
    }
    this.low = (this.low + sign * low) | 0;
    this.high = (this.high + sign * high) | 0;
  }
}

function elementsOf(value: Value): string {
  switch (value.type) {
    case 'string':
      return value.text;
    case 'list':
      return value.items.join('\n');
    case 'set':
      return [...value.members].sort().join('\n');
    case 'hash':
      return [...value.fields]
        .map(([field, { text, deadlineMs }]) => `${field} ${text} ${deadlineMs}`)
        .sort()
        .join('\n');
    case 'zset':
      return sortedByScore(value.scores)
        .map(([member, score]) => `${member} ${score}`)
        .join('\n');
  }
}

/** @returns members in the order of ZRANGE */
export function sortedByScore(scores: ReadonlyMap<string, number>): [string, number][] {
  return [...scores].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
}

function shown(entry: Entry | undefined): string {
  if (entry === undefined) return 'nothing';
  return JSON.stringify(entry.text.slice(0, 120));
}
