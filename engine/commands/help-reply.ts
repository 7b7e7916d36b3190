// HELP of commands with subcommands, in the layout redis-cli users know: one status line each, the
// first naming the command, the last two explaining HELP itself.

import type { Context } from '../contract/context.js';

const GIVEN_NAME_MAX = 128;

/** @param lines `SYNTAX` lines, each followed by its indented explanation */
export function replyHelp(ctx: Context, command: string, lines: readonly string[]): void {
  const { reply } = ctx;
  reply.array(lines.length + 3);
  reply.status(`${command} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) reply.status(line);
  reply.status('HELP');
  reply.status('    Print this help.');
}

/** The error for a subcommand that exists but cannot have these arguments, as Redis words it. */
export function subcommandSyntaxError(command: string, given: string): string {
  const what = 'unknown subcommand or wrong number of arguments for';
  return `ERR ${what} '${given.slice(0, GIVEN_NAME_MAX)}'. Try ${command} HELP.`;
}
