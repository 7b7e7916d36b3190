// Config: typed reading, CONFIG GET's matching, CONFIG SET's atomicity and error texts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfText } from '../../engine/config/conf-file.js';
import { Config } from '../../engine/config/config.js';
import { DIRECTIVES, isMultipleDirective } from '../../engine/config/directives.js';

function get(config: Config, ...patterns: string[]): Record<string, string> {
  return Object.fromEntries(config.match(patterns));
}

function failed(name: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}

test('defaults are those of Redis, except port, bind, dir and appendonly', () => {
  const config = new Config();
  assert.equal(config.number('port'), 5000);
  assert.equal(config.text('bind'), '127.0.0.1 -::1');
  assert.equal(config.text('dir'), './data');
  assert.equal(config.flag('appendonly'), true);
  assert.equal(config.number('maxclients'), 10000);
  assert.equal(config.number('proto-max-bulk-len'), 512 * 1024 * 1024);
  assert.equal(config.text('save'), '3600 1 300 100 60 10000');
});

test('every directive can be set to the value it has, unless it may not change', () => {
  const config = new Config();
  for (const { name, immutable } of DIRECTIVES) {
    const expected = immutable === true ? failed(name, "can't set immutable config") : null;
    assert.equal(config.set([[name, config.text(name)]], true), expected, name);
  }
});

test('GET matches globs in any case and answers an exact name as it was sent', () => {
  const config = new Config();
  assert.deepEqual(get(config, 'LUA-time-LIMIT'), { 'LUA-time-LIMIT': '5000' });
  assert.deepEqual(get(config, '*-TIME-limit', 'busy-reply*'), {
    'lua-time-limit': '5000',
    'busy-reply-threshold': '5000',
  });
  assert.deepEqual(get(config, 'nothing'), {});
  assert.equal('key-load-delay' in get(config, '*'), false);
  assert.deepEqual(get(config, 'key-load-delay'), { 'key-load-delay': '0' });
});

test('SET reads each kind and answers in canonical form', () => {
  const config = new Config();
  const cases: [name: string, given: string, canonical: string][] = [
    ['maxmemory', '10mb', '10485760'],
    ['maxmemory-clients', '7%', '7%'],
    ['protected-mode', 'NO', 'no'],
    ['maxmemory-policy', 'AllKeys-LRU', 'allkeys-lru'],
    ['hz', '100000', '500'],
    ['hz', '0', '1'],
    ['notify-keyspace-events', 'KEA', 'AKE'],
    ['notify-keyspace-events', 'mnxgE', 'gxnEm'],
    [
      'client-output-buffer-limit',
      'replica 1mb 2kb 3',
      'normal 0 0 0 slave 1048576 2048 3 pubsub 33554432 8388608 60',
    ],
    ['latency-tracking-info-percentiles', '5.50 99.990', '5.5 99.99'],
    ['shutdown-on-sigint', 'force Save', 'save force'],
    ['save', '', ''],
    ['requirepass', 'a b', 'a b'],
  ];
  for (const [name, given, canonical] of cases) {
    assert.equal(config.set([[name, given]], false), null, name);
    assert.equal(config.text(name), canonical);
  }
  assert.equal(config.number('maxmemory-clients'), -7);
});

test('SET refuses with the texts of Redis', () => {
  const config = new Config();
  const cases: [name: string, value: string, reason: string][] = [
    ['maxclients', 'abc', "argument couldn't be parsed into an integer"],
    ['maxclients', '0', 'argument must be between 1 and 4294967295 inclusive'],
    ['maxmemory', '-1', 'argument must be a memory value'],
    ['maxmemory-clients', 'x', 'argument must be a memory or percent value'],
    ['maxmemory-clients', '101%', 'percentage argument must be less or equal to 100'],
    ['protected-mode', '1', "argument must be 'yes' or 'no'"],
    ['appendfsync', 'often', 'argument(s) must be one of the following: everysec, always, no'],
    ['oom-score-adj-values', '1 2', 'wrong number of arguments'],
    ['save', '60  1', 'Invalid save parameters'],
    ['save', '0 1', 'Invalid save parameters'],
    [
      'client-output-buffer-limit',
      'slave 1 2',
      'Wrong number of arguments in buffer limit configuration.',
    ],
    [
      'client-output-buffer-limit',
      'friend 1 2 3',
      'Invalid client class specified in buffer limit configuration.',
    ],
    [
      'client-output-buffer-limit',
      'replica 1mb 2 -3',
      'Error in hard, soft or soft_seconds setting in buffer limit configuration.',
    ],
    ['notify-keyspace-events', 'KQ', "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."],
    [
      'shutdown-on-sigint',
      'save nosave',
      "shutdown options SAVE and NOSAVE can't be used simultaneously",
    ],
    ['daemonize', 'no', "can't set immutable config"],
    ['dir', '/tmp', "can't set protected config"],
    ['appendonly', 'no', 'Reddis always keeps its log; it cannot be turned off'],
    ['tls-port', '1', 'Reddis has no TLS; put a TLS proxy in front of it'],
  ];
  for (const [name, value, reason] of cases) {
    assert.equal(config.set([[name, value]], false), failed(name, reason));
  }
  assert.equal(
    config.set([['nope', '1']], false),
    "ERR Unknown option or number of arguments for CONFIG SET - 'nope'",
  );
  assert.equal(
    config.set(
      [
        ['timeout', '1'],
        ['TIMEOUT', '2'],
      ],
      false,
    ),
    failed('TIMEOUT', 'duplicate parameter'),
  );
  assert.equal(config.number('timeout'), 0);
});

