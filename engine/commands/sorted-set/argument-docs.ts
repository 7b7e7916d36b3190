// Arguments that several sorted-set commands document alike. They document; the handlers parse.

import type { ArgumentDoc } from '../../contract/command.js';

export const MEMBER: ArgumentDoc = { name: 'member', type: 'string' };
export const MEMBERS: ArgumentDoc = { ...MEMBER, multiple: true };
export const NUMKEYS: ArgumentDoc = { name: 'numkeys', type: 'integer' };
export const COUNT: ArgumentDoc = {
  name: 'count',
  type: 'integer',
  token: 'COUNT',
  optional: true,
};
export const WITHSCORES: ArgumentDoc = {
  name: 'withscores',
  type: 'pure-token',
  token: 'WITHSCORES',
  optional: true,
};
export const LIMIT: ArgumentDoc = {
  name: 'limit',
  type: 'block',
  token: 'LIMIT',
  optional: true,
  arguments: [
    { name: 'offset', type: 'integer' },
    { name: 'count', type: 'integer' },
  ],
};
export const SORTBY: ArgumentDoc = {
  name: 'sortby',
  type: 'oneof',
  optional: true,
  arguments: [
    { name: 'byscore', type: 'pure-token', token: 'BYSCORE' },
    { name: 'bylex', type: 'pure-token', token: 'BYLEX' },
  ],
};
export const REV: ArgumentDoc = { name: 'rev', type: 'pure-token', token: 'REV', optional: true };
export const WHERE: ArgumentDoc = {
  name: 'where',
  type: 'oneof',
  arguments: [
    { name: 'min', type: 'pure-token', token: 'MIN' },
    { name: 'max', type: 'pure-token', token: 'MAX' },
  ],
};
export const WEIGHTS: ArgumentDoc = {
  name: 'weight',
  type: 'integer',
  token: 'WEIGHTS',
  optional: true,
  multiple: true,
};
export const AGGREGATE: ArgumentDoc = {
  name: 'aggregate',
  type: 'oneof',
  token: 'AGGREGATE',
  optional: true,
  arguments: [
    { name: 'sum', type: 'pure-token', token: 'SUM' },
    { name: 'min', type: 'pure-token', token: 'MIN' },
    { name: 'max', type: 'pure-token', token: 'MAX' },
  ],
};
