// The commands on the connection they come through.

import type { CommandSpec } from '../../contract/command.js';
import { authSpec } from './auth.js';
import { clientSpec } from './client.js';
import { helloSpec } from './hello.js';
import { echoSpec, pingSpec } from './ping.js';
import { quitSpec, resetSpec } from './quit.js';
import { selectSpec } from './select.js';

export const connectionCommands: readonly CommandSpec[] = [
  authSpec,
  clientSpec,
  echoSpec,
  helloSpec,
  pingSpec,
  quitSpec,
  resetSpec,
  selectSpec,
];
