// A copy of the log layer with one line of its compiled code changed: a mutant. A campaign that
// runs on it and holds all the same has not looked at what that line is for. The copy is made in
// a directory of its own, so its modules are other modules than the engine's.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fse from 'fs-extra';
import { ENGINE, type LogModules } from './log-server.js';

const ENGINE_DIR = fileURLToPath(new URL('../../engine', import.meta.url));
/** What the log layer consists of. */
const FOLDERS = ['log', 'util'];

export interface CodeChange {
  /** Path of a compiled file below engine/, such as `log/recovery.js`. */
  readonly file: string;
  /** Code that is there exactly once, or at `line`, and what comes in its place. */
  readonly from: string;
  readonly to: string;
  /** Line, from 1, when `from` is there more than once. */
  readonly line?: number;
}

/** @returns the compiled files of the log layer, by path below engine/ */
export async function compiledFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const name of (await fse.readdir(join(ENGINE_DIR, folder))).sort()) {
      if (!name.endsWith('.js')) continue;
      files.set(`${folder}/${name}`, await fse.readFile(join(ENGINE_DIR, folder, name), 'utf8'));
    }
  }
  return files;
}

/**
 * @param root an empty directory for it
 * @returns the modules of a log layer with these changes
 */
export async function mutate(
  root: string,
  files: ReadonlyMap<string, string>,
  changes: readonly CodeChange[],
): Promise<LogModules> {
  const require = createRequire(import.meta.url);
  const packages = dirname(dirname(require.resolve('crc-32/package.json')));
  await fse.ensureDir(root);
  await fse.symlink(packages, join(root, 'node_modules'), 'junction');
  await fse.writeFile(join(root, 'package.json'), '{"type":"module"}');
  for (const folder of FOLDERS) await fse.ensureDir(join(root, folder));
  for (const [path, code] of files) {
    const own = changes.filter(({ file }) => file === path);
    await fse.writeFile(join(root, path), own.reduce(applyChange, code));
  }
  const modules = { ...ENGINE };
  const load = async (path: string): Promise<void> => {
    Object.assign(modules, await import(pathToFileURL(join(root, path)).href));
  };
  for (const file of ['recovery', 'log-writer', 'check', 'fix', 'restore', 'salvage']) {
    await load(`log/${file}.js`);
  }
  await load('log/rebuild-manifest.js');
  assert.notEqual(modules.recover, ENGINE.recover, 'the mutant is another module');
  return modules;
}

function applyChange(code: string, { file, from, to, line }: CodeChange): string {
  const lines = code.split('\n');
  const at = line === undefined ? lines.findIndex((text) => text.includes(from)) : line - 1;
  assert.ok(lines[at]?.includes(from), `${file} has the code that the mutant changes: ${from}`);
  if (line === undefined) {
    assert.equal(code.split(from).length, 2, `${file} has it once: ${from}`);
  }
  lines[at] = lines[at].replace(from, () => to);
  return lines.join('\n');
}
