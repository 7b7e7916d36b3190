// Who may import whom. Inside engine a file imports only rows above its own, and its own folder;
// features beside each other never see each other; sockets, processes, clocks and randomness stay
// behind their doors. Each exception is named here with its reason.

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { assertNone, lineAt, type SourceFile, sourceFiles } from './source-files.js';

/** From the ground up; folders of one row do not know each other. */
const ROWS: readonly (readonly string[])[] = [
  ['util'],
  ['memory'],
  ['log'],
  ['datatypes'],
  ['keyspace'],
  ['snapshot'],
  ['contract'],
  ['acl', 'pubsub', 'config', 'observe'],
  ['exec'],
  ['script'],
  ['commands'],
  // Files of the engine folder itself.
  [''],
];

const IMPORT =
  /^(?:import\s(?:[^;'"]*?\sfrom\s)?|export\s[^;'"=]*?\sfrom\s)'([^']+)'|\bimport\('([^']+)'\)/gm;
const SOCKET_MODULES = new Set(['net', 'tls', 'http', 'https', 'http2', 'dgram'].map(builtin));
const FILE_MODULES = new Set([builtin('fs'), builtin('fs/promises'), 'fs-extra']);

/** May listen and connect: a socket is the lock of a data directory. */
const SOCKETS_IN_ENGINE = new Set(['engine/log/directory-lock.ts']);

/** Reads the id of this boot; who takes the directory's lock is told apart by it. */
const PROCESS_SEAM = new Set(['engine/util/process-facts.ts']);
const FILES_BELOW_CLI = new Set(['engine/util/fs.ts', ...PROCESS_SEAM]);

/** Whoever asks the platform for time or randomness itself. */
const CLOCK_SEAM = new Set(['engine/util/clock.ts']);
const RANDOM_SEAM = new Set(['engine/util/random.ts']);

/** Whoever asks the platform itself for a timer or a turn, and why. */
const TIMERS: ReadonlyMap<string, string> = new Map([
  ['engine/commands/server/debug.ts', 'DEBUG SLEEP holds its caller back, not the server'],
  ['engine/util/event-loop.ts', 'turns and timers of the platform'],
  ['engine/memory/give-back.ts', 'wakes the garbage collector'],
  ['engine/util/clock.ts', 'the alarms of the clock, which end waits'],
  ['engine/log/directory-lock.ts', 'waits for the beat of an owner on another machine'],
]);

function builtin(name: string): string {
  return `node:${name}`;
}

interface Import {
  readonly from: SourceFile;
  readonly specifier: string;
  /** Path of the imported source; null for a package or a builtin. */
  readonly target: string | null;
  readonly line: number;
}

function importsOf(file: SourceFile): Import[] {
  return [...file.text.matchAll(IMPORT)].map((match) => {
    const specifier = match[1] ?? match[2];
    const resolved = posix.join(posix.dirname(file.path), specifier.replace(/\.js$/, '.ts'));
    const target = specifier.startsWith('.') ? resolved : null;
    return {
      from: file,
      specifier,
      target,
      line: lineAt(file.text, match.index + match[0].length),
    };
  });
}

function place({ from, line, specifier }: Import): string {
  return `${from.path}:${line} imports ${specifier}`;
}

/** The folder of engine that a file is in; '' for engine itself. */
function folderOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? parts[1] : '';
}

function rowOf(folder: string): number {
  return ROWS.findIndex((row) => row.includes(folder));
}

function isAllowed(from: string, target: string): boolean {
  const layer = from.split('/')[0];
  const targetLayer = target.split('/')[0];
  if (layer === 'test') return true;
  if (layer !== 'engine') {
    if (targetLayer === layer || target === 'engine/index.ts') return true;
    return layer === 'cli' && targetLayer === 'protocol';
  }
  if (targetLayer !== 'engine') return false;
  const own = folderOf(from);
  const other = folderOf(target);
  return own === other || rowOf(other) < rowOf(own);
}

const sources = sourceFiles().filter(({ path }) => !path.startsWith('test/'));
const imports = sources.flatMap(importsOf);

test('every folder of engine has its row', () => {
  const unknown = sources
    .filter(({ path }) => path.startsWith('engine/') && rowOf(folderOf(path)) < 0)
    .map(({ path }) => path);
  assertNone(unknown, 'folders that no row of ROWS names');
  assert.ok(imports.length > 100, 'imports are found at all');
});

test('a layer imports only what is below it', () => {
  const findings = imports
    .filter(({ from, target }) => target !== null && !isAllowed(from.path, target))
    .map(place);
  assertNone(findings, 'imports that climb');
});

test('engine and protocol open no sockets or files behind their doors', () => {
  const findings = imports.filter(({ from, specifier }) => {
    const { path } = from;
    if (SOCKET_MODULES.has(specifier)) {
      return path.startsWith('engine/') && !SOCKETS_IN_ENGINE.has(path);
    }
    return FILE_MODULES.has(specifier) && !path.startsWith('cli/') && !FILES_BELOW_CLI.has(path);
  });
  assertNone(findings.map(place), 'sockets or files outside their doors');
});

test('no package is imported that package.json does not ask for', () => {
  const packages = new Set(['crc-32', 'fs-extra', 'mri']);
  const findings = imports.filter(
    ({ specifier, target }) =>
      target === null && !specifier.startsWith('node:') && !packages.has(specifier),
  );
  assertNone(findings.map(place), 'unknown packages, or builtins without node:');
});

/** Finds code, not prose: comments and strings are blank. */
function findCode(pattern: RegExp, isExempt: (path: string) => boolean): string[] {
  return sources
    .filter(({ path }) => !isExempt(path))
    .flatMap(({ path, code }) =>
      [...code.matchAll(pattern)].map(
        (match) => `${path}:${lineAt(code, match.index)} ${match[0].trim()}`,
      ),
    );
}

/** Whether `process` is a name of the file's own: a parameter or a destructured field. */
function hasOwnProcess({ code }: SourceFile): boolean {
  return /[({,]\s*process\s*[,})]/.test(code);
}

test('only cli speaks to the process and the console', () => {
  const own = new Set(sources.filter(hasOwnProcess).map(({ path }) => path));
  const isExempt = (path: string): boolean =>
    path.startsWith('cli/') || PROCESS_SEAM.has(path) || own.has(path);
  assertNone(findCode(/(?<![.\w])(?:process|console)\.\w+/g, isExempt), 'process or console');
});

test('time comes from the clock', () => {
  const pattern = /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bhrtime\b/g;
  assertNone(
    findCode(pattern, (path) => CLOCK_SEAM.has(path)),
    'time outside the clock',
  );
});

test('randomness comes from its seam', () => {
  const pattern = /\bMath\.random\b|\brandom(?:Bytes|UUID|Int|FillSync)\b/g;
  assertNone(
    findCode(pattern, (path) => RANDOM_SEAM.has(path)),
    'randomness outside its seam',
  );
});

test('timers are set only where a reason is named', () => {
  const pattern = /\bset(?:Timeout|Interval|Immediate)\b/g;
  const isNamed = (path: string): boolean => TIMERS.has(path) || path.startsWith('cli/');
  assertNone(findCode(pattern, isNamed), 'timers without a reason');
  for (const path of TIMERS.keys()) {
    const file = sources.find((source) => source.path === path);
    assert.ok(
      file === undefined || /\bset(?:Timeout|Interval|Immediate)\b/.test(file.code),
      `${path} is stale`,
    );
  }
});
