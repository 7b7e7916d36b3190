// Which replies leave while the log is behind: those that show nothing of what waits go ahead of
// older ones of other clients, but each client gets its own in order, and once. Turns end by hand.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type EventLoop, systemLoop } from '../../engine/util/event-loop.js';
import type { Args, Reply, Session } from '../../protocol/engine-port.js';
import { createServer, type RespServer } from '../../protocol/server.js';
import { atEnd } from '../support/at-end.js';
import { FakeEngine } from './fake-engine.js';
import { encode, TestClient, until } from './test-client.js';

const LOSS = 'MISCONF the disk';

/** Turns end when the test says so. */
class HandLoop implements EventLoop {
  isByHand = true;
  readonly later = systemLoop.later;
  readonly every = systemLoop.every;
  private due: (() => void)[] = [];

  nextTurn(run: () => void): void {
    if (this.isByHand) this.due.push(run);
    else systemLoop.nextTurn(run);
  }

  endTurn(): void {
    const { due } = this;
    this.due = [];
    for (const run of due) run();
  }
}

/** Notes what replies show, as the engine does while its log is behind; a write waits. */
class NotingEngine extends FakeEngine {
  override readonly loop = new HandLoop();
  /** The next commit fails. */
  isFailing = false;
  /** The next COUNT acknowledges everything, as CONFIG SET of the policy can. */
  catchesUp = false;

  constructor() {
    super();
    this.isHolding = true;
    this.noteEpoch = 1;
  }

  override execute(session: Session, args: Args, reply: Reply): number {
    if (this.catchesUp && args.is(0, 'COUNT')) this.catchUp();
    const done = super.execute(session, args, reply);
    if (this.noteEpoch === 0) return done;
    if (args.is(0, 'SET')) {
      session.dependsOnLog = true;
      this.waitingKeys.add(args.text(1));
    } else if (args.is(0, 'GET')) {
      session.shownKeys ??= [];
      session.shownKeys.push(args.text(1));
    }
    return done;
  }

  override commit(): number {
    const ticket = super.commit();
    if (this.isFailing) this.onCommitFailed?.(ticket, ticket, LOSS);
    this.isFailing = false;
    return ticket;
  }

  /** Everything so far is in the log. */
  catchUp(): void {
    this.waitingKeys.clear();
    this.acknowledge();
  }
}

class Clients {
  readonly engine = new NotingEngine();
  private readonly server: RespServer = createServer({ engine: this.engine });
  private readonly clients: TestClient[] = [];
  private port = 0;

  static async begin(t: TestContext): Promise<Clients> {
    const clients = new Clients();
    const { engine, server } = clients;
    clients.port = (await server.listen({ host: '127.0.0.1', port: 0 })).port;
    atEnd(t, async () => {
      engine.loop.isByHand = false;
      engine.loop.endTurn();
      engine.isHolding = false;
      engine.catchUp();
      for (const { socket } of clients.clients) socket.destroy();
      await server.close();
    });
    // From the turn after this one on every turn has all its notes.
    await clients.connect();
    await clients.run(0, 'PING');
    clients.endTurn();
    clients.engine.catchUp();
    assert.deepEqual(await clients.texts(0, 1), ['PONG']);
    return clients;
  }

  /** Connects one more client, which gets the next number. */
  async connect(): Promise<void> {
    this.clients.push(await TestClient.connect({ port: this.port }));
    await until(() => this.server.clients.count === this.clients.length);
  }

  /** Has a client's command executed in the turn that runs. */
  async run(client: number, ...words: string[]): Promise<void> {
    const { executed } = this.engine;
    this.clients[client].raw(encode(...words));
    await until(() => this.engine.executed > executed);
  }

  /** Has commands of a client executed that arrive together. */
  async runTogether(client: number, ...commands: string[][]): Promise<void> {
    const executed = this.engine.executed + commands.length;
    this.clients[client].raw(Buffer.concat(commands.map((words) => encode(...words))));
    await until(() => this.engine.executed === executed);
  }

  endTurn(): void {
    this.engine.loop.endTurn();
  }

  /** Bytes sent to each client since the last call. */
  sent(): number[] {
    const all = [...this.server.clients.all()].sort((a, b) => a.id - b.id);
    return all.map((connection) => {
      const bytes = connection.outputBytes;
      connection.outputBytes = 0;
      return bytes;
    });
  }

  texts(client: number, count: number): Promise<string[]> {
    return this.clients[client].texts(count);
  }
}

const LOST = `-${LOSS}\r\n`.length;
const OK = '+OK\r\n'.length;
const PONG = '+PONG\r\n'.length;
const NIL = '$-1\r\n'.length;
const ONE = '$1\r\n1\r\n'.length;

/** @returns three clients of whom nobody is owed anything */
async function three(t: TestContext): Promise<Clients> {
  const clients = await Clients.begin(t);
  await clients.connect();
  await clients.connect();
  clients.sent();
  return clients;
}

test('replies that show nothing that waits leave before older ones of other clients', async (t) => {
  const clients = await three(t);
  await clients.run(0, 'SET', 'k', '1');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [0, 0, 0], 'the write waits for the log');
  await clients.run(1, 'GET', 'k');
  await clients.run(2, 'GET', 'other');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [0, 0, NIL], 'one of them has seen the write');
  await clients.run(2, 'PING');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [0, 0, PONG]);
  clients.engine.catchUp();
  assert.deepEqual(clients.sent(), [OK, ONE, 0]);
  assert.deepEqual(await clients.texts(2, 2), ['(nil)', 'PONG']);
});

