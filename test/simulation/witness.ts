// Sees every command at the moment it runs, in the one order in which they run, and runs it in a
// model too. A reply that differs from the model's, or one to a command that did not run between
// its sending and its reply, is not linearizable. Invariant: the model's state after a command is
// what the server's memory holds, also for writes that the disk then failed.

import assert from 'node:assert/strict';
import type { EngineTime } from './engine-time.js';
import type { Link, Op } from './link.js';
import { MODEL_COMMANDS, popFrom } from './model-commands.js';
import { removeField } from './model-hashes.js';
import { array, bulk, keyOf, NULL_ARRAY, OK } from './model-replies.js';
import { type Entry, ModelState } from './model-state.js';
import { Pauses } from './pauses.js';
import { POLICIES, PolicyHistory } from './policy-history.js';
import { WaitingPops } from './waiting-pops.js';

/** Errors that mean: it did not run. */
const REFUSALS = /^(?:MISCONF|LOADING|EXECABORT) /;
/** Their replies tell of the log, not of the data. */
const FREE = new Set(['BGREWRITEAOF', 'SAVE', 'WAITAOF']);
const NEVER_QUEUED = new Set(['EXEC', 'DISCARD', 'WATCH']);

export interface Execution {
  readonly link: Link;
  readonly words: readonly string[];
  /** The error it was answered with, or null. */
  readonly error: string | null;
  readonly isWaiting: () => boolean;
}

/** A key, or a field of a hash, went though nobody asked for it. */
export interface Removal {
  /** As in the model: database and name. */
  readonly key: string;
  /** Null when the whole key went. */
  readonly field: string | null;
  /** Of the engine, unix ms. */
  readonly nowMs: number;
  /** It is part of the transaction that runs. */
  readonly isInUnit: boolean;
}

/** A client got what it waited for. */
export interface Serving {
  readonly link: Link;
  /** The error it got instead, or null. */
  readonly error: string | null;
}

export class Witness {
  readonly state = new ModelState();
  readonly policies = new PolicyHistory();
  readonly pauses = new Pauses();
  /** How often a server has loaded its data. */
  life = 0;
  /** The policy was changed. */
  onPolicy: () => void = () => undefined;
  /** Commands that ran. */
  executions = 0;
  /** Replies to commands up to this one may have left before they were written. */
  ungatedThrough = 0;
  private readonly engineTime: EngineTime;
  private readonly waiting = new WaitingPops();
  /** A command is running. */
  private isRunning = false;
  /** What happened while it did. */
  private removals: Removal[] = [];
  private servings: Serving[] = [];

  constructor(engineTime: EngineTime) {
    this.engineTime = engineTime;
  }

  /** Call before each command. @param nowMs of the engine, unix ms */
  begins(nowMs: number): void {
    this.engineTime.check(nowMs);
    this.state.nowMs = nowMs;
    this.waiting.prune();
    this.isRunning = true;
  }

  /** The command that began did not run. */
  postponed(): void {
    this.isRunning = false;
    this.settle();
  }

  /** A key or field expired. */
  removed(removal: Removal): void {
    this.removals.push(removal);
    if (!this.isRunning) this.settle();
  }

  /** Somebody who waited was served. */
  served(serving: Serving): void {
    this.servings.push(serving);
    if (!this.isRunning) this.settle();
  }

  /** Whoever was held back goes on. */
  unpaused(nowMs: number): void {
    // A command says so itself.
    if (!this.isRunning) assert.ok(!this.pauses.isOn(nowMs), 'a pause ends before its time');
    this.pauses.end();
  }

  /** The process is gone, and with it who waited. */
  forget(): void {
    this.waiting.clear();
    this.pauses.end();
    this.isRunning = false;
    this.removals = [];
    this.servings = [];
  }

  /** A server has loaded its data: the state after so many commands. */
  restarted(commands: number): void {
    this.state.rewind(commands);
    this.policies.restarted();
    this.life++;
    this.ungatedThrough = this.executions;
  }

  ungated(): void {
    this.ungatedThrough = this.executions;
  }

  ran(execution: Execution): void {
    const { link, words, error } = execution;
    const { state } = this;
    const op = link.ops[link.ran++];
    assert.equal(
      words.join(' '),
      op?.words.join(' '),
      'the command that ran is the next one that was sent',
    );
    op.state = 'ran';
    op.execution = ++this.executions;
    op.life = this.life;
    this.pauses.check(words, link.isBroken || this.isTouched(link) ? [] : link.queue, state.nowMs);
    this.isRunning = false;
    this.settleRemovals();
    const before = state.commands;
    if (error !== null && REFUSALS.test(error)) this.refused(link, op, error);
    else op.expected = this.run(execution, op);
    assert.equal(state.drawn.length, 0, `${words.join(' ')} drew what nobody asked for`);
    // What SAVE writes is all that there is.
    op.command = words[0] === 'SAVE' ? state.commands : state.seen;
    op.hasChanged = state.commands > before;
    this.settle();
    this.assertAllServed();
  }

  private refused(link: Link, op: Op, error: string): void {
    op.refusal = error;
    if (op.words[0] === 'EXEC') this.reset(link);
    else if (link.queue !== null) link.isBroken = true;
  }

