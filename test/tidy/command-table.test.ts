// What clients read from COMMAND INFO is what a real server says of the same command: arity, flags,
// ACL categories, key positions. The facts come from test/fixtures/command-facts.json.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { COMMANDS, type CommandSpec, open, type Reddis } from '../../engine/index.js';
import { type CommandFacts, type KeyFacts, readCommandFacts } from './command-facts.js';
import { assertNone } from './source-files.js';

/** Commands of Redis 7.2 beyond the facts' source, or of this server alone. */
const WITHOUT_FACTS: ReadonlySet<string> = new Set([]);

/** Differences that are meant, `command fact`, with the reason. */
const MEANT: ReadonlyMap<string, string> = new Map([]);

/** A tuple of COMMAND's reply, by position. */
type InfoRow = readonly unknown[];

const facts = readCommandFacts();
let db: Reddis;

before(async () => {
  db = await open();
});
after(() => db.close());

function fullNames(specs: readonly CommandSpec[], prefix = ''): string[] {
  return specs.flatMap((spec) => {
    const name = `${prefix}${spec.name.toLowerCase()}`;
    return [name, ...fullNames(spec.subcommands ?? [], `${name}|`)];
  });
}

/** @returns the items of an array or a set */
function itemsOf(value: unknown): readonly unknown[] {
  assert.ok(Array.isArray(value) || value instanceof Set);
  return [...value];
}

function sortedTexts(value: unknown): string[] {
  return itemsOf(value).map(String).sort();
}

/** @returns the fields of a reply that is a map, whichever way it is given */
function fieldsOf(value: unknown): Map<string, unknown> {
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [String(key), item]));
  assert.ok(Array.isArray(value));
  const fields = new Map<string, unknown>();
  for (let i = 0; i < value.length; i += 2) fields.set(String(value[i]), value[i + 1]);
  return fields;
}

function searchOf(value: unknown): Record<string, string | number> {
  const search = fieldsOf(value);
  const found: Record<string, string | number> = { type: String(search.get('type')) };
  for (const [name, part] of fieldsOf(search.get('spec'))) {
    found[name] = typeof part === 'number' ? part : String(part);
  }
  return found;
}

function keyFactsOf(value: unknown): KeyFacts {
  const fields = fieldsOf(value);
  return {
    flags: sortedTexts(fields.get('flags')),
    begin: searchOf(fields.get('begin_search')),
    find: searchOf(fields.get('find_keys')),
  };
}

function ownFacts(row: InfoRow): CommandFacts {
  const [, arity, flags, firstKey, lastKey, step, acl, , keys] = row;
  return {
    arity: Number(arity),
    flags: sortedTexts(flags),
    acl: sortedTexts(acl),
    range: [Number(firstKey), Number(lastKey), Number(step)],
    keys: itemsOf(keys).map(keyFactsOf),
  };
}

async function rowOf(name: string): Promise<InfoRow> {
  const reply = await db.call('COMMAND', 'INFO', name);
  assert.ok(Array.isArray(reply) && Array.isArray(reply[0]), `COMMAND INFO ${name}`);
  return reply[0];
}

test('every command says of itself what a real server says of it', async () => {
  const findings: string[] = [];
  for (const name of fullNames(COMMANDS)) {
    if (WITHOUT_FACTS.has(name)) continue;
    const expected = facts[name];
    if (expected === undefined) {
      findings.push(`${name}: there are no facts about it`);
      continue;
    }
    const own = ownFacts(await rowOf(name));
    for (const fact of ['arity', 'flags', 'acl', 'range', 'keys'] as const) {
      const [mine, theirs] = [JSON.stringify(own[fact]), JSON.stringify(expected[fact])];
      if (mine === theirs || MEANT.has(`${name} ${fact}`)) continue;
      findings.push(`${name} ${fact}: ${mine} instead of ${theirs}`);
    }
  }
  assertNone(findings, 'differences from the facts');
});

test('summaries and complexities are there, and end as sentences do', () => {
  const check = (spec: CommandSpec): string[] => {
    const own: string[] = [];
    if (!/^[A-Z].*\.$/.test(spec.summary)) own.push(`${spec.name}: ${spec.summary}`);
    return [...own, ...(spec.subcommands ?? []).flatMap(check)];
  };
  assertNone(COMMANDS.flatMap(check), 'summaries');
});
