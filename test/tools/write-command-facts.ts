// Writes test/fixtures/command-facts.json: what a real redis-server says of its commands - names,
// arities, flags, ACL categories, key positions - and nothing that is anybody's prose. Run by hand
// (`node dist/test/tools/write-command-facts.js`) where redis-server and redis-cli are installed.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandFacts } from '../tidy/command-facts.js';

const PATH = join(process.cwd(), 'test', 'fixtures', 'command-facts.json');
const ATTEMPTS_MAX = 10_000;

/** A row of COMMAND's reply, as `redis-cli --json` prints it. */
type CommandRow = [
  name: string,
  arity: number,
  flags: string[],
  firstKey: number,
  lastKey: number,
  step: number,
  acl: string[],
  tips: string[],
  keys: {
    flags: string[];
    begin_search: { type: string; spec: Record<string, number | string> };
    find_keys: { type: string; spec: Record<string, number> };
  }[],
  subcommands: CommandRow[],
];

/** What 7.2 changed of what 7.0 says: the server that is asked may be older. */
const CHANGES_OF_7_2: Record<string, Partial<CommandFacts>> = {
  'client|no-touch': { arity: 3, flags: ['loading', 'noscript', 'stale'] },
  'client|setinfo': { arity: 4, flags: ['loading', 'noscript', 'stale'] },
  'command|getkeys': { arity: -3 },
  'command|getkeysandflags': { arity: -3 },
  blmove: { flags: ['blocking', 'denyoom', 'write'] },
  blpop: { flags: ['blocking', 'write'] },
  brpop: { flags: ['blocking', 'write'] },
  brpoplpush: { flags: ['blocking', 'denyoom', 'write'] },
  bzpopmax: { flags: ['blocking', 'fast', 'write'] },
  bzpopmin: { flags: ['blocking', 'fast', 'write'] },
  wait: { flags: ['blocking'], acl: ['@blocking', '@connection', '@slow'] },
  waitaof: { arity: 4, flags: ['blocking'], acl: ['@blocking', '@connection', '@slow'] },
  zrank: { arity: -3 },
  zrevrank: { arity: -3 },
};

/** A command of Valkey on fields of one hash: `flags` without `fast`, as all of these are. */
function fieldFacts(
  arity: number,
  flags: readonly string[],
  acl: '@read' | '@write',
  keyFlags: readonly string[],
): CommandFacts {
  return {
    arity,
    flags: [...flags, 'fast'].sort(),
    acl: ['@fast', '@hash', acl],
    range: [1, 1, 1],
    keys: [
      {
        flags: [...keyFlags].sort(),
        begin: { type: 'index', index: 1 },
        find: { type: 'range', lastkey: 0, keystep: 1, limit: 0 },
      },
    ],
  };
}

const SETTER = fieldFacts(-6, ['write'], '@write', ['RW', 'update']);
const READER = fieldFacts(-5, ['readonly'], '@read', ['RO', 'access']);
/** What Valkey 9 has beyond Redis 7.2, after its documentation. */
const FACTS_OF_VALKEY_9: Record<string, CommandFacts> = {
  hexpire: SETTER,
  hexpireat: SETTER,
  hexpiretime: READER,
  hgetdel: fieldFacts(-5, ['write'], '@write', ['RW', 'access', 'delete']),
  hgetex: fieldFacts(-5, ['write'], '@write', ['RW', 'access']),
  hpersist: fieldFacts(-5, ['write'], '@write', ['RW', 'update']),
  hpexpire: SETTER,
  hpexpireat: SETTER,
  hpexpiretime: READER,
  hpttl: READER,
  hsetex: fieldFacts(-6, ['denyoom', 'write'], '@write', ['RW', 'insert']),
  httl: READER,
};
const CLIENT_ACL = ['@connection', '@slow'];

function factsOf(row: CommandRow): CommandFacts {
  const [, arity, flags, firstKey, lastKey, step, acl, , keys] = row;
  return {
    arity,
    flags: [...flags].sort(),
    acl: [...acl].sort(),
    range: [firstKey, lastKey, step],
    keys: keys.map((key) => ({
      flags: [...key.flags].sort(),
      begin: { type: key.begin_search.type, ...key.begin_search.spec },
      find: { type: key.find_keys.type, ...key.find_keys.spec },
    })),
  };
}

function collect(rows: readonly CommandRow[], facts: Record<string, CommandFacts>): void {
  for (const row of rows) {
    facts[row[0]] = factsOf(row);
    collect(row[9], facts);
  }
}

function ask(socket: string): CommandRow[] {
  for (let attempt = 0; ; attempt++) {
    try {
      const options = { encoding: 'utf8' as const, maxBuffer: 2 ** 26, stdio: 'pipe' as const };
      return JSON.parse(
        execFileSync('redis-cli', ['-s', socket, '-3', '--json', 'COMMAND'], options),
      );
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

const dir = mkdtempSync(join(tmpdir(), 'reddis-facts-'));
const socket = join(dir, 'redis.sock');
const server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', ''], {
  cwd: dir,
  stdio: 'ignore',
});
try {
  const facts: Record<string, CommandFacts> = {};
  collect(ask(socket), facts);
  const empty: CommandFacts = { arity: 0, flags: [], acl: CLIENT_ACL, range: [0, 0, 0], keys: [] };
  for (const [name, change] of Object.entries(CHANGES_OF_7_2)) {
    facts[name] = { ...empty, ...facts[name], ...change };
  }
  Object.assign(facts, FACTS_OF_VALKEY_9);
  const lines = Object.keys(facts)
    .sort()
    .map((name) => `  ${JSON.stringify(name)}: ${JSON.stringify(facts[name])}`);
  writeFileSync(PATH, `{\n${lines.join(',\n')}\n}\n`);
} finally {
  server.kill('SIGTERM');
  rmSync(dir, { recursive: true, force: true });
}
