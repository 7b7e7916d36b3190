// The shape of test/fixtures/command-facts.json, which test/tools/write-command-facts.ts writes.
// Lists are sorted, so two sides compare whatever order they list things in.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './source-files.js';

export interface KeyFacts {
  readonly flags: readonly string[];
  readonly begin: Readonly<Record<string, string | number>>;
  readonly find: Readonly<Record<string, string | number>>;
}

export interface CommandFacts {
  readonly arity: number;
  readonly flags: readonly string[];
  /** With the `@`. */
  readonly acl: readonly string[];
  readonly range: readonly [firstKey: number, lastKey: number, step: number];
  readonly keys: readonly KeyFacts[];
}

/** @returns facts by full lower-case name, `client|kill` for a subcommand */
export function readCommandFacts(): Readonly<Record<string, CommandFacts>> {
  return JSON.parse(readFileSync(join(ROOT, 'test/fixtures/command-facts.json'), 'utf8'));
}
