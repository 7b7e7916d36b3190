// The parts of README.md that are derived: commands, directives, differences from Redis.
// Invariant: what is written depends on the tables in the code alone, so a test can tell whether
// the README is in step.

import { COMMANDS } from '../../engine/commands/index.js';
import type { Directive } from '../../engine/config/directive.js';
import { DIRECTIVES } from '../../engine/config/directives.js';
import type { CommandGroup, CommandSpec } from '../../engine/contract/command.js';
import { DIFFERENCES } from '../differential/differences.js';

/** Headings, in the order of the README. */
const GROUP_TITLES: Record<CommandGroup, string> = {
  string: 'Strings',
  generic: 'Keys',
  list: 'Lists',
  hash: 'Hashes',
  set: 'Sets',
  'sorted-set': 'Sorted sets',
  stream: 'Streams',
  bitmap: 'Bitmaps',
  hyperloglog: 'HyperLogLogs',
  geo: 'Geo',
  pubsub: 'Pub/sub',
  transactions: 'Transactions',
  scripting: 'Scripting',
  connection: 'Connection',
  server: 'Server',
};
const SIZE_UNITS = ['', 'kb', 'mb', 'gb'];
const KIB = 1024;

/** Puts a cell's text so that it cannot break the table. */
function cell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/\n/g, ' ');
}

function byName<T extends { readonly name: string }>(items: Iterable<T>): T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function commandRows(spec: CommandSpec, prefix = ''): string[] {
  const name = `${prefix}${spec.name}`;
  const subcommands = byName(spec.subcommands ?? []);
  const isContainer = subcommands.length > 0 && spec.handler === undefined;
  const own = isContainer ? [] : [`| \`${name}\` | ${cell(spec.summary)} |`];
  return [...own, ...subcommands.flatMap((sub) => commandRows(sub, `${name} `))];
}

/** @returns a table per group, as Markdown */
export function commandsTable(): string {
  const specs = byName(COMMANDS);
  const parts: string[] = [];
  for (const [group, title] of Object.entries(GROUP_TITLES)) {
    const rows = specs.filter((spec) => spec.group === group).flatMap((spec) => commandRows(spec));
    if (rows.length === 0) continue;
    parts.push(`**${title}** (${rows.length})`, '', '| command | what it does |', '| --- | --- |');
    parts.push(...rows, '');
  }
  return parts.join('\n').trimEnd();
}

function shownDefault({ kind, default: value }: Directive): string {
  if (value === '') return '`""`';
  if (kind !== 'memory') return `\`${cell(value)}\``;
  let number = Number(value);
  let unit = 0;
  while (number >= KIB && number % KIB === 0 && unit < SIZE_UNITS.length - 1) {
    number /= KIB;
    unit++;
  }
  return `\`${number}${SIZE_UNITS[unit]}\``;
}

function nameList(directives: readonly Directive[]): string {
  return byName(directives)
    .map(({ name }) => `\`${name}\``)
    .join(', ');
}

/** @returns the directives that act, as a table, and the names of the others */
export function configurationTable(): string {
  const withEffect = (effect: Directive['effect']) =>
    DIRECTIVES.filter((directive) => directive.effect === effect && directive.hidden !== true);
  const rows = withEffect('honoured').map((directive) => {
    const { name, summary } = directive;
    return `| \`${name}\` | ${shownDefault(directive)} | ${cell(summary)} |`;
  });
  return [
    '| directive | default | what it does |',
    '| --- | --- | --- |',
    ...rows,
    '',
    `Readable by \`CONFIG GET\`, to be honoured later: ${nameList(withEffect('not-yet'))}.`,
    '',
    '<details><summary>Known and readable, with nothing to act on in this server</summary>',
    '',
    `${nameList(withEffect('none'))}.`,
    '',
    '</details>',
  ].join('\n');
}

/** @returns what differs from every Redis, as the differential tests know it */
export function differencesList(): string {
  return DIFFERENCES.filter(({ isFrom72 }) => !isFrom72)
    .map(({ reason }) => `- ${reason}`)
    .join('\n');
}

/** Section name to what belongs into it. */
export const DOC_SECTIONS: ReadonlyMap<string, () => string> = new Map([
  ['commands', commandsTable],
  ['configuration', configurationTable],
  ['differences', differencesList],
]);

/**
 * @param text a document with `<!-- begin NAME -->` and `<!-- end NAME -->` for each section
 * @returns the document with its derived sections as they should be
 * @throws Error when a marker is missing
 */
export function withDerivedSections(text: string): string {
  let result = text;
  for (const [name, render] of DOC_SECTIONS) {
    const begin = `<!-- begin ${name} -->`;
    const end = `<!-- end ${name} -->`;
    const from = result.indexOf(begin);
    const to = result.indexOf(end);
    if (from < 0 || to < from) throw new Error(`the markers of section ${name} are missing`);
    const head = result.slice(0, from + begin.length);
    result = `${head}\n\n${render()}\n\n${result.slice(to)}`;
  }
  return result;
}
