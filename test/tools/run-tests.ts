// Runs every compiled `*.test.js` with node's own test runner, or only those whose path contains
// one of the arguments: `npm test`, `npm test -- log/recovery`. Which files a directory or a glob
// stands for differs between versions of Node and of shells; a list does not.
//   --long     the long tier of the campaigns in test/durability
//   --seed N   repeats the case of a campaign whose failure named this seed

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import mri from 'mri';

const TESTS = fileURLToPath(new URL('..', import.meta.url));

function testFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith('.test.js') ? [path] : [];
    });
}

const flags = mri<{ long?: boolean; seed?: string }>(process.argv.slice(2), {
  boolean: ['long'],
  string: ['seed'],
});
const wanted = flags._;
const files = testFiles(TESTS.replace(/[/\\]$/, ''))
  .map((path) => relative(process.cwd(), path))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));
if (files.length === 0) {
  process.stderr.write(`no test file matches ${wanted.join(', ')}\n`);
  process.exitCode = 1;
} else {
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', ...files], {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(flags.long ? { REDDIS_TIER: 'long' } : {}),
      ...(flags.seed === undefined ? {} : { REDDIS_SEED: flags.seed }),
    },
  });
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
