// Entries as a log could have them if somebody else wrote it: any command there is, with any
// arguments, and bytes that are not quite entries. What replays them answers with LogError or
// nothing at all.

import { Replayer } from '../../engine/exec/replayer.js';
import { COMMANDS, type Engine, LogError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { mutatePayload, pick } from './format-mutation.js';
import { engineOver, writeAll } from './fuzz-source.js';

const SEED = 6;
const ARGUMENTS_MAX = 7;
const WORDS = [
  ...['text:0', 'integer:0', 'list3:0', 'list14:0', 'set3:0', 'set14:0', 'hash3:0', 'hash14:0'],
  ...['zset3:0', 'zset14:0', 'integers:0', 'new', 'member0-1', 'v'],
  ...['0', '1', '2', '-1', '5', '0.5', '1e10', '-inf', 'nan', '', '(1', '[a', '+', '-', '*'],
  ...['EX', 'PXAT', 'NX', 'XX', 'GT', 'COUNT', 'LIMIT', 'FIELDS', 'STORE', 'BEFORE', 'LEFT'],
  ...['RIGHT', 'WEIGHTS', 'AGGREGATE', 'KEEPTTL', 'ABSTTL', 'BYSCORE', 'MIN', 'GET', 'ASC'],
];
const NAMES = COMMANDS.flatMap(({ name, subcommands }) => [
  [name],
  ...(subcommands ?? []).map((subcommand) => [name, subcommand.name]),
]);
/** The others are never logged, which is soon said. */
const WRITES = COMMANDS.filter(({ flags }) => flags.includes('write')).map(({ name }) => [name]);

export class EntryReplay {
  private readonly engine: Engine = engineOver(new MemoryFileSystem(), null, SEED);
  private before: Buffer = Buffer.alloc(0);

  async begin(): Promise<void> {
    await this.engine.load();
    const client = new LocalClient(this.engine);
    await writeAll((...words) => client.call(...words), 0, false);
    client.close();
    this.engine.keyspace.expiresKeys = false;
  }

  end(): Promise<void> {
    return this.engine.close();
  }

  /** Replays one frame. @returns what it was refused with, or null */
  replayOne(random: SeededRandom): LogError | null {
    const { keyspace, executor } = this.engine;
    const count = 1 + randomBelow(random, 3);
    let payload: Buffer = Buffer.concat(Array.from({ length: count }, () => madeUpEntry(random)));
    if (randomBelow(random, 3) === 0) payload = mutatePayload(random, payload, this.before);
    this.before = payload;
    try {
      new Replayer(keyspace, executor).onEntries(payload, 0, payload.length, count, 1);
      return null;
    } catch (error) {
      if (error instanceof LogError) return error;
      const text = payload.toString('latin1');
      throw new Error(`${JSON.stringify(text)}: ${String(error)}`, { cause: error });
    }
  }
}

/** @returns an entry in database 0, mostly of a command with the keys it may find */
function madeUpEntry(random: SeededRandom): Buffer {
  const words = [...pick(random, randomBelow(random, 8) === 0 ? NAMES : WRITES)];
  const length = randomBelow(random, ARGUMENTS_MAX);
  for (let i = 0; i < length; i++) words.push(pick(random, WORDS));
  const parts = words.map((word) => Buffer.from(String.fromCharCode(word.length) + word, 'latin1'));
  return Buffer.concat([Buffer.from([0, words.length]), ...parts]);
}