test('of one turn some replies leave, the others later, and each once', async (t) => {
  const clients = await three(t);
  await clients.run(0, 'PING');
  await clients.run(1, 'SET', 'k', '1');
  await clients.run(2, 'GET', 'other');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [PONG, 0, NIL]);
  clients.engine.catchUp();
  assert.deepEqual(clients.sent(), [0, OK, 0]);
});

test('what a command acknowledges leaves at the end of its turn, unmixed', async (t) => {
  const clients = await three(t);
  // In three pieces, as another client is served in between.
  await clients.run(0, 'SET', 'k', '1');
  await clients.run(1, 'SET', 'l', '1');
  await clients.run(0, 'PING');
  clients.endTurn();
  clients.engine.catchesUp = true;
  await clients.runTogether(2, ['GET', 'other'], ['COUNT'], ['PING']);
  assert.deepEqual(clients.sent(), [0, 0, 0]);
  clients.endTurn();
  assert.deepEqual(await clients.texts(0, 2), ['OK', 'PONG']);
  assert.deepEqual(await clients.texts(2, 3), ['(nil)', ':1', 'PONG']);
});

test('a client that is owed an older reply gets no newer one before it', async (t) => {
  const clients = await three(t);
  await clients.run(0, 'SET', 'k', '1');
  clients.endTurn();
  for (const words of [['GET', 'other'], ['PING']]) {
    await clients.run(0, ...words);
    await clients.run(1, ...words);
    clients.endTurn();
  }
  assert.deepEqual(clients.sent(), [0, NIL + PONG, 0]);
  clients.engine.catchUp();
  assert.deepEqual(clients.sent(), [OK + NIL + PONG, 0, 0]);
  assert.deepEqual(await clients.texts(0, 3), ['OK', '(nil)', 'PONG']);
  await clients.run(1, 'SET', 'k', '2');
  await clients.run(0, 'PING');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [PONG, 0, 0], 'nothing is owed any more');
});

test('a turn that began before notes were taken waits as a whole', async (t) => {
  const clients = await three(t);
  clients.engine.noteEpoch = 0;
  clients.endTurn();
  await clients.run(0, 'PING');
  clients.endTurn();
  clients.engine.catchUp();
  assert.deepEqual(clients.sent(), [PONG, 0, 0]);
  await clients.run(1, 'GET', 'k');
  clients.engine.noteEpoch = 2;
  await clients.run(0, 'SET', 'k', '1');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [0, 0, 0], 'what the first command showed is not known');
  await clients.run(2, 'GET', 'other');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [0, 0, NIL]);
  clients.engine.catchUp();
  assert.deepEqual(clients.sent(), [OK, NIL, 0]);
});

test('what a client saw in one turn holds nothing back in a later one', async (t) => {
  const clients = await three(t);
  await clients.run(0, 'SET', 'k', '1');
  await clients.run(1, 'GET', 'k');
  clients.endTurn();
  clients.engine.catchUp();
  assert.deepEqual(clients.sent(), [OK, ONE, 0]);
  await clients.run(2, 'SET', 'k', '2');
  clients.endTurn();
  await clients.run(0, 'PING');
  await clients.run(1, 'GET', 'other');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [PONG, NIL, 0]);
});

test('a turn that fails answers who waits for it, and not whose replies left', async (t) => {
  const clients = await three(t);
  const { engine } = clients;
  await clients.run(0, 'SET', 'k', '1');
  await clients.run(1, 'GET', 'other');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [0, NIL, 0]);
  engine.onCommitFailed?.(engine.ticket, engine.ticket, LOSS);
  assert.deepEqual(clients.sent(), [LOST, 0, 0]);
  assert.deepEqual(await clients.texts(0, 1), [`-${LOSS}`]);
});

test('a turn that fails does not overtake one that still waits', async (t) => {
  const clients = await three(t);
  await clients.run(0, 'SET', 'k', '1');
  clients.endTurn();
  clients.engine.isFailing = true;
  await clients.run(0, 'SET', 'k', '2');
  await clients.run(1, 'SET', 'k', '3');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [0, 0, 0]);
  clients.engine.catchUp();
  assert.deepEqual(clients.sent(), [OK + LOST, LOST, 0]);
  assert.deepEqual(await clients.texts(0, 2), ['OK', `-${LOSS}`]);
});

test('while something is in doubt only what may show it is refused', async (t) => {
  const clients = await three(t);
  const { engine } = clients;
  await clients.run(0, 'SET', 'k', '1');
  engine.isFailing = true;
  clients.endTurn();
  assert.deepEqual(clients.sent(), [LOST, 0, 0]);
  engine.acknowledged = engine.ticket;
  engine.doubt = LOSS;
  await clients.run(0, 'PING');
  await clients.run(1, 'GET', 'k');
  await clients.run(2, 'GET', 'other');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [PONG, LOST, NIL]);
  engine.doubt = null;
  engine.catchUp();
  await clients.run(1, 'GET', 'k');
  clients.endTurn();
  assert.deepEqual(clients.sent(), [0, ONE, 0]);
  assert.deepEqual(await clients.texts(1, 2), [`-${LOSS}`, '1']);
});
