// How long files, functions and lines may be. The formatter puts the end of a block on a line of
// its own at the depth of its beginning, so a function ends at the first `}` of its own depth.
// Invariant: exemptions are named, and one that is no longer needed fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNone, type SourceFile, sourceFiles } from './source-files.js';

const FILE_LINES_MAX = 600;
/** Files that are one table of declarations may be a little longer. */
const TABLE_LINES_MAX = 800;
const FUNCTION_LINES_MAX = 70;
const LINE_COLUMNS_MAX = 100;

/** Files that are one table; the list may only shrink. */
const TABLES: ReadonlySet<string> = new Set([]);
/** `path name` of longer functions; the list may only shrink. */
const LONG_FUNCTIONS: ReadonlySet<string> = new Set([]);

const NOT_A_NAME = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'do', 'else', 'try']);
const MODIFIERS = '(?:(?:public|private|protected|static|override|readonly|async|get|set) )*';
/** The beginning of a named function, method, or function bound to a name. */
const HEADERS = [
  /^\s*(?:export )?(?:default )?(?:async )?function\*? ?(\w+)/,
  /^\s*(?:export )?(?:const|let) (\w+)[^=]*= (?:async )?(?:function\b|\(|<|\w+ =>)/,
  new RegExp(`^\\s+${MODIFIERS}\\*?#?(\\w+)(?:<.*>)?\\(`),
  new RegExp(`^\\s+${MODIFIERS}#?(\\w+)(?:: [^=]+)? = (?:async )?(?:function\\b|\\()`),
];

interface FunctionSpan {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly lines: number;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function headerName(line: string): string | null {
  for (const header of HEADERS) {
    const name = header.exec(line)?.[1];
    if (name !== undefined && !NOT_A_NAME.has(name)) return name;
  }
  return null;
}

/** @returns functions with a body of several lines */
function functionsOf({ code }: SourceFile): FunctionSpan[] {
  const lines = code.split('\n').map((line) => line.trimEnd());
  const spans: FunctionSpan[] = [];
  for (let i = 0; i < lines.length; i++) {
    const name = headerName(lines[i]);
    if (name === null) continue;
    const end = endOfFunction(lines, i);
    if (end > i) spans.push({ name, line: i + 1, lines: end - i + 1 });
  }
  return spans;
}

/** @returns index of the last line; `start` when it is a call or an expression of one line */
function endOfFunction(lines: readonly string[], start: number): number {
  const indent = indentOf(lines[start]);
  let head = start;
  // A long head is broken after its parenthesis, and closed at the same depth.
  while (!/[{;]$/.test(lines[head])) {
    head++;
    if (head === lines.length || indentOf(lines[head]) < indent) return start;
    const isInside = indentOf(lines[head]) > indent;
    if (!isInside && !/^\s*\).*\{$/.test(lines[head])) return start;
  }
  if (lines[head].endsWith(';')) return start;
  for (let i = head + 1; i < lines.length; i++) {
    if (lines[i].startsWith('}', indent) && indentOf(lines[i]) === indent) return i;
  }
  return start;
}

const sources = sourceFiles();

test('no file is longer than it should be', () => {
  const findings = sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > (TABLES.has(path) ? TABLE_LINES_MAX : FILE_LINES_MAX))
    .map(({ path, lines }) => `${path} has ${lines} lines`);
  assertNone(findings, `files over ${FILE_LINES_MAX} lines`);
});

test('no function is longer than a screen', () => {
  const isLong = ({ lines }: FunctionSpan): boolean => lines > FUNCTION_LINES_MAX;
  const found = sources.flatMap((file) =>
    functionsOf(file)
      .filter(isLong)
      .map(({ name, line, lines }) => ({ path: file.path, name, line, lines })),
  );
  const findings = found
    .filter(({ path, name }) => !LONG_FUNCTIONS.has(`${path} ${name}`))
    .map(({ path, name, line, lines }) => `${path}:${line} ${name} has ${lines} lines`);
  assertNone(findings, `functions over ${FUNCTION_LINES_MAX} lines`);
  for (const exempt of LONG_FUNCTIONS) {
    const isNeeded = found.some(({ path, name }) => `${path} ${name}` === exempt);
    assert.ok(isNeeded, `${exempt} needs no exemption any more`);
  }
});

test('no line is wider than the formatter would leave it', () => {
  const findings = sources.flatMap(({ path, text }) =>
    text
      .split('\n')
      .map((line, i) => ({ line, number: i + 1 }))
      .filter(({ line }) => line.length > LINE_COLUMNS_MAX)
      .map(({ line, number }) => `${path}:${number} has ${line.length} columns`),
  );
  assertNone(findings, `lines over ${LINE_COLUMNS_MAX} columns`);
});

test('the measure of functions sees functions, methods and arrows, and their real ends', () => {
  const code = [
    'export function one(a: number): void {',
    '  if (a) {',
    '    a();',
    '  }',
    '}',
    'class Two {',
    '  private async three(',
    '    a: number,',
    '  ): Promise<void> {',
    '    await a;',
    '  }',
    '  readonly four = (): void => {',
    '    call({',
    '    });',
    '  };',
    '}',
    'const five = (a: number): void => {',
    '  a();',
    '};',
    'const six = compute(1);',
    '',
  ].join('\n');
  const found = functionsOf({ path: 'x.ts', text: code, code });
  const shown = found.map(({ name, line, lines }) => `${name} ${line} ${lines}`);
  assert.deepEqual(shown, ['one 1 5', 'three 7 5', 'four 12 4', 'call 13 2', 'five 17 3']);
});
