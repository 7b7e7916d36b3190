// Redis's group `transactions`.

import type { CommandSpec } from '../../contract/command.js';
import { discardSpec, execSpec, multiSpec } from './multi.js';
import { unwatchSpec, watchSpec } from './watch.js';

export const transactionCommands: readonly CommandSpec[] = [
  discardSpec,
  execSpec,
  multiSpec,
  unwatchSpec,
  watchSpec,
];
