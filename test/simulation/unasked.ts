// What a server does though no command says so: keys and fields expire, keys are evicted, clients
// that wait are served. Each is a change of its own in the model, made when it happened: before,
// within or after the command that runs. Invariant: nothing goes before its time or without need,
// nothing in a pause, and nobody is served before his turn or with nothing.

import assert from 'node:assert/strict';
import type { Link, Op } from './link.js';
import type { MemoryLimit, MemoryUse } from './memory-limit.js';
import { popFrom } from './model-commands.js';
import { removeField } from './model-hashes.js';
import { array, bulk, keyOf } from './model-replies.js';
import type { Entry, ModelState } from './model-state.js';
import type { Pauses } from './pauses.js';
import { WaitingPops } from './waiting-pops.js';

/** A key, or a field of a hash, went though nobody asked for it. */
export interface Removal {
  readonly kind: 'removal';
  /** As in the model: database and name. */
  readonly key: string;
  /** Null when the whole key went. */
  readonly field: string | null;
  /** Of the engine, unix ms. */
  readonly nowMs: number;
  /** It is part of the transaction that runs. */
  readonly isInUnit: boolean;
  /** Before it went. */
  readonly use: MemoryUse;
}

/** A client got what it waited for, or waits again because it is gone. */
export interface Serving {
  readonly kind: 'serving';
  readonly link: Link;
  /** The error it got instead, or null. */
  readonly refusal: string | null;
  readonly isWaitingAgain: boolean;
}

/** What is still to be told of the model. */
interface Rules {
  readonly state: ModelState;
  readonly pauses: Pauses;
  readonly memory: MemoryLimit;
}

export class Unasked {
  readonly waiting = new WaitingPops();
  private readonly rules: Rules;
  /** What happened while the command runs, or null between commands. */
  private happened: (Removal | Serving)[] | null = null;
  /** How much of it had happened when the command itself was over; -1 before. */
  private bodyEnd = -1;

  constructor(rules: Rules) {
    this.rules = rules;
  }

  get isCommandRunning(): boolean {
    return this.happened !== null;
  }

  commandBegins(): void {
    this.waiting.prune();
    this.happened = [];
    this.bodyEnd = -1;
  }

  /** The command itself is over: who waits for what it made is served now. */
  bodyEnds(): void {
    if (this.bodyEnd < 0) this.bodyEnd = this.happened?.length ?? -1;
  }

  /** Call when it happens. */
  add(event: Removal | Serving): void {
    if (this.happened === null) this.settle([event]);
    else this.happened.push(event);
  }

  /** Brings the model to where the command that ran begins, or the rest of its transaction. */
  settleBefore(): void {
    this.bodyEnds();
    this.settle(this.happened?.splice(0, this.bodyEnd) ?? []);
  }

  /** Brings the model to where the command has ended. */
  settleAfter(): void {
    this.settle(this.happened ?? []);
    this.happened = null;
    this.assertAllServed();
  }

  /** The process is gone, and with it who waited. */
  forget(): void {
    this.waiting.clear();
    this.happened = null;
  }

  /** @returns the key that had an item, and the reply; null when none has */
  pop(link: Link, names: readonly string[]): { key: string; reply: string } | null {
    for (const name of names) {
      const key = keyOf(link, name);
      const item = popFrom(this.rules.state, key, 'LEFT');
      if (item !== null) return { key, reply: array([bulk(name), bulk(item)]) };
    }
    return null;
  }

  private settle(events: readonly (Removal | Serving)[]): void {
    this.rules.state.endCommand();
    for (const event of events) {
      if (event.kind === 'removal') this.remove(event);
      else this.serve(event);
    }
  }

  private remove(removal: Removal): void {
    const { state, pauses, memory } = this.rules;
    const { key, field, nowMs, use } = removal;
    const what = `${key} ${field ?? ''} went at ${nowMs}`;
    assert.ok(!pauses.isOn, `${what}, in a pause`);
    if (field === null) {
      const entry = this.removeKey(key);
      const isRight = !entry.isVisible(nowMs) || memory.mayEvict(entry, use);
      assert.ok(isRight, `${what}, due at ${entry.deadlineMs}, ${use.usedBytes} bytes in use`);
    } else {
      const { deadlineMs } = removeField(state, key, field);
      assert.ok(deadlineMs >= 0 && deadlineMs <= nowMs, `${what}, due at ${deadlineMs}`);
    }
    if (!removal.isInUnit) state.endCommand();
  }

  private removeKey(key: string): Entry {
    const { state } = this.rules;
    const entry = state.peek(key);
    assert.ok(entry !== null, `${key} went, which was not there`);
    state.put(key, null);
    return entry;
  }

  /** Who waits is served by a command of its own, in the order in which they began to wait. */
  private serve({ link, refusal, isWaitingAgain }: Serving): void {
    const { waiting } = this;
    const waiter = waiting.of(link);
    assert.ok(waiter !== null, 'a client is served that does not wait');
    this.rules.state.endCommand();
    if (refusal !== null) {
      waiter.op.refusal = refusal;
      waiting.remove(waiter);
      return;
    }
    const popped = this.pop(link, waiter.names);
    const words = waiter.op.words.join(' ');
    assert.equal(popped === null, isWaitingAgain, `${words} is served, or waits again`);
    if (popped !== null) this.answer(waiter.op, popped.reply);
    const first = popped === null ? waiter : waiting.first(popped.key, waiter);
    assert.equal(first, waiter, `${words} is served before its turn`);
    waiting.remove(waiter);
    if (popped === null) waiting.add(waiter);
  }

  private answer(op: Op, reply: string): void {
    op.expected = reply;
    op.command = this.rules.state.commands;
    op.hasChanged = true;
  }

  private assertAllServed(): void {
    const { state, pauses } = this.rules;
    if (pauses.isOn) return;
    for (const { link, names, op, isWaiting } of this.waiting.all) {
      const hasItem = names.some((name) => state.get(keyOf(link, name)) !== null);
      assert.ok(!hasItem || !isWaiting(), `${op.words.join(' ')} waits for what is there`);
    }
  }
}
