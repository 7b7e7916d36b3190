// MEMORY: the container of its subcommands.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { KEY } from '../argument-docs.js';
import { replyHelp } from '../help-reply.js';
import { CONTAINER, HELP } from './container-spec.js';
import {
  memoryDoctorCommand,
  memoryMallocStatsCommand,
  memoryPurgeCommand,
  memoryStatsCommand,
} from './memory-stats.js';
import { memoryUsageCommand } from './memory-usage.js';

const HELP_LINES = [
  'DOCTOR',
  '    What is wrong with the use of memory, if anything.',
  'MALLOC-STATS',
  '    The figures of the arenas, by database.',
  'PURGE',
  '    Give memory back; there is never anything to give.',
  'STATS',
  '    What memory is used for.',
  'USAGE <key> [SAMPLES <count>]',
  '    The bytes that a key and its value take. SAMPLES changes nothing: sizes are exact.',
];

export function memoryHelpCommand(ctx: Context): void {
  replyHelp(ctx, 'MEMORY', HELP_LINES);
}

const SUBCOMMAND = {
  group: 'server',
  since: '4.0.0',
  arity: 2,
  flags: [],
  complexity: 'O(N) where N is the number of databases.',
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  propagate: 'never',
} as const satisfies Partial<CommandSpec>;

export const memorySpec: CommandSpec = {
  ...CONTAINER,
  name: 'MEMORY',
  group: 'server',
  since: '4.0.0',
  summary: 'Tells about the use of memory; see its subcommands.',
  subcommands: [
    {
      ...SUBCOMMAND,
      name: 'DOCTOR',
      summary: 'Names problems with the use of memory.',
      handler: memoryDoctorCommand,
    },
    { ...HELP, group: 'server', since: '4.0.0', handler: memoryHelpCommand },
    {
      ...SUBCOMMAND,
      name: 'MALLOC-STATS',
      summary: 'Tells the figures of the arenas.',
      handler: memoryMallocStatsCommand,
    },
    {
      ...SUBCOMMAND,
      name: 'PURGE',
      summary: 'Gives unused memory back.',
      complexity: 'O(1)',
      tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
      handler: memoryPurgeCommand,
    },
    {
      ...SUBCOMMAND,
      name: 'STATS',
      summary: 'Tells what memory is used for.',
      handler: memoryStatsCommand,
    },
    {
      name: 'USAGE',
      group: 'server',
      since: '4.0.0',
      arity: -3,
      flags: ['readonly'],
      summary: 'Tells the size of a key and its value.',
      complexity: 'O(1)',
      keys: [keySpec(['RO'], 2)],
      arguments: [KEY, { name: 'count', type: 'integer', token: 'SAMPLES', optional: true }],
      propagate: 'never',
      handler: memoryUsageCommand,
    },
  ],
};
