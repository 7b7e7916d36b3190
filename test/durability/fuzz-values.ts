// An engine that is given payloads, and whatever it takes for a value is read through: all of its
// elements, its dump, and a second value made of that dump, which must be the same.

import assert from 'node:assert/strict';
import { type Engine, ReplyError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { engineOver, writeAll } from './fuzz-source.js';

const SEED = 5;
const KEY = 'restored';
const COPY = 'copied';

export class ValueReader {
  private readonly engine: Engine = engineOver(new MemoryFileSystem(), null, SEED);
  private readonly client = new LocalClient(this.engine);

  async begin(): Promise<void> {
    await this.engine.load();
    for (let round = 0; round < 2; round++) {
      await writeAll((...words) => this.client.call(...words), round, false);
    }
  }

  async end(): Promise<void> {
    this.client.close();
    await this.engine.close();
  }

  /** @returns the payloads of one value of every type and encoding */
  async dumpAll(): Promise<Buffer[]> {
    const dumped: Buffer[] = [];
    const keys = await this.client.call('KEYS', '*');
    assert.ok(Array.isArray(keys) && keys.length > 0);
    for (const key of keys) dumped.push(await this.dump(String(key)));
    return dumped;
  }

  /** @returns whether the payload was taken for a value; fails when the answer is no answer */
  async restore(payload: Buffer): Promise<boolean> {
    try {
      assert.equal(await this.client.call('RESTORE', KEY, '0', payload, 'REPLACE'), 'OK');
      return true;
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      assert.match(
        error.message,
        /^ERR (DUMP payload version or checksum are wrong|Bad data format)$/,
      );
      return false;
    }
  }

  /** Reads what was restored last, in full. */
  async expectWhole(): Promise<void> {
    const { client } = this;
    const type = String(await client.call('TYPE', KEY));
    const [count, read]: [string, string[]] = {
      string: ['STRLEN', ['GET', KEY]] as [string, string[]],
      list: ['LLEN', ['LRANGE', KEY, '0', '-1']] as [string, string[]],
      set: ['SCARD', ['SMEMBERS', KEY]] as [string, string[]],
      hash: ['HLEN', ['HVALS', KEY]] as [string, string[]],
      zset: ['ZCARD', ['ZRANGE', KEY, '0', '-1']] as [string, string[]],
    }[type] ?? ['NONE', []];
    const elements = await client.callBuffer(...read);
    const isSet = elements instanceof Set;
    assert.ok(isSet || Buffer.isBuffer(elements) || Array.isArray(elements));
    const length = isSet ? elements.size : elements.length;
    assert.equal(await client.call(count, KEY), length, `all of a ${type} can be read`);
    await client.call('RESTORE', COPY, '0', await this.dump(KEY), 'REPLACE');
    const digests = await client.call('DEBUG', 'DIGEST-VALUE', KEY, COPY);
    assert.ok(Array.isArray(digests));
    assert.equal(digests[0], digests[1], 'the dump of a restored value restores it');
  }

  private async dump(key: string): Promise<Buffer> {
    const payload = await this.client.callBuffer('DUMP', key);
    assert.ok(Buffer.isBuffer(payload));
    return payload;
  }
}
