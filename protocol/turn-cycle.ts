// The end of a turn of the event loop: the log batch first, then the replies. Invariant: replies
// leave in the order of their turns, and only when the log has acknowledged everything the turn
// did or saw; a turn whose writes failed answers with that error instead, and so do, until the log
// has them after all, reads of what they changed. While the log is behind, the replies of a client
// who is owed nothing older and saw only what is durable leave at once.

import type { Connection } from './connection.js';
import { assert, type EnginePort } from './engine-port.js';
import type { OutputWriter } from './output-writer.js';
import type { Turn } from './turn.js';

interface CommitFailure {
  readonly fromTicket: number;
  readonly toTicket: number;
  readonly error: string;
}

export class TurnCycle {
  /** Unix ms at the begin of the turn. */
  nowMs: number;
  private readonly engine: EnginePort;
  private readonly writer: OutputWriter<Connection>;
  private readonly goOn: (connection: Connection) => void;
  private isScheduled = false;
  /** Turns that wait for the log, oldest first. */
  private held: Turn<Connection>[] = [];
  private heldFrom = 0;
  /** Connections that may go on in this turn, and those that have to wait for the next. */
  private runnable: Connection[] = [];
  private deferred: Connection[] = [];
  private postponed: Connection[] = [];
  /** Failures reported by a `commit` that has not returned the turn's ticket yet. */
  private failures: CommitFailure[] = [];
  private isCommitting = false;
  private onDrained: (() => void) | null = null;
  /** The engine's `noteEpoch` at the begin of the turn: its commands took notes if it still is. */
  private noteEpoch = 0;

  /** @param goOn parses and executes what a connection has buffered */
  constructor(
    engine: EnginePort,
    writer: OutputWriter<Connection>,
    goOn: (connection: Connection) => void,
  ) {
    this.engine = engine;
    this.writer = writer;
    this.goOn = goOn;
    this.nowMs = engine.clock.now();
    engine.onAcknowledged = () => this.sendHeld();
    engine.onCommitFailed = (fromTicket, toTicket, error) =>
      this.commitFailed({ fromTicket, toTicket, error });
    engine.onReady = () => this.runPostponed();
  }