test('the directory of a running server is fixed, though its own name may be given again', () => {
  const config = new Config();
  const reason = 'the log cannot move while the server runs';
  assert.equal(config.set([['dir', '/tmp']], true), failed('dir', reason));
  assert.equal(config.set([['dir', './data']], true), null);
});

test('while loading, what cannot change answers LOADING', () => {
  const config = new Config();
  config.isLoading = true;
  assert.match(config.set([['dir', '/tmp']], true) ?? '', /^LOADING /);
  assert.equal(config.set([['loglevel', 'debug']], true), null);
});

test('a bad value among good ones changes nothing', () => {
  const config = new Config();
  assert.equal(config.set([['maxmemory', '10000002']], false), null);
  const error = config.set(
    [
      ['maxmemory', '10000001'],
      ['maxmemory-clients', '200%'],
      ['timeout', 'x'],
    ],
    false,
  );
  assert.equal(
    error,
    failed('maxmemory-clients', 'percentage argument must be less or equal to 100'),
  );
  assert.equal(config.number('maxmemory'), 10000002);
});

test('a listener that refuses has every value set back, and those before it hear so', () => {
  const config = new Config();
  const heard: string[] = [];
  config.onChange('maxmemory', (value) => {
    heard.push(value);
    return null;
  });
  config.onChange('port', (value) => (value === '1' ? 'Unable to listen on this port.' : null));
  const error = config.set(
    [
      ['maxmemory', '7'],
      ['port', '1'],
      ['timeout', '9'],
    ],
    false,
  );
  assert.equal(error, failed('port', 'Unable to listen on this port.'));
  assert.deepEqual(heard, ['7', '0']);
  assert.equal(config.number('port'), 5000);
  assert.equal(config.number('timeout'), 0);
});

test('a listener is not called for the value that is there', () => {
  const config = new Config();
  config.onChange('port', () => 'never');
  assert.equal(config.set([['port', '5000']], false), null);
});

test('a wrong kind or name is a mistake of the program', () => {
  const config = new Config();
  assert.throws(() => config.number('dir'), { name: 'AssertionError' });
  assert.throws(() => config.text('nope'), { name: 'AssertionError' });
});

test('lines load: save adds up, immutable ones are allowed, what does nothing is warned of', () => {
  const config = new Config();
  const text = [
    'save 900 1',
    'save 100 100',
    'databases 4',
    'appendonly no',
    'io-threads 4',
    'tcp-backlog 511',
    'rename-command FLUSHALL ""',
    'port x',
    'bogus 1',
    'list-max-ziplist-entries 5',
    'shutdown-on-sigint "nosave now"',
    'maxclients 1 2',
  ].join('\n');
  const parsed = parseConfText(text, 'r.conf', isMultipleDirective, null);
  const report = config.load(parsed.lines);
  assert.equal(config.text('save'), '900 1 100 100');
  assert.equal(config.number('databases'), 4);
  assert.equal(config.text('appendonly'), 'yes');
  assert.equal(config.text('shutdown-on-sigint'), 'nosave now');
  assert.deepEqual(
    report.mistakes.map(({ line, error }) => [line, error]),
    [
      [7, 'Reddis cannot rename commands, so none would be hidden as intended'],
      [8, "argument couldn't be parsed into an integer"],
      [9, 'Bad directive or wrong number of arguments'],
      [12, 'wrong number of arguments'],
    ],
  );
  assert.equal(report.warnings.length, 4);
  assert.match(report.warnings[1], /^appendonly no \(r\.conf:4\) has no effect/);
  assert.match(report.warnings[2], /^io-threads \(r\.conf:5\) is kept but has no effect here/);
});

test('REWRITE needs a file and says why a file cannot be written', () => {
  const config = new Config();
  assert.equal(config.rewrite(), 'ERR The server is running without a config file');
  let text = '# mine\ntimeout 3\n';
  config.file = {
    read: () => text,
    write: (next) => {
      text = next;
    },
  };
  config.set(
    [
      ['timeout', '4'],
      ['maxmemory', '100mb'],
    ],
    false,
  );
  assert.equal(config.rewrite(), null);
  assert.equal(text, '# mine\ntimeout 4\n# Generated by CONFIG REWRITE\nmaxmemory 100mb\n');
  config.file = {
    read: () => text,
    write: () => {
      throw new Error('disk full');
    },
  };
  assert.equal(config.rewrite(), 'ERR Rewriting config file: disk full');
});

test('a path is read as UTF-8 though texts are bytes', () => {
  const config = new Config();
  const name = Buffer.from('/dätä', 'utf8').toString('latin1');
  assert.equal(config.preset('dir', name), null);
  assert.equal(config.path('dir'), '/dätä');
});
