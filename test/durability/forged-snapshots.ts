// A snapshot is read back before the log before it is given up. Here the disk gives other bytes
// back than were written: the rewrite must fail, and everything must be as if it had not begun.

import assert from 'node:assert/strict';
import { Compaction } from '../../engine/snapshot/compaction.js';
import { systemLoop } from '../../engine/util/event-loop.js';
import { SeededRandom } from '../../engine/util/random.js';
import { makeKeyspace, put } from '../keyspace/key-writer.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { manifestOf, placesOf, signFrame } from './forged-disk.js';
import type { Reading } from './forged-history.js';
import { DIR, LogServer } from './log-server.js';

const KEYS = 400;

/** @returns what the disk has instead of the bytes that were written */
type Fault = (bytes: Buffer) => Buffer;

function readBack(what: string, fault: Fault | null): Reading {
  return [
    `a snapshot that reads back with ${what}`,
    async () => {
      const server = new LogServer(new MemoryFileSystem(), new SeededRandom(5));
      await server.start();
      await server.write(4);
      const { log, clock, files } = server;
      assert.ok(log !== null);
      const keyspace = makeKeyspace(6);
      for (let i = 0; i < KEYS; i++) put(keyspace.databases[0], `key${i}`, `value ${i}`);
      const { fs } = files;
      let isWritten = false;
      let isDone = false;
      fs.onOperation = ({ name, path }) => {
        if (!path.endsWith('.rsnap.tmp') || isDone) return;
        if (name === 'fsync') isWritten = true;
        if (!isWritten || name !== 'open') return;
        isDone = true;
        const bytes = fs.bytesOf(path);
        assert.ok(placesOf(bytes).length > 3, 'it has several frames');
        if (fault !== null) fs.put(path, fault(bytes));
      };
      const before = manifestOf(fs);
      const compaction = new Compaction({ keyspace, log, fs: files.view, clock, loop: systemLoop });
      const failure = await compaction.run().then(
        () => null,
        (error: unknown) => String(error),
      );
      assert.ok(isDone, 'it is read back');
      const { generation } = manifestOf(fs);
      if (fault === null) assert.equal(failure, null);
      else assert.match(String(failure), /reads back/, 'the rewrite fails');
      assert.equal(generation, before.generation + (fault === null ? 1 : 0));
      const temporary = fs.paths().filter((path) => path.endsWith('.rsnap.tmp'));
      assert.deepEqual(temporary, [], 'nothing is left of it');
      assert.ok(fs.paths().some((path) => path.startsWith(`${DIR}/log-`)));
      await server.write(1);
      await server.kill();
    },
  ];
}

/** Takes the last frame with keys out, and has the seal fit those before. */
function withoutLastKeys(bytes: Buffer): Buffer {
  const [keys, seal] = placesOf(bytes).slice(-2);
  const left = Buffer.concat([bytes.subarray(0, keys.at), bytes.subarray(seal.at)]);
  const frame = left.subarray(keys.at);
  const field = bytes.readUInt32LE(keys.at + 8);
  frame.writeUInt32LE(field, 8);
  frame.writeBigUInt64LE(BigInt(field), 40);
  signFrame(frame, bytes.readUInt32LE(56));
  return left;
}

function changed(at: (bytes: Buffer) => number): Fault {
  return (bytes) => {
    bytes[at(bytes)] ^= 0x10;
    return bytes;
  };
}

export const SNAPSHOT_READINGS: readonly Reading[] = [
  readBack('nothing changed', null),
  readBack(
    'a byte of a key changed',
    changed((bytes) => placesOf(bytes)[1].end - 1),
  ),
  readBack(
    'a byte of its header changed',
    changed(() => 20),
  ),
  readBack('its seal missing', (bytes) => bytes.subarray(0, placesOf(bytes).at(-1)?.at)),
  readBack('keys missing', withoutLastKeys),
  readBack('bytes behind its seal', (bytes) => Buffer.concat([bytes, Buffer.alloc(40)])),
];
