// The daemon as its operators see it: start, log lines, signals, exit codes, and what it says when
// it cannot start.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TestProcess } from '../support/child-process.js';
import { spawnDaemon, startDaemon, type TestDaemon } from '../support/daemon.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';
import { run } from './program.js';

const DAEMON = fileURLToPath(new URL('../../cli/reddis.js', import.meta.url));

/** Starts a daemon that must not start. @returns its one line of complaint */
async function complaint(args: readonly string[], input = ''): Promise<string> {
  const { code, stderr } = await run('reddis', args, input);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^reddis: [^\n]+\n$/, 'one line');
  return stderr;
}

/** @returns the reply to one command */
async function ask({ port }: TestDaemon, ...words: string[]): Promise<string> {
  const connection = await RespConnection.open(port);
  try {
    return (await connection.call(...words)).toString('latin1');
  } finally {
    await connection.close();
  }
}

async function stop(daemon: TestDaemon): Promise<void> {
  const end = await daemon.stop();
  assert.deepEqual(end, { code: 0, signal: null }, daemon.process.output);
}

/** Flips one bit of the last data file of a directory. */
function damage(dir: string): string {
  const name = readdirSync(dir)
    .filter((file) => file.endsWith('.rlog'))
    .at(-1);
  assert.ok(name !== undefined);
  const path = join(dir, name);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(path, bytes);
  return name;
}

test('a write survives a stop by signal, and the exit code is 0', async (t) => {
  const dir = await tempDir(t);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const daemon = await startDaemon(t, { dir });
    assert.equal(await ask(daemon, 'SET', signal, 'kept'), '+OK\r\n');
    assert.equal((await daemon.process.kill(signal)).code, 0);
    assert.match(daemon.process.output, new RegExp(`Received ${signal}`));
    assert.match(daemon.process.output, /ready to exit, bye bye/);
  }
  const again = await startDaemon(t, { dir });
  assert.equal(await ask(again, 'GET', 'SIGTERM'), '$4\r\nkept\r\n');
  assert.equal(await ask(again, 'GET', 'SIGINT'), '$4\r\nkept\r\n');
});

test('an acknowledged write survives kill -9, and the lock it leaves needs nobody', async (t) => {
  const dir = await tempDir(t);
  const daemon = await startDaemon(t, { dir });
  assert.equal(await ask(daemon, 'SET', 'k', 'kept'), '+OK\r\n');
  await daemon.kill();
  const again = await startDaemon(t, { dir });
  assert.equal(await ask(again, 'GET', 'k'), '$4\r\nkept\r\n');
});

test('every line of the log has the format of Redis', async (t) => {
  const daemon = await startDaemon(t, { dir: await tempDir(t) });
  await stop(daemon);
  const format = /^\d+:M \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} [.\-*#] \S/;
  const others = daemon.process.lines.filter((line) => !format.test(line));
  assert.deepEqual(others, [`port ${daemon.port}`]);
});

test('a signal while loading is honoured', async (t) => {
  const child = spawnDaemon(t, { dir: await tempDir(t) });
  await child.line(/Listening on/);
  assert.equal((await child.kill('SIGTERM')).code, 0);
});

test('SIGHUP changes nothing', async (t) => {
  const daemon = await startDaemon(t, { dir: await tempDir(t) });
  assert.ok(daemon.process.pid !== undefined);
  process.kill(daemon.process.pid, 'SIGHUP');
  assert.equal(await ask(daemon, 'PING'), '+PONG\r\n');
  await stop(daemon);
});

test('after a bug, what was accepted is kept, and the exit code is 1', async (t) => {
  const dir = await tempDir(t);
  // A bug on demand: the signal makes something throw that nobody catches.
  const bug = "process.on('SIGUSR2', () => { throw new Error('a bug'); })";
  const words = ['--import', `data:text/javascript,${bug}`, DAEMON, '--port', '0', '--dir', dir];
  const child = new TestProcess(t, process.execPath, words);
  const [, port] = await child.line(/^port (\d+)$/);
  await child.line(/Ready to accept connections/);
  const connection = await RespConnection.open(Number(port));
  await connection.call('SET', 'k', 'kept');
  assert.equal((await child.kill('SIGUSR2')).code, 1);
  assert.match(child.output, /BUG REPORT START[\s\S]*Error: a bug[\s\S]*BUG REPORT END/);
  assert.match(child.output, /accepted is flushed/);
  const again = await startDaemon(t, { dir });
  assert.equal(await ask(again, 'GET', 'k'), '$4\r\nkept\r\n');
});