  /** @returns the reply, or null when it waits */
  private run(execution: Execution, op: Op): string | null {
    const { link, words } = execution;
    const [name] = words;
    if (link.queue !== null && !NEVER_QUEUED.has(name)) {
      link.queue.push(words);
      return '+QUEUED\r\n';
    }
    switch (name) {
      case 'MULTI':
        link.queue = [];
        return OK;
      case 'DISCARD':
        this.reset(link);
        return OK;
      case 'WATCH':
        for (const key of words.slice(1)) this.watch(link, keyOf(link, key));
        return OK;
      case 'EXEC':
        return this.execute(link);
      case 'BLPOP':
        return this.popOrWait(execution, op);
      default:
        op.isFree = FREE.has(name);
        return this.runPlain(link, words);
    }
  }

  private runPlain(link: Link, words: readonly string[]): string {
    const [name] = words;
    if (FREE.has(name)) return '';
    if (name === 'CONFIG') this.configure(words);
    if (name === 'CLIENT') this.pauses.run(words, this.state.nowMs);
    if (name === 'BLPOP') return this.pop(link, words.slice(1, -1))?.reply ?? NULL_ARRAY;
    return MODEL_COMMANDS[name](this.state, link, words);
  }

  private configure(words: readonly string[]): void {
    const at = words.indexOf('appendfsync');
    const policy = POLICIES.find((name) => at > 0 && name === words[at + 1]);
    if (policy === undefined) return;
    this.policies.set(policy, this.executions, this.state.commands);
    this.onPolicy();
  }

  private execute(link: Link): string {
    assert.equal(link.isBroken, false, 'EXEC runs although a command of it was refused');
    const { queue } = link;
    const isTouched = this.isTouched(link);
    this.reset(link);
    if (isTouched) return NULL_ARRAY;
    return array((queue ?? []).map((words) => this.runPlain(link, words)));
  }

  /** Whether the link's EXEC will do nothing. */
  private isTouched({ watched }: Link): boolean {
    return [...watched].some(([key, version]) => this.state.versionOf(key) !== version);
  }

  private watch(link: Link, key: string): void {
    if (!link.watched.has(key)) link.watched.set(key, this.state.versionOf(key));
  }

  private reset(link: Link): void {
    link.queue = null;
    link.isBroken = false;
    link.watched.clear();
  }

  private popOrWait({ link, words, isWaiting }: Execution, op: Op): string | null {
    const names = words.slice(1, -1);
    const popped = this.pop(link, names);
    if (popped === null) this.waiting.add({ op, link, names, isWaiting });
    return popped?.reply ?? null;
  }

  /** @returns the key that had an item, and the reply; null when none has */
  private pop(link: Link, names: readonly string[]): { key: string; reply: string } | null {
    for (const name of names) {
      const key = keyOf(link, name);
      const item = popFrom(this.state, key, 'LEFT');
      if (item !== null) return { key, reply: array([bulk(name), bulk(item)]) };
    }
    return null;
  }

  /** What happened by itself, each a change of its own. */
  private settle(): void {
    this.settleRemovals();
    for (const serving of this.servings.splice(0)) this.serve(serving);
  }

  /** Leaves the model where the next command begins, or the rest of the transaction. */
  private settleRemovals(): void {
    const { state } = this;
    state.endCommand();
    for (const removal of this.removals.splice(0)) {
      const { key, field, nowMs } = removal;
      const what = `${key} ${field ?? ''} went at ${nowMs}`;
      assert.ok(!this.pauses.isOn(nowMs), `${what}, in a pause`);
      const { deadlineMs } = field === null ? this.removeKey(key) : removeField(state, key, field);
      assert.ok(deadlineMs >= 0 && deadlineMs <= nowMs, `${what}, due at ${deadlineMs}`);
      if (!removal.isInUnit) state.endCommand();
    }
  }

  private removeKey(key: string): Entry {
    const entry = this.state.peek(key);
    assert.ok(entry !== null, `${key} went, which was not there`);
    this.state.put(key, null);
    return entry;
  }

  /** Who waits is served by a command of its own, in the order in which they began to wait. */
  private serve({ link, error }: Serving): void {
    const { state, waiting } = this;
    const waiter = waiting.of(link);
    assert.ok(waiter !== null, 'a client is served that does not wait');
    const { op, names } = waiter;
    state.endCommand();
    if (error !== null && REFUSALS.test(error)) {
      op.refusal = error;
    } else {
      const popped = this.pop(link, names);
      assert.ok(popped !== null, `${op.words.join(' ')} is served, and nothing is there`);
      const first = waiting.first(popped.key, waiter);
      assert.equal(first, waiter, `${op.words.join(' ')} is served before its turn`);
      op.expected = popped.reply;
      op.command = state.commands;
      op.hasChanged = true;
    }
    waiting.remove(waiter);
  }

  private assertAllServed(): void {
    if (this.pauses.isOn(this.state.nowMs)) return;
    for (const { link, names, op, isWaiting } of this.waiting.all) {
      const hasItem = names.some((name) => this.state.get(keyOf(link, name)) !== null);
      assert.ok(!hasItem || !isWaiting(), `${op.words.join(' ')} waits for what is there`);
    }
  }
}
