// The arguments of `reddis`, by redis-server's rules: a configuration file or `-` first, then any
// directive as `--name word ...` up to the next flag. Nothing is read or set here: the result is
// what was asked for. `mri` is for plain flags (reddis-check-aof); it cannot read these, where a
// flag has any number of words and `--no-appendfsync-on-rewrite` is a name, not a negation.
//
// Text is latin1 in directives, one character per byte, as the configuration keeps it.

import { DIRECTIVES_BY_NAME, type DirectiveLine } from '../engine/index.js';

export interface DaemonOptions {
  readonly mode: 'run' | 'version' | 'help' | 'healthcheck';
  /** Path of the configuration file, or null. */
  readonly confFile: string | null;
  /** Whether `-` asked for more configuration from standard input. */
  readonly readsStdin: boolean;
  /** In the order given; they come after the file's. */
  readonly lines: readonly DirectiveLine[];
}

/** Wrong arguments; the message is for the operator. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const SOURCE = 'command line';
/** `-name` or `-name=value`, as Go programs have it; `-1` and `-::1` are values. */
const SINGLE_DASH_FLAG = /^-([A-Za-z][\w-]*)(=|$)/;
/** The flag of the system that Reddis re-implements, in lower case. */
const LISTEN_ADDRESS = 'listenaddress';
const PORT_MAX = 65535;
const MODES: ReadonlyMap<string, DaemonOptions['mode']> = new Map([
  ['--version', 'version'],
  ['-v', 'version'],
  ['--help', 'help'],
  ['-h', 'help'],
  ['--healthcheck', 'healthcheck'],
]);

interface Flag {
  readonly name: string;
  readonly words: string[];
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function isKnown(name: string): boolean {
  return name === LISTEN_ADDRESS || DIRECTIVES_BY_NAME.has(name);
}

/** @returns name and value of a flag as written; null when `word` is not a flag */
function splitFlag(word: string): { name: string; value: string | null } | null {
  const single = SINGLE_DASH_FLAG.exec(word);
  const isDouble = word.startsWith('--');
  if (!isDouble && (single === null || !isKnown(single[1].toLowerCase()))) return null;
  const body = word.slice(isDouble ? 2 : 1);
  const equals = body.indexOf('=');
  if (equals < 0) return { name: body.toLowerCase(), value: null };
  return { name: body.slice(0, equals).toLowerCase(), value: body.slice(equals + 1) };
}

/** Go's shells-on-Windows users leave the quotes in: `":6379"`. */
function unquoted(text: string): string {
  const quote = text[0];
  const isQuoted = text.length > 1 && (quote === '"' || quote === "'") && text.endsWith(quote);
  return isQuoted ? text.slice(1, -1) : text;
}

function groupFlags(words: readonly string[]): Flag[] {
  const flags: Flag[] = [];
  for (const word of words) {
    const flag = splitFlag(word);
    if (flag !== null)
      flags.push({ name: flag.name, words: flag.value === null ? [] : [flag.value] });
    else if (flags.length === 0) throw new UsageError(`'${word}' is not a flag; see reddis --help`);
    else flags[flags.length - 1].words.push(word);
  }
  return flags;
}

function line(name: string, words: readonly string[]): DirectiveLine {
  const given = [`--${name}`, ...words.map((word) => (word === '' ? '""' : word))].join(' ');
  return { source: SOURCE, line: 0, given: latin1(given), name, words: words.map(latin1) };
}

/**
 * `:6379` is every address, `host:6379` and `[::1]:6379` one, a bare `6379` the port alone.
 * @throws UsageError
 */
function listenAddressLines(words: readonly string[]): DirectiveLine[] {
  const address = unquoted(words.join(' '));
  const match = /^(?:(.*):)?(\d{1,5})$/.exec(address);
  if (match === null || Number(match[2]) > PORT_MAX) {
    const wanted = "':port' or 'host:port'";
    throw new UsageError(`--listenAddress ${address}: an address is ${wanted}`);
  }
  const port = line('port', [match[2]]);
  const host: string | undefined = match[1];
  if (host === undefined) return [port];
  if (host === '') return [port, line('bind', ['*', '-::*'])];
  return [port, line('bind', [host.replace(/^\[(.*)\]$/, '$1')])];
}

function flagLines({ name, words }: Flag): DirectiveLine[] {
  if (name === LISTEN_ADDRESS) return listenAddressLines(words);
  const directive = DIRECTIVES_BY_NAME.get(name);
  if (directive === undefined) return [line(name, words)];
  if (words.length === 0) {
    // Redis: `--save` and nothing else is `--save ""`.
    if (name === 'save') return [line(name, [''])];
    throw new UsageError(`--${name} needs a value`);
  }
  const isSplit = directive.kind === 'words' && words.length === 1 && words[0].includes(' ');
  return [line(name, isSplit ? words[0].trim().split(/\s+/) : words)];
}

/**
 * @param words what follows the program's name
 * @throws UsageError
 */
export function parseOptions(words: readonly string[]): DaemonOptions {
  const mode = words
    .map((word, i) => (i === 0 || word.startsWith('--') ? MODES.get(word) : undefined))
    .find((found) => found !== undefined);
  let rest = words.filter((word) => word !== '--healthcheck');
  if (mode === 'version' || mode === 'help') rest = [];
  let confFile: string | null = null;
  let readsStdin = false;
  if (rest[0] === '-') readsStdin = true;
  else if (rest.length > 0 && splitFlag(rest[0]) === null && !rest[0].startsWith('-')) {
    confFile = rest[0];
  }
  if (readsStdin || confFile !== null) rest = rest.slice(1);
  if (rest.at(-1) === '-') {
    readsStdin = true;
    rest = rest.slice(0, -1);
  }
  const lines = groupFlags(rest).flatMap(flagLines);
  return { mode: mode ?? 'run', confFile, readsStdin, lines };
}
