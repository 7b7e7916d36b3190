// The README says what the code says: its tables of commands and directives are derived, and a
// stale one fails here. `npm run docs` brings them in step.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withDerivedSections } from '../tools/docs-tables.js';
import { ROOT } from './source-files.js';

function read(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8');
}

test('the tables of the README are what the code would write; if not, run npm run docs', () => {
  const lines = read('README.md').split('\n');
  const wanted = withDerivedSections(lines.join('\n')).split('\n');
  const at = wanted.findIndex((line, i) => line !== lines[i]);
  assert.ok(at < 0, `line ${at + 1} should be: ${wanted[at]}`);
  assert.equal(lines.length, wanted.length);
});

test('every file that the README and the CHANGELOG link to is there', () => {
  for (const document of ['README.md', 'CHANGELOG.md']) {
    const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, path]) => path,
    );
    const missing = links.filter((path) => !existsSync(join(ROOT, path)));
    assert.deepEqual(missing, [], `${document} links to what is not there`);
  }
});

test('the version of package.json has its entry in the CHANGELOG', () => {
  const { version } = JSON.parse(read('package.json'));
  assert.match(
    read('CHANGELOG.md'),
    new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\]`, 'm'),
  );
});
