// What clients were told, and so what a disk must still know: under each policy the latest change
// that may not be lost. Invariant: it demands nothing that the documentation does not promise.

import assert from 'node:assert/strict';
import type { Link, Op } from './link.js';
import { NULL_ARRAY, OK } from './model-replies.js';
import type { Witness } from './witness.js';

/** Under everysec: a sync each second, at a tick of the clock, and the sync itself. */
const UNSYNCED_MAX_MS = 1500;

export class PromiseKeeper {
  /** Commands of the model that kill -9 may not undo. */
  afterKill = 0;
  /** Commands of the model that a power cut may not undo. */
  afterPowerCut = 0;
  /** Which reply demands the most. */
  cause = '';
  acknowledged = 0;
  failed = 0;
  private readonly witness: Witness;
  /** The power failed; what is answered from now on was said before. */
  private isCut = false;
  private told: { readonly atMs: number; readonly command: number }[] = [];

  constructor(witness: Witness) {
    this.witness = witness;
  }

  /**
   * Takes a reply that reached its client.
   * @param mayFail whether the disk has given any reason to refuse
   * @throws AssertionError when it is not the reply that the model has for the command
   */
  answered(link: Link, op: Op, reply: string, nowMs: number, mayFail: boolean): void {
    const what = op.words.join(' ').slice(0, 200);
    assert.equal(op.state, 'ran', `${what}: the reply came before the command ran: ${reply}`);
    if (this.isFailure(op, reply)) {
      assert.ok(mayFail || op.isOutOfMemory, `${what}: ${reply.trim()} without any reason`);
      op.state = 'failed';
      this.failed++;
      return;
    }
    op.state = 'acknowledged';
    this.acknowledged++;
    if (op.isFree) {
      if (op.life === this.witness.life) this.keepFree(link, op, reply, mayFail);
      return;
    }
    assert.equal(reply, op.expected ?? NULL_ARRAY, `${what}: a reply that no order explains`);
    this.promised(op, nowMs);
  }

  /** Takes what a reply that was the right one promises. */
  private promised(op: Op, nowMs: number): void {
    const { witness } = this;
    if (op.life !== witness.life) return;
    const policy = witness.policies.weakestSince(op.execution);
    const what = `${op.words.join(' ').slice(0, 200)} ${JSON.stringify({ ...op, words: 0 })}`;
    if (op.command > this.afterKill) this.cause = `${policy}: ${what}`;
    if (policy === 'always') {
      this.keep(op.command);
    } else if (!this.isCut && op.execution > witness.ungatedThrough) {
      this.afterKill = Math.max(this.afterKill, op.command);
      if (policy === 'everysec') this.told.push({ atMs: nowMs, command: op.command });
    }
  }

  /** Takes a reply that tells of the log. */
  private keepFree(link: Link, op: Op, reply: string, mayFail: boolean): void {
    const [name] = op.words;
    if (name === 'WAITAOF' && reply === '*2\r\n:1\r\n:0\r\n') this.keep(link.lastCommandAt(op));
    if (name !== 'SAVE') return;
    if (reply === OK) this.keep(op.command);
    else assert.ok(mayFail || reply.includes('in progress'), `SAVE: ${reply}`);
  }

  /** Under `no` nothing is synced by itself: what waits for the next sync may wait for ever. */
  policyChanged(nowMs: number): void {
    if (this.witness.policies.current !== 'no') return;
    this.told = this.told.filter(({ atMs }) => atMs <= nowMs - UNSYNCED_MAX_MS);
  }

  /** The machine loses its power. @param isFair whether the disk did its work without delay */
  powerCut(nowMs: number, isFair: boolean): void {
    if (isFair) {
      for (const { atMs, command } of this.told) {
        if (atMs > nowMs - UNSYNCED_MAX_MS) continue;
        this.afterPowerCut = Math.max(this.afterPowerCut, command);
      }
    }
    this.told = [];
    this.isCut = true;
    this.afterKill = this.afterPowerCut;
  }

  /** What was found after a start is on the disk, and the model begins anew with it. */
  restarted(commands: number): void {
    this.witness.restarted(commands);
    this.afterKill = 0;
    this.afterPowerCut = 0;
    this.told = [];
    this.isCut = false;
  }

  private keep(command: number): void {
    this.afterKill = Math.max(this.afterKill, command);
    this.afterPowerCut = Math.max(this.afterPowerCut, command);
  }

  private isFailure(op: Op, reply: string): boolean {
    if (op.refusal !== null) {
      assert.ok(reply === `-${op.refusal}\r\n` || reply.startsWith('-MISCONF '), reply);
      return true;
    }
    return reply.startsWith('-MISCONF ');
  }
}
