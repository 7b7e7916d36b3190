// LOLWUT: a picture for those who ask, other each time. A row of cells grows line by line under an
// elementary cellular automaton (Stephen Wolfram, "Statistical mechanics of cellular automata",
// 1983), from a random rule out of those that make something worth looking at.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER } from '../../contract/errors.js';
import { REDIS_VERSION } from '../../observe/identity.js';
import type { Args } from '../../util/args.js';
import { randomBelow } from '../../util/random.js';
import { integerArgument } from '../integer-argument.js';

const COLUMNS = 64;
const ROWS = 24;
const RULES = [18, 22, 30, 45, 60, 73, 90, 105, 110, 126, 150, 182];

function nextRow(row: Uint8Array, rule: number): Uint8Array {
  const next = new Uint8Array(row.length);
  for (let i = 0; i < row.length; i++) {
    const left = row[(i + row.length - 1) % row.length];
    const right = row[(i + 1) % row.length];
    next[i] = (rule >>> ((left << 2) | (row[i] << 1) | right)) & 1;
  }
  return next;
}

function draw(rule: number): string {
  let row: Uint8Array = new Uint8Array(COLUMNS);
  row[COLUMNS / 2] = 1;
  let text = '';
  for (let i = 0; i < ROWS; i++) {
    text += `${[...row]
      .map((cell) => (cell === 1 ? '#' : ' '))
      .join('')
      .trimEnd()}\n`;
    row = nextRow(row, rule);
  }
  return text;
}

/** VERSION is taken and checked; there is one picture for all of them. */
export function lolwutCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  if (args.count >= 3 && args.is(1, 'VERSION') && Number.isNaN(integerArgument(args, 2))) {
    reply.error(ERR_NOT_INTEGER);
    return;
  }
  const rule = RULES[randomBelow(ctx.random, RULES.length)];
  const caption = `Reddis plays rule ${rule}.`;
  reply.verbatim('txt', `${draw(rule)}\n${caption}\nRedis ver. ${REDIS_VERSION}\n`);
}

export const lolwutSpec: CommandSpec = {
  name: 'LOLWUT',
  group: 'server',
  since: '5.0.0',
  arity: -1,
  flags: ['readonly', 'fast'],
  summary: 'Draws a picture.',
  complexity: 'O(1)',
  arguments: [{ name: 'version', type: 'integer', token: 'VERSION', optional: true }],
  propagate: 'never',
  handler: lolwutCommand,
};
