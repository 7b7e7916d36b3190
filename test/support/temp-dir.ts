// A directory for one test, removed when the test ends, however it ends.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import fse from 'fs-extra';
import { atEnd } from './at-end.js';

/** @returns the path of a new empty directory */
export async function tempDir(t: TestContext): Promise<string> {
  const dir = await fse.mkdtemp(join(tmpdir(), 'reddis-test-'));
  atEnd(t, () => fse.remove(dir));
  return dir;
}
