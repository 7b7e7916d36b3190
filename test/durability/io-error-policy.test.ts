// `aof-on-io-error`: what follows a write or sync of the log that failed. `rewrite` heals by
// itself, `readonly` leaves that to BGREWRITEAOF, `exit` ends the daemon with 1, and an embedded
// database without its host. Whoever waits is answered MISCONF first, and what was acknowledged is
// there after the next start.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Config, Engine, open, ReplyError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { startDaemon } from '../support/daemon.js';
import { FakeClock } from '../support/fake-clock.js';
import { fileError, MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import { RespConnection } from '../support/resp-connection.js';
import { hasStrace, inject } from '../support/strace.js';
import { tempDir } from '../support/temp-dir.js';

const MINUTE_MS = 60_000;
const REFUSED =
  /^MISCONF Errors writing to the AOF file: Input\/output error; BGREWRITEAOF writes the data/;

/** An engine on a file system in memory, under `always`. */
class LogCase {
  readonly clock = new FakeClock();
  readonly engine: Engine;
  readonly fs: MemoryFileSystem;
  private readonly client: LocalClient;

  private constructor(fs: MemoryFileSystem, directives: Readonly<Record<string, string>>) {
    const config = new Config();
    for (const [name, value] of Object.entries({ appendfsync: 'always', ...directives })) {
      assert.equal(config.preset(name, value), null, name);
    }
    this.fs = fs;
    this.engine = new Engine({ dir: '/data', fs, owner: null, clock: this.clock, config });
    this.client = new LocalClient(this.engine);
  }

  static async open(
    directives: Readonly<Record<string, string>>,
    fs = new MemoryFileSystem(),
  ): Promise<LogCase> {
    const log = new LogCase(fs, directives);
    await log.engine.load();
    return log;
  }

  /** @returns the reply; an error reply is returned, not thrown */
  async call(...words: string[]): Promise<unknown> {
    try {
      return await this.client.call(...words);
    } catch (error) {
      if (error instanceof ReplyError) return error;
      throw error;
    }
  }

  /** Lets time pass, and what it brings about happen. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    this.engine.runCron();
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  async until(condition: () => boolean): Promise<void> {
    for (let round = 0; round < 100 && !condition(); round++) await this.pass(100);
    assert.ok(condition(), 'it comes true');
  }
}

/** Lets the next write or sync of a log file fail, once. */
function failOnce(fs: MemoryFileSystem, name: Operation['name']): void {
  fs.onOperation = (operation) => {
    if (operation.name !== name || !operation.path.endsWith('.rlog')) return;
    fs.onOperation = () => undefined;
    throw fileError('EIO');
  };
}

for (const name of ['write', 'fdatasync'] as const) {
  test(`readonly: after a failed ${name} writes are refused until BGREWRITEAOF`, async () => {
    const log = await LogCase.open({ 'aof-on-io-error': 'readonly' });
    assert.equal(await log.call('SET', 'before', '1'), 'OK');
    failOnce(log.fs, name);
    assert.match(String(await log.call('SET', 'failed', '1')), /^ReplyError: MISCONF /);
    for (let i = 0; i < 10; i++) {
      await log.pass(MINUTE_MS);
      const reply = await log.call('SET', 'after', '1');
      assert.ok(reply instanceof ReplyError);
      assert.match(reply.message, REFUSED);
    }
    assert.equal(await log.call('GET', 'before'), '1', 'reads go on');
    assert.equal(log.engine.persistence.rewrites, 0, 'nothing was rewritten by itself');
    assert.match(String(await log.call('BGREWRITEAOF')), /^Background append only file/);
    await log.until(() => log.engine.persistence.rewrites === 1);
    assert.equal(await log.call('SET', 'after', '2'), 'OK');
    await log.engine.close();
    const again = await LogCase.open({}, log.fs.afterCrash());
    assert.deepEqual(await again.call('MGET', 'before', 'after'), ['1', '2']);
    await again.engine.close();
  });
}

test('readonly: another policy that is set meanwhile is followed at once', async () => {
  const log = await LogCase.open({ 'aof-on-io-error': 'readonly' });
  failOnce(log.fs, 'write');
  assert.ok((await log.call('SET', 'failed', '1')) instanceof ReplyError);
  await log.pass(MINUTE_MS);
  assert.equal(await log.call('CONFIG', 'SET', 'aof-on-io-error', 'rewrite'), 'OK');
  await log.pass(1000);
  await log.until(() => log.engine.persistence.rewrites === 1);
  assert.equal(await log.call('SET', 'after', '1'), 'OK');
  await log.engine.close();
});

test('rewrite, the default: it heals by itself', async () => {
  const log = await LogCase.open({});
  failOnce(log.fs, 'fdatasync');
  assert.ok((await log.call('SET', 'failed', '1')) instanceof ReplyError);
  await log.pass(1000);
  await log.until(() => log.engine.persistence.rewrites === 1);
  assert.equal(await log.call('SET', 'after', '1'), 'OK');
  await log.engine.close();
});

test('exit: the engine says so once, after those who wait were answered', async () => {
  for (const name of ['write', 'fdatasync'] as const) {
    const log = await LogCase.open({ 'aof-on-io-error': 'exit' });
    const happened: string[] = [];
    log.engine.onFatal = (reason) => happened.push(reason);
    failOnce(log.fs, name);
    const replies = [log.call('SET', 'a', '1'), log.call('SET', 'b', '1')].map((reply) =>
      reply.then((value) => happened.push(String(value))),
    );
    await Promise.all(replies);
    await log.until(() => happened.length === 3);
    assert.match(happened[0], /MISCONF/);
    assert.match(happened[1], /MISCONF/);
    assert.match(happened[2], new RegExp(`^${name} of .* failed .*aof-on-io-error is exit$`));
    await log.pass(MINUTE_MS);
    assert.equal(log.engine.persistence.rewrites, 0);
    assert.equal(happened.length, 3);
    await assert.rejects(log.engine.close(), /could not be closed cleanly/);
  }
});

test('exit: a full disk is none of its business', async () => {
  const log = await LogCase.open({ 'aof-on-io-error': 'exit' });
  let isFatal = false;
  log.engine.onFatal = () => {
    isFatal = true;
  };
  log.fs.onOperation = ({ name, path }) => {
    if (name === 'write' && path.endsWith('.rlog')) throw fileError('ENOSPC');
  };
  const reply = log.call('SET', 'k', '1');
  await log.pass(1000);
  log.fs.onOperation = () => undefined;
  await log.pass(2000);
  assert.equal(await reply, 'OK');
  assert.ok(!isFatal);
  await log.engine.close();
});

test('exit, embedded: the database ends, says so, and its host lives', async () => {
  const fs = new MemoryFileSystem();
  const config = { appendfsync: 'always', 'aof-on-io-error': 'exit' };
  const options = { dir: '/data', fs, owner: null, clock: new FakeClock(), config };
  const db = await open(options);
  assert.equal(await db.call('SET', 'before', '1'), 'OK');
  failOnce(fs, 'fdatasync');
  const ended = new Promise<Error>((resolve) => {
    db.onEnd = resolve;
  });
  await assert.rejects(db.call('SET', 'failed', '1'), /MISCONF/);
  const { message } = await ended;
  assert.match(message, /^the database has ended: fdatasync of .* and aof-on-io-error is exit$/);
  await assert.rejects(db.call('GET', 'before'), { message });
  await db.close();
  const again = await open({ ...options, fs: fs.afterCrash() });
  assert.equal(await again.call('GET', 'before'), '1');
  await again.close();
});

const skip = hasStrace() ? false : 'there is no strace on this machine';

test('exit: the daemon ends with 1 once the kernel reports an error', { skip }, async (t) => {
  const dir = join(await tempDir(t), 'data');
  const args = ['--appendfsync', 'always', '--aof-on-io-error', 'exit'];
  const daemon = await startDaemon(t, { dir, args });
  const writer = await RespConnection.open(daemon.port);
  assert.equal((await writer.call('SET', 'before', '1')).toString(), '+OK\r\n');
  const fault = { call: 'fdatasync', error: 'EIO', when: '1+' };
  const outPath = join(await tempDir(t), 'calls');
  const strace = await inject(t, daemon.process.pid, fault, outPath);
  if (strace === null) {
    t.skip('strace may not attach to processes here');
    return;
  }
  const reply = (await writer.call('SET', 'failed', '1')).toString();
  assert.match(reply, /^-MISCONF Errors writing to the AOF file: Input\/output error/);
  const { code } = await daemon.process.ended;
  assert.equal(code, 1);
  assert.match(daemon.process.output, /# Stopping: fdatasync of .* and aof-on-io-error is exit/);
  await writer.close();
  const again = await startDaemon(t, { dir, args });
  const reader = await RespConnection.open(again.port);
  assert.equal((await reader.call('GET', 'before')).toString(), '$1\r\n1\r\n');
  await reader.close();
  assert.equal((await again.stop()).code, 0);
});
