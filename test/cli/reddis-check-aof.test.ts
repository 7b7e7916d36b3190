// reddis-check-aof as its operators use it: verdicts and exit codes, repairs, printing, exporting.

import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fse from 'fs-extra';
import { open } from '../../engine/index.js';
import { tempDir } from '../support/temp-dir.js';
import { type ProgramEnd, run } from './program.js';

const SOUND = 0;
const TORN = 1;
const CORRUPT = 2;
const UNUSABLE = 3;
const LOCKED = 4;

function checkAof(...args: string[]): Promise<ProgramEnd> {
  return run('reddis-check-aof', args);
}

/** A data directory with a snapshot and a log after it. @returns its path, closed in good order */
async function sampleData(t: TestContext): Promise<string> {
  const dir = join(await tempDir(t), 'data');
  const db = await open({ dir });
  await db.call('SET', 'before', 'snapshot', 'PXAT', '4102444800000');
  await db.call('SAVE');
  for (let i = 0; i < 20; i++) await db.call('SET', `key:${i}`, 'v'.repeat(500));
  await db.call('FLUSHALL');
  await db.close();
  return dir;
}

/** The same, as a kill in the middle of a write would leave it. */
async function tornData(t: TestContext): Promise<string> {
  const dir = join(await tempDir(t), 'data');
  const killed = join(await tempDir(t), 'killed');
  const db = await open({ dir });
  await db.call('SET', 'kept', 'value');
  fse.copySync(dir, killed, { filter: (path) => !path.includes('LOCK') });
  await db.close();
  const log = readdirSync(killed).filter((name) => name.endsWith('.rlog'))[0];
  appendFileSync(join(killed, log), 'half a frame');
  return killed;
}

function logFiles(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.rlog'))
    .map((name) => join(dir, name));
}

