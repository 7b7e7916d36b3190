// Every single file operation fails once, or from then on. The process lives, never says yes to
// what is not kept, and when the fault is over a rewrite from memory brings everything back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogWriter } from '../../engine/log/log-writer.js';
import { fileError, MemoryFileSystem } from '../support/memory-file-system.js';
import { append, HandClock, open, until, writerOf } from './log-fixture.js';

/** A server in small: memory, a log, and the rule that a failure is answered with a rewrite. */
class Server {
  readonly fs = new MemoryFileSystem();
  readonly clock = new HandClock();
  readonly memory: string[] = [];
  acknowledged = 0;
  private log: LogWriter | null = null;

  async start(): Promise<LogWriter> {
    const log = writerOf(await open(this.fs, '/data', this.clock), { policy: 'always' });
    this.log = log;
    return log;
  }

  async write(count: number): Promise<void> {
    const { log } = this;
    if (log === null) return;
    for (let i = 0; i < count; i++) {
      // The exec gate: refused before it is executed.
      if (log.refusal !== null) return;
      append(log, 0, 'SET', `key${this.memory.length}`, 'v');
      this.memory.push(`0:SET key${this.memory.length} v`);
      const length = this.memory.length;
      const ticket = log.commit();
      await until(() => log.acknowledged >= ticket || log.refusal !== null);
      if (log.acknowledged >= ticket && log.failedThrough < ticket) this.acknowledged = length;
    }
  }

  async compact(): Promise<void> {
    const { log } = this;
    if (log === null) return;
    await log.prepareRotation();
    const seq = log.rotate();
    const { name, writer } = log.createSnapshot(seq);
    const state = Buffer.from(this.memory.join('\n'));
    writer.frames.beginEntry(16, state.length);
    state.copy(writer.frames.bytes, writer.frames.at);
    writer.frames.at += state.length;
    writer.frames.endEntry();
    const sizeBytes = await writer.finish();
    await log.switchGeneration({ name, seq, sizeBytes, salt: writer.header.salt });
  }

  async pass(ms: number): Promise<void> {
    const { log } = this;
    for (let i = 0; i < ms; i += 500) {
      this.clock.ms += 500;
      log?.tick();
      await until(() => log?.isBusy !== true);
      for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

async function stateOf(fs: MemoryFileSystem): Promise<string[]> {
  const { snapshot, commands } = await open(fs);
  const base = snapshot.length === 0 || snapshot[0] === '' ? [] : snapshot[0].split('\n');
  return [...base, ...commands];
}

async function checkKept(server: Server, disk: MemoryFileSystem, what: string): Promise<void> {
  const state = await stateOf(disk);
  assert.deepEqual(state, server.memory.slice(0, state.length), what);
  assert.ok(state.length >= server.acknowledged, `${what}: an acknowledged entry is gone`);
}

for (const code of ['EIO', 'ENOSPC']) {
  for (const isSticky of [false, true]) {
    const kind = isSticky ? 'from then on' : 'once';
    test(`${code} ${kind} at any operation loses nothing that was acknowledged`, async () => {
      let isReached = true;
      for (let fault = 1; isReached; fault++) {
        assert.ok(fault < 1000, 'the run ends');
        const server = new Server();
        const log = await server.start();
        let count = 0;
        isReached = false;
        server.fs.onOperation = ({ name }) => {
          if (name === 'close' || name === 'stat') return;
          count++;
          if (count < fault || (count > fault && !isSticky)) return;
          isReached = true;
          throw fileError(code);
        };
        const what = `${code} ${kind} at operation ${fault}`;
        await server.write(3);
        await server.compact().catch(() => undefined);
        await server.write(3);
        await server.pass(1500);
        await checkKept(server, server.fs.afterCrash(), what);

        server.fs.onOperation = () => undefined;
        await server.pass(2500);
        if (log.failure !== null) await server.compact();
        await until(() => log.refusal === null);
        const { acknowledged } = server;
        await server.write(2);
        assert.ok(server.acknowledged >= acknowledged + 2, `${what}: writes go on`);
        assert.equal(server.acknowledged, server.memory.length, what);
        await checkKept(server, server.fs.afterCrash(), `${what}, afterwards`);
        await log.close();
        await checkKept(server, server.fs.afterCrash(), `${what}, closed`);
      }
    });
  }
}
