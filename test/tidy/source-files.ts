// The TypeScript files of this project as the tests about the code see them: text, and text with
// comments and strings blanked out, so that a rule about code never trips over prose.
// Invariant: blanking keeps every line break and every column.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SourceFile {
  /** From the root of the project, with slashes. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the contents of strings and regular expressions as spaces. */
  readonly code: string;
}

/** Where the project is: tests are run from its root, wherever they were compiled to. */
export const ROOT = process.cwd();
const FOLDERS = ['engine', 'protocol', 'cli', 'test'];

/** What may stand before a regular expression; after anything else a slash divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of))\s*$/;

let cached: readonly SourceFile[] | null = null;

/** @returns all sources, by path */
export function sourceFiles(): readonly SourceFile[] {
  assert.ok(existsSync(join(ROOT, 'tsconfig.json')), `run the tests from the project, not ${ROOT}`);
  cached ??= FOLDERS.flatMap(listFolder).map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return { path, text, code: blank(text) };
  });
  return cached;
}

function listFolder(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return listFolder(path);
      return entry.name.endsWith('.ts') ? [path] : [];
    });
}

/** @returns the line number, from 1, of a position in a text */
export function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

/** Reads TypeScript just well enough to know code from comments, strings and expressions. */
export function blank(text: string): string {
  let code = '';
  let at = 0;
  /** For each open template: how many braces its `${` has open. */
  const templates: number[] = [];
  const skipTo = (end: number): void => {
    code += text.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  const keep = (): void => {
    code += text[at++];
  };
  while (at < text.length) {
    const char = text[at];
    const next = text[at + 1];
    if (char === '/' && next === '/') skipTo(indexOr(text, '\n', at));
    else if (char === '/' && next === '*') skipTo(indexOr(text, '*/', at + 2) + 2);
    else if (char === '/' && BEFORE_REGEX.test(code.slice(-20))) skipTo(endOfRegex(text, at));
    else if (char === "'" || char === '"') skipTo(endOfString(text, at, char));
    else if (char === '`' || (char === '}' && templates.at(-1) === 0)) {
      if (char === '}') templates.pop();
      const end = endOfTemplatePiece(text, at + 1);
      if (text[end - 1] === '{') templates.push(0);
      skipTo(end);
    } else {
      if (templates.length > 0 && char === '{') templates[templates.length - 1]++;
      if (templates.length > 0 && char === '}') templates[templates.length - 1]--;
      keep();
    }
  }
  return code;
}

function indexOr(text: string, wanted: string, from: number): number {
  const found = text.indexOf(wanted, from);
  return found < 0 ? text.length : found;
}

function endOfString(text: string, from: number, quote: string): number {
  let at = from + 1;
  while (at < text.length && text[at] !== quote && text[at] !== '\n')
    at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfRegex(text: string, from: number): number {
  let isInClass = false;
  let at = from + 1;
  while (at < text.length && text[at] !== '\n') {
    if (text[at] === '\\') at++;
    else if (text[at] === '[') isInClass = true;
    else if (text[at] === ']') isInClass = false;
    else if (text[at] === '/' && !isInClass) return at + 1;
    at++;
  }
  return at;
}

/** @returns just behind the closing backtick, or behind the `${` that interrupts the template */
function endOfTemplatePiece(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    if (text[at] === '\\') at++;
    else if (text[at] === '`') return at + 1;
    else if (text[at] === '$' && text[at + 1] === '{') return at + 2;
    at++;
  }
  return at;
}

/** Fails with one line per finding, so all are seen at once. */
export function assertNone(findings: readonly string[], rule: string): void {
  assert.equal(findings.length, 0, `${rule}:\n  ${findings.join('\n  ')}`);
}
