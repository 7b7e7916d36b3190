// The commands on keys of any type.

import type { CommandSpec } from '../../contract/command.js';
import { copySpec, moveSpec } from './copy.js';
import { delSpec, unlinkSpec } from './del.js';
import { dumpSpec, restoreSpec } from './dump.js';
import { existsSpec, touchSpec, typeSpec } from './exists.js';
import { expireatSpec, expireSpec, pexpireatSpec, pexpireSpec } from './expire.js';
import { keysSpec, randomkeySpec } from './keys.js';
import { objectSpec } from './object.js';
import { renamenxSpec, renameSpec } from './rename.js';
import { scanSpec } from './scan.js';
import { sortRoSpec, sortSpec } from './sort.js';
import { expiretimeSpec, persistSpec, pexpiretimeSpec, pttlSpec, ttlSpec } from './ttl.js';

export const genericCommands: readonly CommandSpec[] = [
  copySpec,
  delSpec,
  dumpSpec,
  existsSpec,
  expireSpec,
  expireatSpec,
  expiretimeSpec,
  keysSpec,
  moveSpec,
  objectSpec,
  persistSpec,
  pexpireSpec,
  pexpireatSpec,
  pexpiretimeSpec,
  pttlSpec,
  randomkeySpec,
  renameSpec,
  renamenxSpec,
  restoreSpec,
  scanSpec,
  sortSpec,
  sortRoSpec,
  touchSpec,
  ttlSpec,
  typeSpec,
  unlinkSpec,
];
