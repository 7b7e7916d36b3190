// The set commands.

import type { CommandSpec } from '../../contract/command.js';
import { saddSpec, sremSpec } from './sadd.js';
import { sdiffSpec, sdiffstoreSpec } from './sdiff.js';
import { sintercardSpec, sinterSpec, sinterstoreSpec } from './sinter.js';
import { scardSpec, sismemberSpec, smembersSpec, smismemberSpec } from './smembers.js';
import { smoveSpec } from './smove.js';
import { spopSpec } from './spop.js';
import { srandmemberSpec } from './srandmember.js';
import { sscanSpec } from './sscan.js';
import { sunionSpec, sunionstoreSpec } from './sunion.js';

export const setCommands: readonly CommandSpec[] = [
  saddSpec,
  scardSpec,
  sdiffSpec,
  sdiffstoreSpec,
  sinterSpec,
  sintercardSpec,
  sinterstoreSpec,
  sismemberSpec,
  smembersSpec,
  smismemberSpec,
  smoveSpec,
  spopSpec,
  srandmemberSpec,
  sremSpec,
  sscanSpec,
  sunionSpec,
  sunionstoreSpec,
];
