// Rules by which a start puts the files in order, and the change of compiled code that takes each
// out; only crashes and power cuts tell whether they are kept.

import type { CodeChange } from './engine-mutant.js';

const START = 'log/clean-start.js';
const CLEAN = 'isSealed && scanner.durableSeq >= nextSeq - 1 && sizeBytes === soundBytes';

export const RULE_MUTANTS: readonly (readonly [
  what: string,
  likely: string,
  ...changes: CodeChange[],
])[] = [
  [
    'closed cleanly: sealed',
    'T6 always',
    { file: START, from: CLEAN, to: CLEAN.replace('isSealed && ', '') },
  ],
  [
    'closed cleanly: all durable before the seal',
    'T11',
    { file: START, from: CLEAN, to: CLEAN.replace('scanner.durableSeq >= nextSeq - 1 && ', '') },
  ],
  [
    'file numbers are used once',
    'T6 always',
    {
      file: 'log/recovery.js',
      from: 'if (file !== null && file.number >= manifest.nextNumber)',
      to: 'if (false)',
    },
  ],
];
