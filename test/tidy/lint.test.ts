// The linter and the formatter have nothing to say. It runs as a test, so there is one command that
// says whether a change is in order.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './source-files.js';

const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

test('biome finds nothing', { skip: existsSync(BIOME) ? false : 'biome is not installed' }, () => {
  const args = [BIOME, 'check', '--error-on-warnings', '--colors=off', '.'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
});
