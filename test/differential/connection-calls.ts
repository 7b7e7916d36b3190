// Random calls of the connection commands. Those that end, mute or hold a connection are scenarios.

import { exact, sameFieldNames, sameMapKeys, sameType } from './comparison.js';
import { type CallMaker, call } from './step.js';

/** What HELLO says besides who the server is. */
const HELLO_COMPARED = new Set(['proto', 'mode', 'role', 'modules']);

function connectionCall(
  weight: number,
  words: Parameters<typeof call>[1],
  compare = exact,
): CallMaker {
  return { ...call(weight, words, compare), mayBeBroken: false };
}

export const connectionCalls: readonly CallMaker[] = [
  call(2, (s) => (s.chance(50) ? ['PING'] : ['PING', s.value()]), exact),
  call(2, (s) => ['ECHO', s.value()], exact),
  call(6, (s) => ['SELECT', s.database()], exact),
  connectionCall(1, (s) => (s.chance(20) ? ['RESET'] : ['PING'])),
  connectionCall(
    2,
    (s) => {
      const version = s.chance(85) ? [s.word('2 3')] : [s.word('1 4 abc 3.0')];
      // Only what comes last may be refused: Redis 7.0 keeps what options before it did, 7.2 and
      // Reddis look at all of them before they act.
      const auth = s.pick([
        [],
        [],
        ['AUTH', 'default', 'any'],
        ['AUTH', 'nobody', 'wrong'],
        ['FOO'],
      ]);
      const name = s.chance(30) ? ['SETNAME', s.pick(['me', 'you', 'bad name'])] : [];
      return s.chance(90) ? ['HELLO', ...version, ...auth, ...name] : ['HELLO'];
    },
    sameMapKeys(HELLO_COMPARED),
  ),
  connectionCall(1, (s) => ['AUTH', ...s.some(3, [() => [s.word('default x')]])]),
  connectionCall(1, () => ['CLIENT', 'ID'], sameType),
  connectionCall(1, (s) => ['CLIENT', 'SETNAME', s.chance(70) ? s.word('me you') : s.value()]),
  connectionCall(2, () => ['CLIENT', 'GETNAME']),
  connectionCall(1, () => ['CLIENT', 'INFO'], sameFieldNames('=')),
  connectionCall(
    1,
    (s) => [
      'CLIENT',
      'LIST',
      ...s.some(1, [() => ['TYPE', s.word('normal master pubsub nosuch')]]),
    ],
    sameFieldNames('='),
  ),
  connectionCall(1, (s) => ['CLIENT', 'LIST', 'ID', s.word('0 -1 abc 999999999')]),
  connectionCall(1, (s) => ['CLIENT', 'NO-EVICT', s.keyword('ON OFF FOO')]),
  connectionCall(1, (s) => ['CLIENT', 'NO-TOUCH', s.keyword('ON OFF FOO')]),
  connectionCall(1, (s) => [
    'CLIENT',
    'SETINFO',
    s.word('lib-name lib-ver foo'),
    s.word('abc 1.0'),
  ]),
  connectionCall(1, (s) => ['CLIENT', 'KILL', 'ID', s.word('0 -1 abc 999999999')]),
  connectionCall(1, (s) => ['CLIENT', 'KILL', 'ADDR', s.word('1.2.3.4:5 nonsense')]),
  connectionCall(1, (s) => ['CLIENT', 'KILL', s.word('1.2.3.4:5 nonsense')]),
  connectionCall(1, (s) => ['CLIENT', 'KILL', s.word('TYPE USER SKIPME FOO'), s.word('nosuch')]),
  connectionCall(1, (s) => ['CLIENT', 'REPLY', s.word('NOSUCH ON')]),
  connectionCall(1, (s) => ['CLIENT', 'PAUSE', s.word('abc -1 99999999999999999999')]),
  connectionCall(1, () => ['CLIENT', 'PAUSE', '1', 'NOSUCH']),
  connectionCall(1, () => ['CLIENT', 'UNPAUSE']),
  connectionCall(1, (s) => ['CLIENT', 'UNBLOCK', s.word('999999 abc'), s.word('ERROR TIMEOUT X')]),
  connectionCall(1, (s) => ['CLIENT', s.word('NOSUCH HELP'), ...s.some(1, [() => ['x']])]),
  connectionCall(1, (s) => [s.word('NOSUCHCOMMAND ge set2'), ...s.some(4, [() => [s.value()]])]),
];
