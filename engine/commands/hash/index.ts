// The hash commands.

import type { CommandSpec } from '../../contract/command.js';
import { hdelSpec, hgetdelSpec } from './hdel.js';
import { hexpireatSpec, hexpireSpec, hpexpireatSpec, hpexpireSpec } from './hexpire.js';
import { hexistsSpec, hgetSpec, hlenSpec, hmgetSpec, hstrlenSpec } from './hget.js';
import { hgetallSpec, hkeysSpec, hvalsSpec } from './hgetall.js';
import { hgetexSpec } from './hgetex.js';
import { hincrbyfloatSpec, hincrbySpec } from './hincrby.js';
import { hrandfieldSpec } from './hrandfield.js';
import { hscanSpec } from './hscan.js';
import { hmsetSpec, hsetnxSpec, hsetSpec } from './hset.js';
import { hsetexSpec } from './hsetex.js';
import { hexpiretimeSpec, hpersistSpec, hpexpiretimeSpec, hpttlSpec, httlSpec } from './httl.js';

export const hashCommands: readonly CommandSpec[] = [
  hdelSpec,
  hexistsSpec,
  hexpireSpec,
  hexpireatSpec,
  hexpiretimeSpec,
  hgetSpec,
  hgetallSpec,
  hgetdelSpec,
  hgetexSpec,
  hincrbySpec,
  hincrbyfloatSpec,
  hkeysSpec,
  hlenSpec,
  hmgetSpec,
  hmsetSpec,
  hpersistSpec,
  hpexpireSpec,
  hpexpireatSpec,
  hpexpiretimeSpec,
  hpttlSpec,
  hrandfieldSpec,
  hscanSpec,
  hsetSpec,
  hsetexSpec,
  hsetnxSpec,
  hstrlenSpec,
  httlSpec,
  hvalsSpec,
];