  /** Asks for an end of turn. The first call of a turn takes the time. */
  schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.nowMs = this.engine.clock.now();
    this.engine.loop.nextTurn(this.endTurn);
  }

  /** Lets a connection go on before this turn ends. */
  makeRunnable(connection: Connection): void {
    this.schedule();
    if (connection.isRunnable) return;
    connection.isRunnable = true;
    this.runnable.push(connection);
  }

  /** The connection had its share of this turn. */
  defer(connection: Connection): void {
    connection.isDeferred = true;
    this.deferred.push(connection);
  }

  /** The engine does not want the connection's next command now. */
  postpone(connection: Connection): void {
    connection.isPostponed = true;
    this.postponed.push(connection);
  }

  /** Ends the turn now and calls back when no reply is held any more. */
  drain(done: () => void): void {
    assert(this.onDrained === null, 'the turns are drained once');
    this.onDrained = done;
    this.schedule();
  }

  private readonly endTurn = (): void => {
    this.runRunnable();
    this.isScheduled = false;
    this.isCommitting = true;
    const ticket = this.engine.commit();
    this.isCommitting = false;
    const turn = this.writer.takeTurn();
    turn.seal(ticket);
    for (const failure of this.failures) this.applyFailure(turn, failure);
    this.failures.length = 0;
    const { noteEpoch } = this.engine;
    const doubt = noteEpoch === 0 ? null : this.engine.doubt;
    if (this.held.length === 0 && doubt === null && this.mayLeave(turn)) {
      if (this.noteEpoch !== 0) forgetNotes(turn);
      this.send(turn);
    } else {
      this.hold(turn, noteEpoch !== 0 && noteEpoch === this.noteEpoch, doubt);
      forgetNotes(turn);
      this.sendHeld();
    }
    this.noteEpoch = noteEpoch;
    if (this.deferred.length > 0) this.runDeferred();
    this.finishDraining();
  };

  /** Connections that become runnable meanwhile wait for the next turn. */
  private runRunnable(): void {
    if (this.runnable.length === 0) return;
    const connections = this.runnable;
    this.runnable = [];
    for (const connection of connections) {
      connection.isRunnable = false;
      this.goOn(connection);
    }
    // The next turn is asked for only now: `schedule` did nothing while this one was open.
    if (this.runnable.length > 0) this.engine.loop.nextTurn(() => this.schedule());
  }

  private runDeferred(): void {
    const connections = this.deferred;
    this.deferred = [];
    for (const connection of connections) {
      connection.isDeferred = false;
      this.makeRunnable(connection);
    }
  }

  private runPostponed(): void {
    const connections = this.postponed;
    this.postponed = [];
    for (const connection of connections) {
      connection.release();
      this.makeRunnable(connection);
    }
  }

  private mayLeave(turn: Turn<Connection>): boolean {
    return turn.error !== null || turn.ticket <= this.engine.acknowledged;
  }

  /**
   * @param isNoted whether all commands of the turn noted what they show
   * @param doubt what is answered to who may see what the log has lost, or null
   */
  private hold(turn: Turn<Connection>, isNoted: boolean, doubt: string | null): void {
    const { targets, hasLeft, firstSlices, replyCounts } = turn;
    const maySelect = isNoted && turn.error === null;
    let leftCount = 0;
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i];
      const leaves = maySelect && target.heldTurns === 0 && this.isDurable(target, turn.ticket);
      hasLeft.push(leaves);
      if (leaves) leftCount++;
      else target.heldTurns++;
    }
    for (let i = 0; leftCount > 0 && i < targets.length; i++) {
      if (hasLeft[i]) targets[i].deliver(turn, firstSlices[i], replyCounts[i]);
    }
    if (leftCount === targets.length) {
      this.writer.recycle(turn);
      return;
    }
    if (doubt !== null && turn.error === null && this.mayLeave(turn)) turn.error = doubt;
    this.held.push(turn);
  }

  private isDurable({ dependsOnLog, shownKeys }: Connection, ticket: number): boolean {
    return !dependsOnLog && this.engine.areDurable(shownKeys, ticket);
  }

  private send(turn: Turn<Connection>): void {
    const { targets, firstSlices, replyCounts, hasLeft } = turn;
    if (this.engine.isUngated) this.countUngated(turn);
    const isPart = hasLeft.length > 0;
    for (let i = 0; i < targets.length; i++) {
      if (isPart && hasLeft[i]) continue;
      targets[i].deliver(turn, firstSlices[i], replyCounts[i]);
    }
    this.writer.recycle(turn);
  }

  private countUngated({ replyCounts, hasLeft }: Turn<Connection>): void {
    let replies = 0;
    for (let i = 0; i < replyCounts.length; i++) if (!hasLeft[i]) replies += replyCounts[i];
    this.engine.countUngated(replies);
  }

  private sendHeld(): void {
    // A command runs, such as CONFIG SET of the policy: the end of its turn comes back here.
    if (this.writer.isBusy) return;
    const { held } = this;
    while (this.heldFrom < held.length && this.mayLeave(held[this.heldFrom])) {
      const turn = held[this.heldFrom++];
      const { targets, hasLeft } = turn;
      for (let i = 0; i < targets.length; i++) if (!hasLeft[i]) targets[i].heldTurns--;
      this.send(turn);
    }
    if (this.heldFrom === held.length) {
      held.length = 0;
      this.heldFrom = 0;
      if (!this.isScheduled) this.finishDraining();
    } else if (this.heldFrom > 1024 && this.heldFrom * 2 > held.length) {
      held.splice(0, this.heldFrom);
      this.heldFrom = 0;
    }
  }

  private commitFailed(failure: CommitFailure): void {
    if (this.isCommitting) this.failures.push(failure);
    for (let i = this.heldFrom; i < this.held.length; i++) this.applyFailure(this.held[i], failure);
    if (!this.isCommitting) this.sendHeld();
  }

  private applyFailure(turn: Turn<Connection>, failure: CommitFailure): void {
    if (turn.ticket < failure.fromTicket || turn.ticket > failure.toTicket) return;
    turn.error = failure.error;
  }

  private finishDraining(): void {
    if (this.onDrained === null || this.held.length > 0 || this.isScheduled) return;
    const done = this.onDrained;
    this.onDrained = null;
    done();
  }
}

/** The next turn of these clients notes anew. */
function forgetNotes({ targets }: Turn<Connection>): void {
  for (const target of targets) {
    target.dependsOnLog = false;
    target.shownKeys = null;
  }
}
