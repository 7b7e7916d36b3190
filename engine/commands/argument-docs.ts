// Arguments that commands of all families document alike. They document; the handlers parse.

import type { ArgumentDoc } from '../contract/command.js';

export const KEY: ArgumentDoc = { name: 'key', type: 'key', keySpecIndex: 0 };
export const KEYS: ArgumentDoc = { ...KEY, multiple: true };
