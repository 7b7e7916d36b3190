// One random life of a log server, from an empty disk on, with a copy of the disk before each
// operation that changes it; and the look at all that a stop there may leave.

import type { SyncPolicy } from '../../engine/log/commit-pipeline.js';
import type { SeededRandom } from '../../engine/util/random.js';
import { MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import { DiskOracle } from './disk-oracle.js';
import { type LogModules, LogServer, type Promised } from './log-server.js';

/** A moment at which the power may go. */
export interface Stop {
  readonly disk: MemoryFileSystem;
  readonly promised: Promised;
  readonly what: string;
}

const OPERATIONS_LEAST = 200;
/** Operations that change nothing: a stop before one is a stop before the next. */
const CHANGES_NOTHING = new Set<Operation['name']>([
  'read',
  'stat',
  'readdir',
  'readFile',
  'close',
]);

/** What a server does at a time, and how often. */
const DEEDS = [
  ...Array<'write'>(8).fill('write'),
  ...Array<'pass'>(4).fill('pass'),
  ...Array<'compact'>(2).fill('compact'),
  'close',
  'kill',
  'cut',
] as const;

/** @returns a stop before each operation of a life */
export async function randomLife(
  random: SeededRandom,
  options: { readonly modules: LogModules; readonly policy: SyncPolicy },
): Promise<Stop[]> {
  const stops: Stop[] = [];
  const isSlow = random.next32() % 2 === 0;
  const server = new LogServer(new MemoryFileSystem(), random, { ...options, isSlow });
  const watch = (): void => {
    const { fs } = server.files;
    fs.onOperation = ({ index, name, path }) => {
      if (CHANGES_NOTHING.has(name)) return;
      const what = `before ${name} of ${path} (operation ${index})`;
      stops.push({ disk: fs.copy(), promised: server.promised, what });
    };
  };
  watch();
  await server.start();
  while (stops.length < OPERATIONS_LEAST) {
    const deed = DEEDS[server.below(DEEDS.length)];
    await server.write(server.below(3));
    if (deed === 'pass') await server.pass([100, 600, 1100][server.below(3)]);
    else if (deed === 'compact') await server.compact(server.below(4));
    else if (deed !== 'write') {
      // With turns on their way, the stop is in the midst of them.
      if (deed !== 'close' && server.below(2) === 0) server.turn();
      if (deed === 'close') await server.close();
      else if (deed === 'kill') await server.kill();
      else await server.cut(server.files.fs.afterPowerCut(random));
      watch();
      await server.start();
    }
  }
  server.files.fs.onOperation = () => undefined;
  return stops;
}

/** Looks at what power cuts at these stops may leave. */
export async function checkStops(
  stops: readonly Stop[],
  random: SeededRandom,
  seed: number,
  cutsPerStop: number,
  modules: LogModules,
): Promise<{ cuts: number; distinct: number }> {
  const oracle = new DiskOracle(modules, seed);
  let cuts = 0;
  for (const { disk, promised, what } of stops) {
    for (let i = 0; i < cutsPerStop; i++) {
      const left = disk.afterPowerCut(random, i % 2 === 0 ? 512 : 4096);
      await oracle.check(left, promised, promised.durable, `cut ${i} ${what}`);
      cuts++;
    }
    await oracle.check(disk.afterKill(), promised, promised.acknowledged, `kill ${what}`);
  }
  return { cuts, distinct: oracle.distinct };
}
