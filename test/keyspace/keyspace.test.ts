// All databases together: emptying, swapping, counting, eviction.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evictTo } from '../../engine/keyspace/evict.js';
import { NO_REF } from '../../engine/memory/chunks.js';
import { randomSeed } from '../../engine/util/random.js';
import { get, keyArgs, makeKeyspace, put, START_MS } from './key-writer.js';

test('flushing a database counts its keys as changes and leaves nothing of it', () => {
  const keyspace = makeKeyspace(1);
  const emptyBytes = keyspace.usedBytes;
  for (let i = 0; i < 1000; i++) put(keyspace.databases[2], `key:${i}`, 'v'.repeat(100));
  const { dirty } = keyspace;
  const [, , old] = keyspace.databases;
  keyspace.flush(2);
  assert.equal(old.arena.bytes.length, 0, 'its memory can be collected whoever still has it');
  assert.equal(keyspace.dirty, dirty + 1000);
  assert.equal(keyspace.databases[2].count, 0);
  assert.equal(keyspace.databases[2].index, 2);
  assert.equal(keyspace.usedBytes, emptyBytes);
});

test('the memory of a flushed database stays until a snapshot has gone through it', () => {
  const keyspace = makeKeyspace(1);
  const [db] = keyspace.databases;
  put(db, 'key', 'value');
  db.walkBegins();
  keyspace.flush(0);
  assert.equal(get(db, 'key'), 'value');
  db.walkEnds();
  assert.equal(db.arena.bytes.length, 0);
  assert.equal(db.arena.reservedBytes, 0);
});

test("swapped databases answer under each other's index", () => {
  const keyspace = makeKeyspace(1);
  put(keyspace.databases[0], 'key', 'zero');
  put(keyspace.databases[1], 'key', 'one');
  keyspace.swap(0, 1);
  assert.equal(get(keyspace.databases[0], 'key'), 'one');
  assert.equal(get(keyspace.databases[1], 'key'), 'zero');
  assert.deepEqual(
    keyspace.databases.map((db) => db.index),
    [0, 1, 2, 3],
  );
});

test('hits and misses are counted by reads only', () => {
  const keyspace = makeKeyspace(1);
  const [db] = keyspace.databases;
  put(db, 'key', 'v');
  db.peek(keyArgs('key'), 0);
  db.lookupRead(keyArgs('key'), 0);
  db.lookupRead(keyArgs('none'), 0);
  db.lookupRead(keyArgs('none'), 0);
  assert.equal(keyspace.keyspaceHits, 1);
  assert.equal(keyspace.keyspaceMisses, 2);
});

test('eviction keeps the limit, prefers idle keys, and stops where its policy does', () => {
  const seed = randomSeed();
  const keyspace = makeKeyspace(seed);
  const [db] = keyspace.databases;
  for (let i = 0; i < 2000; i++) put(db, `key:${i}`, 'v'.repeat(200));
  keyspace.setTime(START_MS + 100_000);
  for (let i = 0; i < 1000; i++) db.lookupRead(keyArgs(`key:${i}`), 0);
  const limit = keyspace.usedBytes - 500 * 224;
  assert.ok(!evictTo(keyspace, limit, { policy: 'noeviction', samples: 5 }));
  assert.ok(!evictTo(keyspace, limit, { policy: 'volatile-lru', samples: 5 }));
  assert.equal(keyspace.evictedKeys, 0);
  assert.ok(evictTo(keyspace, limit, { policy: 'allkeys-lru', samples: 5 }));
  assert.ok(keyspace.usedBytes <= limit);
  assert.ok(keyspace.evictedKeys >= 450 && keyspace.evictedKeys <= 510);
  let recentGone = 0;
  for (let i = 0; i < 1000; i++) if (db.find(keyArgs(`key:${i}`), 0) === NO_REF) recentGone++;
  assert.ok(recentGone < 100, `seed ${seed}: ${recentGone} recently used keys went`);
});

test('volatile policies give up only keys with a deadline', () => {
  const keyspace = makeKeyspace(randomSeed());
  const [db] = keyspace.databases;
  for (let i = 0; i < 300; i++) {
    const ref = put(db, `key:${i}`, 'v');
    if (i % 3 === 0) db.setDeadline(ref, START_MS + 1000 + i);
  }
  assert.ok(!evictTo(keyspace, 0, { policy: 'volatile-random', samples: 5 }));
  assert.equal(db.count, 200);
  assert.equal(keyspace.evictedKeys, 100);
  assert.equal(db.expiresCount, 0);
});