/** Flips a bit in the middle of a file. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(path, bytes);
}

/** Everything in a directory, to tell whether it was changed. */
function contents(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.name} ${readFileSync(join(entry.parentPath, entry.name), 'base64')}`)
    .sort();
}

test('a sound directory is sound, as a whole and file by file', async (t) => {
  const dir = await sampleData(t);
  const before = contents(dir);
  const whole = await checkAof(dir);
  assert.equal(whole.code, SOUND, whole.stdout + whole.stderr);
  assert.match(whole.stdout, /data: sound\n/);
  assert.match(whole.stdout, /snapshot, .* records\n/);
  assert.match(whole.stdout, /last sound entry: 22\n/);
  for (const path of logFiles(dir)) assert.equal((await checkAof(path)).code, SOUND, path);
  assert.deepEqual(contents(dir), before, 'a check only reads');
});

test('a torn end is told apart, and cut only with consent', async (t) => {
  const dir = await tornData(t);
  const before = contents(dir);
  const check = await checkAof(dir);
  assert.equal(check.code, TORN);
  assert.match(check.stdout, /torn end/);
  const refused = await run('reddis-check-aof', ['--fix', dir], 'n\n');
  assert.equal(refused.code, TORN);
  assert.deepEqual(contents(dir), before, 'nothing is cut without consent');
  const fixed = await run('reddis-check-aof', ['--fix', dir], 'y\n');
  assert.equal(fixed.code, SOUND, fixed.stderr);
  assert.match(fixed.stdout, /Cut 12 bytes .*quarantine/);
  assert.equal((await checkAof(dir)).code, SOUND);
  const db = await open({ dir });
  assert.equal(await db.call('GET', 'kept'), 'value');
  await db.close();
});

test('--yes asks nobody, and a second --fix finds nothing to do', async (t) => {
  const dir = await tornData(t);
  assert.equal((await checkAof('--fix', '--yes', dir)).code, SOUND);
  const again = await checkAof('--fix', '--yes', dir);
  assert.equal(again.code, SOUND);
  assert.match(again.stdout, /sound/);
});

test('corruption is named and never fixed in place, and salvage keeps the rest', async (t) => {
  const dir = await sampleData(t);
  const [log] = logFiles(dir);
  damage(log);
  const before = contents(dir);
  const check = await checkAof(dir);
  assert.equal(check.code, CORRUPT);
  assert.match(check.stdout, /CORRUPT[\s\S]*damaged at byte \d+: [\s\S]*--salvage/);
  assert.equal((await checkAof('--fix', '--yes', dir)).code, CORRUPT);
  const out = join(await tempDir(t), 'saved');
  const saved = await checkAof('--salvage', '--out', out, dir);
  assert.equal(saved.code, SOUND, saved.stderr);
  assert.match(saved.stdout, /bytes left out from byte \d+[\s\S]*lost: entr/);
  assert.deepEqual(contents(dir), before, 'the source is only read');
  assert.equal((await checkAof(out)).code, SOUND);
  const db = await open({ dir: out });
  assert.equal(await db.call('DBSIZE'), 0, 'the FLUSHALL after the damage is there');
  await db.close();
});

test('an earlier point is restored into a new directory', async (t) => {
  const dir = await sampleData(t);
  const flush = /^(\d+) \S+ db0 FLUSHALL/m.exec((await checkAof('--dump', dir)).stdout);
  assert.ok(flush !== null);
  const out = join(await tempDir(t), 'then');
  const point = `seq:${Number(flush[1]) - 1}`;
  const restored = await checkAof('--restore-to', point, '--out', out, dir);
  assert.equal(restored.code, SOUND, restored.stderr);
  const db = await open({ dir: out });
  assert.equal(await db.call('DBSIZE'), 21);
  assert.equal(await db.call('GET', 'before'), 'snapshot');
  await db.close();
});

test('a point that is gone or still to come is refused, and nothing is put out', async (t) => {
  const dir = await sampleData(t);
  const out = join(await tempDir(t), 'then');
  const refusals: [point: string, says: RegExp][] = [
    ['seq:99', /there is no entry 99 yet: the log ends with entry 22; --restore-to latest/],
    ['time:2100-01-01T00:00:00Z', /2100-01-01T00:00:00.000Z is still to come/],
    ['time:2001-01-01T00:00:00Z', /does not reach back to that point: the log begins at 20/],
  ];
  for (const [point, says] of refusals) {
    const end = await checkAof('--restore-to', point, '--out', out, dir);
    assert.equal(end.code, UNUSABLE, point);
    assert.match(end.stderr, says);
    assert.ok(!fse.existsSync(out), point);
  }
  fse.removeSync(join(dir, 'history'));
  const gone = await checkAof('--restore-to', 'seq:0', '--out', out, dir);
  assert.equal(gone.code, UNUSABLE);
  assert.match(gone.stderr, /what is kept begins with the state after entry 1;.*aof-history-/);
});

test('--shift-ttl gives keys the life that they had left', async (t) => {
  const dir = join(await tempDir(t), 'data');
  const db = await open({ dir });
  await db.call('SET', 'short', 'v', 'PX', '150');
  await db.call('SET', 'long', 'v', 'EX', '1000');
  await db.call('HSET', 'hash', 'f', 'v', 'kept', 'v');
  await db.call('HPEXPIRE', 'hash', '150', 'FIELDS', '1', 'f');
  while ((await db.call('EXISTS', 'short')) === 1) await new Promise(setImmediate);
  while ((await db.call('HLEN', 'hash')) === 2) await new Promise(setImmediate);
  await db.close();
  const folder = await tempDir(t);
  const keys: unknown[] = [];
  for (const flags of [[], ['--shift-ttl']]) {
    const out = join(folder, `then${flags.length}`);
    const end = await checkAof('--restore-to', 'seq:4', ...flags, '--out', out, dir);
    assert.equal(end.code, SOUND, end.stderr);
    if (flags.length > 0) assert.match(end.stdout, /3 deadlines are \d+ ms later/);
    const dump = await checkAof('--dump', '--json', out);
    const lines = dump.stdout.trimEnd().split('\n');
    keys.push(lines.map((line) => JSON.parse(line).args.join(' ')));
  }
  const [before, after] = keys.map((lines) => JSON.stringify(lines));
  const deadlineOf = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  for (const pattern of [/SET short v PXAT (\d+)/, /SET long v PXAT (\d+)/, /AT hash (\d+)/]) {
    const [was, is] = [deadlineOf(before, pattern), deadlineOf(after, pattern)];
    assert.ok(is > was && is < was + 60_000, `${pattern}: ${was} ${is}`);
  }
  assert.equal((await checkAof('--salvage', '--shift-ttl', '--out', 'x', dir)).code, UNUSABLE);
});

test('an output directory that is in use as something else is refused', async (t) => {
  const dir = await sampleData(t);
  const out = await tempDir(t);
  writeFileSync(join(out, 'somebody'), 'else');
  const refused = await checkAof('--salvage', '--out', out, dir);
  assert.equal(refused.code, UNUSABLE);
  assert.match(refused.stderr, /empty/);
  assert.deepEqual(readdirSync(out), ['somebody']);
});

test('a dump shows every command with its number, time and database', async (t) => {
  const dir = await sampleData(t);
  const { stdout, code } = await checkAof('--dump', dir);
  assert.equal(code, SOUND);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 22);
  assert.match(lines[0], /^1 snapshot db0 SET "before" "snapshot" "PXAT" "4102444800000"$/);
  assert.match(
    lines[1],
    /^2 \d{4}-\d\d-\d\dT\S+Z db0 SET "key:0" "v{128}"\.\.\.\(372 more bytes\)$/,
  );
  assert.match(lines[21], /^22 \S+ db0 FLUSHALL$/);
  const json = (await checkAof('--dump', '--json', dir)).stdout.trimEnd().split('\n');
  assert.deepEqual(JSON.parse(json[21]).args, ['FLUSHALL']);
});

test('an export is the commands as RESP', async (t) => {
  const { stdout, code } = await checkAof('--export-resp', await sampleData(t));
  assert.equal(code, SOUND);
  const first = '*5\r\n$3\r\nSET\r\n$6\r\nbefore\r\n$8\r\nsnapshot\r\n$4\r\nPXAT\r\n';
  assert.equal(stdout.slice(0, first.length), first);
  assert.match(stdout, /\*1\r\n\$8\r\nFLUSHALL\r\n$/);
});

test('--json is the same report for scripts', async (t) => {
  const dir = await sampleData(t);
  const sound = JSON.parse((await checkAof('--json', dir)).stdout);
  assert.equal(sound.verdict, 'sound');
  assert.equal(sound.lastSoundSeq, 22);
  damage(logFiles(dir)[0]);
  const corrupt = await checkAof('--json', dir);
  assert.equal(corrupt.code, CORRUPT);
  const report = JSON.parse(corrupt.stdout);
  assert.equal(report.verdict, 'corrupt');
  assert.ok(report.damage.offset > 0);
});

test('a directory that a server uses is left alone', async (t) => {
  const dir = await tempDir(t);
  const db = await open({ dir });
  for (const action of [[], ['--fix', '--yes'], ['--dump']]) {
    const end = await checkAof(...action, dir);
    assert.equal(end.code, LOCKED, end.stderr);
    assert.match(end.stdout + end.stderr, /in use by process/);
  }
  await db.close();
});

test('a lost MANIFEST is written anew from the files', async (t) => {
  const dir = await sampleData(t);
  fse.removeSync(join(dir, 'MANIFEST'));
  const check = await checkAof(dir);
  assert.equal(check.code, UNUSABLE);
  assert.match(check.stdout, /--rebuild-manifest/);
  const rebuilt = await checkAof('--rebuild-manifest', dir);
  assert.equal(rebuilt.code, SOUND, rebuilt.stderr);
  assert.equal((await checkAof(dir)).code, SOUND);
});

test('what is no log is said to be none', async (t) => {
  const dir = await tempDir(t);
  const cases: [name: string, content: string | null, pattern: RegExp][] = [
    ['empty', '', /is empty/],
    ['text', 'hello\n'.repeat(100), /is not a Reddis log/],
    ['folder', null, /no Reddis data/],
    ['missing', null, /does not exist/],
  ];
  for (const [name, content, pattern] of cases) {
    const path = join(dir, name);
    if (content !== null) writeFileSync(path, content);
    else if (name === 'folder') mkdirSync(path);
    const end = await checkAof(path);
    assert.equal(end.code, UNUSABLE, name);
    assert.match(end.stdout, pattern);
  }
  const [log] = logFiles(await sampleData(t));
  const cut = join(dir, 'cut.rlog');
  writeFileSync(cut, readFileSync(log).subarray(0, 40));
  const end = await checkAof(cut);
  assert.equal(end.code, UNUSABLE);
  assert.match(end.stdout, /truncated/);
});

test('wrong usage is one line and a code that means nothing was judged', async () => {
  const end = await checkAof('--frobnicate', 'x');
  assert.equal(end.code, UNUSABLE);
  assert.match(end.stderr, /^reddis-check-aof: there is no flag --frobnicate.*\n$/);
});
