// Mutants: copies of the compiled engine, and of the campaigns that run on it, with a line of the
// engine changed. A campaign that runs on one and holds all the same has not looked at what that
// line is for. Each is a directory of its own, so its modules are other modules than the engine's;
// files that are not changed are links to one copy.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fse from 'fs-extra';
import { ENGINE, type LogModules } from './log-server.js';

const COMPILED_DIR = fileURLToPath(new URL('../..', import.meta.url));
/** The log layer: all of it can be changed, whether or not a campaign comes by. */
const LOG_FOLDERS = ['engine/log', 'engine/util'];
/** A relative import, static or not, of compiled code. */
const IMPORT = /(?:from|import)[ (]+'(\.[^']+\.js)'/g;

export interface CodeChange {
  /** Path of a compiled file below engine/, such as `log/recovery.js`. */
  readonly file: string;
  /** Code that is there exactly once, or at `line`, and what comes in its place. */
  readonly from: string;
  readonly to: string;
  /** Line, from 1, when `from` is there more than once. */
  readonly line?: number;
  /** Code behind which `from` is meant, when it is there more than once. */
  readonly after?: string;
}

/** The code that a mutant is to change is not there any more: the mutant must be written anew. */
export class StaleMutant extends Error {}

/** One mutant, ready to be run. */
export interface Mutant {
  /** Its log layer. */
  readonly modules: LogModules;
  /** @returns where a compiled module of it is, by its path, such as `test/durability/x.js` */
  url(path: string): string;
}

export class Mutants {
  /** The compiled files that can be changed, by path below engine/. */
  readonly files: ReadonlyMap<string, string>;
  private readonly root: string;
  private readonly codes: ReadonlyMap<string, string>;
  private count = 0;

  private constructor(root: string, codes: ReadonlyMap<string, string>) {
    this.root = root;
    this.codes = codes;
    const files = [...codes].filter(([path]) => path.startsWith('engine/'));
    this.files = new Map(files.map(([path, code]) => [path.slice('engine/'.length), code]));
  }

  /**
   * @param root an empty directory for them
   * @param campaigns compiled modules that are to run on mutants, such as `test/durability/x.js`
   */
  static async in(root: string, campaigns: readonly string[]): Promise<Mutants> {
    const codes = new Map<string, string>();
    const paths = [...campaigns];
    for (const folder of LOG_FOLDERS) {
      for (const name of (await fse.readdir(join(COMPILED_DIR, folder))).sort()) {
        if (name.endsWith('.js')) paths.push(`${folder}/${name}`);
      }
    }
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
      if (codes.has(path)) continue;
      const code = await fse.readFile(join(COMPILED_DIR, path), 'utf8');
      codes.set(path, code);
      for (const [, name] of code.matchAll(IMPORT)) paths.push(posix.join(dirname(path), name));
    }
    // Links do not go from one file system to another, so they go to a copy.
    for (const [path, code] of codes) await fse.outputFile(join(root, 'original', path), code);
    return new Mutants(root, new Map([...codes].sort()));
  }

  /**
   * @returns a copy with these changes
   * @throws StaleMutant when there is nothing to change
   */
  async make(changes: readonly CodeChange[]): Promise<Mutant> {
    const changed = new Map<string, string>();
    for (const change of changes) {
      const { file } = change;
      const code = changed.get(file) ?? this.files.get(file);
      if (code === undefined) throw new StaleMutant(`there is no ${file}`);
      changed.set(file, applyChange(code, change));
    }
    const root = join(this.root, String(++this.count));
    await this.link(root, changed);
    const require = createRequire(import.meta.url);
    const packages = dirname(dirname(require.resolve('crc-32/package.json')));
    await fse.symlink(packages, join(root, 'node_modules'), 'junction');
    await fse.writeFile(join(root, 'package.json'), '{"type":"module"}');
    const url = (path: string): string => pathToFileURL(join(root, path)).href;
    const server: { ENGINE: LogModules } = await import(url('test/durability/log-server.js'));
    assert.notEqual(server.ENGINE.recover, ENGINE.recover, 'the mutant is another module');
    return { modules: server.ENGINE, url };
  }

  private async link(root: string, changed: ReadonlyMap<string, string>): Promise<void> {
    const paths = [...this.codes.keys()];
    for (const folder of new Set(paths.map((path) => dirname(path)))) {
      await fse.ensureDir(join(root, folder));
    }
    await Promise.all(
      paths.map((path) => {
        const code = changed.get(path.replace(/^engine\//, ''));
        return code === undefined
          ? fse.link(join(this.root, 'original', path), join(root, path))
          : fse.writeFile(join(root, path), code);
      }),
    );
  }
}

function applyChange(code: string, { file, from, to, line, after }: CodeChange): string {
  if (line === undefined) {
    const begin = after === undefined ? 0 : code.indexOf(after);
    const at = begin < 0 ? -1 : code.indexOf(from, begin);
    if (at < 0) throw new StaleMutant(`${file} has no such code: ${from}`);
    if (after === undefined && code.indexOf(from, at + 1) >= 0) {
      throw new StaleMutant(`${file} has it more than once: ${from}`);
    }
    return code.slice(0, at) + to + code.slice(at + from.length);
  }
  const lines = code.split('\n');
  if (!lines[line - 1]?.includes(from)) throw new StaleMutant(`${file} has no such code: ${from}`);
  lines[line - 1] = lines[line - 1].replace(from, () => to);
  return lines.join('\n');
}
