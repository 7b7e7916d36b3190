// The commands on the server itself.

import type { CommandSpec } from '../../contract/command.js';
import { aclSpec } from './acl.js';
import { commandSpec } from './command.js';
import { configSpec } from './config.js';
import { dbsizeSpec } from './dbsize.js';
import { debugSpec } from './debug.js';
import { flushallSpec, flushdbSpec } from './flush.js';
import { functionSpec } from './function.js';
import { infoSpec } from './info.js';
import { lolwutSpec } from './lolwut.js';
import { memorySpec } from './memory.js';
import { moduleSpec } from './module.js';
import { replicaofSpec, roleSpec } from './replication.js';
import { bgrewriteaofSpec, bgsaveSpec, saveSpec } from './save.js';
import { shutdownSpec } from './shutdown.js';
import { swapdbSpec } from './swapdb.js';
import { lastsaveSpec, timeSpec } from './time.js';
import { waitaofSpec, waitSpec } from './wait.js';

export const serverCommands: readonly CommandSpec[] = [
  aclSpec,
  bgrewriteaofSpec,
  bgsaveSpec,
  commandSpec,
  configSpec,
  dbsizeSpec,
  debugSpec,
  flushallSpec,
  flushdbSpec,
  functionSpec,
  infoSpec,
  lastsaveSpec,
  lolwutSpec,
  memorySpec,
  moduleSpec,
  replicaofSpec,
  roleSpec,
  saveSpec,
  shutdownSpec,
  swapdbSpec,
  timeSpec,
  waitSpec,
  waitaofSpec,
];
