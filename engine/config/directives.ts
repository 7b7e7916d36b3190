// The one table of directives. Parsing, CONFIG GET and SET, CONFIG REWRITE and the configuration
// table of the README all derive from it. Invariant: no name or alias occurs twice.

import { assert } from '../util/assert.js';
import type { Directive } from './directive.js';
import { FOREIGN_DIRECTIVES } from './foreign-directives.js';
import { SERVER_DIRECTIVES } from './server-directives.js';

export const DIRECTIVES: readonly Directive[] = [...SERVER_DIRECTIVES, ...FOREIGN_DIRECTIVES];

/** By lower-case name and alias. */
export const DIRECTIVES_BY_NAME: ReadonlyMap<string, Directive> = indexed();

function indexed(): Map<string, Directive> {
  const byName = new Map<string, Directive>();
  for (const directive of DIRECTIVES) {
    for (const name of [directive.name, ...(directive.aliases ?? [])]) {
      assert(!byName.has(name), `directive ${name} is in the table once`);
      byName.set(name, directive);
    }
  }
  return byName;
}

/** Directives of old versions that did something once; a file that has them still loads. */
const FORGOTTEN: ReadonlySet<string> = new Set([
  'list-max-ziplist-entries',
  'list-max-ziplist-value',
  'lua-replicate-commands',
]);

/** @returns whether a directive of that (lower-case) name is silently left out */
export function isForgottenDirective(name: string): boolean {
  return FORGOTTEN.has(name);
}

/** Directives that only a configuration file may have, and why Reddis refuses them. */
export const REFUSED_DIRECTIVES: ReadonlyMap<string, string> = new Map([
  ['rename-command', 'Reddis cannot rename commands, so none would be hidden as intended'],
  ['user', 'Reddis has no ACL users yet; requirepass protects the default user'],
  ['loadmodule', 'Reddis cannot load modules'],
  ['sentinel', 'Reddis has no sentinel mode'],
]);

/** @returns whether the directive of that (lower-case) name takes several words */
export function isMultipleDirective(name: string): boolean {
  return DIRECTIVES_BY_NAME.get(name)?.kind === 'words';
}
