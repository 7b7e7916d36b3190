// Random calls of SORT and SORT_RO, over whatever type a key has by then.

import type { CommandWord } from '../support/resp-connection.js';
import { anyKey } from './any-key.js';
import type { ArgumentSource } from './argument-source.js';
import { type Comparison, exact, inAnyOrder } from './comparison.js';
import { type CallMaker, call, type Step } from './step.js';

const PATTERNS = 'k* key:* * {tag}* *->f *->field1 k*->1 # a w_* nosort';
const NUMBERS = '0 1 2 3 5 7 10 -1 12 123 1.5 1e3 -0.25 4 4.0 04 999999999999 inf';

/** Mostly one that holds numbers. */
function sortKey(source: ArgumentSource): CommandWord {
  return source.chance(60) ? source.word('n1 n2 n3') : anyKey(source);
}

function gets(source: ArgumentSource): CommandWord[] {
  return Array.from({ length: source.below(3) }, () => ['GET', source.word(PATTERNS)]).flat();
}

function limit(source: ArgumentSource): CommandWord[] {
  const cut = () => source.word('0 1 2 5 100 -1 -5 9223372036854775807');
  return source.chance(40) ? ['LIMIT', cut(), cut()] : [];
}

/** By the elements themselves, or by keys that hold numbers: nothing is left to chance. */
function sortWords(source: ArgumentSource): CommandWord[] {
  return [
    source.keyword('SORT SORT SORT_RO'),
    sortKey(source),
    ...(source.chance(40) ? ['BY', source.word('k* key:* *->f w_* {tag}*')] : []),
    ...limit(source),
    ...gets(source),
    ...(source.chance(50) ? [source.keyword('ASC DESC')] : []),
  ];
}

/** Without BY: what sorts alike would be in any order. */
function alphaWords(source: ArgumentSource): CommandWord[] {
  return [
    source.keyword('SORT SORT_RO'),
    sortKey(source),
    source.keyword('ALPHA'),
    ...limit(source),
    ...gets(source),
    ...(source.chance(50) ? [source.keyword('ASC DESC')] : []),
  ];
}

/** Unsorted sets are in an order of the server's own, so nothing is cut off. */
function unsortedWords(source: ArgumentSource): CommandWord[] {
  return ['SORT', sortKey(source), 'BY', 'nosort', ...gets(source)];
}

function storeWords(source: ArgumentSource): CommandWord[] {
  const words = source.chance(50) ? sortWords(source) : alphaWords(source);
  return ['SORT', ...words.slice(1), 'STORE', sortKey(source)];
}

function numbers(source: ArgumentSource): CommandWord[] {
  return Array.from({ length: 1 + source.below(12) }, () => source.word(NUMBERS));
}

/** Since 7.2 a ZADD of many members makes a large form, even when some of them are the same. */
function unlikeNumbers(source: ArgumentSource): CommandWord[] {
  return [...new Set(numbers(source))];
}

/** Redis turns a sorted set that SORT reads into its large form; what it sorts here is a copy. */
const SORTED = 'sorted';

/**
 * Redis's SORT takes an error that the C library kept from any number out of range before it for
 * its own. Reading this number makes the library forget.
 */
const FORGET_RANGE_ERROR: Step = { words: ['INCRBYFLOAT', 'absent', 'x'], compare: exact };

/** Sorts a copy of a key, which is gone afterwards. */
function sorting(
  weight: number,
  words: (source: ArgumentSource) => CommandWord[],
  compare: Comparison,
): CallMaker {
  return {
    weight,
    mayBeBroken: false,
    make: (source) => {
      const [name, key, ...clauses] = words(source);
      return [
        { words: ['COPY', key, SORTED, 'REPLACE'], compare: exact },
        FORGET_RANGE_ERROR,
        { words: [name, SORTED, ...clauses], compare },
        { words: ['DEL', SORTED], compare: exact },
      ];
    },
  };
}

export const sortCalls: readonly CallMaker[] = [
  call(3, (s) => ['RPUSH', s.word('n1 n2'), ...numbers(s)], exact),
  call(3, (s) => ['SADD', s.word('n2 n3'), ...numbers(s)], exact),
  call(
    2,
    (s) => ['MSET', ...numbers(s).flatMap((number) => [`w_${number}`, s.word(NUMBERS)])],
    exact,
  ),
  call(2, (s) => ['ZADD', 'n3', ...unlikeNumbers(s).flatMap((number, i) => [i, number])], exact),
  call(1, (s) => ['DEL', s.word('n1 n2 n3')], exact),
  sorting(6, sortWords, exact),
  sorting(6, alphaWords, exact),
  sorting(2, unsortedWords, inAnyOrder),
  sorting(3, storeWords, exact),
  call(1, (s) => ['SORT', 'absent', s.word('BY GET LIMIT FOO DESC STORE'), s.word('1 x *')], exact),
];
