// Everything that configures one daemon - file, standard input, command line, in that order - into
// one Config. Invariant: a configuration with any mistake starts nothing, and each mistake is named
// with its place.

import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import fse from 'fs-extra';
import {
  Config,
  type ConfigFile,
  type ConfigMistake,
  type ConfText,
  DIRECTIVES_BY_NAME,
  globMatchText,
  type IncludedFile,
  parseConfText,
} from '../engine/index.js';
import { type DaemonOptions, UsageError } from './options.js';

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the configuration file, or null. */
  readonly path: string | null;
  /** For the log: directives that have no effect here. */
  readonly warnings: readonly string[];
}

const STDIN_SOURCE = 'standard input';
const STDIN_FD = 0;
const PATTERN = /[[*?]/;
const EMPTY_TEXT: ConfText = { lines: [], mistakes: [] };

function takesSeveralWords(name: string): boolean {
  return DIRECTIVES_BY_NAME.get(name)?.kind === 'words';
}

/** Reads what an `include` names; a pattern in its last part may name several files. */
function readInclude(pattern: string): readonly IncludedFile[] {
  const path = Buffer.from(pattern, 'latin1').toString('utf8');
  const read = (source: string) => ({ source, text: readFileSync(source, 'latin1') });
  if (!PATTERN.test(basename(path))) return [read(path)];
  return readdirSync(dirname(path))
    .filter((name) => globMatchText(basename(path), name, false))
    .sort()
    .map((name) => read(join(dirname(path), name)));
}

function readText(path: string | number, source: string): ConfText {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read configuration from ${source}: ${reason}`);
  }
  return parseConfText(text, source, takesSeveralWords, readInclude);
}

function describe({ source, line, given, error }: ConfigMistake): string {
  const place = line > 0 ? `${source}:${line}: ` : '';
  return `${place}${Buffer.from(given, 'latin1').toString('utf8')}: ${error}`;
}

/** For CONFIG REWRITE: replaced in one step, so a crash leaves the old file or the new one. */
function configFile(path: string): ConfigFile {
  return {
    read: () => (fse.existsSync(path) ? readFileSync(path, 'latin1') : ''),
    write: (text) => {
      const temporary = `${path}.${process.pid}.tmp`;
      const fd = openSync(temporary, 'w');
      try {
        writeSync(fd, text, 0, 'latin1');
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      fse.moveSync(temporary, path, { overwrite: true });
    },
  };
}

/**
 * @returns the configuration that file, standard input and arguments make together
 * @throws UsageError naming every mistake, one per line
 */
export function loadConfig(options: DaemonOptions): LoadedConfig {
  const { confFile, readsStdin } = options;
  const path = confFile === null ? null : resolve(confFile);
  const fromFile = path === null ? EMPTY_TEXT : readText(path, path);
  const fromStdin = readsStdin ? readText(STDIN_FD, STDIN_SOURCE) : EMPTY_TEXT;
  const config = new Config();
  const report = config.load([...fromFile.lines, ...fromStdin.lines, ...options.lines]);
  const mistakes = [...fromFile.mistakes, ...fromStdin.mistakes, ...report.mistakes];
  if (mistakes.length > 0) throw new UsageError(mistakes.map(describe).join('\n'));
  if (path !== null) config.file = configFile(path);
  return { config, path, warnings: report.warnings };
}
