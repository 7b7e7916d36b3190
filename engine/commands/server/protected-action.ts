// What only some clients may do, by a directive that says `no`, `local` or `yes`.

import type { Context } from '../../contract/context.js';
import { SESSION_LOCAL, SESSION_TRUSTED } from '../../contract/session.js';

const FROM_HERE = SESSION_LOCAL | SESSION_TRUSTED;

/** @param directive `enable-protected-configs` and its like */
export function isAllowed(ctx: Context, directive: string): boolean {
  const who = ctx.config.text(directive);
  return who === 'yes' || (who === 'local' && (ctx.session.flags & FROM_HERE) !== 0);
}

/** @returns the error for a command that the directive does not allow */
export function notAllowed(command: string, directive: string): string {
  return (
    `ERR ${command} command not allowed. If the ${directive} option is set to "local", ` +
    'you can run it from a local connection, otherwise you need to set this option ' +
    'in the configuration file, and then restart the server.'
  );
}
