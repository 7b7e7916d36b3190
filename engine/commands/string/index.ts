// The string commands.

import type { CommandSpec } from '../../contract/command.js';
import { appendSpec, setrangeSpec } from './append.js';
import { getdelSpec, getSpec, getsetSpec, mgetSpec, strlenSpec } from './get.js';
import { getexSpec } from './getex.js';
import { getrangeSpec, substrSpec } from './getrange.js';
import { decrbySpec, decrSpec, incrbySpec, incrSpec } from './incr.js';
import { incrbyfloatSpec } from './incrbyfloat.js';
import { lcsSpec } from './lcs.js';
import { msetnxSpec, msetSpec } from './mset.js';
import { psetexSpec, setexSpec, setnxSpec, setSpec } from './set.js';

export const stringCommands: readonly CommandSpec[] = [
  appendSpec,
  decrSpec,
  decrbySpec,
  getSpec,
  getdelSpec,
  getexSpec,
  getrangeSpec,
  getsetSpec,
  incrSpec,
  incrbySpec,
  incrbyfloatSpec,
  lcsSpec,
  mgetSpec,
  msetSpec,
  msetnxSpec,
  psetexSpec,
  setSpec,
  setexSpec,
  setnxSpec,
  setrangeSpec,
  strlenSpec,
  substrSpec,
];
