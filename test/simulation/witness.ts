// Sees every command at the moment it runs, in the one order in which they run, and runs it in a
// model too. A reply that differs from the model's, or one to a command that did not run between
// its sending and its reply, is not linearizable. Invariant: the model's state after a command is
// what the server's memory holds, also for writes that the disk then failed.

import assert from 'node:assert/strict';
import { EngineTime } from './engine-time.js';
import type { Link, Op } from './link.js';
import { MemoryLimit, type MemoryUse } from './memory-limit.js';
import { MODEL_COMMANDS } from './model-commands.js';
import { array, keyOf, NULL_ARRAY, OK } from './model-replies.js';
import { ModelState } from './model-state.js';
import { Pauses } from './pauses.js';
import { POLICIES, PolicyHistory } from './policy-history.js';
import type { Settings } from './settings.js';
import { Unasked } from './unasked.js';
import type { VirtualTime } from './virtual-time.js';

/** Errors that mean: it did not run. */
const REFUSALS = /^(?:MISCONF|LOADING|EXECABORT|OOM) /;
/** Their replies tell of the log, not of the data. */
const FREE = new Set(['BGREWRITEAOF', 'SAVE', 'WAITAOF']);
const NEVER_QUEUED = new Set(['EXEC', 'DISCARD', 'WATCH']);

/** @returns what a command was refused with; null when it ran */
export function refusalOf(error: string | null): string | null {
  return error !== null && REFUSALS.test(error) ? error : null;
}

export interface Execution {
  readonly link: Link;
  readonly words: readonly string[];
  /** The error it was answered with, or null. */
  readonly error: string | null;
  readonly isWaiting: () => boolean;
  /** The server's memory before and after it. */
  readonly useBefore: MemoryUse;
  readonly use: MemoryUse;
}

export class Witness {
  readonly state = new ModelState();
  readonly policies = new PolicyHistory();
  readonly pauses: Pauses;
  readonly memory = new MemoryLimit();
  readonly unasked = new Unasked(this);
  /** How often a server has loaded its data. */
  life = 0;
  /** The policy was changed. */
  onPolicy: () => void = () => undefined;
  /** Commands that ran. */
  executions = 0;
  /** Replies to commands up to this one may have left before they were written. */
  ungatedThrough = 0;
  private readonly engineTime: EngineTime;

  constructor(time: VirtualTime) {
    this.engineTime = new EngineTime(time);
    this.pauses = new Pauses(time);
  }

  /** A server begins to start. */
  started({ policy, isSlewed }: Settings): void {
    this.policies.set(policy, this.executions);
    this.engineTime.begins(isSlewed);
  }

  /** Call before each command. @param nowMs of the engine, unix ms */
  begins(nowMs: number): void {
    this.engineTime.check(nowMs);
    this.state.nowMs = nowMs;
    this.unasked.commandBegins();
  }

  /** The command that began did not run. */
  postponed(): void {
    this.unasked.settleBefore();
    this.unasked.settleAfter();
  }

  /** Whoever was held back goes on. */
  unpaused(): void {
    // A command says so itself.
    const isAsked = this.unasked.isCommandRunning;
    assert.ok(isAsked || !this.pauses.isOn, 'a pause ends before its time');
    this.pauses.end();
  }

  /** The process is gone. */
  forget(): void {
    this.unasked.forget();
    this.pauses.end();
    this.memory.restarted();
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
    this.pauses.check(words, link.isBroken || this.isTouched(link) ? [] : link.queue);
    this.unasked.settleBefore();
    const before = state.ended;
    op.refusal = refusalOf(error);
    if (op.refusal !== null) this.refused(link, op, execution.use);
    else op.expected = this.run(execution, op);
    assert.equal(state.drawn.length, 0, `${words.join(' ')} drew what nobody asked for`);
    // What SAVE writes is all that there is.
    op.command = words[0] === 'SAVE' ? state.commands : state.seen;
    op.hasChanged = state.commands > before;
    this.unasked.settleAfter();
  }

  private refused(link: Link, op: Op, use: MemoryUse): void {
    const { refusal, words } = op;
    if (refusal?.includes('OOM ')) this.memory.checkRefusal(words, use, this.state);
    op.isOutOfMemory = link.lacksMemory || refusal?.includes('OOM ') === true;
    if (words[0] === 'EXEC') {
      this.reset(link);
    } else if (link.queue !== null) {
      link.isBroken = true;
      link.lacksMemory = op.isOutOfMemory;
    }
  }

  /** @returns the reply, or null when it waits */
  private run(execution: Execution, op: Op): string | null {
    const { link, words } = execution;
    const [name] = words;
    this.memory.checkRun(words, execution.useBefore);
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
    if (name === 'CLIENT') this.pauses.run(words);
    if (name === 'BLPOP') return this.unasked.pop(link, words.slice(1, -1))?.reply ?? NULL_ARRAY;
    return MODEL_COMMANDS[name](this.state, link, words);
  }

  private configure(words: readonly string[]): void {
    this.memory.configure(words);
    const at = words.indexOf('appendfsync');
    const policy = POLICIES.find((name) => at > 0 && name === words[at + 1]);
    if (policy === undefined) return;
    this.policies.set(policy, this.executions);
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
    link.lacksMemory = false;
    link.watched.clear();
  }

  private popOrWait({ link, words, isWaiting }: Execution, op: Op): string | null {
    const names = words.slice(1, -1);
    const popped = this.unasked.pop(link, names);
    if (popped === null) this.unasked.waiting.add({ op, link, names, isWaiting });
    return popped?.reply ?? null;
  }
}
