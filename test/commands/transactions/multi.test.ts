// MULTI, EXEC and DISCARD: queueing, refusals, what EXEC answers.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, WRONGTYPE } from '../command-test.js';

const EXECABORT = '(error) EXECABORT Transaction discarded because of previous errors.';

commandTest('queued commands run at EXEC, in order, and answer together', (ask) => {
  equal(ask('MULTI'), 'OK');
  equal(ask('SET', 'a', '1'), 'QUEUED');
  equal(ask('INCR', 'a'), 'QUEUED');
  equal(ask('GET', 'a'), 'QUEUED');
  deepEqual(ask('EXEC'), ['OK', 2, '2']);
  equal(ask('GET', 'a'), '2');
  equal(ask('EXEC'), '(error) ERR EXEC without MULTI');
});

commandTest('an empty transaction answers an empty array', (ask) => {
  ask('MULTI');
  deepEqual(ask('EXEC'), []);
});

commandTest('an error inside EXEC stops nothing', (ask) => {
  ask('SET', 'text', 'v');
  ask('MULTI');
  ask('SET', 'a', '1');
  ask('LPUSH', 'text', 'x');
  ask('INCRBY', 'a', 'foo');
  ask('SET', 'b', '2');
  deepEqual(ask('EXEC'), [
    'OK',
    WRONGTYPE,
    '(error) ERR value is not an integer or out of range',
    'OK',
  ]);
  deepEqual(ask('MGET', 'a', 'b'), ['1', '2']);
});

const UNQUEUEABLE: readonly (readonly [words: string[], error: string])[] = [
  [['FOO', 'x'], "(error) ERR unknown command 'FOO', with args beginning with: 'x' "],
  [['GET'], "(error) ERR wrong number of arguments for 'get' command"],
  [['CLIENT', 'FOO'], "(error) ERR unknown subcommand 'FOO'. Try CLIENT HELP."],
  [['SAVE'], '(error) ERR Command not allowed inside a transaction'],
  [['SHUTDOWN'], '(error) ERR Command not allowed inside a transaction'],
  [['MULTI'], '(error) ERR MULTI calls can not be nested'],
  [['WATCH', 'a'], '(error) ERR WATCH inside MULTI is not allowed'],
];

for (const [words, error] of UNQUEUEABLE) {
  commandTest(`${words.join(' ')} cannot be queued, and EXEC then runs nothing`, (ask) => {
    ask('MULTI');
    ask('SET', 'a', '1');
    equal(ask(...words), error);
    equal(ask('SET', 'b', '2'), 'QUEUED');
    equal(ask('EXEC'), EXECABORT);
    equal(ask('EXISTS', 'a', 'b'), 0);
    ask('MULTI');
    ask('SET', 'a', '3');
    deepEqual(ask('EXEC'), ['OK']);
  });
}

commandTest('a wrong EXEC ends the transaction, too', (ask) => {
  ask('MULTI');
  ask('SET', 'a', '1');
  const error = "wrong number of arguments for 'exec' command";
  equal(ask('EXEC', 'x'), `(error) EXECABORT Transaction discarded because of: ${error}`);
  equal(ask('EXEC'), '(error) ERR EXEC without MULTI');
  equal(ask('EXISTS', 'a'), 0);
});

commandTest('DISCARD forgets the queue', (ask) => {
  equal(ask('DISCARD'), '(error) ERR DISCARD without MULTI');
  ask('MULTI');
  ask('SET', 'a', '1');
  equal(ask('DISCARD'), 'OK');
  equal(ask('EXISTS', 'a'), 0);
  equal(ask('EXEC'), '(error) ERR EXEC without MULTI');
});

commandTest('RESET ends a transaction at once', (ask) => {
  ask('MULTI');
  ask('SET', 'a', '1');
  equal(ask('RESET'), 'RESET');
  equal(ask('EXEC'), '(error) ERR EXEC without MULTI');
});

commandTest('SELECT inside EXEC holds for what follows', (ask) => {
  ask('MULTI');
  ask('SET', 'a', '0');
  ask('SELECT', '3');
  ask('SET', 'a', '3');
  deepEqual(ask('EXEC'), ['OK', 'OK', 'OK']);
  equal(ask('GET', 'a'), '3');
  ask('SELECT', '0');
  equal(ask('GET', 'a'), '0');
});

commandTest('all commands of one EXEC share a time', (ask, { clock }) => {
  ask('MULTI');
  ask('SET', 'a', '1', 'PX', '100');
  ask('PTTL', 'a');
  clock.advance(50);
  deepEqual(ask('EXEC'), ['OK', 100]);
  equal(ask('PTTL', 'a'), 100);
  clock.advance(100);
  equal(ask('EXISTS', 'a'), 0);
});

commandTest('effects of commands are logged as outside EXEC', (ask, commands) => {
  ask('SADD', 's', 'only');
  commands.takeLog();
  ask('MULTI');
  ask('SET', 'a', '1', 'PX', '100');
  ask('GET', 'a');
  ask('INCRBYFLOAT', 'f', '0.5');
  ask('SPOP', 's');
  ask('EXEC');
  const at = commands.clock.now() + 100;
  deepEqual(commands.takeLog(), [
    [0, 'SET', 'a', '1', 'PXAT', String(at)],
    [0, 'SET', 'f', '0.5', 'KEEPTTL'],
    [0, 'DEL', 's'],
  ]);
});

commandTest('queued arguments are kept byte by byte, whatever their length and number', (ask) => {
  const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => i & 255));
  const long = Buffer.alloc(3 * 1024 * 1024, 'x');
  ask('MULTI');
  ask('SET', bytes, bytes);
  ask('SET', 'long', long);
  ask('SET', '', '');
  ask('MSET', ...Array.from({ length: 400 }, (_, i) => `key${i}`));
  deepEqual(ask('EXEC'), ['OK', 'OK', 'OK', 'OK']);
  equal(ask('GET', bytes), bytes.toString('latin1'));
  equal(ask('GET', 'long'), long.toString('latin1'));
  equal(ask('GET', ''), '');
  equal(ask('GET', 'key398'), 'key399');
});
