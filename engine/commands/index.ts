// The command table: every group's commands, nothing else.

import type { CommandSpec } from '../contract/command.js';
import { bitmapCommands } from './bitmap/index.js';
import { connectionCommands } from './connection/index.js';
import { genericCommands } from './generic/index.js';
import { hashCommands } from './hash/index.js';
import { listCommands } from './list/index.js';
import { serverCommands } from './server/index.js';
import { setCommands } from './set/index.js';
import { sortedSetCommands } from './sorted-set/index.js';
import { stringCommands } from './string/index.js';
import { transactionCommands } from './transactions/index.js';

export const COMMANDS: readonly CommandSpec[] = [
  ...bitmapCommands,
  ...connectionCommands,
  ...genericCommands,
  ...hashCommands,
  ...listCommands,
  ...serverCommands,
  ...setCommands,
  ...sortedSetCommands,
  ...stringCommands,
  ...transactionCommands,
];
