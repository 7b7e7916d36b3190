// COMMAND COUNT and COMMAND LIST with its filters.

import { aclCategories } from '../../contract/acl-categories.js';
import type { Command } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { globMatchText } from '../../util/glob.js';

type Filter = (command: Command) => boolean;

export function commandCountCommand(ctx: Context): void {
  let count = 0;
  for (const _ of ctx.commands.all()) count++;
  ctx.reply.integer(count);
}

/** @returns null when the arguments are not a filter */
function parseFilter(args: Args): Filter | null {
  if (args.count === 2) return () => true;
  if (args.count !== 5 || !args.is(2, 'FILTERBY')) return null;
  const wanted = args.text(4);
  // No command comes from a module.
  if (args.is(3, 'MODULE')) return () => false;
  if (args.is(3, 'PATTERN')) return ({ fullName }) => globMatchText(wanted, fullName, true);
  if (!args.is(3, 'ACLCAT')) return null;
  const category = wanted.toLowerCase();
  return (command) => aclCategories(command).some((name) => name === category);
}

export function commandListCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  const filter = parseFilter(args);
  if (filter === null) {
    reply.error(ERR_SYNTAX);
    return;
  }
  const names: string[] = [];
  for (const command of ctx.commands.all()) {
    if (filter(command)) names.push(command.fullName);
    for (const sub of command.subcommands?.values() ?? []) {
      if (filter(sub)) names.push(sub.fullName);
    }
  }
  reply.array(names.length);
  for (const name of names) reply.text(name);
}
