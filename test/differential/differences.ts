// The differences from Redis 7.0 that are meant. The README's section on differences is made from
// the reasons. Invariant: what is not in this table fails the differential tests.

import type { CommandWords } from '../support/resp-connection.js';

/** A call and the two replies to it, as text. */
export interface Divergence {
  /** Upper-case words, latin1. */
  readonly words: readonly string[];
  readonly ours: string;
  readonly theirs: string;
}

export interface Difference {
  /** What a user may see, and why it is so. */
  readonly reason: string;
  /** Redis 7.2, whose behaviour is ours, differs from 7.0 in the same way. */
  readonly isFrom72: boolean;
  readonly covers: (divergence: Divergence) => boolean;
}

function isError(reply: string): boolean {
  return reply.startsWith('-');
}

export const DIFFERENCES: readonly Difference[] = [
  {
    reason: 'CLIENT SETINFO, CLIENT NO-TOUCH and WAITAOF came with Redis 7.2.',
    isFrom72: true,
    covers: ({ words: [name, sub], theirs }) =>
      (name === 'WAITAOF' || (name === 'CLIENT' && /^(SETINFO|NO-TOUCH)$/.test(sub))) &&
      isError(theirs),
  },
  {
    reason: 'SCAN answers an unknown TYPE with an error, as Valkey 8 does; Redis answers no keys.',
    isFrom72: false,
    covers: ({ words: [name], ours }) =>
      name === 'SCAN' && ours.startsWith('-ERR unknown type name'),
  },
  {
    reason: 'The texts of HELP subcommands are written for Reddis.',
    isFrom72: false,
    covers: ({ words: [, sub], ours, theirs }) =>
      sub === 'HELP' && ours.startsWith('*') && theirs.startsWith('*'),
  },
];

/** Fields of INFO that Redis 7.0 has and Reddis has not, with the reason for all of them. */
export const INFO_FIELDS_MISSING: ReadonlySet<string> = new Set([]);

/** @returns the difference that explains two unlike replies, or null */
export function explain(words: CommandWords, ours: Buffer, theirs: Buffer): Difference | null {
  const divergence = {
    words: words.map((word) =>
      (Buffer.isBuffer(word) ? word.toString('latin1') : String(word)).toUpperCase(),
    ),
    ours: ours.toString('latin1'),
    theirs: theirs.toString('latin1'),
  };
  return DIFFERENCES.find(({ covers }) => covers(divergence)) ?? null;
}
