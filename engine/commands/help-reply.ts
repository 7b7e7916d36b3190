// HELP of commands with subcommands, in the layout redis-cli users know: one status line each, the
// first naming the command, the last two explaining HELP itself.

import type { Context } from '../contract/context.js';

/** @param lines `SYNTAX` lines, each followed by its indented explanation */
export function replyHelp(ctx: Context, command: string, lines: readonly string[]): void {
  const { reply } = ctx;
  reply.array(lines.length + 3);
  reply.status(`${command} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) reply.status(line);
  reply.status('HELP');
  reply.status('    Print this help.');
}
