// The texts of refusals that name what was refused.

import type { Command } from '../contract/command.js';
import { wrongArity } from '../contract/errors.js';
import type { Args } from '../util/args.js';

const UNKNOWN_NAME_MAX = 128;
const UNKNOWN_ARGUMENTS_MAX = 128;
const PLAIN_CODE = 'ERR ';

/** @param container the command whose subcommand is not known, or null */
export function unknownCommand(container: Command | null, args: Args): string {
  if (container !== null) {
    if (args.count < 2) return wrongArity(container.fullName);
    const name = args.text(1).slice(0, UNKNOWN_NAME_MAX);
    return `ERR unknown subcommand '${name}'. Try ${container.fullName.toUpperCase()} HELP.`;
  }
  let begin = '';
  for (let i = 1; i < args.count && begin.length < UNKNOWN_ARGUMENTS_MAX; i++) {
    begin += `'${args.text(i).slice(0, UNKNOWN_ARGUMENTS_MAX - begin.length)}' `;
  }
  const name = args.text(0).slice(0, UNKNOWN_NAME_MAX);
  return `ERR unknown command '${name}', with args beginning with: ${begin}`;
}

/** What EXEC answers when it may not run for the reason that `error` tells. */
export function execAborted(error: string): string {
  const reason = error.startsWith(PLAIN_CODE) ? error.slice(PLAIN_CODE.length) : error;
  return `EXECABORT Transaction discarded because of: ${reason}`;
}
