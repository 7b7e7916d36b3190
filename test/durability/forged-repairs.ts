// Damaged and forged files for what repairs: salvage, a manifest written anew, the check of a
// single file, and gaps that an earlier salvage left. Each is made so that a single rule of theirs
// decides; checksums are right unless they are what is damaged.

import assert from 'node:assert/strict';
import { fix } from '../../engine/log/fix.js';
import { FRAME_GAP, FRAME_SEAL } from '../../engine/log/format.js';
import { decodeManifest, encodeManifest } from '../../engine/log/manifest.js';
import { mendManifest } from '../../engine/log/manifest-mending.js';
import { type SalvageReport, salvageFile } from '../../engine/log/salvage.js';
import { SeededRandom } from '../../engine/util/random.js';
import { HandClock } from '../log/log-fixture.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import {
  damage,
  forgeFrame,
  forgeHeader,
  forgeManifest,
  manifestOf,
  placesOf,
  type SampleDisk,
  signFrame,
} from './forged-disk.js';
import type { HistorySample, Reading } from './forged-history.js';
import { DIR, ENGINE, LogServer, openDisk } from './log-server.js';

const OUT = '/out';
const MANIFEST = `${DIR}/MANIFEST`;
const ALONE = '/alone/log-00000001.rlog';
const FILE_HEADER_BYTES = 64;

function flip(bytes: Buffer, at: number): void {
  bytes[at] ^= 0x10;
}

/** Changes a byte of the payload of a frame. @param nth from the end when negative */
function flipPayload(disk: MemoryFileSystem, path: string, nth: number): void {
  damage(disk, path, (bytes) => flip(bytes, (placesOf(bytes).at(nth)?.end ?? 0) - 2));
}

function withSample(
  what: string,
  read: (disk: MemoryFileSystem, sample: SampleDisk) => Promise<void>,
): Reading {
  return [
    what,
    async ({ sample }) => {
      await read(sample.disk.copy(), sample);
    },
  ];
}

async function salvaged(
  disk: MemoryFileSystem,
): Promise<{ report: SalvageReport; state: readonly string[] }> {
  const report = await ENGINE.salvage(disk, DIR, OUT, new SeededRandom(1));
  const { state } = await openDisk(ENGINE, disk, 1, new HandClock(), OUT);
  return { report, state };
}

/** A frame behind the last one that says entries are lost, which nobody lost. */
function addGap(disk: MemoryFileSystem, path: string, lengthOfGap: number, flags = 0): void {
  damage(disk, path, (bytes) => {
    const last = placesOf(bytes).at(-1);
    assert.ok(last !== undefined);
    const field = bytes.readUInt32LE(last.at + 8) + bytes.readUInt16LE(last.at + 22);
    const seq = Number(bytes.readBigUInt64LE(40)) + field;
    const gap = Buffer.alloc(48);
    bytes.copy(gap, 0, last.at, last.at + 32);
    gap.writeUInt32LE(16, 4);
    gap.writeUInt32LE(field, 8);
    gap.writeUInt8(FRAME_GAP, 20);
    gap.writeUInt8(flags, 21);
    gap.writeUInt16LE(0, 22);
    gap.writeBigUInt64LE(BigInt(seq), 32);
    gap.writeBigUInt64LE(BigInt(seq + lengthOfGap - 1), 40);
    signFrame(gap, bytes.readUInt32LE(56));
    return Buffer.concat([bytes, gap]);
  });
}

