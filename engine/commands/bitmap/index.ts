// The bitmap commands.

import type { CommandSpec } from '../../contract/command.js';
import { getbitSpec, setbitSpec } from './setbit.js';

export const bitmapCommands: readonly CommandSpec[] = [getbitSpec, setbitSpec];
