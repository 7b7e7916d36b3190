// Sees every command at the moment it runs, in the one order in which they run, and runs it in a
// model too. A reply that differs from the model's, or one to a command that did not run between
// its sending and its reply, is not linearizable. Invariant: the model's state after a command is
// what the server's memory holds, also for writes that the disk then failed.

import assert from 'node:assert/strict';
import type { Link, Op } from './link.js';
import { array, bulk, keyOf, MODEL_COMMANDS, NULL_ARRAY, OK, popFrom } from './model-commands.js';
import { ModelState } from './model-state.js';
import { POLICIES, PolicyHistory } from './policy-history.js';

/** Errors that mean: it did not run. */
const REFUSALS = /^(?:MISCONF|LOADING|EXECABORT) /;
/** Their replies tell of the log, not of the data. */
const FREE = new Set(['BGREWRITEAOF', 'WAITAOF']);
const NEVER_QUEUED = new Set(['EXEC', 'DISCARD', 'WATCH']);

interface Waiter {
  readonly op: Op;
  readonly link: Link;
  readonly names: readonly string[];
  /** Whether the server still has it waiting. */
  readonly isWaiting: () => boolean;
}

export interface Execution {
  readonly link: Link;
  readonly words: readonly string[];
  /** The error it was answered with, or null. */
  readonly error: string | null;
  readonly isWaiting: () => boolean;
}

export class Witness {
  readonly state = new ModelState();
  readonly policies = new PolicyHistory();
  /** How often a server has loaded its data. */
  life = 0;
  /** The policy was changed. */
  onPolicy: () => void = () => undefined;
  /** Commands that ran. */
  executions = 0;
  /** Replies to commands up to this one may have left before they were written. */
  ungatedThrough = 0;
  private waiters: Waiter[] = [];

  /** Call before each command: those whose time was up, or who left, wait no more. */
  before(nowMs: number): void {
    this.state.nowMs = nowMs;
    this.waiters = this.waiters.filter((waiter) => waiter.isWaiting());
  }

  /** The process is gone, and with it who waited. */
  forget(): void {
    this.waiters = [];
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
    const before = state.commands;
    state.endCommand();
    if (error !== null && REFUSALS.test(error)) this.refused(link, op, error);
    else op.expected = this.run(execution, op);
    op.command = state.seen;
    op.hasChanged = state.commands > before;
    this.serve();
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
    if (name === 'BLPOP') return this.pop(link, words.slice(1, -1)) ?? NULL_ARRAY;
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
    const isTouched = [...link.watched].some(
      ([key, version]) => this.state.versionOf(key) !== version,
    );
    this.reset(link);
    if (isTouched) return NULL_ARRAY;
    return array((queue ?? []).map((words) => this.runPlain(link, words)));
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
    const reply = this.pop(link, names);
    if (reply === null) this.waiters.push({ op, link, names, isWaiting });
    return reply;
  }

  private pop(link: Link, names: readonly string[]): string | null {
    for (const name of names) {
      const item = popFrom(this.state, keyOf(link, name), 'LEFT');
      if (item !== null) return array([bulk(name), bulk(item)]);
    }
    return null;
  }

  /** Who waits is served key by key, first come first served, each by a command of its own. */
  private serve(): void {
    for (const key of this.state.takeCreated()) {
      for (const waiter of [...this.waiters]) {
        const { link, op, names } = waiter;
        if (!names.some((name) => keyOf(link, name) === key)) continue;
        this.state.endCommand();
        const reply = this.pop(link, names);
        if (reply === null) break;
        op.expected = reply;
        op.command = this.state.commands;
        op.hasChanged = true;
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
      }
    }
  }
}
