// MEMORY USAGE against what the allocator says, for every form of every type.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withEngine } from '../../support/test-engine.js';

/** What the database's table holds for a key beyond the key's blocks. */
const SLOT_BYTES = 8;
const ADD = { list: 'RPUSH', set: 'SADD', hash: 'HSET', zset: 'ZADD' };

for (const type of ['list', 'set', 'hash', 'zset'] as const) {
  for (const count of [3, 200, 20_000]) {
    test(`of a ${type} of ${count} elements it is exact with SAMPLES 0`, async () => {
      await withEngine({}, async (world) => {
        const { engine } = world;
        const run = world.run.bind(world);
        for (let i = 0; i < count; i++) {
          const words = [ADD[type], 'key'];
          if (type === 'zset') words.push(String(i / 3));
          words.push(`element ${'x'.repeat(i % 50)}${i}`);
          if (type === 'hash') words.push('y'.repeat(i % 70));
          await run(...words);
        }
        const { arena, table } = engine.keyspace.databases[0];
        const tableBytes = table.sizeBytes - table.directoryBytes;
        const exact = Number(await run('MEMORY', 'USAGE', 'key', 'SAMPLES', '0'));
        assert.equal(exact - SLOT_BYTES, arena.usedBytes - tableBytes);
        const sampled = Number(await run('MEMORY', 'USAGE', 'key'));
        assert.ok(Math.abs(sampled / exact - 1) < 0.2, `${sampled} for ${exact}`);
      });
    });
  }
}
