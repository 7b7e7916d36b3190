// Fields as numbers.
// Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER } from '../command-test.js';

const NOT_FLOAT = '(error) ERR value is not a valid float';
const OVERFLOW = '(error) ERR increment or decrement would overflow';

commandTest('HINCRBY adds to integers, exactly, and to nothing as to 0', (ask) => {
  equal(ask('HINCRBY', 'h', 'n', 5), 5);
  equal(ask('HINCRBY', 'h', 'n', -7), -2);
  equal(ask('HINCRBY', 'h', 'm', 0), 0);
  ask('HSET', 'h', 'n', '9007199254740993');
  equal(ask('HINCRBY', 'h', 'n', '2'), 9007199254740995n);
  ask('HSET', 'h', 'n', '9223372036854775806');
  equal(ask('HINCRBY', 'h', 'n', 1), 9223372036854775807n);
  equal(ask('HINCRBY', 'h', 'n', 1), OVERFLOW);
  equal(ask('HGET', 'h', 'n'), '9223372036854775807');
  ask('HSET', 'h', 'n', '-9223372036854775808');
  equal(ask('HINCRBY', 'h', 'n', -1), OVERFLOW);
  equal(ask('HINCRBY', 'h', 'n', '9223372036854775807'), -1);
});

commandTest('HINCRBY works in a large hash too', (ask) => {
  ask('HSET', 'h', 'long', 'x'.repeat(100));
  equal(ask('HINCRBY', 'h', 'n', 999), 999);
  equal(ask('HINCRBY', 'h', 'n', 1), 1000);
  equal(ask('HINCRBYFLOAT', 'h', 'n', '0.5'), '1000.5');
  equal(ask('OBJECT', 'ENCODING', 'h'), 'hashtable');
});

commandTest('What is no number is refused, and nothing is made', (ask, commands) => {
  equal(ask('HINCRBY', 'h', 'n', 'abc'), NOT_INTEGER);
  equal(ask('HINCRBY', 'h', 'n', '1.5'), NOT_INTEGER);
  equal(ask('HINCRBYFLOAT', 'h', 'n', 'abc'), NOT_FLOAT);
  equal(ask('HINCRBYFLOAT', 'h', 'n', 'inf'), '(error) ERR value is NaN or Infinity');
  equal(ask('HINCRBYFLOAT', 'h', 'n', 'nan'), NOT_FLOAT);
  equal(ask('EXISTS', 'h'), 0);
  ask('HSET', 'h', 's', 'str', 'f', '1.5', 'space', ' 1');
  commands.takeLog();
  equal(ask('HINCRBY', 'h', 's', 1), '(error) ERR hash value is not an integer');
  equal(ask('HINCRBY', 'h', 'f', 1), '(error) ERR hash value is not an integer');
  equal(ask('HINCRBYFLOAT', 'h', 's', 1), '(error) ERR hash value is not a float');
  equal(ask('HINCRBYFLOAT', 'h', 'space', 1), '(error) ERR hash value is not a float');
  deepEqual(commands.takeLog(), []);
});

commandTest('HINCRBYFLOAT is logged with the text it answered', (ask, commands) => {
  equal(ask('HINCRBYFLOAT', 'h', 'f', '10.5'), '10.5');
  equal(ask('HINCRBYFLOAT', 'h', 'f', '0.1'), '10.6');
  equal(ask('HINCRBYFLOAT', 'h', 'f', '-5'), '5.6');
  equal(ask('HINCRBYFLOAT', 'h', 'f', '5.0e3'), '5005.60000000000000009');
  deepEqual(commands.takeLog().at(-1), [0, 'HSET', 'h', 'f', '5005.60000000000000009']);
  ask('HSET', 'h', 'f', '1e4000');
  equal(ask('HINCRBYFLOAT', 'h', 'f', '-1e4000'), '0');
});

commandTest('A field that is counted keeps its deadline', (ask, commands) => {
  ask('HSET', 'h', 'n', '1', 'f', '1');
  ask('HEXPIRE', 'h', 100, 'FIELDS', 2, 'n', 'f');
  commands.takeLog();
  equal(ask('HINCRBY', 'h', 'n', 1), 2);
  equal(ask('HINCRBY', 'h', 'n', 100), 102);
  equal(ask('HINCRBYFLOAT', 'h', 'f', '1.25'), '2.25');
  deepEqual(ask('HTTL', 'h', 'FIELDS', 2, 'n', 'f'), [100, 100]);
  deepEqual(commands.takeLog().at(-1), [0, 'HSETEX', 'h', 'KEEPTTL', 'FIELDS', '1', 'f', '2.25']);
});

commandTest(
  'A field whose deadline has passed counts from 0, without a deadline',
  (ask, commands) => {
    commands.engine.keyspace.expiresActively = false;
    ask('HSET', 'h', 'n', '5');
    ask('HPEXPIRE', 'h', 10, 'FIELDS', 1, 'n');
    commands.clock.advance(10);
    commands.takeLog();
    equal(ask('HINCRBY', 'h', 'n', 1), 1);
    deepEqual(ask('HTTL', 'h', 'FIELDS', 1, 'n'), [-1]);
    deepEqual(commands.takeLog(), [
      [0, 'HDEL', 'h', 'n'],
      [0, 'HINCRBY', 'h', 'n', '1'],
    ]);
  },
);
