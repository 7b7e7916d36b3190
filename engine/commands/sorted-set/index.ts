// The sorted-set commands.

import type { CommandSpec } from '../../contract/command.js';
import { bzmpopSpec, bzpopmaxSpec, bzpopminSpec } from './bzpop.js';
import { zaddSpec, zincrbySpec } from './zadd.js';
import { zcountSpec, zlexcountSpec } from './zcount.js';
import { zmpopSpec, zpopmaxSpec, zpopminSpec } from './zpop.js';
import { zrandmemberSpec } from './zrandmember.js';
import {
  zrangebylexSpec,
  zrangebyscoreSpec,
  zrangeSpec,
  zrevrangebylexSpec,
  zrevrangebyscoreSpec,
  zrevrangeSpec,
} from './zrange.js';
import { zrangestoreSpec } from './zrangestore.js';
import { zrankSpec, zrevrankSpec } from './zrank.js';
import { zremrangebylexSpec, zremrangebyrankSpec, zremrangebyscoreSpec, zremSpec } from './zrem.js';
import { zscanSpec } from './zscan.js';
import { zcardSpec, zmscoreSpec, zscoreSpec } from './zscore.js';
import {
  zdiffSpec,
  zdiffstoreSpec,
  zintercardSpec,
  zinterSpec,
  zinterstoreSpec,
  zunionSpec,
  zunionstoreSpec,
} from './zunion.js';

export const sortedSetCommands: readonly CommandSpec[] = [
  bzmpopSpec,
  bzpopmaxSpec,
  bzpopminSpec,
  zaddSpec,
  zcardSpec,
  zcountSpec,
  zdiffSpec,
  zdiffstoreSpec,
  zincrbySpec,
  zinterSpec,
  zintercardSpec,
  zinterstoreSpec,
  zlexcountSpec,
  zmpopSpec,
  zmscoreSpec,
  zpopmaxSpec,
  zpopminSpec,
  zrandmemberSpec,
  zrangeSpec,
  zrangebylexSpec,
  zrangebyscoreSpec,
  zrangestoreSpec,
  zrankSpec,
  zremSpec,
  zremrangebylexSpec,
  zremrangebyrankSpec,
  zremrangebyscoreSpec,
  zrevrangeSpec,
  zrevrangebylexSpec,
  zrevrangebyscoreSpec,
  zrevrankSpec,
  zscanSpec,
  zscoreSpec,
  zunionSpec,
  zunionstoreSpec,
];