const SALVAGES: readonly Reading[] = [
  withSample('salvaging a sealed segment without its end', async (disk, sample) => {
    forgeManifest(disk, (next) => next.segments.splice(-2));
    const [last] = manifestOf(disk).segments.slice(-1);
    damage(disk, `${DIR}/${last.name}`, (bytes) => bytes.subarray(0, placesOf(bytes)[2].at));
    const { report, state } = await salvaged(disk);
    const lastSeq = last.sealed?.lastSeq ?? 0;
    assert.ok(state.length < lastSeq && lastSeq < sample.entries.length);
    assert.deepEqual(report.lost, [{ firstSeq: state.length + 1, lastSeq }], 'what is lost');
  }),
  withSample('salvaging a snapshot without its end', async (disk, sample) => {
    withoutHistory(disk);
    damage(disk, sample.snapshot, (bytes) => bytes.subarray(0, placesOf(bytes)[1].at));
    const { report } = await salvaged(disk);
    assert.ok(report.lostRecords > 0 && report.isEndUnknown, 'that records are lost is known');
  }),
  withSample('salvaging a segment under the header of another', async (disk, sample) => {
    forgeHeader(disk, sample.open, (bytes) => flip(bytes, 56));
    const { report, state } = await salvaged(disk);
    assert.deepEqual(state, sample.entries, 'the manifest knows the salt');
    assert.deepEqual(report.damages, [
      { file: sample.open, offset: 0, sizeBytes: FILE_HEADER_BYTES },
    ]);
  }),
  ...[
    { what: 'that ends before it begins', length: -2, flags: 0 },
    { what: 'of the wrong form', length: 3, flags: 16 },
  ].map(({ what, length, flags }) =>
    withSample(`salvaging a gap ${what}`, async (disk, sample) => {
      addGap(disk, sample.open, length, flags);
      const { report, state } = await salvaged(disk);
      assert.deepEqual(state, sample.entries);
      assert.deepEqual(report.lost, []);
      assert.equal(report.lastSeq, sample.entries.length);
    }),
  ),
  withSample('salvaging a single snapshot', async (disk, sample) => {
    await assert.rejects(salvageFile(disk, sample.snapshot, OUT, new SeededRandom(1)), {
      name: 'LogError',
      message: /is a snapshot/,
    });
  }),
  withSample('a gap in a salvaged log', async (disk, sample) => {
    flipPayload(disk, sample.sealed, 1);
    const { report } = await salvaged(disk);
    assert.equal(report.lost.length, 1);
    assert.ok((await gapsIn(disk)) > 0, 'whoever loads it is told');
  }),
  withSample('a gap in a salvaged snapshot', async (disk, sample) => {
    withoutHistory(disk);
    flipPayload(disk, sample.snapshot, 0);
    const { report } = await salvaged(disk);
    assert.ok(report.lostRecords > 0);
    assert.ok((await gapsIn(disk)) > 0, 'whoever loads it is told');
  }),
];

function withoutHistory(disk: MemoryFileSystem): void {
  for (const path of disk.paths()) if (path.startsWith(`${DIR}/history/`)) disk.remove(path);
}

/** @returns how often a start is told of a gap */
async function gapsIn(disk: MemoryFileSystem): Promise<number> {
  let count = 0;
  await ENGINE.recover({
    fs: disk,
    dir: OUT,
    clock: new HandClock(),
    random: new SeededRandom(2),
    owner: null,
    historyGenerations: 1,
    onSnapshot: () => undefined,
    onEntries: () => undefined,
    onGap: () => {
      count++;
    },
  });
  return count;
}

function withHistory(
  what: string,
  read: (disk: MemoryFileSystem, sample: HistorySample) => Promise<void>,
): Reading {
  return [
    what,
    async ({ history: sample }) => {
      await read(sample.disk.copy(), sample);
    },
  ];
}

/** Brings the last superseded generation back into the directory, as if none were put away. */
function unretire(disk: MemoryFileSystem): void {
  const { generation } = manifestOf(disk);
  const { snapshot, segments } = manifestOf(disk, `${DIR}/history/MANIFEST-${generation - 1}`);
  assert.ok(snapshot !== null);
  for (const { name } of [snapshot, ...segments]) {
    disk.put(`${DIR}/${name}`, disk.bytesOf(`${DIR}/history/${name}`));
  }
}

async function rebuilt(disk: MemoryFileSystem): Promise<readonly string[]> {
  disk.remove(MANIFEST);
  await ENGINE.rebuildManifest(disk, DIR);
  return (await openDisk(ENGINE, disk, 1)).state;
}

