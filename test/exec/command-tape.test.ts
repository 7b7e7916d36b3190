// Commands on a tape come back byte by byte, in their order.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { CommandTape, loadCommand, storeCommand } from '../../engine/exec/command-tape.js';
import { Args } from '../../engine/util/args.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

/** Lengths on both sides of each length that a varint needs another byte for. */
const LENGTHS = [0, 1, 127, 128, 300, 16_383, 16_384, 70_000];

function commandOf(words: readonly Uint8Array[]): Args {
  const args = new Args();
  args.assign(words);
  return args;
}

function wordsOf(args: Args): Buffer[] {
  return Array.from({ length: args.count }, (_, i) => args.copy(i));
}

test('what is pushed is played, whatever its size', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const tape = new CommandTape();
  for (let round = 0; round < 3; round++) {
    const commands = Array.from({ length: 200 }, () =>
      Array.from({ length: 1 + randomBelow(random, 200) }, (_, i) =>
        Buffer.alloc(
          i < 3 ? LENGTHS[randomBelow(random, LENGTHS.length)] : randomBelow(random, 20),
          randomBelow(random, 256),
        ),
      ),
    );
    for (const words of commands) tape.push(commandOf(words));
    equal(tape.count, commands.length);
    const args = new Args();
    const played: Buffer[][] = [];
    tape.play(args, (index) => {
      equal(index, played.length);
      played.push(wordsOf(args));
    });
    deepEqual(played, commands, `seed ${seed}`);
    tape.clear();
    equal(tape.count, 0);
    equal(tape.sizeBytes, 0);
  }
});

test('a stored command is loaded as it was, short or long', () => {
  for (const length of LENGTHS) {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => i & 255));
    const words = [Buffer.from('BLPOP'), bytes, Buffer.from('0')];
    const stored = storeCommand(commandOf(words));
    ok(stored.length <= length + 14, 'it needs little more than its bytes');
    const args = new Args();
    loadCommand(stored, args);
    deepEqual(wordsOf(args), words);
    // What is being run again may be stored again.
    equal(storeCommand(args).toString('latin1'), stored.toString('latin1'));
  }
});
