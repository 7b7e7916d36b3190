// The list commands.

import type { CommandSpec } from '../../contract/command.js';
import { blpopSpec, brpopSpec } from './blpop.js';
import { linsertSpec, lsetSpec } from './linsert.js';
import { blmoveSpec, brpoplpushSpec, lmoveSpec, rpoplpushSpec } from './lmove.js';
import { blmpopSpec, lmpopSpec } from './lmpop.js';
import { lposSpec } from './lpos.js';
import { lindexSpec, llenSpec, lrangeSpec } from './lrange.js';
import { lremSpec, ltrimSpec } from './lrem.js';
import { lpopSpec, rpopSpec } from './pop.js';
import { lpushSpec, lpushxSpec, rpushSpec, rpushxSpec } from './push.js';

export const listCommands: readonly CommandSpec[] = [
  blmoveSpec,
  blmpopSpec,
  blpopSpec,
  brpopSpec,
  brpoplpushSpec,
  lindexSpec,
  linsertSpec,
  llenSpec,
  lmoveSpec,
  lmpopSpec,
  lpopSpec,
  lposSpec,
  lpushSpec,
  lpushxSpec,
  lrangeSpec,
  lremSpec,
  lsetSpec,
  ltrimSpec,
  rpopSpec,
  rpoplpushSpec,
  rpushSpec,
  rpushxSpec,
];