const REBUILDS: readonly Reading[] = [
  withHistory('a manifest anew for what is there', async (disk, { entries }) => {
    assert.deepEqual(await rebuilt(disk), entries);
  }),
  withHistory('a manifest anew for two generations', async (disk, { entries, snapshot }) => {
    unretire(disk);
    disk.remove(MANIFEST);
    const { files, leftOut } = await ENGINE.rebuildManifest(disk, DIR);
    assert.ok(files.includes(snapshot.slice(DIR.length + 1)), 'the newest snapshot is used');
    assert.ok(leftOut.length > 0, 'what is older is left out');
    assert.deepEqual((await openDisk(ENGINE, disk, 1)).state, entries);
  }),
  withHistory(
    'a manifest anew for a newest snapshot that is not finished',
    async (disk, { entries, snapshot }) => {
      unretire(disk);
      damage(disk, snapshot, (bytes) => bytes.subarray(0, placesOf(bytes).at(-1)?.at));
      assert.deepEqual(await rebuilt(disk), entries);
    },
  ),
  withHistory(
    'a manifest anew for a newest snapshot that is damaged',
    async (disk, { entries, snapshot }) => {
      unretire(disk);
      // Behind the seal: all that a scan accepts is as it was.
      damage(disk, snapshot, (bytes) => Buffer.concat([bytes, Buffer.alloc(40)]));
      assert.deepEqual(await rebuilt(disk), entries);
    },
  ),
  withHistory('a manifest anew for a segment of another data set', async (disk, { entries }) => {
    // Entries as they might come next.
    const foreign = `${DIR}/log-00009999.rlog`;
    const next = disk.paths().find((path) => path.startsWith(`${DIR}/history/log-`)) ?? '';
    disk.put(foreign, disk.bytesOf(next));
    forgeHeader(disk, foreign, (bytes) => {
      flip(bytes, 16);
      bytes.writeBigUInt64LE(BigInt(entries.length), 40);
    });
    damage(disk, foreign, (bytes) => bytes.subarray(0, placesOf(bytes).at(-1)?.at));
    assert.deepEqual(await rebuilt(disk), entries);
  }),
  withHistory(
    'a manifest anew for segments of which one is missing',
    async (disk, { open, entries }) => {
      const server = new LogServer(disk, new SeededRandom(3));
      server.model = { entries: entries.slice(), units: [] };
      await server.start();
      for (let i = 0; i < 12; i++) {
        await server.write(2);
        await server.pass(200);
      }
      await server.kill();
      const left = server.files.fs.afterKill();
      const { segments } = manifestOf(left);
      assert.ok(segments.length > 3, 'there are some');
      assert.notEqual(`${DIR}/${segments[1].name}`, open);
      left.remove(`${DIR}/${segments[1].name}`);
      left.remove(MANIFEST);
      await assert.rejects(ENGINE.rebuildManifest(left, DIR), {
        name: 'LogError',
        message: /begins with entry/,
      });
    },
  ),
  withHistory(
    'a manifest anew for a sealed segment with something behind its seal',
    async (disk, { entries }) => {
      const server = new LogServer(disk, new SeededRandom(3));
      server.model = { entries: entries.slice(), units: [] };
      await server.start();
      await server.close();
      const left = server.files.fs.afterKill();
      const last = manifestOf(left).segments.findLast(
        ({ name }) => left.bytesOf(`${DIR}/${name}`).length > FILE_HEADER_BYTES + 48,
      );
      damage(left, `${DIR}/${last?.name}`, (bytes) => Buffer.concat([bytes, Buffer.alloc(40)]));
      assert.deepEqual(await rebuilt(left), entries, 'what is behind it is cut');
    },
  ),
];

const CLOSED: readonly Reading[] = [
  withHistory('bytes behind the seal of a log that was closed', async (disk, { entries }) => {
    const server = new LogServer(disk, new SeededRandom(3));
    server.model = { entries: entries.slice(), units: [] };
    await server.start();
    await server.write(1);
    await server.close();
    const left = server.files.fs.afterKill();
    const open = manifestOf(left).segments.filter(({ sealed }) => sealed === null);
    const path = `${DIR}/${open[0].name}`;
    assert.equal(
      left.bytesOf(path)[(placesOf(left.bytesOf(path)).at(-1)?.at ?? 0) + 20],
      FRAME_SEAL,
    );
    damage(left, path, (bytes) => Buffer.concat([bytes, Buffer.alloc(40)]));
    const { report } = await openDisk(ENGINE, left, 1);
    assert.notEqual(report.torn, null, 'they are cut');
    const again = await openDisk(ENGINE, left, 2);
    assert.equal(again.report.torn, null, 'the next start finds nothing to cut');
    assert.deepEqual(again.state, server.model.entries);
  }),
];

