// What containers of subcommands, and their HELP, have in common.

import type { CommandSpec } from '../../contract/command.js';

export const HELP = {
  name: 'HELP',
  arity: 2,
  flags: ['loading', 'stale'],
  summary: 'Lists the subcommands.',
  complexity: 'O(1)',
  propagate: 'never',
} as const satisfies Partial<CommandSpec>;

export const CONTAINER = {
  arity: -2,
  flags: [],
  complexity: "The subcommand's.",
  propagate: 'never',
} as const satisfies Partial<CommandSpec>;
