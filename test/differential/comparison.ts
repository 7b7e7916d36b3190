// When two replies count as alike. `exact` is the rule; every other comparison has a name that says
// how much looser it is. Each takes replies that are not the same bytes and returns what is wrong,
// or null.

import type { RespValue } from '../../protocol/resp/reply-parser.js';
import { show } from '../protocol/test-client.js';
import { parseReply } from '../support/resp-connection.js';

export type Comparison = (ours: Buffer, theirs: Buffer) => string | null;

/** Two servers get a command at different moments; so much may be between them. */
const TIME_TOLERANCE_MS = 3000;

export const exact: Comparison = () => 'the bytes differ';

function itemsOf(value: RespValue): RespValue[] | null {
  return 'items' in value ? value.items : null;
}

/** @returns the items of an array or a set as text, sorted; null for any other reply */
export function sortedItems(reply: RespValue): string[] | null {
  return itemsOf(reply)?.map(show).sort() ?? null;
}

function sameItems(ours: RespValue, theirs: RespValue): string | null {
  const mine = sortedItems(ours);
  const other = sortedItems(theirs);
  if (mine === null || other === null) return 'not both are arrays';
  return mine.join('\n') === other.join('\n') ? null : 'other items';
}

/** Arrays or sets of the same items in any order. */
export const inAnyOrder: Comparison = (ours, theirs) => {
  const [mine, other] = [parseReply(ours), parseReply(theirs)];
  return mine.type === other.type ? sameItems(mine, other) : 'another type of reply';
};

/** A SCAN that sees everything in one call: cursor 0 and the same keys in any order. */
export const wholeScan: Comparison = (ours, theirs) => {
  const mine = itemsOf(parseReply(ours));
  const other = itemsOf(parseReply(theirs));
  if (mine === null || other === null) return 'not both are arrays';
  if (show(mine[0]) !== show(other[0])) return 'another cursor';
  return sameItems(mine[1], other[1]);
};

function near(toleranceUnits: number): Comparison {
  return (ours, theirs) => {
    const [mine, other] = [parseReply(ours), parseReply(theirs)];
    if (mine.type !== 'integer' || other.type !== 'integer') return 'not both are integers';
    // What is not a time (-1, -2) must be the same.
    if (mine.value < 0n || other.value < 0n) return 'the bytes differ';
    const apart = Math.abs(Number(mine.value - other.value));
    return apart <= toleranceUnits ? null : `${apart} apart`;
  };
}

/** Times that were set by a relative time on two clocks. */
export const nearMs = near(TIME_TOLERANCE_MS);
export const nearSeconds = near(TIME_TOLERANCE_MS / 1000);
/** Counters that grow by chance. */
export const nearCount = near(3);

/** Replies of one type, whatever is in them: sizes, clocks, numbers of connections. */
export const sameType: Comparison = (ours, theirs) => {
  const [mine, other] = [parseReply(ours), parseReply(theirs)];
  if (mine.type !== other.type) return 'another type of reply';
  const isError = mine.type === 'error';
  return isError ? 'the bytes differ' : null;
};

/** Arrays of one type and length whose items are of the same types. */
export const sameItemTypes: Comparison = (ours, theirs) => {
  const [mine, other] = [itemsOf(parseReply(ours)), itemsOf(parseReply(theirs))];
  if (mine === null || other === null) return 'not both are arrays';
  const types = (items: RespValue[]) => items.map((item) => item.type).join();
  return types(mine) === types(other) ? null : 'other types of items';
};

/** Random picks: one item, or arrays of the same length. */
export const samePicks: Comparison = (ours, theirs) => {
  const isArray = [ours, theirs].map((raw) => itemsOf(parseReply(raw)) !== null);
  return isArray[0] && isArray[1] ? sameItemTypes(ours, theirs) : sameType(ours, theirs);
};

/** Counters that exist once something was counted. */
const COUNTER_NAME = /^(errorstat|cmdstat|latency_percentiles)_/;

/** @returns the names in a text of `name=value` (spaces between) or `name:value` (a line each) */
function fieldNames(text: string, separator: '=' | ':'): string[] {
  return text
    .split(separator === '=' ? /[ \n]/ : '\r\n')
    .filter((part) => part.includes(separator) && !part.startsWith('#'))
    .map((part) => part.slice(0, part.indexOf(separator)));
}

/** @returns the fields that only the second text has, but for counters */
export function missingFields(ours: string, theirs: string, separator: '=' | ':'): string[] {
  const mine = new Set(fieldNames(ours, separator));
  const lost = fieldNames(theirs, separator).filter((name) => !mine.has(name));
  return [...new Set(lost.filter((name) => !COUNTER_NAME.test(name)))];
}

/** Texts of named fields: every field of theirs is among ours. */
export function sameFieldNames(separator: '=' | ':'): Comparison {
  return (ours, theirs) => {
    const [mine, other] = [parseReply(ours), parseReply(theirs)];
    if (mine.type !== other.type) return 'another type of reply';
    const lost = missingFields(show(mine), show(other), separator);
    return lost.length === 0 ? null : `fields missing: ${lost.join(' ')}`;
  };
}