test('SHUTDOWN ends the daemon in good order', async (t) => {
  const daemon = await startDaemon(t, { dir: await tempDir(t) });
  const connection = await RespConnection.open(daemon.port);
  const refused = connection.call('SHUTDOWN').then(
    () => 'answered',
    () => 'closed',
  );
  assert.equal(await refused, 'closed');
  assert.deepEqual(await daemon.process.ended, { code: 0, signal: null });
  assert.match(daemon.process.output, /User requested shutdown/);
});

test('CONFIG REWRITE keeps what was set, in the file the daemon was started with', async (t) => {
  const dir = await tempDir(t);
  const path = join(dir, 'reddis.conf');
  writeFileSync(path, '# mine\nport 0\n');
  const child = new TestProcess(t, process.execPath, [DAEMON, path, '--dir', dir]);
  const [, port] = await child.line(/^port (\d+)$/);
  await child.line(/Ready to accept connections/);
  const connection = await RespConnection.open(Number(port));
  await connection.call('CONFIG', 'SET', 'maxclients', '77');
  assert.equal((await connection.call('CONFIG', 'REWRITE')).toString(), '+OK\r\n');
  assert.match(readFileSync(path, 'latin1'), /^# mine\nport 0\n[\s\S]*^maxclients 77$/m);
  await connection.close();
});

test('a port in use is named, with what to do', async (t) => {
  const { port } = await startDaemon(t, { dir: await tempDir(t) });
  const said = await complaint(['--port', String(port), '--dir', await tempDir(t)]);
  assert.match(said, new RegExp(`127\\.0\\.0\\.1:${port}: .*choose another --port`));
});

test('a directory has one owner; the second daemon names the first', async (t) => {
  const dir = await tempDir(t);
  const first = await startDaemon(t, { dir });
  const said = await complaint(['--port', '0', '--dir', dir]);
  assert.match(said, new RegExp(`in use by process ${first.process.pid} .*another --dir`));
  assert.equal(await ask(first, 'SET', 'k', 'v'), '+OK\r\n');
});

test('a directory that is a file is named, with what to do', async (t) => {
  const file = join(await tempDir(t), 'file');
  writeFileSync(file, '');
  for (const dir of [file, join(file, 'below')]) {
    assert.match(await complaint(['--port', '0', '--dir', dir]), /file.*another --dir/);
  }
});

test('a corrupt log is refused, with file, byte and the command that salvages', async (t) => {
  const dir = await tempDir(t);
  const daemon = await startDaemon(t, { dir });
  await ask(daemon, 'SET', 'k', 'v'.repeat(1000));
  await stop(daemon);
  const name = damage(dir);
  const before = readdirSync(dir);
  const said = await complaint(['--port', '0', '--dir', dir]);
  assert.match(said, new RegExp(`${name} is damaged at byte \\d+: .*reddis-check-aof --salvage`));
  assert.deepEqual(readdirSync(dir), before, 'nothing is touched');
});

test('unknown directives and bad values are one line that names them', async () => {
  const refused = [
    [['--foo', '1'], /--foo 1: Bad directive/],
    [['--port', 'abc'], /--port abc: /],
    [['--appendfsync', 'sometimes'], /--appendfsync sometimes: .*everysec, always, no/],
    [['--port'], /--port needs a value/],
    [['--daemonize', 'yes'], /--daemonize yes: .*foreground/],
    [['--listenAddress', 'x'], /--listenAddress x: .*host:port/],
    [['no-such-file.conf'], /no-such-file\.conf/],
    [['--bind', '192.0.2.1', '--port', '0'], /192\.0\.2\.1.*correct --bind/],
  ] as const;
  for (const [args, pattern] of refused) assert.match(await complaint(args), pattern);
});

test('a mistake in a file or on standard input is named with its line', async (t) => {
  const path = join(await tempDir(t), 'bad.conf');
  writeFileSync(path, '# comment\nport 0\nmaxclients lots\n');
  assert.match(await complaint([path]), /bad\.conf:3: maxclients lots: /);
  assert.match(await complaint(['-'], 'port 0\nfoo\n'), /standard input:2: foo: /);
});

test('of file, standard input and arguments, the later wins', async (t) => {
  const dir = await tempDir(t);
  writeFileSync(join(dir, 'extra.inc'), 'requirepass right\n');
  const path = join(dir, 'reddis.conf');
  writeFileSync(path, `requirepass wrong\ninclude ${dir}/*.inc\nmaxclients 5\nport 1\n`);
  const args = [path, '--port', '0', '--dir', dir];
  const child = new TestProcess(t, process.execPath, [DAEMON, ...args]);
  await child.line(/Configuration loaded from .*reddis\.conf/);
  const [, port] = await child.line(/^port (\d+)$/);
  await child.line(/Ready to accept connections/);
  const check = ['--healthcheck', path, '--port', port];
  assert.equal((await run('reddis', check)).code, 0);
  const wrong = await run('reddis', [...check, '-'], 'requirepass other\n');
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^reddis: not healthy: -/);
  const over = [...check, '--requirepass', 'right', '-'];
  assert.equal((await run('reddis', over, 'requirepass other\n')).code, 0);
});

