// CLIENT and its subcommands, with a client list that records what it was asked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientFilter, ClientsPort } from '../../../engine/contract/ports.js';
import {
  SESSION_NO_EVICT,
  SESSION_NO_TOUCH,
  type Session,
} from '../../../engine/contract/session.js';
import { openTestEngine, type TestEngine } from '../../support/test-engine.js';
import { type Caller, connect } from '../sessions.js';

/** Remembers calls; knows the sessions it was given and matches them by id only. */
class RecordingClients implements ClientsPort {
  readonly calls: unknown[] = [];
  readonly sessions: Session[] = [];
  kills = 0;

  get count(): number {
    return this.sessions.length;
  }
  describe(session: Session): string {
    return `id=${session.id}`;
  }
  list(filter: ClientFilter): readonly Session[] {
    this.calls.push(['list', filter]);
    return this.sessions.filter(({ id }) => filter.ids === undefined || filter.ids.includes(id));
  }
  kill(filter: ClientFilter): number {
    this.calls.push(['kill', filter]);
    return this.kills;
  }
  pause(until: number, onlyWrites: boolean): void {
    this.calls.push(['pause', until, onlyWrites]);
  }
  unpause(): void {
    this.calls.push(['unpause']);
  }
}

async function withClients(
  body: (caller: Caller, clients: RecordingClients, engine: TestEngine) => Promise<void>,
): Promise<void> {
  const engine = await openTestEngine();
  const clients = new RecordingClients();
  engine.engine.surround({ clients });
  try {
    const caller = connect(engine.engine);
    clients.sessions.push(caller.session);
    await body(caller, clients, engine);
  } finally {
    await engine.close();
  }
}

const SYNTAX = 'ERR syntax error';

test('names are printable words, and an empty one takes the name away', async () => {
  await withClients(async ({ run, session }) => {
    assert.equal(await run('CLIENT', 'GETNAME'), null);
    assert.equal(await run('CLIENT', 'SETNAME', 'a-b!~'), 'OK');
    assert.equal(await run('CLIENT', 'GETNAME'), 'a-b!~');
    for (const bad of ['a b', 'a\n', '\x7f', '\xe9']) {
      assert.match(String(await run('CLIENT', 'SETNAME', bad)), /^ERR Client names cannot contain/);
    }
    assert.equal(session.name, 'a-b!~');
    assert.equal(await run('CLIENT', 'SETNAME', ''), 'OK');
    assert.equal(await run('CLIENT', 'GETNAME'), null);
  });
});

test('SETINFO takes library name and version', async () => {
  await withClients(async ({ run, session }) => {
    assert.equal(await run('CLIENT', 'SETINFO', 'LIB-NAME', 'x(y)'), 'OK');
    assert.equal(await run('CLIENT', 'SETINFO', 'lib-ver', '1.2'), 'OK');
    assert.deepEqual([session.libName, session.libVersion], ['x(y)', '1.2']);
    assert.equal(
      await run('CLIENT', 'SETINFO', 'lib-ver', 'a b'),
      'ERR lib-ver cannot contain spaces, newlines or special characters.',
    );
    assert.equal(await run('CLIENT', 'SETINFO', 'x', 'y'), "ERR Unrecognized option 'x'");
  });
});

test('ID, INFO and LIST', async () => {
  await withClients(async ({ run, session }, clients) => {
    assert.equal(await run('CLIENT', 'ID'), session.id);
    assert.equal(await run('CLIENT', 'INFO'), `id=${session.id}\n`);
    assert.equal(await run('CLIENT', 'LIST'), `id=${session.id}\n`);
    assert.equal(await run('CLIENT', 'LIST', 'ID', '99', '98'), '');
    assert.equal(await run('CLIENT', 'LIST', 'TYPE', 'SLAVE'), `id=${session.id}\n`);
    assert.deepEqual(clients.calls, [
      ['list', {}],
      ['list', { ids: [99, 98] }],
      ['list', { type: 'replica' }],
    ]);
    assert.equal(await run('CLIENT', 'LIST', 'TYPE', 'x'), "ERR Unknown client type 'x'");
    assert.equal(await run('CLIENT', 'LIST', 'ID', 'x'), 'ERR Invalid client ID');
    assert.equal(await run('CLIENT', 'LIST', 'ID'), SYNTAX);
    assert.equal(await run('CLIENT', 'LIST', 'x'), SYNTAX);
  });
});

test('KILL by address may hit the caller, by conditions it spares it unless told', async () => {
  await withClients(async ({ run, session }, clients) => {
    assert.equal(await run('CLIENT', 'KILL', '1.2.3.4:5'), 'ERR No such client');
    clients.kills = 2;
    assert.equal(await run('CLIENT', 'KILL', '1.2.3.4:5'), 'OK');
    assert.equal(await run('CLIENT', 'KILL', 'ID', '7'), 2);
    assert.equal(
      await run(
        ...['CLIENT', 'KILL', 'TYPE', 'primary', 'ADDR', 'a', 'LADDR', 'b', 'USER', 'default'],
        ...['MAXAGE', '3', 'SKIPME', 'no'],
      ),
      2,
    );
    const address = { address: '1.2.3.4:5' };
    const conditions = { address: 'a', localAddress: 'b', user: 'default', maxAgeSeconds: 3 };
    assert.deepEqual(clients.calls, [
      ['kill', address],
      ['kill', address],
      ['kill', { ids: [7], isNot: session }],
      ['kill', { type: 'master', ...conditions }],
    ]);
  });
});