/** The verdict on a segment or a snapshot that is alone. */
function alone(
  what: string,
  verdict: string,
  forge: (disk: MemoryFileSystem, sample: SampleDisk) => string,
): Reading {
  return withSample(`${what}, alone`, async (disk, sample) => {
    const path = forge(disk, sample);
    const single = new MemoryFileSystem();
    single.put(ALONE, disk.bytesOf(path));
    const report = await ENGINE.check(single, ALONE);
    assert.equal(report.verdict, verdict, report.message);
    const fixing = fix({
      fs: single,
      path: ALONE,
      clock: new HandClock(),
      random: new SeededRandom(1),
      owner: null,
      historyGenerations: 1,
    });
    if (verdict === 'corrupt') await assert.rejects(fixing, { name: 'LogError' });
    else await fixing;
  });
}

const SINGLE_FILES: readonly Reading[] = [
  alone('a segment with a durable entry damaged', 'corrupt', (disk, { open }) => {
    flipPayload(disk, open, 0);
    return open;
  }),
  alone('a segment with its last bytes damaged', 'torn', (disk, { open }) => {
    damage(disk, open, (bytes) => Buffer.concat([bytes, Buffer.alloc(50, 1)]));
    return open;
  }),
  alone('a closed segment with bytes behind its seal', 'corrupt', (disk, { sealed }) => {
    damage(disk, sealed, (bytes) => Buffer.concat([bytes, Buffer.alloc(50, 1)]));
    return sealed;
  }),
  alone(
    'a segment whose only durable claim comes after the damage',
    'corrupt',
    (disk, { open }) => {
      const frames = placesOf(disk.bytesOf(open)).length;
      for (let i = 0; i < frames - 1; i++) {
        forgeFrame(disk, open, i, (frame) => frame.writeUInt32LE(0xffffffff, 12));
      }
      forgeFrame(disk, open, frames - 1, (frame) => frame.writeUInt32LE(0, 12));
      flipPayload(disk, open, 1);
      return open;
    },
  ),
  alone('a snapshot without its seal', 'corrupt', (disk, { snapshot }) => {
    damage(disk, snapshot, (bytes) => bytes.subarray(0, placesOf(bytes).at(-1)?.at));
    return snapshot;
  }),
];

/** What a running server makes of a MANIFEST that somebody put in the place of its own. */
function mending(
  what: string,
  isMended: boolean,
  change: (disk: MemoryFileSystem) => void,
): Reading {
  return [
    `${what} in the place of the manifest`,
    async () => {
      const server = new LogServer(new MemoryFileSystem(), new SeededRandom(4));
      await server.start();
      await server.write(3);
      const { directory, files } = server;
      assert.ok(directory !== null);
      const { fs } = files;
      change(fs);
      const put = fs.bytesOf(MANIFEST);
      const problem = await mendManifest(directory);
      const own = encodeManifest(directory.manifest);
      assert.ok(fs.bytesOf(MANIFEST).equals(isMended ? own : put), String(problem));
      if (isMended) assert.notEqual(problem, null, 'it is said');
      await server.kill();
    },
  ];
}

const MENDINGS: readonly Reading[] = [
  mending('an old one', true, (disk) => forgeManifest(disk, (next) => next.revision--)),
  mending('a newer one', false, (disk) => forgeManifest(disk, (next) => next.revision++)),
  mending('a damaged one', true, (disk) => damage(disk, MANIFEST, (bytes) => flip(bytes, 40))),
  mending('one of another data set', false, (disk) =>
    forgeManifest(disk, (next) => {
      next.datasetId = 'f'.repeat(32);
      next.revision = 0;
    }),
  ),
  withSample('a manifest of a newer version that is damaged', async (disk) => {
    const bytes = disk.bytesOf(MANIFEST);
    bytes.write('2', bytes.indexOf('\n') - 1);
    assert.throws(() => decodeManifest(bytes, MANIFEST), { code: 'CORRUPT' });
  }),
  withSample('a manifest with a name that is not one of ours', async (disk) => {
    const next = manifestOf(disk);
    next.segments[0].name = 'log-1.rlog';
    assert.throws(() => decodeManifest(encodeManifest(next), MANIFEST), { name: 'LogError' });
  }),
];

export const REPAIR_READINGS: readonly Reading[] = [
  ...SALVAGES,
  ...REBUILDS,
  ...CLOSED,
  ...SINGLE_FILES,
  ...MENDINGS,
];
