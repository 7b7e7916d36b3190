// Arguments that several set commands document alike. They document; the handlers parse.

import type { ArgumentDoc } from '../../contract/command.js';
import { KEYS } from '../argument-docs.js';

export const MEMBER: ArgumentDoc = { name: 'member', type: 'string' };
export const MEMBERS: ArgumentDoc = { ...MEMBER, multiple: true };
export const DESTINATION: ArgumentDoc = { name: 'destination', type: 'key', keySpecIndex: 0 };
/** Of a command whose first key is its destination. */
export const SOURCES: ArgumentDoc = { ...KEYS, keySpecIndex: 1 };