test('directives without a meaning here are accepted with a warning', async (t) => {
  const args = ['--save', '900', '1', '--appendonly', 'no'];
  const daemon = await startDaemon(t, { dir: await tempDir(t), args });
  assert.match(daemon.process.output, / # save .*no effect here/);
  assert.match(daemon.process.output, / # appendonly no .*no effect/);
});

test('the pidfile is there while the daemon runs', async (t) => {
  const dir = await tempDir(t);
  const path = join(dir, 'reddis.pid');
  const daemon = await startDaemon(t, { dir, args: ['--pidfile', path] });
  assert.equal(readFileSync(path, 'latin1'), `${daemon.process.pid}\n`);
  await stop(daemon);
  assert.equal(existsSync(path), false);
});

test('with a logfile, standard output stays quiet', async (t) => {
  const dir = await tempDir(t);
  const logfile = join(dir, 'log');
  const child = spawnDaemon(t, { dir, args: ['--logfile', logfile] });
  const [said, port] = await child.line(/^port (\d+)$/);
  const check = ['--healthcheck', '--port', port];
  while ((await run('reddis', check)).code !== 0);
  assert.equal((await child.kill('SIGTERM')).code, 0);
  assert.deepEqual(child.lines, [said]);
  assert.match(readFileSync(logfile, 'latin1'), / # Received SIGTERM/);
});

test('a Unix socket has its mode, survives a killed predecessor, and needs no port', async (t) => {
  const dir = await tempDir(t);
  const socket = join(dir, 's');
  const args = ['--unixsocket', socket, '--unixsocketperm', '700'];
  const first = spawnDaemon(t, { dir, args });
  await first.line(/Ready to accept/);
  assert.equal(statSync(socket).mode & 0o777, 0o700);
  assert.doesNotMatch(first.output, /^port/m);
  await first.kill('SIGKILL');
  const second = spawnDaemon(t, { dir, args });
  await second.line(/Ready to accept/);
  assert.equal((await second.kill('SIGTERM')).code, 0);
  assert.equal(existsSync(socket), false);
});

test('systemd is told when the daemon serves and when it stops', async (t) => {
  const dir = await tempDir(t);
  const told = join(dir, 'told');
  const tool = `#!/bin/sh\necho "$@" >> ${told}\n`;
  writeFileSync(join(dir, 'systemd-notify'), tool, { mode: 0o755 });
  const words = [
    `PATH=${dir}:${process.env.PATH}`,
    'NOTIFY_SOCKET=/none',
    process.execPath,
    DAEMON,
  ];
  const flags = ['--supervised', 'systemd', '--port', '0', '--dir', dir];
  const child = new TestProcess(t, 'env', [...words, ...flags]);
  await child.line(/Ready to accept connections/);
  assert.equal((await child.kill('SIGTERM')).code, 0);
  while (!existsSync(told) || !/STOPPING=1/.test(readFileSync(told, 'latin1'))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.match(readFileSync(told, 'latin1'), /READY=1/);
});

test('version and help are printed, and nothing is started', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const told = await run('reddis', ['--version']);
  assert.equal(told.code, 0);
  assert.match(told.stdout, new RegExp(`^Reddis server v=${version} `));
  const help = await run('reddis', ['--help']);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^Usage: reddis /);
});
