// Data directories of a whole engine to be fuzzed: every type small and large, deadlines, several
// databases, transactions, sealed segments, a snapshot and one before it; and the same after a
// salvage, with gaps. Invariant: the same bytes in every run.

import { Config, Engine } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { salvage } from '../../engine/log/salvage.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';

export const DIR = '/data';
const SEED = 77;
const SEGMENT_BYTES = 3000;
const LARGE = 14;
/** Collections are large soon, so that files stay small. */
const CONFIG = {
  appendfsync: 'always',
  'auto-aof-rewrite-percentage': '0',
  'hash-max-listpack-entries': '4',
  'zset-max-listpack-entries': '4',
  'set-max-listpack-entries': '4',
  'set-max-intset-entries': '6',
  'list-max-listpack-size': '4',
  'enable-debug-command': 'yes',
};

/** @returns an engine over a directory in memory, or in memory only, not loaded */
export function engineOver(fs: MemoryFileSystem, dir: string | null, seed: number): Engine {
  const config = new Config();
  for (const [name, value] of Object.entries(CONFIG)) {
    const mistake = config.preset(name, value);
    if (mistake !== null) throw new TypeError(`${name}: ${mistake}`);
  }
  return new Engine({
    dir,
    fs,
    owner: null,
    clock: new FakeClock(),
    config,
    random: new SeededRandom(seed),
    segmentSizeBytes: SEGMENT_BYTES,
  });
}

type Call = (...words: string[]) => Promise<unknown>;

function names(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

/** Writes keys of every type and encoding. */
export async function writeAll(call: Call, round: number, isMany: boolean): Promise<void> {
  const key = (name: string) => `${name}:${round}`;
  const at = '1893456000000';
  await call('SET', key('text'), 'value '.repeat(1 + round * 20));
  await call('SET', key('integer'), '-12345678901');
  await call('SET', key('deadline'), 'v', 'PXAT', at);
  await call('INCR', 'counter');
  for (const count of [3, LARGE]) {
    const members = names(count, `member${round}-`);
    await call('RPUSH', key(`list${count}`), ...members, '7', '-300', '70000');
    await call('SADD', key(`set${count}`), ...members);
    await call('HSET', key(`hash${count}`), ...members.flatMap((field) => [field, 'v']));
    await call('ZADD', key(`zset${count}`), ...members.flatMap((one, i) => [`${i}.5`, one]));
  }
  await call('SADD', key('integers'), '1', '-70000', '5000000000');
  await call('HPEXPIREAT', key(`hash${LARGE}`), at, 'FIELDS', '1', `member${round}-1`);
  await call('PEXPIREAT', key(`zset${LARGE}`), at);
  await call('LSET', key('list3'), '1', 'set');
  await call('MULTI');
  await call('SET', 'in', 'multi');
  await call('RENAME', 'in', key('out'));
  await call('EXEC');
  if (isMany) await call('SELECT', String(round % 3));
}

/**
 * A killed engine's directory with two generations.
 * @param isMany several databases: each has 64 MiB of address space, which takes time to get
 */
async function liveDirectory(isMany: boolean): Promise<MemoryFileSystem> {
  const fs = new MemoryFileSystem();
  const engine = engineOver(fs, DIR, SEED);
  await engine.load();
  const client = new LocalClient(engine);
  const call: Call = (...words) => client.call(...words);
  for (let round = 0; round < 3; round++) {
    await writeAll(call, round, isMany);
    if (round < 2) await call('SAVE');
  }
  await writeAll(call, 3, isMany);
  const copy = fs.afterKill();
  client.close();
  await engine.close();
  return copy;
}

/** What is left of it after damage to its snapshots and a segment. */
async function salvagedDirectory(live: MemoryFileSystem): Promise<MemoryFileSystem> {
  const fs = live.afterKill();
  for (const path of fs.paths()) {
    if (path.includes('history')) fs.remove(path);
    if (!/\.(rlog|rsnap)$/.test(path) || path.includes('history')) continue;
    const bytes = fs.bytesOf(path);
    const middle = bytes.lastIndexOf('RDL1', bytes.length * 0.6);
    if (middle > 64) bytes.fill(0, middle, middle + 8);
    fs.put(path, bytes);
  }
  await salvage(fs, DIR, '/out', new SeededRandom(SEED));
  const only = new MemoryFileSystem();
  for (const path of fs.paths()) {
    if (path.startsWith('/out/')) only.put(path.replace('/out', DIR), fs.bytesOf(path));
  }
  return only;
}

/** @returns directories to be copied before they are changed */
export async function makeFuzzSources(): Promise<MemoryFileSystem[]> {
  const live = await liveDirectory(false);
  const salvaged = await salvagedDirectory(live);
  const many = await liveDirectory(true);
  return [live, live, live, live, live, salvaged, salvaged, salvaged, many];
}