test('KILL kills nobody when an option is wrong', async () => {
  await withClients(async ({ run }, clients) => {
    const cases: [args: string[], error: string][] = [
      [['ID', 'x'], 'ERR client-id should be greater than 0'],
      [['ID', '0'], 'ERR client-id should be greater than 0'],
      [['MAXAGE', 'x'], 'ERR maxage is not an integer or out of range'],
      [['MAXAGE', '0'], 'ERR maxage should be greater than 0'],
      [['TYPE', 'x'], "ERR Unknown client type 'x'"],
      [['USER', 'x'], "ERR No such user 'x'"],
      [['SKIPME', 'x'], SYNTAX],
      [['ID', '1', 'ADDR'], SYNTAX],
      [['WHO', 'x'], SYNTAX],
    ];
    for (const [args, error] of cases) {
      assert.equal(await run('CLIENT', 'KILL', ...args), error, args.join(' '));
    }
    assert.deepEqual(clients.calls, []);
  });
});

test('PAUSE and UNPAUSE', async () => {
  await withClients(async ({ run }, clients, { clock }) => {
    assert.equal(await run('CLIENT', 'PAUSE', '100'), 'OK');
    assert.equal(await run('CLIENT', 'PAUSE', '5', 'write'), 'OK');
    assert.equal(await run('CLIENT', 'UNPAUSE'), 'OK');
    assert.deepEqual(clients.calls, [
      ['pause', clock.now() + 100, false],
      ['pause', clock.now() + 5, true],
      ['unpause'],
    ]);
    assert.equal(
      await run('CLIENT', 'PAUSE', 'x'),
      'ERR timeout is not an integer or out of range',
    );
    assert.equal(await run('CLIENT', 'PAUSE', '-1'), 'ERR timeout is negative');
    assert.equal(
      await run('CLIENT', 'PAUSE', '1', 'x'),
      'ERR CLIENT PAUSE mode must be WRITE or ALL',
    );
    assert.match(String(await run('CLIENT', 'PAUSE', '1', 'ALL', 'x')), /Try CLIENT HELP\.$/);
  });
});

test('nothing is evicted in a pause, and all that has to be after it', async () => {
  await withClients(async ({ run }, _clients, { engine, clock }) => {
    for (let i = 0; i < 20; i++) await run('SET', `k${i}`, 'v');
    engine.pause(clock.now() + 100, true);
    const limit = ['maxmemory', '1', 'maxmemory-policy', 'allkeys-random'];
    assert.equal(await run('CONFIG', 'SET', ...limit), 'OK');
    assert.equal(await run('GET', 'k0'), 'v');
    assert.equal(await run('DBSIZE'), 20);
    engine.unpause();
    assert.equal(await run('GET', 'k0'), null);
    assert.equal(await run('DBSIZE'), 0);
  });
});

test('UNBLOCK ends a wait that has a time-out, and says whether it did', async () => {
  await withClients(async ({ run }, clients, { engine }) => {
    const other = connect(engine);
    clients.sessions.push(other.session);
    const id = String(other.session.id);
    assert.equal(await run('CLIENT', 'UNBLOCK', id), 0);
    assert.equal(await run('CLIENT', 'UNBLOCK', '12345'), 0);
    const byTimeout = other.run('WAIT', '1', '100000');
    assert.equal(await run('CLIENT', 'UNBLOCK', id), 1);
    assert.equal(await byTimeout, 0);
    const byError = other.run('WAIT', '1', '100000');
    assert.equal(await run('CLIENT', 'UNBLOCK', id, 'error'), 1);
    assert.equal(await byError, 'UNBLOCKED client unblocked via CLIENT UNBLOCK');
    assert.equal(
      await run('CLIENT', 'UNBLOCK', id, 'x'),
      'ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR',
    );
    assert.equal(
      await run('CLIENT', 'UNBLOCK', 'x'),
      'ERR value is not an integer or out of range',
    );
  });
});

test('switches set and clear their flag', async () => {
  await withClients(async ({ run, session }) => {
    assert.equal(await run('CLIENT', 'NO-EVICT', 'on'), 'OK');
    assert.equal(await run('CLIENT', 'NO-TOUCH', 'ON'), 'OK');
    assert.equal(session.flags, SESSION_NO_EVICT | SESSION_NO_TOUCH);
    assert.equal(await run('CLIENT', 'NO-EVICT', 'off'), 'OK');
    assert.equal(session.flags, SESSION_NO_TOUCH);
    assert.equal(await run('CLIENT', 'NO-TOUCH', 'maybe'), SYNTAX);
    assert.equal(await run('CLIENT', 'REPLY', 'maybe'), SYNTAX);
    assert.equal(await run('CLIENT', 'REPLY', 'ON'), 'OK');
  });
});

test('a caller that must have answers cannot turn them off', async () => {
  const engine = await openTestEngine();
  try {
    const reply = await engine.run('CLIENT', 'REPLY', 'OFF');
    assert.match(String(reply), /CLIENT REPLY is for connections/);
  } finally {
    await engine.close();
  }
});

test('HELP lists the subcommands, and unknown ones point to it', async () => {
  await withClients(async ({ run }) => {
    const lines = await run('CLIENT', 'HELP');
    assert.ok(Array.isArray(lines));
    assert.equal(lines[0], 'CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:');
    assert.equal(lines.at(-2), 'HELP');
    assert.equal(await run('CLIENT', 'NOPE'), "ERR unknown subcommand 'NOPE'. Try CLIENT HELP.");
  });
});
