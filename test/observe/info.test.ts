// INFO: which sections a request prints, how lines look, what RESETSTAT resets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Config } from '../../engine/config/config.js';
import { Keyspace } from '../../engine/keyspace/keyspace.js';
import { putString } from '../../engine/keyspace/strings.js';
import { Info } from '../../engine/observe/info.js';
import {
  type InfoSources,
  NO_LISTENER,
  type PersistenceSource,
  UNKNOWN_PROCESS,
} from '../../engine/observe/info-sources.js';
import { humanBytes } from '../../engine/observe/info-values.js';
import { SampledRate, ServerStatistics } from '../../engine/observe/server-statistics.js';
import { Args } from '../../engine/util/args.js';
import { EngineClock } from '../../engine/util/engine-clock.js';
import { SeededRandom } from '../../engine/util/random.js';

const FIXED_CLOCK = {
  now: () => 50_000,
  nowUs: () => 50_000_000,
  monotonicMs: () => 3_500,
  alarm: () => () => {},
};

const NO_LOG: PersistenceSource = {
  isEnabled: false,
  loading: null,
  compaction: {
    isRunning: false,
    isScheduled: false,
    lastSeconds: -1,
    currentSeconds: -1,
    isLastOk: true,
    finished: 0,
    consecutiveFailures: 0,
  },
  lastSaveSeconds: 1,
  changesSinceSave: 2,
  isLastWriteOk: true,
  currentSizeBytes: 0,
  baseSizeBytes: 0,
  bufferedBytes: 0,
  pendingSyncs: 0,
  delayedSyncs: 0,
  details: () => [],
  resetStatistics: () => {},
};

function makeInfo(changes: Partial<InfoSources> = {}): Info {
  const random = new SeededRandom(1);
  return new Info({
    clock: new EngineClock(FIXED_CLOCK),
    config: new Config(),
    keyspace: new Keyspace({ databases: 16, seed: { k0: 1, k1: 2 }, random, now: 50_000 }),
    commands: { lookup: () => null, byName: () => null, all: () => [] },
    statistics: new ServerStatistics(),
    executor: { commandsProcessed: 0 },
    identity: {
      version: '9.9.9',
      runId: 'a'.repeat(40),
      replicationId: 'b'.repeat(40),
      startedAtMs: 500,
    },
    blocking: { timeoutCount: 0, keyWaiters: { keyCount: 0 } },
    transactions: { watchedKeys: { watcherCount: 0, keyCount: 0 } },
    persistence: NO_LOG,
    listener: NO_LISTENER,
    process: UNKNOWN_PROCESS,
    ...changes,
  });
}

function titles(text: string): string[] {
  return [...text.matchAll(/^# (.*)\r$/gm)].map((match) => match[1]);
}

function fields(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^(\w+):(.*)\r$/gm)].map((match) => [match[1], match[2]]));
}

const DEFAULT =
  'Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster Keyspace';

test('without arguments the default sections are printed, in the order of Redis', () => {
  assert.equal(titles(makeInfo().render([])).join(' '), DEFAULT);
  assert.equal(titles(makeInfo().render(['default'])).join(' '), DEFAULT);
});

test('all and everything add command statistics', () => {
  const expected = DEFAULT.replace('Errorstats', 'Commandstats Errorstats Latencystats');
  assert.equal(titles(makeInfo().render(['all'])).join(' '), expected);
  assert.equal(titles(makeInfo().render(['everything', 'server'])).join(' '), expected);
});

test('named sections are printed once, unknown ones not at all', () => {
  const info = makeInfo();
  assert.deepEqual(titles(info.render(['keyspace', 'server', 'nope', 'server'])), [
    'Server',
    'Keyspace',
  ]);
  assert.equal(info.render(['nope']), '');
  assert.equal(titles(info.render(['commandstats', 'default'])).length, 12);
});

test('sections are separated by one empty line and end in one line break', () => {
  const text = makeInfo().render(['cluster', 'keyspace']);
  assert.equal(text, '# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\n');
});

test('what clients look for is there, and unknown facts are left out', () => {
  const found = fields(makeInfo().render([]));
  assert.match(found.get('redis_version') ?? '', /^7\.2\.\d+$/);
  assert.equal(found.get('reddis_version'), '9.9.9');
  assert.equal(found.get('redis_mode'), 'standalone');
  assert.equal(found.get('uptime_in_seconds'), '3');
  assert.equal(found.get('role'), 'master');
  assert.equal(found.get('maxmemory_policy'), 'noeviction');
  assert.equal(found.get('loading'), '0');
  assert.equal(found.has('process_id'), false);
  assert.equal(found.has('aof_current_size'), false);
});

test('a load under way says how far it is', () => {
  const loading = { startSeconds: 40, totalBytes: 300, loadedBytes: 100 };
  const info = makeInfo({ persistence: { ...NO_LOG, isEnabled: true, loading } });
  const found = fields(info.render(['persistence']));
  assert.equal(found.get('loading'), '1');
  assert.equal(found.get('loading_loaded_perc'), '33.33');
  assert.equal(found.get('loading_eta_seconds'), '20');
  assert.equal(found.get('aof_enabled'), '1');
});

test('keyspace lists databases that hold keys', () => {
  const info = makeInfo();
  const { keyspace } = info.sources;
  const args = new Args();
  args.assign([Buffer.from('SET'), Buffer.from('k'), Buffer.from('v')]);
  const db = keyspace.databases[3];
  const ref = putString(db, db.lookupWrite(args, 1), args, 1, 2, false);
  db.setDeadline(ref, 51_500);
  const text = info.render(['keyspace']);
  assert.equal(text, '# Keyspace\r\ndb3:keys=1,expires=1,avg_ttl=1500\r\n');
});

test('errors are counted by code and RESETSTAT forgets them', () => {
  const info = makeInfo();
  const { statistics, executor, keyspace } = info.sources;
  statistics.countError('ERR');
  statistics.countError('WRONGTYPE');
  statistics.countError('ERR');
  executor.commandsProcessed = 7;
  keyspace.keyspaceHits = 5;
  assert.equal(
    info.render(['errorstats']),
    '# Errorstats\r\nerrorstat_ERR:count=2\r\nerrorstat_WRONGTYPE:count=1\r\n',
  );
  assert.equal(fields(info.render(['stats'])).get('total_error_replies'), '3');
  info.resetStatistics();
  const found = fields(info.render(['all']));
  assert.equal(found.get('total_commands_processed'), '0');
  assert.equal(found.get('keyspace_hits'), '0');
  assert.equal(info.render(['errorstats']), '# Errorstats\r\n');
});

test('a rate is the average of its last samples', () => {
  const rate = new SampledRate();
  rate.sample(0, 0);
  for (let i = 1; i <= 16; i++) rate.sample(i * 50, i * 100);
  assert.equal(rate.perSecond, 500);
  rate.sample(0, 1700);
  assert.equal(rate.perSecond, (500 * 15) / 16);
});

test('sizes are printed as Redis prints them', () => {
  assert.equal(humanBytes(200), '200B');
  assert.equal(humanBytes(1013280), '989.53K');
  assert.equal(humanBytes(25276502016), '23.54G');
});
