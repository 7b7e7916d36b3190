// One case of campaign T13: an owner that stands still for a while, and what another machine does
// to its directory meanwhile. Another machine takes over only when the owner's beat stood still
// for 15 seconds; from then on the owner may acknowledge nothing.

import assert from 'node:assert/strict';
import { Config, Engine } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { SlowMachine } from './slow-machine.js';

/** Too long for a socket file: what is left of the lock is the LOCK file. */
const DIR = `/${'data'.repeat(30)}`;
const STALE_MS = 15_000;
const STAND_MAX_MS = 60_000;
const OTHER_LOCK = 'pid 1\nhost elsewhere\nboot other\nnonce other\nbeat 000000000001\n';
const OWNER = { pid: 2, host: 'here', bootId: 'this', hasAbstractSockets: false };

const HAPPENINGS = ['nothing', 'lock removed', 'taken over', 'taken over and let go'] as const;

export class OwnerCase {
  isLost = false;
  private readonly random: SeededRandom;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  async run(): Promise<void> {
    const machine = new SlowMachine();
    const config = new Config();
    config.preset('appendfsync', this.below(2) === 0 ? 'always' : 'everysec');
    const { fs, clock, loop } = machine;
    const random = new SeededRandom(this.below(1 << 30));
    const engine = new Engine({ dir: DIR, fs, owner: OWNER, clock, loop, config, random });
    let reason = '';
    engine.onLost = (text) => {
      reason = text;
    };
    await machine.until(engine.load(), 1000, 'the start');
    const client = new LocalClient(engine);
    await machine.until(client.call('SET', 'k', 'before'), 1000, 'a write');
    await machine.until(machine.elapse(this.below(4000)), 5000, 'some time');
    // It may stop in the middle of a write.
    machine.diskMs = () => this.below(3000);
    let isAnswered = false;
    const during = client.call('SET', 'k', 'during').then(() => {
      isAnswered = true;
      return 'OK';
    }, String);
    const shortly = machine.elapse(this.below(50));
    if (this.below(2) === 0) await machine.until(shortly, 20_000, 'some time');
    const wasAnswered = isAnswered;
    machine.freeze(this.below(STAND_MAX_MS));
    machine.diskMs = () => 0.05;
    const happening = HAPPENINGS[this.below(HAPPENINGS.length)];
    const stoodMs = this.meanwhile(machine, happening);
    const answers = [during, client.call('SET', 'k', 'after').then(() => 'OK', String)];
    const [first, second] = await machine.until(Promise.all(answers), 60_000, 'both answers');
    this.isLost = happening.startsWith('taken over');
    if (this.isLost) {
      assert.match(reason, /in use by|was used by/, `${happening} after ${stoodMs} ms`);
      assert.match(second, /MISCONF/, `${happening}: ${second}`);
      assert.ok(wasAnswered || /MISCONF/.test(first), `${happening}: ${first}`);
      await assert.rejects(machine.until(engine.close(), 60_000, 'the end'), /closed cleanly/);
      const isThere = fs.paths().includes(`${DIR}/LOCK`);
      assert.equal(isThere, happening === 'taken over', 'it leaves the lock of the other alone');
    } else {
      assert.deepEqual([first, second], ['OK', 'OK'], happening);
      assert.equal(reason, '', happening);
      await machine.until(engine.close(), 60_000, 'the end');
    }
  }

  private below(limit: number): number {
    return randomBelow(this.random, limit);
  }

  /** What another machine does; it waits until the owner counts as dead. */
  private meanwhile(machine: SlowMachine, happening: (typeof HAPPENINGS)[number]): number {
    if (happening === 'nothing') return 0;
    const { fs } = machine;
    if (happening === 'lock removed') {
      fs.remove(`${DIR}/LOCK`);
      return 0;
    }
    machine.freeze(STALE_MS);
    if (happening === 'taken over') {
      fs.remove(`${DIR}/LOCK`);
      fs.put(`${DIR}/LOCK`, Buffer.from(OTHER_LOCK));
    } else {
      fs.remove(`${DIR}/LOCK`);
      const manifest = fs.bytesOf(`${DIR}/MANIFEST`);
      fs.remove(`${DIR}/MANIFEST`);
      fs.put(`${DIR}/MANIFEST`, Buffer.concat([manifest, Buffer.from('\n')]));
    }
    return STALE_MS;
  }
}
