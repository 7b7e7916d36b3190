// COMMAND and its subcommands: the specs.

import type { ArgumentDoc, CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { replyHelp } from '../help-reply.js';
import { commandDocsCommand } from './command-docs.js';
import { commandGetkeysandflagsCommand, commandGetkeysCommand } from './command-getkeys.js';
import { commandCommand, commandInfoCommand } from './command-info.js';
import { commandCountCommand, commandListCommand } from './command-list.js';

const HELP_LINES = [
  '(no subcommand)',
  '    Everything INFO tells, of every command.',
  'COUNT',
  '    How many commands there are.',
  'DOCS [<command-name> ...]',
  '    Summary, history and arguments of the commands, or of all.',
  'GETKEYS <full-command>',
  '    The keys among the arguments of a command.',
  'GETKEYSANDFLAGS <full-command>',
  '    As GETKEYS, with what the command does to each.',
  'INFO [<command-name> ...]',
  '    Arity, flags, categories and key positions of the commands, or of all.',
  'LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]',
  '    The names of the commands.',
];

export function commandHelpCommand(ctx: Context): void {
  replyHelp(ctx, 'COMMAND', HELP_LINES);
}

const SUBCOMMAND = {
  group: 'server',
  flags: ['loading', 'stale'],
  complexity: 'O(1)',
  acl: ['connection'],
  propagate: 'never',
} as const satisfies Partial<CommandSpec>;

const OF_NAMES = {
  ...SUBCOMMAND,
  arity: -2,
  complexity: 'O(N) where N is the number of commands asked for.',
  arguments: [{ name: 'command-name', type: 'string', optional: true, multiple: true }],
  tips: ['nondeterministic_output_order'],
} as const satisfies Partial<CommandSpec>;

const FULL_COMMAND: readonly ArgumentDoc[] = [
  { name: 'command', type: 'string' },
  { name: 'arg', type: 'string', optional: true, multiple: true },
];

const OF_FULL_COMMAND = {
  ...SUBCOMMAND,
  arity: -3,
  complexity: 'O(N) where N is the number of arguments.',
  arguments: FULL_COMMAND,
} as const satisfies Partial<CommandSpec>;

const LIST_FILTER: readonly ArgumentDoc[] = [
  {
    name: 'filterby',
    type: 'oneof',
    token: 'FILTERBY',
    optional: true,
    arguments: [
      { name: 'module-name', type: 'string', token: 'MODULE' },
      { name: 'category', type: 'string', token: 'ACLCAT' },
      { name: 'pattern', type: 'pattern', token: 'PATTERN' },
    ],
  },
];

export const commandSpec: CommandSpec = {
  ...SUBCOMMAND,
  name: 'COMMAND',
  since: '2.8.13',
  arity: -1,
  summary: 'Describes the commands.',
  complexity: 'O(N) where N is the number of commands.',
  tips: ['nondeterministic_output_order'],
  handler: commandCommand,
  subcommands: [
    {
      ...SUBCOMMAND,
      name: 'COUNT',
      since: '2.8.13',
      arity: 2,
      summary: 'Counts the commands.',
      handler: commandCountCommand,
    },
    {
      ...OF_NAMES,
      name: 'DOCS',
      since: '7.0.0',
      summary: 'Documents commands.',
      handler: commandDocsCommand,
    },
    {
      ...OF_FULL_COMMAND,
      name: 'GETKEYS',
      since: '2.8.13',
      summary: 'Finds the keys of a command.',
      handler: commandGetkeysCommand,
    },
    {
      ...OF_FULL_COMMAND,
      name: 'GETKEYSANDFLAGS',
      since: '7.0.0',
      summary: 'Finds the keys of a command and what it does to them.',
      handler: commandGetkeysandflagsCommand,
    },
    {
      ...SUBCOMMAND,
      name: 'HELP',
      since: '5.0.0',
      arity: 2,
      summary: 'Lists the subcommands.',
      handler: commandHelpCommand,
    },
    {
      ...OF_NAMES,
      name: 'INFO',
      since: '2.8.13',
      summary: 'Describes commands as programs want it.',
      history: [['7.0.0', 'Without names it describes all commands.']],
      handler: commandInfoCommand,
    },
    {
      ...SUBCOMMAND,
      name: 'LIST',
      since: '7.0.0',
      arity: -2,
      summary: 'Lists the names of the commands.',
      complexity: 'O(N) where N is the number of commands.',
      arguments: LIST_FILTER,
      tips: ['nondeterministic_output_order'],
      handler: commandListCommand,
    },
  ],
};
