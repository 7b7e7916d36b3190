// CONFIG GET, SET, REWRITE and RESETSTAT.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { replyHelp } from '../help-reply.js';
import { isAllowed } from './protected-action.js';

const HELP_LINES = [
  'GET <pattern> [<pattern> ...]',
  '    Names and values of the directives that a pattern matches.',
  'RESETSTAT',
  '    Set the counters that INFO shows back.',
  'REWRITE',
  '    Write the configuration of now into the configuration file.',
  'SET <directive> <value> [<directive> <value> ...]',
  '    Change directives, all of them or none.',
];

export function configGetCommand(ctx: Context, args: Args): void {
  const patterns: string[] = [];
  for (let i = 2; i < args.count; i++) patterns.push(args.text(i));
  const found = ctx.config.match(patterns);
  ctx.reply.map(found.length);
  for (const [name, value] of found) {
    ctx.reply.text(name);
    ctx.reply.text(value);
  }
}

export function configSetCommand(ctx: Context, args: Args): void {
  const { config, reply } = ctx;
  if (args.count % 2 !== 0) {
    reply.error(ERR_SYNTAX);
    return;
  }
  const pairs: [name: string, value: string][] = [];
  for (let i = 2; i < args.count; i += 2) pairs.push([args.text(i), args.text(i + 1)]);
  const error = config.set(pairs, isAllowed(ctx, 'enable-protected-configs'));
  if (error === null) reply.ok();
  else reply.error(error);
}

export function configRewriteCommand(ctx: Context): void {
  const error = ctx.config.rewrite();
  if (error === null) ctx.reply.ok();
  else ctx.reply.error(error);
}

export function configResetstatCommand(ctx: Context): void {
  ctx.info.resetStatistics();
  ctx.reply.ok();
}

export function configHelpCommand(ctx: Context): void {
  replyHelp(ctx, 'CONFIG', HELP_LINES);
}

const SUBCOMMAND = {
  group: 'server',
  flags: ['admin', 'noscript', 'loading', 'stale'],
  complexity: 'O(1)',
  propagate: 'never',
} as const satisfies Partial<CommandSpec>;

const ALL_NODES = ['request_policy:all_nodes', 'response_policy:all_succeeded'];

export const configSpec: CommandSpec = {
  name: 'CONFIG',
  group: 'server',
  since: '2.0.0',
  arity: -2,
  flags: [],
  summary: 'Reads and changes the configuration; see its subcommands.',
  complexity: "The subcommand's.",
  propagate: 'never',
  subcommands: [
    {
      ...SUBCOMMAND,
      name: 'GET',
      since: '2.0.0',
      arity: -3,
      summary: 'Tells the values of directives.',
      complexity: 'O(N) where N is the number of patterns.',
      history: [['7.0.0', 'Takes several patterns.']],
      arguments: [{ name: 'parameter', type: 'string', multiple: true }],
      handler: configGetCommand,
    },
    {
      ...SUBCOMMAND,
      name: 'HELP',
      since: '5.0.0',
      arity: 2,
      flags: ['loading', 'stale'],
      summary: 'Lists the subcommands.',
      handler: configHelpCommand,
    },
    {
      ...SUBCOMMAND,
      name: 'RESETSTAT',
      since: '2.0.0',
      arity: 2,
      summary: 'Sets statistics back.',
      tips: ALL_NODES,
      handler: configResetstatCommand,
    },
    {
      ...SUBCOMMAND,
      name: 'REWRITE',
      since: '2.8.0',
      arity: 2,
      summary: 'Writes the configuration into its file.',
      tips: ALL_NODES,
      handler: configRewriteCommand,
    },
    {
      ...SUBCOMMAND,
      name: 'SET',
      since: '2.0.0',
      arity: -4,
      summary: 'Changes directives while the server runs.',
      complexity: 'O(N) where N is the number of directives.',
      history: [['7.0.0', 'Takes several directives.']],
      arguments: [
        {
          name: 'data',
          type: 'block',
          multiple: true,
          arguments: [
            { name: 'parameter', type: 'string' },
            { name: 'value', type: 'string' },
          ],
        },
      ],
      tips: ALL_NODES,
      handler: configSetCommand,
    },
  ],
};
