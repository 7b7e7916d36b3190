// A small directory with one of everything, and ways to damage it so that a single check of the
// reader can notice: whatever else a change would upset is made right again, checksums included.

import assert from 'node:assert/strict';
import { crc32, frameHeaderCrc32 } from '../../engine/log/crc.js';
import { FRAME_HEADER_BYTES } from '../../engine/log/format.js';
import { decodeManifest, encodeManifest, type Manifest } from '../../engine/log/manifest.js';
import { SeededRandom } from '../../engine/util/random.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { DIR, type LogModules, LogServer } from './log-server.js';

const FILE_HEADER_BYTES = 64;
const MANIFEST = `${DIR}/MANIFEST`;

/** Where a frame is, header included. */
export interface Place {
  readonly at: number;
  readonly end: number;
}

export interface SampleDisk {
  readonly disk: MemoryFileSystem;
  readonly entries: readonly string[];
  readonly snapshot: string;
  /** The first of those that are sealed and listed so; open with entries; open and empty. */
  readonly sealed: string;
  readonly open: string;
  readonly spare: string;
}

/**
 * @param saltOffset other numbers give the same entries, sizes and times under other salts
 */
export async function sampleDisk(modules: LogModules, saltOffset = 0): Promise<SampleDisk> {
  const server = new LogServer(new MemoryFileSystem(), new SeededRandom(11), {
    modules,
    saltOffset,
  });
  await server.start();
  await server.write(6);
  await server.compact(0);
  for (const turns of [4, 4, 6]) {
    for (let i = 0; i < turns; i++) {
      await server.pass(50);
      await server.write(1);
    }
    if (turns === 6) break;
    // A clean stop leaves a sealed segment.
    await server.close();
    await server.start();
  }
  const { model } = server.promised;
  await server.kill();
  const disk = server.files.fs.afterKill();
  const manifest = manifestOf(disk);
  const pathOf = (segment: { name: string } | undefined): string => {
    assert.ok(segment !== undefined, 'the sample has one of each');
    return `${DIR}/${segment.name}`;
  };
  const open = manifest.segments.filter(({ sealed }) => sealed === null);
  assert.equal(open.length, 2, 'one open segment and its successor');
  return {
    disk,
    entries: model.entries,
    snapshot: pathOf(manifest.snapshot ?? undefined),
    sealed: pathOf(manifest.segments.find(({ sealed }) => sealed !== null)),
    open: pathOf(open[0]),
    spare: pathOf(open[1]),
  };
}

/** @param path of one in history, if it is not the present one */
export function manifestOf(disk: MemoryFileSystem, path = MANIFEST): Manifest {
  return decodeManifest(disk.bytesOf(path), path);
}

/** Changes a manifest and makes its checksum right. */
export function forgeManifest(
  disk: MemoryFileSystem,
  change: (manifest: Manifest) => unknown,
  path = MANIFEST,
): void {
  const manifest = manifestOf(disk, path);
  change(manifest);
  disk.put(path, encodeManifest(manifest));
}

/** The frames of a sound file. */
export function placesOf(bytes: Buffer): Place[] {
  const places: Place[] = [];
  for (let at = FILE_HEADER_BYTES; at < bytes.length; ) {
    const end = at + FRAME_HEADER_BYTES + bytes.readUInt32LE(at + 4);
    places.push({ at, end });
    at = end;
  }
  return places;
}

/** Changes bytes of a file, in place or by others that `change` returns. */
export function damage(
  disk: MemoryFileSystem,
  path: string,
  change: (bytes: Buffer) => unknown,
): void {
  const bytes = disk.bytesOf(path);
  const changed = change(bytes);
  disk.put(path, Buffer.isBuffer(changed) ? changed : bytes);
}

/** Changes a frame and makes both its checksums right. @param nth from the end when negative */
export function forgeFrame(
  disk: MemoryFileSystem,
  path: string,
  nth: number,
  change: (frame: Buffer) => void,
): void {
  damage(disk, path, (bytes) => {
    const place = placesOf(bytes).at(nth);
    assert.ok(place !== undefined, `${path} has a frame ${nth}`);
    const frame = bytes.subarray(place.at, place.end);
    change(frame);
    signFrame(frame, bytes.readUInt32LE(56));
  });
}

export function signFrame(frame: Buffer, salt: number): void {
  frame.writeUInt32LE(crc32(frame, FRAME_HEADER_BYTES, frame.length, salt), 24);
  frame.writeUInt32LE(frameHeaderCrc32(frame, 0, salt), 28);
}

/** Changes the header of a file and makes its checksum right. */
export function forgeHeader(
  disk: MemoryFileSystem,
  path: string,
  change: (bytes: Buffer) => void,
): void {
  damage(disk, path, (bytes) => {
    change(bytes);
    bytes.writeUInt32LE(crc32(bytes, 0, 60, 0), 60);
  });
}
