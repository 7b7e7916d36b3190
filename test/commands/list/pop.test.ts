// LPOP, RPOP and LMPOP: order, counts, shapes of nothing, and where a list is packed again.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, SYNTAX, WRONGTYPE } from '../command-test.js';

const NOT_POSITIVE = '(error) ERR value is out of range, must be positive';
const NUMKEYS = '(error) ERR numkeys should be greater than 0';
const COUNT = '(error) ERR count should be greater than 0';

commandTest('LPOP and RPOP take one element, or several from the end inwards', (ask) => {
  ask('RPUSH', 'k', 'a', 'b', 'c', 'd', 'e', 'f');
  equal(ask('LPOP', 'k'), 'a');
  equal(ask('RPOP', 'k'), 'f');
  deepEqual(ask('LPOP', 'k', 2), ['b', 'c']);
  deepEqual(ask('RPOP', 'k', 9), ['e', 'd']);
  equal(ask('EXISTS', 'k'), 0);
});

commandTest('Popping nothing has three shapes', (ask, commands) => {
  equal(ask('LPOP', 'k'), null);
  equal(ask('LPOP', 'k', 1), null);
  equal(ask('LPOP', 'k', 0), null);
  ask('RPUSH', 'k', 'a');
  commands.takeLog();
  deepEqual(ask('LPOP', 'k', 0), []);
  deepEqual(ask('RPOP', 'k', 0), []);
  equal(commands.takeLog().length, 0);
  equal(ask('LLEN', 'k'), 1);
});

commandTest('Pops check their arguments before the key', (ask) => {
  ask('SET', 's', 'x');
  equal(ask('LPOP', 's', 'x'), NOT_POSITIVE);
  equal(ask('LPOP', 's', -1), NOT_POSITIVE);
  equal(ask('RPOP', 's', 1, 2), "(error) ERR wrong number of arguments for 'rpop' command");
  equal(ask('LPOP', 's'), WRONGTYPE);
  equal(ask('RPOP', 's', 1), WRONGTYPE);
});

commandTest('LMPOP pops from the first list there is and is logged as a pop', (ask, commands) => {
  ask('RPUSH', 'b', 1, 2, 3, 4);
  commands.takeLog();
  deepEqual(ask('LMPOP', 2, 'a', 'b', 'LEFT'), ['b', ['1']]);
  deepEqual(ask('LMPOP', 2, 'a', 'b', 'right', 'COUNT', 2), ['b', ['4', '3']]);
  deepEqual(ask('LMPOP', 1, 'b', 'RIGHT', 'count', 100), ['b', ['2']]);
  equal(ask('LMPOP', 2, 'a', 'b', 'LEFT'), null);
  deepEqual(commands.takeLog(), [
    [0, 'LPOP', 'b', '1'],
    [0, 'RPOP', 'b', '2'],
    [0, 'RPOP', 'b', '1'],
  ]);
});

commandTest('LMPOP checks its arguments in order', (ask) => {
  ask('SET', 's', 'x');
  for (const name of [['LMPOP'], ['BLMPOP', 1]]) {
    equal(ask(...name, 0, 'a', 'LEFT'), NUMKEYS);
    equal(ask(...name, 'x', 'a', 'LEFT'), NUMKEYS);
    equal(ask(...name, 2, 'a', 'LEFT'), SYNTAX);
    equal(ask(...name, 9e15, 'a', 'LEFT'), SYNTAX);
    equal(ask(...name, 1, 'a', 'UP'), SYNTAX);
    equal(ask(...name, 1, 'a', 'LEFT', 'COUNT'), SYNTAX);
    equal(ask(...name, 1, 'a', 'LEFT', 'COUNT', 0), COUNT);
    equal(ask(...name, 1, 'a', 'LEFT', 'COUNT', 'x'), COUNT);
    equal(ask(...name, 1, 'a', 'LEFT', 'COUNT', 1, 'COUNT', 2), SYNTAX);
    equal(ask(...name, 1, 's', 'LEFT'), WRONGTYPE);
  }
});

commandTest('A quicklist is packed again at half of the limit', (ask, { engine }) => {
  engine.config.set([['list-max-listpack-size', '4']], false);
  ask('RPUSH', 'k', 1, 2, 3, 4, 5);
  ask('LPOP', 'k');
  // The four that are left lie in two nodes.
  equal(ask('OBJECT', 'ENCODING', 'k'), 'quicklist');
  ask('RPOP', 'k');
  equal(ask('OBJECT', 'ENCODING', 'k'), 'quicklist');
  ask('RPOP', 'k');
  equal(ask('OBJECT', 'ENCODING', 'k'), 'listpack');
  deepEqual(ask('LRANGE', 'k', 0, -1), ['2', '3']);
});

commandTest('A list of thousands is emptied from both ends', (ask) => {
  const expected = Array.from({ length: 5000 }, (_, i) => `element:${i}:${'x'.repeat(i % 50)}`);
  ask('RPUSH', 'k', ...expected);
  for (let i = 1; expected.length > 0; i++) {
    const count = 1 + (i % 200);
    if (i % 3 === 0) equal(ask('LPOP', 'k'), expected.shift());
    else if (i % 3 === 1) deepEqual(ask('RPOP', 'k', count), expected.splice(-count).reverse());
    else deepEqual(ask('LPOP', 'k', count), expected.splice(0, count));
  }
  equal(ask('EXISTS', 'k'), 0);
});
