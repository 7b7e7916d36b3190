// What files are called, and what must not stand in them: names that say nothing, work left open,
// holes in the types, prose about machines. Invariant: every file opens by saying what it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNone, blank, lineAt, sourceFiles } from './source-files.js';

const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.ts$/;
const EMPTY_NAMES = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'types']);

const sources = sourceFiles();

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function find(pattern: RegExp, part: 'text' | 'code'): string[] {
  return sources
    .filter(({ path }) => path !== 'test/tidy/names.test.ts')
    .flatMap((file) =>
      [...file[part].matchAll(pattern)].map(
        (match) => `${file.path}:${lineAt(file[part], match.index)} ${match[0].trim()}`,
      ),
    );
}

test('files have kebab-case names that say something', () => {
  const findings = sources
    .map(({ path }) => path)
    .filter((path) => {
      const name = baseName(path);
      return !KEBAB_CASE.test(name) || EMPTY_NAMES.has(name.replace(/(?:\.test)?\.ts$/, ''));
    });
  assertNone(findings, 'file names');
});

test('every file opens with what it is', () => {
  const findings = sources.filter(({ text }) => {
    return !text.replace(/^#!.*\n/, '').startsWith('// ');
  });
  assertNone(
    findings.map(({ path }) => path),
    'files that do not say what they are',
  );
});

test('nothing is left open in a comment', () => {
  assertNone(find(/\b(?:TODO|FIXME|XXX|HACK)\b/g, 'text'), 'work left open');
});

test('the compiler and the linter are not told to look away', () => {
  assertNone(find(/@ts-(?:ignore|nocheck|expect-error)|biome-ignore/g, 'text'), 'silenced checks');
});

test('types have no holes', () => {
  const holes = /\bas unknown as\b|[:<,(|&]\s*any\b(?!\s*:)|\bas any\b/g;
  assertNone(find(holes, 'code'), 'holes in the types');
  assertNone(find(/^\s*(?:export )?(?:const )?(?:enum|namespace)\s+\w/gm, 'code'), 'not erasable');
});

test('no text names a machine', () => {
  const machines = /\/(?:home|root|work|Users)\/\w|registry\.npm|\blocalhost:\d{4}\b/g;
  assertNone(find(machines, 'text'), 'paths and hosts of somebody');
});

test('tests wait for conditions, they do not sleep', () => {
  const found = find(/setTimeout\(\s*(?:resolve|r|done)\b|\bsleep\(/g, 'code');
  const inTests = found.filter((line) => /^test\/(?!support\/|bench\/)/.test(line));
  assertNone(inTests, 'sleeps');
});

test('blanking leaves code and takes comments, strings, templates and expressions', () => {
  const template = '`x $' + '{b ? `y` : "z"} any`';
  const text = `a('any', ${template}, /[/'"]any/.test(c)); // any\nd /* any */ / e`;
  const code = blank(text);
  assert.equal(code.length, text.length);
  assert.ok(!code.includes('any'));
  for (const name of ['a', 'b', 'test', 'c', 'd', 'e'])
    assert.match(code, new RegExp(`\\b${name}\\b`));
});
