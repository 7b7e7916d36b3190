// redis-cli as operators use it: typed lines, bulk loading, walks over the keys, gauges.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestProcess } from '../support/child-process.js';
import { startDaemon } from '../support/daemon.js';
import { runTool, skipWithout, toolPath } from '../support/redis-tools.js';
import { encodeCommand, RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';

const skip = skipWithout('redis-cli');

interface Cli {
  readonly port: number;
  /** Runs redis-cli to its end. @returns its output; fails the test when it failed */
  readonly run: (args: readonly string[], input?: string | Buffer) => Promise<string>;
}

async function startCli(t: TestContext, args: readonly string[] = []): Promise<Cli> {
  const { port } = await startDaemon(t, { dir: await tempDir(t), args });
  const run = async (words: readonly string[], input: string | Buffer = ''): Promise<string> => {
    const end = await runTool('redis-cli', ['-p', String(port), ...words], input);
    assert.equal(end.code, 0, `${end.stdout}${end.stderr}`);
    return end.stdout;
  };
  return { port, run };
}

async function fill(port: number, commands: readonly (readonly string[])[]): Promise<void> {
  const connection = await RespConnection.open(port);
  await connection.exchange(commands);
  await connection.close();
}

for (const protocol of ['-2', '-3']) {
  test(`redis-cli ${protocol} shows what typed lines answer`, { skip }, async (t) => {
    const { run } = await startCli(t);
    const lines = [
      'SET greeting "hello \\x00\\xff world" EX 100',
      'GET greeting',
      'INCR greeting',
      'GET absent',
      'mget greeting absent',
      'SELECT 2',
      'DBSIZE',
      'NOSUCH thing',
      'LCS greeting absent LEN',
    ];
    const output = await run([protocol, '--no-raw'], `${lines.join('\n')}\n`);
    assert.deepEqual(output.trimEnd().split('\n'), [
      'OK',
      '"hello \\x00\\xff world"',
      '(error) ERR value is not an integer or out of range',
      '(nil)',
      '1) "hello \\x00\\xff world"',
      '2) (nil)',
      'OK',
      '(integer) 0',
      "(error) ERR unknown command 'NOSUCH', with args beginning with: 'thing' ",
      '(integer) 0',
    ]);
  });
}

test('redis-cli runs one command, repeats it, and reads its last argument', { skip }, async (t) => {
  const { run } = await startCli(t);
  assert.equal(await run(['-x', 'SET', 'bytes'], Buffer.from([0, 1, 254, 255])), 'OK\n');
  assert.equal(await run(['GET', 'bytes']), '\0\x01\xfe\xff\n');
  assert.equal(await run(['-r', '3', 'INCR', 'n']), '1\n2\n3\n');
  assert.equal(await run(['-n', '4', 'SET', 'k', 'v']), 'OK\n');
  assert.match(await run(['INFO', 'keyspace']), /db4:keys=1,/);
  assert.equal(await run(['--csv', 'MGET', 'n', 'absent']), '"3",NULL\n');
  assert.equal(
    await run(['--json', '-3', 'CONFIG', 'GET', 'maxclients']),
    '{"maxclients":"10000"}\n',
  );
  assert.match(await run(['COMMAND', 'DOCS', 'GET']), /summary/);
});

test('redis-cli is refused without the password and let in with it', { skip }, async (t) => {
  const { run, port } = await startCli(t, ['--requirepass', 'secret']);
  const refused = await runTool('redis-cli', ['-p', String(port), 'GET', 'k']);
  assert.match(refused.stdout, /^NOAUTH Authentication required\./);
  assert.equal(await run(['-a', 'secret', '--no-auth-warning', 'SET', 'k', 'v']), 'OK\n');
  assert.match(await run(['--user', 'default', '--pass', 'secret', 'GET', 'k']), /v\n$/);
});

test('redis-cli --pipe loads many commands and counts errors', { skip }, async (t) => {
  const { run } = await startCli(t);
  const commands = Array.from({ length: 20_000 }, (_, i) => [
    'SET',
    `key:${i}`,
    'v'.repeat(i % 90),
  ]);
  const input = Buffer.concat([...commands, ['INCR', 'key:7']].map(encodeCommand));
  const end = await runTool('redis-cli', ['-p', String((await startCli(t)).port), '--pipe'], input);
  assert.match(end.stdout, /errors: 1, replies: 20001/);
  assert.match(await run(['--pipe'], Buffer.concat(commands.map(encodeCommand))), /errors: 0/);
  assert.equal(await run(['DBSIZE']), '20000\n');
});

test('redis-cli --scan lists each key, with and without a pattern', { skip }, async (t) => {
  const { run, port } = await startCli(t);
  const names = Array.from({ length: 500 }, (_, i) => `user:${i}`);
  await fill(
    port,
    [...names, 'other'].map((name) => ['SET', name, 'x']),
  );
  const listed = (await run(['--scan', '--pattern', 'user:*'])).trim().split('\n');
  assert.deepEqual([...new Set(listed)].sort(), [...names].sort());
  assert.equal((await run(['--scan'])).trim().split('\n').length, 501);
});

test('redis-cli --bigkeys and --memkeys find the largest string', { skip }, async (t) => {
  const { run, port } = await startCli(t);
  const small = Array.from({ length: 200 }, (_, i) => ['SET', `small:${i}`, 'x']);
  await fill(port, [...small, ['SET', 'large', 'y'.repeat(100_000)]]);
  const big = await run(['--bigkeys']);
  assert.match(big, /Sampled 201 keys in the keyspace/);
  assert.match(big, /Biggest string found '"large"' has 100000 bytes/);
  const memory = await run(['--memkeys']);
  assert.match(memory, /Sampled 201 keys in the keyspace/);
  assert.match(memory, /Biggest string found '"large"' has 1\d{5} bytes/);
});

test('redis-cli --latency samples round trips', { skip }, async (t) => {
  const { run } = await startCli(t);
  const [min, max, average, samples] = (await run(['--latency', '-i', '0.3'])).trim().split(' ');
  assert.ok(Number(min) <= Number(average) && Number(average) <= Number(max));
  assert.ok(Number(samples) > 5, `${samples} samples`);
});

test('redis-cli --stat shows keys, memory, clients and requests', { skip }, async (t) => {
  const { port } = await startCli(t);
  await fill(port, [['SET', 'k', 'v']]);
  const args = ['-p', String(port), '--stat', '-i', '0.05'];
  const child = new TestProcess(t, toolPath('redis-cli'), args);
  const [line] = await child.line(/^1 +\S+ +\d+ +\d+ +\d+ \(\+\d+\) +\d+/);
  assert.match(line, /^1 +\d+(\.\d+)?[BKMG] /);
  await child.kill('SIGINT');
});