/** Maps whose keys are the same; values only where `compared` names them. */
export function sameMapKeys(compared: ReadonlySet<string>): Comparison {
  const entries = (raw: Buffer): string[] => {
    const items = itemsOf(parseReply(raw)) ?? [];
    const lines: string[] = [];
    for (let i = 0; i + 1 < items.length; i += 2) {
      const key = show(items[i]);
      lines.push(compared.has(key) ? `${key}=${show(items[i + 1])}` : key);
    }
    return lines.sort();
  };
  return (ours, theirs) => {
    if (parseReply(ours).type !== parseReply(theirs).type) return 'another type of reply';
    return entries(ours).join('\n') === entries(theirs).join('\n') ? null : 'other keys or values';
  };
}

/** The facts of COMMAND DOCS that do not depend on how a project words its documents. */
const DOCS_FACTS = new Set(['since', 'group']);

/** Collects `name: fact` of commands and subcommands. */
function docsFacts(value: RespValue, facts: Map<string, string>): void {
  const items = itemsOf(value) ?? [];
  for (let i = 0; i + 1 < items.length; i += 2) {
    const fields = itemsOf(items[i + 1]) ?? [];
    const known: string[] = [];
    for (let j = 0; j + 1 < fields.length; j += 2) {
      const field = show(fields[j]);
      if (field === 'subcommands') docsFacts(fields[j + 1], facts);
      else if (DOCS_FACTS.has(field)) known.push(`${field} ${show(fields[j + 1])}`);
    }
    facts.set(show(items[i]), known.sort().join());
  }
}

/** COMMAND DOCS: group and age of the commands and subcommands that both have. */
export const sameDocsFacts: Comparison = (ours, theirs) => {
  const [mine, other] = [new Map<string, string>(), new Map<string, string>()];
  docsFacts(parseReply(ours), mine);
  docsFacts(parseReply(theirs), other);
  for (const [name, facts] of mine) {
    const known = other.get(name);
    if (known !== undefined && known !== facts) return `${name}: ${facts} and ${known}`;
  }
  return null;
};

/** Sorts what has no order: sets, and the subcommands of a container by their names. */
function unorderedInfo(value: RespValue, names: ReadonlySet<string>): unknown {
  const items = itemsOf(value);
  if (items === null) return show(value);
  // The notes of a key specification are each project's own words.
  const notes = items.findIndex((item) => item.type === 'bulk' && show(item) === 'notes');
  const parts = items
    .filter((_, i) => notes < 0 || (i !== notes && i !== notes + 1))
    .filter((item) => !isInfoOf(item) || names.has(show(itemsOf(item)?.[0] ?? item)))
    .map((item) => unorderedInfo(item, names));
  const hasOrder = value.type === 'array' && !items.some(isInfoOf);
  return hasOrder ? parts : parts.map((part) => JSON.stringify(part)).sort();
}

/** Whether a value is what COMMAND INFO says of one command: name, arity, flags... */
function isInfoOf(value: RespValue): boolean {
  const items = itemsOf(value);
  return items !== null && items.length === 10 && items[0].type === 'bulk';
}

function infoNames(value: RespValue): string[] {
  const items = itemsOf(value);
  if (items === null) return [];
  return [...(isInfoOf(value) ? [show(items[0])] : []), ...items.flatMap(infoNames)];
}

/** COMMAND INFO of the commands and subcommands that both have, in any order, flags too. */
export const sameCommandInfo: Comparison = (ours, theirs) => {
  const [mine, other] = [parseReply(ours), parseReply(theirs)];
  const otherNames = new Set(infoNames(other));
  const common = new Set(infoNames(mine).filter((name) => otherNames.has(name)));
  const [a, b] = [mine, other].map((value) => JSON.stringify(unorderedInfo(value, common)));
  return a === b ? null : 'other facts';
};

/** Whether two values are alike where texts of one number are: Redis 7.0 prints 17 digits. */
function sameButNumbers(ours: RespValue, theirs: RespValue): boolean {
  const [mine, other] = [itemsOf(ours), itemsOf(theirs)];
  if (mine !== null && other !== null) {
    if (ours.type !== theirs.type || mine.length !== other.length) return false;
    return mine.every((item, i) => sameButNumbers(item, other[i]));
  }
  const [text, otherText] = [show(ours), show(theirs)];
  if (ours.type !== theirs.type || mine !== null || other !== null) return false;
  return text === otherText || (text !== '' && Number(text) === Number(otherText));
}

/** As `wholeScan`, of members with scores. */
export const wholeScanOfScores: Comparison = (ours, theirs) => {
  const parts = [ours, theirs].map((raw) => itemsOf(parseReply(raw)));
  const [mine, other] = parts.map((items) => {
    const members = items === null ? null : itemsOf(items[1]);
    if (items === null || members === null) return null;
    const pairs = members.flatMap((item, i) =>
      i % 2 === 0 ? [`${show(item)} ${Number(show(members[i + 1]))}`] : [],
    );
    return [show(items[0]), ...pairs.sort()].join('\n');
  });
  if (mine === null || other === null) return 'not both are arrays';
  return mine === other ? null : 'other members, scores or cursor';
};

/** Replies with scores. */
export const sameNumbers: Comparison = (ours, theirs) =>
  sameButNumbers(parseReply(ours), parseReply(theirs)) ? null : 'other than by how numbers look';
