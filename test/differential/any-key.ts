// A key of any type: those of the string commands, and those that the calls of each kind of
// collection keep to themselves.

import type { CommandWord } from '../support/resp-connection.js';
import type { ArgumentSource } from './argument-source.js';

const COLLECTIONS = 'l1 l2 l3 {tag}l5 h1 h2 h3 {tag}h5 z1 z2 z3 {tag}z5 s1 s2 s3 {tag}s5 n1 n2 n3';

export function anyKey(source: ArgumentSource): CommandWord {
  return source.chance(50) ? source.key() : source.word(COLLECTIONS);
}
